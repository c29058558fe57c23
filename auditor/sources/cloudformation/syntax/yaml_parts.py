"""A large document of YAML parted where its outer keys stand, so that only what is asked for is composed.

libyaml reads the whole text first and makes nothing of it. In a text that it takes, a line that has a plain key where the first key of a map
stands is a key of that map, unless it is in quotes or brackets; those are open at the end of the part before, which then is not YAML by itself.
What is to be seen as a whole is not parted: anchors, repeated keys, and what may be a null.

Source: YAML 1.1, "Indentation Spaces", "Comments", "Block Mappings".
"""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from auditor.foundation.location import Lines, Location, place_between
from auditor.foundation.value import Known, MapValue, Value
from auditor.lazy.classes import unguarded
from auditor.lazy.expressions import regex
from auditor.lazy.mapping import PartedMapping
from auditor.sources.cloudformation.syntax.yaml_nodes import LAZY_LEVELS, Nodes, is_yaml

_FEW = 20
_MOST_SMALL = 1_000

Compose = Callable[[int, int, int], Value]
"""The value of the one key between two offsets, at a level."""

# What may be seen whole alone; a text that has one of these for another reason is composed, too.
_WHOLE = (
    regex(r"\r"),
    regex(r"[&*](?<![^\s,\[{:-].)\S"),  # an anchor, or an alias
    regex(r"!(?<![^\s,\[{:-].)[<!]"),  # a tag that is none of CloudFormation's
    regex(r"\?(?<![^\s,\[{:-].)\s"),  # a key that is not plain
    regex(r"[~nN](?:(?<=~)|(?<=[nN])ull|(?<=N)ULL)(?=[\s,\]}]|\Z)"),  # a null that is written
    regex(r":\s*[,\]}]"),  # nothing where a value is wanted: in brackets,
    regex(r"\{(?<![^\s,\[{:].)(?!(?:[\w:]+: (?:[^\s,\[\]{}\"'#]+|\"[^\"\\\n]*\"|'[^'\n]*')(?:, ?|(?=\})))*\})"),
    regex(r"^ *-[ \t]*(?:#|$|(?<=[ \t])[- \t])", re.MULTILINE),  # for an item,
    regex(  # or after a key
        r"^( *)(- )?(?! |- |#)(?=([^\n]*:[ \t]*(?:#[^\n]*)?$))\3(?!(?:\n[ \t]*(?:#[^\n]*)?(?=\n))*\n\1(?(2)  )(?: +[^ \n#]|- ))",
        re.MULTILINE,
    ),
)
# Quotes and brackets that do not close in their line, or with others in them.
_OPEN = regex(r"""["'\[{](?<!\S.)(?:(?<=")(?![^"\\\n]*"\s)|(?<=')(?![^'\n]*'\s)|(?<=[\[{])(?![^\[\]{}"'#\n]*[\]}]\s))""")
_KEY = r"[A-Za-z][A-Za-z0-9_]*(?:::?[A-Za-z0-9]+)*"
_WORD = r"(?!(?i:yes|no|on|off|true|false|null)\b)[A-Za-z][A-Za-z0-9_-]*(?:::?[A-Za-z0-9_-]+)*"
_PAIR = regex(rf" *{_KEY}: +({_WORD}) *\n?")
_ABOVE = regex(rf"( *){_KEY}: *(?: #[^\n]*)?\n")
_BEGIN = regex(rf"(?: *(?:#[^\n]*)?\n)*(?:---[ ]*\n(?: *(?:#[^\n]*)?\n)*)?(( *)({_KEY}):)(?=[ \n]|\Z)")
_KEY_AT = regex(rf" *({_KEY})")


@functools.cache
def _lines_of(indent: int) -> re.Pattern[str]:
    """The further lines of a map: those with a key of it, and those that make it none that is parted, with an empty second group."""
    return re.compile(rf"\n(?: {{{indent}}}(?:({_KEY}):(?=[ \n]|\Z)|-(?=[ \n]))| {{0,{indent}}}(?=[^ \n#])())")


def parted(lines: Lines, compose: Compose) -> Value | None:
    """The value of a document, whose parts are composed when they are asked for; None where it is to be composed whole.

    Args:
        lines: of a text as `yaml_nodes.normal` makes it.
        compose: makes the value of a part.
    """
    if any(one.search(lines.text) for one in _WHOLE) or not is_yaml(lines.text):
        return None
    return _Document(lines, compose).map(0, len(lines.text), 0)


@unguarded
class _Parts:
    """The parts of a map: the number of each key, and where the line of each begins, with the end of the map as the last one."""

    keys: Mapping[str, int]
    begins: Sequence[int]


