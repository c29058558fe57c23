"""Whether a statement applies to a request: its Principal, its Action, its Resource and its Condition, element by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.foundation.cases import Atom, Choices
from auditor.foundation.value import Symbol, Text, Truth, When, all_of, any_of, negate, text_parts
from auditor.lazy.classes import dataclass
from auditor.policy.document import Policy, Statement
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.condition import ConditionTest, compile_test, evaluate
from auditor.policy.evaluation.match import OBJECTS, RESOURCE, compile_pattern, match
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import PatternTokens, arn_pattern, has_hole, written
from auditor.policy.evaluation.principals import Naming, listed
from auditor.policy.evaluation.representatives import RepresentativeRequest, Requests, bucket_part

RESOURCE_POLICY = "resource policy"


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A statement made ready for one question.

    Attributes:
        statement: it.
        actions: its patterns over actions, each with the conditions under which it is there.
        resources: likewise those over resources, each with its number in the classes; None where it can match nothing.
        tests: its conditions.
        on_action: whether it is about the action, where that is the same in every case.
        on_caller: whether it names the caller, likewise; a policy of the caller's own names nobody else.
    """

    statement: Statement
    actions: tuple[tuple[When, PatternTokens], ...]
    resources: tuple[tuple[When, PatternTokens | None, int | None], ...]
    tests: tuple[ConditionTest, ...]
    on_action: Truth | None = None
    on_caller: Truth | None = Truth.TRUE

    @property
    def is_of_others(self) -> bool:
        """Whether it is about another action or caller in every case."""
        return Truth.FALSE in (self.on_action, self.on_caller)


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy made ready.

    Attributes:
        name: of it.
        policy: it.
        statements: of it.
        allowing: those that may allow in some case.
        denying: those that may deny in some case.
    """

    name: str
    policy: Policy
    statements: tuple[CompiledStatement, ...]
    allowing: tuple[CompiledStatement, ...]
    denying: tuple[CompiledStatement, ...]

    @property
    def of_resource(self) -> bool:
        """Whether it is the resource's own policy, whose statements name principals."""
        return self.name == RESOURCE_POLICY


