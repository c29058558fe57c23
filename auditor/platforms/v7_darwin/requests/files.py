"""The files that an item names: which members hold object keys.

Source: darwin-py (ExistingSlot, ReadOnlyImageSlot, ReadOnlyVideoSlot, extractor/video.py), https://github.com/v7labs/darwin-py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.platforms.v7_darwin.requests.document import Path

KEYS = ("storage_key", "storage_thumbnail_key", "storage_frames_manifest_key", "storage_audio_peaks_key")
PREFIXES = ("storage_sections_key_prefix", "storage_low_quality_sections_key_prefix")
PLAYLIST = "#EXTM3U"
"""How a playlist begins. Source: RFC 8216, section 4.3.1.1"""
SECTION_KEYS = ("storage_hq_key", "storage_lq_key")

IMAGE_SUFFIXES = (".png", ".jpeg", ".jpg", ".jfif", ".tif", ".tiff", ".qtiff", ".bmp", ".svs", ".webp", ".JPEG", ".JPG", ".BMP")
OTHER_SUFFIXES = (".pdf", ".dcm", ".avi", ".bpm", ".mov", ".mp4", ".mkv", ".hevc", ".nii", ".nii.gz", ".ndpi", ".rvg")
VIDEO_ONLY_SUFFIXES = (".avi", ".bpm", ".mov", ".mp4", ".mkv", ".hevc")
"""What darwin-py derives the type of a file from, in upper and lower case as written. Source: darwin-py, utils/utils.py"""


def units(item: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The objects of an item that name files: the item itself, then its slots; each with its path."""
    if isinstance(item, dict):
        yield (), item
        slots = item.get("slots")
        if isinstance(slots, list):
            for index, slot in enumerate(slots):
                if isinstance(slot, dict):
                    yield ("slots", index), slot


def named(unit: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """The object keys that one unit names, each with its path in the unit; an HLS segment has the path of its playlist."""
    for name in KEYS:
        key = unit.get(name)
        if type(key) is str:
            yield (name,), key
    sections = unit.get("sections")
    if type(sections) is list:
        for index, section in enumerate(sections):
            if isinstance(section, dict):
                for name in SECTION_KEYS:
                    key = section.get(name)
                    if type(key) is str:
                        yield ("sections", index, name), key
    if "hls_segments" in unit:
        for path, index_text in playlists(unit):
            for key in segments(index_text) if index_text.startswith(PLAYLIST) else ():
                yield path, key


def prefixes(unit: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """The directories of sections that one unit names."""
    for name in PREFIXES:
        prefix = unit.get(name)
        if type(prefix) is str:
            yield (name,), prefix


def tiles(unit: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """What the keys of the tiles of one unit begin with."""
    metadata = unit.get("metadata")
    if isinstance(metadata, dict):
        for path, part in (("metadata",), metadata), (("metadata", "levels"), metadata.get("levels")):
            if isinstance(part, dict) and type(part.get("base_key")) is str:
                yield (*path, "base_key"), part["base_key"]


def playlists(unit: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """The texts of the HLS playlists of one unit."""
    hls = unit.get("hls_segments")
    if isinstance(hls, dict):
        for quality in ("high_quality", "low_quality"):
            part = hls.get(quality)
            if isinstance(part, dict) and isinstance(part.get("index"), str):
                yield ("hls_segments", quality, "index"), part["index"]


def segments(index_text: str) -> list[str]:
    """The object keys in an HLS playlist: its lines that are neither blank nor start with '#'.

    Source: RFC 8216, section 4.1; that they are whole object keys: darwin-py, extractor/video.py.
    """
    return [line.strip() for line in index_text.splitlines() if line.strip() and not line.startswith("#")]


def ends_with(unit: dict[str, Any], suffixes: tuple[str, ...]) -> bool:
    """Whether a member that tells what kind of file a unit is has one of these endings."""
    names = (unit.get(member) for member in ("storage_key", "file_name", "name"))
    return any(isinstance(name, str) and name.endswith(suffixes) for name in names)


def is_video_without_frames(unit: dict[str, Any]) -> bool:
    """Whether a unit of a read-only request is a video that does not say where its frames are."""
    if "sections" in unit or "hls_segments" in unit:
        return False
    kind = unit.get("type")
    return kind == "video" or (kind is None and ends_with(unit, VIDEO_ONLY_SUFFIXES))
