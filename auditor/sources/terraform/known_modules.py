"""Widely used public modules that are not on disk: what their inputs create, as far as access is concerned.

Each directory of `known_modules/` describes one module in the Terraform language, reduced to the resources that `resources` reads.
It is evaluated like a module on disk; only its places are foreign, so what is declared there is located at the call instead. A
release or an input that a description does not cover makes what it may affect open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from auditor.location import Location
from auditor.model import Attachment, Declarations, Declared, Kind, Opaque
from auditor.value import (
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    SourceMap,
    Symbol,
    Template,
    Value,
    text_of,
    text_parts,
)

if TYPE_CHECKING:
    from auditor.sources.terraform.module import Root

_HOME = Path(__file__).with_suffix("").as_posix()
_Version = tuple[int, int, int]
D = TypeVar("D", bound=Declared)


@dataclass(frozen=True, slots=True)
class Description:
    """One described module.

    Attributes:
        directory: where the description lies.
        registry: its address in the public registry.
        repository: its repository on GitHub.
        since: the first release that is described.
        until: the last major version that is described.
        placeholders: whether texts of its policy may name the bucket by a placeholder.
    """

    directory: str
    registry: str
    repository: str
    since: _Version
    until: int
    placeholders: bool = False


DESCRIPTIONS: Sequence[Description] = (
    Description(
        f"{_HOME}/s3-bucket",
        "terraform-aws-modules/s3-bucket/aws",
        "terraform-aws-modules/terraform-aws-s3-bucket",
        (3, 9, 0),
        5,
        placeholders=True,
    ),
    Description(f"{_HOME}/kms", "terraform-aws-modules/kms/aws", "terraform-aws-modules/terraform-aws-kms", (2, 0, 0), 4),
    Description(f"{_HOME}/cloudposse-s3-bucket", "cloudposse/s3-bucket/aws", "cloudposse/terraform-aws-s3-bucket", (4, 0, 0), 4),
)

_REGISTRY = re.compile(r"(?:registry\.terraform\.io/|registry\.opentofu\.org/)?([\w-]+/[\w-]+/[\w-]+)")
_GITHUB = re.compile(
    r"(?:git::)?(?:https?://|ssh://)?(?:[\w-]+@)?github\.com[/:]([\w-]+/[\w.-]+?)(?:\.git)?/?(?:\?(?:ref=([^&]+)|depth=\d+|&)+)?"
)
_TAG = re.compile(r"(?:refs/)?(?:tags/)?v?(\d+)\.(\d+)\.(\d+)")
_CONSTRAINT = re.compile(r"(=|>=|>|<=|<|~>|!=)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def description_of(source: str | None, version: str | None) -> Description | None:
    """The description of the module that a call means, None when there is none for it or for its release.

    Args:
        source: the `source` argument.
        version: the `version` argument, for a module of the registry. Without one the newest release is meant, which is taken to be
            of the last described major version.

    Source: developer.hashicorp.com/terraform/language/modules/sources and …/expressions/version-constraints.
    """
    if source is None:
        return None
    if match := _REGISTRY.fullmatch(source):
        found = next((one for one in DESCRIPTIONS if one.registry == match[1]), None)
        return found if found and (version is None or _covered(found, version)) else None
    if match := _GITHUB.fullmatch(source):
        found = next((one for one in DESCRIPTIONS if one.repository == match[1]), None)
        if found is None or match[2] is None:
            return found
        tag = _TAG.fullmatch(match[2])
        return found if tag and _described(found, (int(tag[1]), int(tag[2]), int(tag[3]))) else None
    return None


def directory_of(source: str | None, version: str | None) -> str | None:
    """The directory that describes the module of a call, None when there is none; see `description_of`."""
    found = description_of(source, version)
    return found.directory if found else None


def is_description(directory: str) -> bool:
    """Whether a directory describes a module."""
    return directory.startswith(_HOME)


def _described(description: Description, version: _Version) -> bool:
    return description.since <= version and version[0] <= description.until


def _covered(description: Description, constraints: str) -> bool:
    """Whether the newest release that satisfies the constraints is described."""
    return all(_covers(description, constraint.strip()) for constraint in constraints.split(","))


def _covers(description: Description, constraint: str) -> bool:
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
            return _described(description, (major, minor, newest_minor))
        case "~>" if numbers[1] is not None:
            return _described(description, (major, newest_minor, 0))
        case "~>":
            return True
    return _described(description, (major, minor, patch))


RELEASE = "described_release"
"""The variable by which a description asks for the major version of the release that is called."""


def release_of(source: str | None, version: str | None) -> int | None:
    """The major version of the release that a call of a described module means, None when there is no description for it.

    Args:
        source: as for `description_of`.
        version: likewise.
    """
    found = description_of(source, version)
    if found is None or source is None:
        return None
    if (match := _GITHUB.fullmatch(source)) and match[2]:
        return int(match[2].rpartition("/")[2].lstrip("v").partition(".")[0])
    constraints = [_CONSTRAINT.fullmatch(one.strip()) for one in (version or "").split(",")]
    majors = range(found.until, found.since[0] - 1, -1)
    return next((major for major in majors if all(one is None or _admits(one, major) for one in constraints)), None)


def _admits(constraint: re.Match[str], release: int) -> bool:
    """Whether some release of a major version satisfies a constraint."""
    operator, *numbers = constraint.groups()
    major, *below = (int(number) if number is not None else 0 for number in numbers)
    match operator:
        case ">=" | ">":
            return release >= major
        case "<=":
            return release <= major
        case "<":
            return release < major or (release == major and any(below))
        case "!=":
            return True
        case "~>" if numbers[1] is None:
            return release >= major
    return release == major


_VERSION = re.compile(r'^[ \t]*"?version"?[ \t]*[=:][ \t]*"([^"\n]*)"', re.MULTILINE)


def version_in(text: str) -> str | None:
    """The `version` argument in the text of a call, None when there is none that is plain."""
    found = _VERSION.findall(text)
    return str(found[0]) if found else None


# Places


def at_calls(found: Declarations) -> Declarations:
    """Declarations in which nothing is located in a description: what one declares is located at the call of the module."""
    if not any(_foreign(declared.location) for declared in _all_declared(found)):
        return found
    return replace(
        found,
        buckets=_relocated(found.buckets),
        attachments=_relocated(found.attachments),
        account_public_access_blocks=_relocated(found.account_public_access_blocks),
        keys=_relocated(found.keys),
        aliases=_relocated(found.aliases),
        grants=_relocated(found.grants),
        roles=_relocated(found.roles),
        identity_policies=_relocated(found.identity_policies),
        opaque=_relocated(found.opaque),
    )


def _all_declared(found: Declarations) -> Iterable[Declared]:
    yield from (*found.buckets, *found.attachments, *found.keys, *found.aliases, *found.grants)


def _foreign(location: Location | None) -> bool:
    return location is not None and location.path.startswith(_HOME)


def _relocated(declared: Sequence[D]) -> tuple[D, ...]:
    return tuple(_relocated_one(one) for one in declared)


def _relocated_one(declared: D) -> D:
    place, calls = declared.location, declared.calls
    if _foreign(place) and calls:
        place, calls = calls[-1], calls[:-1]
    changed = {
        part.name: _moved(getattr(declared, part.name), place) for part in fields(declared) if part.name not in ("address", "calls")
    }
    moved: D = replace(declared, **changed, calls=calls)
    return moved


def _moved(part: Any, place: Location) -> Any:
    """A part of a declaration with every place in a description replaced."""
    if isinstance(part, Location):
        return place if _foreign(part) else part
    if isinstance(part, SourceMap):
        return None if part.path.startswith(_HOME) else part
    if isinstance(part, tuple | frozenset):
        return type(part)(_moved(one, place) for one in part)
    if isinstance(part, dict):
        return {key: _moved(one, place) for key, one in part.items()}
    if is_dataclass(part) and not isinstance(part, type):
        changed: dict[str, Any] = {}
        for one in fields(part):
            before = getattr(part, one.name)
            after = _moved(before, place)
            if after is not before:
                changed[one.name] = after
        return replace(part, **changed) if changed else part
    return part


# What a description does not cover


def described_calls(root: Root) -> Iterator[tuple[ModuleCall, frozenset[str]]]:
    """The calls of described modules in a tree of modules, each with the inputs that its description knows."""
    directories = {description.directory for description in DESCRIPTIONS}
    for module in root.modules():
        for call in module.calls_of_local():
            if call.module is not None and call.module.source.directory in directories:
                known = call.module.source.definitions.get("variable", {})
                yield call, frozenset(labels[0] for labels in known)


class ModuleCall(Protocol):
    """What is asked of a module call."""

    @property
    def address(self) -> str:
        """As Terraform prints it."""
        ...

    @property
    def source(self) -> str | None:
        """The `source` argument."""
        ...

    @property
    def version(self) -> str | None:
        """The `version` argument."""
        ...

    @property
    def location(self) -> Location:
        """The header of the call."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs that are written."""
        ...


