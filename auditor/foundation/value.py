"""Values as code resolves them, and what it leaves unresolved.

A value that the code does not resolve is never a plain Python value, so nobody can read it by accident: it is an `Unknown`, a `Template`
with holes, a `Choice` between two branches, or a list or map with an unknown `rest`. Each of them names the `Symbol` it depends on. Equal
symbols mean equal values, wherever they occur; that is how a proof by cases keeps correlated occurrences together.

Equality of values ignores where they were written (`location`, `origin`, `source_map`).
"""

from __future__ import annotations

import enum
import functools
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeGuard

from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass, unguarded
from auditor.lazy.expressions import regex

Scalar = str | int | float | bool | None


class Truth(enum.Enum):
    """Kleene's three truth values."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @staticmethod
    def of(value: bool) -> Truth:
        """TRUE or FALSE for a Python bool."""
        return Truth.TRUE if value else Truth.FALSE


def negate(truth: Truth) -> Truth:
    """Not: UNKNOWN stays UNKNOWN."""
    return Truth.UNKNOWN if truth is Truth.UNKNOWN else Truth.of(truth is Truth.FALSE)


def all_of(truths: Iterable[Truth]) -> Truth:
    """And: FALSE if any is, else UNKNOWN if any is, else TRUE."""
    answer = Truth.TRUE
    for truth in truths:
        if truth is Truth.FALSE:
            return truth
        if truth is Truth.UNKNOWN:
            answer = truth
    return answer


def any_of(truths: Iterable[Truth]) -> Truth:
    """Or: TRUE if any is, else UNKNOWN if any is, else FALSE."""
    answer = Truth.FALSE
    for truth in truths:
        if truth is Truth.TRUE:
            return truth
        if truth is Truth.UNKNOWN:
            answer = truth
    return answer


class Domain(enum.Enum):
    """What kind of thing a symbol stands for, where that alone resolves some comparisons.

    ANY: nothing is known of the value.
    ACCOUNT: an account id of the customer's: twelve digits, and never the account of the external platform.
    REGION: a region code, without wildcards.
    BUCKET: the name of one bucket resource of the code; two such symbols with different names are different buckets.
    KEY: the id of one KMS key resource of the code; likewise.
    NETWORK: the id of one VPC or VPC endpoint of the code, through which no request of the external platform comes.
    IDENTITY: the unique id that AWS gives one role or CloudFront identity of the code, which no caller outside the code has.
    ARN: an ARN that AWS assigns; without wildcards, and never null.
    ASSIGNED: some other value that the provider assigns at deployment; without wildcards, equal only to itself and, perhaps, to text.
    """

    ANY = "any"
    ACCOUNT = "account"
    REGION = "region"
    BUCKET = "bucket"
    KEY = "key"
    NETWORK = "network"
    IDENTITY = "identity"
    ARN = "arn"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is known of a symbol: when a condition is true (where a value is a constant, or where other conditions are so), or what a value can be.

    Attributes:
        name: of the symbol that means this; one that is renamed means it no longer.
        subject: the name of the unresolved value; empty where `tree` says when the condition is true.
        constant: what the value is where the condition is true, written so that different constants differ.
        possible: all constants that the value can be; empty where that is not known.
        tree: choices between conditions, whose leaves are true and false.
        plain: whether the value is text of letters, digits and hyphens, whatever it is.
        type: of what type the value is, in the terms of the language that declares it; None where that is not known.
        made_up: whether the value is a name that CloudFormation makes up: letters, digits and hyphens, of which the last part is drawn.
        in_name: whether the value is the name of a bucket, or a part of one, where this is said.
        branched: whether the code writes the value, in branches of which it is not known which one is taken.
        encoded: what the value is the JSON encoding of; None where it is none.
        among: where the value is the last one given of several, these; empty for any other value.
        joined: where the value is the items of a list in one text, what stands between them and some item, none of which has a comma.
        each: of what stands for the further items of a list, what each of them looks like: a text with a hole that is another one for each.
    """

    name: str
    subject: str = ""
    constant: str = ""
    possible: tuple[str, ...] = ()
    tree: Value | None = None
    plain: bool = False
    type: object = None
    made_up: bool = False
    in_name: bool = False
    branched: bool = False
    encoded: Value | None = None
    among: frozenset[str] = frozenset()
    joined: tuple[str, Symbol] | None = None
    each: Value | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that the value can be; none where that is not known, or one of them is not a plain text."""
        plain = tuple(one[1:-1] for one in self.possible if one[:1] == one[-1:] == '"' and _ESCAPES.isdisjoint(one))
        return plain if len(plain) == len(self.possible) else ()


# Python itself refuses to convert more than 4,300.
_MOST_DIGITS = 4000
_ESCAPES = frozenset("\\$%")
CUT = "…"
"""Follows what is kept of a long name; what tells it apart from other long ones comes after, and is never shown."""
_LONGEST_SHOWN = 100
_IDENTITY = regex(CUT + r"[0-9a-f]{16}")
_LINE_END = regex("\n")


def as_shown(name: str) -> str:
    """A canonical name, cut to what a reader can use."""
    shown = _IDENTITY.sub(CUT, name) if CUT in name else name
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1].rstrip()}{CUT}"


@unguarded
class Symbol:
    """A value, or the truth of a condition, that the code leaves unresolved.

    Attributes:
        name: canonical name; two symbols of one name are one value ("var.role_arn", "module.data.aws_s3_bucket.images.id").
        reason: why it is unknown, as a clause ("var.role_arn has no default").
        hint: what the user can do to resolve it, as an imperative clause ("give it with --var role_arn=…"); may be empty.
        location: where it is declared, when that is known.
        domain: see `Domain`.
        meaning: what is known of it; to be read as `meant`.
    """

    name: str
    reason: str = field(compare=False)
    hint: str = field(default="", compare=False)
    location: Location | None = field(default=None, compare=False)
    domain: Domain = field(default=Domain.ANY, compare=False)
    meaning: Meaning | None = field(default=None, compare=False, repr=False)

    @property
    def written(self) -> str:
        """The name as it is shown: like the code that an author wrote, and never longer than a line or so."""
        return as_shown(self.name)

    @property
    def meant(self) -> Meaning | None:
        """What is known of it; None for nothing, and for a symbol that has another name than what is known is about."""
        return self.meaning if self.meaning is not None and self.meaning.name == self.name else None


@unguarded
class When:
    """A conjunction of unresolved conditions: under which something is there at all.

    Attributes:
        literals: pairs of a symbol that stands for a condition and the truth it must have.
    """

    literals: frozenset[tuple[Symbol, bool]] = frozenset()

    def and_(self, symbol: Symbol, truth: bool = True) -> When:
        """This conjunction and one more literal, without what that implies: what equals one constant equals no other. `!x` is kept as x."""
        if symbol.name.startswith("!"):
            symbol, truth = replace(symbol, name=symbol.name[1:]), not truth
        added, others = (symbol, truth), self.literals
        if truth and symbol.meant is not None and symbol.meant.subject:
            others = frozenset(one for one in others if one[1] or not exclude(symbol, one[0]))
        return When(others | {added})

    def also(self, other: When) -> When:
        """Both conjunctions."""
        return When(self.literals | other.literals) if other.literals else self

    @property
    def contradictory(self) -> bool:
        """Whether some condition would have to be both true and false, or some value two constants."""
        if len(self.literals) < 2:
            return False
        if len({symbol for symbol, _ in self.literals}) < len(self.literals):
            return True
        meant = [(meaning, truth) for symbol, truth in self.literals if (meaning := symbol.meant) and meaning.subject]
        true = {(one.subject, one.constant) for one, truth in meant if truth}
        return len(true) > len({subject for subject, _ in true}) or (any(one.among for one, _ in meant) and cannot_be_last(meant))

    def symbols(self) -> tuple[Symbol, ...]:
        """The conditions, sorted by name."""
        return tuple(sorted((symbol for symbol, _ in self.literals), key=lambda symbol: symbol.name))


ALWAYS = When()


def cannot_be_last(taken: Iterable[tuple[Meaning, bool]]) -> bool:
    """Whether nothing can be given, in whatever order, such that some are, and some are not, the last of those among which each is meant."""
    return _in_no_order(frozenset((one.among, one.constant, truth) for one, truth in taken if one.among))


@functools.lru_cache(maxsize=4096)
def _in_no_order(taken: frozenset[tuple[frozenset[str], str, bool]]) -> bool:
    asked: dict[frozenset[str], tuple[set[str], set[str]]] = {}
    for among, one, truth in taken:
        asked.setdefault(among, (set(), set()))[0 if truth else 1].add(one)
    while any(last for last, _ in asked.values()):
        # What may come after all others changes nothing for those among which it is not.
        fitting = (
            one
            for one in frozenset().union(*asked)
            if all(last <= {one} and one not in others for among, (last, others) in asked.items() if one in among)
        )
        latest = next(fitting, None)
        if latest is None:
            return True
        asked = {among: said for among, said in asked.items() if latest not in among}
    return False


def exclude(one: Symbol, other: Symbol) -> bool:
    """Whether two conditions are never true together."""
    return When(frozenset({(one, True), (other, True)})).contradictory


def implied(condition: Symbol, known: Symbol, truth: bool) -> bool | None:
    """Whether a condition is true, where that follows from the truth of another one; None where it does not."""
    if (truth or _are_last(condition, known)) and When(frozenset({(condition, True), (known, truth)})).contradictory:
        return False
    if _are_last(condition, known) and When(frozenset({(condition, False), (known, truth)})).contradictory:
        return True
    return None


def _are_last(*conditions: Symbol) -> bool:
    return all(condition.meant is not None and condition.meant.among for condition in conditions)


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the lines of a text that spans lines were written.

    Attributes:
        path: the file.
        starts: (offset in the text, line, column) of the start of each piece, ascending; a hole of a template counts as one character.
        insides: (start, end, where it is from) of each piece of several lines that an expression became, ascending: its own source map, or
            the place of the expression.
    """

    path: str
    starts: tuple[tuple[int, int, int], ...]
    insides: tuple[tuple[int, int, SourceMap | Location], ...] = ()

    @staticmethod
    def of_file(path: str) -> SourceMap:
        """That of the whole text of a file."""
        return SourceMap(path, ((0, 1, 1),))

    def locate(self, start: int, end: int, text: str) -> Location:
        """The region of `text[start:end]`; `text` has one character for each hole."""
        inside = self._inside(start)
        if inside is not None:
            begun, ended, written = inside
            if isinstance(written, Location):
                return written
            return written.locate(start - begun, min(end, ended) - begun, _part(text, begun, ended))
        line, column = self.place(start, text)
        end_line, end_column = self.place(max(start, end - 1), text)
        if (end_line, end_column) < (
            line,
            column,
        ):  # it starts inside what an expression became, which is longer than the expression
            line, column = next(one for at, *one in reversed(self.starts) if at <= start)
        return Location(self.path, line, column, end_line, end_column + 1)

    def place(self, offset: int, text: str) -> tuple[int, int]:
        """Line and column of one character of the text; of one that an expression became, where the expression begins."""
        inside = self._inside(offset)
        offset = offset if inside is None else inside[0]
        piece = bisect_right(self.starts, offset, key=lambda start: start[0])
        begun, line, column = self.starts[piece - 1] if piece else (0, 1, 1)
        ends = _line_ends(text)
        first, after = bisect_left(ends, begun), bisect_left(ends, offset)
        if first < after:
            return line + after - first, offset - ends[after - 1]
        return line, column + offset - begun

    def _inside(self, offset: int) -> tuple[int, int, SourceMap | Location] | None:
        """The piece that an expression became and that has a character."""
        at = bisect_right(self.insides, offset, key=lambda piece: piece[0])
        return self.insides[at - 1] if at and offset < self.insides[at - 1][1] else None


