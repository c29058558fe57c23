"""The check of registration requests, from files to findings.

Each file is walked once to find its requests and the offsets of their items; then the items are decoded one by one and checked.
With a listing or a policy, the object keys are gathered in a pass of their own before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from auditor.finding import Finding, Related
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.registration import inventory
from auditor.registration.collector import Collector
from auditor.registration.document import Lines, NotJson, Path, Repeated, Request, decode, json_pointer, read
from auditor.registration.faults import report_item, report_request
from auditor.registration.files import named, prefixes, units
from auditor.registration.items import NO_LISTING, Listing, check_item, is_video_without_frames, wrong_form
from auditor.registration.schema import Fault, Schema
from auditor.registration.scope import File, ItemScope, RequestScope, below_unit, capital, shown
from auditor.rule import all_rules
from auditor.verdict import Status

MAXIMUM_ITEMS = 500
"""Source: https://docs.v7labs.com/docs/external-storage-troubleshooting"""
RECOMMENDED_ITEMS = 100
"""Source: https://docs.v7labs.com/reference/imports"""

_slug = re.compile(r"[a-z0-9._-]+").fullmatch


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """What a policy says of reading one object.

    Attributes:
        status: HOLDS when the platform may read it, FAILS when it is refused, UNKNOWN when the code does not resolve it.
        reason: why, as a clause without a full stop ("no statement of aws_s3_bucket_policy.p allows s3:GetObject below in/").
        cause: equal for keys that are answered alike for the same reason: only one finding is made of them.
        fix: the smallest change that fixes it; may be empty.
        location: the statement that decides, when there is one.
    """

    status: Status
    reason: str
    cause: str
    fix: str = ""
    location: Location | None = None


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
    names: dict[str, dict[str, tuple[str, int, Path]]] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    present: inventory.Presence | None = None
    listing: Listing = NO_LISTING
    answers: Mapping[str, KeyAnswer] = field(default_factory=dict)
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
    rules = {rule.id: rule for rule in all_rules() if rule.id.startswith("registration-")}
    run = _Run(options, Collector(rules, options.limit), texts or Texts(), progress)
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


def _open(path: str, run: _Run, errors: list[InputError]) -> tuple[File, tuple[Request, ...]] | None:
    text = run.texts.read(path)
    if isinstance(text, InputError):
        errors.append(text)
        return None
    text = text.removeprefix("\ufeff")
    file = File(path, text, Lines(text), run.found)
    try:
        return file, read(text)
    except NotJson as error:
        location = file.location(
            error.offset, error.offset + 1 if error.offset < len(text) and text[error.offset] != "\n" else error.offset
        )
        errors.append(InputError(location, f"is no registration request: {error}" if not text.strip() else f"is not JSON: {error}"))
        return None


def _gather(file: File, requests: tuple[Request, ...], keys: set[str], directories: set[str]) -> None:
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
            run.present = inventory.match(path, keys, directories, told)
            if progress:
                progress(f"reading {path}", run.present.total, run.present.total)
            present = (keys | directories).difference(run.present.missing, run.present.empty)
            run.listing = Listing(present | run.present.near.keys(), run.present.missing)
        except inventory.NotAListing as error:
            yield InputError(Location(path), str(error))
        except OSError as error:
            yield InputError(Location(path), f"cannot be read: {error.strerror or error}")
    if run.options.policy is not None:
        ordered = sorted(keys)
        answers = zip(ordered, run.options.policy.decide(ordered), strict=True)
        run.answers = {key: answer for key, answer in answers if answer.status in {Status.FAILS, Status.UNKNOWN}}


