"""What a scaffold makes, in the terms of the AWS API: a bucket and what belongs to it, a key, the role or user of the customer's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from auditor.contract import Contract, Party, PartyKind
from auditor.diagnosis import grants, trust_policy
from auditor.fixes import Content, Input, JoinedText, OwnAccount, Reference
from auditor.fixes.fix import Part
from auditor.foundation.errors import AuditError
from auditor.foundation.value import Known
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, BucketDeclaration, IdentityDeclaration, IdentityKind, KeyDeclaration
from auditor.needs.access import AccessNeed, ActionTarget
from auditor.needs.bucket_encryption import EncryptionNeed
from auditor.needs.bucket_setting import SettingNeed
from auditor.needs.cors import CorsNeed
from auditor.needs.key import KeyNeed
from auditor.needs.ownership import OwnershipNeed
from auditor.needs.trust import TrustNeed
from auditor.proofs.grant import GrantNeed
from auditor.proofs.ownership import ENFORCED, PREFERRED
from auditor.rule import Subject
from auditor.scaffold.names import ScaffoldNames
from auditor.scaffold.parameters import Filled, parts_in, replaced

Document = tuple[Content, ...]
"""The statements of a policy."""

_ACL = "x-amz-acl"
# Source: Amazon S3 User Guide, "Access control list (ACL) overview", "Canned ACL": those that let everybody in.
_PUBLIC = ("public-read", "public-read-write", "authenticated-read")


@dataclass(frozen=True, slots=True)
class CustomerIdentity:
    """A role or user of the customer's.

    Attributes:
        declaration: it.
        trust: who may assume it; none for a user.
        policy: what it may do; none where policies of the bucket and the key say it.
    """

    declaration: IdentityDeclaration
    trust: Document
    policy: Document

    @property
    def name(self) -> str:
        """The name that it must have; empty for any."""
        name = self.declaration.name
        return str(name.value or "") if isinstance(name, Known) else ""


@dataclass(frozen=True, slots=True)
class Design:
    """What is made.

    Attributes:
        names: what it is called.
        inputs: what whoever deploys it gives: descriptions by the name of the contract's parameter.
        bucket: the bucket.
        ownership: its Object Ownership.
        public_acls: whether ACLs may let everybody in.
        policy: the statements of its policy; none where it needs no policy.
        cors: its CORS rules.
        settings: the words of its settings that are needed: "bucket:versioning", "bucket:acceleration".
        key: the key of its default encryption; None where S3's own does.
        key_policy: the statements of the key's policy.
        identity: the role or user; None where the consumer is somebody else's.
    """

    names: ScaffoldNames
    inputs: Mapping[str, str]
    bucket: BucketDeclaration
    ownership: str
    public_acls: bool
    policy: Document
    cors: Document
    settings: tuple[str, ...]
    key: KeyDeclaration | None
    key_policy: Document
    identity: CustomerIdentity | None

    def parts(self) -> Iterator[Part]:
        """Every part of its policies and rules."""
        own = (self.identity.trust, self.identity.policy) if self.identity else ()
        for content in (self.policy, self.cors, self.key_policy, *own):
            yield from parts_in(content)


def design(values: Filled, names: ScaffoldNames, *, kms: bool = False) -> tuple[Design, Contract]:
    """What makes a contract hold, and the contract with the role or user of the code as its principal.

    Args:
        values: the contract.
        names: what things are called.
        kms: whether the default encryption has a key of its own, even where nothing needs one.

    Raises:
        AuditError: the contract is one that no code can be written for.
    """
    values, declared = _with_principal(values, names)
    contract = values.contract()
    bucket = names.bucket_declaration()
    plan = _Plan(contract, Bucket(bucket, "", names.language), names, declared)
    key = names.key_declaration() if kms or plan.needs_key() else None

    def written(content: Iterator[Content]) -> Document:
        made = values.with_inputs(tuple(content))
        return made if isinstance(made, tuple) else ()

    identity = CustomerIdentity(declared, written(plan.trust()), written(plan.own_policy())) if declared else None
    made = Design(
        names,
        {},
        bucket,
        PREFERRED if any(need.acls == "enabled" for need in contract.needs_of(OwnershipNeed)) else ENFORCED,
        plan.has_public_acls(),
        written(plan.bucket_policy()),
        written(plan.cors_rules()),
        tuple(need.id for need in contract.needs_of(SettingNeed) if need.id != "bucket:no-requester-pays"),
        key,
        written(plan.key_policy()) if key else (),
        identity,
    )
    named = {part.name for part in made.parts() if isinstance(part, Input)}
    return dataclasses.replace(made, inputs={name: values.description(name) for name in values.examples if name in named}), contract


def _with_principal(values: Filled, names: ScaffoldNames) -> tuple[Filled, IdentityDeclaration | None]:
    """The contract with the user of the code as its principal, where it asks for one, and the role or user that the code has.

    Raises:
        AuditError: somebody of code that is elsewhere is named.
    """
    contract = values.contract()
    made: list[tuple[str, IdentityDeclaration]] = []
    for party in dict.fromkeys(need.party for need in contract.needs_of(GrantNeed)):
        if party.kind is PartyKind.NOBODY and party.trust is not None:
            made.append(("", names.identity(IdentityKind.ROLE, party.name or (contract.id if party.trust.itself else ""))))
        elif party.kind is PartyKind.DECLARED:
            name = next((name for name in values.examples if values.values[name] == party.principal), "")
            if not name:
                raise AuditError(f"'{party.principal}' is of other code: leave it out, or give its ARN")
            made.append((name, names.identity(IdentityKind.USER, party.name)))
    if len(made) > 1:
        raise AuditError(f"contract '{contract.id}' has {len(made)} roles or users of yours, and a scaffold has one")
    if not made:
        return values, None
    parameter, declared = made[0]
    if not parameter:
        return values, declared
    others = tuple(name for name in values.examples if name != parameter)
    return Filled(values.file, {**values.values, parameter: declared.address}, others), declared


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statements and rules of a contract.

    Attributes:
        contract: it.
        bucket: the bucket that they are for.
        names: what things are called.
        declared: the role or user of the code.
    """

    contract: Contract
    bucket: Bucket
    names: ScaffoldNames
    declared: IdentityDeclaration | None

    @property
    def _own(self) -> OwnAccount:
        return OwnAccount(self.names.account)

    @property
    def _partition(self) -> str:
        return self.bucket.declaration.partition

    def _subject(self, party: Party) -> Subject:
        return Subject(self.contract, self.bucket, (), party)

    def _is_declared(self, party: Party) -> bool:
        return party.kind in (PartyKind.NOBODY, PartyKind.DECLARED)

    def _who(self, party: Party) -> Mapping[str, Content]:
        if self._is_declared(party) and self.declared is not None:
            return {"Principal": {"AWS": Reference(self.declared, "arn")}}
        return grants.who(self._subject(party))

    def needs_key(self) -> bool:
        """Whether SSE-S3 does not do."""
        return any("SSE-S3" not in need.allowed for need in self.contract.needs_of(EncryptionNeed))

    def has_public_acls(self) -> bool:
        """Whether objects are written with ACLs that let everybody in."""
        return any(text in _PUBLIC for need in self.contract.needs_of(AccessNeed) for text in need.sends.get(_ACL) or ())

    def bucket_policy(self) -> Iterator[Content]:
        """What the policy of the bucket grants to principals that are not of the code."""
        return _numbered(
            grants.allow(sid, actions, resource, self._who(party))
            for party in self._parties(AccessNeed)
            if not self._is_declared(party)
            for sid, actions, resource in self._access(party)
            if resource != "*"
        )

    def own_policy(self) -> Iterator[Content]:
        """What the policy of the role or user of the code grants."""
        own = [party for party in self._parties(GrantNeed) if self._is_declared(party)]
        yield from _numbered(grants.allow(*one) for party in own for one in self._access(party))
        for party in own:
            if party.trust is not None and party.trust.itself and self.declared is not None:
                yield grants.allow("AssumeItself", [party.trust.action], Reference(self.declared, "arn"))

    def key_policy(self) -> Iterator[Content]:
        """What the policy of the key says."""
        yield grants.own_account(self._own, self._partition)
        yield from _numbered(
            grants.allow("PlatformKey", actions, "*", self._who(party))
            for party in self._parties(KeyNeed)
            if (actions := _actions([need for need in self.contract.needs_of(KeyNeed) if need.party == party]))
        )

    def trust(self) -> Iterator[Content]:
        """Who may assume the role of the code."""
        for party in self._parties(GrantNeed):
            if party.trust is None:
                continue
            actions = [need.action for need in self.contract.needs_of(TrustNeed) if need.party == party] or [party.trust.action]
            for action in dict.fromkeys(actions):
                statement = trust_policy.first_statement(self._subject(party), action)
                yield replaced(_answered(statement), {"ACCOUNT": self._own})
            if party.trust.itself:
                yield self._itself(party)

    def _itself(self, party: Party) -> Content:
        """The statement that lets the role assume itself: it cannot be named in its own trust policy before it is there."""
        tests = trust_policy.tests(self._subject(party))
        name = self.declared.name if self.declared is not None else None
        own = f":role/{name.value if isinstance(name, Known) else ''}"
        return {
            "Sid": "AssumeItself",
            "Effect": "Allow",
            "Principal": {"AWS": JoinedText((f"arn:{self._partition}:iam::", self._own, ":root"))},
            "Action": party.trust.action if party.trust else "",
            "Condition": {**tests, "ArnEquals": {"aws:PrincipalArn": JoinedText((f"arn:{self._partition}:iam::", self._own, own))}},
        }

    def cors_rules(self) -> Iterator[Content]:
        """One rule for each origin, with what its pages ask."""
        needs = self.contract.needs_of(CorsNeed)
        for origin in dict.fromkeys(need.origin for need in needs):
            mine = [need for need in needs if need.origin == origin]
            rule = {
                "AllowedOrigins": (origin,),
                "AllowedMethods": tuple(dict.fromkeys(need.method for need in mine)),
                "AllowedHeaders": tuple(dict.fromkeys(header for need in mine for header in need.headers)),
                "ExposeHeaders": tuple(dict.fromkeys(header for need in mine for header in need.exposed)),
            }
            yield {name: texts for name, texts in rule.items() if texts}

    def _parties(self, kind: type[GrantNeed]) -> tuple[Party, ...]:
        return tuple(dict.fromkeys(need.party for need in self.contract.needs_of(kind)))

    def _access(self, party: Party) -> Iterator[tuple[str, list[str], Content]]:
        """What a principal does in the bucket: the Sid, the actions and the resource of each statement."""
        needs = [need for need in self.contract.needs_of(AccessNeed) if need.party == party]
        for target, prefix in dict.fromkeys((need.target, _prefix(need)) for need in needs):
            actions = _actions([need for need in needs if (need.target, _prefix(need)) == (target, prefix)])
            if target is ActionTarget.ACCOUNT:
                yield "PlatformAccount", actions, "*"
            elif target is ActionTarget.BUCKET:
                yield "PlatformBucket", actions, Reference(self.bucket.declaration, "arn")
            else:
                yield "PlatformObjects", actions, grants.objects(self.bucket, prefix)


