"""The decision on a question: AWS's evaluation logic, for every key and in every case of what is open.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities"; AWS KMS
Developer Guide, "Determining access to AWS KMS keys"; Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".

Everything is evaluated in three-valued logic; only where that does not decide does the proof split (`auditor.cases`), so that only what the
answer turns on is split at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.cases import Atom, Choices, TooManyCases, by_cases
from auditor.cases import Case as Leaf
from auditor.glob import Tokens, TooManyStates, classes, intersects, literal, wildcards
from auditor.location import Location
from auditor.policy.actions import works_across_accounts
from auditor.policy.condition import FREE, Test, Values, arn_pattern, compile_test, evaluate, representatives
from auditor.policy.decision import Answer, Budget, Decision, DenyKind, StatementOutcome, Turn, Witness
from auditor.policy.document import Items, Policy, Statement
from auditor.policy.match import Alphabet, Case, PatternTokens, compile_pattern, match
from auditor.policy.naming import Naming, listed
from auditor.policy.public import is_public
from auditor.policy.request import (
    ABSENT,
    EVERY,
    MULTIVALUED,
    PRESENT,
    CallerKind,
    Environment,
    Identity,
    Missing,
    OneOf,
    Question,
    presence,
)
from auditor.policy.surroundings import ACL_ACTIONS, OWNER_ACL, PUBLIC_ACLS, Surroundings
from auditor.value import (
    ALWAYS,
    Symbol,
    Truth,
    When,
    all_of,
    any_of,
    negate,
    text_parts,
)


@dataclass(frozen=True, slots=True)
class _Request:
    """One representative request: the ARN, the classes it is in, and the universal context keys."""

    resource: str
    vector: frozenset[int]
    context: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a request is refused; empty when it is not."""

    kind: DenyKind | None = None
    reason: str = ""
    deciding: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reached:
    """The answer for one case: the request that is refused and why, or None and the statements that grant."""

    refused: _Request | None
    refusal: _Refusal
    granting: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement made ready for one question."""

    statement: Statement
    actions: tuple[tuple[When, PatternTokens], ...]
    resources: tuple[tuple[When, PatternTokens | None, int | None], ...]
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """A policy made ready: its name and its statements."""

    name: str
    policy: Policy
    statements: tuple[_Compiled, ...]


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
            engine.take(error.found)
            engine.incomplete = True
            leaves = by_cases(engine.reach, limit=budget.cases)
        # What is refused among the keys met so far is refused; only that all are allowed takes more.
        if engine.incomplete and any(leaf.answer.refused is None for leaf in leaves):
            return engine.without_classes()
    except TooManyCases:
        return Decision(Answer.UNDECIDED, "too much is open at once to go through every case", gave_up="cases")
    return engine.decision(leaves)


class _Engine:
    def __init__(self, environment: Environment, question: Question, budget: Budget) -> None:
        self.environment, self.question, self.budget = environment, question, budget
        self.caller = question.caller
        self.alphabet = Alphabet()
        self.resource = self.alphabet.text(question.resource)
        self.owner = self.alphabet.text(environment.resource_account)
        account = self.alphabet.text(self.caller.account)
        self.same_account = self.caller.is_iam and bool(account) and self.owner == account
        if not self.same_account and not self.alphabet.is_open(account):
            self.alphabet.foreign = account
        self.service = question.action.partition(":")[0].lower()
        self.context = {key.lower(): value for key, value in question.context.items()}
        self.fixed = {key: self._fixed(value) for key, value in self.context.items()}
        self.patterns: dict[Tokens, int] = {}
        self.tests: dict[str, list[Test]] = {}
        self.resource_side = self._side("resource policy", environment.resource_policy)
        identity = environment.identity if isinstance(environment.identity, tuple) else ()
        self.identity_sides = [side for policy in identity if (side := self._side("identity policy", policy))]
        self.boundary = self._side("permissions boundary", environment.boundary)
        self.session = self._side("session policy", environment.session_policy)
        # Source: AWS Organizations User Guide, "Service control policies" (for principals of member accounts) and "Resource control policies".
        scps = environment.scps if self.caller.is_iam else ()
        self.levels = [
            [side for policy in level if (side := self._side(name, policy))]
            for name, levels in (("service control policy", scps), ("resource control policy", environment.rcps))
            for level in levels
        ]
        self.atoms: dict[str, Atom | None] = {}
        self.naming = Naming(self.caller, self.alphabet, bounded=environment.boundary is not None)
        self.surroundings = Surroundings(environment, question, self.naming, self.alphabet, same_account=self.same_account)
        self._requests: tuple[_Request, ...] | None = None
        self._named: dict[int, tuple[Mapping[str, Truth], tuple[Atom, ...]]] = {}
        self._spent = 0
        self.incomplete = False

    # ------------------------------------------------------------------------------------------------ making ready

    def _fixed(self, value: object) -> object:
        if isinstance(value, Missing | EVERY | OneOf):
            return value
        if isinstance(value, tuple):
            return tuple(self.alphabet.text(text) for text in value)
        return self.alphabet.text(value)  # type: ignore[arg-type]  # a text

    def _side(self, name: str, policy: Policy | None) -> _Side | None:
        if policy is None:
            return None
        return _Side(name, policy, tuple(self._compile(statement, name) for statement in policy.statements))

    def _compile(self, statement: Statement, name: str) -> _Compiled:
        actions = tuple(
            (
                item.when,
                tuple(
                    token.lower() if isinstance(token, str) else token
                    for token in self.alphabet.tokens(text_parts(item.text), wild=True)
                ),
            )
            for item in statement.actions.items
        )
        tests = tuple(
            compile_test(condition, self.alphabet, statement.variables, self._lookup) for condition in statement.conditions
        )
        compiled = _Compiled(statement, actions, (), tests)
        # A statement that cannot be about this action needs no automaton for its resources and no partition for its conditions.
        if self._about_action(compiled, Case(Choices({}))) is Truth.FALSE:
            return compiled
        for test in tests:
            self.tests.setdefault(test.key, []).append(test)
        if name == "resource policy" and self.service in ("kms", "sts"):
            return compiled
        resources = []
        for item in statement.resources.items:
            tokens = compile_pattern(item.text, self.alphabet, statement.variables, self._lookup, wild=True)
            if tokens is not None:
                # Source: IAM User Guide, "Resource": a wildcard does not reach over the colons between the parts of an ARN.
                tokens = arn_pattern(tokens) or tokens
            index = self._pattern(tokens) if tokens is not None else None
            resources.append((item.when, tokens, index))
        return _Compiled(statement, actions, tuple(resources), tests)

    def _pattern(self, tokens: PatternTokens) -> int | None:
        """The number of a pattern in the classes, as wide as it can be; None when it cannot match what is asked about."""
        widened = self._widest(tokens)
        universe = self._universe()
        if not _may_meet(widened, universe):
            return None
        return self.patterns.setdefault(widened, len(self.patterns))

    def _widest(self, tokens: PatternTokens) -> Tokens:
        """What a resource pattern can match at most, whatever is open in it and in the bucket's name."""
        if self.alphabet.foreign and any(isinstance(token, Symbol) for token in tokens):
            pass
        widened = self.alphabet.widened(tokens)
        if not self.alphabet.is_open(self.resource):
            return widened
        if self.alphabet.is_open("".join(token for token in tokens if isinstance(token, str))):
            return widened
        split = _bucket_part(tokens)
        mine = self.resource.partition("/")[0]
        if split is None:
            return widened
        bucket, key = split
        if self.alphabet.may_match(bucket, mine):
            return (*literal(mine), *self.alphabet.widened(key))
        return widened

    def _universe(self) -> Tokens:
        keys = self.question.keys
        return (*literal(self.resource), *(wildcards(keys) if keys is not None else ()))

    def requests(self) -> tuple[_Request, ...]:
        """The representative requests, shortest first.

        Raises:
            TooManyStates: there are too many classes.
        """
        if self._requests is None:
            patterns = list(self.patterns)
            self.take(
                classes(self._universe(), patterns, self.budget.states)
                if self.question.keys is not None
                else {frozenset(index for index, tokens in enumerate(patterns) if _matches(tokens, self.resource)): self.resource}
            )
        return self._requests or ()

    def take(self, found: Mapping[frozenset[int], str]) -> None:
        """Takes classes of keys, with the classes of the context keys of which every value is asked about, as the representative requests."""
        contexts: list[dict[str, str]] = [{}]
        for key, value in self.context.items():
            if isinstance(value, EVERY):
                prefix = self.alphabet.text(value.prefix)
                tests = self.tests.get(key, [])
                globs = [self.alphabet.widened(tokens) for test in tests for _, tokens, _ in test.patterns if tokens is not None]
                try:
                    values = tuple(classes((*literal(prefix), *wildcards(value.glob)), globs, self.budget.states).values())
                except TooManyStates as error:
                    values = tuple(error.found.values())
                    self.incomplete = True
                contexts = [{**context, key: text} for context in contexts for text in values]
        requests = [_Request(resource, vector, context) for vector, resource in found.items() for context in contexts]
        self._requests = tuple(
            sorted(requests, key=lambda one: (len(one.resource) + sum(map(len, one.context.values())), one.resource))
        )

    def _lookup(self, key: str) -> str | Symbol | None:
        """The value of a context key for a policy variable."""
        value = self.fixed.get(key, self._default(key))
        if value is ABSENT:
            return None
        if isinstance(value, str):
            return value
        return Symbol(f"${{{key}}}", f"the request's {key} is not known")

    def _default(self, key: str) -> object:
        if self.question.unlisted is not None:
            if self.question.unlisted is ABSENT and key in _OF_CALLER:
                return self._fixed(presence(key, self.question.action, self.caller))
            return self.question.unlisted
        return self._fixed(presence(key, self.question.action, self.caller))

    # ------------------------------------------------------------------------------------------------ one case

    def reach(self, choices: Choices) -> _Reached:
        """The answer in one case; splits when it is open."""
        deployment = Case(choices)
        self._named = {}
        deployed = self._deployed(deployment)
        for request in self.requests():
            case = Case(choices)
            self._spend()
            truth, refusal = self._allowed(request, case, deployed)
            if truth is Truth.UNKNOWN:
                case.pending.extend(deployment.pending)
                case.split()
            if truth is Truth.FALSE:
                return _Reached(request, refusal)
        return _Reached(None, _Refusal(), self._granting(self.requests()[0], Case(choices)))

    def _deployed(self, case: Case) -> tuple[Truth, Truth]:
        """Whether the resource policy is stored at all, and whether Block Public Access cuts it off."""
        if self.service != "s3" or self.resource_side is None:
            return Truth.TRUE, Truth.FALSE
        blocked, restricted = (
            case.flag(self.environment.block_public_policy),
            case.flag(self.environment.restrict_public_buckets),
        )
        if blocked is Truth.FALSE and restricted is Truth.FALSE:
            return Truth.TRUE, Truth.FALSE
        public = is_public(self.resource_side.policy, case, lambda principal: self.naming.is_everyone(principal, case))
        return negate(all_of((blocked, public))), all_of((restricted, public))

    def _allowed(self, request: _Request, case: Case, deployed: tuple[Truth, Truth]) -> tuple[Truth, _Refusal]:
        """Whether one request is allowed in a case, and when it certainly is not, why."""
        stored, cut_off = deployed
        action = self.question.action
        denied, denying = self._denied(request, case, stored)
        if denied is Truth.TRUE and denying:
            titles = " and ".join(dict.fromkeys(statement.title for statement in denying))
            return Truth.FALSE, _Refusal(DenyKind.EXPLICIT, f"statement {titles} denies {action}", denying)
        granted, lacking = self._granted(request, case, stored)
        if granted is Truth.FALSE:
            if stored is Truth.FALSE:
                return granted, _Refusal(
                    DenyKind.DEPLOY_ERROR, "the policy is public, and BlockPublicPolicy keeps S3 from storing it"
                )
            return granted, _Refusal(DenyKind.IMPLICIT, lacking)
        refusals = [
            (negate(denied), _Refusal(DenyKind.EXPLICIT, f"a statement may deny {action}")),
            *((negate(truth), _Refusal(DenyKind.NOT_IAM, reason)) for truth, reason in self._refused_by_service(case)),
            (
                self.surroundings.reaches_object(case),
                _Refusal(DenyKind.NOT_IAM, "ACLs are on, and the bucket policy does not reach objects that another account wrote"),
            ),
        ]
        if self.service == "s3" and not self.same_account and self.caller.kind is not CallerKind.SERVICE:
            reason = "the policy has a public statement, and RestrictPublicBuckets then cuts off every other account"
            refusals.append((negate(cut_off), _Refusal(DenyKind.BLOCK_PUBLIC_ACCESS, reason)))
        for truth, refusal in refusals:
            if truth is Truth.FALSE:
                return truth, refusal
        return all_of((granted, *(truth for truth, _ in refusals))), _Refusal()

    def _refused_by_service(self, case: Case) -> Iterator[tuple[Truth, str]]:
        """What the service refuses whatever the policies allow, with why."""
        if not self.same_account and self.caller.is_iam and not works_across_accounts(self.question.action):
            yield Truth.TRUE, f"{self.question.action} is only for the account that owns the resource"
        sets_acl = self.question.action.lower() in ACL_ACTIONS
        if self.service == "s3" and (sets_acl or "s3:x-amz-acl" in self.tests or "s3:x-amz-acl" in self.fixed):
            yield from self.surroundings.acl_refused(case, lambda: self._value("s3:x-amz-acl", _Request("", frozenset(), {}), case))

    def _denied(self, request: _Request, case: Case, stored: Truth) -> tuple[Truth, tuple[Statement, ...]]:
        """Whether a Deny of any policy applies, and those that certainly do."""
        limits = [side for side in (self.boundary, self.session, *(side for level in self.levels for side in level)) if side]
        denying: list[Statement] = []
        denials = []
        for side in (side for side in (self.resource_side, *self.identity_sides, *limits) if side):
            for compiled in side.statements:
                applies = self._applies(compiled, side, request, case, "Deny")
                if side is self.resource_side:
                    applies = all_of((applies, stored))
                if applies is Truth.TRUE:
                    denying.append(compiled.statement)
                denials.append(applies)
            denials.append(self._rest(side, "Deny", case))
        return any_of(denials), tuple(denying)

    def _granted(self, request: _Request, case: Case, stored: Truth) -> tuple[Truth, str]:
        """Whether the Allows suffice, by the combination rules of the situation; and why not, for when they do not."""
        action = self.question.action
        nothing = f"no statement allows {action}"
        direct, unlimited, delegated = (all_of((truth, stored)) for truth in self._resource_grants(request, case))
        levels = all_of(any_of(self._allows(side, request, case) for side in level) for level in self.levels if _may_allow(level))
        if not self.caller.is_iam:
            return all_of((any_of((direct, unlimited)), levels)), nothing
        identity = self._identity(request, case)
        grant = self.surroundings.key_grant(case) if self.service == "kms" else Truth.FALSE
        bounds = all_of(self._allows(side, request, case) for side in (self.boundary, self.session) if side)
        own = f"no policy of the caller allows {action}"
        if not self.same_account:
            outside = any_of((direct, unlimited, delegated, grant))
            within, reason = all_of((outside, identity)), nothing if outside is Truth.FALSE else own
            unlimited = Truth.FALSE
        elif self.service in ("kms", "sts"):
            within = any_of((direct, all_of((delegated, identity)), grant))
            policy = "key policy" if self.service == "kms" else "trust policy"
            neither = f"the {policy} lets in neither the caller nor, for {action}, its account"
            reason = neither if delegated is Truth.FALSE else f"{own}, and the {policy} leaves it to them"
        else:
            within, reason = any_of((direct, identity)), f"neither a policy of the caller nor the resource's own allows {action}"
        granted = all_of((any_of((unlimited, all_of((within, bounds)))), levels))
        if within is not Truth.FALSE:
            limit = "permissions boundary or session policy" if bounds is Truth.FALSE else "policy of the organisation"
            reason = f"the {limit} does not allow {action}"
        return granted, reason

    def _identity(self, request: _Request, case: Case) -> Truth:
        """Whether the caller's own permissions allow it."""
        if self.environment.identity is Identity.ASSUMED or self.caller.is_root:
            return Truth.TRUE
        if self.environment.identity is Identity.UNKNOWN:
            symbol = Symbol("the caller's identity policies", "they are not in the code")
            return case.truth(Atom(("identity",), (True, False), symbol, ("the caller's own policies allow it", "they do not")))
        return any_of(self._allows(side, request, case) for side in self.identity_sides)

    def _resource_grants(self, request: _Request, case: Case) -> tuple[Truth, Truth, Truth]:
        """Allows of the resource policy: those for the caller that a boundary limits, those that none limits, those for its account.

        Source: IAM User Guide, "Permissions boundaries": a grant to the role is limited, one to the session, the user, or everyone is not.
        """
        side = self.resource_side
        if side is None:
            return Truth.FALSE, Truth.FALSE, Truth.FALSE
        found: dict[str, list[Truth]] = {"role": [], "open": [], "account": []}
        for compiled in side.statements:
            mark = len(case.pending)
            names = self._names(compiled.statement, case)
            if any(truth is not Truth.FALSE for truth in names.values()):
                applies = self._applies_but_principal(compiled, side, request, case, "Allow")
                names = {how: all_of((truth, applies)) for how, truth in names.items()}
            for how, truth in names.items():
                found[how].append(truth)
            _settle(case, mark, names.values())
        rest = self._rest(side, "Allow", case)
        return any_of((*found["role"], rest)), any_of(found["open"]), any_of(found["account"])

    def _allows(self, side: _Side, request: _Request, case: Case) -> Truth:
        return any_of(
            (*(self._applies(one, side, request, case, "Allow") for one in side.statements), self._rest(side, "Allow", case))
        )

    def _rest(self, side: _Side, effect: str, case: Case) -> Truth:
        """Statements that the code leaves open may allow, and may deny."""
        truths = []
        for when, symbol in side.policy.rest:
            does = (f"{symbol.name} {'allows' if effect == 'Allow' else 'denies'} it", True)
            does_not = (f"{symbol.name} does not {effect.lower()} it", False)
            first, second = (does, does_not) if effect == "Allow" else (does_not, does)
            atom = Atom(("rest", symbol.name, effect), (first[1], second[1]), symbol, (first[0], second[0]))
            truths.append(all_of((case.when(when), case.truth(atom))))
        return any_of(truths)

    def _applies(self, compiled: _Compiled, side: _Side, request: _Request, case: Case, effect: str) -> Truth:
        mark = len(case.pending)
        applies = any_of(self._names(compiled.statement, case).values()) if side is self.resource_side else Truth.TRUE
        if applies is not Truth.FALSE:
            applies = all_of((applies, self._applies_but_principal(compiled, side, request, case, effect)))
        _settle(case, mark, (applies,))
        return applies

    def _names(self, statement: Statement, case: Case) -> Mapping[str, Truth]:
        """How a statement names the caller; the same for every request of a case."""
        key = id(statement)
        if key not in self._named:
            asked = Case(case.choices)
            self._named[key] = self.naming.of(statement, asked), tuple(asked.pending)
        names, pending = self._named[key]
        case.pending.extend(pending)
        return names

    def _spend(self) -> None:
        """Counts the work of one request.

        Raises:
            TooManyCases: there has been too much of it.
        """
        self._spent += len(self.resource_side.statements) if self.resource_side else 1
        if self._spent > self.budget.statements:
            raise TooManyCases

    def _applies_but_principal(self, compiled: _Compiled, side: _Side, request: _Request, case: Case, effect: str) -> Truth:
        statement = compiled.statement
        if isinstance(statement.effect, str) and statement.effect != effect:
            return Truth.FALSE
        truths = [self._about_action(compiled, case)]
        if truths[0] is Truth.FALSE:
            return Truth.FALSE
        if not isinstance(statement.effect, str):
            symbol = statement.effect
            chosen = case.option(
                Atom(("effect", symbol.name), ("Allow", "Deny"), symbol, (f"{symbol.name} is Allow", f"{symbol.name} is Deny"))
            )
            truths.append(Truth.UNKNOWN if chosen is None else Truth.of(chosen == effect))
        truths.append(case.when(statement.when))
        truths.append(self._about_resource(compiled, side, request, case))
        if Truth.FALSE in truths:
            return Truth.FALSE
        truths.extend(self._conditions(compiled, request, case))
        if statement.doubt is not None:
            truths.append(case.truth(Atom(("doubt", statement.location, statement.index), (True, False), statement.doubt)))
        return all_of(truths)

    def _about_action(self, compiled: _Compiled, case: Case) -> Truth:
        items = compiled.statement.actions
        if not items.written:
            return Truth.of(compiled.statement.doubt is not None)
        action = self.question.action.lower()
        found = [
            all_of((case.when(when), match(tokens, action, self.alphabet, case, "action"))) for when, tokens in compiled.actions
        ]
        found.extend(listed(items.rest, "action", case))
        return negate(any_of(found)) if items.negated else any_of(found)

    def _about_resource(self, compiled: _Compiled, side: _Side, request: _Request, case: Case) -> Truth:
        if side is self.resource_side and self.service in ("kms", "sts"):
            # A key policy is about its key, a trust policy about its role (AWS KMS Developer Guide, "Key policies": Resource is "*").
            return Truth.TRUE
        statement = compiled.statement
        items = statement.resources
        if not items.written:
            return Truth.of(compiled.statement.doubt is not None)
        found = []
        for when, tokens, index in compiled.resources:
            if tokens is None and items.negated:
                # AWS does not say whether such a statement is about every resource or about none.
                symbol = Symbol(
                    f"NotResource of statement {statement.title}",
                    "a policy variable in it has no value",
                    "give it a default",
                    items.location,
                )
                found.append(case.truth(Atom(("variable", statement.location, statement.index), (True, False), symbol)))
            elif tokens is not None and index is not None and index in request.vector:
                found.append(all_of((case.when(when), self._covers(tokens, request, case))))
        found.extend(listed(items.rest, "resource", case))
        return negate(any_of(found)) if items.negated else any_of(found)

    def _covers(self, tokens: PatternTokens, request: _Request, case: Case) -> Truth:
        """Whether a pattern that may match a request does."""
        plain = not any(isinstance(token, Symbol) for token in tokens)
        if plain and _matches(tokens, request.resource):  # type: ignore[arg-type]  # no token is a symbol
            return Truth.TRUE
        hole = next((token for token in tokens if isinstance(token, Symbol)), None)
        if hole is None:
            hole = self.alphabet.symbol(request.resource)
            bucket = "".join(token if isinstance(token, str) else "*" for token in (_bucket_part(tokens) or (tokens, ()))[0])
            return case.truth(
                Atom(
                    ("bucket", bucket),
                    (True, False),
                    hole,
                    (f"{hole.name} makes the bucket {bucket}", f"{hole.name} makes it another bucket"),
                )
            )
        return match(tokens, request.resource, self.alphabet, case, "resource")

    def _conditions(self, compiled: _Compiled, request: _Request, case: Case) -> Iterator[Truth]:
        for test in compiled.tests:
            met = evaluate(test, self._value(test.key, request, case), self.alphabet, case)
            yield any_of((negate(case.when(test.condition.when)), met)) if test.condition.when.literals else met
        for when, symbol in compiled.statement.open_conditions:
            met = case.truth(
                Atom(("condition of", symbol.name), (True, False), symbol, (f"{symbol.name} is met", f"{symbol.name} is not met"))
            )
            yield any_of((negate(case.when(when)), met))

    def _value(self, key: str, request: _Request, case: Case) -> Values:
        if key in request.context:
            return request.context[key]
        value = self.fixed[key] if key in self.fixed else self._default(key)
        if value is ABSENT:
            return None
        if isinstance(value, str | tuple):
            return value
        if key not in self.atoms:
            self.atoms[key] = self._atom(key, value)
        atom = self.atoms[key]
        if atom is not None:
            taken = case.option(atom)
            if taken is None:
                return Truth.UNKNOWN
            return None if taken is ABSENT else taken  # type: ignore[return-value]  # an option is a text or texts
        if value is PRESENT:
            return FREE
        tests = self.tests.get(key)
        key = tests[0].condition.key if tests else key
        symbol = _context_symbol(key)
        present = case.truth(Atom(("present", key), (True, False), symbol, (f"the request has {key}", f"the request has no {key}")))
        return Truth.UNKNOWN if present is Truth.UNKNOWN else FREE if present is Truth.TRUE else None

    def _atom(self, key: str, value: object) -> Atom | None:
        tests = self.tests.get(key, [])
        if isinstance(value, OneOf):
            options: tuple[Hashable, ...] = value.texts
        else:
            found = representatives(tests, self.alphabet, multivalued=key in MULTIVALUED)
            if found is None:
                return None
            if key == "s3:x-amz-acl":
                found = tuple(dict.fromkeys((*found, OWNER_ACL, *PUBLIC_ACLS)))
            options = found if value is PRESENT else (ABSENT, *found)
        name = tests[0].condition.key if tests else key
        labels = tuple(
            f"the request has no {name}"
            if option is ABSENT
            else f"{name} is {', '.join(option) if isinstance(option, tuple) else self.alphabet.shown(str(option)) or 'empty'}"
            for option in options
        )
        return Atom(("context", key), options, _context_symbol(name), labels)

    # ------------------------------------------------------------------------------------------------ telling

    def _granting(self, request: _Request, case: Case) -> tuple[Statement, ...]:
        sides = [self.resource_side, *self.identity_sides] if self.resource_side else list(self.identity_sides)
        return tuple(
            one.statement
            for side in sides
            for one in side.statements
            if self._applies(one, side, request, case, "Allow") is Truth.TRUE
        )

    def _witness(self, request: _Request) -> Witness:
        keys = self.question.keys
        shown = self.alphabet.shown(request.resource)
        key = request.resource.removeprefix(self.resource) if keys is not None else None
        return Witness(
            shown,
            key,
            {
                name: self.alphabet.shown(request.context[name.lower()])
                for name in self.question.context
                if name.lower() in request.context and name.lower() in self.tests
            },
        )

    def decision(self, leaves: Sequence[Leaf[_Reached]]) -> Decision:
        """The decision over all cases."""
        refused = [leaf for leaf in leaves if leaf.answer.refused is not None]
        allowed = [leaf for leaf in leaves if leaf.answer.refused is None]
        if not refused:
            statements = tuple(self.outcomes(self.requests()[0], leaves[0]))
            granting = leaves[0].answer.granting
            return Decision(Answer.ALLOWED, self._granted_by(granting), statements=statements, deciding=granting)
        # The plainest refusal first: one by a statement tells more than one by the want of any.
        leaf = min(refused, key=lambda leaf: len(leaf.taken) if allowed else _RANK[leaf.answer.refusal.kind])
        request, refusal = leaf.answer.refused or self.requests()[0], leaf.answer.refusal
        statements = tuple(self.outcomes(request, leaf))
        if not allowed:
            return Decision(Answer.DENIED, refusal.reason, refusal.kind, self._witness(request), statements, refusal.deciding)
        turns = tuple(_turns(allowed, refused))
        names = " and ".join(f"'{turn.symbol.name}'" for turn in turns)
        return Decision(
            Answer.UNDECIDED,
            f"it turns on {names}: in one case, {refusal.reason}",
            statements=statements,
            deciding=refusal.deciding,
            turns_on=turns,
            allowing=allowed[0].labels(),
            refusing=leaf.labels(),
        )

    def _granted_by(self, deciding: Sequence[Statement]) -> str:
        titles = " and ".join(dict.fromkeys(statement.title for statement in deciding))
        return f"statement {titles} allows it" if titles else "it is allowed"

    def outcomes(self, request: _Request, leaf: Leaf[_Reached]) -> Iterator[StatementOutcome]:
        """Why each statement applies to a request or not, in the case of a leaf."""
        case = Case(Choices(leaf.taken))
        self._named = {}
        sides = [side for side in (self.resource_side, *self.identity_sides, self.boundary, self.session) if side]
        for side in sides:
            for compiled in side.statements:
                yield self._outcome(compiled, side, request, case)

    def _outcome(self, compiled: _Compiled, side: _Side, request: _Request, case: Case) -> StatementOutcome:
        statement = compiled.statement
        verb = {"Allow": "allows", "Deny": "denies"}.get(
            statement.effect if isinstance(statement.effect, str) else "", "may allow or deny"
        )
        looked: list[tuple[str, Truth, Location | None, str]] = [
            ("existence", case.when(statement.when), None, "whether it is there")
        ]
        if side is self.resource_side:
            listed = ", ".join(one.item.written for one in statement.principals.principals)
            looked.append(
                (
                    "Principal",
                    any_of(self._names(statement, case).values()),
                    statement.principals.location,
                    f"Principal {listed}",
                )
            )
        looked.append(
            ("Action", self._about_action(compiled, case), statement.actions.location, f"Action {_listed(statement.actions)}")
        )
        looked.append(
            (
                "Resource",
                self._about_resource(compiled, side, request, case),
                statement.resources.location,
                f"Resource {_listed(statement.resources)}",
            )
        )
        written = [
            *(
                (test.condition.location, f"{test.condition.operator} {test.condition.key} {_listed(test.condition.values)}")
                for test in compiled.tests
            ),
            *((statement.location, symbol.name) for _, symbol in statement.open_conditions),
        ]
        for (place, text), met in zip(written, self._conditions(compiled, request, case), strict=True):
            looked.append(("Condition", met, place, f"Condition {text}"))
        failing = next((one for one in looked if one[1] is Truth.FALSE), None) or next(
            (one for one in looked if one[1] is Truth.UNKNOWN), None
        )
        if failing is None:
            return StatementOutcome(side.name, statement, Truth.TRUE, "", f"applies, and {verb} it", statement.location)
        element, truth, where, clause = failing
        said = "does not match" if truth is Truth.FALSE else "is open"
        return StatementOutcome(side.name, statement, truth, element, f"{clause} {said}", where or statement.location)

    def without_classes(self) -> Decision:
        """What can be said when the keys fall into too many classes: one Allow that covers everything and no Deny near it suffices."""
        case = Case(Choices({}))
        universe = self._universe()
        side = self.resource_side
        gave_up = Decision(Answer.UNDECIDED, "the patterns of the policy divide the keys into too many classes", gave_up="states")
        if (
            side is None
            or any(isinstance(value, EVERY) for value in self.context.values())
            or self.environment.identity is not Identity.ASSUMED
            or self.boundary
            or self.session
            or self.levels
        ):
            return gave_up
        request = _Request(self.resource, frozenset(range(len(self.patterns))), {})
        covering = []
        for compiled in side.statements:
            statement = compiled.statement
            near = (
                statement.resources.negated
                or bool(statement.resources.rest)
                or any(index is not None for _, _, index in compiled.resources)
            )
            if statement.effect != "Allow" and near and self._about_action(compiled, case) is not Truth.FALSE:
                if Truth.FALSE not in (
                    any_of(self._names(statement, case).values()),
                    *self._conditions(compiled, request, case),
                ):
                    return gave_up
                continue
            if (
                statement.effect == "Allow"
                and not statement.resources.negated
                and any_of(self._names(statement, case).values()) is Truth.TRUE
            ):
                rest = all_of(
                    (self._about_action(compiled, case), case.when(statement.when), *self._conditions(compiled, request, case))
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
            return Decision(Answer.ALLOWED, self._granted_by(covering), deciding=tuple(covering))
        return gave_up

    def _contains(self, tokens: PatternTokens | None, universe: Tokens) -> bool:
        if tokens is None or any(isinstance(token, Symbol) for token in tokens):
            return False
        plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
        try:
            return set(classes(universe, [plain], self.budget.states)) == {frozenset({0})}
        except TooManyStates:
            return False


_OF_CALLER = ("aws:principalarn", "aws:principalaccount", "aws:principaltype", "kms:calleraccount")


def _settle(case: Case, mark: int, truths: Iterable[Truth]) -> None:
    """Forgets what was found open since a mark when nothing turns on it."""
    if Truth.UNKNOWN not in truths:
        del case.pending[mark:]


def _may_allow(level: Sequence[_Side]) -> bool:
    """Whether a level of policies is one that must allow.

    Source: AWS Organizations User Guide, "Resource control policies": those that customers write only deny, since AWS attaches
    RCPFullAWSAccess everywhere.
    """
    return not level or any(
        side.name != "resource control policy" or side.policy.rest or any(one.statement.effect != "Deny" for one in side.statements)
        for side in level
    )


_RANK: Mapping[DenyKind | None, int] = {
    DenyKind.EXPLICIT: 0,
    DenyKind.NOT_IAM: 1,
    DenyKind.BLOCK_PUBLIC_ACCESS: 2,
    DenyKind.DEPLOY_ERROR: 3,
    DenyKind.IMPLICIT: 4,
    None: 5,
}


def _turns(allowed: Sequence[Leaf[_Reached]], refused: Sequence[Leaf[_Reached]]) -> Iterator[Turn]:
    """What the answer turns on: what sets the plainest cases in which it is allowed apart from those in which it is not."""
    plainest = min(len(leaf.taken) for leaf in allowed)
    goods = [leaf for leaf in allowed if len(leaf.taken) == plainest][:50]
    bads = sorted(refused, key=lambda leaf: len(leaf.taken))[:200]
    seen: dict[str, Turn] = {}
    for most in (1, len(goods[0].taken)):
        for good in goods:
            for bad in bads:
                different = [atom for atom in good.taken if atom in bad.taken and good.taken[atom] != bad.taken[atom]]
                if len(different) <= most:
                    for atom in different:
                        seen.setdefault(atom.symbol.name, Turn(atom.symbol, _label(atom, good.taken), _label(atom, bad.taken)))
        if seen:
            break
    yield from seen.values()


def _label(atom: Atom, taken: Mapping[Atom, Hashable]) -> str:
    return atom.labels[atom.options.index(taken[atom])] if atom.labels else ""


def _context_symbol(key: str) -> Symbol:
    return Symbol(key, f"what {key} is in a request is not known from code")


def _listed(items: Items) -> str:
    texts = [item.written for item in items.items]
    shown = ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
    return f"{'other than ' if items.negated else ''}{shown or 'open'}"


def _matches(tokens: Tokens, text: str) -> bool:
    from auditor.glob import matches

    return matches(tokens, text)


def _may_meet(one: Tokens, other: Tokens) -> bool:
    """Whether two patterns can match a common text, judged by the literal text they begin with, and then exactly."""
    for mine, its in zip(one, other, strict=False):
        if not isinstance(mine, str) or not isinstance(its, str):
            break
        if mine != its:
            return False
    try:
        return intersects(one, other)
    except TooManyStates:
        return True


def _bucket_part(tokens: PatternTokens) -> tuple[PatternTokens, PatternTokens] | None:
    """An S3 object pattern as its bucket and the rest from the slash on; None when a wildcard may reach over the slash."""
    for index, token in enumerate(tokens):
        if token == "/":
            return tokens[:index], tokens[index:]
        if not isinstance(token, str):
            return None
    return None