def _check_request(run: _Run, file: File, request: Request) -> None:
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
    count = 0 if request.items is None else len(request.items)
    if request.bare:
        _check_bare(scope, envelope, count)
    else:
        report_request(scope, schema.of_request(envelope, items=None if request.items is None else [{}] * min(count, 1)))
    if legacy:
        message = (
            f"{scope.label} is of the deprecated version 1 (PUT /api/teams/TEAM/datasets/DATASET/data). "
            "Version 2 takes 'dataset_slug' and 'storage_slug', and items with 'name' and 'storage_key'."
        )
        scope.report("registration-legacy-endpoint", message, ("storage_name",), "Write it as version 2.", key=True)
    if isinstance(envelope, dict):
        _check_envelope(scope, envelope)
    if not request.lines:
        _check_count(scope, count)
    total = len(file.text)
    for index, offset, value in request.decoded(file.text):
        if run.progress and index % 2000 == 0:
            run.progress(f"checking {file.path}", offset, total)
        item = ItemScope(scope, index, offset, value)
        faults = schema.of_item(value)
        if faults:
            report_item(item, _without_needless(value, faults) if options.read_only else faults, read_only=options.read_only)
        if not legacy:
            check_item(item, read_only=options.read_only, bucket=options.bucket, listing=run.listing)
        _check_name(run, item)
        if run.present is not None or run.answers:
            _check_objects(run, item)
    run.items += count
    if run.progress:
        run.progress(f"checking {file.path}", total, total)


def _is_legacy(file: File, request: Request) -> bool:
    """Whether a request is one of version 1, as a whole."""
    envelope = request.envelope
    if not isinstance(envelope, dict) or "storage_name" not in envelope or {"dataset_slug", "storage_slug"} & envelope.keys():
        return False
    first = decode(file.text, request.items[0])[0] if request.items else None
    return isinstance(first, dict) and bool({"key", "filename"} & first.keys()) and not {"storage_key", "slots"} & first.keys()