# A document has places for all its values, and each of them is found in the same text.
@functools.lru_cache(maxsize=8)
def _line_ends(text: str) -> Sequence[int]:
    return array("I", (match.start() for match in _LINE_END.finditer(text)))


@functools.lru_cache(maxsize=8)
def _part(text: str, begun: int, ended: int) -> str:
    return text[begun:ended]


@unguarded
class Known:
    """A resolved string, number, bool, or null.

    Attributes:
        value: the scalar; None is null, which for an argument means "not written".
        location: where it is written.
        origin: the address of the resource that it was read from (`module.a.aws_s3_bucket.b`), when it was read from one.
        source_map: for text of several lines.
    """

    value: Scalar
    location: Location | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)
    source_map: SourceMap | None = field(default=None, compare=False)


@unguarded
class Unknown:
    """A value that the code leaves wholly unresolved: it may be of any type unless the symbol's domain says otherwise."""

    symbol: Symbol
    location: Location | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)


@unguarded
class Template:
    """Text with holes; at least one part is a symbol, and no two literal parts are neighbours."""

    parts: tuple[str | Symbol, ...]
    location: Location | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)
    source_map: SourceMap | None = field(default=None, compare=False)


class Compound:
    """What is made of other values.

    Attributes:
        extent: how many values it is made of, kept here by who counted them (`sources.terraform.values.failure`); not there before that.
    """

    __slots__ = ("extent",)

    extent: int


