"""Intrinsic functions on values; total: what cannot be evaluated is an unknown with its reason.

Sources: AWS CloudFormation Template Reference, "Intrinsic functions" and "Condition functions"; AWS CloudFormation User Guide,
"AWS::LanguageExtensions transform" (ForEach, Length, ToJsonString, FindInMap with a default).
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from auditor.aws import holes
from auditor.foundation.errors import did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    alternatives,
    is_null,
    origin_of,
    scalar_text,
    text_of,
    text_parts,
)
from auditor.lazy.expressions import regex
from auditor.lazy.modules import module
from auditor.sources.choices import MOST_CASES, distribute, in_branches
from auditor.sources.cloudformation.limits import Limits
from auditor.sources.cloudformation.markers import marked, without_markers
from auditor.sources.cloudformation.syntax import OF_RAIN

if TYPE_CHECKING:
    from auditor.sources import naming
    from auditor.sources.cloudformation import conditions, nulls
else:
    naming = module("auditor.sources.naming")
    conditions = module("auditor.sources.cloudformation.conditions")
    nulls = module("auditor.sources.cloudformation.nulls")

_VARIABLE = regex(r"\$\{(!?)([^${}]*)\}")
FOR_EACH = "Fn::ForEach::"
EXTENSIONS = "AWS::LanguageExtensions"
ADD_EXTENSIONS = f"add 'Transform: {EXTENSIONS}'"
PACKAGED = "audit what 'rain pkg' prints"
_OF_STACK = " of the stack "
_MOST_SUBNETS = 256
_DEEPEST = 80
_LONGEST = 100_000
# Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas": resources in a template.
_MOST_ENTRIES = 500


class TemplateNames(Protocol):
    """What the names of a template mean."""

    def reference(self, name: str, place: Location | None = None) -> Value:
        """`Ref` of a parameter, pseudo parameter or resource, written at a place."""

    def attribute(self, resource: str, attribute: str, place: Location | None = None) -> Value:
        """`Fn::GetAtt`, likewise."""

    def refused(self, message: str, place: Location | None) -> None:
        """Says for what CloudFormation refuses the template."""

    def imported(self, name: Text) -> Value | None:
        """`Fn::ImportValue`; None when it is not known which template exports it."""

    def undefined(self, message: str, place: Location | None) -> None:
        """Says that something is not in the template, for which CloudFormation refuses it unless something is added."""

    def condition(self, name: str, place: Location | None = None) -> Value:
        """A named condition, as a tree of `conditions`."""

    def mapping(self, name: str) -> MapValue | None:
        """A mapping; None when there is none of that name."""

    def unfilled(self, text: str, names: Sequence[str], place: Location | None) -> Unknown | None:
        """What stands for a text outside of `Fn::Sub` that has some names in `${…}`; None where the template has nothing of these names."""

    @property
    def is_extended(self) -> bool:
        """Whether the language extensions are applied."""


class Evaluator:
    """Evaluates the values of one template.

    Args:
        names: what its names mean.
    """

    def __init__(self, names: TemplateNames) -> None:
        self.names = names
        self.depth = 0

    def evaluate(self, node: Value) -> Value:
        """The value of what is written; an entry or item that is `AWS::NoValue` is null."""
        if isinstance(node, Known):
            return nulls.null_at(node.location) if is_null(node) and node.location else self._literal(node)
        if not isinstance(node, ListValue | MapValue):
            return node
        if self.depth > _DEEPEST:
            return _too_deep(node.location)
        self.depth += 1
        try:
            if isinstance(node, MapValue):
                return self._map(node)
            return ListValue(tuple([self.evaluate(item) for item in node.items]), node.location)
        finally:
            self.depth -= 1

    def _literal(self, node: Known) -> Value:
        """A text that no function is asked to fill in; one of several lines may be a program or template, which fills it in itself."""
        if isinstance(node.value, str) and "${" in node.value and "\n" not in node.value:
            names = variables_in(node.value)
            if (unfilled := self.names.unfilled(node.value, names, node.location)) is not None:
                return unfilled
        return without_markers(node)

    def _map(self, node: MapValue) -> Value:
        if len(node.entries) == 1:
            ((name, argument),) = node.entries.items()
            if (
                name == "Ref"
                or (name.startswith("Fn::") and not name.startswith(FOR_EACH))
                or (name[:1] in "fFrR" and (name.startswith(OF_RAIN) or name.lower() in _BY_LOWER_CASE))
            ):
                return self._call(name, argument, node.location)
        entries: dict[str, Value] = {}
        rest = node.rest
        for name, entry in expanded(node, self.evaluate):
            if name == "Fn::Transform" or name.startswith(FOR_EACH):
                rest = _transform(entry, node.location).symbol if name == "Fn::Transform" else _unsettled_loop(name, node.location)
            else:
                entries[name] = self.evaluate(entry)
        return MapValue(entries, node.location, rest, node.key_locations)

    def _call(self, name: str, argument: Value, place: Location | None) -> Value:
        function = _FUNCTIONS.get(name)
        if function is None:
            if name.startswith(OF_RAIN):
                return Unknown(Symbol(f"{name} at {place}", f"{name} is not a function of CloudFormation", PACKAGED, place), place)
            if (meant := _BY_LOWER_CASE.get(name.lower())) and meant != name:
                self.names.refused(f"'{name}' is not a function of CloudFormation: write '{meant}'", place)
            return Unknown(Symbol(f"{name} at {place}", f"{name} is not evaluated", location=place), place)
        if name in _OF_EXTENSIONS and not self.names.is_extended:
            return _not_extended(name, place)
        return placed(function(self, argument, place), place)

    def _malformed(self, name: str, argument: Value, place: Location | None) -> Unknown:
        """What stands for a function whose argument CloudFormation does not take."""
        reason = f"{name} is not written as CloudFormation takes it"
        if not isinstance(argument, Unknown):
            self.names.refused(f"{reason}: write {name}: {_FORMS[name]}", place)
        return Unknown(Symbol(f"{name} at {place}", reason, f"write {name}: {_FORMS[name]}", place), place)

    def condition(self, node: Value) -> Value:
        """A condition as a tree of `conditions`."""
        if self.depth > _DEEPEST:
            return _too_deep(node.location)
        self.depth += 1
        try:
            return self._condition(node)
        finally:
            self.depth -= 1

    def _condition(self, node: Value) -> Value:
        match node:
            case Known(str() as text) if text.lower() in ("true", "false"):
                return Known(text.lower() == "true")
            case Known(bool()):
                return node
            case MapValue(entries, place) if len(entries) == 1:
                ((name, argument),) = entries.items()
                if name == "Condition":
                    return self._named_condition(argument, place)
                if name in _CONDITIONS:
                    return _CONDITIONS[name](self, argument, place)
        value = self.evaluate(node)
        match value:
            case Known(str() as text) if text.lower() in ("true", "false"):
                return Known(text.lower() == "true")
            case Known(bool()) | Unknown():
                return value
        return naming.derived(f"condition {naming.name_of(value)}", value, reason="it is not a condition")

    def _named_condition(self, argument: Value, place: Location | None) -> Value:
        if isinstance(argument, Known) and isinstance(argument.value, str):
            return self.names.condition(argument.value, argument.location or place)
        return naming.derived(f"condition at {place}", argument, reason="the name of the condition is not resolved")

    # References

    def _ref(self, argument: Value, place: Location | None) -> Value:
        name = self.evaluate(argument)
        if isinstance(name, Known) and isinstance(name.value, str):
            return self.names.reference(name.value, place)
        return naming.derived(
            f"Ref({naming.name_of(name)})", name, reason="the name that Ref refers to is not resolved", location=place
        )

    def _get_att(self, argument: Value, place: Location | None) -> Value:
        value = self.evaluate(argument)
        items = value.items if isinstance(value, ListValue) else (value,)
        if all(isinstance(item, Known) for item in items) and items:
            names = ".".join(scalar_text(item.value) for item in items if isinstance(item, Known))
            resource, _, attribute = names.partition(".")
            return self.names.attribute(resource, attribute, place)
        return naming.derived(
            f"GetAtt({naming.name_of(value)})", value, reason="what Fn::GetAtt refers to is not resolved", location=place
        )

    def _import(self, argument: Value, place: Location | None) -> Value:
        name = self.evaluate(argument)
        if isinstance(name, Known | Template | Unknown) and (found := self.names.imported(name)) is not None:
            return found
        symbol = Symbol(
            f"ImportValue({naming.name_of(name)})", "another stack exports it", "audit the template that exports it", place
        )
        return Unknown(symbol, place)

    def _get_stack_output(self, argument: Value, place: Location | None) -> Value:
        value = self.evaluate(argument)
        name = output_name(value)
        # Of another region or account, nothing here says which.
        if name is not None and isinstance(value, MapValue) and value.entries.keys() == {"StackName", "OutputName"}:
            found = self.names.imported(name)
            if found is not None:
                return found
        called = f"GetStackOutput({naming.name_of(value)})"
        return Unknown(Symbol(called, "another stack outputs it", "audit the template of that stack", place), place)

    def _find_in_map(self, argument: Value, place: Location | None) -> Value:
        items = argument.items if isinstance(argument, ListValue) else ()
        if len(items) not in (3, 4):
            return self._malformed("Fn::FindInMap", argument, place)
        if len(items) == 4 and not self.names.is_extended:
            return _not_extended("Fn::FindInMap with a default", place)
        keys = tuple(self.evaluate(item) for item in items[:3])
        default = None
        if len(items) == 4 and isinstance(items[3], MapValue) and "DefaultValue" in items[3].entries:
            default = self.evaluate(items[3].entries["DefaultValue"])
        found = distribute(keys, lambda operands: self._found_in_map(operands, default, place))
        return found if found is not None else _unevaluated("FindInMap", keys, place)

    def _found_in_map(self, keys: tuple[Value, ...], default: Value | None, place: Location | None) -> Value:
        name, first, second = keys
        mapping = self.names.mapping(scalar_text(name.value)) if isinstance(name, Known) else None
        if mapping is None:
            if isinstance(name, Known) and default is None:
                self.names.undefined(f"'{scalar_text(name.value)}' is not a mapping of the template", place)
            return default if default is not None and isinstance(name, Known) else _unevaluated("FindInMap", keys, place)
        return self._looked_up(mapping, (first, second), keys, default, place)

    def _looked_up(
        self, level: Value, path: tuple[Value, ...], keys: tuple[Value, ...], default: Value | None, place: Location | None
    ) -> Value:
        if not path:
            return self.evaluate(level)
        if not isinstance(level, MapValue):
            return _unevaluated("FindInMap", keys, place)
        key = path[0]
        if isinstance(key, Known):
            if scalar_text(key.value) not in level.entries:
                if default is None and all(isinstance(one, Known) for one in keys):
                    known = did_you_mean(scalar_text(key.value), level.entries)
                    self.names.undefined(f"the mapping has no key '{scalar_text(key.value)}'{known}", place)
                return default if default is not None else _unevaluated("FindInMap", keys, place)
            return self._looked_up(level.entries[scalar_text(key.value)], path[1:], keys, default, place)
        if len(level.entries) > MOST_CASES or not level.entries:
            return _unevaluated("FindInMap", keys, place)
        # Any other key fails the deployment, or means the default.
        answer = default
        for name in reversed(tuple(level.entries)):
            value = self._looked_up(level.entries[name], path[1:], keys, default, place)
            answer = value if answer is None else conditions.branch(conditions.equal(key, Known(name)), value, answer)
        return answer if answer is not None else _unevaluated("FindInMap", keys, place)

    # Text

    def _sub(self, argument: Value, place: Location | None) -> Value:
        variables: Mapping[str, Value] = {}
        text = argument
        if isinstance(argument, ListValue) and len(argument.items) == 2 and isinstance(argument.items[1], MapValue):
            text, variables = argument.items[0], argument.items[1].entries
        if not isinstance(text, Known) or not isinstance(text.value, str):
            value = self.evaluate(text)
            return without_markers(value) if isinstance(value, Template | Known) else _unevaluated("Sub", (value,), place)
        pieces: list[str | Value] = []
        end = 0
        for match in _VARIABLE.finditer(text.value):
            pieces.append(text.value[end : match.start()])
            end = match.end()
            name = match[2].strip()
            if match[1]:
                pieces.append(f"${{{match[2]}}}")
            elif name in variables:
                pieces.append(self.evaluate(variables[name]))
            elif ":" in name and not name.startswith("AWS::"):
                pieces.append(Unknown(marked(match[0]), place))
            elif "." in name:
                resource, _, attribute = name.partition(".")
                pieces.append(self.names.attribute(resource, attribute, place))
            else:
                pieces.append(self.names.reference(name, place))
        pieces.append(text.value[end:])
        return joined(pieces)

    def _join(self, argument: Value, place: Location | None) -> Value:
        if not (isinstance(argument, ListValue) and len(argument.items) == 2):
            return self._malformed("Fn::Join", argument, place)
        delimiter, listed = self.evaluate(argument.items[0]), self.evaluate(argument.items[1])
        if isinstance(listed, Known):
            return self._malformed("Fn::Join", argument, place)
        return in_branches(listed, lambda branch: self._joined(delimiter, branch, place))

    def _joined(self, delimiter: Value, listed: Value, place: Location | None) -> Value:
        if isinstance(delimiter, Known) and isinstance(listed, Unknown):
            return _joined_parameter(delimiter, listed, place)
        if not isinstance(delimiter, Known) or not isinstance(listed, ListValue) or listed.rest is not None:
            return _unevaluated("Join", (delimiter, listed), place)
        between = scalar_text(delimiter.value)

        def join(items: tuple[Value, ...]) -> Value:
            pieces: list[str | Value] = []
            for item in items:
                if is_null(item):
                    continue
                if isinstance(item, ListValue):
                    return _unevaluated("Join", (delimiter, listed), place)
                pieces += [between, item] if pieces else [item]
            return joined(pieces)

        answer = distribute(listed.items, join)
        return answer if answer is not None else _unevaluated("Join", (delimiter, listed), place)

    def _split(self, argument: Value, place: Location | None) -> Value:
        if not (isinstance(argument, ListValue) and len(argument.items) == 2):
            return self._malformed("Fn::Split", argument, place)
        delimiter, text = self.evaluate(argument.items[0]), self.evaluate(argument.items[1])

        def split(branch: Value) -> Value:
            if not isinstance(delimiter, Known) or not isinstance(branch, Known | Template | Unknown) or not delimiter.value:
                return _open_list("Split", (delimiter, branch), place)
            return split_text(scalar_text(delimiter.value), branch, place)

        return in_branches(text, split)

    def _base64(self, argument: Value, place: Location | None) -> Value:
        value = self.evaluate(argument)
        if isinstance(value, Known):
            return Known(base64.b64encode(scalar_text(value.value).encode("utf-8", "replace")).decode(), place)
        return _unevaluated("Base64", (value,), place)

    def _to_json(self, argument: Value, place: Location | None) -> Value:
        return JsonText(self.evaluate(argument), place)

    # Lists

    def _select(self, argument: Value, place: Location | None) -> Value:
        if not (isinstance(argument, ListValue) and len(argument.items) == 2):
            return self._malformed("Fn::Select", argument, place)
        index, listed = self.evaluate(argument.items[0]), self.evaluate(argument.items[1])

        def select(operands: tuple[Value, ...]) -> Value:
            at, found = operands
            items = [item for item in found.items if not is_null(item)] if isinstance(found, ListValue) and not found.rest else []
            if isinstance(at, Known) and re.fullmatch(r"\d{1,6}", scalar_text(at.value)):
                if int(scalar_text(at.value)) < len(items):
                    return items[int(scalar_text(at.value))]
            elif isinstance(at, Unknown) and 0 < len(items) <= MOST_CASES:
                # Any other index fails the deployment.
                answer = items[-1]
                for number, item in reversed(tuple(enumerate(items[:-1]))):
                    answer = conditions.branch(conditions.equal(at, Known(str(number))), item, answer)
                return answer
            return _unevaluated("Select", operands, place)

        if isinstance(listed, ListValue) and any(is_null(part) for item in listed.items for part in _branches(item)):
            answer = distribute((index, *listed.items), lambda operands: select((operands[0], ListValue(operands[1:]))))
        else:
            answer = distribute((index, listed), select)
        return answer if answer is not None else _unevaluated("Select", (index, listed), place)

    def _length(self, argument: Value, place: Location | None) -> Value:
        value = self.evaluate(argument)
        if (
            isinstance(value, ListValue)
            and value.rest is None
            and not any(is_null(part) for item in value.items for part in _branches(item))
        ):
            return Known(len(value.items), place)
        return _unevaluated("Length", (value,), place)

    def _zones(self, argument: Value, place: Location | None) -> Value:
        symbol = Symbol(
            f"GetAZs({naming.name_of(self.evaluate(argument))})", "the availability zones are known only at deployment", "", place
        )
        return Unknown(symbol, place)

    def _cidr(self, argument: Value, place: Location | None) -> Value:
        value = self.evaluate(argument)
        items = value.items if isinstance(value, ListValue) else ()
        resolved = [scalar_text(item.value) for item in items if isinstance(item, Known)]
        if len(resolved) == len(items) and len(items) in (2, 3):
            try:
                network = ipaddress.ip_network(resolved[0], strict=False)
                count, bits = int(resolved[1]), int(resolved[2]) if len(resolved) == 3 else 8
                subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
                if 1 <= count <= _MOST_SUBNETS:
                    return ListValue(
                        tuple(Known(str(subnet), place) for subnet, _ in zip(subnets, range(count), strict=False)), place
                    )
            except ValueError:
                pass
        return _open_list("Cidr", (value,), place)

    # Conditions

    def _if(self, argument: Value, place: Location | None) -> Value:
        if not (isinstance(argument, ListValue) and len(argument.items) == 3):
            return self._malformed("Fn::If", argument, place)
        condition, then, otherwise = argument.items
        name = condition if isinstance(condition, MapValue) else MapValue({"Condition": condition}, place)
        tree = self.condition(name)
        if isinstance(tree, Known):
            return self.evaluate(then if tree.value is True else otherwise)
        return conditions.branch(tree, self.evaluate(then), self.evaluate(otherwise))

    def _equals(self, argument: Value, place: Location | None) -> Value:
        if not (isinstance(argument, ListValue) and len(argument.items) == 2):
            return self._malformed("Fn::Equals", argument, place)
        return conditions.equal(self.evaluate(argument.items[0]), self.evaluate(argument.items[1]))

    def _not(self, argument: Value, place: Location | None) -> Value:
        items = argument.items if isinstance(argument, ListValue) else (argument,)
        return conditions.negated(self.condition(items[0])) if len(items) == 1 else self._malformed("Fn::Not", argument, place)

    def _and(self, argument: Value, place: Location | None) -> Value:
        return self._all(argument, place, conditions.both, conditions.TRUE, "Fn::And")

    def _or(self, argument: Value, place: Location | None) -> Value:
        return self._all(argument, place, conditions.either, conditions.FALSE, "Fn::Or")

    def _all(
        self, argument: Value, place: Location | None, combine: Callable[[Value, Value], Value], start: Value, name: str
    ) -> Value:
        if not isinstance(argument, ListValue) or not argument.items:
            return self._malformed(name, argument, place)
        answer = start
        for item in argument.items:
            answer = conditions.small(combine(answer, self.condition(item)), f"{name} at {place}")
        return answer

    def _transformed(self, argument: Value, place: Location | None) -> Value:
        return _transform(argument, place)


_Function = Callable[[Evaluator, Value, Location | None], Value]

_CONDITIONS: Mapping[str, _Function] = {
    "Fn::Equals": Evaluator._equals,
    "Fn::Not": Evaluator._not,
    "Fn::And": Evaluator._and,
    "Fn::Or": Evaluator._or,
}
_FUNCTIONS: Mapping[str, _Function] = {
    "Ref": Evaluator._ref,
    "Fn::GetAtt": Evaluator._get_att,
    "Fn::ImportValue": Evaluator._import,
    "Fn::GetStackOutput": Evaluator._get_stack_output,
    "Fn::FindInMap": Evaluator._find_in_map,
    "Fn::Sub": Evaluator._sub,
    "Fn::Join": Evaluator._join,
    "Fn::Split": Evaluator._split,
    "Fn::Base64": Evaluator._base64,
    "Fn::ToJsonString": Evaluator._to_json,
    "Fn::Select": Evaluator._select,
    "Fn::Length": Evaluator._length,
    "Fn::GetAZs": Evaluator._zones,
    "Fn::Cidr": Evaluator._cidr,
    "Fn::If": Evaluator._if,
    "Fn::Transform": Evaluator._transformed,
    **_CONDITIONS,
}
# Source: AWS CloudFormation Template Reference, "Intrinsic functions" and "Rule-specific intrinsic functions".
_BY_LOWER_CASE = {
    name.lower(): name
    for name in (*_FUNCTIONS, "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf")
} | {"fn::ref": "Ref", "fn::condition": "Condition"}
# Source: AWS CloudFormation Template Reference, under each function.
_FORMS = {
    "Fn::FindInMap": "[map, key, second key]",
    "Fn::Join": "[delimiter, [values]]",
    "Fn::Split": "[delimiter, text]",
    "Fn::Select": "[index, [values]]",
    "Fn::If": "[condition, value if true, value if false]",
    "Fn::Equals": "[value, value]",
    "Fn::Not": "[condition]",
    "Fn::And": "[condition, condition, …]",
    "Fn::Or": "[condition, condition, …]",
}
_OF_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")


def variables_in(text: str) -> list[str]:
    """What Fn::Sub fills in, as it is written."""
    return [match[2] for match in _VARIABLE.finditer(text) if not match[1]]


def output_name(argument: Value) -> Text | None:
    """What stands for an output among the names of exports, none of which has a blank; None where what names it is not resolved.

    Source: AWS CloudFormation Template Reference, "Fn::GetStackOutput".

    Args:
        argument: the evaluated argument of the function.
    """
    entries = argument.entries if isinstance(argument, MapValue) else {}
    stack, output = entries.get("StackName"), entries.get("OutputName")
    if not isinstance(stack, Known | Template | Unknown) or not isinstance(output, Known):
        return None
    return text_of((f"{scalar_text(output.value)}{_OF_STACK}", *text_parts(stack)))


def is_of_stack(name: Text) -> bool:
    """Whether a name is one of `output_name`."""
    first = next(iter(text_parts(name)), "")
    return isinstance(first, str) and _OF_STACK in first


def joined(pieces: list[str | Value]) -> Value:
    """Text made of literal pieces and values; where a value branches, so does the text. One value alone keeps its origin."""
    values = tuple(piece for piece in pieces if not isinstance(piece, str))

    def join(operands: tuple[Value, ...]) -> Value:
        written = iter(operands)
        parts: list[str | Symbol] = []
        for piece in pieces:
            operand = piece if isinstance(piece, str) else next(written)
            if isinstance(operand, str):
                parts.append(operand)
            elif isinstance(operand, Known | Template | Unknown):
                parts.extend(text_parts(operand))
            else:
                parts.append(naming.derived(naming.name_of(operand), operand).symbol)
        if sum(len(part) if isinstance(part, str) else 1 for part in parts) > _LONGEST:
            return Unknown(Symbol(f"{naming.name_of(text_of(parts[:1]))}…", f"the text has more than {_LONGEST:,} characters"))
        origin = origin_of(operands[0]) if len(operands) == 1 and not any(isinstance(p, str) and p for p in pieces) else None
        return without_markers(text_of(parts, None, origin))

    answer = distribute(values, join)
    return (
        join(tuple(naming.derived(naming.name_of(one), one) if isinstance(one, Choice) else one for one in values))
        if answer is None
        else answer
    )


def _joined_parameter(delimiter: Known, listed: Unknown, place: Location | None) -> Unknown:
    """The items of a list that nothing resolves, joined; of a parameter it is known that no item has a comma.

    Source: AWS CloudFormation User Guide, "Parameters section", `CommaDelimitedList` and `List<…>`: the values are separated by commas.
    """
    made = _unevaluated("Join", (delimiter, listed), place)
    known = listed.symbol.meant
    if known is None or not isinstance(known.type, Limits) or not known.type.of_list:
        return made
    joined = scalar_text(delimiter.value), naming.some_item(listed).symbol
    return replace(made, symbol=replace(made.symbol, meaning=Meaning(made.symbol.name, joined=joined)))


def _each_between(delimiter: str, parts: Sequence[str | Symbol]) -> Template | None:
    """What each field of a text looks like that is made of the items of a list, as `Split` of `Sub` of `Join` makes ARNs of account ids."""
    match parts:
        case (str() as before, Symbol(meant=Meaning(joined=(between, item))), str() as behind):
            if delimiter == "," and between == f"{behind},{before}" and "," not in before + behind:
                each = text_of((before, item, behind))
                return each if isinstance(each, Template) else None
    return None


def split_text(delimiter: str, text: Text, place: Location | None) -> ListValue:
    """The fields of a text; those in which something unknown may bring further delimiters are the list's unknown rest."""
    whole = holes.cut(text_parts(text), delimiter)
    if whole is not None:
        return ListValue(tuple(text_of(field, place) for field in whole), place)
    if (each := _each_between(delimiter, text_parts(text))) is not None:
        return ListValue((), place, _unevaluated("Split", (Known(delimiter), text), place).symbol, each=each)
    # The end of a hole may make another delimiter with the beginning of a long one.
    fields = holes.pieces(text_parts(text), delimiter)
    resolved = [field for field in fields if len(delimiter) == 1 and holes.cut(field, delimiter) is not None]
    items = tuple(text_of(field, place) for field in resolved)
    return ListValue(items, place, _unevaluated("Split", (Known(delimiter), text), place).symbol)