class _Document:
    def __init__(self, lines: Lines, compose: Compose) -> None:
        self.lines, self.compose = lines, compose
        self._open = array("I", (one.start() for one in _OPEN.finditer(lines.text)))
        self._kept: dict[tuple[int, int], _Parts | None] = {}
        self._last: tuple[tuple[int, int], _Parts | None] = (0, 0), None
        self._words: dict[str, str] = {}
        self._keys: dict[tuple[str, ...], Mapping[str, int]] = {}  # equal ones once: most resources have the same

    def map(self, begin: int, end: int, level: int) -> MapValue | None:
        """The map that lies between two offsets, the keys of which are at a level; None where it cannot be parted."""
        parts = self.parts(begin, end, level)
        if parts is None:
            return None
        entries = _Entries(self, begin, end, level, parts.keys)
        return MapValue(entries, place_between(entries, _BEGINS, _ENDS), None, _Keys(entries, parts.keys))

    def value(self, begin: int, end: int, level: int) -> Value:
        """The value of the key of a part."""
        text = self.lines.text
        above = _ABOVE.match(text, begin, end) if level < LAZY_LEVELS else None
        if above is not None and (found := self.map(above.end(), end, level)) is not None:
            return found
        return self.compose(begin, end, level)

    def word(self, begin: int, end: int) -> Known | None:
        """The value of the key of a part that is nothing but a word, which is as soon read as found; None for any other."""
        pair = _PAIR.fullmatch(self.lines.text, begin, end)
        return Known(self._words.setdefault(pair[1], pair[1]), self.lines.region(*pair.span(1))) if pair else None

    def parts(self, begin: int, end: int, level: int) -> _Parts | None:
        """The parts of a map; None where it cannot be parted. Those of the small ones, of which there are many, are kept until the next."""
        between = begin, end
        if between == self._last[0]:
            return self._last[1]
        if between in self._kept:
            return self._kept[between]
        found = self._parted(begin, end, level)
        if level < LAZY_LEVELS - 1 or (found is not None and len(found.keys) > _FEW):
            self._kept[between] = found
        else:
            self._last = between, found
        return found

    def _parted(self, begin: int, end: int, level: int) -> _Parts | None:
        text = self.lines.text
        first = _BEGIN.match(text, begin, end)
        if first is None:
            return None
        names, begins = [first[3]], array("I", (first.start(1),))
        for line in _lines_of(len(first[2])).finditer(text, first.start(1), end):
            name, unusual = line.groups()
            if unusual is not None:
                return None
            if name is not None:
                names.append(name)
                begins.append(line.start() + 1)
        begins.append(end)
        keys = self._keys.get(tuple(names))
        if keys is None:
            keys = self._keys[tuple(names)] = {name: number for number, name in enumerate(names)}
        if len(keys) < len(names) or (level == 1 and self._are_small(begins)):
            return None
        # The last part is closed, since what it is the end of is.
        return _Parts(keys, begins) if all(self._is_closed(*part, level) for part in pairwise(begins[:-1])) else None

    def _are_small(self, begins: Sequence[int]) -> bool:
        """Whether very many parts are written in a line each, which is sooner composed with the others than alone."""
        if len(begins) <= _MOST_SMALL:
            return False
        blocks = sum(_ABOVE.match(self.lines.text, begin) is not None for begin in begins[:-1])
        return len(begins) - 1 - blocks > _MOST_SMALL

    def _is_closed(self, begin: int, end: int, level: int) -> bool:
        """Whether no quotes or brackets are open at the end of a part: it is YAML by itself, or is parted into such."""
        if not self._may_be_open(begin, end):
            return True
        above = _ABOVE.match(self.lines.text, begin, end) if level == 0 else None
        if above is not None and self.parts(above.end(), end, level + 1) is not None:
            return True
        return is_yaml(self.lines.text[begin:end])

    def _may_be_open(self, begin: int, end: int) -> bool:
        at = bisect_left(self._open, begin)
        return at < len(self._open) and self._open[at] < end


_BEGINS, _ENDS = range(2)


class _Entries(PartedMapping[int, Value]):
    """The entries of a map that is parted, each composed once. It tells where the map begins, and where it ends."""

    __slots__ = ("_begin", "_document", "_end", "_level", "_made")

    def __init__(self, document: _Document, begin: int, end: int, level: int, keys: Mapping[str, int]) -> None:
        super().__init__(keys)
        self._document, self._begin, self._end, self._level = document, begin, end, level
        self._made: dict[str, Value] | None = None  # of most maps nothing is asked but a word

    def __getitem__(self, key: str) -> Value:
        if self._made is not None and key in self._made:
            return self._made[key]
        part = self.part(self._parts[key])
        if (word := self._document.word(*part)) is not None:
            return word
        if self._made is None:
            self._made = {}
        self._made[key] = value = self._document.value(*part, self._level + 1)
        return value

    def part(self, number: int) -> tuple[int, int]:
        """Where the part of a number begins and ends."""
        parts = self._document.parts(self._begin, self._end, self._level)
        assert parts is not None  # noqa: S101 - as when this was made
        return parts.begins[number], parts.begins[number + 1]

    def place_of(self, key: str) -> Location:
        """Where a key is written."""
        return self._key_at(self.part(self._parts[key])[0])

    def _key_at(self, begin: int) -> Location:
        lines = self._document.lines
        found = _KEY_AT.match(lines.text, begin)
        assert found is not None  # noqa: S101 - a part begins with one
        return lines.region(*found.span(1))

    @property
    def path(self) -> str:
        """Of the file."""
        return self._document.lines.path

    def place(self, which: int, /) -> tuple[int, int]:
        """Line and column of one of the two ends."""
        if which == _BEGINS:
            place = self._key_at(self.part(0)[0])
            return place.line, place.column
        place = Nodes(self._document.lines, *self.part(len(self._parts) - 1)).location(0)
        return place.end_line, place.end_column


class _Keys(PartedMapping[int, Location]):
    """Where the keys of a map that is parted are written."""

    __slots__ = ("_entries",)

    def __init__(self, entries: _Entries, keys: Mapping[str, int]) -> None:
        super().__init__(keys)
        self._entries = entries

    def __getitem__(self, key: str) -> Location:
        return self._entries.place_of(key)
