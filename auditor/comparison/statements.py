"""Two documents, compiled to what a comparison asks of them.

Names that only AWS or the root of the code know (of buckets, keys, accounts, regions) are constants: one private character a symbol. Anything
else that the code leaves unresolved is either taken for all that it may be, or for nothing: `reach` says which.

Source: IAM User Guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

import enum
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace

from auditor.comparison.patterns import One, Run, Tokens
from auditor.comparison.patterns import wildcards as plain_wildcards
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Domain, Symbol, Text, When, text_parts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.policy.document import Items, Policy, Principals, Statement, StatementItem
from auditor.policy.evaluation.operators import TEXTUAL, read_operator
from auditor.policy.parse import NO_SERVICE

_FIRST_PRIVATE, _LAST_PRIVATE = 0xE000, 0xF7FF
ANY_TEXT = "\uf8ff"
"""What stands in a text for whatever it may be."""
_IN_BUCKET_NAME = regex(r"arn:[\w-]*:s3:::[^/*?]*")
_MOST_PARTS = 64
_CONSTANTS = frozenset(Domain) - {Domain.ANY}


class Unresolved(Exception):
    """The document has something whose meaning is not known well enough to be compared."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reach(enum.Enum):
    """What a statement is taken to match where the code leaves it unresolved: all that it may match, or only what it certainly matches."""

    MOST = "most"
    LEAST = "least"


@dataclass(slots=True)
class Holes:
    """The private characters of the symbols of both documents.

    Attributes:
        constants: of names that are constants, by the symbol's name.
        others: of anything else, likewise.
    """

    constants: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def text(self, text: Text, present: Callable[[str], str] = str) -> str:
        """A text with every symbol as its character, by what it is called at present; what stands in the name of a bucket is a part of that name."""
        found = ""
        for part in text_parts(text):
            if isinstance(part, str):
                found += part
            else:
                domain = Domain.BUCKET if _IN_BUCKET_NAME.fullmatch(found) else part.domain
                found += self.char(replace(part, name=present(part.name), domain=domain))
        return found

    def char(self, symbol: Symbol) -> str:
        """The character of a symbol."""
        table = self.constants if symbol.domain in _CONSTANTS else self.others
        if symbol.name not in table:
            number = _FIRST_PRIVATE + len(self.constants) + len(self.others)
            if number > _LAST_PRIVATE:
                raise Unresolved("too much of the documents is unknown")
            table[symbol.name] = chr(number)
        return table[symbol.name]

    def is_unknown(self, text: str) -> bool:
        """Whether a text has a symbol that is not a constant."""
        return any(char in text for char in self.others.values())

    def most(self, text: str) -> str:
        """A text in which every symbol that is not a constant may be anything."""
        for char in self.others.values():
            text = text.replace(char, ANY_TEXT)
        return text

    def shown(self, text: str) -> str:
        """A text as the user may read it, symbols by name."""
        for name, char in (*self.constants.items(), *self.others.items()):
            text = text.replace(char, f"${{{name}}}")
        return text


@dataclass(frozen=True, slots=True)
class ComparedTest:
    """One test of a condition: operator and key as written, the key in lower case, the values."""

    operator: str
    written: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedStatement:
    """A statement, compiled.

    Attributes:
        allows: whether its effect is Allow.
        principals: kind and text of each principal; empty where the document names none.
        not_principals: whether these are the ones that are left out.
        actions: action patterns in lower case; resources: resource patterns as written.
        not_actions, not_resources: whether these are the ones that are left out.
        tests: its conditions.
        variables: whether policy variables are replaced.
        statement: it, as written.
    """

    allows: bool
    principals: tuple[tuple[str, str], ...]
    not_principals: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    tests: tuple[ComparedTest, ...]
    variables: bool
    statement: Statement = field(compare=False)

    def takes_action(self, name: str) -> bool:
        """Whether its action element matches an action."""
        return bool(action_pattern(self.actions).fullmatch(name)) != self.not_actions

    def texts(self) -> tuple[str, ...]:
        """Every text of it."""
        values = (text for test in self.tests for text in test.values)
        return (*(text for _, text in self.principals), *self.actions, *self.resources, *values)


