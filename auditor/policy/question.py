"""What is asked of the policies: a caller, an action, resources and a context; and what surrounds the question."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Text, Value, text_parts
from auditor.lazy.classes import dataclass
from auditor.policy.document import Policy


class Missing(enum.Enum):
    """What is said of a context key instead of a value.

    ABSENT: the request does not have it. UNKNOWN: whether it has it, and with which value, is unknown. PRESENT: it has it, with an unknown value.
    """

    ABSENT = "absent"
    UNKNOWN = "unknown"
    PRESENT = "present"


ABSENT, UNKNOWN, PRESENT = Missing.ABSENT, Missing.UNKNOWN, Missing.PRESENT


@dataclass(frozen=True, slots=True)
class EVERY:
    """A key for whose every value that matches the answer must hold: a fixed beginning, and a glob over the rest."""

    prefix: Text
    glob: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A key that the request has, with one of a few values; or, where it may be missing, does not have."""

    texts: tuple[str, ...]
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True)
class Shaped:
    """A key that the request has, with a value of which only a glob that it matches is known."""

    glob: str


ContextValue = Text | tuple[Text, ...] | Missing | EVERY | OneOf | Shaped


class CallerKind(enum.Enum):
    """What kind of caller: a role, a user or the root user; nobody in particular; an AWS service; someone whom an identity provider vouches for."""

    IAM = "IAM"
    ANONYMOUS = "anonymous"
    SERVICE = "service"
    FEDERATED = "federated"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the request.

    Attributes:
        arn: of the role or user (`arn:aws:iam::123456789012:root` for the root user); the name of the service; the ARN or name of the identity
            provider; empty for an anonymous caller. Its symbols, and those of the account, are values of the request.
        account: twelve digits; empty for one that is not of the kind IAM.
        session: the role session's name, None when it is not known.
        kind: see `CallerKind`.
        canonical: the canonical user id of its account, empty when it is not known.
        unique_id: the id that AWS gives the role or user; null when it is not known.
    """

    arn: Text
    account: Text
    session: str | None = None
    kind: CallerKind = CallerKind.IAM
    canonical: str = ""
    unique_id: Text = NULL

    @property
    def is_iam(self) -> bool:
        """Whether it is a role, a user or the root user."""
        return self.kind is CallerKind.IAM

    @property
    def is_root(self) -> bool:
        """Whether it is the root user of an account."""
        return self.is_iam and self._written.endswith(":root")

    @property
    def user(self) -> str | None:
        """The name of the user without its path; None when it is not a user or its name is not resolved."""
        _, user, name = self._written.partition(":user/")
        return name.rpartition("/")[2] if user and "*" not in name else None

    @property
    def is_user(self) -> bool:
        """Whether it is a user."""
        return ":user/" in self._written

    @property
    def is_role(self) -> bool:
        """Whether it is a role, whose requests are those of a session."""
        return self.is_iam and ":role/" in self._written

    @property
    def _written(self) -> str:
        return "".join(part if isinstance(part, str) else "*" for part in text_parts(self.arn))


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        caller: who asks.
        action: one action, `s3:GetObject`.
        resource: the fixed part of the ARN; its symbols are values of the request.
        keys: a glob over the rest of the ARN, for whose every match the answer must hold; None when `resource` is the whole ARN.
        context: what is known of context keys, by name in any case.
        unlisted: what holds for keys that are not in `context`; None for what the service says (`auditor.policy.evaluation.presence`).
        now: when the request is made, in seconds since 1970; None for at any time.
    """

    caller: Caller
    action: str
    resource: Text
    keys: str | None = None
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    unlisted: Missing | None = None
    now: float | None = None


class Identity(enum.Enum):
    """What is known of the caller's own permissions: they are assumed, or nothing is known of them."""

    ASSUMED = "assumed"
    UNKNOWN = "unknown"


IdentitySide = Identity | tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A grant on a KMS key.

    Attributes:
        grantee: who may use the key.
        operations: which operations.
        constraints: the encryption context that is asked for; null for any.
        location: where it is written.
    """

    grantee: Text
    operations: Value
    constraints: Value = NULL
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """The policies around a question.

    Attributes:
        resource_policy: of the bucket, key or role; None when it has none.
        resource_account: the account that owns the resource.
        identity: the caller's side.
        boundary: the caller's permissions boundary.
        session_policy: the policy of its session.
        scps: service control policies, level by level from the root of the organization; each level must allow.
        rcps: resource control policies, likewise.
        restrict_public_buckets: the effective setting of Block Public Access.
        block_public_policy: likewise.
        block_public_acls: likewise.
        object_ownership: the bucket's setting, null when none is written.
        foreign_writers: whether accounts other than the bucket's and the caller's may write objects, whatever its policy says.
        grants: on the key.
    """

    resource_policy: Policy | None = None
    resource_account: Text = NULL
    identity: IdentitySide = Identity.ASSUMED
    boundary: Policy | None = None
    session_policy: Policy | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    restrict_public_buckets: Value = NULL
    block_public_policy: Value = NULL
    block_public_acls: Value = NULL
    object_ownership: Value = NULL
    foreign_writers: bool = True
    grants: tuple[KeyGrant, ...] = ()
