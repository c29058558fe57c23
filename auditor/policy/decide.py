"""The decision on a question: AWS's evaluation logic, for every key and in every case of what is unknown.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities"; AWS KMS
Developer Guide, "Determining access to AWS KMS keys"; Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".

Everything is evaluated in three-valued logic; only where that does not decide does the proof split (`auditor.foundation.cases`), so that only what the
answer depends on is split at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.foundation.cases import Atom, Choices, TooManyCases, by_cases
from auditor.foundation.cases import Case as Leaf
from auditor.foundation.glob import Tokens, TooManyStates, classes
from auditor.foundation.value import ALWAYS, Symbol, Truth, all_of, any_of, negate
from auditor.policy.actions import works_across_accounts
from auditor.policy.decision import Answer, Budget, Decision, DenyKind, Dependency
from auditor.policy.document import Statement
from auditor.policy.explain import Reached, Refusal, explained, granted_by
from auditor.policy.match import Alphabet, Case, PatternTokens
from auditor.policy.principals import Naming
from auditor.policy.public import is_public
from auditor.policy.representatives import Request, Requests
from auditor.policy.request import EVERY, CallerKind, Environment, Identity, Question
from auditor.policy.service_rules import ACL_ACTIONS, Surroundings
from auditor.policy.statements import RESOURCE_POLICY, Side, Statements, resolve


def decide(environment: Environment, question: Question, budget: Budget | None = None) -> Decision:
    """The decision on a question; total.

    Args:
        environment: the policies around it.
        question: what is asked.
        budget: how much work it may be; beyond it the answer is undecided, which is sound.
    """
    budget = budget or Budget()
    engine = _Engine(environment, question, budget)
    try:
        try:
            leaves = by_cases(engine.reach, limit=budget.cases)
        except TooManyStates as error:
            engine.requests.take(error.found)
            engine.requests.incomplete = True
            leaves = by_cases(engine.reach, limit=budget.cases)
        # What is refused among the keys met so far is refused; only that all are allowed takes more.
        if engine.requests.incomplete and any(leaf.answer.refused is None for leaf in leaves):
            return engine.without_classes()
    except TooManyCases as error:
        depends_on = tuple(Dependency(symbol) for symbol in error.open)
        return Decision(
            Answer.UNDECIDED, "too much is unknown at once to go through every case", depends_on=depends_on, gave_up="cases"
        )
    return engine.decision(leaves)


class _Engine:
    def __init__(self, environment: Environment, question: Question, budget: Budget) -> None:
        self.environment, self.question, self.budget = environment, question, budget
        self.caller, self.alphabet = question.caller, Alphabet()
        self.requests = Requests(question, self.alphabet, budget.states)
        owner, account = self.alphabet.text(environment.resource_account), self.alphabet.text(self.caller.account)
        self.same_account = self.caller.is_iam and bool(account) and owner == account
        if not self.same_account and not self.alphabet.is_open(account):
            self.alphabet.foreign = account
        naming = Naming(self.caller, self.alphabet, bounded=environment.boundary is not None)
        self.statements = Statements(self.requests, naming)
        self.surroundings = Surroundings(environment, question, naming, self.alphabet, same_account=self.same_account)
        self.resource_side = self.statements.side(RESOURCE_POLICY, environment.resource_policy)
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

    def reach(self, choices: Choices) -> Reached:
        """The answer in one case; splits when it is unknown."""
        deployment = Case(choices)
        self.statements.another_case()
        deployed = self._deployed(deployment)
        for request in self.requests.all():
            case = Case(choices)
            self._spend()
            truth, refusal = self._allowed(request, case, deployed)
            if truth is Truth.UNKNOWN:
                case.pending.extend(deployment.pending)
                case.split()
            if truth is Truth.FALSE:
                return Reached(request, refusal)
        return Reached(None, Refusal(), self._granting(self.requests.all()[0], Case(choices)))

    def _spend(self) -> None:
        """Counts the work of one request.

        Raises:
            TooManyCases: there has been too much of it.
        """
        self._spent += len(self.resource_side.statements) if self.resource_side else 1
        if self._spent > self.budget.statements:
            raise TooManyCases

    def _deployed(self, case: Case) -> tuple[Truth, Truth]:
        """Whether the resource policy is stored at all, and whether Block Public Access cuts it off."""
        if self.requests.service != "s3" or self.resource_side is None:
            return Truth.TRUE, Truth.FALSE
        blocked, restricted = (
            case.flag(self.environment.block_public_policy),
            case.flag(self.environment.restrict_public_buckets),
        )
        if blocked is Truth.FALSE and restricted is Truth.FALSE:
            return Truth.TRUE, Truth.FALSE
        public = is_public(self.resource_side.policy, case, lambda principal: self.statements.naming.is_everyone(principal, case))
        return negate(all_of((blocked, public))), all_of((restricted, public))

    def _allowed(self, request: Request, case: Case, deployed: tuple[Truth, Truth]) -> tuple[Truth, Refusal]:
        """Whether one request is allowed in a case, and when it certainly is not, why."""
        stored, cut_off = deployed
        action = self.question.action
        denied, denying = self._denied(request, case, stored)
        if denied is Truth.TRUE and denying:
            titles = " and ".join(dict.fromkeys(statement.title for statement in denying))
            return Truth.FALSE, Refusal(DenyKind.EXPLICIT, f"statement {titles} denies {action}", denying)
        granted, lacking = self._granted(request, case, stored)
        if granted is Truth.FALSE:
            if stored is Truth.FALSE:
                return granted, Refusal(
                    DenyKind.DEPLOY_ERROR, "the policy is public, and BlockPublicPolicy keeps S3 from storing it"
                )
            return granted, Refusal(DenyKind.IMPLICIT, lacking)
        refusals = [
            (negate(denied), Refusal(DenyKind.EXPLICIT, f"a statement may deny {action}")),
            *((negate(truth), Refusal(DenyKind.NOT_IAM, reason)) for truth, reason in self._refused_by_service(case)),
            (
                self.surroundings.reaches_object(case),
                Refusal(DenyKind.NOT_IAM, "ACLs are on, and the bucket policy does not reach objects that another account wrote"),
            ),
        ]
        if self.requests.service == "s3" and not self.same_account and self.caller.kind is not CallerKind.SERVICE:
            reason = "the policy has a public statement, and RestrictPublicBuckets then cuts off every other account"
            refusals.append((negate(cut_off), Refusal(DenyKind.BLOCK_PUBLIC_ACCESS, reason)))
        for truth, refusal in refusals:
            if truth is Truth.FALSE:
                return truth, refusal
        return all_of((granted, *(truth for truth, _ in refusals))), Refusal()

    def _refused_by_service(self, case: Case) -> Iterator[tuple[Truth, str]]:
        """What the service refuses whatever the policies allow, with why."""
        if not self.same_account and self.caller.is_iam and not works_across_accounts(self.question.action):
            yield Truth.TRUE, f"{self.question.action} is only for the account that owns the resource"
        sets_acl = self.question.action.lower() in ACL_ACTIONS
        if self.requests.service == "s3" and (
            sets_acl or "s3:x-amz-acl" in self.requests.tests or "s3:x-amz-acl" in self.requests.fixed
        ):
            yield from self.surroundings.acl_refused(
                case, lambda: self.requests.value("s3:x-amz-acl", Request("", frozenset(), {}), case)
            )

    def _denied(self, request: Request, case: Case, stored: Truth) -> tuple[Truth, tuple[Statement, ...]]:
        """Whether a Deny of any policy applies, and those that certainly do."""
        limits = [side for side in (self.boundary, self.session, *(side for level in self.levels for side in level)) if side]
        denying: list[Statement] = []
        denials = []
        for side in (side for side in (self.resource_side, *self.identity_sides, *limits) if side):
            for compiled in side.statements:
                applies = self.statements.applies(compiled, side, request, case, "Deny")
                if side is self.resource_side:
                    applies = all_of((applies, stored))
                if applies is Truth.TRUE:
                    denying.append(compiled.statement)
                denials.append(applies)
            denials.append(self.statements.rest(side, "Deny", case))
        return any_of(denials), tuple(denying)

    def _granted(self, request: Request, case: Case, stored: Truth) -> tuple[Truth, str]:
        """Whether the Allows suffice, by the combination rules of the situation; and why not, for when they do not."""
        action = self.question.action
        nothing = f"no statement allows {action}"
        direct, unlimited, delegated = (all_of((truth, stored)) for truth in self._resource_grants(request, case))
        levels = all_of(self._level(level, request, case) for level in self.levels)
        if not self.caller.is_iam:
            return all_of((any_of((direct, unlimited)), levels)), nothing
        identity = self._identity(request, case)
        grant = self.surroundings.key_grant(case) if self.requests.service == "kms" else Truth.FALSE
        bounds = all_of(self.statements.allows(side, request, case) for side in (self.boundary, self.session) if side)
        own = f"no policy of the caller allows {action}"
        if not self.same_account:
            outside = any_of((direct, unlimited, delegated, grant))
            within, reason = all_of((outside, identity)), nothing if outside is Truth.FALSE else own
            unlimited = Truth.FALSE
        elif self.requests.service in ("kms", "sts"):
            within = any_of((direct, all_of((delegated, identity)), grant))
            policy = "key policy" if self.requests.service == "kms" else "trust policy"
            neither = f"the {policy} lets in neither the caller nor, for {action}, its account"
            reason = neither if delegated is Truth.FALSE else f"{own}, and the {policy} leaves it to them"
        else:
            within, reason = any_of((direct, identity)), f"neither a policy of the caller nor the resource's own allows {action}"
        granted = all_of((any_of((unlimited, all_of((within, bounds)))), levels))
        if within is not Truth.FALSE:
            limit = "permissions boundary or session policy" if bounds is Truth.FALSE else "policy of the organisation"
            reason = f"the {limit} does not allow {action}"
        return granted, reason

    def _level(self, level: Sequence[Side], request: Request, case: Case) -> Truth:
        """Whether one level of the organisation's policies allows it.

        Source: AWS Organizations User Guide, "Resource control policies": those that customers write only deny, since AWS attaches
        RCPFullAWSAccess everywhere; so a level without any Allow allows.
        """
        allowed = any_of(self.statements.allows(side, request, case) for side in level)
        if not level or level[0].name != "resource control policy":
            return allowed
        allowing = [one.statement for side in level for one in side.statements if one.statement.effect != "Deny"]
        return any_of((allowed, negate(any_of(case.when(statement.when) for statement in allowing))))

    def _identity(self, request: Request, case: Case) -> Truth:
        """Whether the caller's own permissions allow it."""
        if self.environment.identity is Identity.ASSUMED or self.caller.is_root:
            return Truth.TRUE
        if self.environment.identity is Identity.UNKNOWN:
            symbol = Symbol("the caller's identity policies", "they are not in the code")
            return case.truth(Atom(("identity",), (True, False), symbol, ("the caller's own policies allow it", "they do not")))
        return any_of(self.statements.allows(side, request, case) for side in self.identity_sides)

    def _resource_grants(self, request: Request, case: Case) -> tuple[Truth, Truth, Truth]:
        """Allows of the resource policy: those for the caller that a boundary limits, those that none limits, those for its account.

        Source: IAM User Guide, "Permissions boundaries": a grant to the role is limited, one to the session, the user, or everyone is not.
        """
        side = self.resource_side
        if side is None:
            return Truth.FALSE, Truth.FALSE, Truth.FALSE
        found: dict[str, list[Truth]] = {"role": [], "direct": [], "account": []}
        for compiled in side.statements:
            mark = len(case.pending)
            names = self.statements.names(compiled.statement, case)
            if any(truth is not Truth.FALSE for truth in names.values()):
                applies = self.statements.applies_but_principal(compiled, side, request, case, "Allow")
                names = {how: all_of((truth, applies)) for how, truth in names.items()}
            for how, truth in names.items():
                found[how].append(truth)
            resolve(case, mark, names.values())
        rest = self.statements.rest(side, "Allow", case)
        return any_of((*found["role"], rest)), any_of(found["direct"]), any_of(found["account"])

    def _granting(self, request: Request, case: Case) -> tuple[Statement, ...]:
        sides = [self.resource_side, *self.identity_sides] if self.resource_side else list(self.identity_sides)
        return tuple(
            one.statement
            for side in sides
            for one in side.statements
            if self.statements.applies(one, side, request, case, "Allow") is Truth.TRUE
        )

    def decision(self, leaves: Sequence[Leaf[Reached]]) -> Decision:
        """The decision over all cases, with its reasons."""
        sides = [side for side in (self.resource_side, *self.identity_sides, self.boundary, self.session) if side]
        return explained(leaves, self.statements, sides)

    def without_classes(self) -> Decision:
        """What can be said when the keys fall into too many classes: one Allow that covers everything and no Deny near it suffices."""
        case = Case(Choices({}))
        universe = self.requests.universe()
        side = self.resource_side
        gave_up = Decision(Answer.UNDECIDED, "the patterns of the policy divide the keys into too many classes", gave_up="states")
        if (
            side is None
            or any(isinstance(value, EVERY) for value in self.requests.context.values())
            or self.environment.identity is not Identity.ASSUMED
            or self.boundary
            or self.session
            or self.levels
        ):
            return gave_up
        request = Request(self.requests.resource, frozenset(range(len(self.requests.patterns))), {})
        covering = []
        for compiled in side.statements:
            statement = compiled.statement
            near = (
                statement.resources.negated
                or bool(statement.resources.rest)
                or any(index is not None for _, _, index in compiled.resources)
            )
            if statement.effect != "Allow" and near and self.statements.about_action(compiled, case) is not Truth.FALSE:
                if Truth.FALSE not in (
                    any_of(self.statements.names(statement, case).values()),
                    *self.statements.conditions(compiled, request, case),
                ):
                    return gave_up
                continue
            if (
                statement.effect == "Allow"
                and not statement.resources.negated
                and any_of(self.statements.names(statement, case).values()) is Truth.TRUE
            ):
                rest = all_of(
                    (
                        self.statements.about_action(compiled, case),
                        case.when(statement.when),
                        *self.statements.conditions(compiled, request, case),
                    )
                )
                if rest is Truth.TRUE and any(
                    self._contains(tokens, universe) for when, tokens, _ in compiled.resources if when == ALWAYS
                ):
                    covering.append(statement)
        deployed = self._deployed(case)
        if (
            covering
            and not side.policy.rest
            and deployed == (Truth.TRUE, Truth.FALSE)
            and self.surroundings.reaches_object(case) is Truth.TRUE
        ):
            return Decision(Answer.ALLOWED, granted_by(covering), deciding=tuple(covering))
        return gave_up

    def _contains(self, tokens: PatternTokens | None, universe: Tokens) -> bool:
        if tokens is None or any(isinstance(token, Symbol) for token in tokens):
            return False
        plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
        try:
            return set(classes(universe, [plain], self.budget.states)) == {frozenset({0})}
        except TooManyStates:
            return False
