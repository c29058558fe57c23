"""The check of registration requests, from files to findings.

Each file is walked once to find its requests and the offsets of their items; then the items are decoded one by one and checked.
With a listing or a policy, the object keys are gathered in a pass of their own before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any, Protocol

from auditor.finding import Finding
from auditor.foundation.border import border_of
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.object_access import KeyAnswer
from auditor.platforms.v7_darwin.requests import inventory
from auditor.platforms.v7_darwin.requests.collector import Collector
from auditor.platforms.v7_darwin.requests.document import NotJson, RegistrationRequest, RequestLines, decode, read
from auditor.platforms.v7_darwin.requests.files import is_video_without_frames, named, prefixes, units
from auditor.platforms.v7_darwin.requests.schema import Schema, SchemaFault
from auditor.platforms.v7_darwin.requests.scope import File, ItemScope, RequestScope
from auditor.platforms.v7_darwin.rules.envelope import check_count, check_slugs, report_legacy
from auditor.platforms.v7_darwin.rules.files import check_file_type, check_fps
from auditor.platforms.v7_darwin.rules.members import check_bare, report_item, report_request
from auditor.platforms.v7_darwin.rules.object_keys import NO_LISTING, ObjectListing, check_object_keys
from auditor.platforms.v7_darwin.rules.objects import Objects, check_objects
from auditor.platforms.v7_darwin.rules.read_only import check_read_only
from auditor.platforms.v7_darwin.rules.repeated import SeenNames, check_repeated_in_item, check_repeated_in_request
from auditor.platforms.v7_darwin.rules.slots import check_layout, check_slot_names
from auditor.verdict import Status


class KeyPolicy(Protocol):
    """What the platform may read in a bucket, as far as code resolves it."""

    @property
    def bucket(self) -> str:
        """The address of the bucket."""
        ...

    def decide(self, keys: Sequence[str]) -> Sequence[KeyAnswer]:
        """What it says of reading each of these objects, in their order."""
        ...


class Progress(Protocol):
    """Is told how far the work is."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Some of it is done.

        Args:
            what: the step, such as "checking a.json".
            done: characters or keys done.
            total: how many there are, when that is known.
        """
        ...


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """How requests are checked.

    Attributes:
        read_only: whether they go to register_existing_readonly; it is not inferred, since the two requests differ.
        dataset_slug: of the requests that bare items are sent in; empty when not given.
        storage_slug: likewise.
        bucket: the name of the bucket, to find it at the start of keys; empty when it is not known.
        inventory: the path of an object listing of the bucket.
        policy: what the platform may read.
        limit: how many findings that are alike are kept for each file; None keeps all.
    """

    read_only: bool = False
    dataset_slug: str = ""
    storage_slug: str = ""
    bucket: str = ""
    inventory: str | None = None
    policy: KeyPolicy | None = None
    limit: int | None = 20


@dataclass(frozen=True, slots=True)
class RegistrationResult:
    """What a check found.

    Attributes:
        findings: by place.
        errors: what could not be read.
        requests: how many requests were checked.
        items: how many items they have.
        notes: what the user should know about the check itself, one sentence each.
    """

    findings: tuple[Finding, ...]
    errors: tuple[InputError, ...] = ()
    requests: int = 0
    items: int = 0
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    """What a run knows across its files."""

    options: RegistrationOptions
    found: Collector
    texts: Texts
    progress: Progress | None
    objects: Objects
    names: SeenNames = field(default_factory=SeenNames)
    schemas: dict[str, Schema] = field(default_factory=dict)
    listing: ObjectListing = NO_LISTING
    requests: int = 0
    items: int = 0

    def schema(self, name: str) -> Schema:
        if name not in self.schemas:
            self.schemas[name] = Schema(name)
        return self.schemas[name]


def check(
    paths: Sequence[str], options: RegistrationOptions | None = None, texts: Texts | None = None, progress: Progress | None = None
) -> RegistrationResult:
    """Checks registration requests.

    Args:
        paths: the files: a request, a list of requests, a list of items, or JSON Lines of requests or items.
        options: how.
        texts: where the files are read from.
        progress: told now and then how far the check is.
    """
    options = options or RegistrationOptions()
    objects = Objects(options.bucket, options.inventory or "", address=options.policy.bucket if options.policy else "")
    texts = texts or Texts()
    texts.disk.admit(border_of((), files=[path for path in paths if path != "-"]))
    run = _Run(options, Collector(options.limit), texts, progress, objects)
    errors: list[InputError] = []
    sound: list[str] = []
    if options.inventory is not None or options.policy is not None:
        keys: set[str] = set()
        directories: set[str] = set()
        for path in paths:
            opened = _open(path, run, errors)
            if opened is not None:
                sound.append(path)
                _gather(*opened, keys, directories)
        errors.extend(_consult(run, keys, directories))
    else:
        sound.extend(paths)
    for path in sound:
        opened = _open(path, run, errors)
        if opened is not None:
            for request in opened[1]:
                _check_request(run, opened[0], request)
    mode = "read-only" if options.read_only else "read-write"
    notes = (f"The requests were checked as {mode} (--with access={mode}): the two kinds of registration take different keys.",)
    return RegistrationResult(run.found.findings(), tuple(dict.fromkeys(errors)), run.requests, run.items, notes)


def _open(path: str, run: _Run, errors: list[InputError]) -> tuple[File, tuple[RegistrationRequest, ...]] | None:
    text = run.texts.read(path)
    if isinstance(text, InputError):
        errors.append(text)
        return None
    text = text.removeprefix("\ufeff")
    file = File(path, text, RequestLines(text), run.found)
    try:
        return file, read(text)
    except NotJson as error:
        location = file.location(
            error.offset, error.offset + 1 if error.offset < len(text) and text[error.offset] != "\n" else error.offset
        )
        errors.append(
            InputError(location, f"is not a registration request: {error}" if not text.strip() else f"is not JSON: {error}")
        )
        return None


def _gather(file: File, requests: tuple[RegistrationRequest, ...], keys: set[str], directories: set[str]) -> None:
    for request in requests:
        for _, _, item in request.decoded(file.text):
            for _, unit in units(item):
                keys.update(key for _, key in named(unit))
                directories.update(key.rstrip("/") for _, key in prefixes(unit))


def _consult(run: _Run, keys: set[str], directories: set[str]) -> Iterator[InputError]:
    """Asks the listing and the policy about the keys; yields what went wrong."""
    path = run.options.inventory
    if path is not None:
        progress = run.progress

        def told(done: int) -> None:
            if progress:
                progress(f"reading {path}", done, None)

        try:
            found = run.objects.present = inventory.match(path, keys, directories, told)
            if progress:
                progress(f"reading {path}", found.total, found.total)
            run.listing = ObjectListing(
                (keys | directories).difference(found.missing, found.empty) | found.near.keys(), found.missing
            )
        except inventory.NotAListing as error:
            yield InputError(Location(path), str(error))
        except OSError as error:
            yield InputError(Location(path), f"cannot be read: {error.strerror or error}")
    if run.options.policy is not None:
        ordered = sorted(keys)
        answers = zip(ordered, run.options.policy.decide(ordered), strict=True)
        run.objects.answers = {key: answer for key, answer in answers if answer.status in {Status.FAILS, Status.UNKNOWN}}


def _check_request(run: _Run, file: File, request: RegistrationRequest) -> None:
    options = run.options
    run.requests += 1
    envelope = request.envelope
    if request.bare:
        given = {"dataset_slug": options.dataset_slug, "storage_slug": options.storage_slug}
        envelope = {name: slug for name, slug in given.items() if slug}
    legacy = _is_legacy(file, request)
    dataset = envelope.get("dataset_slug") if isinstance(envelope, dict) else None
    scope = RequestScope(file, request, legacy, dataset if isinstance(dataset, str) else None)
    schema = run.schema("legacy" if legacy else "read-only" if options.read_only else "read-write")
    _check_envelope(scope, envelope, schema)
    total = len(file.text)
    for index, offset, value in request.decoded(file.text):
        if run.progress and index % 2000 == 0:
            run.progress(f"checking {file.path}", offset, total)
        _check_item(run, ItemScope(scope, index, offset, value), schema)
    run.items += len(request.items or ())
    if run.progress:
        run.progress(f"checking {file.path}", total, total)


def _check_envelope(scope: RequestScope, envelope: Any, schema: Schema) -> None:
    """The request apart from its items."""
    items = scope.request.items
    count = 0 if items is None else len(items)
    if scope.request.bare:
        check_bare(scope, envelope, count)
    else:
        report_request(scope, schema.of_request(envelope, items=None if items is None else [{}] * min(count, 1)))
    if scope.legacy:
        report_legacy(scope)
    if isinstance(envelope, dict):
        check_repeated_in_request(scope, envelope)
        check_slugs(scope, envelope)
    if not scope.request.lines:
        check_count(scope, count)


def _check_item(run: _Run, scope: ItemScope, schema: Schema) -> None:
    read_only = run.options.read_only
    faults = schema.of_item(scope.item)
    if faults:
        report_item(scope, _without_needless(scope.item, faults) if read_only else faults, read_only=read_only)
    if not scope.parent.legacy and isinstance(scope.item, dict):
        _check_members(run, scope, scope.item)
    run.names.check(scope, run.requests)
    if run.objects.present is not None or run.objects.answers:
        check_objects(run.objects, scope)


def _check_members(run: _Run, scope: ItemScope, item: dict[str, Any]) -> None:
    """What is wrong with an item beyond what a schema can say."""
    check_repeated_in_item(scope, item)
    slotted = "slots" in item
    for path, unit in units(item):
        check_object_keys(scope, path, unit, run.options.bucket, run.listing)
        if slotted and not path:
            continue
        check_file_type(scope, path, unit)
        if "fps" in unit:
            check_fps(scope, path, unit)
        if run.options.read_only:
            check_read_only(scope, path, unit)
    if slotted and isinstance(item["slots"], list):
        check_slot_names(scope, item["slots"])
    if "layout" in item:
        check_layout(scope, item)


def _is_legacy(file: File, request: RegistrationRequest) -> bool:
    """Whether a request is one of version 1, as a whole."""
    envelope = request.envelope
    if not isinstance(envelope, dict) or "storage_name" not in envelope or {"dataset_slug", "storage_slug"} & envelope.keys():
        return False
    first = decode(file.text, request.items[0])[0] if request.items else None
    return isinstance(first, dict) and bool({"key", "filename"} & first.keys()) and not {"storage_key", "slots"} & first.keys()


def _without_needless(item: Any, faults: tuple[SchemaFault, ...]) -> tuple[SchemaFault, ...]:
    """The faults without a missing size of a video that lacks its frames: with the frames come their sizes."""
    frameless = {path for path, unit in units(item) if is_video_without_frames(unit)}
    return tuple(
        fault for fault in faults if fault.path not in frameless or not fault.names or not set(fault.names) <= {"width", "height"}
    )
