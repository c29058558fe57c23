"""YAML with exact positions, as CloudFormation reads it.

A document is composed by libyaml and turned into values from its nodes, the deep parts only when they are asked for. So every value
keeps its place, a repeated key is seen, aliases cannot blow up, and a plain scalar means what it means to CloudFormation: a date is text.

Sources: AWS CloudFormation User Guide, "CloudFormation template formats" (YAML 1.1 without the types binary, omap, pairs, set and
timestamp); yaml.org/type, the types of YAML 1.1; AWS CloudFormation Template Reference, "Intrinsic functions" (short forms).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import repeated_key
from auditor.foundation.location import Lines, Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Scalar, Symbol, Unknown, Value
from auditor.lazy.expressions import regex
from auditor.lazy.pyyaml import yaml

_DEEPEST = 100
_MOST_VALUES = 200_000
_LAZY_LEVELS = 3
"""The document, its sections, and their entries are read only when something asks for them."""
_COLUMNS = 30
"""The bits of a column: in one file of a gigabyte, a line is never longer."""

# PyYAML has libyaml in every wheel, but not where it was built without.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_LOADER):  # type: ignore[misc, valid-type]  # one of the two
    """Composes nodes whose tags are those that are written: what a plain scalar means is not left to YAML."""

    # Nothing is resolved by its path. These are called for every node, and nobody looks at what they return: functions of Python itself
    # that take the same arguments cost next to nothing.
    descend_resolver = operator.is_
    ascend_resolver = bool

    def resolve(self, *_: object) -> str:
        """The tag of a node that has none."""
        return "tag:yaml.org,2002:str"


# YAML 1.1 breaks lines at these, and nobody who counts lines does.
_NO_BREAKS = {0x85: " ", 0x2028: " ", 0x2029: " "}

T = TypeVar("T")

_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_INTEGER = regex(r"[-+]?(0|[1-9][0-9_]{0,30})")
_REAL = regex(r"[-+]?[0-9][0-9_]{0,30}\.[0-9_]{0,30}([eE][-+]?[0-9]{1,3})?")
_OTHER_BASE = regex(r"[-+]?(0[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)")
_UNPREFIXED = frozenset({"Ref", "Condition"})
_FUNCTIONS = regex(
    "And|Base64|Cidr|Equals|FindInMap|GetAtt|GetAZs|GetStackOutput|If|ImportValue|Join|Length|Not|Or|Select|Split|Sub|ToJsonString|Transform"
)


# What may be an alias: nowhere else does a `*` begin one. It comes first, since a literal is found fast.
_ALIAS = regex(r"\*(?<![^\s,:?\[{-]\*)[^\s,\[\]{}]")


class _Fault(Exception):
    def __init__(self, location: Location, message: str) -> None:
        self.location, self.message = location, message


def parse_yaml(text: str, path: str) -> tuple[Value | None, list[InputError]]:
    """The value of a YAML document; None and one error when it cannot be read.

    Short forms of intrinsic functions become their long forms. Parts are read when they are looked at; what is found wrong then is
    appended to the list that was returned.

    Args:
        text: the whole file.
        path: its name.
    """
    errors: list[InputError] = []
    try:
        node = yaml.compose(text.translate(_NO_BREAKS), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return None, [_not_yaml(error, text, path)]
    except RecursionError:
        return None, [InputError(Location(path), "is nested too deeply")]
    except yaml.reader.ReaderError as error:
        return None, [InputError(_place_of(text, path, error.position), "is not YAML: a control character stands here")]
    if node is None:
        return NULL, errors
    return _Reader(text, path, errors).guarded(node), errors


def _not_yaml(error: yaml.MarkedYAMLError, text: str, path: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    here = lines[line][column : column + 1] if line < len(lines) else ""
    problem = (error.problem or "it cannot be read").strip()
    if here == "\t":
        problem = "a tab stands where YAML takes only blanks"
    elif here == "%":
        problem = "'%' cannot begin a value; a template that another tool fills in has to be filled in first"
    elif (error.context or "").endswith("scanning an alias"):
        problem = "'*' begins an alias in YAML; put the value in quotes"
    elif "another document" in problem:
        problem = "a second document begins here, and a template is one document"
    place = Location(path, line + 1, column + 1, line + 1, column + 2)
    return InputError(place, f"is not YAML: {problem}")


def _place_of(text: str, path: str, offset: int) -> Location:
    before = text[: max(0, offset)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Location(path, line, column, line, column + 1)


class _Lazy(Mapping[str, T]):
    """A mapping whose values are made when they are asked for, once."""

    __slots__ = ("_made", "_make", "_parts")

    def __init__(self, parts: dict[str, yaml.Node], make: Callable[[yaml.Node], T]) -> None:
        self._parts, self._make = parts, make
        self._made: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        if key not in self._made:
            self._made[key] = self._make(self._parts[key])
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _is_merge(key: yaml.ScalarNode) -> bool:
    return key.value == "<<" and not key.style


def _in_blocks(node: yaml.Node) -> bool:
    """Whether a node is a map or a list that is written by indentation."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)