@unguarded
class JsonText(Compound):
    """The JSON encoding of a value (`jsonencode(…)`, a rendered policy document), kept structured."""

    content: Value
    location: Location | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)


@unguarded
class Choice(Compound):
    """`then` where the condition holds, `otherwise` where it does not.

    Attributes:
        condition: decides.
        then: where it holds.
        otherwise: where it does not.
        location: where it is written.
        written: the whole as its author refers to it ("local.sizes[var.env].large"), where that is a name that means this and nothing else.
    """

    condition: Symbol
    then: Value
    otherwise: Value
    location: Location | None = field(default=None, compare=False)
    written: str = field(default="", compare=False)


@unguarded
class ListValue(Compound):
    """A list, tuple or set.

    Attributes:
        items: the known items in order; a null item is not an item.
        rest: stands for zero or more further items at any position, when not all are known.
        is_set: items are unordered and distinct.
        order: of a list where no position is known of any item (it was made of a set, or sorted): the list by what gives it its order, since
            others of the same items have them elsewhere; empty where positions are known.
        each: what every item of the rest looks like, where that is known: a text with a hole that is another one for each.
    """

    items: tuple[Value, ...]
    location: Location | None = field(default=None, compare=False)
    rest: Symbol | None = None
    is_set: bool = False
    each: Template | None = field(default=None, compare=False)
    order: str = ""


