"""S3 grants: whether the bucket's side of the evaluation lets the consumer do an action on every key.

Source: Amazon S3 User Guide, "How Amazon S3 authorizes a request" and "Blocking public access"; IAM User Guide, "Cross-account policy
evaluation logic". Facts: what the consumer's own account allows is an assumption, an explicit Deny on the bucket's side decides alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from auditor.contract import Contract, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.value import (
    NULL,
    Choice,
    Known,
    MapValue,
    Symbol,
    Unknown,
    Value,
    is_null,
)
from auditor.lazy.classes import dataclass
from auditor.link import is_blank
from auditor.model import Attachment, Bucket, Kind, OrganizationPolicyKind, Storage
from auditor.policy import (
    EVERY,
    PRESENT,
    Answer,
    CallerKind,
    ContextValue,
    DenyKind,
    Environment,
    Identity,
    Question,
    decide,
    parse_policy,
)
from auditor.policy.services.actions import actions, has_condition_key
from auditor.proofs import organization
from auditor.proofs.acl import acl_grant, acl_lets_others_write
from auditor.proofs.apart import out_of_reach
from auditor.proofs.consumer import Consumer, consumer_of, said, said_by
from auditor.proofs.grant import GrantCause, GrantNeed, granted, tell_action
from auditor.proofs.outcome import attached, open_because
from auditor.proofs.ownership import ENFORCED, if_created, object_ownership
from auditor.proofs.public_access import default_block
from auditor.proofs.refused import in_force, put_on_bucket, put_on_identity, refused
from auditor.proofs.setting import open_elsewhere
from auditor.verdict import Outcome, Status

# Source: Amazon S3 API Reference, GetObject and PutObject, "Request syntax".
_METHODS = {"s3:GetObject": "GET", "s3:PutObject": "PUT"}
_OF_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject")
_NO_FOREIGN_OBJECT = "No object of the bucket belongs to another account: its policy lets no other one write."


class ActionTarget(enum.Enum):
    """What an action is on; the value is what people call it."""

    OBJECT = "objects"
    BUCKET = "the bucket"
    ACCOUNT = "the account"


@dataclass(frozen=True, slots=True)
class AccessNeed(GrantNeed):
    """An action of S3: on the objects of the bucket, on the bucket itself, or on the account that the consumer belongs to.

    Attributes:
        key: the one key that is needed; None for every key that begins with the prefix.
        lists: the prefix with which it lists; one that ends in `*` stands for every prefix that begins so, None for one that is not known.
    """

    IDS: ClassVar[str] = "s3:[A-Za-z]+"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("s3:GetObject",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **GrantNeed.KEYS,
        "lists": {
            "type": "string",
            "description": "The prefix with which it lists; one that ends in * stands for every prefix that begins so.",
        },
        "sends": {"$ref": "#/$defs/sent", "description": "The headers that it sends, such as x-amz-acl."},
    }

    key: str | None = None
    lists: str | None = None

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; its id is an action of S3."""
        if not _target(written.id):
            known = tuple(action for action in actions() if action.startswith("s3:") and _target(action))
            tell_action(written, known, "objects, on buckets or on the account")
        sends = written.sent("sends")
        for header in sends:
            if _target(written.id) and not _keys_of(header, (), written.id):
                written.problem(f"no policy can look at the header '{header}' of {written.id}", "sends")
        return cls(
            *written.head,
            written.id,
            written.text("prefix"),
            sends,
            lists=written.text("lists") or None,
        )

    @property
    def target(self) -> ActionTarget:
        """What the action is on."""
        return _target(self.action) or ActionTarget.OBJECT

    @property
    def label(self) -> str:
        """The method of the HTTP request."""
        return _METHODS.get(self.action, "")

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether the bucket's side lets the consumer do the action, in one case."""
        header = bucket.declaration.location
        if (apart := out_of_reach(self, bucket)) is not None:
            return apart
        consumer = consumer_of(self.party, contract, bucket, choices)
        if isinstance(consumer, Symbol):
            return open_because(consumer, header)
        if self.target is ActionTarget.ACCOUNT:
            outcome = _on_account(bucket, self, contract, consumer, choices)
        else:
            outcome = self._in_bucket(bucket, contract, consumer, choices)
        if consumer.party.trust is None:
            return outcome
        from auditor.proofs.trust import if_assumed

        return if_assumed(outcome, consumer, self, choices)

    def _in_bucket(self, bucket: Bucket, contract: Contract, consumer: Consumer, choices: Choices) -> Outcome:
        """Whether the policies around the bucket let the caller do it."""
        header = bucket.declaration.location
        attachment = attached(bucket.slot(Kind.POLICY), choices)
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        account = bucket.declaration.account
        assumptions = (*consumer.assumptions(account), *_surroundings(bucket))
        policy = None
        if attachment is not None and not is_null(attachment.content):
            policy = parse_policy(attachment.content, attachment.content_location or attachment.location)
        if bucket.declaration.directory and (policy is not None or consumer.is_within(account)):
            return open_because(_session(bucket), policy.location if policy else header)
        block = _public_access_block(bucket, choices)
        by_acl = acl_grant(bucket, self.action, choices, ignored=block("IgnorePublicAcls") == Known(True))
        if policy is None and not (consumer.is_within(account) and bucket.declaration.managed):
            return open_because(by_acl, header) if by_acl else _without_policy(bucket, self, consumer, assumptions)
        owner = consumer.account_of(account, choices)
        environment = Environment(
            resource_policy=policy,
            resource_account=owner,
            identity=consumer.permissions(account),
            boundary=consumer.boundary,
            session_policy=consumer.session_policy,
            scps=consumer.forbidden(account),
            rcps=organization.forbidden(bucket.estate.organization_policies, OrganizationPolicyKind.RESOURCE_CONTROL),
            restrict_public_buckets=block("RestrictPublicBuckets"),
            block_public_policy=block("BlockPublicPolicy") if _is_to_be_put(attachment) else Known(False),
            block_public_acls=block("BlockPublicAcls"),
            object_ownership=object_ownership(bucket, choices),
            foreign_writers=acl_lets_others_write(bucket, choices),
        )
        puts = (*put_on_bucket(bucket, attachment), *put_on_identity(consumer.declared))
        refused(puts, choices)  # costs less than a decision, which is then made once in each of its cases
        question = _question(bucket, self, consumer, contract)
        decision = decide(environment, question, within=choices)
        reads = self.action in _OF_OBJECTS and decision.answer is Answer.ALLOWED
        if reads and environment.object_ownership != Known(ENFORCED):
            assumptions = (*assumptions, _NO_FOREIGN_OBJECT)
        if by_acl and decision.kind is DenyKind.IMPLICIT:
            return open_because(by_acl, header)
        cause = AccessCause(self, consumer, decision, policy, attachment if policy is not None else None, question=question)
        place = policy.location if policy is not None else header
        covered = "for every key" if self.target is ActionTarget.OBJECT else ""
        outcome = granted(decision, cause, place, Kind.POLICY.value, covered, self, assumptions)
        outcome = in_force(outcome, puts, choices)
        return if_created(outcome, bucket, choices)