class Statements:
    """The statements of all policies around one question.

    Args:
        requests: what is asked about; the patterns and tests of statements are made known to it.
        naming: of the caller.
        within: the case of the proof that the question is put in.
    """

    def __init__(self, requests: Requests, naming: Naming, within: Choices) -> None:
        self.requests, self.naming, self.alphabet, self.service = requests, naming, requests.alphabet, requests.service
        # Other questions of the same caller about the same policies find out the same.
        self._names: FoundInCases[Mapping[str, Truth]] = within.once(("names", naming.key), FoundInCases)

    def side(self, name: str, policy: Policy | None) -> CompiledPolicy | None:
        """A policy made ready; None when there is none."""
        if policy is None:
            return None
        statements = tuple(self._compile(statement, name) for statement in policy.statements)
        asked = [one for one in statements if not one.is_of_others]
        allowing, denying = (tuple(one for one in asked if one.statement.effect != other) for other in ("Deny", "Allow"))
        return CompiledPolicy(name, policy, statements, allowing, denying)

    def allows(self, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase) -> Truth:
        """Whether an Allow of a policy applies."""
        return any_of((*(self.applies(one, side, request, case, "Allow") for one in side.allowing), self.rest(side, "Allow", case)))

    def applies(
        self, compiled: CompiledStatement, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase, effect: str
    ) -> Truth:
        """Whether a statement that may have an effect applies with it."""
        mark = len(case.pending)
        if case.when(compiled.statement.when) is Truth.FALSE:
            return Truth.FALSE
        case.forget(mark, ())
        applies = any_of(self.names(compiled.statement, case).values()) if side.of_resource else Truth.TRUE
        if applies is not Truth.FALSE:
            applies = all_of((applies, self.applies_but_principal(compiled, side, request, case, effect)))
        case.forget(mark, (applies,))
        return applies

    def names(self, statement: Statement, case: PartialCase) -> Mapping[str, Truth]:
        """How a statement names the caller; the same for every request of a case."""
        return self._names.of(statement, case, lambda asking: self.naming.of(statement, asking))

    def applies_but_principal(
        self, compiled: CompiledStatement, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase, effect: str
    ) -> Truth:
        """Whether a statement that may have an effect applies with it, its principal left aside."""
        statement = compiled.statement
        truths = [self.about_action(compiled, case)]
        if truths[0] is Truth.FALSE:
            return Truth.FALSE
        if not isinstance(statement.effect, str):
            symbol = statement.effect
            chosen = case.option(
                Atom(
                    ("effect", symbol.name), ("Allow", "Deny"), symbol, (f"{symbol.written} is Allow", f"{symbol.written} is Deny")
                )
            )
            truths.append(Truth.UNKNOWN if chosen is None else Truth.of(chosen == effect))
        truths.append(case.when(statement.when))
        truths.append(self.about_resource(compiled, side, request, case))
        if Truth.FALSE in truths:
            return Truth.FALSE
        truths.extend(self.conditions(compiled, request, case))
        if statement.doubt is not None:
            truths.append(case.truth(Atom(("doubt", statement.location, statement.index), (True, False), statement.doubt)))
        return all_of(truths)

    def rest(self, side: CompiledPolicy, effect: str, case: PartialCase) -> Truth:
        """Statements that the code leaves unresolved may allow, and may deny."""
        truths = []
        for when, symbol in side.policy.rest:
            does = (f"{symbol.written} {'allows' if effect == 'Allow' else 'denies'} it", True)
            does_not = (f"{symbol.written} does not {effect.lower()} it", False)
            first, second = (does, does_not) if effect == "Allow" else (does_not, does)
            atom = Atom(("rest", symbol.name, effect), (first[1], second[1]), symbol, (first[0], second[0]))
            truths.append(all_of((case.when(when), case.truth(atom))))
        return any_of(truths)

    def about_action(self, compiled: CompiledStatement, case: PartialCase) -> Truth:
        """Whether a statement is about the action that is asked about."""
        if compiled.on_action is not None:
            return compiled.on_action
        return self._about_action(compiled.statement, compiled.actions, case)

    def _about_action(self, statement: Statement, actions: Sequence[tuple[When, PatternTokens]], case: PartialCase) -> Truth:
        items = statement.actions
        if not items.written:
            return Truth.of(statement.doubt is not None)
        action = self.requests.question.action.lower()
        found = [
            all_of((case.when(when), match(tokens, action, self.alphabet, case, "action")))
            for when, tokens in actions
            if self.alphabet.compare(tokens, action) is not Truth.FALSE
        ]
        found.extend(listed(items.rest, "action", case))
        return negate(any_of(found)) if items.negated else any_of(found)

    def about_resource(
        self, compiled: CompiledStatement, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase
    ) -> Truth:
        """Whether a statement is about the resource of a request."""
        statement = compiled.statement
        items = statement.resources
        if side.of_resource and (of_service := self.service.about_resource(statement, self.requests.resource, case)) is not None:
            return of_service
        if not items.written:
            return Truth.of(statement.doubt is not None)
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

    def conditions(self, compiled: CompiledStatement, request: RepresentativeRequest, case: PartialCase) -> Iterator[Truth]:
        """Whether each condition of a statement is met."""
        for test in compiled.tests:
            met = evaluate(test, self.requests.value(test.key, request, case), self.alphabet, case)
            yield any_of((negate(case.when(test.condition.when)), met)) if test.condition.when.literals else met
        for when, symbol in compiled.statement.unknown_conditions:
            met = case.truth(
                Atom(
                    ("condition of", symbol.name),
                    (True, False),
                    symbol,
                    (f"{symbol.written} is met", f"{symbol.written} is not met"),
                )
            )
            yield any_of((negate(case.when(when)), met))

    def _covers(self, tokens: PatternTokens, request: RepresentativeRequest, case: PartialCase) -> Truth:
        """Whether a pattern that may match a request does."""
        if has_hole(tokens):
            mode = RESOURCE if self.requests.question.keys is None else OBJECTS
            return match(tokens, request.resource, self.alphabet, case, mode)
        if not self.alphabet.is_open(request.resource) or self.alphabet.certainly_matches(
            tokens,  # type: ignore[arg-type]  # no token is a symbol
            request.resource,
        ):
            return Truth.TRUE
        hole = self.alphabet.symbol(request.resource)
        split = bucket_part(tokens)
        bucket = written(tokens if split is None else split[0])
        made = f"{hole.name} makes the bucket {bucket}" if split else f"{hole.name} makes the bucket match {bucket}"
        return case.truth(Atom(("bucket", bucket), (True, False), hole, (made, f"{hole.name} makes it another bucket")))

    def _compile(self, statement: Statement, name: str) -> CompiledStatement:
        actions = tuple((item.when, self._lowered(item.text)) for item in statement.actions.items)
        tests = tuple(
            compile_test(condition, self.alphabet, statement.variables, self.requests.lookup) for condition in statement.conditions
        )
        # A statement that cannot be about this action or this caller needs no automaton for its resources and no partition for its conditions.
        case = PartialCase(Choices({}))
        compiled = CompiledStatement(statement, actions, (), tests, _decided(self._about_action(statement, actions, case)))
        if compiled.on_action is not Truth.FALSE and name == RESOURCE_POLICY:
            compiled = replace(compiled, on_caller=_decided(any_of(self.names(statement, case).values())))
        if compiled.is_of_others:
            return compiled
        for test in tests:
            self.requests.tests.setdefault(test.key, []).append(test)
        if name == RESOURCE_POLICY and self.service.resource_policy:
            # The policy of a key or role is about that key or role.
            return compiled
        resources = []
        for item in statement.resources.items:
            tokens = compile_pattern(item.text, self.alphabet, statement.variables, self.requests.lookup, wild=True)
            if tokens is not None:
                # Source: IAM User Guide, "Resource": a wildcard does not reach over the colons between the parts of an ARN.
                # What is unknown of the request elsewhere, as the account of the bucket, may be any of what is asked about.
                tokens = self.alphabet.apart(arn_pattern(tokens) or tokens, self.requests.universe)
            index = self.requests.pattern(tokens) if tokens is not None else None
            resources.append((item.when, tokens, index))
        return replace(compiled, resources=tuple(resources))

    def _lowered(self, action: Text) -> PatternTokens:
        """An action of a statement as a pattern in lower case."""
        lowered = (part.lower() if isinstance(part, str) else part for part in text_parts(action))
        return self.alphabet.tokens(lowered, wild=True)


def _decided(truth: Truth) -> Truth | None:
    """A truth that is the same in every case, found where nothing has been taken; None where it depends on the case."""
    return None if truth is Truth.UNKNOWN else truth
