"""Functions on strings."""

from __future__ import annotations

import decimal
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.aws import holes
from auditor.aws.holes import Parts
from auditor.foundation.value import (
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Truth,
    Unknown,
    Value,
    is_null,
    text_of,
    text_parts,
)
from auditor.lazy.expressions import regex
from auditor.sources.choices import distribute
from auditor.sources.naming import derived, name_of, quoted, shortened, some_item
from auditor.sources.numbers import number_text
from auditor.sources.terraform.functions.registry import (
    FUNCTIONS,
    Arguments,
    FunctionError,
    NotEvaluated,
    each_alone,
    is_too_long,
    strict,
    structural,
    text_argument,
)
from auditor.sources.terraform.values.declared import declared
from auditor.sources.terraform.values.failure import Failed, failed
from auditor.sources.terraform.values.json_encoding import encode, encode_string, json_text, normal
from auditor.sources.terraform.values.types import has_order, to_bool, to_number, to_string

if TYPE_CHECKING:
    from auditor.sources.regular_expression import Match, Pattern

Made = TypeVar("Made")

# Domains whose values have lower-case letters only.
_LOWER_CASE = (Domain.ACCOUNT, Domain.REGION, Domain.BUCKET, Domain.KEY)
# Domains whose values hold neither a blank nor a `%`.
_WITHOUT_BLANKS = _LOWER_CASE


def _mapped(name: str, change: Callable[[str], str], keeps: tuple[Domain, ...]) -> None:
    """Registers a function that changes each character by itself, so that a template keeps its holes."""

    @structural(name, 1, 1, makes="string", takes=("string",))
    def run(arguments: Arguments) -> Value:
        text = text_argument(arguments.values[0])
        if isinstance(text, Failed):
            return text
        parts: list[str | Symbol] = []
        for part in text_parts(text):
            if isinstance(part, str):
                parts.append(normal(change(part)))
            elif part.domain in keeps:
                parts.append(part)
            else:
                parts.append(derived(f"{name}({part.name})", Unknown(part)).symbol)
        return text_of(parts, arguments.location)


_mapped("lower", lambda text: "".join(map(_lower, text)), _LOWER_CASE)
_mapped("upper", lambda text: "".join(map(_upper, text)), (Domain.ACCOUNT,))


def _lower(character: str) -> str:
    # Go maps each code point to one; Python may map one to several.
    lowered = character.lower()
    return lowered if len(lowered) == 1 else "i" if character == "İ" else character


def _upper(character: str) -> str:
    raised = character.upper()
    return raised if len(raised) == 1 else character


def _in_title(character: str) -> str:
    raised = character.title()
    return raised if len(raised) == 1 else character


def _known_start(text: Known | Template | Unknown) -> str:
    """The literal text that a text starts with, as far as known."""
    parts = text_parts(text)
    return parts[0] if parts and isinstance(parts[0], str) else ""


def _two_texts(arguments: Arguments) -> tuple[Known | Template | Unknown, str] | Failed | None:
    """The text that is looked at, and what is looked for in it; None where that is not resolved."""
    text, wanted = text_argument(arguments.values[0]), text_argument(arguments.values[1])
    for one in (text, wanted):
        if isinstance(one, Failed):
            return one
    return (text, str(wanted.value)) if isinstance(wanted, Known) else None


def _tested(name: str, test: Callable[[Parts, str], Truth]) -> None:
    """Registers a test for a part of a text, decided as soon as what is known of the text decides it."""

    @structural(name, 2, 2, makes="bool", takes=("string",))
    def run(arguments: Arguments) -> Value:
        given = _two_texts(arguments)
        if isinstance(given, Failed):
            return given
        found = Truth.UNKNOWN if given is None else test(text_parts(given[0]), given[1])
        return arguments.unknown() if found is Truth.UNKNOWN else Known(found is Truth.TRUE, arguments.location)


_tested("startswith", holes.begins)
_tested("endswith", holes.ends)
_tested("strcontains", holes.contains)