KIND = AccessNeed


@dataclass(frozen=True, slots=True)
class AccessCause(GrantCause):
    """What decided; the policy is the bucket's."""

    @property
    def target(self) -> ActionTarget:
        """What the action is on."""
        return _target(self.need.action) or ActionTarget.OBJECT


def _is_to_be_put(attachment: Attachment | None) -> bool:
    """Whether BlockPublicPolicy can refuse the policy: it says nothing of one that is stored (API Reference, PublicAccessBlockConfiguration)."""
    return attachment is None or attachment.storage is Storage.TO_BE_PUT


def _session(bucket: Bucket) -> Symbol:
    """What decides on the objects of a directory bucket.

    Source: Amazon S3 User Guide, "Authenticating and authorizing requests" of directory buckets: s3express:CreateSession, not the actions of s3.
    """
    return Symbol(
        f"s3express:CreateSession on {bucket.declaration.address}",
        "objects of a directory bucket are read and written in sessions, and s3: actions grant nothing there",
        "use a general purpose bucket",
        bucket.declaration.location,
    )


# Source: Service Authorization Reference, "Actions, resource types, and condition keys for Amazon S3".
_HEADERS_OF_TAGS = "x-amz-tagging"


def _target(action: str) -> ActionTarget | None:
    """What an action of S3 is on; None for one that does not exist or is on something else."""
    kinds = actions().get(action)
    if kinds is None or not action.startswith("s3:"):
        return None
    if not kinds:
        return ActionTarget.ACCOUNT
    return ActionTarget.OBJECT if "object" in kinds else ActionTarget.BUCKET if "bucket" in kinds else None


