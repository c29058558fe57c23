"""What is wanted of an expression, and what has to be given for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace

from auditor.fixes import Change, Code, Content, Encoded, GiveArguments, JoinedText, Reference, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, Text, Value, is_null, text_of, text_parts
from auditor.lazy.classes import dataclass
from auditor.model import BucketDeclaration, KeyDeclaration
from auditor.sources.terraform.modules.module import Module
from auditor.sources.terraform.values.declared import Type

NULL: Content = JoinedText((Code("null"),))
VERSION = "2012-10-17"


def meant(reference: Reference) -> Text | None:
    """What a reference means, where that is resolved well enough."""
    declared = reference.declared
    if isinstance(declared, KeyDeclaration) and reference.attribute == "arn":
        return declared.arn
    if isinstance(declared, BucketDeclaration):
        return declared.name if reference.attribute == "id" else declared.arn
    return None


def _is(value: Value, content: Content) -> bool:
    """Whether a value is certainly what is wanted."""
    if isinstance(content, JoinedText):
        parts = [
            meant(part) if isinstance(part, Reference) else Known(part) if isinstance(part, str) else None for part in content.parts
        ]
        texts = [part for part in parts if part is not None]
        return len(texts) == len(parts) and value == text_of(piece for text in texts for piece in text_parts(text))
    return isinstance(value, Known) and type(value.value) is type(content) and value.value == content


def _is_plain(content: Content) -> bool:
    """Whether values are compared with a content, or with each item of it; none is taken for a document or a map."""
    return isinstance(content, str | bool | JoinedText) or (
        isinstance(content, tuple) and bool(content) and all(map(_is_plain, content))
    )


@dataclass(frozen=True, slots=True)
class Exactly:
    """It is a text, a truth value, a list or a map."""

    content: Content

    def is_met(self, evaluated: Callable[[], Value]) -> bool:
        """Whether a value is certainly so already; it is evaluated where that can be."""
        if isinstance(self.content, tuple):
            listed = Including(self.content)
            return (
                listed.is_met(evaluated) and isinstance(value := evaluated(), ListValue) and len(value.items) == len(self.content)
            )
        return _is_plain(self.content) and _is(evaluated(), self.content)


@dataclass(frozen=True, slots=True)
class Including:
    """It is a list that has some items, whatever else it has."""

    items: tuple[Content, ...]

    def is_met(self, evaluated: Callable[[], Value]) -> bool:
        """Whether a value certainly has them already; it is evaluated where that can be."""
        if not _is_plain(self.items):
            return False
        there = value.items if isinstance(value := evaluated(), ListValue) else ()
        return all(any(_is(one, item) for one in there) for item in self.items)


@dataclass(frozen=True, slots=True)
class Allowing:
    """It is the JSON of a policy that has some statements, whatever else it has."""

    statements: tuple[Content, ...]

    def is_met(self, _: Callable[[], Value]) -> bool:
        """Never: somebody found out that it has not."""
        return False


Goal = Exactly | Including | Allowing


@dataclass(slots=True)
class Item:
    """What each element of a collection has to have, as far as the body of the loop says so.

    Attributes:
        fields: what is wanted of its attributes, by the way to them.
        whole: what is wanted of the element itself.
    """

    fields: dict[tuple[str, ...], Content] = field(default_factory=dict)
    whole: Content | None = None

    def wants(self, way: tuple[str, ...], content: Content) -> bool:
        """Takes note of what is wanted; False where that contradicts what was wanted before."""
        if not way:
            self.whole = content if self.whole is None else self.whole
            return self.whole == content
        return self.fields.setdefault(way, content) == content

    @property
    def content(self) -> Content:
        """The element."""
        if self.whole is not None:
            return self.whole
        made: dict[str, Content] = {}
        for way, content in self.fields.items():
            inner: dict[str, Content] = made
            for name in way[:-1]:
                inner = inner.setdefault(name, {})  # type: ignore[assignment]  # a map that was made here
            inner[way[-1]] = content
        return made


@dataclass(frozen=True, slots=True)
class Route:
    """How a goal is reached.

    Attributes:
        changes: what has to be changed, in calls and around them.
        frames: where each of them is made.
        shared: whether it changes what a rule or statement that is there says to those that it is for already.
    """

    changes: tuple[tuple[Change, Frame], ...] = ()
    shared: bool = False

    def also(self, other: Route | None) -> Route | None:
        """Both; None where the other one is none."""
        return None if other is None else Route((*self.changes, *other.changes), self.shared or other.shared)

    def beyond(self, given: Route) -> int:
        """How many changes it needs that another way has not."""
        there = [change for change, _ in given.changes]
        return sum(change not in there for change, _ in self.changes)

    def named(self, place: Location, name: str) -> Route:
        """The same, with the name of the argument whose value stands at a place."""
        return Route(
            tuple(
                (replace(change, name=name) if isinstance(change, Replace) and change.place == place else change, frame)
                for change, frame in self.changes
            ),
            self.shared,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an expression stands.

    Attributes:
        module: it.
        below: the module that is called there and leads to the bucket; None in the bucket's own.
        items: the elements of the loops around it, by the names of their iterators.
        given: what is changed anyway, so that of several ways the one that needs least more is taken.
        there: the condition under which there is the bucket, which is true wherever something is done for it.
    """

    module: Module
    below: Module | None = None
    items: Mapping[str, Item] = field(default_factory=dict)
    given: Route = Route()
    there: Value | None = None

    def giving(self, way: Route) -> Frame:
        """The same place, where what a way changes is given."""
        return replace(self, given=Route((*self.given.changes, *way.changes)))


def given(frame: Frame, name: str, content: Content) -> Route | None:
    """The way to a variable that its call gives no value."""
    call = frame.module.call_of_it
    if call is None:
        return None
    caller, block = call
    return Route(((GiveArguments(block.header, {name: content}), Frame(caller, frame.module)),))


def conformed(content: Content, wanted: Type) -> Content:
    """A content as the type of a variable wants it: with null for what must be written and is not."""
    if isinstance(content, tuple) and wanted.kind in ("list", "set") and wanted.element is not None:
        return tuple(conformed(item, wanted.element) for item in content)
    if isinstance(content, tuple) and wanted.kind == "map" and wanted.element is not None and len(content) == 1:
        return {"platform": conformed(content[0], wanted.element)}
    if isinstance(content, Mapping) and wanted.kind == "object":
        lacking = {name: NULL for name, one in wanted.attributes.items() if not one.optional and name not in content}
        there = {
            name: conformed(value, wanted.attributes[name].type) for name, value in content.items() if name in wanted.attributes
        }
        return {**there, **lacking}
    return content


def document(statements: tuple[Content, ...]) -> Encoded:
    """A policy."""
    return Encoded({"Version": VERSION, "Statement": statements})


def contents(value: Value) -> tuple[Content, ...] | None:
    """The items of a list of texts, and none of null; None where they are not all resolved."""
    if is_null(value):
        return ()
    if not isinstance(value, ListValue) or value.rest is not None:
        return None
    found = [item.value for item in value.items if isinstance(item, Known) and isinstance(item.value, str)]
    return tuple(found) if len(found) == len(value.items) else None