def _trimmed_at(name: str, end: int, test: Callable[[Parts, str], Truth], change: Callable[[str, str], str]) -> None:
    """Registers the removal of an affix, which a text with holes allows where it is known whether it is there."""

    @structural(name, 2, 2, makes="string", takes=("string",))
    def run(arguments: Arguments) -> Value:
        given = _two_texts(arguments)
        if isinstance(given, Failed):
            return given
        if given is None:
            return arguments.unknown()
        text, affix = given
        if isinstance(text, Known):
            return Known(change(str(text.value), affix), arguments.location)
        parts = list(text_parts(text))
        match test(parts, affix):
            case Truth.UNKNOWN:
                return arguments.unknown()
            case Truth.FALSE:
                return text
        if affix:
            parts[end] = change(str(parts[end]), affix)
        return text_of(parts, arguments.location)


_trimmed_at("trimprefix", 0, holes.begins, str.removeprefix)
_trimmed_at("trimsuffix", -1, holes.ends, str.removesuffix)


# What unicode.IsSpace of Go is true for.
_BLANKS = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_NEWLINES = regex(r"(?:\r\n?|\n)*\Z")


def _stripped(name: str, *ends: tuple[int, Callable[[str], str]]) -> None:
    """Registers the removal of blanks at ends of a text (0 or -1), which a template allows where no hole stands there that may have some."""

    @structural(name, 1, 1, makes="string", takes=("string",))
    def run(arguments: Arguments) -> Value:
        (value,) = arguments.values
        if isinstance(value, JsonText):
            return value  # JSON as it is encoded has none
        text = text_argument(value)
        if isinstance(text, Failed):
            return text
        parts = list(text_parts(text))
        for end, strip in ends:
            if parts and isinstance(literal := parts[end], str):
                parts[end] = strip(literal)
                parts = [part for part in parts if part != ""]
            if parts and isinstance(hole := parts[end], Symbol) and hole.domain not in _WITHOUT_BLANKS:
                return arguments.unknown()
        return text_of(parts, arguments.location)


_stripped("chomp", (-1, lambda text: _NEWLINES.sub("", text)))
_stripped("trimspace", (0, lambda text: text.lstrip(_BLANKS)), (-1, lambda text: text.rstrip(_BLANKS)))


@strict("trim", "text", "text", makes="string", total=True)
def trim(text: str, characters: str) -> str:
    """`trim`."""
    return text.strip(characters) if characters else text


@strict("title", "text", makes="string", total=True)
def title(text: str) -> str:
    """`title`: Go's strings.Title, which raises letters after anything that is not a letter, digit, underscore or mark."""
    raised, before = [], " "
    for character in text:
        raised.append(_in_title(character) if _separates(before) else character)
        before = character
    return "".join(raised)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    if unicodedata.category(character)[0] in "LN":
        return False
    return character.isspace()


@strict("strrev", "text", makes="string", total=True)
def reverse_text(text: str) -> str:
    """`strrev`."""
    if not each_alone(text):
        raise NotEvaluated("strrev of characters that are joined is not evaluated")
    return text[::-1]


@strict("substr", "text", "number", "number")
def _substr(text: str, offset: decimal.Decimal, length: decimal.Decimal) -> str:
    return _cut(text, offset, length)


def _cut(text: str, offset: decimal.Decimal, length: decimal.Decimal) -> str:
    if offset != int(offset) or length != int(length):
        raise FunctionError("offset and length must be whole")
    if not text or (length == 0 <= offset):
        return ""
    if not each_alone(text):
        raise NotEvaluated("substr of characters that are joined is not evaluated")
    start, size = int(offset), int(length)
    if start < 0:
        start = max(0, start + len(text))
    # Of an offset from the end, go-cty takes a length of nothing for all that is left (stdlib/string.go, SubstrFunc).
    return text[start:] if size <= 0 else text[start : start + size]


_RESOLVED_SUBSTR = FUNCTIONS["substr"].work


