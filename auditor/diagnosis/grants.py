"""Grants as content of fixes: the consumer, the objects of the bucket, a statement that allows what a contract asks for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from auditor.aws.partitions import COMMERCIAL
from auditor.contract import Party, PartyKind
from auditor.contract.party import OWNER
from auditor.finding import Certainty
from auditor.fixes import Change, Content, Fix, JoinedText, OwnAccount, Reference
from auditor.foundation.value import ALWAYS, Known, Text, origin_of
from auditor.model import Bucket, IamIdentity, Key
from auditor.needs.access import AccessNeed, ActionTarget
from auditor.needs.key import KeyCause, KeyNeed
from auditor.policy import Items, Policy, Statement
from auditor.proofs.grant import GrantCause
from auditor.rule import Subject

VERSION = "2012-10-17"
_DEPUTY = ("aws:sourcearn", "aws:sourceaccount")


def consumer(subject: Subject) -> Content:
    """The ARN of the consumer's role, user or account, or its service; a role of the code by its address."""
    party = subject.party
    if party.kind is PartyKind.ACCOUNT:
        return f"arn:{subject.bucket.declaration.partition}:iam::{party.account}:root"
    if party.kind in (PartyKind.IDENTITY, PartyKind.SERVICE):
        return party.principal
    role = role_of(subject)
    return Reference(role.declaration, "arn") if role else party.principal


def role_of(subject: Subject) -> IamIdentity | None:
    """The consumer where it is a role of the code."""
    return next((cause.consumer.declared for cause in subject.causes(GrantCause) if cause.consumer.declared is not None), None)


def objects(bucket: Bucket, prefix: str) -> Content:
    """The ARN of the objects of a bucket below a prefix."""
    return JoinedText((Reference(bucket.declaration, "arn"), *_parts(f"/{prefix}*")))


def _parts(text: str) -> tuple[str | OwnAccount, ...]:
    """A text of a contract, with the account of the bucket as the code refers to it."""
    before, owner, behind = text.partition(OWNER)
    return tuple(part for part in (before, OwnAccount(), behind) if part) if owner else (text,)


def _in_account(text: str) -> Content:
    """What a request has of a context key, likewise."""
    return JoinedText(_parts(text)) if OWNER in text else text


def key_arn(subject: Subject) -> Content:
    """The ARN of the bucket's key."""
    key = next((cause.key for cause in subject.causes(KeyCause) if cause.key is not None), None)
    return Reference(key.declaration, "arn") if key else "KEY_ARN"


def allow(sid: str, actions: Sequence[str], resource: Content, who: Mapping[str, Content] | None = None) -> Mapping[str, Content]:
    """A statement that allows actions.

    Args:
        sid: its id.
        actions: the actions.
        resource: on what.
        who: its Principal, and a Condition where it needs one; None for a policy of a role.
    """
    named = dict(who or {})
    condition = {"Condition": named.pop("Condition")} if "Condition" in named else {}
    return {"Sid": sid, "Effect": "Allow", **named, "Action": tuple(actions), "Resource": resource, **condition}


def sid(name: str, policy: Policy | None) -> str:
    """An id that no statement of a policy has: IAM takes none twice.

    Source: IAM User Guide, "IAM JSON policy elements: Sid".
    """
    taken = {statement.sid for statement in policy.statements} if policy else set()
    names = itertools.chain((name,), (f"{name}{number}" for number in itertools.count(2)))
    return next(one for one in names if one not in taken)


def who(subject: Subject) -> Mapping[str, Content]:
    """The elements of a statement that name the consumer, and nobody else.

    Source: IAM User Guide, "The confused deputy problem": a service makes requests for everybody, so a statement for one says for which
    resource or account, as far as the contract knows what its requests have: under any other condition nothing would be proven.
    """
    if subject.party.kind is not PartyKind.SERVICE:
        return {"Principal": {"AWS": consumer(subject)}}
    tests = deputy_tests(subject.party)
    return {"Principal": {"Service": consumer(subject)}, **({"Condition": tests} if tests else {})}


def granting(title: str, change: Change, statements: Sequence[Mapping[str, Content]], party: Party) -> Fix:
    """A fix that adds statements for a party; one for a service that no condition limits needs review."""
    served = any(
        isinstance(who := statement.get("Principal"), Mapping) and "Service" in who and "Condition" not in statement
        for statement in statements
    )
    return Fix(f"{title}; {unlimited(party)}", (change,)) if served else Fix(title, (change,), Certainty.SAFE)


