"""YAML with exact positions, as CloudFormation reads it.

A document is parsed by libyaml and turned into values from its nodes, the deep parts only when they are asked for. So every value
keeps its place, a repeated key is seen, aliases cannot blow up, and a plain scalar means what it means to CloudFormation: a date is text.

Sources: AWS CloudFormation User Guide, "CloudFormation template formats" (YAML 1.1 without the types binary, omap, pairs, set and
timestamp); yaml.org/type, the types of YAML 1.1; AWS CloudFormation Template Reference, "Intrinsic functions" (short forms).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import repeated_key
from auditor.foundation.location import Lines, Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Scalar, Symbol, Unknown, Value
from auditor.lazy.expressions import regex
from auditor.lazy.mapping import LazyMapping
from auditor.lazy.pyyaml import yaml
from auditor.sources.cloudformation.syntax import OF_RAIN
from auditor.sources.cloudformation.syntax.yaml_nodes import LAZY_LEVELS, LIST, MAP, PLAIN, STYLED, Nodes, normal

_DEEPEST = 100
_VALUE = 2
"""The number of the value of a map's first key, which comes after the map and the key."""
_MOST_VALUES = 200_000
# From how many characters on a document is parted; it pays from a tenth of that.
_LARGE = 200_000
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(_NULLS, None),
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_INTEGER = regex(r"[-+]?(0|[1-9][0-9_]{0,30})")
_REAL = regex(r"[-+]?[0-9][0-9_]{0,30}\.[0-9_]{0,30}([eE][-+]?[0-9]{1,3})?")
_OTHER_BASE = regex(r"[-+]?(0[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)")
# Of the tag of a function, and of `!!str`; with `!!bool` or `!!int`, what is in quotes means what it means without. Source: YAML 1.1, "Tags".
_OF_TEXT = ("!", "tag:yaml.org,2002:str")
_UNPREFIXED = frozenset({"Ref", "Condition"})
_PREFIXED = "And|Base64|Cidr|Equals|FindInMap|GetAtt|GetAZs|GetStackOutput|If|ImportValue|Join|Length|Not|Or|Select|Split|Sub|ToJsonString|Transform"
_OF_RULES = "Contains|EachMemberEquals|EachMemberIn|RefAll|ValueOf|ValueOfAll"
_FUNCTIONS = (*_PREFIXED.split("|"), *_OF_RULES.split("|"))


class _Fault(Exception):
    def __init__(self, location: Location, message: str) -> None:
        self.location, self.message = location, message


def parse_yaml(text: str, path: str) -> tuple[Value | None, list[InputError], bool]:
    """The value of a YAML document, its errors, and whether a null may be in it; None and one error when it cannot be read.

    Short forms of intrinsic functions become their long forms. Parts are read when they are looked at; what is found wrong then is
    appended to the list that was returned.

    Args:
        text: the whole file.
        path: its name.
    """
    errors: list[InputError] = []
    text = normal(text)
    lines = Lines(text, path)
    if len(text) >= _LARGE:
        from auditor.sources.cloudformation.syntax.yaml_parts import parted

        value = parted(lines, lambda begin, end, level: part_of(lines, begin, end, level, errors))
        if value is not None:
            return value, errors, False
    try:
        nodes = Nodes(lines)
    except yaml.MarkedYAMLError as error:
        return None, [_not_yaml(error, text, path)], False
    except yaml.reader.ReaderError as error:
        return None, [InputError(_place_of(text, path, error.position), "is not YAML: a control character stands here")], False
    if not nodes.kinds:
        return NULL, errors, False
    return _Reader(nodes, errors).guarded(0), errors, _holds_null(nodes)


def _holds_null(nodes: Nodes) -> bool:
    """Whether a null may be written, but for one that a function is given, of which nothing is told."""
    nulls = (at for at, text in enumerate(nodes.texts) if text in _NULLS and nodes.kinds[at] == PLAIN and at not in nodes.tags)
    return any(not (nodes.texts[at - 1] or "").startswith("Fn::") for at in nulls)


def part_of(lines: Lines, begin: int, end: int, level: int, errors: list[InputError]) -> Value:
    """The value of the one key of a part of a document.

    Args:
        lines: of the document.
        begin: where the part begins.
        end: where it ends.
        level: how many maps the value is in.
        errors: where what is found wrong goes.
    """
    return _Reader(Nodes(lines, begin, end), errors).guarded(_VALUE, level)