@structural("substr", 3, 3, deep=True, makes="string")
def substring(arguments: Arguments) -> Value:
    """`substr`: of a template, when the literal text in front holds the whole of it, or all that is left out."""
    text, offset, length = arguments.values
    if isinstance(text, Template) and isinstance(offset, Known) and isinstance(length, Known):
        start, size, known = offset.value, length.value, _known_start(text)
        if isinstance(start, int) and isinstance(size, int) and 0 <= start <= len(known) and each_alone(known):
            if 0 <= size <= len(known) - start:
                return Known(known[start : start + size], arguments.location)
            # A mark at the beginning of the hole would be one character with what is before it.
            if known and size < 0 and isinstance(hole := text.parts[1], Symbol) and holes.alphabet_of(hole) is not None:
                return text_of((known[start:], *text.parts[1:]), arguments.location)
    return _RESOLVED_SUBSTR(arguments)


def _bounded(digits: str, most: int = 10_000) -> int:
    """A whole number of characters that is written in digits.

    Raises:
        NotEvaluated: it is more than a text is made of here.
    """
    if len(digits) > len(str(most)) or int(digits) > most:
        raise NotEvaluated("the text is too long to be evaluated")
    return int(digits)


@strict("indent", "number", "text", makes="string")
def indent(spaces: decimal.Decimal, text: str) -> str:
    """`indent`: all lines but the first."""
    if spaces != int(spaces):
        raise FunctionError("the number of spaces must be whole")
    return text.replace("\n", "\n" + " " * _bounded(str(int(spaces))))


@structural("split", 2, 2, deep=True, takes=("string",))
def split(arguments: Arguments) -> Value:
    """`split`: of a text with holes, where none of them may hold a separator."""
    separator, text = text_argument(arguments.values[0]), text_argument(arguments.values[1])
    for one in (separator, text):
        if isinstance(one, Failed):
            return one
    if not isinstance(separator, Known):
        return ListValue((), arguments.location, arguments.unknown().symbol)
    cut = str(separator.value)
    if isinstance(text, Known):
        whole = str(text.value)
        if not whole:
            return ListValue((Known("", arguments.location),), arguments.location) if cut else ListValue((), arguments.location)
        pieces = whole.split(cut) if cut else list(whole)
        return ListValue(tuple(Known(piece, text.location) for piece in pieces), arguments.location)
    pieces_of_parts = holes.cut(text_parts(text), cut)
    if pieces_of_parts is None:
        return arguments.unknown()
    return ListValue(tuple(text_of(parts, text.location) for parts in pieces_of_parts), arguments.location)


@structural("join", 1, None, deep=True, makes="string")
def join(arguments: Arguments) -> Value:
    """`join`: unknown items become holes."""
    separator = text_argument(arguments.values[0])
    if isinstance(separator, Failed):
        return separator
    parts: list[str | Symbol] = []
    count = 0
    for collection in arguments.values[1:]:
        if isinstance(collection, Unknown):
            return arguments.unknown()
        if not isinstance(collection, ListValue):
            return failed("join: a list is required", arguments.location)
        if not has_order(collection):
            return arguments.unknown(collection)
        for item in collection.items:
            text = text_argument(item)
            if isinstance(text, Failed):
                return text
            if count:
                parts += text_parts(separator)
            parts += text_parts(text)
            count += 1
        if collection.rest is not None:
            return arguments.unknown()
    if is_too_long(parts):
        return arguments.too_long()
    if count == 1:
        return item if isinstance(item, JsonText) else text  # what it was read from, and is made of, is kept
    joined = text_of(parts, arguments.location)
    return replace(joined, value=normal(str(joined.value))) if isinstance(joined, Known) else joined


_VERB = regex(r"%(?P<flags>[ +#0-]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d+|\*)?)?(?P<index>\[\d+\])?(?P<verb>.)", re.DOTALL)