def _keys_of(header: str, texts: Sequence[str], action: str) -> dict[str, ContextValue]:
    """The condition keys that a header of a request decides; none where there are none.

    Source: Amazon S3 User Guide, "Bucket policy examples using condition keys": a key has the name of its header. "Tagging and access control
    policies": those of tags have the name of the tag.
    """
    if header == _HEADERS_OF_TAGS:
        from urllib.parse import parse_qsl

        tags = parse_qsl(texts[0], keep_blank_values=True) if texts else []
        keys = {f"s3:RequestObjectTag/{name}": Known(value) for name, value in tags}
        return {**keys, "s3:RequestObjectTagKeys": tuple(Known(name) for name, _ in tags)}
    key = f"s3:{header}"
    return {key: PRESENT} if has_condition_key(action, key) else {}


def _context(need: AccessNeed, bucket: Bucket) -> dict[str, ContextValue]:
    """What is known of the requests of a need, by context key."""
    context = said_by(need.party, bucket)
    for header, texts in need.sends.items():
        keys = _keys_of(header, texts or (), need.action)
        context |= keys if header == _HEADERS_OF_TAGS else said(dict.fromkeys(keys, texts))
    if need.lists is not None:
        every = need.lists.endswith("*")
        context["s3:prefix"] = EVERY(Known(need.lists[:-1]), "*") if every else Known(need.lists)
    return context


def _question(bucket: Bucket, need: AccessNeed, consumer: Consumer, contract: Contract) -> Question:
    """What is asked of the policies: an action on every object, on one, or on the bucket.

    Source: IAM User Guide, "aws:RequestedRegion" (the Region that was called); Amazon S3 API Reference, "Error responses": a request to another Region
    than the bucket's, or signed for one, gets PermanentRedirect or AuthorizationHeaderMalformed.
    """
    region = bucket.declaration.region
    context = {**({} if is_blank(region) else {"aws:RequestedRegion": region}), **_context(need, bucket)}
    if need.target is ActionTarget.BUCKET:
        return Question(consumer.caller, need.action, bucket.declaration.arn, context=context, now=contract.now)
    if need.key is not None:
        return Question(consumer.caller, need.action, bucket.declaration.arn_of("/", need.key), context=context, now=contract.now)
    begin, keys = need.below(bucket.declaration.account)
    return Question(consumer.caller, need.action, bucket.declaration.arn_of("/", *begin), keys, context, now=contract.now)