def placed(value: Value, place: Location | None) -> Value:
    """A value that is written at a place, though it comes from elsewhere."""
    return replace(value, location=place) if place is not None and not isinstance(value, ListValue | MapValue) else value


def _branches(value: Value) -> Iterator[Value]:
    return (branch for _, branch in alternatives(value))


def _unevaluated(name: str, arguments: tuple[Value, ...], place: Location | None) -> Unknown:
    return naming.derived(f"{name}({', '.join(naming.name_of(argument) for argument in arguments)})", *arguments, location=place)


def _open_list(name: str, arguments: tuple[Value, ...], place: Location | None) -> ListValue:
    return ListValue((), place, _unevaluated(name, arguments, place).symbol)


def _not_extended(name: str, place: Location | None) -> Unknown:
    return Unknown(Symbol(f"{name} at {place}", f"only the transform {EXTENSIONS} evaluates {name}", ADD_EXTENSIONS, place), place)


def _too_deep(place: Location | None) -> Unknown:
    return Unknown(Symbol(f"the value at {place}", "it depends on too many others in a row", location=place), place)


def _transform(argument: Value, place: Location | None) -> Unknown:
    named = argument.entries.get("Name") if isinstance(argument, MapValue) else argument
    name = scalar_text(named.value) if isinstance(named, Known) else "a macro"
    hint = "include a file of this repository, or allow it to be read with --also-read DIR" if name == "AWS::Include" else ""
    return Unknown(Symbol(f"Fn::Transform at {place}", f"the macro {name} makes it at deployment", hint, place), place)