def formatted(pattern: str, values: Sequence[Value]) -> list[str | Symbol] | None:
    """The parts of a formatted text; None when an unknown value stands where its form decides.

    Source: developer.hashicorp.com/terraform/language/functions/format.

    Raises:
        FunctionError: the verbs do not fit the values.
        NotEvaluated: a form that is not evaluated here.
    """
    parts: list[str | Symbol] = []
    end = at = used = 0
    for match in _VERB.finditer(pattern):
        start = match.start()
        if start < end:
            continue
        parts.append(_literal(pattern[end:start]))
        end = match.end()
        if match["verb"] == "%":
            if match[0] != "%%":
                raise NotEvaluated(f"the form {match[0]} is not evaluated")
            parts.append("%")
            continue
        if "*" in (match["width"], match["precision"]):
            raise NotEvaluated(f"the form {match[0]} is not evaluated")
        at = int(match["index"][1:-1]) - 1 if match["index"] else at
        if not 0 <= at < len(values):
            raise FunctionError(f"there are not enough arguments for {pattern!r}")
        value = json_text(one) if isinstance(one := values[at], JsonText) else one
        at += 1
        used = max(used, at)
        plain = not match["flags"] and match["width"] is None and "." not in match[0]
        if not isinstance(value, Known):
            if (
                plain
                and isinstance(value, Template | Unknown)
                and (match["verb"] == "s" or (match["verb"] == "v" and not _is_no_text(value)))
            ):
                parts += text_parts(value)
                continue
            if plain and match["verb"] == "d" and isinstance(value, Unknown):
                parts += text_parts(value)
                continue
        piece = _form(match, value)
        if piece is None:
            return None
        parts.append(piece)
    parts.append(_literal(pattern[end:]))
    if used < len(values):
        raise FunctionError(f"there are too many arguments for {pattern!r}")
    return parts


def _is_no_text(value: Template | Unknown) -> bool:
    """Whether something unresolved is declared to be anything but a string, which `%v` shows in a form of its own."""
    known = declared(value) if isinstance(value, Unknown) else None
    return known is not None and known.type.kind not in ("any", "string")


def _literal(text: str) -> str:
    if "%" in text:
        raise FunctionError("a verb is not complete")
    return text


def _form(match: re.Match[str], value: Value) -> str | None:
    verb, flags = match["verb"], match["flags"]
    match verb:
        case "s" | "q":
            text = to_string(value)
            if isinstance(text, Failed):
                raise FunctionError("a string is required")
            if is_null(text):
                raise FunctionError("an argument is null")
            if not isinstance(text, Known):
                return None
            shown = str(text.value) if verb == "s" else encode_string(str(text.value))
            if match["precision"] is not None:
                if not shown.isascii():
                    raise NotEvaluated("a precision is evaluated for ASCII only")
                shown = shown[: int(match["precision"])]
        case "v":
            if "." in match[0]:
                raise NotEvaluated(f"the form {match[0]} is not evaluated")
            encoded = _as_is(value) if "#" not in flags else encode(value)
            if encoded is None:
                return None
            shown = encoded
        case "t":
            truth = to_bool(value)
            if isinstance(truth, Failed) or is_null(truth):
                raise FunctionError("a bool is required")
            if not isinstance(truth, Known):
                return None
            return "true" if truth.value else "false"
        case _ if verb in "dfboxXeEgG":
            return _number_form(match, value)
        case _:
            raise FunctionError(f"there is no verb {verb!r}")
    if set(flags) - set("-#" if verb == "v" else "-"):
        raise NotEvaluated(f"the form {match[0]} is not evaluated")
    if not shown.isascii() and match["width"]:
        raise NotEvaluated("a width is evaluated for ASCII only")
    return _padded(match, shown)


def _as_is(value: Value) -> str | None:
    """A value by `%v`: a number as by `%g`, collections as JSON. Source: go-cty, stdlib/format.go, formatAppendAsIs."""
    match value:
        case Known(str() as text):
            return text
        case Known(int() | float() as number) if not isinstance(number, bool):
            return _shortest(decimal.Decimal(number_text(number)))
    return encode(value)


