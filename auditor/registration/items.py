"""What is wrong with one item beyond what a schema can say.

Source: https://docs.v7labs.com/docs/external-storage-troubleshooting and darwin-py, https://github.com/v7labs/darwin-py
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from auditor.registration.document import Path, Repeated
from auditor.registration.files import named, playlists, prefixes, segments, units
from auditor.registration.scope import ItemScope, capital, shown

IMAGE_SUFFIXES = (".png", ".jpeg", ".jpg", ".jfif", ".tif", ".tiff", ".qtiff", ".bmp", ".svs", ".webp", ".JPEG", ".JPG", ".BMP")
OTHER_SUFFIXES = (".pdf", ".dcm", ".avi", ".bpm", ".mov", ".mp4", ".mkv", ".hevc", ".nii", ".nii.gz", ".ndpi", ".rvg")
VIDEO_ONLY_SUFFIXES = (".avi", ".bpm", ".mov", ".mp4", ".mkv", ".hevc")
"""What darwin-py derives the type of a file from, by upper and lower case as written. Source: darwin-py, utils/utils.py"""

_SLOT_FOREIGN = {"fps": "native_fps", "total_size_bytes": "size_bytes", "as_frames": ""}
"""Members that a slot of read-only registration does not have, and what it has instead. Source: darwin-py, ReadOnlyVideoSlot"""

_wrong_key = re.compile(r"/|[A-Za-z][A-Za-z0-9+.-]*://|arn:aws[a-z-]*:s3:::").match
_odd_key = re.compile(
    r"^\s|\s$|^[A-Za-z]:/|[\x00-\x1f\x7f\\]|//|(?:^|/)\.\.?(?:/|$)|/$|%[0-9A-Fa-f]{2}|\?(?:X-Amz-|AWSAccessKeyId|versionId)"
).search
_bucket_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*/|arn:aws[a-z-]*:s3:::[^/]*/").match


@dataclass(frozen=True, slots=True)
class Listing:
    """What an object listing says of the keys of a request.

    Attributes:
        explained: those that it holds, and those for which it holds one that nearly is the same.
        missing: those that it does not hold.
    """

    explained: Collection[str] = frozenset()
    missing: Collection[str] = frozenset()


NO_LISTING = Listing()


def check_item(scope: ItemScope, *, read_only: bool, bucket: str, listing: Listing) -> None:
    """Reports what is wrong with one item beyond the schema.

    Args:
        scope: the item, of any JSON type.
        read_only: whether it is registered from read-only storage.
        bucket: the bucket's name; empty when it is not known.
        listing: what an object listing says of the keys.
    """
    item = scope.item
    if not isinstance(item, dict):
        return
    _repeated(scope, item, ())
    slotted = "slots" in item
    for path, unit in units(item):
        _check_keys(scope, path, unit, bucket, listing)
        if slotted and not path:
            continue
        _file_type(scope, path, unit)
        if "fps" in unit:
            _fps(scope, path, unit)
        if read_only:
            _read_only(scope, path, unit)
    if slotted and isinstance(item["slots"], list):
        _slot_names(scope, item["slots"])
    if "layout" in item:
        _layout(scope, item)


def _repeated(scope: ItemScope, value: Any, path: Path) -> None:
    if len(path) > 8:
        return
    if type(value) is Repeated:
        for name in value.names:
            message = (
                f"{capital(scope.who(path))} has the key {shown(name)} more than once; "
                "only the last one counts, if the platform takes it at all."
            )
            scope.report("registration-repeated-key", message, (*path, name), f"Write {shown(name)} once.", key=True)
    if isinstance(value, dict):
        for name, member in value.items():
            if type(member) in {dict, list, Repeated}:
                _repeated(scope, member, (*path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            if type(element) in {dict, list, Repeated}:
                _repeated(scope, element, (*path, index))


def _check_keys(scope: ItemScope, path: Path, unit: dict[str, Any], bucket: str, listing: Listing) -> None:
    start = f"{bucket}/" if bucket else None
    for below, key in (*named(unit), *prefixes(unit)):
        if not _wrong_key(key) and not _odd_key(key) and not (start and key.startswith(start)):
            continue
        if key in listing.explained or key.rstrip("/") in listing.explained:
            continue
        where = capital(f"'{'/'.join(map(str, below))}' of {scope.who(path)}")
        found = wrong_form(key, bucket)
        if found:
            what, right = found
            message = f"{where} is {shown(key)}, {what}. The platform looks for an object of exactly that key and answers 403."
            fix = f"Write {shown(right)}." if right else "Write the object's key, relative to the bucket."
            scope.report("registration-storage-key", message, (*path, *below), fix, like=what)
        elif (
            key not in listing.missing
            and below[-1] not in {"storage_sections_key_prefix", "storage_low_quality_sections_key_prefix"}
        ) or not key.endswith("/"):
            what, right = _odd_form(key)
            message = (
                f"{where} is {shown(key)}, {what}. Keys are compared character by character; "
                "unless the object has just this key, the platform answers 403."
            )
            fix = f"Write {shown(right)} if that is the object's key." if right else "Compare it with the object's key."
            scope.report("registration-storage-key-form", message, (*path, *below), fix, like=what)


def wrong_form(key: str, bucket: str) -> tuple[str, str] | None:
    """How a key is not one relative to the bucket, and what it would be; None when it may be one.

    Args:
        key: the key.
        bucket: the bucket's name; empty when it is not known.
    """
    start = f"{bucket}/" if bucket else None
    uri = _bucket_uri(key)
    if uri:
        right = key[uri.end() :]
        if key[:4].lower() == "http":
            return "a URL and not a key relative to the bucket", unquote(right.partition("?")[0])
        return (
            "an ARN" if key.startswith("arn:") else "a URI with the bucket's name"
        ) + " and not a key relative to the bucket", right
    if key.startswith("/"):
        right = key.lstrip("/")
        return "which starts with a slash", right.removeprefix(start) if start else right
    if start and key.startswith(start):
        return "which starts with the bucket's name", key.removeprefix(start)
    if _wrong_key(key):
        return "a URI and not a key relative to the bucket", ""
    return None


def _odd_form(key: str) -> tuple[str, str]:
    if "?" in key and _odd_key(key[key.index("?") :]):
        return "which ends with the query of a signed URL", key.partition("?")[0]
    if key != key.strip():
        return "which has a blank at its start or end", key.strip()
    if re.match("[A-Za-z]:/", key):
        return "which looks like a path on a drive", key[3:]
    if "\\" in key:
        return "which holds a backslash", key.replace("\\", "/")
    if not key.isprintable():
        return "which holds a control character", ""
    if re.search("%[0-9A-Fa-f]{2}", key):
        return "which looks percent-encoded", unquote(key)
    if key.endswith("/"):
        return "which ends with a slash like a folder", ""
    if "//" in key:
        return "which holds a double slash", re.sub("/+", "/", key)
    return "which holds a step such as ./ or ../", ""


def _file_names(unit: dict[str, Any]) -> list[tuple[str, str]]:
    """The members that tell what kind of file a unit is, each with its text."""
    return [(member, name) for member in ("storage_key", "file_name", "name") if isinstance(name := unit.get(member), str) and name]


def _ends_with(unit: dict[str, Any], suffixes: tuple[str, ...]) -> bool:
    return any(name.endswith(suffixes) for _, name in _file_names(unit))


def _file_type(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    if "type" in unit or "hls_segments" in unit or "storage_key" not in unit:
        return
    key = unit["storage_key"]
    if type(key) is not str or key.endswith(IMAGE_SUFFIXES) or _ends_with(unit, IMAGE_SUFFIXES + OTHER_SUFFIXES):
        return
    last = key.rpartition("/")[2]
    suffix = last[last.rindex(".") :] if "." in last else ""
    what = f"ends with {shown(suffix)}" if suffix else "has no file extension"
    message = (
        f"{capital(scope.who(path))} has no 'type', and its 'storage_key' {what}, from which V7's own client derives no type "
        "(it compares upper and lower case)."
    )
    scope.report(
        "registration-file-type", message, (*path, "storage_key"), "Add 'type': one of image, video, pdf, dicom.", like=suffix
    )


def _fps(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    fps = unit["fps"]
    kind = unit.get("type")
    image = kind == "image" or (kind is None and _ends_with(unit, IMAGE_SUFFIXES))
    if image and type(fps) in {int, float} and fps not in (0, 1):
        message = f"'fps' of {scope.who(path)} is {shown(fps)}, but the file is an image; V7's own client takes only 0 and 1 there."
        scope.report("registration-fps", message, (*path, "fps"), "Leave 'fps' out.")


def is_video_without_frames(unit: dict[str, Any]) -> bool:
    """Whether a unit of a read-only request is a video that does not say where its frames are."""
    if "sections" in unit or "hls_segments" in unit:
        return False
    kind = unit.get("type")
    return kind == "video" or (kind is None and _ends_with(unit, VIDEO_ONLY_SUFFIXES))


def _read_only(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    who = scope.who(path)
    if is_video_without_frames(unit):
        message = (
            f"{capital(who)} is a video without 'sections' and without 'hls_segments', so the platform has no frames to show: "
            "from read-only storage it extracts none itself."
        )
        fix = "Extract the frames, put them into the bucket and name them in 'sections' or in the HLS keys."
        scope.report("registration-read-only-files", message, path, fix, like="video")
    elif unit.get("type") == "dicom" and "sections" not in unit and "hls_segments" not in unit:
        message = (
            f"{capital(who)} is a DICOM file without 'sections'; every known request from read-only storage names its slices there."
        )
        fix = "Put the slices into the bucket and name them in 'sections'."
        scope.report("registration-read-only-files-recommended", message, path, fix, like="dicom")
    if "storage_thumbnail_key" not in unit and "hls_segments" not in unit:
        message = (
            f"{capital(who)} has no 'storage_thumbnail_key', so the platform has no thumbnail of it: "
            "from read-only storage it makes none itself."
        )
        fix = "Put a thumbnail into the bucket and name it in 'storage_thumbnail_key'."
        scope.report("registration-read-only-files-recommended", message, path, fix, like="thumbnail")
    if path:
        for name, replacement in _SLOT_FOREIGN.items():
            if name in unit:
                message = f"{capital(who)} has the key '{name}', which slots of read-only registration do not have."
                fix = f"Rename '{name}' to '{replacement}'." if replacement and replacement not in unit else f"Leave '{name}' out."
                scope.report("registration-read-only-key", message, (*path, name), fix, like=name, key=True)
    sections = unit.get("sections")
    if isinstance(sections, list):
        _sections(scope, path, [section for section in sections if isinstance(section, dict)])
    if "hls_segments" in unit:
        _playlists(scope, path, unit)


def _sections(scope: ItemScope, path: Path, sections: list[dict[str, Any]]) -> None:
    who = scope.who(path)
    without = sum("storage_lq_key" not in section for section in sections)
    if without:
        many = "has a section" if without == 1 else f"has {without:,} sections"
        message = f"{capital(who)} {many} without 'storage_lq_key', so the platform has no file of low quality to load first."
        fix = "Put the files of low quality into the bucket and name them in 'storage_lq_key'."
        scope.report("registration-read-only-files-recommended", message, (*path, "sections"), fix, like="lq")
    numbers = [number for section in sections if type(number := section.get("section_index")) is int]
    if len(numbers) == len(sections) and sorted(numbers) != list(range(1, len(numbers) + 1)):
        missing = next((number for number in range(1, len(numbers) + 1) if number not in set(numbers)), 0)
        message = (
            f"'section_index' of the sections of {who} does not run from 1 to {len(numbers):,}: {missing:,} is missing, "
            "so annotations belong to other frames than they show."
        )
        scope.report("registration-sections", message, (*path, "sections"), "Number the sections from 1 on, one by one.")


def _playlists(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    storage_key = unit.get("storage_key")
    for below, text in playlists(unit):
        where = capital(f"'{'/'.join(map(str, below))}' of {scope.who(path)}")
        keys = segments(text)
        relative = next((key for key in keys if "/" not in key), None)
        if not text.startswith("#EXTM3U"):
            message = f"{where} is no m3u8 play list, since it does not begin with #EXTM3U, so the video cannot play."
            scope.report(
                "registration-hls", message, (*path, *below), "Put the text of the play list there, not its address.", like="header"
            )
        elif not keys:
            message = f"{where} names no segments, so the video cannot play."
            scope.report("registration-hls", message, (*path, *below), "List the segments by their object keys.", like="empty")
        elif relative is not None and isinstance(storage_key, str) and "/" in storage_key:
            message = (
                f"{where} names the segment {shown(relative)} by its file name; it must be the whole object key. "
                "The platform answers 403 for it."
            )
            fix = f"Write {shown(storage_key.rpartition('/')[0] + '/' + relative)} if it lies beside the file."
            scope.report("registration-hls", message, (*path, *below), fix, like="relative")


def _slot_names(scope: ItemScope, slots: list[Any]) -> None:
    seen: set[str] = set()
    for index, slot in enumerate(slots):
        name = slot.get("slot_name") if isinstance(slot, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            message = f"{capital(scope.who())} has two slots named {shown(name)}; layout and annotations refer to slots by name."
            scope.report("registration-duplicate-slot", message, ("slots", index, "slot_name"), "Give each slot a name of its own.")
        seen.add(name)


def _layout(scope: ItemScope, item: dict[str, Any]) -> None:
    layout = item["layout"]
    slots = item.get("slots")
    if not isinstance(layout, dict):
        return
    if slots is None:
        message = f"{capital(scope.who())} has a 'layout' but no 'slots' to arrange, so the platform answers 400 (bad request)."
        scope.report(
            "registration-layout",
            message,
            ("layout",),
            "Leave 'layout' out, or write the files as 'slots'.",
            like="no slots",
            key=True,
        )
        return
    if not isinstance(slots, list):
        return
    names = [slot.get("slot_name") for slot in slots if isinstance(slot, dict)]
    known = {name for name in names if isinstance(name, str)}
    member = "slots_grid" if layout.get("version") == 3 else "slots"
    placed = [(path, name) for path, name in _texts(layout.get(member), ("layout", member)) if isinstance(name, str) and path[2:]]
    for path, name in placed:
        if name not in known:
            message = (
                f"'layout' of {scope.who()} places {shown(name)}, which is no slot, so the platform answers 400 (bad request)."
            )
            fix = (
                f"Use the names of the slots: {', '.join(shown(one) for one in sorted(known)[:8])}." if known else "Name the slots."
            )
            scope.report("registration-layout", message, path, fix, like="unknown name")
    if not placed:
        return
    counted = Counter(name for _, name in placed)
    twice = next((name for name, count in counted.items() if count > 1), None)
    left = next((name for name in names if isinstance(name, str) and name not in counted), None)
    if twice is not None:
        message = f"'layout' of {scope.who()} places the slot {shown(twice)} more than once."
        scope.report("registration-layout-coverage", message, ("layout", member), "Place each slot once.", like="twice")
    if left is not None:
        message = f"'layout' of {scope.who()} does not place the slot {shown(left)}, so it may not be seen."
        scope.report("registration-layout-coverage", message, ("layout", member), f"Place {shown(left)} too.", like="left out")


def _texts(value: Any, path: Path) -> list[tuple[Path, Any]]:
    if isinstance(value, list):
        if len(path) > 5:
            return []
        return [found for index, element in enumerate(value) for found in _texts(element, (*path, index))]
    return [(path, value)]
