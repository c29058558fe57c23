"""Condition blocks: tests made ready for one question, and whether they are met.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or values",
"Multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from auditor.foundation.cases import Atom, Choices
from auditor.foundation.value import Domain, Symbol, Template, Text, Truth, When, all_of, any_of, negate
from auditor.lazy.classes import dataclass
from auditor.policy.document import Condition
from auditor.policy.evaluation.alphabet import Alphabet
from auditor.policy.evaluation.match import compile_pattern, match
from auditor.policy.evaluation.operators import RELATIONS, TEXTUAL, Family, Operator, Quantifier, read_operator
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import Lookup, PatternTokens, arn_pattern, first_hole, has_hole, literal_text
from auditor.policy.evaluation.presence import MULTIVALUED
from auditor.policy.evaluation.scalar import READ, READ_ORDERED, read_network, within

# What these keys name need not be the bucket or key that is asked about: another one of the code may be it.
_OF_ANY_RESOURCE = ("aws:sourcearn",)


class Free:
    """What stands for an unknown value of which nothing but "does this test match" can be told apart."""


FREE = Free()
Values = str | tuple[str, ...] | None | Free | Truth
"""The value of a key in a case: its text, its texts, None when the request does not have it, FREE, or UNKNOWN when that is unknown."""


@dataclass(frozen=True, slots=True)
class ValuePattern:
    """One value of a condition.

    Attributes:
        when: the unresolved conditions under which it is there.
        tokens: it, made ready; None when it can match nothing.
        written: how it is written.
        short: whether it is a pattern over ARNs that has not the six parts of one.
    """

    when: When
    tokens: PatternTokens | None
    written: str
    short: bool = False


@dataclass(frozen=True, slots=True)
class ConditionTest:
    """A condition made ready.

    Attributes:
        condition: it.
        operator: None where there is no such one.
        key: in lower case.
        patterns: its values.
        each: what each of those looks like for which each symbol of the rest of its values stands; None where that is not known.
    """

    condition: Condition
    operator: Operator | None
    key: str
    patterns: tuple[ValuePattern, ...]
    each: tuple[ValuePattern | None, ...] = ()

    @property
    def compared(self) -> tuple[object, ...]:
        """How a value of the request is compared with each of those in the policy."""
        family, relation = (self.operator.family, self.operator.relation) if self.operator else (None, "")
        return family, relation, self.key

    @property
    def asked(self) -> tuple[object, ...]:
        """What tells tests apart, of which only the answer is known."""
        return *self.compared, self.patterns, self.condition.values.rest


def compile_test(condition: Condition, alphabet: Alphabet, variables: bool | Symbol, lookup: Lookup) -> ConditionTest:
    """A condition with its operator read and its values compiled."""
    operator = read_operator(condition.operator)
    family = operator.family if operator else Family.EQUALS
    allowed = variables if family in TEXTUAL else False

    def pattern(text: Text, when: When, written: str) -> ValuePattern:
        tokens = compile_pattern(text, alphabet, allowed, lookup, wild=family in (Family.LIKE, Family.ARN))
        prepared = None if tokens is None else _prepared(family, tokens)
        return ValuePattern(when, prepared, written, short=tokens is not None and prepared is None)

    patterns = tuple(pattern(item.text, item.when, item.written) for item in condition.values.items)
    each = tuple(
        pattern(symbol.meant.each, when, symbol.name) if symbol.meant and isinstance(symbol.meant.each, Template) else None
        for when, symbol in condition.values.rest
    )
    return ConditionTest(condition, operator, condition.key.lower(), patterns, each)


def _prepared(family: Family, tokens: PatternTokens) -> PatternTokens | None:
    if family is Family.ARN:
        return arn_pattern(tokens)
    if family is Family.ANY_CASE:
        return tuple(token.lower() if isinstance(token, str) else token for token in tokens)
    return tokens


def evaluate(test: ConditionTest, value: Values, alphabet: Alphabet, case: PartialCase) -> Truth:
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
        return case.truth(Atom(("operator", test.condition.operator, *test.asked), (True, False), symbol))
    if isinstance(value, Truth):
        return Truth.UNKNOWN
    if operator.family is Family.NULL:
        return _null(test, value, case)
    if value is None:
        return _missing(test, operator, case)
    if what := _undocumented(test, operator, value):
        return _unresolved(test, what, case)
    if isinstance(value, Free):
        return _free(test, operator, case)
    return _known(test, operator, value, alphabet, case)


def _missing(test: ConditionTest, operator: Operator, case: PartialCase) -> Truth:
    """A key that the request does not have."""
    if operator.quantifier is Quantifier.ALL:
        return Truth.TRUE
    if operator.quantifier is Quantifier.SOME:
        what = "IfExists with ForAnyValue and a key that the request does not have"
        return _unresolved(test, what, case) if operator.if_exists else Truth.FALSE
    return Truth.of(operator.negated or operator.if_exists)


def _free(test: ConditionTest, operator: Operator, case: PartialCase) -> Truth:
    """A key of which nothing but "does this test match" can be told apart: of several values, all, some or none may match."""
    key = test.condition.key
    symbol = Symbol(key, f"what {key} is in a request is not known from code")
    rest = (symbol.written for _, symbol in test.condition.values.rest)
    shown = ", ".join((*(pattern.written for pattern in test.patterns), *rest))
    yes, no = f"{key} matches {shown}", f"{key} does not match {shown}"
    if operator.quantifier is Quantifier.ONE:
        met = case.truth(Atom(("test", *test.asked), (True, False), symbol, (yes, no)))
        return negate(met) if operator.negated else met
    labels = (f"every value of {yes}", f"some values of {key} match {shown}, and others do not", f"no value of {yes}")
    matching = case.option(Atom(("tests", *test.asked), ("all", "some", "none"), symbol, labels))
    if matching is None:
        return Truth.UNKNOWN
    met_by_all, met_by_none = ("none", "all") if operator.negated else ("all", "none")
    return Truth.of(matching == met_by_all if operator.quantifier is Quantifier.ALL else matching != met_by_none)


def _undocumented(test: ConditionTest, operator: Operator, value: Values) -> str:
    """What AWS does not document of a test of a key that the request has; empty when there is nothing."""
    if operator.quantifier is Quantifier.ONE and (test.key in MULTIVALUED or isinstance(value, tuple)):
        # Source: IAM User Guide, "Multivalued context keys": they need ForAllValues or ForAnyValue.
        return "a test of a key with several values without ForAllValues or ForAnyValue"
    short = [pattern for pattern in test.patterns if pattern.short]
    if operator.negated and short:
        return "an ARN pattern without six parts under a negated operator"
    if any(pattern.written == "*" for pattern in short):
        # Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators": each of the six parts is compared; but this has none.
        return "whether the ARN pattern '*' matches every ARN"
    if operator.boolean and any(_not_boolean(one.tokens) for one in test.patterns):
        return "Bool with a value that is neither true nor false"
    if operator.negated and operator.family in READ and any(_unreadable(operator, one.tokens) for one in test.patterns):
        return f"a value that cannot be read as {_KIND[operator.family]} under a negated operator"
    return ""


_KIND = {Family.NUMERIC: "a number", Family.DATE: "a date", Family.ADDRESS: "an IP address"}


def _unreadable(operator: Operator, tokens: PatternTokens | None) -> bool:
    """Whether a value of a policy certainly has no meaning under its operator."""
    return tokens is not None and not has_hole(tokens) and READ[operator.family](literal_text(tokens)) is None


def _not_boolean(tokens: PatternTokens | None) -> bool:
    """Whether a value of a policy is certainly no truth."""
    return tokens is not None and not has_hole(tokens) and literal_text(tokens) not in ("true", "false")


def _known(test: ConditionTest, operator: Operator, value: str | tuple[str, ...], alphabet: Alphabet, case: PartialCase) -> Truth:
    """A key with a text, or with texts."""
    each = [_one(test, operator, text, alphabet, case) for text in ((value,) if isinstance(value, str) else value)]
    if operator.negated:
        each = [negate(truth) for truth in each]
    return all_of(each) if operator.quantifier is Quantifier.ALL else any_of(each)


def _unresolved(test: ConditionTest, what: str, case: PartialCase) -> Truth:
    """The truth of a test whose meaning AWS does not document."""
    condition = test.condition
    symbol = Symbol(
        f"{condition.operator} {condition.key}", f"AWS does not document {what}", "write it plainly", condition.location
    )
    return case.truth(Atom(("unresolved", condition.operator, *test.asked), (True, False), symbol))


def _null(test: ConditionTest, value: Values, case: PartialCase) -> Truth:
    truths = []
    for pattern in test.patterns:
        hole = first_hole(pattern.tokens or ())
        if hole is None and pattern.written.lower() not in ("true", "false"):
            truth = _unresolved(test, "Null with a value that is neither true nor false", case)
        elif hole is None:
            truth = Truth.of((value is None) == (pattern.written.lower() == "true"))
        else:
            labels = (f"{hole.name} is true", f"{hole.name} is false")
            wanted = case.option(Atom(("null", pattern.tokens), (True, False), hole, labels))
            truth = Truth.UNKNOWN if wanted is None else Truth.of((value is None) is wanted)
        truths.append(all_of((case.when(pattern.when), truth)))
    return any_of((*truths, *_rest(test, "null", case)))


def _rest(
    test: ConditionTest, text: str, case: PartialCase, can_be: Callable[[ValuePattern], bool] = lambda _: True
) -> Iterator[Truth]:
    """Whether what is unresolved of the values has one that matches; not where none can, by what each of them looks like."""
    for (when, symbol), each in zip(test.condition.values.rest, test.each, strict=True):
        if each is not None and not can_be(each):
            continue
        labels = (f"{symbol.written} has a value that matches {text}", f"{symbol.written} has no value that matches {text}")
        yield all_of(
            (case.when(when), case.truth(Atom(("rest", symbol.name, *test.compared, text), (True, False), symbol, labels)))
        )


def _one(test: ConditionTest, operator: Operator, text: str, alphabet: Alphabet, case: PartialCase) -> Truth:
    """Whether one value of the request matches one of the values of the policy."""
    truths = []

    def matched(tokens: PatternTokens, within: PartialCase) -> Truth:
        return MATCHERS[operator.family](operator, tokens, text, MatchContext(test.condition.key, alphabet, within))

    def can_be(pattern: ValuePattern) -> bool:
        return pattern.tokens is None or matched(pattern.tokens, PartialCase(Choices({}))) is not Truth.FALSE

    for pattern in test.patterns:
        if pattern.tokens is None:
            continue
        truth = matched(pattern.tokens, case)
        truths.append(truth if truth is Truth.FALSE else all_of((case.when(pattern.when), truth)))
    return any_of((*truths, *_rest(test, alphabet.shown(text), case, can_be)))


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What a value of the request is compared in: its key, the alphabet of the request, and the case."""

    key: str
    alphabet: Alphabet
    case: PartialCase