def unlimited(party: Party) -> str:
    """That a statement for a service lets in whomever that makes requests for, and what would limit it, as a clause."""
    option = next((option for key, option in party.given_by.items() if key.lower() in _DEPUTY), "")
    limit = f"{option}=… gives one" if option else "the contract knows none that its requests meet"
    return f"no condition limits {party.principal} to your own use: {limit}"


def may_lose_conditions(statement: Statement, subject: Subject) -> bool:
    """Whether nobody else is let in where a statement has no condition any more: of a service, one keeps its other customers out."""
    return is_for(statement, subject) and all(one.kind != "Service" for one in statement.principals.principals)


def deputy_tests(party: Party) -> Mapping[str, Mapping[str, Content]]:
    """The Condition that tells for whom a service makes its requests, as far as the contract knows; empty where it does not."""
    tests: dict[str, dict[str, Content]] = {}
    for key, texts in party.requests.items():
        if key.lower() in _DEPUTY and texts:
            tests.setdefault(_operator(key, texts), {})[key] = tuple(_in_account(text) for text in texts)
    return tests


def _operator(key: str, texts: Sequence[str]) -> str:
    """The operator that such requests meet for certain.

    Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators": a `*` of ArnLike stays within one of the six parts of an ARN, while
    one in a contract stands for any text.
    """
    if any("*" in ":".join(text.split(":")[:5]) for text in texts):
        return "StringLike"
    return "ArnLike" if key.lower() == "aws:sourcearn" else "StringEquals"


def access(subject: Subject, target: ActionTarget, prefix: str) -> Mapping[str, Content]:
    """A statement that grants all that the contract asks for of the objects below a prefix, or of the bucket."""
    asked = [need.action for need in subject.needs(AccessNeed) if (need.target, need.prefix) == (target, prefix)]
    if target is ActionTarget.BUCKET:
        return allow("PlatformBucket", asked, Reference(subject.bucket.declaration, "arn"), who(subject))
    return allow("PlatformAccess", asked, objects(subject.bucket, prefix), who(subject))


def all_access(subject: Subject) -> tuple[Mapping[str, Content], ...]:
    """The statements that grant all that the contract asks for in the bucket."""
    about = dict.fromkeys(
        (need.target, need.prefix) for need in subject.needs(AccessNeed) if need.target is not ActionTarget.ACCOUNT
    )
    return tuple(access(subject, target, prefix) for target, prefix in about)


def key_use(subject: Subject) -> Mapping[str, Content]:
    """A statement of a key policy that grants all that the contract asks for."""
    actions = [need.action for need in subject.needs(KeyNeed)]
    return allow("PlatformKey", tuple(dict.fromkeys(actions)), "*", who(subject))


def key_policy(subject: Subject, key: Key) -> Mapping[str, Content]:
    """A policy for a key that has none: what the default one says, and the consumer's statement."""
    account: Text = key.declaration.account
    known = str(account.value) if isinstance(account, Known) and account.value is not None else ""
    return {"Version": VERSION, "Statement": (own_account(OwnAccount(known), key.declaration.partition), key_use(subject))}


def own_account(own: OwnAccount, partition: str = COMMERCIAL) -> Mapping[str, Content]:
    """What the default policy of a key says.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    return {
        "Sid": "OwnAccount",
        "Effect": "Allow",
        "Principal": {"AWS": JoinedText((f"arn:{partition}:iam::", own, ":root"))},
        "Action": "kms:*",
        "Resource": "*",
    }


def is_for(statement: Statement, subject: Subject) -> bool:
    """Whether a statement is certainly for the consumer and for nobody else, so that what it is given nobody else gets."""
    return _is_for(statement, subject, ())


def is_for_account(statement: Statement, subject: Subject) -> bool:
    """Whether a statement is certainly for the consumer, or its account, and for no other one."""
    account = subject.party.account
    return _is_for(statement, subject, (account, f"arn:{subject.bucket.declaration.partition}:iam::{account}:root"))


def _is_for(statement: Statement, subject: Subject, more: Sequence[str]) -> bool:
    principals = statement.principals
    if principals.negated or principals.rest or not principals.principals:
        return False
    role = role_of(subject)
    names = {subject.party.principal, consumer(subject), *((role.declaration.address,) if role else ()), *more}
    return all(
        (isinstance(one.item.text, Known) and one.item.text.value in names) or origin_of(one.item.text) in names
        for one in principals.principals
    )


def is_resolved(items: Items) -> bool:
    """Whether the code resolves every entry."""
    return not items.rest and all(isinstance(item.text, Known) and item.when == ALWAYS for item in items.items)
