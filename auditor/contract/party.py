"""Who makes the requests of a contract, and what is known of them."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.value import NULL, Symbol, Text, Value, text_parts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

Sent = tuple[str, ...] | None
"""What a request has of a context key or header: one of the texts (a `*` in one stands for any run of characters); no text when it has one that
is not known; None when it never has it."""

OWNER = "<account of the bucket>"
"""Stands in the texts of a contract that is built in for the account that owns the bucket, whichever that is."""

_ARN = regex(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(?!root$)[\w+=,.@/-]+")
_ACCOUNT = regex(r"(?:arn:aws[a-z-]*:iam::)?([0-9]{12})(?::root)?")
_SERVICE = regex(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")
_PROVIDER = regex(r"arn:aws[a-z-]*:iam::[0-9]{12}:(oidc|saml)-provider/\S+|[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?")
# Source: IAM User Guide, "AWS JSON policy elements: Principal", "OIDC federated principals": they have no ARN.
_WITHOUT_ARN = ("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com")
# Every address of a role or user in Terraform has an underscore, and none in a template a dot.
_HOST = regex(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
# `aws_iam_role.app`, `module.a.aws_iam_role.app["x"]`, `AppRole`
_ADDRESS = regex(r'[\w.\[\]"/-]+')
_KEPT = 1024  # every rule and proof asks of the same few


class PartyKind(enum.Enum):
    """What a principal is; the value is what people call it."""

    IDENTITY = "role or user"
    ACCOUNT = "account"
    SERVICE = "service"
    DECLARED = "role or user of the code"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Trust:
    """Who assumes the role that makes the requests.

    Attributes:
        principal: the ARN of a role or user, an account, a service, or an identity provider (`accounts.google.com`).
        requests: what its calls of AWS STS have, by context key (`sts:ExternalId`).
        required: the context keys that the trust policy must test, so that nobody else's role can be given to the platform.
        itself: whether the role must be able to assume itself.
        given_by: the options of the command line that give what its calls have, by context key.
        session_policy: the policy that its calls give, which limits what the sessions of the role may do; null for none.
    """

    principal: str
    requests: Mapping[str, Sent] = field(default_factory=dict, hash=False)
    required: tuple[str, ...] = ()
    itself: bool = False
    given_by: Mapping[str, str] = field(default_factory=dict, hash=False)
    session_policy: Value = field(default=NULL, hash=False)

    @property
    def is_provider(self) -> bool:
        """Whether it is an identity provider, whose callers have a web identity."""
        if self.principal in _WITHOUT_ARN:
            return True
        return _PROVIDER.fullmatch(self.principal) is not None and _SERVICE.fullmatch(self.principal) is None

    @property
    def provider_path(self) -> str:
        """What follows the account in the ARN of an identity provider that is named by its host (`oidc-provider/…`); empty for any other one."""
        written = self.principal in _WITHOUT_ARN or self.principal.startswith("arn:")
        return "" if written or not self.is_provider else f"oidc-provider/{self.principal}"

    @property
    def action(self) -> str:
        """The action of AWS STS that assumes the role."""
        if not self.is_provider:
            return "sts:AssumeRole"
        return "sts:AssumeRoleWithSAML" if ":saml-provider/" in self.principal else "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True)
class Party:
    """One principal of a contract.

    Attributes:
        principal: the ARN of a role or user; an account, as twelve digits or the ARN of its root; the name of a service; the address of a role or
            user of the code. Empty for nobody, or, with `trust`, for the role of the code that trusts the platform.
        outside: whether it is certainly of an account of the consumer's own: as a built-in contract has it, as long as it is not replaced.
        id: what needs call it, where a contract has several; else empty.
        requests: what its requests have, by context key (`aws:SourceArn`).
        trust: for a role of the customer's, who assumes it.
        name: the name that the role must have; empty for any.
        given_by: the options of the command line that give what its requests have, by context key.
        of_owner: whether it makes its requests for the account that owns the bucket.
    """

    principal: str = ""
    outside: bool = False
    id: str = ""
    requests: Mapping[str, Sent] = field(default_factory=dict, hash=False)
    trust: Trust | None = None
    name: str = ""
    given_by: Mapping[str, str] = field(default_factory=dict, hash=False)
    of_owner: bool = False

    @property
    def kind(self) -> PartyKind:
        """What the principal is."""
        return kind_of_principal(self.principal)

    @property
    def account(self) -> str:
        """Its account id, twelve digits; empty for a service, an address, or nobody."""
        return account_of(self.principal)

    @property
    def assumer(self) -> Party:
        """Who assumes the role, as a principal of its own; nobody where the principal is not a role that somebody assumes."""
        if self.trust is None:
            return NOBODY
        return Party(self.trust.principal, outside=True, requests=self.trust.requests, given_by=self.trust.given_by)

    @property
    def is_in_code(self) -> bool:
        """Whether it may be a role or user that the audited code declares."""
        if self.principal:
            return not self.outside and self.kind in (PartyKind.IDENTITY, PartyKind.DECLARED)
        return self.trust is not None


NOBODY = Party()


def with_owner(text: str, account: Text) -> tuple[str | Symbol, ...]:
    """The parts of a text of a contract, with an account where `OWNER` stands for it."""
    before, _, behind = text.partition(OWNER)
    return (before, *text_parts(account), behind)


@functools.lru_cache(_KEPT)
def account_of(principal: str) -> str:
    """The account id of a principal, twelve digits; empty where it is not written."""
    found = _ARN.fullmatch(principal) or _ACCOUNT.fullmatch(principal)
    return found[1] if found else ""


@functools.lru_cache(_KEPT)
def kind_of_principal(principal: str) -> PartyKind:
    """What a principal is, by how it is written."""
    if not principal:
        return PartyKind.NOBODY
    if _ARN.fullmatch(principal):
        return PartyKind.IDENTITY
    if _ACCOUNT.fullmatch(principal):
        return PartyKind.ACCOUNT
    return PartyKind.SERVICE if _SERVICE.fullmatch(principal) else PartyKind.DECLARED


def principal_fault(principal: str) -> str:
    """What is wrong with a principal, as a clause; empty when it is one."""
    if kind_of_principal(principal) is PartyKind.DECLARED and _HOST.fullmatch(principal):
        return f"'{principal}' is not a service, whose name ends in .amazonaws.com, or the address of a role or user"
    if kind_of_principal(principal) is not PartyKind.DECLARED or (
        _ADDRESS.fullmatch(principal) and not principal.startswith("arn:")
    ):
        return ""
    return f"'{principal}' is not the ARN of a role or user, an account, a service or the address of a role or user"