def _number_form(match: re.Match[str], value: Value) -> str | None:
    number = to_number(value)
    if isinstance(number, Failed) or is_null(number):
        raise FunctionError("a number is required")
    if not isinstance(number, Known) or not isinstance(number.value, int | float):
        return None
    verb, flags = match["verb"], match["flags"]
    exact = decimal.Decimal(number_text(number.value))
    if verb in "feEgG":
        shown = _fraction(match, exact, verb)
    else:
        if "." in match[0]:
            raise NotEvaluated(f"the form {match[0]} is not evaluated")
        if exact != exact.to_integral_value():
            raise FunctionError(f"a whole number is required for %{verb}")
        shown = format(int(exact), verb)
        if "#" in flags:
            prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "")
            shown = f"-{prefix}{shown[1:]}" if shown.startswith("-") else prefix + shown
    if not shown.startswith("-"):
        shown = ("+" if "+" in flags else " " if " " in flags else "") + shown
    if "0" in flags and "-" not in flags and match["width"]:
        if "#" in flags:
            raise NotEvaluated(f"the form {match[0]} is not evaluated")
        sign, digits = (shown[0], shown[1:]) if shown[0] in "+- " else ("", shown)
        return sign + digits.zfill(_bounded(match["width"]) - len(sign))
    return _padded(match, shown)


def _fraction(match: re.Match[str], number: decimal.Decimal, verb: str) -> str:
    """A number by `%f`, `%e` or `%g`. Source: Go, math/big, ftoa.go."""
    if "#" in match["flags"] or abs(number.adjusted()) > 300:
        raise NotEvaluated(f"the form {match[0]} is not evaluated")
    written = match["precision"]
    if verb in "gG":
        if "." in match[0]:
            raise NotEvaluated(f"the form {match[0]} is not evaluated")
        made = _shortest(number)
    else:
        precision = _bounded(written, 100) if written is not None else 0 if "." in match[0] else 6
        made = format(number or 0.0, f".{precision}{verb.lower()}")  # of a decimal zero, Python counts the digits into the exponent
    return _with_exponent(made, upper=verb.isupper())


def _shortest(number: decimal.Decimal) -> str:
    """A number by `%g`: with an exponent where it has more than six digits before the point, or many zeros after it."""
    if number == 0 or -4 <= number.adjusted() < 6:
        return format(number.normalize(), "f")
    return _with_exponent(format(number, f".{len(number.normalize().as_tuple().digits) - 1}e"))


def _with_exponent(made: str, *, upper: bool = False) -> str:
    """What Python formats, with at least two digits in its exponent, as Go has it."""
    base, mark, exponent = made.partition("e")
    made = f"{base}e{exponent[0]}{exponent[1:].zfill(2)}" if mark else made
    return made.upper() if upper else made


def _padded(match: re.Match[str], shown: str) -> str:
    if not match["width"]:
        return shown
    width = _bounded(match["width"])
    return shown.ljust(width) if "-" in match["flags"] else shown.rjust(width)


@structural("format", 1, None, deep=True, nulls=True, makes="string")
def format_text(arguments: Arguments) -> Value:
    """`format`: unknown values of `%s`, `%v` and `%d` become holes."""
    pattern = text_argument(arguments.values[0])
    if isinstance(pattern, Failed):
        return pattern
    return _formatted(replace(arguments, values=(pattern, *arguments.values[1:])))


# Marks in a pattern that stand for its holes: beyond what text holds.
_HOLE = 0xF0000
_HOLES = regex("([\U000f0000-\U000fffff])")
_BEGUN = regex(r"%[^A-Za-z]*$")
# Source: Amazon S3 User Guide, "Bucket naming rules": what stands for the name of a bucket, or a part of it, holds no `%` either.
_BEFORE_NAME = regex("arn:aws[a-z-]*:s3:::[a-z0-9.\U000f0000-\U000fffff-]*$")


