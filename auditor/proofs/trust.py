"""Assumed roles: whether whoever a contract names can assume the role of the code that makes its requests.

Sources: IAM User Guide, "Roles terms and concepts" (trust policy), "Cross-account policy evaluation logic", "Access to AWS accounts owned by third
parties" (the external id), "The confused deputy problem"; AWS Security Token Service API Reference, AssumeRole and AssumeRoleWithWebIdentity.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace

from auditor.aws.partitions import COMMERCIAL, partition_in
from auditor.contract import Party, PartyKind, Trust
from auditor.foundation.cases import Choices
from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Text, Truth, is_null, shown, text_of, text_parts
from auditor.lazy.classes import dataclass
from auditor.model import IamIdentity, IdentityKind, OrganizationPolicyKind, Storage
from auditor.policy import (
    ABSENT,
    Answer,
    Caller,
    CallerKind,
    ContextValue,
    DenyKind,
    Environment,
    Identity,
    OneOf,
    Policy,
    Question,
    Statement,
    decide,
    parse_policy,
)
from auditor.proofs import organization
from auditor.proofs.consumer import Consumer, outside, said
from auditor.proofs.grant import GrantCause, GrantNeed, granted
from auditor.proofs.outcome import open_because, taken
from auditor.proofs.refused import Put, in_force, put_as_trust, put_on_identity
from auditor.verdict import Outcome, Status, Step

_MFA = "aws:multifactorauthpresent"
_MFA_AGE = "aws:multifactorauthage"
_SOMEBODY_ELSES = Known("an external id that the platform gives to another customer")


class Part(enum.Enum):
    """What of an assumed role was looked at; the value is what people call it."""

    KIND = "what it is"
    NAME = "its name"
    OUTSIDE = "who assumes it"
    ITSELF = "the role that assumes itself"


@dataclass(frozen=True, slots=True)
class TrustCause(GrantCause):
    """What decided whether a role can be assumed; the policy is the trust policy.

    Attributes:
        part: what of it.
        role: it.
        action: of AWS STS.
        unguarded: the statements that let the platform in whatever it has of a context key that they must test, by that key.
    """

    part: Part = Part.OUTSIDE
    role: IamIdentity = field(kw_only=True)
    action: str = ""
    unguarded: tuple[tuple[str, tuple[Statement, ...]], ...] = ()

    @property
    def asker(self) -> Party:
        """Who assumes the role."""
        return self.need.party.assumer

    @property
    def is_let_in(self) -> bool:
        """Whether a statement of the trust policy allows it, so that it is something else which does not."""
        outcomes = self.decision.statements if self.decision else ()
        return any(
            one.policy == "resource policy" and one.statement.effect == "Allow" and one.applies is Truth.TRUE for one in outcomes
        )


def assumable(consumer: Consumer, role: IamIdentity, need: GrantNeed, choices: Choices, action: str = "") -> Outcome:
    """Whether the role of a consumer can be assumed, in one case.

    Args:
        consumer: whose requests are those of a role that somebody assumes.
        role: it.
        need: what is asked.
        choices: the case.
        action: of AWS STS, for a need that is about the role; empty for what it may do, which takes that the role is assumed.
    """
    trust = consumer.party.trust or Trust("")
    asked = _Asked(consumer, trust, role, need, action or trust.action, choices, about_guards=bool(action))
    if role.declaration.kind is not IdentityKind.ROLE:
        return asked.fails(Part.KIND, f"{role.address} is a user, and only roles can be assumed", role.location)
    outcome = asked.from_outside()
    if action not in ("", trust.action):
        return outcome
    found = [asked.by_name(), outcome] if consumer.party.name else [outcome]
    if trust.itself:
        found.append(asked.by_itself())
    for status in (Status.FAILS, Status.UNKNOWN):
        for one in found:
            if one.status is status:
                besides = (
                    Step(other.reason, other.location) for other in found if other is not one and other.status is Status.FAILS
                )
                return _with_unguarded(replace(one, obstacles=(*one.obstacles, *besides)), outcome)
    return replace(outcome, assumptions=_once(found), steps=tuple(step for one in found for step in one.steps))


def _with_unguarded(one: Outcome, other: Outcome) -> Outcome:
    """An outcome that tells what another one found unguarded as well."""
    if not isinstance(one.cause, TrustCause) or not isinstance(other.cause, TrustCause):
        return one
    return replace(one, cause=replace(one.cause, unguarded=other.cause.unguarded))


def if_assumed(outcome: Outcome, consumer: Consumer, need: GrantNeed, choices: Choices) -> Outcome:
    """What a role of the customer's may do, for whoever assumes it: nothing as long as nobody can.

    Args:
        outcome: what the role may do.
        consumer: whose requests it is about.
        need: what is asked.
        choices: the case.
    """
    trust, role = consumer.party.trust, consumer.declared
    if trust is None or outcome.status in (Status.FAILS, Status.NOT_APPLICABLE):
        return outcome
    if role is None:
        assumption = f"The trust policy of {consumer.name} lets {trust.principal} assume it."
        return replace(outcome, assumptions=(*outcome.assumptions, assumption))
    assumed = assumable(consumer, role, need, choices)
    steps = (*assumed.steps, *outcome.steps)
    if assumed.status is Status.HOLDS:
        return replace(outcome, assumptions=_once((outcome, assumed)), steps=steps)
    if assumed.status is Status.UNKNOWN and outcome.status is Status.UNKNOWN:
        return replace(outcome, resolved_by=(*outcome.resolved_by, *assumed.resolved_by), steps=steps)
    unresolved = [Step(outcome.reason, outcome.location)] if outcome.status is Status.UNKNOWN else []
    return replace(assumed, steps=steps, obstacles=(*assumed.obstacles, *unresolved))


def _once(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """The assumptions of some outcomes, each once."""
    return tuple(dict.fromkeys(assumption for outcome in outcomes for assumption in outcome.assumptions))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A role that is to be assumed, in one case."""

    consumer: Consumer
    trust: Trust
    role: IamIdentity
    need: GrantNeed
    action: str
    choices: Choices
    about_guards: bool

    @property
    def who(self) -> str:
        """Who assumes the role, as messages call it."""
        return f"{self.consumer.contract.title} ({self.trust.principal})"

    def fails(self, part: Part, reason: str, place: Location) -> Outcome:
        """The outcome where something other than a policy decides against it."""
        return Outcome(Status.FAILS, reason, place, self._witness(self.trust.principal), cause=self._cause(part))

    def by_name(self) -> Outcome:
        """Whether the role has the name under which it is assumed."""
        declared, wanted = self.role.declaration, self.consumer.party.name
        place = declared.name.location or declared.location
        same = same_text(declared.name, Known(wanted))
        if same is Truth.TRUE:
            return Outcome(Status.HOLDS, f"it is named '{wanted}'", place)
        called = shown(text_parts(declared.name))
        told = f"{self.consumer.contract.title} assumes a role that is named '{wanted}'"
        if same is Truth.FALSE:
            return self.fails(Part.NAME, f"{told}, and {declared.address} is named '{called}'", place)
        symbol = next(part for part in text_parts(declared.name) if isinstance(part, Symbol))
        return open_because(symbol, place, f"{told}, and the name of {declared.address} is not resolved: {symbol.reason}")

    def from_outside(self) -> Outcome:
        """Whether the trust policy lets the platform assume the role."""
        policy = self._policy()
        if isinstance(policy, Symbol):
            return open_because(policy, self.role.location)
        if not self.trust.principal:
            title = self.consumer.contract.title
            return open_because(
                Symbol("who assumes the role", f"{title} does not say who assumes it", "give it with --with"), policy.location
            )
        caller, account = self._platform(), self.role.declaration.account
        within = bool(text_parts(caller.account)) and same_text(caller.account, account) is Truth.TRUE
        environment = Environment(
            resource_policy=policy,
            resource_account=account,
            identity=Identity.UNKNOWN if within else Identity.ASSUMED,
            scps=self._forbidden(OrganizationPolicyKind.SERVICE_CONTROL) if within else (),
            rcps=self._forbidden(OrganizationPolicyKind.RESOURCE_CONTROL),
        )
        context = self._context(policy, caller)
        decision = decide(environment, self._question(caller, context))
        cause = replace(self._cause(Part.OUTSIDE), decision=decision, policy=policy)
        if decision.answer is Answer.ALLOWED and self.about_guards:
            cause = replace(cause, unguarded=tuple(self._unguarded(environment, caller, context)))
        assumptions = (*self._of_platform(caller, within=within), *self._without_mfa(policy), *self._there_already(policy))
        outcome = granted(decision, cause, policy.location, "trust policy", "", self.need, assumptions)
        return in_force(self._told(outcome, self.trust.principal, self.who, self.role.address), self._puts(), self.choices)

    def by_itself(self) -> Outcome:
        """Whether the role may assume itself.

        Source: IAM User Guide, "Trust policies for roles that assume themselves": its trust policy must name it, or its account and then a policy of
        its own must allow it.
        """
        policy = self._policy()
        if isinstance(policy, Symbol):
            return open_because(policy, self.role.location)
        declared, consumer = self.role.declaration, self.consumer
        environment = Environment(
            resource_policy=policy,
            resource_account=declared.account,
            identity=consumer.policies,
            boundary=consumer.boundary,
            scps=self._forbidden(OrganizationPolicyKind.SERVICE_CONTROL),
            rcps=self._forbidden(OrganizationPolicyKind.RESOURCE_CONTROL),
        )
        question = self._question(consumer.caller, self._context(policy, consumer.caller))
        decision = decide(environment, question)
        cause = replace(self._cause(Part.ITSELF), decision=decision, policy=policy)
        outcome = granted(decision, cause, policy.location, "trust policy", "", self.need, consumer.assumptions(declared.account))
        if decision.kind is DenyKind.IMPLICIT:
            missing = "no policy of its own allows it" if cause.is_let_in else "its trust policy lets in neither it nor its account"
            outcome = replace(outcome, reason=missing)
        puts = (*self._puts(), *put_on_identity(self.role))
        return in_force(self._told(outcome, declared.address, declared.address, "itself"), puts, self.choices)

    def _forbidden(self, kind: OrganizationPolicyKind) -> organization.Levels:
        return organization.forbidden(self.consumer.organization, kind)

    def _policy(self) -> Policy | Symbol:
        value = taken(self.role.declaration.trust_policy, self.choices)
        if is_null(value):
            name = f"the trust policy of {self.role.address}"
            return Symbol(name, "it is not in the code", "audit the code that declares the role", location=self.role.location)
        return parse_policy(value, self.role.location)

    @property
    def _partition(self) -> str:
        return partition_in(self.role.declaration.arn) or COMMERCIAL

    def _platform(self) -> Caller:
        """Who assumes the role, as a caller."""
        if not self.trust.is_provider:
            return outside(self.consumer.party.assumer, self.consumer.contract, self._partition)
        arn: Text = Known(self.trust.principal)
        if self.trust.provider_path:
            arn = text_of(
                (f"arn:{self._partition}:iam::", *text_parts(self.role.declaration.account), f":{self.trust.provider_path}")
            )
        return Caller(arn, Known(""), kind=CallerKind.FEDERATED)

    def _question(self, caller: Caller, context: Mapping[str, ContextValue]) -> Question:
        return Question(caller, self.action, self.role.declaration.arn, context=context, now=self.consumer.contract.now)

    def _context(self, policy: Policy, caller: Caller) -> dict[str, ContextValue]:
        """What the calls have of context keys.

        Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Security Token Service": that sts:TagSession has an
        external id is not said. IAM User Guide, "aws:MultiFactorAuthPresent" and "aws:MultiFactorAuthAge": programs sign in without MFA, so that
        the first one is false with temporary credentials, and missing with long-term ones and for services.
        """
        given = {key.lower(): value for key, value in said(self.trust.requests).items()}
        if self.action != self.trust.action:
            given = {key: value for key, value in given.items() if not key.startswith("sts:")}
        tested = _tested(policy)
        if not caller.is_iam:
            return {_MFA: ABSENT, _MFA_AGE: ABSENT, **given}
        mfa: dict[str, ContextValue] = {_MFA: OneOf(("false",), may_be_missing=True), _MFA_AGE: ABSENT}
        return {**{key: value for key, value in mfa.items() if key in tested}, **given}

    def _without_mfa(self, policy: Policy) -> tuple[str, ...]:
        told = {key.lower() for key in self.trust.requests}
        tested = {_MFA, _MFA_AGE} & _tested(policy) - told
        return (f"{self.consumer.contract.title} assumes the role without MFA.",) if tested else ()

    def _there_already(self, policy: Policy) -> tuple[str, ...]:
        """What is assumed of a role that its own trust policy names.

        Source: IAM User Guide, "Troubleshoot IAM policies" and re:Post, "Invalid principal in policy": IAM rejects a principal that does not exist,
        as the role itself does not while it is created; its trust policy can name it afterwards.
        """
        declared = self.role.declaration
        named = (one.item.text for statement in policy.statements for one in statement.principals.principals)
        if declared.storage is Storage.STORED or all(same_text(text, declared.arn) is not Truth.TRUE for text in named):
            return ()
        return (f"{declared.address} is there already: IAM does not create a role whose trust policy names it.",)

    def _of_platform(self, caller: Caller, *, within: bool) -> tuple[str, ...]:
        """What is assumed of whoever assumes the role."""
        refused = organization.assumed(self.consumer.organization, refuse="refuses that the role is assumed")
        if not caller.is_iam:
            return (refused,)
        who, account = self.trust.principal, self.consumer.party.assumer.account
        if within:
            return (f"No policy of {who} denies the requests.", refused)
        whom = "its identities" if self.consumer.party.assumer.kind is PartyKind.ACCOUNT else who
        owner = self.role.declaration.account
        other = () if isinstance(owner, Known) else (f"The account of {self.role.address} is not that of {who} ({account}).",)
        return (f"The account {account} allows {whom} to assume {self.role.address}.", *other, refused)

    def _unguarded(
        self, environment: Environment, caller: Caller, context: Mapping[str, ContextValue]
    ) -> Iterator[tuple[str, tuple[Statement, ...]]]:
        """The keys that the trust policy must test and does not: it lets the platform in with what another customer has, or with nothing."""
        for key in self.trust.required:
            rest = {name: value for name, value in context.items() if name.lower() != key.lower()}
            for other in (ABSENT, _SOMEBODY_ELSES):
                decision = decide(environment, self._question(caller, {**rest, key: other}))
                if decision.answer is Answer.ALLOWED:
                    yield key, decision.deciding
                    break

    def _cause(self, part: Part) -> TrustCause:
        return TrustCause(self.need, self.consumer, part=part, role=self.role, action=self.action)

    def _puts(self) -> tuple[Put, ...]:
        return tuple(put_as_trust(self.role))

    def _witness(self, who: str) -> dict[str, str]:
        return {"request": f"{self.action.partition(':')[2]} of {self.role.address} by {who}"}

    def _told(self, outcome: Outcome, by: str, who: str, whom: str) -> Outcome:
        """The outcome in the words of an assumed role."""
        match outcome.status:
            case Status.FAILS:
                reason = f"{who} cannot assume {whom}: {outcome.reason}"
                return replace(outcome, reason=reason, witness={**outcome.witness, **self._witness(by)})
            case Status.UNKNOWN:
                return replace(outcome, reason=f"whether {who} can assume {whom} is unknown: {outcome.reason}")
        return outcome


def _tested(policy: Policy) -> frozenset[str]:
    """The context keys, in lower case, that a policy tests."""
    return frozenset(condition.key.lower() for statement in policy.statements for condition in statement.conditions)