def _without_needless(item: Any, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults without a missing size of a video that lacks its frames: with the frames come their sizes."""
    frameless = {path for path, unit in units(item) if is_video_without_frames(unit)}
    return tuple(
        fault for fault in faults if fault.path not in frameless or not fault.names or not set(fault.names) <= {"width", "height"}
    )


def _check_bare(scope: RequestScope, given: Mapping[str, str], count: int) -> None:
    missing = [name for name in ("dataset_slug", "storage_slug") if name not in given]
    if missing:
        names = " and ".join(f"'{name}'" for name in missing)
        message = f"The items stand alone: a request also has {names}, without which the platform answers 400 (bad request)."
        options = " and ".join("--" + name.replace("_", "-") for name in missing)
        scope.report("registration-schema", message, (), f"Give {options}, or put the items into a request.", like="bare")
    if not count:
        scope.report("registration-schema", "The list of items is empty; it must hold at least one.", like="empty")


def _check_envelope(scope: RequestScope, envelope: dict[str, Any]) -> None:
    for name in envelope.names if isinstance(envelope, Repeated) else ():
        message = (
            f"{scope.label} has the key {shown(name)} more than once; only the last one counts, if the platform takes it at all."
        )
        scope.report("registration-repeated-key", message, (name,), f"Write {shown(name)} once.", key=True)
    for name in ("dataset_slug", "storage_slug"):
        slug = envelope.get(name)
        if not isinstance(slug, str) or not slug or _slug(slug):
            continue
        right = re.sub(r"\s+", "-", slug.rpartition("/")[2].strip().lower())
        message = (
            f"'{name}' is {shown(slug)}, which is no slug: a slug has lower-case letters, and hyphens for spaces. "
            "The platform answers that it cannot find it (404)."
        )
        scope.report(
            "registration-slug",
            message,
            (name,),
            f"Write {shown(right)}." if _slug(right) else "Copy the slug from the platform.",
            like=name,
        )


def _check_count(scope: RequestScope, count: int) -> None:
    if count > MAXIMUM_ITEMS:
        message = (
            f"{scope.label} has {count:,} items; at most {MAXIMUM_ITEMS} are allowed, by the API reference {RECOMMENDED_ITEMS}."
        )
        fix = f"Write requests of at most {RECOMMENDED_ITEMS} items with --split {RECOMMENDED_ITEMS}."
        scope.report("registration-item-limit", message, ("items",), fix, key=True)
    elif count > RECOMMENDED_ITEMS:
        message = (
            f"{scope.label} has {count:,} items; the platform's API reference says at most {RECOMMENDED_ITEMS} in one request, "
            f"its troubleshooting page {MAXIMUM_ITEMS}."
        )
        fix = f"Write requests of at most {RECOMMENDED_ITEMS} items with --split {RECOMMENDED_ITEMS}."
        scope.report("registration-item-limit-recommended", message, ("items",), fix, key=True)


def _check_name(run: _Run, item: ItemScope) -> None:
    name = item.name
    if not name:
        return
    folder = item.folder.strip("/")
    dataset = item.parent.dataset
    # Without a dataset the names are compared within their own request only.
    names = run.names.setdefault(f"#{run.requests}" if dataset is None else f"={dataset}", {})
    file = item.parent.file
    first = names.setdefault(f"{folder}\0{name}", (file.path, item.offset, item.pointer))
    path, offset, pointer = first
    if (path, offset) == (file.path, item.offset):
        return
    elsewhere = (
        f"{path} has at {json_pointer(pointer) or 'an earlier line'}"
        if path != file.path
        else f"{json_pointer(pointer) or 'an earlier line'} has"
    )
    message = (
        f"{capital(item.who())} has the name and folder ({shown('/' + folder)}) that {elsewhere}; "
        "a name is unique in its folder, so the platform blocks this item."
    )
    place = file.location(offset, offset + 1) if path == file.path else Location(path)
    related = (Related(place, "the item with the same name and folder"),)
    member = "filename" if item.parent.legacy else "name"
    item.report("registration-duplicate-name", message, (member,), "Give it another name, or another 'path'.", related=related)


def _check_objects(run: _Run, item: ItemScope) -> None:
    present = run.present
    for path, unit in units(item.item):
        for below, key in named(unit):
            if present is not None and key in present.missing and (key in present.near or not wrong_form(key, run.options.bucket)):
                _report_missing(run, item, (*path, *below), key, present)
            answer = run.answers.get(key)
            if answer is not None:
                _report_answer(run, item, (*path, *below), key, answer)
        for below, key in prefixes(unit) if present is not None else ():
            if present is not None and key.rstrip("/") in present.empty:
                message = (
                    f"{_member(item, (*path, *below))} is {shown(key)}, but the listing {run.options.inventory} "
                    f"({present.total:,} keys) holds no object below it. The platform answers 403 for its files, or 404."
                )
                item.report(
                    "registration-key-not-found",
                    message,
                    (*path, *below),
                    "Compare it with the keys of the listing.",
                    like="directory",
                )


def _member(item: ItemScope, path: Path) -> str:
    return capital(f"'{'/'.join(map(str, below_unit(path)))}' of {item.who(path)}")


def _report_missing(run: _Run, item: ItemScope, path: Path, key: str, present: inventory.Presence) -> None:
    near = present.near.get(key)
    listing = f"the listing {run.options.inventory} ({present.total:,} keys)"
    verb = "names" if path[-1] == "index" else "is"
    message = f"{_member(item, path)} {verb} {shown(key)}, which {listing} does not hold"
    fix = "Compare it with the keys of the listing."
    if near is not None:
        message += f"; it holds {shown(near.key)}, from which it differs {near.difference}"
        fix = f"Write {shown(near.key)}."
    elif present.prefix and not key.startswith(present.prefix):
        message += f"; all keys of the listing begin with {shown(present.prefix)}, so check that it lists the whole bucket"
    message += ". The platform answers 403, or 404 if it may list the bucket."
    item.report("registration-key-not-found", message, path, fix, like=near.difference.partition("'")[0] if near else "")


def _report_answer(run: _Run, item: ItemScope, path: Path, key: str, answer: KeyAnswer) -> None:
    verb = "names" if path[-1] == "index" else "is"
    bucket = run.options.policy.bucket if run.options.policy else ""
    related = (Related(answer.location, "decides"),) if answer.location else ()
    if answer.status is Status.FAILS:
        message = f"{_member(item, path)} {verb} {shown(key)}; reading it from {bucket} will answer 403, because {answer.reason}."
        rule = "registration-key-refused"
    else:
        message = f"{_member(item, path)} {verb} {shown(key)}; whether reading it from {bucket} will answer 403 is unknown: {answer.reason}."
        rule = "registration-key-unproven"
    item.report(rule, message, path, answer.fix, like=answer.cause, limit=1, related=related, bucket=bucket)