@functools.lru_cache(maxsize=1024)
def action_pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Action patterns as one; names of actions have no case. Without patterns nothing matches."""
    each = ("".join(_RUNS.get(char) or re.escape(char) for char in one) for one in patterns)
    return re.compile("|".join(each) or "(?!)", re.IGNORECASE | re.DOTALL)


_RUNS = {"*": ".*", ANY_TEXT: ".*", "?": "."}


def guards(policies: Iterable[Policy]) -> tuple[str, ...]:
    """The names of the conditions of the code on which it depends what is in some documents."""
    found: dict[str, None] = {}
    for policy in policies:
        found.update((symbol.name, None) for when, _ in policy.rest for symbol, _ in when.literals)
        for one in policy.statements:
            lists: list[Items | Principals] = [
                one.actions,
                one.resources,
                one.principals,
                *(test.values for test in one.conditions),
            ]
            whens = [one.when, *(test.when for test in one.conditions), *(item.when for items in lists for item in _listed(items))]
            found.update((symbol.name, None) for when in whens for symbol, _ in when.literals)
    return tuple(found)


def _listed(items: Items | Principals) -> Iterable[StatementItem]:
    return items.items if isinstance(items, Items) else (principal.item for principal in items.principals)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles documents in one case of what the code leaves unresolved.

    Attributes:
        holes: the private characters of the symbols.
        case: the truth of each condition of the code, by name.
        present: what a symbol of the document is called at present.
    """

    holes: Holes
    case: Mapping[str, bool]
    present: Callable[[str], str] = str

    def policy(self, policy: Policy) -> tuple[ComparedStatement, ...]:
        """The statements of a document.

        What may stand in it beside is an Allow and a Deny that match whatever they match: the same on both sides where one symbol stands for it.

        Raises:
            Unresolved: a statement may mean something else.
        """
        found = [part for one in policy.statements if self._there(one.when) for part in self._split(self._statement(one))]
        for when, symbol in policy.rest:
            if self._there(when):
                found += self._unknown(symbol, policy.location)
        return tuple(dict.fromkeys(found))

    def _split(self, one: ComparedStatement) -> Iterator[ComparedStatement]:
        """A doubtful statement as several that match the same together, so that what is unresolved in one entry leaves the others certain."""
        if not is_doubtful(one, self.holes):
            yield one
            return
        principals = (
            [(each,) for each in one.principals] if len(one.principals) > 1 and not one.not_principals else [one.principals]
        )
        actions, resources = (
            [(each,) for each in texts] if len(texts) > 1 and not negated else [texts]
            for texts, negated in ((one.actions, one.not_actions), (one.resources, one.not_resources))
        )
        if len(principals) * len(actions) * len(resources) > _MOST_PARTS:
            yield one
            return
        for who, what, where in itertools.product(principals, actions, resources):
            yield replace(one, principals=who, actions=what, resources=where)

    def _unknown(self, symbol: Symbol, place: Location) -> Iterator[ComparedStatement]:
        anything = (self.holes.char(replace(symbol, name=self.present(symbol.name), domain=Domain.ANY)),)
        for allows in (True, False):
            effect = "Allow" if allows else "Deny"
            items = Items()
            written = Statement(
                0, symbol.name, effect, Principals(), items, items, (), (), False, ALWAYS, None, symbol.location or place
            )
            yield ComparedStatement(allows, (), False, anything, False, anything, False, (), False, written)

    def _there(self, when: When) -> bool:
        return all(self.case[self.present(symbol.name)] is truth for symbol, truth in when.literals)

    def _statement(self, one: Statement) -> ComparedStatement:
        doubt = None if one.doubt and one.doubt.reason.endswith(NO_SERVICE) else one.doubt
        for symbol in (one.effect, one.variables, doubt):
            if isinstance(symbol, Symbol):
                raise Unresolved(symbol.reason)
        if one.unknown_conditions:
            raise Unresolved(one.unknown_conditions[0][1].reason)
        tests = tuple(
            ComparedTest(test.operator, test.key, test.key.lower(), self._texts(test.values))
            for test in one.conditions
            if self._there(test.when)
        )
        return ComparedStatement(
            allows=one.effect == "Allow",
            principals=(
                *(
                    (each.kind, self.holes.text(each.item.text, self.present))
                    for each in one.principals.principals
                    if self._there(each.item.when)
                ),
                *(("AWS", char) for char in self._rest(one.principals.rest)),
            ),
            not_principals=one.principals.negated,
            actions=self._texts(one.actions),
            not_actions=one.actions.negated,
            resources=self._texts(one.resources) if one.resources.written else ("*",),
            not_resources=one.resources.negated,
            tests=tests,
            variables=one.variables is True,
            statement=one,
        )

    def _texts(self, items: Items) -> tuple[str, ...]:
        found = (self.holes.text(item.text, self.present) for item in items.items if self._there(item.when))
        return (*found, *self._rest(items.rest))

    def _rest(self, rest: Iterable[tuple[When, Symbol]]) -> Iterator[str]:
        """What stands for further entries of a list: a text that may be anything."""
        yield from (
            self.holes.char(replace(symbol, name=self.present(symbol.name), domain=Domain.ANY))
            for when, symbol in rest
            if self._there(when)
        )


