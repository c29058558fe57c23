"""Grants as content of fixes: the consumer, the objects of the bucket, a statement that allows what a contract asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.fixes import Content, Joined, OwnAccount, Reference
from auditor.foundation.value import ALWAYS, Known, Text
from auditor.model import Bucket, IamIdentity, Key
from auditor.needs.access import AccessNeed
from auditor.needs.key import KeyCause, KeyNeed
from auditor.policy import Items, Statement
from auditor.proofs.grant import GrantCause
from auditor.rule import Subject

VERSION = "2012-10-17"


def consumer(subject: Subject) -> Content:
    """The ARN of the consumer's role or user; a role of the code by its address."""
    if subject.contract.account:
        return subject.contract.principal
    role = role_of(subject)
    return Reference(role.declaration, "arn") if role else subject.contract.principal


def role_of(subject: Subject) -> IamIdentity | None:
    """The consumer where it is a role of the code."""
    return next((cause.consumer.declared for cause in subject.causes(GrantCause) if cause.consumer.declared is not None), None)


def objects(bucket: Bucket, prefix: str) -> Content:
    """The ARN of the objects of a bucket below a prefix."""
    return Joined((Reference(bucket.declaration, "arn"), f"/{prefix}*"))


def key_arn(subject: Subject) -> Content:
    """The ARN of the bucket's key."""
    key = next((cause.key for cause in subject.causes(KeyCause) if cause.key is not None), None)
    return Reference(key.declaration, "arn") if key else "KEY_ARN"


def allow(sid: str, principal: Content | None, actions: Sequence[str], resource: Content) -> Mapping[str, Content]:
    """A statement that allows actions; without a principal for a policy of a role."""
    named: dict[str, Content] = {"Principal": {"AWS": principal}} if principal is not None else {}
    return {"Sid": sid, "Effect": "Allow", **named, "Action": tuple(actions), "Resource": resource}


def access(subject: Subject, prefix: str) -> Mapping[str, Content]:
    """A statement that grants all that the contract asks for in the bucket."""
    actions = [need.action for need in subject.contract.needs_of(AccessNeed)]
    return allow("PlatformAccess", consumer(subject), actions, objects(subject.bucket, prefix))


def key_use(subject: Subject) -> Mapping[str, Content]:
    """A statement of a key policy that grants all that the contract asks for."""
    actions = [need.action for need in subject.contract.needs_of(KeyNeed)]
    return allow("PlatformKey", consumer(subject), actions, "*")


def key_policy(subject: Subject, key: Key) -> Mapping[str, Content]:
    """A policy for a key that has none: what the default one says, and the consumer's statement.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    account: Text = key.declaration.account
    own = OwnAccount(str(account.value) if isinstance(account, Known) and account.value is not None else "")
    root = Joined(("arn:aws:iam::", own, ":root"))
    default: dict[str, Content] = {
        "Sid": "OwnAccount",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": VERSION, "Statement": (default, key_use(subject))}


def is_for(statement: Statement, subject: Subject) -> bool:
    """Whether a statement is certainly for the consumer and for nobody else, so that what it is given nobody else gets."""
    principals = statement.principals
    if principals.negated or principals.rest or not principals.principals:
        return False
    role = role_of(subject)
    names = {subject.contract.principal, *((role.declaration.address,) if role else ())}
    return all(
        (isinstance(one.item.text, Known) and one.item.text.value in names) or getattr(one.item.text, "origin", None) in names
        for one in principals.principals
    )


def is_resolved(items: Items) -> bool:
    """Whether the code resolves every entry."""
    return not items.rest and all(isinstance(item.text, Known) and item.when == ALWAYS for item in items.items)