def _unsettled_loop(name: str, place: Location | None) -> Symbol:
    return Symbol(f"{name} at {place}", "what Fn::ForEach goes over is not resolved", "", place)


# Fn::ForEach


def expanded(node: MapValue, evaluate: Callable[[Value], Value]) -> Iterator[tuple[str, Value]]:
    """The entries of a map with its loops unrolled; one over something unknown, or over too much, stays as it is.

    Source: AWS CloudFormation Template Reference, "Fn::ForEach": `${Identifier}` stands for the item, `&{Identifier}` for its letters and
    digits.
    """
    return _unrolled(node, evaluate, [_MOST_ENTRIES])


def _unrolled(node: MapValue, evaluate: Callable[[Value], Value], left: list[int]) -> Iterator[tuple[str, Value]]:
    """`left` holds how many rounds may still be made."""
    for name in node.entries:
        loop = node.entries[name]
        texts = _gone_over(loop, evaluate) if name.startswith(FOR_EACH) else None
        if texts is None or len(texts) > left[0] or not isinstance(loop, ListValue):
            yield name, loop
            continue
        left[0] -= len(texts)
        for text in texts:
            body = _substituted(loop.items[2], scalar_text(getattr(loop.items[0], "value", None)), text)
            if isinstance(body, MapValue):
                yield from _unrolled(body, evaluate, left)