def _formatted(arguments: Arguments) -> Value:
    """A text by the pattern that comes first among the arguments; holes of the pattern stay where they hold no verb."""
    pattern, *values = arguments.values
    if isinstance(pattern, Known) and pattern.value in ("%s", "%v") and len(values) == 1 and isinstance(values[0], JsonText):
        return values[0]  # what it is made of is kept
    holes: list[Symbol] = []
    text = ""
    if isinstance(pattern, Template) and any(_HOLES.search(name_of(value)) for value in arguments.values):
        return arguments.not_evaluated("there are characters for private use")
    for part in text_parts(pattern) if isinstance(pattern, Known | Template | Unknown) else ():
        if isinstance(part, str):
            text += part
        elif (part.domain in _WITHOUT_BLANKS or _BEFORE_NAME.search(text)) and not _BEGUN.search(text.replace("%%", "")):
            text += chr(_HOLE + len(holes))
            holes.append(part)
        else:
            return arguments.unknown()
    try:
        parts = formatted(text, values)
    except FunctionError as error:
        return failed(f"{arguments.name}: {error}", arguments.location)
    except NotEvaluated as error:
        return arguments.not_evaluated(str(error))
    if parts is None:
        return arguments.unknown()
    if is_too_long(parts):
        return arguments.too_long()
    pieces: list[str | Symbol] = []
    for part in parts:
        for piece in _HOLES.split(part) if isinstance(part, str) and holes else (part,):
            is_hole = isinstance(piece, str) and bool(_HOLES.fullmatch(piece))
            pieces.append(holes[ord(str(piece)) - _HOLE] if is_hole else piece)
    return text_of(pieces, arguments.location)


@structural("formatlist", 1, None, deep=True, nulls=True)
def format_list(arguments: Arguments) -> Value:
    """`formatlist`: a text for each item of the lists, other arguments repeated."""
    pattern = text_argument(arguments.values[0])
    if isinstance(pattern, Failed):
        return pattern
    if isinstance(pattern, Unknown) or any(isinstance(value, Unknown) for value in arguments.values[1:]):
        return ListValue((), arguments.location, arguments.unknown().symbol, each=_each(arguments, pattern))
    lists = [value for value in arguments.values[1:] if isinstance(value, ListValue)]
    opened = next((one for one in lists if one.rest is not None), None)
    unordered = next((one for one in lists if not has_order(one)), None)
    if len(lists) > 1 and (apart := opened or unordered) is not None:
        return arguments.unknown(apart)
    if len({len(one.items) for one in lists}) > 1:
        return failed("formatlist: the lists have different lengths", arguments.location)
    rows = len(lists[0].items) if lists else 1
    texts = []
    for row in range(rows):
        values = [value.items[row] if isinstance(value, ListValue) else value for value in arguments.values[1:]]
        text = _formatted(replace(arguments, name="format", values=(pattern, *values)))
        if isinstance(text, Failed):
            return text
        texts.append(text)
    rest = None if opened is None else arguments.unknown(opened).symbol
    each = None if opened is None else _each(arguments, pattern)
    return ListValue(tuple(texts), arguments.location, rest, each=each, order=arguments.order(unordered=unordered is not None))


def _each(arguments: Arguments, pattern: Value) -> Template | None:
    """What every text of a `formatlist` over one unresolved list looks like; None for several."""
    opened = [value for value in arguments.values[1:] if isinstance(value, ListValue | Unknown)]
    if isinstance(pattern, Unknown) or len(opened) != 1:
        return None
    item = some_item(opened[0])
    values = tuple(item if value is opened[0] else value for value in arguments.values[1:])
    text = _formatted(replace(arguments, name="format", values=(pattern, *values)))
    return text if isinstance(text, Template) else None


def _matched(pattern: str, use: Callable[[Pattern], Made]) -> Made:
    """What is made with a pattern, whose errors are those of functions."""
    from auditor.sources.regular_expression import InvalidPattern, NotMatched, compiled

    try:
        return use(compiled(pattern))
    except InvalidPattern as error:
        raise FunctionError(str(error)) from error
    except NotMatched as error:
        raise NotEvaluated(str(error)) from error


def _captured(pattern: Pattern, match: Match) -> Any:
    """What a match is worth: the text, its groups in a list, or by name where they have names."""
    if not pattern.groups:
        return match.group(0)
    captured = [match.group(number) for number in range(1, len(pattern.groups) + 1)]
    if not any(pattern.groups):
        return captured
    if not all(pattern.groups):
        raise FunctionError("the regular expression has groups with names and without")
    return dict(zip(pattern.groups, captured, strict=True))