def is_doubtful(statement: ComparedStatement, holes: Holes) -> bool:
    """Whether it is not known for certain which requests a statement matches."""
    return any(map(holes.is_unknown, statement.texts()))


def reaching(statement: ComparedStatement, reach: Reach, holes: Holes) -> ComparedStatement | None:
    """A doubtful statement as one that is not: it matches all that it may match, or only what it certainly matches; None for nothing."""
    most = reach is Reach.MOST

    def texts(given: tuple[str, ...], *, negated: bool) -> tuple[str, ...]:
        if most is negated:
            return tuple(text for text in given if not holes.is_unknown(text))
        return tuple(map(holes.most, given))

    tests = []
    for test in statement.tests:
        operator = read_operator(test.operator)
        if not any(map(holes.is_unknown, test.values)):
            tests.append(test)
        elif operator is None or operator.family not in TEXTUAL:
            if not most:
                return None
        else:
            tests.append(replace(test, values=texts(test.values, negated=operator.negated)))
    principals: tuple[tuple[str, str], ...] = tuple(
        ("*", "*") if holes.is_unknown(text) else (kind, text)
        for kind, text in statement.principals
        if not holes.is_unknown(text) or most is not statement.not_principals
    )
    if statement.principals and not principals and not statement.not_principals:
        return None
    return replace(
        statement,
        principals=principals,
        actions=texts(statement.actions, negated=statement.not_actions),
        resources=texts(statement.resources, negated=statement.not_resources),
        tests=tuple(tests),
    )


@functools.lru_cache(maxsize=1 << 14)
def wildcards(text: str) -> Tokens:
    """As `patterns.wildcards`, and what may be anything as a run of any characters."""
    return tuple(Run() if token == ANY_TEXT else token for token in plain_wildcards(text))


@functools.lru_cache(maxsize=1 << 14)
def literal(text: str) -> Tokens:
    """The pattern of a text without wildcards; what may be anything is a run of any characters."""
    return tuple(Run() if char == ANY_TEXT else char for char in text)


_VARIABLE = regex(r"\$\{([^}]*)\}")
_DEFAULT = regex(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")


def variables_of(statement: ComparedStatement) -> frozenset[str]:
    """The context keys, as written, of the policy variables in a statement's resources and conditions."""
    texts = (*statement.resources, *(text for test in statement.tests for text in test.values))
    found = (_DEFAULT.fullmatch(one) for text in texts if "${" in text for one in _VARIABLE.findall(text))
    return frozenset(match[1] for match in found if match and match[1] not in ("*", "?", "$"))


def filled(text: str, values: Mapping[str, str | None], *, wild: bool) -> Tokens | None:
    """A text of a policy as a pattern, its variables replaced; None when a variable has no value, so that it matches nothing.

    Source: IAM User Guide, "IAM policy elements: Variables and tags".

    Args:
        text: as written.
        values: of the context keys, in lower case; a key that is missing has no value.
        wild: whether `*` and `?` are wildcards.
    """
    tokens: list[str | One | Run] = []
    position = 0
    plain = wildcards if wild else literal
    for found in _VARIABLE.finditer(text):
        tokens.extend(plain(text[position : found.start()]))
        position = found.end()
        if found[1] in ("*", "?", "$"):
            tokens.append(found[1])
            continue
        named = _DEFAULT.fullmatch(found[1])
        value = values.get(named[1].lower()) if named else None
        if value is None and named and named[2] is not None:
            value = named[2]
        if value is None:
            return None
        tokens.extend(value)
    tokens.extend(plain(text[position:]))
    return tuple(tokens)
