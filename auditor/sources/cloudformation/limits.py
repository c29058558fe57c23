"""What a template lets a parameter be: the values that it lists, bounds and patterns."""

from __future__ import annotations

from auditor.aws.holes import PLAIN
from auditor.foundation.errors import enumerated
from auditor.foundation.value import Known, ListValue, MapValue, Value, scalar_text
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.cloudformation.template import text_in
from auditor.sources.naming import quoted

_NUMBER = regex(r"[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][+-]?\d{1,2})?")
_ELEMENTS = ("Type", "AllowedPattern", "AllowedValues", "MinLength", "MaxLength", "MinValue", "MaxValue")


def is_list(kind: str) -> bool:
    """Whether a type of a parameter is one of lists, whose items are given in one text with commas between them."""
    return kind == "CommaDelimitedList" or kind.startswith("List<")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a template says of the values of a parameter.

    Attributes:
        name: its logical id.
        declaration: what the template says of it, without what says nothing of its values.
    """

    name: str
    declaration: MapValue

    @staticmethod
    def of(name: str, declaration: MapValue) -> Limits:
        """Those of a parameter."""
        written = declaration.entries
        return Limits(name, MapValue({one: written[one] for one in _ELEMENTS if one in written}))

    @property
    def of_list(self) -> bool:
        """Whether the parameter is a list."""
        return is_list(text_in(self.declaration.entries.get("Type")))

    @property
    def are_plain(self) -> bool:
        """Whether the parameter certainly is of letters, digits and hyphens, by its pattern."""
        pattern = text_in(self.declaration.entries.get("AllowedPattern"))
        if text_in(self.declaration.entries.get("Type")) != "String" or not pattern:
            return False
        from auditor.sources.regular_expression import is_within_in_java

        return is_within_in_java(pattern, PLAIN)

    def exclude(self, value: Known) -> bool:
        """Whether the parameter certainly has another value.

        Source: AWS CloudFormation User Guide, "Supported AWS-specific parameter types": a value has to exist in the account, so none is empty.
        """
        of_account = text_in(self.declaration.entries.get("Type")).startswith("AWS::EC2::")
        return (of_account and value.value == "") or not_allowed(self.name, self.declaration, value) is not None


def not_allowed(name: str, declaration: MapValue, value: Value) -> str | None:
    """What is wrong with the value of a parameter that may have other ones only; None where nothing is.

    Source: AWS CloudFormation User Guide, "Parameters", "Properties": `AllowedPattern` (a Java regular expression, which "must match the entire
    parameter value provided", of a CommaDelimitedList "each value in the list"), `AllowedValues` (likewise), `MinLength`, `MaxLength`, `MinValue`,
    `MaxValue`; a default, and whatever a stack is given, has to adhere to them.

    Args:
        name: its logical id.
        declaration: what the template says of it.
        value: its value.
    """
    kind = text_in(declaration.entries.get("Type"))
    if kind == "CommaDelimitedList" and isinstance(value, ListValue):
        items = [scalar_text(item.value) for item in value.items if isinstance(item, Known)]
        each = (
            _not_among(f"an item of {name}", declaration, one) or _unmatched(f"an item of {name}", declaration, one)
            for one in items
        )
        return next((fault for fault in each if fault is not None), None)
    if kind not in ("String", "Number") or not isinstance(value, Known):
        return None
    said = scalar_text(value.value)
    if kind == "String":
        return (
            _not_among(name, declaration, said)
            or _out_of_bounds(name, declaration, said, float(len(said)), "Length")
            or _unmatched(name, declaration, said)
        )
    if (number := _number(said)) is None:
        return f"{name} is '{said}', which is not a number"
    return _not_among(name, declaration, said, number) or _out_of_bounds(name, declaration, said, number, "Value")


def _not_among(what: str, declaration: MapValue, said: str, number: float | None = None) -> str | None:
    """What is wrong where allowed values are listed and this is none of them; numbers are compared as numbers."""
    listed = declaration.entries.get("AllowedValues")
    items = listed.items if isinstance(listed, ListValue) and listed.rest is None else ()
    texts = [text_in(item) for item in items if isinstance(item, Known)]
    if not items or len(texts) != len(items) or said in texts or (number is not None and number in map(_number, texts)):
        return None
    return f"{what} is '{said}', and only {enumerated([quoted(text) for text in texts])} are allowed"


def _out_of_bounds(name: str, declaration: MapValue, said: str, size: float, unit: str) -> str | None:
    least, most = (_number(text_in(declaration.entries.get(f"{bound}{unit}"))) for bound in ("Min", "Max"))
    if (least is None or size >= least) and (most is None or size <= most):
        return None
    bounds = [f"{text_in(declaration.entries[key])} ({key})" for key in (f"Min{unit}", f"Max{unit}") if key in declaration.entries]
    return f"the {unit.lower()} of {name}, which is '{said}', is not within {enumerated(bounds)}"


def _unmatched(what: str, declaration: MapValue, said: str) -> str | None:
    """What is wrong where a value certainly does not match the pattern."""
    pattern = text_in(declaration.entries.get("AllowedPattern"))
    if not pattern:
        return None
    from auditor.sources.regular_expression import matches_in_java

    if matches_in_java(pattern, said) is not False:
        return None
    return f"{what} is '{said}', which does not match its AllowedPattern, '{pattern}'"


def _number(text: str) -> float | None:
    """A number that a parameter may have; None for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else None