@strict("regex", "text", "text")
def regex_first(pattern: str, text: str) -> Any:
    """`regex`: the first match, or its groups."""

    def first(made: Pattern) -> Any:
        match = made.search(text)
        if match is None:
            raise FunctionError("the pattern does not match")
        return _captured(made, match)

    return _matched(pattern, first)


@strict("regexall", "text", "text")
def regex_all(pattern: str, text: str) -> list[Any]:
    """`regexall`: every match."""
    return _matched(pattern, lambda made: [_captured(made, match) for match in made.all(text)])


@structural("replace", 3, 3, makes="string")
def replace_text(arguments: Arguments) -> Value:
    """`replace`; a pattern between slashes is a regular expression."""
    inside = _replaced_inside(*arguments.values)
    if inside is not None:
        return inside
    found = distribute(arguments.values, lambda values: _replaced_whole(replace(arguments, values=values)), deep=True)
    return arguments.unknown() if found is None else found


def _replaced_whole(arguments: Arguments) -> Value:
    text, pattern, instead = (text_argument(value) for value in arguments.values)
    for one in (text, pattern, instead):
        if isinstance(one, Failed):
            return one
    if not isinstance(pattern, Known):
        return arguments.unknown()
    if not isinstance(text, Known) or not isinstance(instead, Known):
        parts = _replaced_parts(text_parts(text), str(pattern.value), text_parts(instead))
        if parts is None:
            return arguments.unknown()
        return arguments.too_long() if is_too_long(parts) else text_of(parts, arguments.location)
    try:
        return Known(_replaced(str(text.value), str(pattern.value), str(instead.value)), arguments.location)
    except FunctionError as error:
        return failed(f"replace: {error}", arguments.location)
    except NotEvaluated as error:
        return arguments.not_evaluated(str(error))


# A regular expression that means the text that it is written as, at the beginning or anywhere.
_LITERAL_PATTERN = regex(r"/(?P<begins>\^?)(?P<text>(?:[^\\^$.*+?()\[\]{}|]|\\[^A-Za-z0-9\x80-\U0010ffff])+)/", re.DOTALL)


def _replaced_parts(parts: Parts, pattern: str, instead: Parts) -> list[str | Symbol] | None:
    """A text with holes in which one text takes the place of another; None where a hole may hold what is replaced, or a part of it."""
    if _is_expression(pattern):
        literal = _LITERAL_PATTERN.fullmatch(pattern)
        if literal is None or any(isinstance(part, Symbol) or "$" in part for part in instead):
            return None
        pattern = re.sub(r"\\(.)", r"\1", literal["text"], flags=re.DOTALL)
        if literal["begins"]:
            match holes.begins(parts, pattern):
                case Truth.UNKNOWN:
                    return None
                case Truth.FALSE:
                    return list(parts)
            return [*instead, str(parts[0]).removeprefix(pattern), *parts[1:]]
    pieces = holes.cut(parts, pattern) if pattern else None
    return None if pieces is None else _rejoined(pieces, instead)


def _rejoined(pieces: Sequence[Parts], between: Parts) -> list[str | Symbol]:
    """Pieces with something between each two."""
    joined = [*pieces[0]]
    for piece in pieces[1:]:
        joined += [*between, *piece]
    return joined


# Text of these characters stands inside a JSON string as it is, and never across its border; braces stand outside strings too, but no dollar sign.
_PLAIN = regex(r"[\w.@%+=~/ -]*|[{}\w.@%+=~/ -]*\$[${}\w.@%+=~/ -]*", re.ASCII)