def completed(found: Declarations, calls: Iterable[tuple[ModuleCall, frozenset[str]]]) -> Declarations:
    """Declarations with places and placeholders settled, and with what undescribed inputs may affect left open.

    Args:
        found: what was read, descriptions included.
        calls: the calls of described modules, each with the inputs that its description knows.
    """
    for call, known in calls:
        description = description_of(call.source, call.version)
        unknown = sorted(set(call.inputs) - known)
        if unknown:
            found = _opened(found, call, unknown)
        if description is not None and description.placeholders:
            found = _without_placeholders(found, call)
    return at_calls(found)


def _opened(found: Declarations, call: ModuleCall, unknown: Sequence[str]) -> Declarations:
    names = " and ".join(unknown)
    symbol = Symbol(
        f"{call.address} with {names}",
        f"what {names} does in {call.source} is not described",
        "run terraform init so that .terraform/modules holds the module",
        call.location,
    )
    mine = f"{call.address}."
    given: list[Value] = [bucket.name for bucket in found.buckets if bucket.address.startswith(mine)]
    given += [key.arn for key in found.keys if key.address.startswith(mine)]
    opaque = Opaque(call.address, call.location, symbol=symbol, given=tuple(given))
    attachments = tuple(
        replace(one, when=one.when.and_(replace(symbol, name=f"{symbol.name} leaves the {one.kind.value} as described")))
        if one.address.startswith(mine)
        else one
        for one in found.attachments
    )
    return replace(found, attachments=attachments, opaque=(*found.opaque, opaque))


