"""Condition blocks: operators, missing keys, several values; and the finitely many values of an unknown key that can make a difference.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or values",
"Multivalued context keys".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.foundation.cases import Atom
from auditor.foundation.glob import Tokens, TooManyStates, Wild, classes
from auditor.foundation.value import Symbol, Truth, all_of, any_of, negate
from auditor.policy.document import Condition
from auditor.policy.match import Alphabet, Case, PatternTokens, compile_pattern, match

_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?", re.IGNORECASE)
_STRINGS = {
    "stringequals": ("equals", False), "stringnotequals": ("equals", True), "stringequalsignorecase": ("fold", False),
    "stringnotequalsignorecase": ("fold", True), "stringlike": ("like", False), "stringnotlike": ("like", True),
    "arnequals": ("arn", False), "arnlike": ("arn", False), "arnnotequals": ("arn", True), "arnnotlike": ("arn", True),
    "bool": ("fold", False), "binaryequals": ("equals", False),
}  # fmt: skip
_COMPARED = {
    "equals": lambda one, other: one == other, "notequals": lambda one, other: one != other, "lessthan": lambda one, other: one < other,
    "lessthanequals": lambda one, other: one <= other, "greaterthan": lambda one, other: one > other,
    "greaterthanequals": lambda one, other: one >= other,
}  # fmt: skip
_MOST = 24
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart: quantifier (`all`, `any` or empty), family, whether negated, whether IfExists.

    `family` is one of equals, fold, like, arn, numeric, date, ip, null; `relation` compares numbers and dates.
    """

    quantifier: str
    family: str
    negated: bool
    if_exists: bool
    relation: str = ""


def read_operator(text: str) -> Operator | None:
    """The operator of a name, None when there is no such operator; names are compared without case."""
    found = _OPERATOR.fullmatch(text)
    if not found:
        return None
    quantifier = {"forallvalues": "all", "foranyvalue": "any"}.get((found[1] or "").lower(), "")
    name, if_exists = found[2].lower(), bool(found[3])
    if name in _STRINGS:
        family, negated = _STRINGS[name]
        return Operator(quantifier, family, negated, if_exists)
    if name == "null":
        return None if if_exists or quantifier else Operator("", "null", False, False)
    if name in ("ipaddress", "notipaddress"):
        return Operator(quantifier, "ip", name.startswith("not"), if_exists)
    for family in ("numeric", "date"):
        relation = name.removeprefix(family)
        if name.startswith(family) and relation in _COMPARED:
            return Operator(
                quantifier, family, relation == "notequals", if_exists, "equals" if relation == "notequals" else relation
            )
    return None


class Free:
    """What stands for an unknown value of which nothing but "does this test match" can be told apart."""


FREE = Free()
Values = str | tuple[str, ...] | None | Free | Truth
"""The value of a key in a case: its text, its texts, None when the request does not have it, FREE, or UNKNOWN when that is unknown."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition, compiled: its operator (None when there is no such one) and its patterns, each with when it is there."""

    condition: Condition
    operator: Operator | None
    key: str
    patterns: tuple[tuple[object, PatternTokens | None, str], ...]


def compile_test(
    condition: Condition, alphabet: Alphabet, variables: bool | Symbol, lookup: Callable[[str], str | Symbol | None]
) -> Test:
    """A condition with its operator read and its values compiled."""
    operator = read_operator(condition.operator)
    patterns = []
    for item in condition.values.items:
        family = operator.family if operator else "equals"
        allowed = variables if family in ("equals", "fold", "like", "arn") else False
        tokens = compile_pattern(item.text, alphabet, allowed, lookup, wild=family in ("like", "arn"))
        if tokens is not None and family == "arn":
            tokens = arn_pattern(tokens)
        if tokens is not None and family == "fold":
            tokens = tuple(token.lower() if isinstance(token, str) else token for token in tokens)
        patterns.append((item.when, tokens, item.written))
    return Test(condition, operator, condition.key.lower(), tuple(patterns))


def arn_pattern(tokens: PatternTokens) -> PatternTokens | None:
    """An ARN pattern, compared part by part: in the first five parts a wildcard does not reach over a colon; None without six parts.

    A pattern with a hole may have its colons in the hole.
    """
    has_hole = any(isinstance(token, Symbol) for token in tokens)
    colons = 0
    parts: list[str | Wild | Symbol] = []
    for token in tokens:
        if token == ":":
            colons += 1
        if colons < 5 and not has_hole and token is Wild.MANY:
            parts.append(Wild.MANY_IN_SEGMENT)
        elif colons < 5 and not has_hole and token is Wild.ANY:
            parts.append(Wild.ANY_IN_SEGMENT)
        else:
            parts.append(token)
    return tuple(parts) if colons >= 5 or has_hole else None