# Where what is wrong was begun, and not where it comes to light: its words, by the problem and what the parser was at.
_BEGAN = {
    ("could not find expected ':'", "while scanning a simple key"): "the key that begins here has no ':' with a blank behind it",
    ("found unexpected end of stream", "while scanning a quoted scalar"): "the quote that opens here is not closed",
}
_MARKS_OF_TOOLS = ("{{", "{%")


def _not_yaml(error: yaml.MarkedYAMLError, text: str, path: str) -> InputError:
    began = _BEGAN.get((error.problem or "", error.context or "")) if error.context_mark else None
    mark = error.context_mark if began else error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    written = lines[line] if line < len(lines) else ""
    here = written[column : column + 1]
    problem = began or (error.problem or "it cannot be read").strip()
    if here == "\t":
        problem = "a tab stands where YAML takes only blanks"
    elif here == "%":
        problem = "'%' cannot begin a value"
    elif (error.context or "").endswith("scanning an alias"):
        problem = "'*' begins an alias in YAML; put the value in quotes"
    elif "another document" in problem:
        problem = "a second document begins here, and a template is one document"
    if here == "%" or any(mark in written for mark in _MARKS_OF_TOOLS):
        problem += "; a template that another tool fills in has to be filled in first"
    place = Location(path, line + 1, column + 1, line + 1, column + 2)
    return InputError(place, f"is not YAML: {problem}")


