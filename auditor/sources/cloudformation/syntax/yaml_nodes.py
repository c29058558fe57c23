"""The nodes of a document of YAML, in a few arrays: in a template of ten megabytes there are a million of them.

Source: YAML 1.1, "Processing YAML information": a node is a scalar, a sequence or a mapping, or an alias of one that is written before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from auditor.foundation.location import Lines, Location
from auditor.lazy.expressions import regex
from auditor.lazy.pyyaml import LOADER, yaml

PLAIN, STYLED, LIST, MAP = range(4)
"""Kinds of nodes: a scalar without quotes, one in quotes or in a block, a list, a map."""
_ALIAS = 4
LAZY_LEVELS = 3
"""The document, its sections, and their entries are read only when something asks for them."""

# YAML 1.1 breaks lines at these, and nobody who counts lines does.
_NO_BREAKS = {0x85: " ", 0x2028: " ", 0x2029: " "}
_RETURN = regex(r"\r(?!\n)")


def normal(text: str) -> str:
    """A text without a byte order mark, as long as before, in which lines end where libyaml ends them."""
    text = text.removeprefix("\ufeff")
    if not text.isascii():
        text = text.translate(_NO_BREAKS)
    return _RETURN.sub("\n", text) if "\r" in text else text


def _events(text: str) -> Iterator[Any]:
    return iter(LOADER(text).get_event, None)


def is_yaml(text: str) -> bool:
    """Whether libyaml takes a text, however many documents are in it and whatever aliases stand for; False where there is no libyaml.

    Args:
        text: as `normal` makes it.
    """
    try:
        parser: Any = LOADER(text)
        return LOADER is not yaml.BaseLoader and parser.raw_parse() > 0
    except yaml.YAMLError:
        return False


class Nodes:
    """The nodes of a document, by number: each before what is in it, and a key right before its value.

    Args:
        lines: of a text as `normal` makes it.
        first: where the document begins in it: at the start of a line.
        end: where it ends; None for the end of the text. One document is there, or none.

    Attributes:
        lines: likewise.
        kinds: of each node.
        texts: of each scalar; None for other nodes.
        tags: those that are written, by node.
        aliased: the node that an alias stands for.

    Raises:
        yaml.YAMLError: it is not YAML, or more than one document.
    """

    __slots__ = ("_after", "_anchors", "_begins", "_ends", "_first", "aliased", "kinds", "lines", "tags", "texts")

    def __init__(self, lines: Lines, first: int = 0, end: int | None = None) -> None:
        self.lines, self._first = lines, first
        self.kinds = bytearray()
        self.texts: list[str | None] = []
        self.tags: dict[int, str] = {}
        self.aliased: dict[int, int] = {}
        self._begins, self._ends = array("I"), array("I")  # offsets in the document
        self._after = array("I")  # the node that follows a node and all that is in it
        self._anchors: dict[str, int] = {}
        self._compose(lines.text[first:end])

    def pairs(self, at: int) -> Iterator[tuple[int, int]]:
        """The keys and values of a map."""
        items = self.items(at)
        return zip(items, items, strict=True)

    def items(self, at: int) -> Iterator[int]:
        """The items of a list; of a map, keys and values in turn. An alias is given as it is."""
        end = self._after[at]
        at += 1
        while at < end:
            yield at
            at = self._after[at]

    def location(self, at: int) -> Location:
        """Where a node is written, without the blank lines and comments that follow it."""
        return self.lines.region(self._first + self._begins[at], self._first + self._ends[at])

    def _compose(self, document: str) -> None:
        same: dict[str, str] = {}  # equal texts are kept once
        within: list[tuple[int, bool]] = []  # the lists and maps that are not closed, each with whether it is in brackets
        documents = end = 0
        for event in _events(document):
            form = type(event)
            if form is yaml.ScalarEvent:
                begin, end, text, style = event.start_mark.index, event.end_mark.index, event.value, event.style
                if style and style in "|>":
                    end = self._without_blank_lines(begin, end)
                self._add(event, STYLED if style else PLAIN, begin, end, same.setdefault(text, text))
            elif form in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                at, in_brackets = within.pop()
                end = self._closed(at, end, event.end_mark.index, in_brackets=in_brackets)
            elif form in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                within.append((len(self.kinds), event.flow_style))
                self._add(event, MAP if form is yaml.MappingStartEvent else LIST, event.start_mark.index)
            elif form is yaml.AliasEvent:
                end = self._alias(event)
            elif form is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise yaml.composer.ComposerError(None, None, "but found another document", event.start_mark)

    def _add(self, event: Any, kind: int, begin: int, end: int = 0, text: str | None = None) -> None:
        at = len(self.kinds)
        if event.anchor is not None and kind != _ALIAS:
            if event.anchor in self._anchors:
                raise yaml.composer.ComposerError(None, None, "second occurrence", event.start_mark)
            self._anchors[event.anchor] = at
        if kind != _ALIAS and event.tag is not None:
            self.tags[at] = event.tag
        self.kinds.append(kind)
        self.texts.append(text)
        self._begins.append(begin)
        self._ends.append(end)
        self._after.append(at + 1)

    def _alias(self, event: Any) -> int:
        """Adds an alias; where what it stands for ends."""
        at = self._anchors.get(event.anchor)
        if at is None:
            raise yaml.composer.ComposerError(None, None, "found undefined alias", event.start_mark)
        self.aliased[len(self.kinds)] = at
        self._add(event, _ALIAS, event.start_mark.index, event.end_mark.index)
        return self._ends[at]

    def _closed(self, at: int, last: int, end: int, *, in_brackets: bool) -> int:
        """Closes a list or map; where it ends.

        Args:
            at: its number.
            last: where the last node in it ends.
            end: where libyaml says that it ends: without brackets, where the next token begins.
            in_brackets: how it is written.
        """
        begin = self._begins[at]
        if not in_brackets:  # what an alias stands for may be written elsewhere
            end = self._without_blank_lines(begin, last if begin <= last <= end else end)
        self._ends[at], self._after[at] = end, len(self.kinds)
        return end

    def _without_blank_lines(self, begin: int, end: int) -> int:
        text, first, last = self.lines.text, self._first + begin, self._first + end
        line = text.rfind("\n", first, last)
        if line < 0 or text[line:last].strip():
            return end
        return begin + len(text[first:last].rstrip())