def of_any_resource(key: str, tokens: PatternTokens) -> PatternTokens:
    """A pattern over a context key, its holes open where what the key names need not be the bucket or key that is asked about."""
    if key.lower() not in _OF_ANY_RESOURCE:
        return tokens
    return tuple(replace(token, domain=Domain.ANY) if isinstance(token, Symbol) else token for token in tokens)


def _textual(operator: Operator, tokens: PatternTokens, text: str, subject: MatchContext) -> Truth:
    apart = of_any_resource(subject.key, subject.alphabet.apart(tokens, text))
    return match(apart, text, subject.alphabet, subject.case, operator.family.value, subject.key)


def _any_case(operator: Operator, tokens: PatternTokens, text: str, subject: MatchContext) -> Truth:
    return _textual(operator, tokens, text.lower(), subject)


def _scalar(operator: Operator, tokens: PatternTokens, text: str, subject: MatchContext) -> Truth:
    """A number or date: compared as what it is read as; what cannot be read is compared with nothing."""
    hole = _hole(tokens, text, subject.alphabet)
    if hole is not None:
        return subject.case.truth(Atom((operator.family.value, operator.relation, tokens, text), (True, False), hole))
    read = READ_ORDERED[operator.family]
    mine, its = read(text), read(literal_text(tokens))
    return Truth.of(mine is not None and its is not None and RELATIONS[operator.relation](mine, its))


def _address(operator: Operator, tokens: PatternTokens, text: str, subject: MatchContext) -> Truth:
    hole = _hole(tokens, text, subject.alphabet)
    if hole is not None:
        return subject.case.truth(Atom((operator.family.value, operator.relation, tokens, text), (True, False), hole))
    mine, its = read_network(text), read_network(literal_text(tokens))
    return Truth.of(mine is not None and its is not None and within(mine, its))


def _hole(tokens: PatternTokens, text: str, alphabet: Alphabet) -> Symbol | None:
    return first_hole(tokens) or (alphabet.symbol(text) if alphabet.is_open(text) else None)


MATCHERS: Mapping[Family, Callable[[Operator, PatternTokens, str, MatchContext], Truth]] = {
    Family.EQUALS: _textual,
    Family.LIKE: _textual,
    Family.ARN: _textual,
    Family.ANY_CASE: _any_case,
    Family.NUMERIC: _scalar,
    Family.DATE: _scalar,
    Family.ADDRESS: _address,
}
