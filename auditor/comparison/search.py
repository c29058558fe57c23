"""A request that one document allows and the other does not, if there is one: the search over representatives.

For a caller and an action the statements that match both remain; for a resource of each kind those that match it; and of the context only
the keys that these test. Statements that are in both documents and cannot make a difference are left out first, and what was searched is
not searched again for another caller or action that the same statements match.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from auditor.comparison import context, principals, resources
from auditor.comparison.context import Value
from auditor.comparison.patterns import Tokens, TooManyClasses
from auditor.comparison.principals import ComparedCaller
from auditor.comparison.statements import ComparedStatement, ComparedTest, action_pattern, filled, variables_of, wildcards
from auditor.lazy.classes import dataclass
from auditor.policy.services.catalog import Action, actions, services

_ALWAYS = frozenset(
    {
        "aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport", "aws:useragent", "aws:resourceaccount",
        "aws:principalaccount", "aws:principaltype", "s3:resourceaccount", "s3:authtype", "s3:signatureversion", "s3:tlsversion",
    }
)  # fmt: skip
"""Keys that every request has. Source: IAM User Guide, "AWS global condition context keys", the sentences "Availability"."""
_MOST_VALUES, _MOST_LEAVES = 64, 20_000


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """A request that one document allows and the other does not.

    Attributes:
        principal: who makes it; None where the documents name nobody.
        action: `s3:GetObject`.
        resource: its ARN, `*` for none in particular.
        context: the keys that matter, by name as written.
        because: the statement that allows it, or whose Deny is gone.
    """

    principal: ComparedCaller | None
    action: str
    resource: str
    context: Mapping[str, Value]
    because: ComparedStatement


@dataclass(frozen=True, slots=True)
class _Sides:
    """The statements that matter, of the document that is to allow and the one that is to refuse."""

    allows: tuple[int, ...]
    denies: tuple[int, ...]
    other_allows: tuple[int, ...]
    other_denies: tuple[int, ...]

    def every(self) -> tuple[int, ...]:
        return (*self.allows, *self.denies, *self.other_allows, *self.other_denies)


class Search:
    """The search for requests that one of two documents allows and the other does not.

    Args:
        statements: of both documents.
        named: whether the documents name principals.
        kinds: the services whose actions are asked about; None for every one.
    """

    def __init__(self, statements: Sequence[ComparedStatement], kinds: frozenset[str] | None, *, named: bool) -> None:
        self.named = named
        self._every = tuple(dict.fromkeys(statements))
        self._index = {statement: number for number, statement in enumerate(self._every)}
        self._known: dict[object, list[tuple[str, dict[str, Value], int]]] = {}
        callers = principals.callers(self._every, named=named)
        self._naming = [(one, frozenset(n for n, s in enumerate(self._every) if principals.names(s, one))) for one in callers]
        self._asked = frozenset(test.key for one in self._every for test in one.tests)
        self._action_kinds = tuple(self._actions(kinds))

    def requests(self, allowing: Sequence[ComparedStatement], refusing: Sequence[ComparedStatement]) -> Iterator[FoundRequest]:
        """Requests that the one allows and the other does not: one for each statement that makes the difference.

        Raises:
            TooManyClasses: the documents tell apart more than is looked at.
        """
        ours = [self._index[one] for one in dict.fromkeys(allowing)]
        theirs = [self._index[one] for one in dict.fromkeys(refusing)]
        told: set[int] = set()
        for action, taking in self._action_kinds:
            for matched, caller in self._matched(taking):
                sides = self._sides([n for n in ours if n in matched], [n for n in theirs if n in matched])
                if sides is None or told.issuperset(sides.allows):
                    continue
                for resource, having, because in self._look(action, caller, sides):
                    if because not in told:
                        told.add(because)
                        who = caller if self.named else None
                        yield FoundRequest(who, action.name, resource, having, self._every[because])

    def _matched(self, taking: frozenset[int]) -> Iterator[tuple[frozenset[int], ComparedCaller]]:
        """The callers, each with the statements that match it and an action."""
        for caller, naming in self._naming:
            matched = naming & taking
            if matched:
                yield matched, caller

    def _sides(self, ours: Sequence[int], theirs: Sequence[int]) -> _Sides | None:
        """What is left of the statements of both documents; None when nothing can differ."""
        every = self._every
        allows, denies = ([n for n in ours if every[n].allows is effect] for effect in (True, False))
        other_allows, other_denies = ([n for n in theirs if every[n].allows is effect] for effect in (True, False))
        if set(other_denies) <= set(denies):
            # What both allow, the other would allow as well.
            allows = [n for n in allows if n not in other_allows]
        if not allows:
            return None
        return _Sides(tuple(allows), tuple(denies), tuple(other_allows), tuple(n for n in other_denies if n not in denies))

    def _actions(self, kinds: frozenset[str] | None) -> Iterator[tuple[Action, frozenset[int]]]:
        """One action for each set of statements that match it, resource type and set of keys."""
        seen: set[object] = set()
        for service in self._services(kinds):
            name, taking = "", frozenset[int]()
            offered = actions(service)
            taken = [(n, _taken(one.actions, service), one.not_actions) for n, one in enumerate(self._every)] if offered else []
            taken = [one for one in taken if one[1] or one[2]]
            if offered and not taken:
                continue
            for action in offered or _invented(service, self._every):
                if action.name != name:
                    name = action.name
                    taking = (
                        frozenset(n for n, names, others in taken if (name in names) is not others)
                        if offered
                        else frozenset(n for n, one in enumerate(self._every) if one.takes_action(name))
                    )
                if not taking:
                    continue
                kind = (
                    taking,
                    action.resource,
                    frozenset(key for key in self._asked if action.may_have(key)),
                    self._calls_kms(action),
                )
                if kind not in seen:
                    seen.add(kind)
                    yield action, taking

    def _calls_kms(self, action: Action) -> bool:
        return action.name.startswith("kms:")

    def _services(self, kinds: frozenset[str] | None) -> Sequence[str]:
        """The services that the documents can tell apart."""
        if kinds is not None:
            return sorted(kinds)
        named: dict[str, None] = {}
        everything = False
        for one in self._every:
            for pattern in one.actions:
                service = pattern.partition(":")[0].lower()
                if service and "*" not in service and "?" not in service and ":" in pattern:
                    named[service] = None
                else:
                    everything = True
                    if ":" in pattern:
                        named.update((known, None) for known in services() if _fits(service, known))
                    elif pattern.strip("*"):
                        # Without a colon the wildcards match across it: services that begin so are alike but for what else names them.
                        begun = (known for known in sorted(services()) if _fits(f"{re.split('[*?]', service)[0]}*", known))
                        named.update(dict.fromkeys(itertools.islice(begun, _BEGUN)))
            everything = everything or one.not_actions
        if everything:
            mentioned = [text.split(":")[2] for one in self._every for text in one.resources if text.count(":") >= 5]
            named.update((service, None) for service in mentioned if service in services())
            keys = [test.key.partition(":")[0] for one in self._every for test in one.tests]
            named.update((service, None) for service in keys if service in services())
            named.update(dict.fromkeys([service for service in _OTHERS if service not in named][:1]))
        return tuple(named)

    def _look(self, action: Action, caller: ComparedCaller, sides: _Sides) -> list[tuple[str, dict[str, Value], int]]:
        tied = {key: value for key, value in caller.context().items() if key != "kms:calleraccount" or self._calls_kms(action)}
        asked = {test.key for n in sides.every() for test in self._every[n].tests} | self._variables(sides)
        fixed = {key: value for key, value in tied.items() if key in asked}
        absent = frozenset(key for key in asked if key not in fixed and not action.may_have(key))
        known = (sides, action.resource, tuple(sorted(fixed.items(), key=str)), absent)
        if known not in self._known:
            self._known[known] = list(self._differences(action, sides, {**fixed, **dict.fromkeys(absent)}))
        return self._known[known]

    def _variables(self, sides: _Sides) -> set[str]:
        statements = (self._every[n] for n in sides.every() if self._every[n].variables)
        return {name.lower() for one in statements for name in variables_of(one)}

    def _differences(
        self, action: Action, sides: _Sides, fixed: Mapping[str, str | None]
    ) -> Iterator[tuple[str, dict[str, Value], int]]:
        """For each way to fill in the policy variables, and each resource, a context that makes the difference."""
        told: set[int] = set()
        for filling in self._fillings(sides, fixed):
            patterns, masks = self._resource_patterns(sides, filling)
            for resource, bits in resources.representatives(action.resource, patterns):
                on = frozenset(n for n in sides.every() if bool(bits & masks[n]) != self._every[n].not_resources)
                if not on.intersection(sides.allows):
                    continue
                contexts = _Contexts(self._every, sides, on, filling, self._free(sides, on, filling))
                for because, having in contexts.differing():
                    if because not in told:
                        told.add(because)
                        yield resource, having, because

    def _fillings(self, sides: _Sides, fixed: Mapping[str, str | None]) -> Iterator[dict[str, str | None]]:
        """The values of keys that are known: those that follow from the caller, and every value of those in policy variables."""
        pending = [dict(fixed)]
        for key in sorted(self._variables(sides) - set(fixed)):
            tests = [(test, test_patterns) for test, test_patterns in self._tests(sides, key, fixed)]
            values = [value for value in context.candidates(key, tests) if not isinstance(value, tuple)]
            values += [text for text in ("v", "w") if text not in values]
            pending = [{**one, key: value} for one in pending for value in values]
            if len(pending) > _MOST_VALUES:
                raise TooManyClasses
        yield from pending

    def _tests(
        self, sides: _Sides, key: str, filling: Mapping[str, str | None]
    ) -> Iterator[tuple[ComparedTest, tuple[Tokens | None, ...]]]:
        seen: set[object] = set()
        for n in sides.every():
            one = self._every[n]
            for test in one.tests:
                if test.key == key and (test, one.variables) not in seen:
                    seen.add((test, one.variables))
                    yield test, context.patterns_of(test, filling, variables=one.variables)

    def _resource_patterns(self, sides: _Sides, filling: Mapping[str, str | None]) -> tuple[tuple[Tokens, ...], dict[int, int]]:
        """The resource patterns of the statements, and which of them each statement has, as a bit set."""
        patterns: dict[Tokens, int] = {}
        masks: dict[int, int] = {}
        for n in sides.every():
            one, mask = self._every[n], 0
            for text in one.resources:
                tokens = filled(text, filling, wild=True) if one.variables else wildcards(text)
                if tokens is not None:
                    mask |= 1 << patterns.setdefault(tokens, len(patterns))
            masks[n] = mask
        return tuple(patterns), masks

    def _free(self, sides: _Sides, on: frozenset[int], filling: Mapping[str, str | None]) -> dict[str, tuple[Value, ...]]:
        """The values of each key that is tested and not known yet."""
        found: dict[str, tuple[Value, ...]] = {}
        for n in sorted(on):
            for test in self._every[n].tests:
                if test.key not in filling and test.key not in found:
                    values = context.candidates(test.key, self._tests(sides, test.key, filling))
                    found[test.key] = tuple(value for value in values if value is not None or test.key not in _ALWAYS)
        return found


_BEGUN = 3
_OTHERS = ("a4b", "sqs", "dynamodb")
"""Services that stand for those that the documents do not mention."""


def _fits(pattern: str, service: str) -> bool:
    import fnmatch

    return fnmatch.fnmatchcase(service, pattern)


@functools.lru_cache(maxsize=1 << 16)
def _taken(patterns: tuple[str, ...], service: str) -> frozenset[str]:
    """The actions of a service that patterns match: many searches of a run ask for the same."""
    matches = action_pattern(patterns).fullmatch
    return frozenset(name for name in dict.fromkeys(action.name for action in actions(service)) if matches(name))


def _invented(service: str, every: Sequence[ComparedStatement]) -> tuple[Action, ...]:
    """Actions of a service without a table: those that the documents name, and one more."""
    names = {pattern for one in every for pattern in one.actions if pattern.partition(":")[0].lower() == service}
    texts = {name.replace("*", "").replace("?", "x") for name in names} | {
        name.replace("*", "X").replace("?", "x") for name in names
    }
    forms = ("*", f"arn:aws:{service}:{{}}:{{}}:{{*}}")
    return tuple(Action(name, "", form, frozenset()) for name in sorted({*texts, f"{service}:Other"}) for form in forms)


@dataclass(slots=True)
class _Contexts:
    """The contexts in which the statements that match a caller, an action and a resource make a difference."""

    every: Sequence[ComparedStatement]
    sides: _Sides
    on: frozenset[int]
    filling: Mapping[str, str | None]
    free: Mapping[str, tuple[Value, ...]]
    _leaves: int = 0
    _met: dict[tuple[int, int, Value], bool] = field(default_factory=dict)

    def differing(self) -> Iterator[tuple[int, dict[str, Value]]]:
        """For each statement that allows, or whose Deny is not there, a context in which that makes the difference."""
        for allow in self.sides.allows:
            if allow in self.on:
                found = self._search({**self.filling}, sorted(self.free), allow)
                if found is not None:
                    yield allow, self._shown(found)

    def _shown(self, having: Mapping[str, Value]) -> dict[str, Value]:
        statements = [self.every[n] for n in self.on]
        written = {name.lower(): name for one in statements if one.variables for name in variables_of(one)}
        written |= {test.key: test.written for one in statements for test in one.tests}
        return {written[key]: value for key, value in having.items() if value is not None and key in written}

    def _search(self, having: dict[str, Value], left: list[str], allow: int) -> dict[str, Value] | None:
        truth = self._truth(having, allow)
        if truth is False:
            return None
        if truth is True:
            return having
        self._leaves += 1
        if self._leaves > _MOST_LEAVES:
            raise TooManyClasses
        key, rest = left[0], left[1:]
        for value in self.free[key]:
            found = self._search({**having, key: value}, rest, allow)
            if found is not None:
                return found
        return None

    def _truth(self, having: Mapping[str, Value], allow: int) -> bool | None:
        """Whether a request with these keys makes the difference, None while that depends on keys that are not chosen yet."""
        granted = self._applies(allow, having)
        if granted is False:
            return False
        denied = [self._applies(n, having) for n in self.sides.denies if n in self.on]
        if True in denied:
            return False
        other = [self._applies(n, having) for n in self.sides.other_allows if n in self.on]
        against = [self._applies(n, having) for n in self.sides.other_denies if n in self.on]
        if True in other and not any(one is not False for one in against):
            return False
        refused = all(one is False for one in other) or True in against
        if granted and refused and not any(one is None for one in denied):
            return True
        return None

    def _applies(self, n: int, having: Mapping[str, Value]) -> bool | None:
        statement, unsure = self.every[n], False
        for number, test in enumerate(statement.tests):
            if test.key not in having:
                unsure = True
            elif not self._is_met(n, number, having[test.key]):
                return False
        return None if unsure else True

    def _is_met(self, n: int, number: int, value: Value) -> bool:
        """Whether a test of a statement is met by a value of its key."""
        asked = (n, number, value)
        if asked not in self._met:
            statement, test = self.every[n], self.every[n].tests[number]
            patterns = context.patterns_of(test, self.filling, variables=statement.variables)
            self._met[asked] = context.met(test, patterns, value)
        return self._met[asked]