def _on_account(bucket: Bucket, need: AccessNeed, contract: Contract, consumer: Consumer, choices: Choices) -> Outcome:
    """Whether the consumer's own policies let it do an action that is on no bucket in particular.

    Source: Service Authorization Reference, "Actions, resource types, and condition keys for Amazon S3": such an action has no resource type. Amazon
    S3 User Guide, "Identity-based policy examples": it is allowed on `arn:aws:s3:::*`.
    """
    environment = Environment(
        resource_account=consumer.caller.account,
        identity=consumer.policies if consumer.declared is not None else Identity.ASSUMED,
        boundary=consumer.boundary,
        session_policy=consumer.session_policy,
        scps=consumer.forbidden(consumer.caller.account),
    )
    every = Known(f"arn:{bucket.declaration.partition}:s3:::*")
    question = Question(consumer.caller, need.action, every, context=_context(need, bucket), now=contract.now)
    decision = decide(environment, question)
    place = consumer.declared.location if consumer.declared is not None else bucket.location
    assumptions = consumer.assumptions(consumer.caller.account)
    outcome = granted(decision, AccessCause(need, consumer, decision), place, "own policy", "", need, assumptions)
    return in_force(outcome, tuple(put_on_identity(consumer.declared)), choices)


def _surroundings(bucket: Bucket) -> tuple[str, ...]:
    """What code about a bucket cannot show of its surroundings."""
    block = bucket.account_public_access_block
    return (
        organization.assumed(bucket.estate.organization_policies, "VPC endpoint policy", refuse="refuses the requests"),
        *(() if block.linked else ("The account's public access block is no stricter than the bucket's.",)),
    )


def _without_policy(bucket: Bucket, need: AccessNeed, consumer: Consumer, assumptions: tuple[str, ...]) -> Outcome:
    header = bucket.declaration.location
    if not bucket.declaration.managed:
        return replace(open_elsewhere(bucket, Kind.POLICY), assumptions=assumptions)
    key = {"key": need.prefix or "x"} if need.target is ActionTarget.OBJECT else {}
    witness = {"request": f"{need.operation} by {consumer.name}", **key}
    whom = consumer.name if consumer.caller.kind is CallerKind.SERVICE else "another account"
    return Outcome(
        Status.FAILS,
        f"the bucket has no policy, so nothing lets {whom} in",
        header,
        witness,
        (),
        assumptions,
        cause=AccessCause(need, consumer),
    )


def _public_access_block(bucket: Bucket, choices: Choices) -> _Block:
    own = attached(bucket.slot(Kind.PUBLIC_ACCESS_BLOCK), choices)
    account = attached(bucket.account_public_access_block, choices)
    return _Block(own, account, bucket)


@dataclass(frozen=True, slots=True)
class _Block:
    """The public access blocks of a bucket and its account; called with the name of a setting, it gives the effective value.

    Source: Amazon S3 User Guide, "Blocking public access": S3 applies the more restrictive of the settings of bucket and account.
    """

    own: Attachment | Symbol | None
    account: Attachment | Symbol | None
    bucket: Bucket

    def __call__(self, setting: str) -> Value:
        own = default_block(self.bucket, setting) if self.own is None else _setting(self.own, setting)
        return own if self.account is None else _either(_setting(self.account, setting), own)


def _setting(attachment: Attachment | Symbol, setting: str) -> Value:
    return Unknown(attachment) if isinstance(attachment, Symbol) else _setting_in(attachment.content, setting)


def _setting_in(content: Value, setting: str) -> Value:
    """One setting of a public access block; what is not written is off (API Reference, PublicAccessBlockConfiguration)."""
    match content:
        case Choice(condition, then, otherwise):
            return Choice(condition, _setting_in(then, setting), _setting_in(otherwise, setting))
        case MapValue():
            value = content.entries.get(setting, NULL)
            if content.rest is not None and is_null(value):
                return Unknown(content.rest)
            return Known(False) if is_null(value) else value
        case Unknown():
            return content
    return Known(False)


def _either(one: Value, other: Value) -> Value:
    """Whether one of two settings is on."""
    match one:
        case Choice(condition, then, otherwise):
            return Choice(condition, _either(then, other), _either(otherwise, other))
        case Unknown(symbol):
            return Choice(symbol, Known(True), other)
    return one if one == Known(True) else other
