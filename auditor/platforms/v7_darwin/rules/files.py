"""What kind of file an item or slot names: its type, its frame rate, its sections, its HLS playlist."""

from __future__ import annotations

from typing import Any

from auditor.finding import Severity, Symptom
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.files import IMAGE_SUFFIXES, OTHER_SUFFIXES, PLAYLIST, ends_with, playlists, segments
from auditor.platforms.v7_darwin.requests.scope import ItemScope, capital, shown
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY
from auditor.platforms.v7_darwin.rules._symptoms import MISPLACED
from auditor.rule import declared

FILE_TYPE = declared(
    "registration-file-type",
    """A file without `type` whose extension does not imply one.

    V7's own client derives the type from the extension, and is case-sensitive: it knows `.JPG`, but neither `.PNG` nor `.MP4`. What the platform
    does with others is not documented, so this is a warning.

    Write `type`: image, video, pdf or dicom.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY,),
)


def check_file_type(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    """Reports a file whose type is neither written nor derived from its extension."""
    if "type" in unit or "hls_segments" in unit or "storage_key" not in unit:
        return
    key = unit["storage_key"]
    if type(key) is not str or key.endswith(IMAGE_SUFFIXES) or ends_with(unit, IMAGE_SUFFIXES + OTHER_SUFFIXES):
        return
    last = key.rpartition("/")[2]
    suffix = last[last.rindex(".") :] if "." in last else ""
    what = f"ends with {shown(suffix)}" if suffix else "has no file extension"
    message = (
        f"{capital(scope.who(path))} has no 'type', and its 'storage_key' {what}, from which V7's own client derives no type "
        "(the comparison is case-sensitive)."
    )
    fix = "Add 'type': one of image, video, pdf, dicom."
    scope.report(FILE_TYPE, message, (*path, "storage_key"), fix, like=suffix)


FPS = declared(
    "registration-fps",
    """A frame rate for an image.

    V7's own client takes only 0 and 1 for images.

    Leave `fps` out.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY,),
)


def check_fps(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    """Reports the frame rate of an image."""
    fps = unit["fps"]
    kind = unit.get("type")
    image = kind == "image" or (kind is None and ends_with(unit, IMAGE_SUFFIXES))
    if image and type(fps) in {int, float} and fps not in (0, 1):
        message = f"'fps' of {scope.who(path)} is {shown(fps)}, but the file is an image; V7's own client takes only 0 and 1 there."
        scope.report(FPS, message, (*path, "fps"), "Leave 'fps' out.")


SECTIONS = declared(
    "registration-sections",
    """Sections that are not numbered consecutively from 1.

    `section_index` says which frame or slice a section is. Every known request counts from 1 without gaps; annotations refer to frames by number,
    so a gap or a start at 0 shifts them.

    Number the sections consecutively from 1.
    """,
    Severity.WARNING,
    (MISPLACED,),
    (DARWIN_PY,),
)


def check_section_numbers(scope: ItemScope, path: Path, sections: list[dict[str, Any]]) -> None:
    """Reports sections whose numbers do not run from 1 to their count."""
    numbers = [number for section in sections if type(number := section.get("section_index")) is int]
    if len(numbers) == len(sections) and sorted(numbers) != list(range(1, len(numbers) + 1)):
        missing = next((number for number in range(1, len(numbers) + 1) if number not in set(numbers)), 0)
        message = (
            f"'section_index' of the sections of {scope.who(path)} does not run from 1 to {len(numbers):,}: {missing:,} is missing, "
            "so annotations belong to other frames than they show."
        )
        scope.report(SECTIONS, message, (*path, "sections"), "Number the sections consecutively from 1.")


HLS = declared(
    "registration-hls",
    """An HLS playlist that cannot play from the bucket.

    `index` is the text of the playlist, and each segment in it is named by its full object key, not by its file name.

    Write the text with full keys, as V7's own extractor does.
    """,
    Severity.WARNING,
    (Symptom.SLOW, Symptom.FORBIDDEN),
    (DARWIN_PY, "https://www.rfc-editor.org/rfc/rfc8216#section-4.1"),
)


def check_playlists(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    """Reports HLS playlists that cannot play."""
    storage_key = unit.get("storage_key")
    for below, text in playlists(unit):
        where = capital(f"'{'/'.join(map(str, below))}' of {scope.who(path)}")
        keys = segments(text)
        relative = next((key for key in keys if "/" not in key), None)
        if not text.startswith(PLAYLIST):
            message = f"{where} is not an m3u8 playlist, since it does not begin with {PLAYLIST}, so the video cannot play."
            scope.report(HLS, message, (*path, *below), "Put the text of the playlist there, not its address.", like="header")
        elif not keys:
            message = f"{where} names no segments, so the video cannot play."
            scope.report(HLS, message, (*path, *below), "List the segments by their object keys.", like="empty")
        elif relative is not None and isinstance(storage_key, str) and "/" in storage_key:
            message = (
                f"{where} names the segment {shown(relative)} by its file name; it must be the full object key. "
                "The platform answers 403 for it."
            )
            fix = f"Write {shown(storage_key.rpartition('/')[0] + '/' + relative)} if it lies beside the file."
            scope.report(HLS, message, (*path, *below), fix, like="relative")