def evaluate(test: Test, value: Values, alphabet: Alphabet, case: Case) -> Truth:
    """Whether a test is met.

    Args:
        test: the test.
        value: of its key in this case.
        alphabet: of the request.
        case: what has been taken.
    """
    operator = test.operator
    if operator is None:
        symbol = Symbol(
            f"the operator {test.condition.operator}", "there is no such condition operator", "", test.condition.location
        )
        return case.truth(Atom(("operator", test.condition.operator, test.key), (True, False), symbol))
    if value is Truth.UNKNOWN or isinstance(value, Truth):
        return Truth.UNKNOWN
    if operator.family == "null":
        return _null(test, value, case)
    if value is None:
        if operator.quantifier == "all":
            return Truth.TRUE
        if operator.quantifier == "any":
            return (
                _unresolved(test, "IfExists with ForAnyValue and a key that the request does not have", case)
                if operator.if_exists
                else Truth.FALSE
            )
        return Truth.of(operator.negated or operator.if_exists)
    if isinstance(value, Free):
        symbol = Symbol(test.condition.key, f"what {test.condition.key} is in a request is not known from code")
        shown = ", ".join(item for _, _, item in test.patterns)
        met = case.truth(
            Atom(("test", operator.family, operator.relation, test.key, test.patterns), (True, False), symbol,
                 (f"{test.condition.key} matches {shown}", f"{test.condition.key} does not match {shown}"))
        )  # fmt: skip
        return negate(met) if operator.negated else met
    if operator.family == "arn" and operator.negated and any(tokens is None for _, tokens, _ in test.patterns):
        return _unresolved(test, "an ARN pattern without six parts under a negated operator", case)
    if operator.family in _READ and operator.negated and any(_unreadable(operator, tokens) for _, tokens, _ in test.patterns):
        return _unresolved(test, f"a value that cannot be read as {operator.family} under a negated operator", case)
    texts = (value,) if isinstance(value, str) else value
    if isinstance(value, tuple) and not operator.quantifier:
        return Truth.FALSE
    each = [_one(test, operator, text, alphabet, case) for text in texts]
    if operator.negated:
        each = [negate(truth) for truth in each]
    return all_of(each) if operator.quantifier == "all" else any_of(each)


def _unresolved(test: Test, what: str, case: Case) -> Truth:
    """The truth of a test whose meaning AWS does not document."""
    symbol = Symbol(
        f"{test.condition.operator} {test.condition.key}",
        f"AWS does not document {what}",
        "write it plainly",
        test.condition.location,
    )
    return case.truth(Atom(("unresolved", test.condition.operator, test.key, test.patterns), (True, False), symbol))


def _null(test: Test, value: Values, case: Case) -> Truth:
    truths = []
    for when, tokens, text in test.patterns:
        if tokens is not None and any(isinstance(token, Symbol) for token in tokens):
            symbol = next(token for token in tokens if isinstance(token, Symbol))
            wanted = case.option(
                Atom(("null", tokens), (True, False), symbol, (f"{symbol.name} is true", f"{symbol.name} is false"))
            )
            truth = Truth.UNKNOWN if wanted is None else Truth.of((value is None) is wanted)
        else:
            truth = Truth.of((value is None) == (text.lower() == "true"))
        truths.append(all_of((case.when(when), truth)))  # type: ignore[arg-type]  # a When, kept opaque to stay hashable
    return any_of((*truths, *_rest(test, "null", case)))


def _rest(test: Test, text: str, case: Case) -> list[Truth]:
    return [
        all_of((case.when(when), case.truth(Atom(("rest", symbol.name, test.key, text), (True, False), symbol,
                (f"{symbol.name} has a value that matches {text}", f"{symbol.name} has no value that matches {text}")))))
        for when, symbol in test.condition.values.rest
    ]  # fmt: skip


def _one(test: Test, operator: Operator, text: str, alphabet: Alphabet, case: Case) -> Truth:
    """Whether one value of the request matches one of the values of the policy."""
    truths = []
    for when, tokens, written in test.patterns:
        if tokens is None:
            everything = operator.family == "arn" and written == "*"
            truths.append(_unresolved(test, "whether the ARN pattern '*' matches every ARN", case) if everything else Truth.FALSE)
            continue
        if operator.family in ("equals", "like", "arn"):
            truth = match(tokens, text, alphabet, case, operator.family, test.condition.key)
        elif operator.family == "fold":
            truth = match(tokens, text.lower(), alphabet, case, "fold", test.condition.key)
        else:
            truth = _typed(operator, tokens, text, alphabet, case)
        truths.append(all_of((case.when(when), truth)))  # type: ignore[arg-type]  # likewise
    return any_of((*truths, *_rest(test, alphabet.shown(text), case)))