def _place_of(text: str, path: str, offset: int) -> Location:
    before = text[: max(0, offset)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Location(path, line, column, line, column + 1)


class _Reader:
    def __init__(self, nodes: Nodes, errors: list[InputError]) -> None:
        self.nodes, self.errors = nodes, errors
        self.made: dict[int, tuple[Value, int]] = {}
        self.open: set[int] = set()
        self.size = self.again = 0
        # One function for each level, since there are as many maps as the template has resources.
        self.makers = [partial(self.guarded, level=level + 1) for level in range(LAZY_LEVELS)]
        self.key_place: Callable[[int], Location] = self._key_place

    def guarded(self, node: int, level: int = 0) -> Value:
        """The value of a node; what cannot be read becomes an error and an unknown."""
        before = self.size, self.again
        try:
            return self.value(node, level)
        except _Fault as fault:
            self.size, self.again = before
            self.open.clear()
            self.errors.append(InputError(fault.location, fault.message))
            return Unknown(Symbol(f"the text at {fault.location}", fault.message, location=fault.location), fault.location)

    def value(self, node: int, depth: int) -> Value:
        """The value of a node."""
        if self.nodes.aliased:
            return self._counted(self._meant(node), depth)
        if depth > _DEEPEST:
            raise _Fault(self.nodes.location(node), "is nested too deeply")
        return self._tagged(node, self._plain(node, depth))

    def _meant(self, node: int) -> int:
        """What an alias stands for; any other node itself."""
        return self.nodes.aliased.get(node, node)

    def _counted(self, node: int, depth: int) -> Value:
        """The value of a node that aliases may stand for, made once; how much is read again is counted."""
        known = self.made.get(node)
        if known is not None:
            self.size += known[1]
            self._count(node, known[1])
            return known[0]
        if node in self.open:
            raise _Fault(self.nodes.location(node), "an anchor contains itself")
        if depth > _DEEPEST:
            raise _Fault(self.nodes.location(node), "is nested too deeply")
        before = self.size
        self.size += 1
        self.open.add(node)
        value = self._tagged(node, self._plain(node, depth))
        self.open.discard(node)
        self.made[node] = (value, self.size - before)
        return value

    def _count(self, node: int, more: int) -> None:
        """Counts what is read once more; a template without aliases may be as large as it likes."""
        self.again += more
        if self.again > _MOST_VALUES:
            raise _Fault(self.nodes.location(node), f"aliases make more than {_MOST_VALUES:,} values of it")

    def _tagged(self, node: int, value: Value) -> Value:
        tag = self.nodes.tags.get(node)
        if tag is None or not tag.startswith("!"):
            return value
        name, place = tag[1:], self.nodes.location(node)
        if name in _UNPREFIXED:
            return MapValue({name: value}, place)
        if name in _FUNCTIONS:
            return MapValue({f"Fn::{name}": value}, place)
        if name.startswith(OF_RAIN):
            return MapValue({name: value}, place)
        if right := next((one for one in (*_UNPREFIXED, *_FUNCTIONS) if one.lower() == name.lower()), None):
            self.errors.append(InputError(place, f"{tag} is not a function of CloudFormation: write !{right}"))
        return Unknown(Symbol(f"{tag} at {place}", f"{tag} is not a function of CloudFormation", location=place), place)

    def _plain(self, node: int, depth: int) -> Value:
        text, kind = self.nodes.texts[node], self.nodes.kinds[node]
        if text is not None:
            return self._scalar(node, text)
        if kind == MAP:
            return self._map(node, depth)
        return ListValue(tuple(self.value(item, depth + 1) for item in self.nodes.items(node)), self.nodes.location(node))

    def _scalar(self, node: int, text: str) -> Value:
        place = self.nodes.location(node)
        tag = self.nodes.tags.get(node)
        if self.nodes.kinds[node] == STYLED if tag is None else tag.startswith(_OF_TEXT):
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

    def _map(self, node: int, depth: int) -> Value:
        place = self.nodes.location(node)
        parts: dict[str, int] = {}
        own: dict[str, int] = {}
        repeated: dict[str, Value] = {}
        for key, item in self.nodes.pairs(node):
            name = self.nodes.texts[self._meant(key)]
            if name is None:
                return self._marker(place)
            if name == "<<" and self._is_merge(key):
                for inherited, inner in self._merged(item, depth):
                    parts.setdefault(inherited, inner)
                continue
            if name in own:
                first = self.key_place(own[name]).line
                self.errors.append(InputError(self.key_place(item), f"the key '{name}' is repeated; it is first in line {first}"))
                repeated[name] = repeated_key(name, self.key_place(item))
            own.setdefault(name, item)
            parts[name] = item
        if repeated:
            read = {name: self.guarded(part, depth + 1) for name, part in parts.items() if name not in repeated}
            return MapValue({**read, **repeated}, place, None, {name: self.key_place(part) for name, part in parts.items()})
        if depth < LAZY_LEVELS:
            return MapValue(LazyMapping(parts, self.makers[depth]), place, None, LazyMapping(parts, self.key_place))
        return MapValue(
            {name: self.value(part, depth + 1) for name, part in parts.items()},
            place,
            None,
            {name: self.key_place(part) for name, part in parts.items()},
        )

    def _key_place(self, item: int) -> Location:
        """Where the key of a value is written, which comes right before it."""
        return self.nodes.location(self._meant(item - 1))

    def _is_merge(self, key: int) -> bool:
        key = self._meant(key)
        return self.nodes.texts[key] == "<<" and self.nodes.kinds[key] == PLAIN

    def _merged(self, node: int, depth: int) -> Iterator[tuple[str, int]]:
        """What a merge key brings, the first of equal keys to be taken. Source: yaml.org/type/merge.html."""
        node = self._meant(node)
        for source in map(self._meant, self.nodes.items(node)) if self.nodes.kinds[node] == LIST else (node,):
            place = self.nodes.location(source)
            if self.nodes.kinds[source] != MAP:
                raise _Fault(place, "'<<' merges something that is not a mapping")
            if source in self.open:
                raise _Fault(place, "an anchor contains itself")
            if depth > _DEEPEST:
                raise _Fault(place, "is nested too deeply")
            self._count(source, 1)
            self.open.add(source)
            names = [(self.nodes.texts[self._meant(key)], key, item) for key, item in self.nodes.pairs(source)]
            texts = [(name, key, item) for name, key, item in names if name is not None]
            yield from ((name, item) for name, key, item in texts if not self._is_merge(key))
            for _, _, item in (one for one in texts if self._is_merge(one[1])):
                yield from self._merged(item, depth + 1)
            self.open.discard(source)

    def _marker(self, place: Location) -> Value:
        """`{{ x }}` without quotes: a mapping whose key is a mapping; another tool puts a value there."""
        line = self.nodes.lines.line(place.line)[place.column - 1 :]
        if not line.startswith("{{"):
            raise _Fault(place, "a key is not text")
        inner = line.partition("}}")[0][2:].strip()
        return Unknown(
            Symbol(f"{{{{ {inner} }}}}", "another tool puts a value here before CloudFormation reads it", "", place), place
        )
