"""The decision on a question: AWS's evaluation logic, for every key and in every case of what is unknown.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities"; AWS KMS
Developer Guide, "Determining access to AWS KMS keys"; Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".

Everything is evaluated in three-valued logic; only where that does not decide does the proof split (`auditor.foundation.cases`), so that only what the
answer depends on is split at all.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from auditor.foundation.cases import Atom, Case, Choices, TooManyCases, by_cases, some_cases
from auditor.foundation.errors import enumerated
from auditor.foundation.glob import Tokens, TooManyStates, Weight, classes
from auditor.foundation.value import ALWAYS, Symbol, Truth, all_of, any_of, negate
from auditor.policy.decision import Answer, Budget, Decision, DenyKind, Dependency, Refusal
from auditor.policy.document import Statement
from auditor.policy.evaluation.alphabet import Alphabet
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.explain import ReachedAnswer, explained, granted_by
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import PatternTokens, has_hole, literal_text
from auditor.policy.evaluation.principals import Naming
from auditor.policy.evaluation.representatives import RepresentativeRequest, Requests
from auditor.policy.evaluation.scalar import read_date
from auditor.policy.evaluation.statements import RESOURCE_POLICY, CompiledPolicy, CompiledStatement, Statements
from auditor.policy.question import EVERY, Environment, Identity, Question
from auditor.policy.services import service_of

# Later moments that are looked at: more dates than that are in no policy.
_MOMENTS = 64


def decide(environment: Environment, question: Question, budget: Budget | None = None, within: Choices | None = None) -> Decision:
    """The decision on a question; total.

    Args:
        environment: the policies around it.
        question: what is asked.
        budget: how much work it may be; beyond it the answer is undecided, which is sound.
        within: the case of a proof that it is decided in. Most cases of a proof differ in what the decision does not ask for.
    """
    budget = budget or Budget()
    told = _told_apart(environment, question, budget)
    if within is None or told is None:
        return _decided(environment, question, budget, within)
    by_value, by_identity = told
    known: FoundInCases[Decision] = within.once(("decided", by_value), FoundInCases, *by_identity)
    return known.of(within.look, PartialCase(within), lambda case: _decided(environment, question, budget, case.choices))


def _told_apart(environment: Environment, question: Question, budget: Budget) -> tuple[Hashable, tuple[object, ...]] | None:
    """What tells a question from another one: what is equal in equal ones, and what is the same object; None where that cannot be told."""
    identity = environment.identity if isinstance(environment.identity, tuple) else ()
    levels = (environment.scps, environment.rcps)
    objects = (
        *(environment.resource_policy, environment.boundary, environment.session_policy, *identity),
        *(policy for each in levels for level in each for policy in level),
        *(part for grant in environment.grants for part in (grant.grantee, grant.operations, grant.constraints)),
    )
    values = (
        *(environment.resource_account, environment.restrict_public_buckets, environment.block_public_policy),
        *(environment.block_public_acls, environment.object_ownership, environment.foreign_writers),
        *(len(identity) if identity else environment.identity, len(environment.grants)),
        tuple(tuple(map(len, each)) for each in levels),
        *(question.caller, question.action, question.resource, question.keys, tuple(question.context.items())),
        *(question.unlisted, question.now, budget),
    )
    try:
        hash(values)
    except TypeError:  # a setting is not a scalar
        return None
    return values, objects


def _decided(environment: Environment, question: Question, budget: Budget, within: Choices | None) -> Decision:
    engine = _Engine(environment, question, budget, within)
    decision = engine.decide()
    if decision.answer is not Answer.ALLOWED or question.now is None:
        return decision
    for moment in engine.moments_after(question.now):
        later = _Engine(environment, replace(question, now=moment), budget, within).decide()
        if later.answer is not Answer.ALLOWED:
            return replace(decision, expires=moment)
    return decision


class _Engine:
    def __init__(self, environment: Environment, question: Question, budget: Budget, within: Choices | None) -> None:
        self.environment, self.question, self.budget, self.within = environment, question, budget, within
        self.caller, self.alphabet = question.caller, Alphabet()
        owner, account = self.alphabet.text(environment.resource_account), self.alphabet.text(self.caller.account)
        self.same_account = self.caller.is_iam and bool(account) and owner == account
        if not self.same_account and not self.alphabet.is_open(account) and environment.identity is Identity.ASSUMED:
            # A caller that the code declares may be of an account that the code leaves unresolved, and come from a network of the code.
            self.alphabet.foreign = account
        self.naming = Naming(self.caller, self.alphabet, bounded=environment.boundary is not None)
        self.service = service_of(question.action)(environment, question, self.naming, same_account=self.same_account)
        self.requests = Requests(question, self.alphabet, self.service, budget.states)
        self.statements = Statements(self.requests, self.naming, within or Choices({}))
        self.resource_side = self.statements.side(RESOURCE_POLICY, environment.resource_policy)
        # Those that certainly name the caller come first, since nothing may depend on others.
        allowing = self.resource_side.allowing if self.resource_side else ()
        self.grants = sorted(allowing, key=lambda one: one.on_caller is None)
        identity = environment.identity if isinstance(environment.identity, tuple) else ()
        self.identity_sides = [side for policy in identity if (side := self.statements.side("identity policy", policy))]
        self.boundary = self.statements.side("permissions boundary", environment.boundary)
        self.session = self.statements.side("session policy", environment.session_policy)
        # Source: AWS Organizations User Guide, "Service control policies" (for principals of member accounts) and "Resource control policies".
        scps = environment.scps if self.caller.is_iam else ()
        self.levels = [
            [side for policy in level if (side := self.statements.side(name, policy))]
            for name, levels in (("service control policy", scps), ("resource control policy", environment.rcps))
            for level in levels
        ]
        self._spent = 0

    def decide(self) -> Decision:
        """The decision at the moment of the question."""
        try:
            try:
                leaves = self._leaves()
            except TooManyStates:
                self.requests.narrow(self._weights())
                leaves = self._leaves()
            # What is refused among the keys met so far is refused; only that all are allowed takes more.
            if self.requests.incomplete and any(leaf.answer.refused is None for leaf in leaves):
                return self.without_classes()
        except TooManyCases as error:
            depends_on = tuple(Dependency(symbol) for symbol in error.open)
            reason = "too much is unknown at once to go through every case"
            return Decision(Answer.UNDECIDED, reason, depends_on=depends_on)
        limits = (side for level in self.levels for side in level if any(one.statement.effect == "Deny" for one in side.statements))
        sides = [side for side in (self.resource_side, *self.identity_sides, self.boundary, self.session, *limits) if side]
        decision = explained(leaves, self.statements, sides, self._granting, self._besides, self.within)
        return replace(decision, ungranted=True) if decision.kind is DenyKind.IMPLICIT and not self._can_grant else decision

    @property
    def _can_grant(self) -> bool:
        """Whether an Allow of some policy may be for the action and the caller, on whatever resource and under whatever condition."""
        sides = [side for side in (self.resource_side, *self.identity_sides) if side]
        unknown = self.caller.is_iam and self.environment.identity is Identity.UNKNOWN
        return unknown or bool(self.environment.grants) or any(side.allowing or side.policy.rest for side in sides)

    def _leaves(self) -> Sequence[Case[ReachedAnswer]]:
        """The answer in every case; or in a few that show that it is not the same in all, where there are many.

        Raises:
            TooManyCases: there are too many, and those few do not differ.
            TooManyStates: as of `Requests.all`.
        """
        try:
            self._spent = int(self.budget.statements * (1 - self.budget.few))
            return by_cases(self.reach, limit=int(self.budget.cases * self.budget.few), within=self.within)
        except TooManyCases:
            self._spent = 0
            for some in some_cases(self.reach, within=self.within):
                if len({leaf.answer.refused is None for leaf in some}) > 1:
                    return some
            return by_cases(self.reach, limit=self.budget.cases, within=self.within)

    def moments_after(self, now: float) -> list[float]:
        """The later moments at which a test of the time may turn out otherwise, earliest first."""
        dates = (
            date
            for key in ("aws:currenttime", "aws:epochtime")
            for test in self.requests.tests.get(key, ())
            for pattern in test.patterns
            if pattern.tokens is not None and not has_hole(pattern.tokens)
            if (date := read_date(literal_text(pattern.tokens))) is not None
        )
        return sorted({moment for date in dates for moment in (date, date + 1) if now < moment < math.inf})[:_MOMENTS]

    def reach(self, choices: Choices) -> ReachedAnswer:
        """The answer in one case; splits when it is unknown."""
        deployment = PartialCase(choices)
        deployed = self._deployed(deployment)
        for request in self.requests.all():
            case = PartialCase(choices)
            self._spend()
            truth, refusal = self._allowed(request, case, deployed)
            if truth is Truth.UNKNOWN:
                case.pending.extend(deployment.pending)
                case.split()
            if truth is Truth.FALSE:
                return ReachedAnswer(request, refusal)
        return ReachedAnswer(None, Refusal())

    def _spend(self) -> None:
        """Counts the work of one request.

        Raises:
            TooManyCases: there has been too much of it.
        """
        self._spent += len(self.resource_side.statements) if self.resource_side else 1
        if self._spent > self.budget.statements:
            raise TooManyCases

    def _deployed(self, case: PartialCase) -> tuple[Truth, Truth]:
        """Whether the resource policy is stored at all, and whether its grants to other accounts are cut off."""
        if self.resource_side is None:
            return Truth.TRUE, Truth.FALSE
        return self.service.deployed(self.resource_side.policy, case)

    def _allowed(self, request: RepresentativeRequest, case: PartialCase, deployed: tuple[Truth, Truth]) -> tuple[Truth, Refusal]:
        """Whether one request is allowed in a case, and when it certainly is not, why."""
        met = []
        for truth, refusal in self._demands(request, case, deployed):
            if truth is Truth.FALSE:
                return truth, refusal
            met.append(truth)
        return all_of(met), Refusal()

    def _demands(
        self, request: RepresentativeRequest, case: PartialCase, deployed: tuple[Truth, Truth]
    ) -> Iterator[tuple[Truth, Refusal]]:
        """Whether each thing that a request needs is so in a case, with the refusal of a request for which it is not."""
        stored, cut_off = deployed
        action = self.question.action
        denied, denying = self._denied(request, case, stored)
        certainly = denied is Truth.TRUE and bool(denying)
        if certainly:
            titles = list(dict.fromkeys(statement.title for statement in denying))
            denies = f"statement {titles[0]} denies" if len(titles) == 1 else f"statements {enumerated(titles)} deny"
            yield Truth.FALSE, Refusal(DenyKind.EXPLICIT, f"{denies} {action}", denying)
        granted, lacking = self._granted(request, case, stored)
        if granted is Truth.FALSE and stored is Truth.FALSE:
            reason = "the policy is public, and BlockPublicPolicy keeps S3 from storing it"
            yield granted, Refusal(DenyKind.DEPLOY_ERROR, reason)
        else:
            yield granted, Refusal(DenyKind.IMPLICIT, lacking)
        if not certainly:
            yield negate(denied), Refusal(DenyKind.EXPLICIT, f"a statement may deny {action}")
        yield from self.service.conditions(
            case, self.requests.tells_of, lambda key: self.requests.value_for_all(key, case), cut_off
        )

    def _besides(self, request: RepresentativeRequest, case: PartialCase, reached: Refusal) -> tuple[Refusal, ...]:
        """Why else a request that is refused certainly is in a case, also once its policy is stored, and what denies others of the question."""
        _, cut_off = self._deployed(case)
        demands = self._demands(request, case, (Truth.TRUE, cut_off))
        others = (refusal for truth, refusal in demands if truth is Truth.FALSE and refusal != reached)
        return (*others, *self._other_keys_denied(request, case))

    def _other_keys_denied(self, request: RepresentativeRequest, case: PartialCase) -> Iterator[Refusal]:
        """The statements that deny, or may deny, other keys than that of a request."""
        for side in self._denying_sides if self.question.keys is not None else ():
            for compiled in side.denying:
                about = [
                    tokens for when, tokens, index in compiled.resources if index is not None and case.when(when) is Truth.TRUE
                ]
                if compiled.statement.resources.negated or not any(map(self._meets, about)):
                    continue
                here, anywhere = (self.statements.applies(compiled, side, one, case, "Deny") for one in (request, self._anything()))
                if here is Truth.FALSE and anywhere is not Truth.FALSE:
                    verb = "denies" if anywhere is Truth.TRUE else "may deny"
                    reason = f"statement {compiled.statement.title} {verb} {self.question.action} for other keys"
                    yield Refusal(DenyKind.EXPLICIT, reason, (compiled.statement,))

    @property
    def _denying_sides(self) -> list[CompiledPolicy]:
        """The policies whose denials count."""
        limits = (self.boundary, self.session, *(side for level in self.levels for side in level))
        return [side for side in (self.resource_side, *self.identity_sides, *limits) if side]

    def _denied(self, request: RepresentativeRequest, case: PartialCase, stored: Truth) -> tuple[Truth, tuple[Statement, ...]]:
        """Whether a Deny of any policy applies, and those that certainly do."""
        denying: list[Statement] = []
        denials = []
        for side in self._denying_sides:
            for compiled in side.denying:
                applies = self.statements.applies(compiled, side, request, case, "Deny")
                if side is self.resource_side:
                    applies = all_of((applies, stored))
                if applies is Truth.TRUE:
                    denying.append(compiled.statement)
                denials.append(applies)
            denials.append(self.statements.rest(side, "Deny", case))
        return any_of(denials), tuple(denying)

    def _granted(self, request: RepresentativeRequest, case: PartialCase, stored: Truth) -> tuple[Truth, str]:
        """Whether the Allows suffice, by the combination rules of the situation; and why not, for when they do not."""
        action = self.question.action
        nothing = f"no statement allows {action}"
        direct, unlimited, delegated = (all_of((truth, stored)) for truth in self._resource_grants(request, case))
        levels = all_of(self._level(level, request, case) for level in self.levels)
        if not self.caller.is_iam:
            return all_of((any_of((direct, unlimited)), levels)), nothing
        identity = self._identity(request, case)
        grant = self.service.granted(case)
        bounds = all_of(self.statements.allows(side, request, case) for side in (self.boundary, self.session) if side)
        own = f"no policy of the caller allows {action}"
        if not self.same_account:
            outside = any_of((direct, unlimited, delegated, grant))
            within, reason = all_of((outside, identity)), nothing if outside is Truth.FALSE else own
            unlimited = Truth.FALSE
        elif policy := self.service.resource_policy:
            within = any_of((direct, all_of((delegated, identity)), grant))
            neither = f"the {policy} lets in neither the caller nor, for {action}, its account"
            reason = neither if delegated is Truth.FALSE else f"{own}, and the {policy} leaves it to them"
        else:
            within, reason = any_of((direct, identity)), f"neither a policy of the caller nor the resource's own allows {action}"
        granted = all_of((any_of((unlimited, all_of((within, bounds)))), levels))
        if any_of((unlimited, within)) is not Truth.FALSE:
            limited = unlimited is bounds is Truth.FALSE
            limit = "permissions boundary or session policy" if limited else "policy of the organization"
            reason = f"the {limit} does not allow {action}"
        return granted, reason

    def _level(self, level: Sequence[CompiledPolicy], request: RepresentativeRequest, case: PartialCase) -> Truth:
        """Whether one level of the organization's policies allows it.

        Source: AWS Organizations User Guide, "Resource control policies": those that customers write only deny, since AWS attaches
        RCPFullAWSAccess everywhere; so a level without any Allow allows.
        """
        allowed = any_of(self.statements.allows(side, request, case) for side in level)
        if not level or level[0].name != "resource control policy":
            return allowed
        allowing = [one.statement for side in level for one in side.statements if one.statement.effect != "Deny"]
        return any_of((allowed, negate(any_of(case.when(statement.when) for statement in allowing))))

    def _identity(self, request: RepresentativeRequest, case: PartialCase) -> Truth:
        """Whether the caller's own permissions allow it."""
        if self.environment.identity is Identity.ASSUMED or self.caller.is_root:
            return Truth.TRUE
        if self.environment.identity is Identity.UNKNOWN:
            symbol = Symbol("the caller's identity policies", "they are not in the code", "audit the code that declares the caller")
            return case.truth(Atom(("identity",), (True, False), symbol, ("the caller's own policies allow it", "they do not")))
        return any_of(self.statements.allows(side, request, case) for side in self.identity_sides)

    def _resource_grants(self, request: RepresentativeRequest, case: PartialCase) -> tuple[Truth, Truth, Truth]:
        """Allows of the resource policy: those for the caller that a boundary limits, those that none limits, those for its account.

        Source: IAM User Guide, "Permissions boundaries": a grant to the role is limited, one to the session, the user, or everyone is not.
        """
        side = self.resource_side
        if side is None:
            return Truth.FALSE, Truth.FALSE, Truth.FALSE
        found = dict.fromkeys(("role", "direct", "account"), Truth.FALSE)
        enough = ("direct",) if self.same_account else tuple(found)
        begin = len(case.pending)
        for compiled in self.grants:
            mark = len(case.pending)
            if case.when(compiled.statement.when) is Truth.FALSE:
                continue
            case.forget(mark, ())
            names = self.statements.names(compiled.statement, case)
            # What is certain already does not depend on further statements.
            granted: dict[str, Truth] = {
                how: truth for how, truth in names.items() if truth is not Truth.FALSE and found[how] is not Truth.TRUE
            }
            if granted:
                applies = self.statements.applies_but_principal(compiled, side, request, case, "Allow")
                granted = {how: all_of((truth, applies)) for how, truth in granted.items()}
            for how, truth in granted.items():
                found[how] = any_of((found[how], truth))
            case.forget(mark, granted.values())
            if any(found[how] is Truth.TRUE for how in enough):
                # Nothing depends on the other statements.
                case.forget(begin, ())
                return found["role"], found["direct"], found["account"]
        rest = self.statements.rest(side, "Allow", case)
        return any_of((found["role"], rest)), found["direct"], found["account"]

    def _granting(self, request: RepresentativeRequest, case: PartialCase) -> tuple[Statement, ...]:
        """The statements that certainly allow a request in a case."""
        sides = [self.resource_side, *self.identity_sides] if self.resource_side else list(self.identity_sides)
        return tuple(
            one.statement
            for side in sides
            for one in side.allowing
            if self.statements.applies(one, side, request, case, "Allow") is Truth.TRUE
        )

    def without_classes(self) -> Decision:
        """What can be said when the keys fall into too many classes: one Allow that covers everything and no Deny near it suffices."""
        case = PartialCase(Choices({}))
        gave_up = Decision(Answer.UNDECIDED, "the patterns of the policy divide the keys into too many classes")
        side = self.resource_side
        if side is None or side.policy.rest or not self._only_the_resource_policy_matters():
            return gave_up
        if any(self._may_refuse(compiled, side, case) for compiled in side.statements):
            return gave_up
        covering = tuple(compiled.statement for compiled in side.statements if self._covers_all(compiled, case))
        deployed = self._deployed(case)
        conditions = self.service.conditions(case, lambda _: False, lambda _: None, deployed[1])
        if not covering or deployed != (Truth.TRUE, Truth.FALSE) or any(truth is not Truth.TRUE for truth, _ in conditions):
            return gave_up
        return Decision(Answer.ALLOWED, granted_by(covering), deciding=covering)

    def _only_the_resource_policy_matters(self) -> bool:
        environment = self.environment
        limited = environment.identity is not Identity.ASSUMED or self.boundary or self.session or self.levels
        return not limited and not any(isinstance(value, EVERY) for value in self.requests.context.values())

    def _weights(self) -> dict[int, Weight]:
        """What each pattern over keys means for the answer; those of statements that never apply are left out."""
        case = PartialCase(Choices({}))
        sides = self._denying_sides
        told = {index for side in sides for one in side.statements for _, _, index in one.resources}
        # What no statement has tells apart the texts that a statement is about in any case from those that it may be about.
        found = {index: Weight.EITHER for index in range(len(self.requests.patterns)) if index not in told}
        for side in sides:
            for compiled in side.statements:
                if not self._may_apply(compiled, side, case):
                    continue
                weight = _weight(compiled.statement)
                for _, _, index in compiled.resources:
                    if index is not None:
                        found[index] = weight if found.get(index, weight) is weight else Weight.EITHER
        return found

    def _may_apply(self, compiled: CompiledStatement, side: CompiledPolicy, case: PartialCase) -> bool:
        """Whether a statement may apply to some request that is asked about."""
        statement = compiled.statement
        if self.statements.about_action(compiled, case) is Truth.FALSE:
            return False
        named = any_of(self.statements.names(statement, case).values()) if side.of_resource else Truth.TRUE
        return Truth.FALSE not in (named, *self.statements.conditions(compiled, self._anything(), case))

    def _anything(self) -> RepresentativeRequest:
        """A request that is in every class."""
        return RepresentativeRequest(self.requests.resource, frozenset(range(len(self.requests.patterns))), {})

    def _may_refuse(self, compiled: CompiledStatement, side: CompiledPolicy, case: PartialCase) -> bool:
        """Whether a statement may deny the action for a key that is asked about."""
        resources = compiled.statement.resources
        near = resources.negated or bool(resources.rest) or any(index is not None for _, _, index in compiled.resources)
        return compiled.statement.effect != "Allow" and near and self._may_apply(compiled, side, case)

    def _covers_all(self, compiled: CompiledStatement, case: PartialCase) -> bool:
        """Whether a statement certainly allows the action for every key that is asked about."""
        statement = compiled.statement
        if statement.effect != "Allow" or statement.resources.negated or statement.doubt is not None:
            return False
        applies = all_of(
            (
                any_of(self.statements.names(statement, case).values()),
                self.statements.about_action(compiled, case),
                case.when(statement.when),
                *self.statements.conditions(compiled, self._anything(), case),
            )
        )
        return applies is Truth.TRUE and any(self._contains(tokens) for when, tokens, _ in compiled.resources if when == ALWAYS)

    def _meets(self, tokens: PatternTokens | None) -> bool:
        """Whether a pattern covers some of what is asked about, or may."""
        if tokens is None or has_hole(tokens):
            return True
        plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
        try:
            return frozenset({0}) in set(classes(self.requests.universe, [plain], self.budget.states))
        except TooManyStates:
            return True

    def _contains(self, tokens: PatternTokens | None) -> bool:
        """Whether a pattern certainly covers all that is asked about."""
        if tokens is None or has_hole(tokens):
            return False
        plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
        try:
            return set(classes(self.requests.universe, [plain], self.budget.states)) == {frozenset({0})}
        except TooManyStates:
            return False


def _weight(statement: Statement) -> Weight:
    """What it means for a key that a pattern of a statement matches it."""
    if not isinstance(statement.effect, str):
        return Weight.EITHER
    return Weight.BETTER if (statement.effect == "Allow") is not statement.resources.negated else Weight.WORSE