class _Marked(Lines):
    """The places of a file as libyaml counts them: an offset is a line and a column, both counted from 0, in one number."""

    __slots__ = ()

    def __init__(self, path: str) -> None:
        super().__init__("", path)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, counted from 1."""
        return (offset >> _COLUMNS) + 1, (offset & (1 << _COLUMNS) - 1) + 1


class _Reader:
    def __init__(self, text: str, path: str, errors: list[InputError]) -> None:
        self.lines, self.path, self.errors = text.split("\n"), path, errors
        self.region, self.aliased = _Marked(path).region, _ALIAS.search(text) is not None
        self.made: dict[int, tuple[Value, int]] = {}
        self.open: set[int] = set()
        self.size = self.again = 0

    def guarded(self, node: yaml.Node, level: int = 0) -> Value:
        """The value of a node; what cannot be read becomes an error and an unknown."""
        before = self.size, self.again
        try:
            return self.value(node, level)
        except _Fault as fault:
            self.size, self.again = before
            self.open.clear()
            self.errors.append(InputError(fault.location, fault.message))
            return Unknown(Symbol(f"the text at {fault.location}", fault.message, location=fault.location), fault.location)

    def value(self, node: yaml.Node, depth: int) -> Value:
        """The value of a node."""
        if self.aliased:
            return self._counted(node, depth)
        if depth > _DEEPEST:
            raise _Fault(self.place(node), "is nested too deeply")
        return self._tagged(node, self._plain(node, depth))

    def _counted(self, node: yaml.Node, depth: int) -> Value:
        """The value of a node that aliases may stand for, made once; how much is read again is counted."""
        known = self.made.get(id(node))
        if known is not None:
            self.size += known[1]
            self._count(node, known[1])
            return known[0]
        if id(node) in self.open:
            raise _Fault(self.place(node), "an anchor contains itself")
        if depth > _DEEPEST:
            raise _Fault(self.place(node), "is nested too deeply")
        before = self.size
        self.size += 1
        self.open.add(id(node))
        value = self._tagged(node, self._plain(node, depth))
        self.open.discard(id(node))
        self.made[id(node)] = (value, self.size - before)
        return value

    def _count(self, node: yaml.Node, more: int) -> None:
        """Counts what is read once more; a template without aliases may be as large as it likes."""
        self.again += more
        if self.again > _MOST_VALUES:
            raise _Fault(self.place(node), f"aliases make more than {_MOST_VALUES:,} values of it")

    def _tagged(self, node: yaml.Node, value: Value) -> Value:
        tag = node.tag
        if not tag.startswith("!") or tag == "!":
            return value
        name, place = tag[1:], self.place(node)
        if name in _UNPREFIXED:
            return MapValue({name: value}, place)
        if _FUNCTIONS.fullmatch(name):
            return MapValue({f"Fn::{name}": value}, place)
        return Unknown(Symbol(f"{tag} at {place}", f"{tag} is not a function of CloudFormation", location=place), place)

    def _plain(self, node: yaml.Node, depth: int) -> Value:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, depth)
        return ListValue(tuple(self.value(item, depth + 1) for item in node.value), self.place(node))

    def _scalar(self, node: yaml.ScalarNode) -> Value:
        text, place = node.value, self.place(node)
        if node.style or (node.tag.startswith("!") and node.tag != "!"):
            return Known(text, place)
        value: Scalar = text
        if text in _WORDS:
            value = _WORDS[text]
        elif text[0] in "+-0123456789":
            if _INTEGER.fullmatch(text):
                value = int(text.replace("_", ""))
            elif _REAL.fullmatch(text):
                value = float(text.replace("_", ""))
            elif _OTHER_BASE.fullmatch(text):
                reason = f"{text} without quotes is a number of another base in YAML 1.1"
                return Unknown(Symbol(f"{text} at {place}", reason, "put it in quotes", place), place)
        return Known(value, place)

    def _map(self, node: yaml.MappingNode, depth: int) -> Value:
        place = self.place(node)
        names = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
        if depth >= _LAZY_LEVELS and len(names) == len(node.value) and "<<" not in names:
            return MapValue(
                {key.value: self.value(item, depth + 1) for key, item in node.value},
                place,
                None,
                {key.value: self.place(key) for key, _ in node.value},
            )
        parts: dict[str, yaml.Node] = {}
        keys: dict[str, yaml.Node] = {}
        own: dict[str, int] = {}
        repeated: dict[str, Value] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                return self._marker(place)
            name = key.value
            if _is_merge(key):
                for inherited, inner in self._merged(item, depth):
                    parts.setdefault(inherited.value, inner)
                    keys.setdefault(inherited.value, inherited)
                continue
            if name in own:
                self.errors.append(InputError(self.place(key), f"the key '{name}' is repeated; it is first in line {own[name]}"))
                repeated[name] = repeated_key(name, self.place(key))
            own.setdefault(name, key.start_mark.line + 1)
            parts[name], keys[name] = item, key
        if repeated:
            read = {name: self.guarded(part, depth + 1) for name, part in parts.items() if name not in repeated}
            return MapValue({**read, **repeated}, place, None, {name: self.place(key) for name, key in keys.items()})
        if depth < _LAZY_LEVELS:
            below: Mapping[str, Value] = _Lazy(parts, lambda part: self.guarded(part, depth + 1))
            return MapValue(below, place, None, _Lazy(keys, self.place))
        return MapValue(
            {name: self.value(part, depth + 1) for name, part in parts.items()},
            place,
            None,
            {name: self.place(key) for name, key in keys.items()},
        )

    def _merged(self, node: yaml.Node, depth: int) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """What a merge key brings, the first of equal keys to be taken. Source: yaml.org/type/merge.html."""
        for source in node.value if isinstance(node, yaml.SequenceNode) else (node,):
            if not isinstance(source, yaml.MappingNode):
                raise _Fault(self.place(source), "'<<' merges something that is not a mapping")
            if id(source) in self.open:
                raise _Fault(self.place(source), "an anchor contains itself")
            if depth > _DEEPEST:
                raise _Fault(self.place(source), "is nested too deeply")
            self._count(source, 1)
            self.open.add(id(source))
            texts = [(key, item) for key, item in source.value if isinstance(key, yaml.ScalarNode)]
            yield from ((key, item) for key, item in texts if not _is_merge(key))
            for _, item in (pair for pair in texts if _is_merge(pair[0])):
                yield from self._merged(item, depth + 1)
            self.open.discard(id(source))

    def _marker(self, place: Location) -> Value:
        """`{{ x }}` without quotes: a mapping whose key is a mapping; another tool puts a value there."""
        if not self._line(place.line - 1)[place.column - 1 :].startswith("{{"):
            raise _Fault(place, "a key is not text")
        inner = self._line(place.line - 1)[place.column - 1 :].partition("}}")[0][2:].strip()
        return Unknown(
            Symbol(f"{{{{ {inner} }}}}", "another tool puts a value here before CloudFormation reads it", "", place), place
        )

    def place(self, node: yaml.Node) -> Location:
        """Where a node is written, without the blank lines and comments that follow it."""
        start, end = node.start_mark, node.end_mark
        if start.line == end.line and not _in_blocks(node):
            return self.region(start.line << _COLUMNS | start.column, end.line << _COLUMNS | end.column)
        last = node
        # A block collection ends where the next token begins; what is written of it ends with its last part.
        while _in_blocks(last):
            part = last.value[-1]
            last = part[1] if isinstance(part, tuple) else part
            if last.end_mark.index > node.end_mark.index or last.start_mark.index < node.start_mark.index:
                break  # an alias, written elsewhere
        end = last.end_mark
        if not start.index <= end.index <= node.end_mark.index:
            end = node.end_mark
        line, column = end.line, end.column
        while line > start.line and not self._line(line)[:column].strip():
            line -= 1
            column = len(self._line(line).rstrip())
        return self.region(start.line << _COLUMNS | start.column, line << _COLUMNS | column)

    def _line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""
