"""Roles, users and groups, as `aws iam get-account-authorization-details` prints them.

Source: AWS Identity and Access Management API Reference, GetAccountAuthorizationDetails: RoleDetail, UserDetail, GroupDetail, ManagedPolicyDetail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Symbol, Text, Unknown, Value, is_null, is_text
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import (
    IdentityDeclaration,
    IdentityKind,
    IdentityPolicyDeclaration,
    MembershipDeclaration,
    PolicyOwner,
    Storage,
)
from auditor.policy.services.managed import managed_policy

FILTERS = {IdentityKind.ROLE: "RoleDetailList", IdentityKind.USER: "UserDetailList", IdentityKind.GROUP: "GroupDetailList"}
"""The lists of identities in the output, which a `--filter` may leave empty."""
POLICIES = "Policies"

_ACCOUNT = regex(r"arn:[^:]*:iam::([0-9]{12}):.+")


@dataclass(slots=True)
class Identities:
    """What a document tells of identities."""

    identities: list[IdentityDeclaration] = field(default_factory=list)
    policies: list[IdentityPolicyDeclaration] = field(default_factory=list)
    memberships: list[MembershipDeclaration] = field(default_factory=list)

    def add(self, other: Identities) -> None:
        """Takes in what another document tells."""
        self.identities.extend(other.identities)
        self.policies.extend(other.policies)
        self.memberships.extend(other.memberships)


def identities_in(content: Value, location: Location) -> Identities:
    """The identities that a document tells of.

    Args:
        content: the whole document.
        location: where it is.
    """
    found, managed = Identities(), _managed_policies(content)
    for kind, name in FILTERS.items():
        for one in _maps(_entry(content, name)):
            _Detail(one, kind, managed, found, one.location or location).declare()
    return found


@dataclass(frozen=True, slots=True)
class _Detail:
    """One identity of a document."""

    written: MapValue
    kind: IdentityKind
    managed: dict[str, Value]
    found: Identities
    location: Location

    def declare(self) -> None:
        word = self.kind.value.title()
        name, arn = _text(self.written, f"{word}Name"), _text(self.written, "Arn")
        address = str(arn.value) if isinstance(arn, Known) and arn.value else f"{self.kind.value} {name}"
        account = _ACCOUNT.fullmatch(address)
        boundary = _entry(self.written, "PermissionsBoundary")
        self.found.identities.append(
            IdentityDeclaration(
                address,
                self.location,
                kind=self.kind,
                name=name,
                arn=arn,
                trust_policy=_entry(self.written, "AssumeRolePolicyDocument") if self.kind is IdentityKind.ROLE else NULL,
                boundary=NULL if is_null(boundary) else self._managed(_text(boundary, "PermissionsBoundaryArn"))[0],
                account=Known(account[1]) if account else NULL,
                unique_id=_text(self.written, f"{word}Id"),
                storage=Storage.STORED,
            )
        )
        for one in _maps(_entry(self.written, f"{word}PolicyList")):
            self._policy(address, name, _entry(one, "PolicyDocument"), PolicyOwner.INLINE)
        for one in _maps(_entry(self.written, "AttachedManagedPolicies")):
            self._policy(address, name, *self._managed(_text(one, "PolicyArn")))
        for group in _items(_entry(self.written, "GroupList")):
            self.found.memberships.append(MembershipDeclaration(address, self.location, user=name, group=group))

    def _policy(self, address: str, name: Text, document: Value, owner: PolicyOwner) -> None:
        self.found.policies.append(
            IdentityPolicyDeclaration(
                address, self.location, kind=self.kind, identity=name, document=document, owner=owner, storage=Storage.STORED
            )
        )

    def _managed(self, arn: Text) -> tuple[Value, PolicyOwner]:
        """The document of a managed policy, and who keeps it."""
        written = str(arn.value) if isinstance(arn, Known) else ""
        if written in self.managed:
            return self.managed[written], PolicyOwner.ACCOUNT
        if (document := managed_policy(written)) is not None:
            return document, PolicyOwner.AWS
        hint = "save the whole output of 'aws iam get-account-authorization-details'"
        return Unknown(Symbol(f"policy {written}", "no document holds the managed policy", hint, self.location)), PolicyOwner.AWS


def _managed_policies(content: Value) -> dict[str, Value]:
    """The documents in force of the managed policies in a document, by their ARNs."""
    return {
        str(arn.value): _entry(version, "Document")
        for policy in _maps(_entry(content, POLICIES))
        for version in _maps(_entry(policy, "PolicyVersionList"))
        if isinstance(arn := _text(policy, "Arn"), Known) and _entry(version, "IsDefaultVersion") == Known(True)
    }


def _entry(value: Value, name: str) -> Value:
    return value.entries.get(name, NULL) if isinstance(value, MapValue) else NULL


def _text(value: Value, name: str) -> Text:
    found = _entry(value, name)
    return found if is_text(found) else NULL


def _items(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, ListValue) else ()


def _maps(value: Value) -> Iterator[MapValue]:
    return (one for one in _items(value) if isinstance(one, MapValue))