def _gone_over(loop: Value, evaluate: Callable[[Value], Value]) -> list[str] | None:
    """The items of a loop; None when they are not resolved, or the loop is not written as CloudFormation takes it."""
    if not (isinstance(loop, ListValue) and len(loop.items) == 3 and isinstance(loop.items[0], Known)):
        return None
    listed = evaluate(loop.items[1])
    if not isinstance(listed, ListValue) or listed.rest is not None or not isinstance(loop.items[2], MapValue):
        return None
    texts = [scalar_text(item.value) for item in listed.items if isinstance(item, Known)]
    return texts if len(texts) == len(listed.items) else None


def _substituted(value: Value, identifier: str, text: str) -> Value:
    """A value with a loop's identifier replaced, in keys, texts and references."""
    plain = re.sub(r"[^A-Za-z0-9]", "", text)

    def replaced(written: str) -> str:
        return written.replace(f"${{{identifier}}}", text).replace(f"&{{{identifier}}}", plain)

    match value:
        case Known(str() as written):
            return replace(value, value=replaced(written))
        case ListValue(items):
            return replace(value, items=tuple(_substituted(item, identifier, text) for item in items))
        case MapValue(entries, location):
            if len(entries) == 1 and entries.get("Ref") == Known(identifier):
                return Known(text, location)
            return MapValue(
                {replaced(name): _substituted(entry, identifier, text) for name, entry in entries.items()},
                location,
                value.rest,
                {replaced(name): value.key_locations[name] for name in entries if name in value.key_locations},
            )
    return value