@unguarded
class MapValue(Compound):
    """A map or object; treated as immutable.

    Attributes:
        entries: by key, in the order of writing.
        rest: stands for zero or more further entries with other keys, when not all are known.
        key_locations: where the keys are written, as far as known.
    """

    entries: Mapping[str, Value]
    location: Location | None = field(default=None, compare=False)
    rest: Symbol | None = None
    key_locations: Mapping[str, Location] = field(default_factory=dict, compare=False)


Text = Known | Template | Unknown
Value = Known | Unknown | Template | JsonText | Choice | ListValue | MapValue

NULL = Known(None)


def is_null(value: Value) -> bool:
    """Whether the value is certainly null, that is, not written."""
    return isinstance(value, Known) and value.value is None


def scalar_text(value: Scalar) -> str:
    """A scalar as Terraform and JSON turn it into text: `true`, `12`, `1.5`; null is empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def whole(digits: str) -> int | float:
    """The number that decimal digits are, with a sign or not; one of thousands of digits, which take time with their square, is infinite."""
    return int(digits) if len(digits) <= _MOST_DIGITS else math.copysign(math.inf, -1 if digits.startswith("-") else 1)


def is_text(value: Value) -> TypeGuard[Text]:
    """Whether the value is a scalar or text, holes or not; an unknown value may be of any type."""
    return isinstance(value, (Known, Template, Unknown))


def origin_of(value: Value | None) -> str | None:
    """The address of the resource that a value was read from; None when it was read from none."""
    return value.origin if isinstance(value, (Known, Template, Unknown, JsonText)) else None


def shown(parts: Sequence[str | Symbol], hole: str = "") -> str:
    """Literal parts and holes as one string.

    Args:
        parts: of a text.
        hole: how a hole is shown; `{}` stands for its name. By default a text that is nothing but a hole is its name, and a hole within a text stands in
            angle brackets.
    """
    hole = hole or ("<{}>" if len(parts) > 1 else "{}")
    return "".join(part if isinstance(part, str) else hole.replace("{}", part.name) for part in parts)


def children(value: Value) -> Iterator[Value]:
    """The values that a value is made of, in the order of reading: what JSON text holds, branches, items, entries."""
    match value:
        case JsonText(content):
            yield content
        case Choice(_, then, otherwise):
            yield then
            yield otherwise
        case ListValue(items):
            yield from items
        case MapValue(entries):
            yield from entries.values()


def texts_in(value: Value) -> Iterator[Text]:
    """Every text, scalar and hole that a value is made of, in the order of reading."""
    if is_text(value):
        yield value
    for child in children(value):
        yield from texts_in(child)


def alternatives(value: Value, when: When = ALWAYS) -> Iterable[tuple[When, Value]]:
    """The branches of nested choices, each with the conditions under which it is taken; no branch is a `Choice`."""
    return _branches(value, when) if isinstance(value, Choice) else ((when, value),)


def _branches(value: Choice, when: When) -> Iterator[tuple[When, Value]]:
    for truth, branch in ((True, value.then), (False, value.otherwise)):
        taken = when.and_(value.condition, truth)
        if not taken.contradictory:
            yield from alternatives(branch, taken)


def text_parts(value: Text) -> tuple[str | Symbol, ...]:
    """A text as literal parts and holes; empty for the empty string."""
    if isinstance(value, Known):
        text = value.value if isinstance(value.value, str) else scalar_text(value.value)
        return (text,) if text else ()
    return value.parts if isinstance(value, Template) else (value.symbol,)


def text_of(parts: Iterable[str | Symbol], location: Location | None = None, origin: str | None = None) -> Text:
    """The simplest value for literal parts and holes: neighbouring literals are joined, one hole alone is an `Unknown`."""
    joined: list[str | Symbol] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    if not joined:
        return Known("", location, origin)
    if len(joined) == 1:
        only = joined[0]
        return Known(only, location, origin) if isinstance(only, str) else Unknown(only, location, origin)
    return Template(tuple(joined), location, origin)


def arn_part(arn: Value, at: int) -> Text | None:
    """A colon-separated part of an ARN, counted from 0 (4 is the account, 5 all that follows); None when it is not evident."""
    if not isinstance(arn, Known | Template) or is_null(arn):
        return None
    fields: list[list[str | Symbol]] = [[]]
    for part in text_parts(arn):
        if isinstance(part, Symbol):
            fields[-1].append(part)
            continue
        for count, piece in enumerate(part.split(":", 6 - len(fields))):
            if count:
                fields.append([])
            fields[-1].append(piece)
    if len(fields) != 6 or fields[0] != ["arn"]:
        return None
    return text_of(fields[at], arn.location)


def symbols_in(value: Value) -> Iterator[Symbol]:
    """Every symbol that a value depends on, in the order of reading, repetitions included."""
    match value:
        case Known():
            return
        case Unknown(symbol):
            yield symbol
        case Template(parts):
            yield from (part for part in parts if isinstance(part, Symbol))
        case JsonText(content):
            yield from symbols_in(content)
        case Choice(condition, then, otherwise):
            yield condition
            yield from symbols_in(then)
            yield from symbols_in(otherwise)
        case ListValue(items, _, rest):
            for item in items:
                yield from symbols_in(item)
            if rest:
                yield rest
        case MapValue(entries, _, rest):
            for entry in entries.values():
                yield from symbols_in(entry)
            if rest:
                yield rest
