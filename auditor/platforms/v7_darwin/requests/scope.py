"""Where a check stands, and how it reports: findings with pointer, line and column, worked out only for those that are kept."""

from __future__ import annotations

import json
from typing import Any

from auditor.finding import Related
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.platforms.v7_darwin.requests.collector import Collector
from auditor.platforms.v7_darwin.requests.document import (
    Path,
    RegistrationRequest,
    RequestLines,
    Span,
    json_pointer,
    locate,
    members,
    printable,
)
from auditor.rule import Problem, Rule


@dataclass(slots=True)
class File:
    """One file under check.

    Attributes:
        path: as the user names it.
        text: its text.
        lines: its lines.
        found: takes the findings.
    """

    path: str
    text: str
    lines: RequestLines
    found: Collector

    def location(self, start: int, end: int) -> Location:
        """The region between two offsets."""
        line, column = self.lines.place(start)
        end_line, end_column = self.lines.place(end)
        return Location(self.path, line, column, end_line, end_column)

    def place(self, span: Span, *, key: bool) -> Location:
        """The region of a value (of an object or list its opening bracket), or of its key."""
        if key:
            return self.location(span.key_start, span.key_end)
        bracket = self.text[span.start] in "{["
        return self.location(span.start, span.start + 1 if bracket else span.end)


@dataclass(slots=True)
class RequestScope:
    """One request under check.

    Attributes:
        file: its file.
        request: it.
        legacy: whether it is a request of the deprecated version 1.
        dataset: the slug of its dataset; None when it has none that is text.
    """

    file: File
    request: RegistrationRequest
    legacy: bool
    dataset: str | None
    _spans: dict[str, Span] | None = None

    def report(self, rule: Rule, message: str, path: Path = (), fix: str = "", *, like: str = "", key: bool = False) -> None:
        """Reports on the request itself: the member at `path`, or when there is none, its opening bracket."""
        group = self.file.found.room(self.file.path, rule, like)
        if group is None:
            return
        span = Span(self.request.start, self.request.start + 1, self.request.start, self.request.start + 1)
        if path and not self.request.bare:
            span = self._member(str(path[0])) or span
        subject = f"{self.dataset or ''}#{json_pointer(path)}:{printable(like)}"
        problem = Problem(message, self.file.place(span, key=key), help=fix, subject=subject)
        self.file.found.add(group, problem, json_pointer((*self.request.pointer, *path)))

    def _member(self, name: str) -> Span | None:
        if self._spans is None:
            found = members(self.file.text, self.request.start)[0] if self.file.text[self.request.start] == "{" else []
            self._spans = {member.key: Span(member.start, member.end, member.key_start, member.key_end) for member in found}
        return self._spans.get(name)

    @property
    def label(self) -> str:
        """How messages name the request."""
        pointer = json_pointer(self.request.pointer)
        return f"The request {pointer}" if pointer else "The request"


@dataclass(slots=True)
class ItemScope:
    """One item under check.

    Attributes:
        parent: its request.
        index: its number in the request, from 0.
        offset: where it starts.
        item: its value.
    """

    parent: RequestScope
    index: int
    offset: int
    item: Any

    def report(
        self,
        rule: Rule,
        message: str,
        path: Path = (),
        fix: str = "",
        *,
        like: str = "",
        key: bool = False,
        limit: int | None = None,
        related: tuple[Related, ...] = (),
        bucket: str = "",
    ) -> None:
        """Reports on the value at a path of the item (on its key, with `key`).

        Args:
            rule: the rule.
            message: see `Finding.message`.
            path: from the item on.
            fix: see `Finding.help`.
            like: what it has in common with others of its rule.
            key: whether the key is meant and not the value.
            limit: how many findings that are alike are kept, when fewer than usual.
            related: see `Finding.related`.
            bucket: see `Finding.bucket`.
        """
        file = self.parent.file
        group = file.found.room(file.path, rule, like, limit)
        if group is None:
            return
        location = file.place(locate(file.text, self.offset, path), key=key)
        name = "/".join(
            part for part in (self.parent.dataset or "", self.folder.strip("/"), self.name or json_pointer(self.pointer)) if part
        )
        problem = Problem(
            message, location, help=fix, related=related, subject=f"{printable(name)}#{json_pointer(path)}:{printable(like)}"
        )
        file.found.add(group, problem, json_pointer((*self.pointer, *path)), bucket=bucket)

    def is_counted(self, rule: Rule, like: str) -> bool:
        """Whether so many findings that are alike are kept already that one more is only counted; it is counted then."""
        return self.parent.file.found.is_counted(self.parent.file.path, rule, like)

    @property
    def pointer(self) -> Path:
        """Where in its document the item stands."""
        return self.parent.request.pointer_of(self.index)

    @property
    def name(self) -> str:
        """The item's name; empty when it has none that is text."""
        name = self.item.get("filename" if self.parent.legacy else "name") if isinstance(self.item, dict) else None
        return name if isinstance(name, str) else ""

    @property
    def folder(self) -> str:
        """The item's folder in the dataset, as it is written; empty when it has none that is text."""
        path = self.item.get("path") if isinstance(self.item, dict) else None
        return path if isinstance(path, str) else ""

    def who(self, path: Path = ()) -> str:
        """How messages name the item, or the slot of it that the path leads into."""
        pointer = json_pointer(self.pointer)
        name = f"item {shown(self.name)}" if self.name else "item" if pointer else "the item"
        item = f"{name} ({pointer})" if pointer and self.name else f"{name} {pointer}".rstrip()
        if len(path) > 1 and path[0] == "slots" and isinstance(path[1], int):
            slot = self.item["slots"][path[1]]
            slot_name = slot.get("slot_name") if isinstance(slot, dict) else None
            return f"slot {shown(slot_name) if isinstance(slot_name, str) else path[1]} of {item}"
        return item


def below_unit(path: Path) -> Path:
    """The part of a path that lies within its slot, or all of it when it leads into none."""
    return path[2:] if len(path) > 1 and path[0] == "slots" else path


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def shown(value: Any) -> str:
    """A JSON value as messages show it: short, printable, in single quotes when it is text."""
    if isinstance(value, str):
        text = printable(value[:80])
        return f"'{text}…'" if len(value) > 80 else f"'{text}'"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**20:
        return "a number of many digits"
    return json.dumps(value)
