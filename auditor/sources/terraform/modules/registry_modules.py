"""Widely used public modules that are not available locally: what their inputs create, as far as access is concerned.

Each directory of `known_modules/` describes one module in the Terraform language, reduced to the resources that are
read. It is evaluated like a local module; `aws.described_modules` makes declarations of it.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar

from auditor.foundation.border import OWN_TOP
from auditor.foundation.location import Location
from auditor.foundation.value import SourceMap, Symbol
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_HOME = os.path.join(OWN_TOP, "sources", "terraform", "known_modules").replace(os.sep, "/")
Version = tuple[int, int, int]
"""Major, minor and patch."""


@dataclass(frozen=True, slots=True)
class Description:
    """One described module.

    Attributes:
        directory: where the description lies.
        registry: its address in the public registry.
        repository: its repository on GitHub.
        since: the first release that is described.
        until: the last major version that is described.
    """

    directory: str
    registry: str
    repository: str
    since: Version
    until: int


DESCRIPTIONS: Sequence[Description] = (
    Description(
        f"{_HOME}/s3-bucket",
        "terraform-aws-modules/s3-bucket/aws",
        "terraform-aws-modules/terraform-aws-s3-bucket",
        (3, 9, 0),
        5,
    ),
    Description(f"{_HOME}/kms", "terraform-aws-modules/kms/aws", "terraform-aws-modules/terraform-aws-kms", (2, 0, 0), 4),
    Description(f"{_HOME}/cloudposse-s3-bucket", "cloudposse/s3-bucket/aws", "cloudposse/terraform-aws-s3-bucket", (4, 0, 0), 4),
    Description(f"{_HOME}/cloudposse-label", "cloudposse/label/null", "cloudposse/terraform-null-label", (0, 25, 0), 0),
)

_MOST_KEPT = 256  # many calls of a repository are of the same few modules
_REGISTRY = regex(r"(?:registry\.terraform\.io/|registry\.opentofu\.org/)?([\w-]+/[\w-]+/[\w-]+)")
_GITHUB = regex(
    r"(?:git::)?(?:https?://|ssh://)?(?:[\w-]+@)?github\.com[/:]([\w-]+/[\w.-]+?)(?:\.git)?/?(?:\?(?:ref=([^&]+)|depth=\d+|&)+)?"
)
_TAG = regex(r"(?:refs/)?(?:tags/)?v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
_COMMIT = regex(r"[0-9a-f]{7,40}")
_CONSTRAINT = regex(r"(=|>=|>|<=|<|~>|!=)?\s*v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")


@functools.lru_cache(_MOST_KEPT)
def description_of(source: str | None, version: str | None) -> Description | None:
    """The description of the module that a call means, None when there is none for it or for its release.

    Args:
        source: the `source` argument.
        version: the `version` argument, for a module of the registry. Without one the newest release is meant, which is taken to be
            of the last described major version.

    Source: developer.hashicorp.com/terraform/language/modules/sources and …/expressions/version-constraints.
    """
    return published_as(source, version, DESCRIPTIONS) if source is not None else None


class _Published(Protocol):
    """A public module of which some releases are known."""

    @property
    def registry(self) -> str: ...
    @property
    def repository(self) -> str: ...
    @property
    def since(self) -> Version: ...
    @property
    def until(self) -> int: ...


P = TypeVar("P", bound=_Published)


def published_as(source: str, version: str | None, known: Sequence[P]) -> P | None:
    """Which of some public modules a call means, None when it is none of them, or a release of one that is not known.

    Args:
        source: the `source` argument, without the path of a submodule.
        version: the `version` argument, for a module of the registry. Without one the newest release is meant, which is taken to be
            of the last known major version.
        known: the modules. A commit is of one of them where all releases from the first one on are known.
    """
    if match := _REGISTRY.fullmatch(source):
        found = next((one for one in known if one.registry == match[1]), None)
        return found if found and (version is None or _covered(found, version)) else None
    if match := _GITHUB.fullmatch(source):
        found = next((one for one in known if one.repository == match[1]), None)
        if found is None or match[2] is None:
            return found
        if _COMMIT.fullmatch(match[2]):
            return found if found.since == (0, 0, 0) else None
        tag = _TAG.fullmatch(match[2])
        return found if tag and _is_known(found, (int(tag[1]), int(tag[2]), int(tag[3]))) else None
    return None


def directory_of(source: str | None, version: str | None) -> str | None:
    """The directory that describes the module of a call, None when there is none; see `description_of`."""
    found = description_of(source, version)
    return found.directory if found else None


def is_description(directory: str) -> bool:
    """Whether a directory describes a module."""
    return directory.startswith(_HOME)


_PLAIN = frozenset({str, int, bool, type(None)})


def moved_to_call(part: Any, place: Location) -> Any:
    """A value, or a part of a declaration, with the place of the call for every place in a description."""
    if type(part) in _PLAIN:  # most are
        return part
    if isinstance(part, Location):
        return place if is_description(part.path) else part
    if isinstance(part, SourceMap):
        return None if is_description(part.path) else part
    if isinstance(part, (tuple, frozenset)):
        return type(part)(moved_to_call(one, place) for one in part)
    if isinstance(part, dict):
        return {key: moved_to_call(one, place) for key, one in part.items()}
    if isinstance(part, Symbol) and _HOME in part.name:  # what fails is named with the directory of its module
        part = replace(part, name=part.name.replace(f"{_HOME}/", ""))
    changed: dict[str, Any] = {}
    for name in _field_names(part.__class__):
        before = getattr(part, name)
        after = moved_to_call(before, place)
        if after is not before:
            changed[name] = after
    return replace(part, **changed) if changed else part


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The names of the fields of a class; none where it has none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _is_known(description: _Published, version: Version) -> bool:
    return description.since <= version and version[0] <= description.until


def _covered(description: _Published, constraints: str) -> bool:
    """Whether the newest release that satisfies the constraints is known."""
    return all(_covers(description, constraint.strip()) for constraint in constraints.split(","))


def _covers(description: _Published, constraint: str) -> bool:
    match = _CONSTRAINT.fullmatch(constraint)
    if match is None:
        return False
    operator, *numbers = match.groups()
    version = tuple(int(number) if number is not None else 0 for number in numbers)
    major, minor, patch = version
    newest_minor = 1_000_000
    match operator:
        case ">=" | ">":
            return major <= description.until
        case "<":
            return (major, minor, patch) > description.since
        case "!=":
            return True
        case "~>" if numbers[2] is not None:
            return _is_known(description, (major, minor, newest_minor))
        case "~>" if numbers[1] is not None:
            return _is_known(description, (major, newest_minor, 0))
        case "~>":
            return True
    return _is_known(description, (major, minor, patch))


RELEASE = "described_release"
"""The variable by which a description asks for the release that is called, as one number: 31401 is 3.14.1."""

_NEWEST = 99


def release_of(source: str | None, version: str | None) -> int | None:
    """The release that a call of a described module means, the newest that it admits; None when there is no description for it.

    Args:
        source: as for `description_of`.
        version: likewise.
    """
    found = description_of(source, version)
    if found is None or source is None:
        return None
    newest = [(found.until, _NEWEST, _NEWEST)]
    if (match := _GITHUB.fullmatch(source)) and match[2] and (tag := _TAG.fullmatch(match[2])):
        newest.append((int(tag[1]), int(tag[2]), int(tag[3])))
    constraints = (_CONSTRAINT.fullmatch(one.strip()) for one in (version or "").split(","))
    newest += (_greatest(one) for one in constraints if one is not None and one[1] not in (">=", ">", "!="))
    major, minor, patch = (min(number, _NEWEST) for number in min(newest))
    return (major * 100 + minor) * 100 + patch


def _greatest(constraint: re.Match[str]) -> Version:
    """The greatest version that a constraint with an upper bound admits."""
    operator, *numbers = constraint.groups()
    major, minor, patch = (int(number or 0) for number in numbers)
    match operator:
        case "~>" if numbers[1] is None:
            return (_NEWEST, _NEWEST, _NEWEST)
        case "~>":
            return (major, _NEWEST if numbers[2] is None else minor, _NEWEST)
        case "<" if patch:
            return (major, minor, patch - 1)
        case "<":
            return (major, minor - 1, _NEWEST) if minor else (major - 1, _NEWEST, _NEWEST)
    return (major, minor, patch)
