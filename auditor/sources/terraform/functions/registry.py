"""How a function of Terraform's language is written down here.

A *strict* function works on resolved arguments as Python values and never sees anything unknown; a *structural* one works on values and says
itself what it can tell when some are unknown.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Sequence
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import JsonText, Known, ListValue, Symbol, Template, Unknown, Value, is_null
from auditor.lazy.classes import dataclass
from auditor.sources.naming import derived, name_of
from auditor.sources.numbers import Inexact, decimal_of, number_of
from auditor.sources.terraform.values.failure import Failed, doubtful, failed
from auditor.sources.terraform.values.json_encoding import from_python, json_text
from auditor.sources.terraform.values.kinds import Kind, is_certainly
from auditor.sources.terraform.values.scope import References
from auditor.sources.terraform.values.types import to_bool, to_number, to_string


class FunctionError(Exception):
    """The function fails in Terraform; `str()` says why, as a clause."""


class NotEvaluated(Exception):
    """The function's result is not evaluated here; `str()` says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call.

    Attributes:
        name: of the function.
        values: the arguments; none is a failure.
        module: where it is called.
        location: the call.
    """

    name: str
    values: tuple[Value, ...]
    module: References
    location: Location

    def unknown(self, *because: Value) -> Unknown:
        """The result when it depends on something unknown: named by the call."""
        unknown = derived(f"{self.name}({', '.join(map(name_of, self.values))})", *(because or self.values), location=self.location)
        return doubtful(unknown)

    def order(self, *, unordered: bool) -> str:
        """The `order` of the list that the call makes: the call, where no position in it is known."""
        return self.unknown().symbol.name if unordered else ""

    def not_evaluated(self, reason: str) -> Unknown:
        """The result when it is not evaluated for a reason of its own."""
        return doubtful(derived(f"{self.name}({', '.join(map(name_of, self.values))})", reason=reason, location=self.location))

    def too_long(self) -> Unknown:
        """The result when it is too long to be evaluated; its name does not spell out the arguments, which are as long."""
        return Unknown(Symbol(self.module.meter.mark(self.location), "the text is too long to be evaluated"), self.location)


# The longest text that functions make, in code points, and of how many parts, holes included.
LONGEST_TEXT = 1_000_000
MOST_PARTS = 2_000


def is_too_long(parts: Sequence[str | Symbol]) -> bool:
    """Whether a text of these parts is too long to be made."""
    holes = sum(isinstance(part, Symbol) for part in parts)
    return holes > MOST_PARTS or sum(len(part) for part in parts if isinstance(part, str)) > LONGEST_TEXT


# Latin, Greek and Cyrillic letters and signs: none of them is joined to a neighbour (Unicode, UAX 29).
_ALONE = re.compile("[\x00-\x7f\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0556]*").fullmatch


def each_alone(text: str) -> bool:
    """Whether each code point of a text is certainly a character for itself."""
    return "\r\n" not in text and _ALONE(text) is not None


@dataclass(frozen=True, slots=True)
class Function:
    """A function.

    Attributes:
        work: from the arguments to the result.
        least: the least number of arguments.
        most: the greatest, None when there is no limit.
        deep: whether it is carried into choices inside its arguments too, not only into arguments that are choices.
        nulls: whether an argument may be null.
        makes: what all that it makes is: a string, a number or a bool; None where it makes something else, or that depends on its arguments.
        takes: the kinds of arguments (`values.kinds`) with which it fails in no way that its result does not show, one for each parameter
            and the last of them for all that follow; empty where only resolved types of all that is in the arguments leave no doubt.
    """

    work: Callable[[Arguments], Value]
    least: int
    most: int | None
    deep: bool = True
    nulls: bool = False
    makes: Kind | None = None
    takes: tuple[Kind, ...] = ()

    def kinds(self, count: int) -> tuple[Kind, ...]:
        """What it takes as each of so many arguments; empty as `takes`."""
        return tuple(self.takes[min(at, len(self.takes) - 1)] for at in range(count)) if self.takes else ()

    def never_fails(self, arguments: Sequence[Value]) -> bool:
        """Whether it fails in no way of these arguments, whatever is unknown of them; what it looks into for more shows that by its result."""
        kinds = self.kinds(len(arguments))
        return bool(kinds) and "evident" not in kinds and all(map(is_certainly, arguments, kinds))


FUNCTIONS: dict[str, Function] = {}


def structural(
    name: str,
    least: int,
    most: int | None,
    *,
    deep: bool = False,
    nulls: bool = False,
    makes: Kind | None = None,
    takes: tuple[Kind, ...] = (),
) -> Callable[[Callable[[Arguments], Value]], Callable[[Arguments], Value]]:
    """Registers a function on values; they are not failures, and with `deep` hold no choices."""

    def register(work: Callable[[Arguments], Value]) -> Callable[[Arguments], Value]:
        FUNCTIONS[name] = Function(work, least, most, deep, nulls, makes, takes)
        return work

    return register


def strict(
    name: str, *kinds: str, optional: int = 0, variadic: str = "", makes: Kind | None = None, total: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function on resolved Python values.

    Args:
        name: of the function.
        kinds: of its parameters: `text`, `number`, `bool`, or `texts` for a list of strings.
        optional: how many of the last ones may be missing.
        variadic: the kind of any further arguments.
        makes: as of `Function`.
        total: whether it fails for no argument of these kinds.
    """
    takes = tuple(_TAKEN[kind] for kind in kinds) if total else ()

    def register(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(arguments: Arguments) -> Value:
            given: list[Any] = []
            for at, value in enumerate(arguments.values):
                kind = kinds[at] if at < len(kinds) else variadic
                resolved = _resolved(value, kind)
                if isinstance(resolved, Failed):
                    return resolved
                if resolved is None:
                    return arguments.unknown()
                given.append(resolved.content)
            return finish(arguments, lambda: work(*given))

        most = None if variadic else len(kinds)
        FUNCTIONS[name] = Function(run, len(kinds) - optional, most, makes=makes, takes=takes)
        return work

    return register


_TAKEN: dict[str, Kind] = {"text": "string", "number": "number", "bool": "bool"}


def finish(arguments: Arguments, work: Callable[[], Any]) -> Value:
    """The Python result of some work as a value."""
    try:
        result = work()
        if isinstance(result, decimal.Decimal):
            result = number_of(result)
    except FunctionError as error:
        return failed(f"{arguments.name}: {error}", arguments.location)
    except NotEvaluated as error:
        return arguments.not_evaluated(str(error))
    except (Inexact, decimal.DecimalException):
        return arguments.not_evaluated("the number has more digits than are kept exact")
    return from_python(result, arguments.location)


@dataclass(frozen=True, slots=True)
class _Resolved:
    content: Any


def _resolved(value: Value, kind: str) -> _Resolved | Failed | None:
    """A resolved argument, a failure where it has the wrong type, None where it is unknown."""
    if kind == "texts":
        if isinstance(value, Unknown):
            return None
        if not isinstance(value, ListValue):
            return failed("a list of strings is required", value.location)
        items = [_resolved(item, "text") for item in value.items]
        failure = next((item for item in items if isinstance(item, Failed)), None)
        if failure is not None or value.rest is not None or None in items:
            return failure
        return _Resolved([item.content for item in items if isinstance(item, _Resolved)])
    if isinstance(value, JsonText):
        value = json_text(value)
    converted = {"text": to_string, "number": to_number, "bool": to_bool}[kind](value)
    match converted:
        case Failed():
            return converted
        case Known(None):
            return failed("an argument is null", value.location)
        case Known(scalar):
            return _Resolved(decimal_of(scalar) if kind == "number" and isinstance(scalar, int | float) else scalar)
    return None


def text_argument(value: Value) -> Known | Template | Unknown:
    """An argument as text, perhaps with holes; a failure where it is none."""
    text = json_text(value) if isinstance(value, JsonText) else to_string(value)
    if is_null(text):
        return failed("an argument is null", value.location)
    return text if isinstance(text, Known | Template | Unknown) else failed("a string is required", value.location)
