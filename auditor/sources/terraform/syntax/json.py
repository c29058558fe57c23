"""JSON configuration syntax (`.tf.json`, `.tofu.json`): lowered to the tree of the native syntax.

Source: developer.hashicorp.com/terraform/language/syntax/json. Strings are templates; a property `//` of a body is a comment, of an object a key.
Whether a property of a body is an argument or a nested block depends on the schema, which is not known here: it is kept as an argument, and
whoever asks for blocks of that name is given its objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json_file
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.sources.terraform.syntax import native
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    ObjectExpression,
    TupleExpression,
    UnparsedBlock,
    Unsupported,
    Variable,
)

# How many labels a block of each type has.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "check": 1}


def parse_json(text: str, path: str) -> tuple[tuple[Block, ...], tuple[UnparsedBlock, ...], tuple[InputError, ...]]:
    """The blocks of a file in JSON syntax, an object or an array of objects; those of which nothing else is known; what is wrong with it.

    Args:
        text: the whole file.
        path: its name.
    """
    document, errors = parse_json_file(text, path)
    if document is None:
        errors = tuple(InputError(error.location, f"is not JSON: it {error.message}") for error in errors)
    lowering = _Lowering(path)
    found: list[Block] = []
    for error in errors:
        lowering.refuse(error)
    for item in document.items if isinstance(document, ListValue) else (document,) if document is not None else ():
        if not isinstance(item, MapValue):
            lowering.refuse(InputError(item.location or Location(path), "is not a JSON object"))
            continue
        for name, value in item.entries.items():
            if name != "//":
                found.extend(lowering.blocks(name, (), value, _LABELS.get(name, 0), item.key_locations[name]))
    return tuple(found), tuple(lowering.unparsed), tuple(lowering.errors)


def parse_json_attributes(text: str, path: str) -> tuple[Mapping[str, Attribute], tuple[InputError, ...]]:
    """The values of a `.tfvars.json` file by name, and what is wrong with it; a text in it is not a template.

    Source: developer.hashicorp.com/terraform/language/values/variables, "Variable Definitions (.tfvars) Files".
    """
    document, errors = parse_json_file(text, path)
    if document is None:
        return {}, tuple(InputError(error.location, f"is not JSON: it {error.message}") for error in errors)
    if not isinstance(document, MapValue):
        return {}, (*errors, InputError(document.location or Location(path), "is not a JSON object"))
    return _Lowering(path, templates=False).body(document).attributes, errors


# As in native syntax: a number of more digits is not evaluated.
_GREATEST = 10**300


def _objects(value: Value) -> Iterator[MapValue]:
    """The objects that stand for blocks: one, or any number of them in arrays."""
    if isinstance(value, MapValue):
        yield value
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from _objects(item)


def _type(expression: Expression) -> Expression:
    """The type constraint in a string of JSON syntax, which is an expression, not a template."""
    if not isinstance(expression, Literal) or not isinstance(expression.value, str):
        return expression
    place = expression.location
    parsed, _ = native.parse_expression(expression.value, place.path, place.line, place.column + 1)
    return parsed or expression


class _Lowering:
    def __init__(self, path: str, *, templates: bool = True) -> None:
        self.path = path
        self.templates = templates
        self.errors: list[InputError] = []
        self.unparsed: list[UnparsedBlock] = []

    def refuse(self, error: InputError, kind: str = "", labels: tuple[str, ...] = ()) -> None:
        """Takes note of something of which nothing is known but its place, and perhaps its type and labels."""
        self.errors.append(error)
        self.unparsed.append(UnparsedBlock(kind, labels, error.location, error.location, error))

    def blocks(self, name: str, labels: tuple[str, ...], value: Value, wanted: int, header: Location) -> Iterator[Block]:
        """The blocks that a property stands for: one for each object at the depth of its labels."""
        if isinstance(value, ListValue):
            for item in value.items:
                yield from self.blocks(name, labels, item, wanted, header)
        elif not isinstance(value, MapValue):
            self.refuse(InputError(value.location or header, f"'{name}' holds an object here"), name, labels)
        elif wanted:
            for label, inner in value.entries.items():
                if label != "//":
                    yield from self.blocks(name, (*labels, label), inner, wanted - 1, value.key_locations.get(label, header))
        else:
            body = self.body(value)
            if name == "variable" and "type" in body.attributes:
                written = body.attributes["type"]
                body = replace(body, attributes={**body.attributes, "type": replace(written, expression=_type(written.expression))})
            yield Block(name, labels, body, header, value.location or header)

    def body(self, value: MapValue) -> Body:
        attributes: dict[str, Attribute] = {}
        nested: list[Block] = []
        for name, entry in value.entries.items():
            place = value.key_locations.get(name, Location(self.path))
            if name == "//":
                continue
            if name == "dynamic" and isinstance(entry, MapValue | ListValue):
                nested.extend(self._dynamic(entry, place))
                continue
            end = entry.location or place
            whole = Location(self.path, place.line, place.column, end.end_line, end.end_column)
            attributes[name] = Attribute(name, self.expression(entry, whole), whole)
        return Body(attributes, tuple(nested))

    def _dynamic(self, value: Value, header: Location) -> Iterator[Block]:
        for group in _objects(value):
            for label, inner in group.entries.items():
                place = group.key_locations.get(label, header)
                for item in _objects(inner):
                    yield self._dynamic_block(label, item, place)

    def _dynamic_block(self, label: str, item: MapValue, place: Location) -> Block:
        rest = {key: entry for key, entry in item.entries.items() if key != "content"}
        body = self.body(MapValue(rest, item.location, None, item.key_locations))
        attributes = dict(body.attributes)
        iterator = attributes.get("iterator")
        if iterator is not None and isinstance(iterator.expression, Literal) and isinstance(iterator.expression.value, str):
            attributes["iterator"] = replace(iterator, expression=Variable(iterator.expression.value, iterator.expression.location))
        contents = tuple(
            Block("content", (), self.body(content), place, content.location or place)
            for content in _objects(item.entries.get("content", MapValue({}, item.location)))
        )
        return Block("dynamic", (label,), Body(attributes, (*body.blocks, *contents)), place, item.location or place)

    def expression(self, value: Value, place: Location) -> Expression:
        where = value.location or place
        match value:
            case Known(str() as text):
                if not self.templates or ("${" not in text and "%{" not in text):
                    return Literal(text, where)
                found = native.template_in_string(text, where)
                if isinstance(found, InputError):
                    self.errors.append(found)
                    return Unsupported("this template cannot be parsed", where)
                return found
            case Known(int() as number) if not isinstance(number, bool) and abs(number) >= _GREATEST:
                return Unsupported("a number of this size is not evaluated", where)
            case Known(scalar):
                return Literal(scalar, where)
            case ListValue(items):
                return TupleExpression(tuple(self.expression(item, where) for item in items), where)
            case MapValue(entries):
                return ObjectExpression(self._entries(entries, value.key_locations, where), where)
        return Unsupported("this JSON value is not evaluated", where)

    def _entries(
        self, entries: Mapping[str, Value], places: Mapping[str, Location], where: Location
    ) -> tuple[tuple[Expression, Expression], ...]:
        return tuple(
            (self.expression(Known(key, places.get(key, where)), where), self.expression(entry, where))
            for key, entry in entries.items()
        )