def _typed(operator: Operator, tokens: PatternTokens, text: str, alphabet: Alphabet, case: Case) -> Truth:
    if any(isinstance(token, Symbol) for token in tokens) or alphabet.is_open(text):
        symbol = next((token for token in tokens if isinstance(token, Symbol)), None) or alphabet.symbol(text)
        return case.truth(Atom((operator.family, operator.relation, tokens, text), (True, False), symbol))
    wanted = "".join(token for token in tokens if isinstance(token, str))
    read = _READ[operator.family]
    mine, its = read(text), read(wanted)
    if mine is None or its is None:
        return Truth.FALSE
    if operator.family == "ip":
        return Truth.of(mine.version == its.version and mine.subnet_of(its))  # type: ignore[attr-defined]  # networks
    return Truth.of(_COMPARED[operator.relation](mine, its))


def _unreadable(operator: Operator, tokens: PatternTokens | None) -> bool:
    """Whether a value of a policy certainly has no meaning under its operator."""
    if tokens is None or any(isinstance(token, Symbol) for token in tokens):
        return False
    return _READ[operator.family]("".join(token for token in tokens if isinstance(token, str))) is None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _date(text: str) -> float | None:
    """Seconds since 1970. Source: IAM User Guide, "Date condition operators": the W3C's forms of ISO 8601, or epoch seconds."""
    import datetime as dt

    if (number := _number(text)) is not None:
        return number
    if _MONTH.fullmatch(text):
        text += "-01"
    try:
        moment = dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _network(text: str) -> object:
    import ipaddress

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


_READ: Mapping[str, Callable[[str], object]] = {"numeric": _number, "date": _date, "ip": _network}


def representatives(tests: Sequence[Test], alphabet: Alphabet, *, multivalued: bool) -> tuple[Hashable, ...] | None:
    """Values of one key such that any value behaves like one of them under all its tests; None when that cannot be told.

    Args:
        tests: all tests of the key, of all policies.
        alphabet: of the request.
        multivalued: whether the key has several values; a representative is then a tuple.
    """
    operators = {test.operator for test in tests if test.operator is not None and test.operator.family != "null"}
    families = {operator.family for operator in operators}
    texts: list[str]
    if families <= {"equals", "fold", "like", "arn"}:
        found = _texts(tests, alphabet)
        if found is None:
            return None
        texts = found
    elif len(families) == 1 and not any(_has_holes(test) for test in tests):
        wanted = [
            "".join(token for token in tokens if isinstance(token, str))
            for test in tests
            for _, tokens, _ in test.patterns
            if tokens
        ]
        texts = _addresses(wanted) if families == {"ip"} else _numbers(wanted, dates=families == {"date"})
    else:
        return None
    if len(texts) > _MOST:
        return None
    if not multivalued:
        return tuple(texts)
    if len(texts) > 5:
        return None
    return tuple(tuple(text for index, text in enumerate(texts) if chosen >> index & 1) for chosen in range(1, 1 << len(texts)))


def _has_holes(test: Test) -> bool:
    return any(isinstance(token, Symbol) for _, tokens, _ in test.patterns for token in tokens or ())


def _texts(tests: Sequence[Test], alphabet: Alphabet) -> list[str] | None:
    patterns: dict[Tokens, None] = {}
    for test in tests:
        for _, tokens, _ in test.patterns:
            if tokens is None or (test.operator and test.operator.family == "null"):
                continue
            widened = alphabet.widened(tokens)
            patterns[widened] = None
            if test.operator and test.operator.family == "fold":
                patterns[tuple(token.upper() if isinstance(token, str) else token for token in widened)] = None
    try:
        return list(classes((Wild.MANY,), list(patterns), limit=20_000).values())
    except TooManyStates:
        return None


def _addresses(wanted: Iterable[str]) -> list[str]:
    import ipaddress

    networks = [network for text in wanted if (network := _network(text)) is not None]
    found: list[str] = []
    for version, top in ((4, 2**32), (6, 2**128)):
        make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        cuts = {0}
        for network in networks:
            if network.version == version:  # type: ignore[attr-defined]  # networks
                cuts |= {int(network.network_address), int(network.broadcast_address) + 1}  # type: ignore[attr-defined]  # likewise
        found.extend(str(make(cut)) for cut in sorted(cuts) if cut < top)
    return found


def _numbers(wanted: Iterable[str], *, dates: bool) -> list[str]:
    read = _date if dates else _number
    points = sorted({number for text in wanted if (number := read(text)) is not None}) or [0.0]
    between = [(one + other) / 2 for one, other in itertools.pairwise(points)]
    return [repr(number) for number in sorted({points[0] - 1, *points, *between, points[-1] + 1})]