def _prefix(need: AccessNeed) -> str:
    return need.prefix if need.target is ActionTarget.OBJECT else ""


def _actions(needs: list[AccessNeed] | list[KeyNeed]) -> list[str]:
    return list(dict.fromkeys(need.action for need in needs))


def _answered(statement: Mapping[str, Content]) -> Mapping[str, Content]:
    """A statement without the tests of what the contract does not know."""
    tests = statement.get("Condition")
    if not isinstance(tests, Mapping):
        return statement
    left = {
        operator: {key: value for key, value in tested.items() if value not in trust_policy.PLACEHOLDERS}
        for operator, tested in tests.items()
        if isinstance(tested, Mapping)
    }
    condition = {operator: tested for operator, tested in left.items() if tested}
    rest = {name: value for name, value in statement.items() if name != "Condition"}
    return {**rest, "Condition": condition} if condition else rest


def _numbered(statements: Iterator[Mapping[str, Content]]) -> Iterator[Content]:
    """The statements with Sids that differ. Source: IAM User Guide, "AWS JSON policy elements: Sid": it is unique in a policy."""
    seen: dict[Content, int] = {}
    for statement in statements:
        sid = statement["Sid"]
        seen[sid] = seen.get(sid, 0) + 1
        yield statement if seen[sid] == 1 else {**statement, "Sid": f"{sid}{seen[sid]}"}
