"""What read-only storage must already hold, since the platform cannot write it, and which keys its slots take."""

from __future__ import annotations

from typing import Any

from auditor.finding import Severity, Symptom
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.files import is_video_without_frames
from auditor.platforms.v7_darwin.requests.scope import ItemScope, capital
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, TROUBLESHOOTING
from auditor.platforms.v7_darwin.rules.files import check_playlists, check_section_numbers
from auditor.rule import declared

READ_ONLY_FILES = declared(
    "registration-read-only-files",
    """A read-only item that does not name a file that the platform would need.

    From read-only storage the platform makes no thumbnails, frames or segments itself: they must be in the bucket, and the request must name
    them. A video needs either `sections` or all keys of the HLS form.

    Make the files, put them into the bucket, and name them.
    """,
    Severity.ERROR,
    (Symptom.SLOW, Symptom.BAD_REQUEST),
    (TROUBLESHOOTING, DARWIN_PY),
)
READ_ONLY_FILES_RECOMMENDED = declared(
    "registration-read-only-files-recommended",
    """A read-only item without a thumbnail or low-quality files.

    The troubleshooting page asks for high- and low-quality files and a thumbnail; V7's own client treats the thumbnail as optional, and some
    clients send no low-quality files. So this is a warning.

    Make the files, put them into the bucket, and name them.
    """,
    Severity.WARNING,
    (Symptom.SLOW,),
    (TROUBLESHOOTING, DARWIN_PY),
)


def check_read_only(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    """Reports what a unit of a read-only request does not name, or names where it has no place."""
    _check_frames(scope, path, unit)
    if "storage_thumbnail_key" not in unit and "hls_segments" not in unit:
        message = (
            f"{capital(scope.who(path))} has no 'storage_thumbnail_key', so the platform has no thumbnail of it: "
            "from read-only storage it makes none itself."
        )
        fix = "Put a thumbnail into the bucket and name it in 'storage_thumbnail_key'."
        scope.report(READ_ONLY_FILES_RECOMMENDED, message, path, fix, like="thumbnail")
    if path:
        _check_keys_of_slot(scope, path, unit)
    if isinstance(unit.get("sections"), list):
        sections = [section for section in unit["sections"] if isinstance(section, dict)]
        _check_low_quality(scope, path, sections)
        check_section_numbers(scope, path, sections)
    if "hls_segments" in unit:
        check_playlists(scope, path, unit)


def _check_frames(scope: ItemScope, path: Path, unit: dict[str, Any]) -> None:
    who = capital(scope.who(path))
    if is_video_without_frames(unit):
        message = (
            f"{who} is a video without 'sections' and without 'hls_segments', so the platform has no frames to show: "
            "from read-only storage it extracts none itself."
        )
        fix = "Extract the frames, put them into the bucket and name them in 'sections' or in the HLS keys."
        scope.report(READ_ONLY_FILES, message, path, fix, like="video")
    elif unit.get("type") == "dicom" and "sections" not in unit and "hls_segments" not in unit:
        message = f"{who} is a DICOM file without 'sections'; every known request from read-only storage names its slices there."
        fix = "Put the slices into the bucket and name them in 'sections'."
        scope.report(READ_ONLY_FILES_RECOMMENDED, message, path, fix, like="dicom")


def _check_low_quality(scope: ItemScope, path: Path, sections: list[dict[str, Any]]) -> None:
    without = sum("storage_lq_key" not in section for section in sections)
    if without:
        many = "has a section" if without == 1 else f"has {without:,} sections"
        message = (
            f"{capital(scope.who(path))} {many} without 'storage_lq_key', so the platform has no low-quality file to load first."
        )
        fix = "Put the low-quality files into the bucket and name them in 'storage_lq_key'."
        scope.report(READ_ONLY_FILES_RECOMMENDED, message, (*path, "sections"), fix, like="lq")


READ_ONLY_KEY = declared(
    "registration-read-only-key",
    """A key in a slot of a read-only item that belongs to items, or to read-write registration.

    In slots the frame rate is `native_fps` and the size `size_bytes`; `fps`, `total_size_bytes` and `as_frames` belong elsewhere. Some clients
    send them and are not refused, so this is a warning.

    Rename the key or leave it out.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY,),
)

_ELSEWHERE = {"fps": "native_fps", "total_size_bytes": "size_bytes", "as_frames": ""}
"""Members that a slot of read-only registration does not have, and what it has instead. Source: darwin-py, ReadOnlyVideoSlot"""


def _check_keys_of_slot(scope: ItemScope, path: Path, slot: dict[str, Any]) -> None:
    for name, replacement in _ELSEWHERE.items():
        if name in slot:
            message = f"{capital(scope.who(path))} has the key '{name}', which slots of read-only registration do not have."
            fix = f"Rename '{name}' to '{replacement}'." if replacement and replacement not in slot else f"Leave '{name}' out."
            scope.report(READ_ONLY_KEY, message, (*path, name), fix, like=name, key=True)