def _replaced_inside(value: Value, pattern: Value, instead: Value) -> Value | None:
    """The result for text that is kept in parts (a template, or JSON that was encoded in the code); None when it is not of that kind."""
    if (
        not isinstance(pattern, Known)
        or not isinstance(pattern.value, str)
        or not pattern.value
        or not _PLAIN.fullmatch(pattern.value)
    ):
        return None
    if _is_expression(pattern.value):
        return None
    if not isinstance(instead, Known | Template | Unknown) or not isinstance(value, Template | JsonText):
        return None
    if not all(isinstance(part, Symbol) or re.fullmatch(r'[^"\\\x00-\x1f]*', part) for part in text_parts(instead)):
        return None
    if isinstance(value, Template):
        # A hole may hold the pattern, or a part of it.
        return None
    if _stands_outside_text(value.content, pattern.value):
        return None
    return JsonText(_with_texts(value.content, pattern.value, text_parts(instead)), value.location, value.origin)


def _stands_outside_text(value: Value, pattern: str) -> bool:
    """Whether a number, a word or a key holds a pattern."""
    match value:
        case Known(scalar):
            return not isinstance(scalar, str) and pattern in (encode(value) or "")
        case ListValue(items):
            return any(_stands_outside_text(item, pattern) for item in items)
        case MapValue(entries):
            return any(pattern in key or _stands_outside_text(entry, pattern) for key, entry in entries.items())
        case Choice(_, then, otherwise):
            return _stands_outside_text(then, pattern) or _stands_outside_text(otherwise, pattern)
        case JsonText(content):
            return _stands_outside_text(content, pattern)
    return False


def _with_texts(value: Value, pattern: str, instead: tuple[str | Symbol, ...]) -> Value:
    """A value in which every resolved text has a pattern replaced."""
    match value:
        case Known(str() as text) if pattern in text:
            return _with_texts(Template((text,), value.location), pattern, instead)
        case Unknown(symbol):
            return replace(value, symbol=_unless_inside(symbol, pattern, instead))
        case Template(parts) if holes.cut(parts, pattern) is None and holes.may_cross(parts, pattern):
            return derived(_name_of_replaced(value, pattern, instead), value, location=value.location)
        case Template(parts):
            kept = [_unless_inside(part, pattern, instead) if isinstance(part, Symbol) else part for part in parts]
            return text_of(_rejoined(holes.pieces(kept, pattern), instead), value.location)
        case ListValue(items):
            return replace(value, items=tuple(_with_texts(item, pattern, instead) for item in items))
        case MapValue(entries):
            return replace(value, entries={key: _with_texts(entry, pattern, instead) for key, entry in entries.items()})
        case Choice(condition, then, otherwise):
            return Choice(condition, _with_texts(then, pattern, instead), _with_texts(otherwise, pattern, instead), value.location)
        case JsonText(content):
            return replace(value, content=_with_texts(content, pattern, instead))
    return value


# What a policy says for something else until it is replaced: names of buckets from before March 2018 may be of such characters, but whoever has the
# placeholders of a policy replaced has none of them in the name of its bucket. Source: terraform-aws-modules/terraform-aws-s3-bucket, `policy`.
_PLACEHOLDER = regex(r"_[A-Z][A-Z0-9]*(_[A-Z0-9]+)+_")


def _unless_inside(symbol: Symbol, pattern: str, instead: Parts) -> Symbol:
    """What is unknown, after a replacement: itself when it cannot hold the pattern, else something of its own."""
    symbol = next((one for one in instead if one == symbol and isinstance(one, Symbol)), symbol)  # of which more may be known
    known = symbol.meant
    if holes.contains((symbol,), pattern) is Truth.FALSE or (
        known is not None and known.in_name and _PLACEHOLDER.fullmatch(pattern)
    ):
        return symbol
    return replace(symbol, name=_name_of_replaced(Unknown(symbol), pattern, instead), domain=Domain.ANY)


def _name_of_replaced(value: Value, pattern: str, instead: Parts) -> str:
    return shortened(f"replace({name_of(value)}, {quoted(pattern)}, {name_of(text_of(instead))})")


def _is_expression(pattern: str) -> bool:
    return len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/")


def _replaced(text: str, pattern: str, instead: str) -> str:
    if _is_expression(pattern):
        return _matched(pattern[1:-1], lambda made: made.replaced(text, instead))
    if len(text) * max(1, len(instead)) > 4_000_000:
        raise NotEvaluated("the text is too long to be evaluated")
    return text.replace(pattern, instead)
