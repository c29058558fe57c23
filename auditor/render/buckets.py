"""What was understood of the buckets: each with what is attached to it, where that is written, and what stays unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Domain,
    ListValue,
    MapValue,
    Symbol,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    is_text,
    symbols_in,
)
from auditor.model import OF_BUCKET, Attachment, Bucket, Key, Kind, Linked, Slot
from auditor.render.json_report import place
from auditor.render.parts.indented import indented
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.terminal import Paint, clean, heading, width_of, wrap
from auditor.render.parts.values import as_json, conditions, written
from auditor.render.parts.wording import counted, one_line

_MARGIN = 17
"""The column where what stands beside a label begins."""

_STATEMENT = {
    "Principal": "to",
    "NotPrincipal": "to all but",
    "Action": "for",
    "NotAction": "for all but",
    "Resource": "on",
    "NotResource": "on all but",
    "Condition": "if",
}
"""The elements of a statement in the order of reading, each with the word before it."""


def render(buckets: Sequence[Bucket], errors: Sequence[InputError], options: RenderOptions) -> str:
    """The buckets for a terminal, then what could not be read."""
    return "\n".join(_Inspection(options).lines(buckets, errors)) + "\n"


def render_json(buckets: Sequence[Bucket], errors: Sequence[InputError], options: RenderOptions) -> str:  # noqa: ARG001 - one signature for both
    """The same as JSON, version 1: unknown values are objects with one of the keys `unknown`, `template`, `if`, `rest`."""
    document = {
        "version": 1,
        "buckets": [_bucket(bucket) for bucket in buckets],
        "errors": [{"path": error.location.path, "line": error.location.line, "message": error.message} for error in errors],
    }
    return indented(document)


class _Inspection:
    def __init__(self, options: RenderOptions) -> None:
        self.paint = Paint(options.color)
        self.width = max(40, options.width)

    def lines(self, buckets: Sequence[Bucket], errors: Sequence[InputError]) -> Iterator[str]:
        root = None
        several = len({bucket.root for bucket in buckets}) > 1
        for bucket in buckets:
            if several and bucket.root != root:
                yield self.paint.dim(heading(bucket.root, self.width))
                yield ""
            root = bucket.root
            yield from self._bucket(bucket)
            yield ""
        for error in errors:
            yield self.paint.red("not read:") + f" {clean(str(error))}"
        yield (
            f"{counted(len(buckets), 'bucket')}; {counted(len(errors), 'input')} not read"
            if errors
            else counted(len(buckets), "bucket")
        )

    def _bucket(self, bucket: Bucket) -> Iterator[str]:
        declaration = bucket.declaration
        kind = "directory bucket, " if declaration.directory else ""
        there = f"declared in {clean(bucket.declared_in)}" if bucket.declared_in else "not declared here"
        outside = "" if declaration.managed else f"  {there}, only referred to"
        heading = self.paint.bold(clean(declaration.address))
        yield f"{heading}  {self.paint.dim(kind + clean(_place(declaration.location)))}{outside}"
        yield from self._line("exists", conditions(declaration.when))
        yield from self._line("name", _name(declaration.name))
        yield from self._line("region", _text(declaration.region))
        absent = []
        for kind_ in OF_BUCKET:
            slot, label = bucket.slot(kind_), kind_.label
            if not slot.linked and not slot.more:
                absent.append(label)
            yield from self._slot(label, slot)
            if kind_ is Kind.ENCRYPTION:
                for key in keys_of(bucket):
                    yield from self._head("key", key.declaration.address, key.declaration.location)
                    if not key.policy.linked and not key.policy.more:
                        absent.append("key policy")
                    yield from self._slot("key policy", key.policy)
        for line in self._line("not configured", ", ".join(absent)):
            yield self.paint.dim(line)
        account = bucket.account_public_access_block
        if account.linked or account.more:
            yield from self._slot("account", account)
        for index, symbol in enumerate(unresolved(bucket)):
            where = f" ({_place(symbol.location)})" if symbol.location else ""
            hint = f"; {symbol.hint}" if symbol.hint else ""
            named = "" if symbol.reason.startswith(symbol.name) else f"{symbol.written}: "
            yield from self._line("unknown" if index == 0 else "", f"{named}{symbol.reason}{where}{hint}")

    def _slot(self, label: str, slot: Slot) -> Iterator[str]:
        for linked in slot.linked:
            attachment = linked.attachment
            said = "inline" if attachment.inline else attachment.address
            present = conditions(linked.when.also(attachment.when))
            yield from self._head(label, said, attachment.location, present)
            for line in _content(attachment):
                yield from self._line("", line, indent=2)
            label = ""
        for symbol in slot.more:
            yield from self._line(label, f"perhaps more: {symbol.reason}")
            label = ""

    def _head(self, label: str, address: str, location: Location, present: str = "") -> Iterator[str]:
        """What is attached and where, in one line where that fits, and under which conditions."""
        place = clean(_place(location))
        room = self.width - _MARGIN
        if width_of(clean(address)) + 2 + width_of(place) <= room:
            yield f"{self._labelled(label)}{clean(address)}  {self.paint.dim(place)}"
        else:
            yield f"{self._labelled(label)}{clean(address)}"
            yield f"{' ' * _MARGIN}  {self.paint.dim(place)}"
        yield from self._line("", present, indent=2)

    def _labelled(self, label: str) -> str:
        return f"  {self.paint.cyan(label)}{' ' * (_MARGIN - 2 - width_of(label))}"

    def _line(self, label: str, text: str, indent: int = 0) -> Iterator[str]:
        if not text:
            return
        for index, line in enumerate(wrap(text, self.width - _MARGIN - 2 * indent)):
            yield (self._labelled(label) if index == 0 else " " * _MARGIN) + " " * (indent * (1 if index == 0 else 2)) + line


def keys_of(bucket: Bucket) -> tuple[Key, ...]:
    """The keys of the same root that its default encryption certainly refers to, by reference, id, ARN or alias."""
    targets = [
        target
        for linked in bucket.slot(Kind.ENCRYPTION).linked
        for _, content in alternatives(linked.attachment.content)
        if isinstance(content, MapValue) and "KMSMasterKeyID" in content.entries
        for _, target in alternatives(content.entries["KMSMasterKeyID"])
    ]
    for target in tuple(targets):
        targets.extend(alias.target for alias in (bucket.estate.aliases_meant(target) if is_text(target) else ()))
    meant = {key.address: key for target in targets for key in bucket.estate.keys_meant(target)}
    return bucket.estate.keys_at(meant)


def unresolved(bucket: Bucket) -> tuple[Symbol, ...]:
    """Everything that is unknown about a bucket, each once: holes of values, conditions, and what may attach more.

    Names, ids and accounts that exist only after deployment are left out: nobody can resolve them, and little depends on them.
    """
    declaration = bucket.declaration
    found: dict[Symbol, None] = dict.fromkeys(declaration.when.symbols())
    slots = [bucket.slot(kind) for kind in OF_BUCKET]
    slots += [key.policy for key in keys_of(bucket)]
    for slot in slots:
        for linked in slot.linked:
            found.update(dict.fromkeys(linked.when.also(linked.attachment.when).symbols()))
            found.update(dict.fromkeys(symbols_in(linked.attachment.content)))
        found.update(dict.fromkeys(slot.more))
    for value in (declaration.name, declaration.region):
        found.update(dict.fromkeys(symbols_in(value)))
    return tuple(symbol for symbol in found if symbol.domain in {Domain.ANY, Domain.REGION})


def _content(attachment: Attachment) -> Iterator[str]:
    """What an attachment says, one line for each thing."""
    for when, value in alternatives(attachment.content, When()):
        lead = conditions(when)
        if lead:
            yield f"{lead}:"
        yield from _said(attachment.kind, value)


def _said(kind: Kind, value: Value) -> Iterator[str]:
    if kind in {Kind.POLICY, Kind.KEY_POLICY}:
        yield from _policy(value)
    elif kind is Kind.CORS and isinstance(value, ListValue):
        for item in value.items:
            for when, rule in alternatives(item):
                if not is_null(rule):
                    yield " ".join(filter(None, (_cors(rule) if isinstance(rule, MapValue) else written(rule), conditions(when))))
        if value.rest:
            yield f"and perhaps more rules: {value.rest.written}"
    elif isinstance(value, ListValue):
        for item in value.items:
            for when, one in alternatives(item):
                if not is_null(one):
                    yield " ".join(filter(None, (_entries(one) if isinstance(one, MapValue) else written(one), conditions(when))))
        if value.rest:
            yield f"and perhaps more: {value.rest.written}"
    elif isinstance(value, MapValue):
        yield _entries(value)
    else:
        yield written(value)


def _entries(value: MapValue) -> str:
    """The entries of a map that say something."""
    said = {name: written(entry) for name, entry in value.entries.items() if not is_null(entry)}
    return ", ".join(f"{name} {text}" for name, text in said.items() if text not in ("", "{}")) or "empty"


def _policy(value: Value) -> Iterator[str]:
    content, _ = parse_json(value, Location(""))
    if content is None:
        yield "text that is not JSON"
        return
    value = content
    if not isinstance(value, MapValue):
        yield written(value)
        return
    statements = value.entries.get("Statement", ListValue(()))
    items = statements.items if isinstance(statements, ListValue) else (statements,)
    for item in items:
        for when, statement in alternatives(item):
            if is_null(statement):
                continue
            yield " ".join(filter(None, (_statement(statement), conditions(when))))
    if isinstance(statements, ListValue) and statements.rest:
        yield f"and perhaps more statements: {statements.rest.written}"


def _statement(value: Value) -> str:
    if not isinstance(value, MapValue):
        return written(value)
    entries = value.entries
    said = [written(entries["Effect"]) if "Effect" in entries else "(no effect)"]
    if "Sid" in entries and not is_null(entries["Sid"]):
        said[0] += f" '{written(entries['Sid'])}'"
    for name, word in _STATEMENT.items():
        if name in entries and not is_null(entries[name]):
            said.append(f"{word} {_bare(written(entries[name]))}")
    return " ".join(said)


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("{") and text.endswith("}") else text


def _cors(rule: MapValue) -> str:
    def said(name: str) -> str:
        value = rule.entries.get(name)
        return "" if value is None or is_null(value) else written(value)

    parts = (
        f"{said('AllowedMethods') or 'no method'} from {said('AllowedOrigins') or 'no origin'}",
        f"headers {said('AllowedHeaders')}" if said("AllowedHeaders") else "",
        f"exposing {said('ExposeHeaders')}" if said("ExposeHeaders") else "",
    )
    return "; ".join(filter(None, parts))


def _name(value: Value) -> str:
    """A bucket's name; one that is made up at deployment has nothing to show but the bucket's own address."""
    symbol = value.symbol if isinstance(value, Unknown) else None
    branched = symbol is not None and symbol.meant is not None and symbol.meant.branched
    return "generated at deployment" if symbol is not None and symbol.domain is Domain.BUCKET and not branched else _text(value)


def _text(value: Value) -> str:
    return "" if is_null(value) else one_line(written(value))


def _place(location: Location) -> str:
    return f"{'standard input' if location.path == '-' else location.path}:{location.line}"


def _bucket(bucket: Bucket) -> dict[str, Any]:
    declaration = bucket.declaration
    return {
        "address": declaration.address,
        "root": bucket.root,
        "language": bucket.language,
        "location": place(declaration.location),
        "managed": declaration.managed,
        "directory": declaration.directory,
        "when": _when(declaration.when),
        "name": as_json(declaration.name),
        "region": as_json(declaration.region),
        "attached": {kind.value: _slot_json(bucket.slot(kind)) for kind in OF_BUCKET},
        "keys": [
            {
                "address": key.declaration.address,
                "location": place(key.declaration.location),
                "policy": _slot_json(key.policy),
            }
            for key in keys_of(bucket)
        ],
        "unresolved": [_symbol(symbol) for symbol in unresolved(bucket)],
    }


def _slot_json(slot: Slot) -> dict[str, Any]:
    return {"linked": [_linked(linked) for linked in slot.linked], "perhaps": [_symbol(symbol) for symbol in slot.more]}


def _linked(linked: Linked) -> dict[str, Any]:
    attachment = linked.attachment
    return {
        "address": attachment.address,
        "location": place(attachment.location),
        "inline": attachment.inline,
        "when": _when(linked.when.also(attachment.when)),
        "content": as_json(attachment.content),
        "content_location": place(attachment.content_location),
    }


def _when(when: When) -> list[dict[str, Any]]:
    return [
        {"condition": symbol.name, "is": truth} for symbol, truth in sorted(when.literals, key=lambda pair: (pair[0].name, pair[1]))
    ]


def _symbol(symbol: Symbol) -> dict[str, Any]:
    return {"name": symbol.name, "reason": symbol.reason, "hint": symbol.hint, "location": place(symbol.location)}
