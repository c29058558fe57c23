"""Objects that are not in the bucket, or that the platform may not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.finding import Related, Severity, Symptom
from auditor.lazy.classes import dataclass
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.files import named, prefixes, units
from auditor.platforms.v7_darwin.requests.scope import ItemScope, below_unit, capital, shown
from auditor.platforms.v7_darwin.rules._sources import TROUBLESHOOTING
from auditor.platforms.v7_darwin.rules.object_keys import wrong_form
from auditor.rule import declared
from auditor.verdict import Status

if TYPE_CHECKING:
    from auditor.object_access import KeyAnswer
    from auditor.platforms.v7_darwin.requests.inventory import Presence


@dataclass(slots=True)
class Objects:
    """What is known of the objects that the requests of a run name.

    Attributes:
        bucket: the bucket's name; empty when it is not known.
        listing: the path of the object listing; empty when there is none.
        present: which keys it holds; None when there is none.
        address: the address of the bucket in the code that was asked; empty when none was.
        answers: what the code says of the keys that it does not certainly let the platform read.
    """

    bucket: str = ""
    listing: str = ""
    present: Presence | None = None
    address: str = ""
    answers: Mapping[str, KeyAnswer] = field(default_factory=dict)


def check_objects(objects: Objects, item: ItemScope) -> None:
    """Reports the files of an item that are not there or may not be read."""
    present = objects.present
    for path, unit in units(item.item):
        for below, key in named(unit):
            if present and key in present.missing and (key in present.near or not wrong_form(key, objects.bucket)):
                _report_missing(objects.listing, present, item, (*path, *below), key)
            answer = objects.answers.get(key)
            if answer is not None:
                _report_answer(objects.address, item, (*path, *below), key, answer)
        for below, key in prefixes(unit) if present else ():
            if present and key.rstrip("/") in present.empty:
                _report_empty(objects.listing, present, item, (*path, *below), key)


KEY_NOT_FOUND = declared(
    "registration-key-not-found",
    """An object key that is not in the object listing.

    Keys are case-sensitive. For an object that does not exist S3 answers 403 to callers that may not list the bucket, and 404 to others; on the
    platform this looks like a missing permission. The finding names a key of the listing that differs only in case, a leading slash,
    percent-encoding, Unicode normalisation or the first folder.

    Write the key as the listing has it, or upload the object. The listing is compared as it was made: objects uploaded since are not in it.
    """,
    Severity.ERROR,
    (Symptom.FORBIDDEN, Symptom.NOT_FOUND),
    (TROUBLESHOOTING, "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"),
)


def _keys(present: Presence) -> str:
    return f"{present.total:,} key{'' if present.total == 1 else 's'}"


def _report_missing(listing: str, present: Presence, item: ItemScope, path: Path, key: str) -> None:
    near = present.near.get(key)
    verb = "names" if path[-1] == "index" else "is"
    message = f"{_member(item, path)} {verb} {shown(key)}, which is not in the listing {listing} ({_keys(present)})"
    fix = "Compare it with the keys of the listing."
    if near is not None:
        message += f"; it has {shown(near.key)}, from which it differs {near.difference}"
        fix = f"Write {shown(near.key)}."
    elif present.prefix and not key.startswith(present.prefix):
        message += f"; all keys of the listing begin with {shown(present.prefix)}, so check that it lists the whole bucket"
    message += ". The platform answers 403, or 404 if it may list the bucket."
    item.report(KEY_NOT_FOUND, message, path, fix, like=near.difference.partition("'")[0] if near else "")


def _report_empty(listing: str, present: Presence, item: ItemScope, path: Path, key: str) -> None:
    message = (
        f"{_member(item, path)} is {shown(key)}, but the listing {listing} ({_keys(present)}) has no object below it. "
        "The platform answers 403 for its files, or 404."
    )
    item.report(KEY_NOT_FOUND, message, path, "Compare it with the keys of the listing.", like="directory")


KEY_DENIED = declared(
    "registration-key-denied",
    """An object that the platform may not read under the bucket's policy.

    With `--policy` each object key of the request is checked against the bucket's policy in the infrastructure code. Keys that are denied for the
    same reason make one finding.

    Let the policy allow the platform's principal `s3:GetObject` on those keys, or register other keys.
    """,
    Severity.ERROR,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING,),
)
KEY_UNPROVEN = declared(
    "registration-key-unproven",
    """An object for which the code does not decide whether the platform may read it.

    As `registration-key-denied`, but the answer depends on a value that the code leaves unresolved.

    Resolve the value as the finding says.
    """,
    Severity.WARNING,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING,),
)


def _report_answer(bucket: str, item: ItemScope, path: Path, key: str, answer: KeyAnswer) -> None:
    said = f"{_member(item, path)} {'names' if path[-1] == 'index' else 'is'} {shown(key)}"
    if answer.status is Status.FAILS:
        rule, message = KEY_DENIED, f"{said}; reading it from {bucket} will answer 403, because {answer.reason}."
    else:
        rule, message = KEY_UNPROVEN, f"{said}; whether reading it from {bucket} will answer 403 is unknown: {answer.reason}."
    related = (Related(answer.location, "decides"),) if answer.location else ()
    item.report(rule, message, path, answer.fix, like=answer.cause, limit=1, related=related, bucket=bucket)


def _member(item: ItemScope, path: Path) -> str:
    return capital(f"'{'/'.join(map(str, below_unit(path)))}' of {item.who(path)}")
