"""The members that a request's schema refuses: which rule each belongs to, what the platform would answer, and the smallest correction."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from auditor.finding import Severity, Symptom
from auditor.platforms.v7_darwin.requests import schema
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.schema import SchemaFault
from auditor.platforms.v7_darwin.requests.scope import ItemScope, RequestScope, below_unit, capital, shown
from auditor.platforms.v7_darwin.requests.shape import subschemas
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, ENABLEMENT, REGISTERING, TROUBLESHOOTING
from auditor.platforms.v7_darwin.rules._symptoms import MISPLACED
from auditor.platforms.v7_darwin.rules.read_only import READ_ONLY_FILES
from auditor.platforms.v7_darwin.rules.slots import LAYOUT
from auditor.rule import Rule, declared

SCHEMA = declared(
    "registration-schema",
    """A registration request that does not have the form the platform reads.

    The request is compared with a JSON Schema (draft 2020-12) of the read-write or the read-only request. When the request lacks what the schema
    requires, or writes it as another type, the platform answers 400.

    Write the value as the finding says; the examples of the registration documentation show each form.
    """,
    Severity.ERROR,
    (Symptom.BAD_REQUEST,),
    (REGISTERING, DARWIN_PY),
)
DIMENSIONS = declared(
    "registration-dimensions",
    """A read-only item whose width or height is missing or is not a positive whole number.

    From read-only storage the platform does not measure files: it takes `width` and `height` from the request. When they are missing or wrong,
    annotations appear in the wrong part of the screen or at the wrong scale. An item with `sections` has them in each section.

    Write the size in pixels as the file has it. Whether the numbers are the true ones, only the file can tell.
    """,
    Severity.ERROR,
    (MISPLACED, Symptom.BAD_REQUEST),
    (TROUBLESHOOTING, DARWIN_PY),
)
LEGACY_KEY = declared(
    "registration-legacy-key",
    """A key of version 1 of the registration request, or a plausible but wrong one, in a request of version 2.

    Version 1 had `storage_name`, `key`, `filename` and `thumbnail_key`; version 2 calls them `storage_slug`, `storage_key`, `file_name` and
    `storage_thumbnail_key`, and the files of read-only items `storage_hq_key` and `storage_lq_key`. (The troubleshooting page itself speaks of the
    storage name; the key is `storage_slug`.)

    Rename the key.
    """,
    Severity.ERROR,
    (Symptom.BAD_REQUEST,),
    (TROUBLESHOOTING, DARWIN_PY),
)
UNKNOWN_KEY = declared(
    "registration-unknown-key",
    """A key that registration requests are not known to have.

    Mostly a misspelt key: the value then does not arrive, though nothing says so. Whether the platform ignores or refuses unknown keys is not
    documented, so this is a warning. When the misspelt key is a required one, `registration-schema` reports it as an error.

    Rename the key as the finding says, or leave it out.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (REGISTERING, DARWIN_PY),
)
ACCESS_MODE = declared(
    "registration-access-mode",
    """Keys of read-only registration in a request that was checked as read-write.

    The two kinds go to two addresses, `register_existing` and `register_existing_readonly`, and take different keys. A file does not show which one
    it is meant for, so this is not guessed.

    Check with `--with access=read-only` when the storage is read-only; else leave the keys out.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY, ENABLEMENT),
)

_BAD_REQUEST = "the platform answers 400 (bad request)"
_SHOWN_WRONG = "the platform shows annotations in the wrong place or at the wrong scale"

_DIMENSIONS = ("width", "height")
_LEGACY = {
    "storage_name": "storage_slug",
    "storage": "storage_slug",
    "dataset": "dataset_slug",
    "dataset_name": "dataset_slug",
    "item_name": "name",
    "storage_path": "storage_key",
    "object_key": "storage_key",
    "s3_key": "storage_key",
    "url": "storage_key",
    "uri": "storage_key",
    "key": "storage_key",
    "filename": "file_name",
    "thumbnail_key": "storage_thumbnail_key",
    "thumbnail": "storage_thumbnail_key",
    "thumbnail_url": "storage_thumbnail_key",
    "hq_key": "storage_hq_key",
    "hq_url": "storage_hq_key",
    "hq": "storage_hq_key",
    "lq_key": "storage_lq_key",
    "lq_url": "storage_lq_key",
    "lq": "storage_lq_key",
}
"""Names of version 1 and look-alikes, and what version 2 calls them."""
_UPLOAD = frozenset({"force_tiling", "handle_as_slices", "ignore_dicom_layout"})
"""Options of direct uploads. Source: darwin-py, https://github.com/v7labs/darwin-py"""


def check_bare(scope: RequestScope, given: Collection[str], count: int) -> None:
    """Reports what bare items lack to be a request.

    Args:
        scope: the request that is made of them.
        given: which of its slugs the options give.
        count: how many items there are.
    """
    missing = [name for name in ("dataset_slug", "storage_slug") if name not in given]
    if missing:
        names = " and ".join(f"'{name}'" for name in missing)
        message = f"The items stand alone: a request also has {names}, without which {_BAD_REQUEST}."
        options = " and ".join("--" + name.replace("_", "-") for name in missing)
        scope.report(SCHEMA, message, (), f"Give {options}, or put the items into a request.", like="bare")
    if not count:
        scope.report(SCHEMA, "The list of items is empty; it must have at least one.", like="empty")


def report_request(scope: RequestScope, faults: Iterable[SchemaFault]) -> None:
    """Reports what the schema refuses in a request apart from its items."""
    faults = tuple(faults)
    envelope = scope.request.envelope
    if (wrapper := _wrapper(envelope)) is not None:
        message = f"The request stands inside {shown(wrapper)}, so {_BAD_REQUEST}."
        scope.report(SCHEMA, message, (wrapper,), f"Send what {shown(wrapper)} holds, alone.", like="wrapped", key=True)
        return
    renamed = _renamed(faults, envelope) if isinstance(envelope, dict) else {}
    for fault in faults:
        if fault.keyword == "required":
            for name in fault.names:
                found = renamed.get(name)
                if found is not None:
                    rule = LEGACY_KEY if _LEGACY.get(found) == name else SCHEMA
                    message = f"{scope.label} has no '{name}' but {shown(found)}, so {_BAD_REQUEST}."
                    scope.report(rule, message, (found,), f"Rename {shown(found)} to '{name}'.", like=name, key=True)
                else:
                    message = f"{scope.label} has no '{name}', so {_BAD_REQUEST}."
                    scope.report(SCHEMA, message, (), f"Add '{name}'.", like=name)
        elif fault.keyword == "additionalProperties":
            for name in sorted(envelope.keys() - fault.allowed - {"items"} - set(renamed.values())):
                replacement = nearest(name, fault.allowed)
                hint = f"; '{replacement}' is similar" if replacement else ""
                if replacement in envelope or (replacement == "items" and scope.request.items is not None):
                    hint, replacement = f"{hint} and is already there", ""
                message = f"{scope.label} has the key {shown(name)}, which is not a key of a registration request{hint}."
                scope.report(UNKNOWN_KEY, message, (name,), _unknown_fix(name, replacement), like=name, key=True)
        elif not fault.path:
            message = f"{scope.label} is {shown(envelope)}; it must be {fault.expected}. So {_BAD_REQUEST}."
            scope.report(SCHEMA, message)
        else:
            name = str(fault.path[0])
            value = [] if name == "items" and scope.request.items is not None else envelope.get(name)
            message = f"'{name}' of the request is {shown(value)}; it must be {fault.expected}. So {_BAD_REQUEST}."
            scope.report(SCHEMA, message, (name,), _value_fix((name,), value, fault), like=name)


def _wrapper(envelope: Any) -> str | None:
    """The only key of what is sent, where the request stands below it."""
    if isinstance(envelope, dict) and len(envelope) == 1:
        ((name, inside),) = envelope.items()
        if isinstance(inside, dict) and "items" in inside:
            return str(name)
    return None


def report_item(scope: ItemScope, faults: Iterable[SchemaFault], *, read_only: bool) -> None:
    """Reports what the schema refuses in an item."""
    faults = tuple(faults)
    for fault in faults:
        value = _at(scope.item, fault.path)
        if fault.keyword == "required":
            _report_missing(scope, fault, _renamed(tuple(f for f in faults if f.path == fault.path), value), read_only=read_only)
        elif fault.keyword == "additionalProperties":
            renamed = _renamed(tuple(f for f in faults if f.path == fault.path), value)
            for name in value:
                if name not in fault.allowed and name not in renamed.values():
                    _report_unknown(scope, fault, name, read_only=read_only)
        else:
            _report_value(scope, fault, value)


def _report_missing(scope: ItemScope, fault: SchemaFault, renamed: dict[str, str], *, read_only: bool) -> None:
    who = capital(scope.who(fault.path))
    rest = below_unit(fault.path)
    where = f"'{'/'.join(map(str, rest))}' of {scope.who(fault.path)}" if rest else who
    where = capital(where)
    dimensions = [name for name in fault.names if name in _DIMENSIONS and name not in renamed]
    if dimensions:
        names = " and no ".join(f"'{name}'" for name in dimensions)
        values = " and ".join(f"'{name}'" for name in dimensions)
        scope.report(
            DIMENSIONS,
            f"{where} has no {names}, so {_SHOWN_WRONG}.",
            fault.path,
            f"Add {values}: the size of the file in pixels.",
            like=f"{names} {_kinds(rest)}".rstrip(),
        )
    for name in fault.names:
        if name in dimensions:
            continue
        rule = _rule_of((*fault.path, name))
        found = renamed.get(name)
        effect = f"so {_BAD_REQUEST}"
        if name == "storage_key" and read_only:
            effect = "so the item would stay in processing"
        elif rule is READ_ONLY_FILES:
            effect = "so the platform does not know where that file is; read-only storage must hold it already"
        like = f"{name} {_kinds(rest)}".rstrip()
        if found is not None:
            rule = LEGACY_KEY if _LEGACY.get(found) == name else rule
            message = f"{where} has no '{name}' but {shown(found)}, {effect}."
            scope.report(rule, message, (*fault.path, found), f"Rename {shown(found)} to '{name}'.", like=like, key=True)
        else:
            scope.report(rule, f"{where} has no '{name}', {effect}.", fault.path, f"Add '{name}'.", like=like)


def _report_unknown(scope: ItemScope, fault: SchemaFault, name: str, *, read_only: bool) -> None:
    path = (*fault.path, name)
    present = _at(scope.item, fault.path).keys()
    meant = _LEGACY.get(name)
    other = _elsewhere("read-write" if read_only else "read-only")
    if not (name in _UPLOAD or name in other or name in _LEGACY) and scope.is_counted(UNKNOWN_KEY, name):
        return
    where = scope.who(fault.path)
    if meant in fault.allowed and meant not in present:
        message = (
            f"{capital(where)} has the key {shown(name)}, which version 2 of the request does not have, so the file is not used."
        )
        scope.report(LEGACY_KEY, message, path, f"Rename {shown(name)} to '{meant}'.", like=name, key=True)
    elif name in other and not read_only:
        message = (
            f"{capital(where)} has the key '{name}', which only read-only registration has, and the request was checked "
            "as read-write. That one goes to register_existing, a read-only one to register_existing_readonly."
        )
        fix = f"Check with --with access=read-only if the storage is read-only, else leave '{name}' out."
        scope.report(ACCESS_MODE, message, path, fix, key=True, limit=1)
    elif name in _UPLOAD:
        message = f"{capital(where)} has the key '{name}', an option of direct uploads that registration does not have."
        scope.report(UNKNOWN_KEY, message, path, f"Leave '{name}' out.", like=name, key=True)
    else:
        replacement = nearest(name, fault.allowed)
        hint = f"; '{replacement}' is similar" if replacement else ""
        if replacement in present:
            hint, replacement = f"{hint} and is already there", ""
        elif meant is not None:
            where_it_is = "and is already there" if meant in present else "in read-only registration"
            hint, replacement = f"; '{meant}' is the key of such a file {where_it_is}", ""
        elif not replacement and name in other:
            hint = ": only read-write registration has it"
        message = f"{capital(where)} has the key {shown(name)}, which is not a key of a registration request{hint}."
        scope.report(UNKNOWN_KEY, message, path, _unknown_fix(name, replacement), like=name, key=True)


def _report_value(scope: ItemScope, fault: SchemaFault, value: Any) -> None:
    rest = below_unit(fault.path)
    who = scope.who(fault.path)
    member = f"'{'/'.join(map(str, rest))}' of {who}" if rest else who
    rule = _rule_of(fault.path)
    effect = _SHOWN_WRONG if rule is DIMENSIONS else _BAD_REQUEST
    message = f"{capital(member)} is {shown(value)}; it must be {fault.expected}. So {effect}."
    scope.report(rule, message, fault.path, _value_fix(rest, value, fault), like=f"{_kinds(rest)} {fault.keyword}")


def _value_fix(rest: Path, value: Any, fault: SchemaFault) -> str:
    """The smallest correction of a value that the schema then takes; empty when none is known."""
    name = rest[-1] if rest else ""
    if name == "name" and isinstance(value, str) and "/" in value.strip("/"):
        folder, _, last = value.strip("/").rpartition("/")
        return f"Write the folder into 'path': 'path' is {shown('/' + folder)}, 'name' is {shown(last)}."
    if value is None and isinstance(name, str) and name not in _required():
        return f"Leave '{name}' out."
    for candidate in _candidates(value):
        if fault.takes(candidate):
            if isinstance(candidate, list):
                return "Put it into a list."
            if isinstance(value, str) and not isinstance(candidate, str):
                return f"Write {json.dumps(candidate)} without quotes."
            return f"Write {json.dumps(candidate, ensure_ascii=False)}." if isinstance(candidate, str | int | float) else ""
    return ""


def _candidates(value: Any) -> Iterator[Any]:
    """What may be meant by a value that is refused, likeliest first."""
    if isinstance(value, str):
        plain = value.strip()
        if plain.isascii() and len(plain) < 20:
            if plain.isdecimal():
                yield int(plain)
            elif plain.lower() in {"true", "false"}:
                yield plain.lower() == "true"
            elif plain.replace(".", "", 1).isdecimal():
                yield float(plain)
        yield from (plain, plain.lower(), plain.lower().lstrip("."), plain.lower().partition("/")[0])
    elif isinstance(value, int | float) and not isinstance(value, bool) and len(repr(value)) < 20:
        yield str(value)
        if value in {0, 1}:
            yield value == 1
    if isinstance(value, str) or (isinstance(value, dict) and not all(isinstance(member, dict) for member in value.values())):
        yield [value]


@functools.cache
def _required() -> frozenset[str]:
    """The members that some object of a request must have."""
    found = (one.get("required", ()) for name in schema.NAMES for one in subschemas(schema.document(name)))
    return frozenset(name for names in found for name in names)


def _rule_of(path: Path) -> Rule:
    if "layout" in path:
        return LAYOUT
    last = path[-1] if path else ""
    if last in _DIMENSIONS:
        return DIMENSIONS
    if (
        isinstance(last, str)
        and last.startswith("storage_")
        and last not in {"storage_key", "storage_slug", "storage_sections_key_extension"}
    ):
        return READ_ONLY_FILES
    return SCHEMA


def _kinds(path: Path) -> str:
    """A path without its numbers: what faults of one kind have in common."""
    return "/".join(str(step) for step in path if isinstance(step, str))


def _renamed(faults: tuple[SchemaFault, ...], value: Any) -> dict[str, str]:
    """The members that are missing, each with the unknown member of the same object that is likely to be meant for it."""
    missing = [name for fault in faults if fault.keyword == "required" for name in fault.names]
    unknown = [name for fault in faults if fault.keyword == "additionalProperties" for name in value if name not in fault.allowed]
    renamed: dict[str, str] = {}
    for name in missing:
        candidates = [other for other in unknown if other not in renamed.values()]
        legacy = next((other for other in candidates if _LEGACY.get(other) == name), None)
        if legacy is None and name == "name" and "filename" in candidates and "file_name" in value:
            legacy = "filename"
        found = legacy or next((other for other in candidates if nearest(other, frozenset({name}))), None)
        if found is not None:
            renamed[name] = found
    return renamed


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _unknown_fix(name: str, replacement: str) -> str:
    return f"Rename {shown(name)} to '{replacement}'." if replacement else f"Leave {shown(name)} out."


@functools.lru_cache(maxsize=1024)
def nearest(name: str, known: frozenset[str]) -> str:
    """The known name that is nearest to this one; empty when none is near."""
    import difflib

    short = name[:64]
    squeezed = _by_squeezed(known)
    return squeezed.get(_squeezed(short)) or next(iter(difflib.get_close_matches(short, squeezed.values(), 1, 0.75)), "")


@functools.cache
def _by_squeezed(known: frozenset[str]) -> dict[str, str]:
    """Names by what is left of them without case and separators, in alphabetical order."""
    return {_squeezed(one): one for one in sorted(known, reverse=True)}


def _squeezed(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


@functools.cache
def _elsewhere(mode: str) -> frozenset[str]:
    """The members of items, slots and sections in the other kind of request."""
    definitions = schema.document(mode)["$defs"]
    return frozenset(name for part in ("item", "slot", "section") for name in definitions.get(part, {}).get("properties", ()))