def _without_placeholders(found: Declarations, call: ModuleCall) -> Declarations:
    """Declarations in which the policy of a call names the bucket itself, where it was named by a placeholder.

    Source: the documentation of the input `policy` of terraform-aws-modules/s3-bucket/aws.
    """
    mine = f"{call.address}."
    bucket = next((one for one in found.buckets if one.address.startswith(mine)), None)
    if bucket is None:
        return found
    meant: Mapping[str, tuple[str | Symbol, ...]] = {
        "_S3_BUCKET_ID_": text_parts(bucket.name),
        "_S3_BUCKET_ARN_": ("arn:aws:s3:::", *text_parts(bucket.name)),
        "_AWS_ACCOUNT_ID_": text_parts(bucket.account),
    }

    def named(one: Attachment) -> Attachment:
        if one.kind is not Kind.POLICY or not one.address.startswith(mine):
            return one
        return replace(one, content=_named(one.content, meant))

    return replace(found, attachments=tuple(named(one) for one in found.attachments))


_PLACEHOLDER = re.compile(r"(_S3_BUCKET_ID_|_S3_BUCKET_ARN_|_AWS_ACCOUNT_ID_)")


def _named(value: Value, meant: Mapping[str, tuple[str | Symbol, ...]]) -> Value:
    match value:
        case Known(str()) | Template():
            parts = text_parts(value)
            if not any(isinstance(part, str) and _PLACEHOLDER.search(part) for part in parts):
                return value
            pieces: list[str | Symbol] = []
            for part in parts:
                for piece in _PLACEHOLDER.split(part) if isinstance(part, str) else (part,):
                    pieces.extend(meant.get(piece, (piece,)) if isinstance(piece, str) else (piece,))
            return text_of(pieces, value.location, value.origin)
        case JsonText(content):
            return replace(value, content=_named(content, meant))
        case Choice(_, then, otherwise):
            return replace(value, then=_named(then, meant), otherwise=_named(otherwise, meant))
        case ListValue(items):
            return replace(value, items=tuple(_named(item, meant) for item in items))
        case MapValue(entries) if isinstance(entries, dict):
            return replace(value, entries={key: _named(entry, meant) for key, entry in entries.items()})
    return value
