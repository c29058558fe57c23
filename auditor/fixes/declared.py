"""What the files of a module of Terraform declare already: names that nothing else may take, and a provider that has not every type."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.lazy.expressions import regex

_HEADER = regex(r'^[ \t]*(?:resource|data) "\w+" "[\w-]+"', re.MULTILINE)

# The types that configure something else, each with the argument that names it.
_CONFIGURATIONS = {"aws_s3_bucket_policy": "bucket", "aws_s3_bucket_cors_configuration": "bucket", "aws_kms_key_policy": "key_id"}
_CONFIGURATION = regex(
    rf'^[ \t]*resource "(?P<kind>{"|".join(_CONFIGURATIONS)})" "(?P<name>[\w-]+)" *\{{'
    r'(?:\n(?!\}|[ \t]*resource ").*){0,500}?'  # the lines before the argument, up to the end of the block
    r"\n[ \t]*(?:bucket|key_id)[ \t]*=(?P<of>.*)",
    re.MULTILINE,
)

_NAMED = regex(r"(?<![\w.-])[\w-]+\.[\w-]+")
_CALLER_TYPE = "aws_caller_identity"
_CALLER = regex(rf'^[ \t]*data "{_CALLER_TYPE}" "(?P<name>[\w-]+)" *(?P<body>\{{[^{{}}]*\}})', re.MULTILINE)
# Source: Terraform AWS provider 6, "Enhanced Region Support".
_REGION = regex(r'(?:^|[{,\n])[^\S\n]*"?region"?[ \t]*[=:]')
# Source: Terraform, "The resource provider Meta-Argument"; older code, and JSON, has the name in quotes.
_PROVIDER = regex(r'(?:^|[{,\n])[^\S\n]*"?provider"?[ \t]*[=:][ \t]*"?(?:\$\{)?([\w.-]+)')
_NESTED = regex(r"(?<=.)\{[^{}]*\}", re.DOTALL)

# Sources: hashicorp/terraform-provider-aws, CHANGELOG of 3.x, 3.75.0: the new resource aws_s3_bucket_cors_configuration, backported from 4.0.0;
# Terraform, "Version constraints", "Provider requirements", "Dependency lock file"; before 0.13, a `provider` block had the version.
_FIRST_WITH_CORS = (3, 75)
_INNER = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_REQUIRED = regex(rf"^[ \t]*required_providers[ \t]*\{{(?P<body>{_INNER})\}}", re.MULTILINE)
_IN_REQUIRED = regex(r'^[ \t]*aws[ \t]*=[ \t]*(?:\{[^{}]*?\bversion[ \t]*=[ \t]*)?"(?P<versions>[^"\n]*)"', re.MULTILINE)
_CONFIGURED = regex(rf'^[ \t]*provider[ \t]+"aws"[ \t]*\{{(?P<body>{_INNER})\}}', re.MULTILINE)
_LOCKED = regex(rf'^provider "[^"\n]*/hashicorp/aws"[ \t]*\{{(?P<body>{_INNER})\}}', re.MULTILINE)
_VERSION = regex(r'^[ \t]*version[ \t]*=[ \t]*"(?P<versions>[^"\n]*)"', re.MULTILINE)
# Where versions are required, with a word that stands there.
_VERSIONS = (
    ("required_providers", _REQUIRED, _IN_REQUIRED),
    ("version", _CONFIGURED, _VERSION),
    ("/hashicorp/aws", _LOCKED, _VERSION),
)
_CONDITION = regex(r"\s*(?P<operator>[<>=!~]*)\s*v?(?P<version>\d+(?:\.\d+)*)\s*")


class InDirectory:
    """What the files of a directory of Terraform declare; each question about all of them is answered once.

    Args:
        files: the content of each, and whether it is written in JSON.
    """

    def __init__(self, files: Iterable[tuple[bytes, bool]]) -> None:
        self._files = tuple(files)

    @functools.cached_property
    def headers(self) -> frozenset[str]:
        """The headers of all resources and data sources (`resource "aws_s3_bucket" "images"`)."""
        return frozenset[str]().union(*(_headers_of(content, in_json=in_json) for content, in_json in self._files))

    @functools.cached_property
    def callers(self) -> Sequence[tuple[str, str]]:
        """The data sources for the account that Terraform acts in: their names, and the provider that each says it asks, empty for the default one."""
        return [one for content, in_json in self._files for one in _callers(content, in_json=in_json)]

    @functools.cached_property
    def is_before_resources(self) -> bool:
        """Whether some file allows no provider that has a resource for CORS rules."""
        return any(is_before_resources(content, in_json=in_json) for content, in_json in self._files)

    def configuration_of(self, kind: str, resource: str) -> str:
        """The label of a resource that configures a bucket or key, be it there or not; empty without one.

        Args:
            kind: its type.
            resource: the bucket or key, or the call that makes it (`aws_s3_bucket.images`).
        """
        named = _NAMED.match(resource)
        listed = self._configurations.get((kind, named[0]), ()) if named else ()
        if not listed:
            return ""
        whole = re.compile(rf"(?<![\w.-]){re.escape(resource)}(?![\w-])")
        return next((label for label, written in listed if whole.search(written)), "")

    @functools.cached_property
    def _configurations(self) -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
        """The label of each configuration, and what names what it is of, by its type and each name in that."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for content, in_json in self._files:
            for key, listed in _configurations(content, in_json=in_json).items():
                found.setdefault(key, []).extend(listed)
        return found


class Directories:
    """The directories whose files were asked, kept for all fixes of the same files.

    Attributes:
        found: how many files of it had been read, and what they declare, by the path of each.
    """

    def __init__(self) -> None:
        self.found: dict[str, tuple[int, InDirectory]] = {}


@functools.lru_cache(maxsize=1024)
def _headers_of(content: bytes, *, in_json: bool) -> frozenset[str]:
    """The headers of the resources and data sources of a file (`resource "aws_s3_bucket" "images"`); total.

    Args:
        content: of the file.
        in_json: whether it is written in JSON; where that cannot be read, nothing is declared.
    """
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return frozenset(_in_json(text) if in_json else (header.strip() for header in _HEADER.findall(text)))


@functools.lru_cache(maxsize=1024)
def _configurations(content: bytes, *, in_json: bool) -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
    """The label of each configuration, and what names what it is of, by its type and each name in that."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for kind, label, written in _written_configurations(content, in_json=in_json):
        for name in dict.fromkeys(_NAMED.findall(written)):
            found.setdefault((kind, name), []).append((label, written))
    return found


def _written_configurations(content: bytes, *, in_json: bool) -> Iterator[tuple[str, str, str]]:
    """Of each configuration the type, the label, and what names what it is of."""
    if not any(kind.encode() in content for kind in _CONFIGURATIONS):
        return
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if not in_json:
        yield from ((found["kind"], found["name"], found["of"]) for found in _CONFIGURATION.finditer(text))
        return
    document = _read(text)
    yield from (
        (kind, label, str(body.get(argument, "")))
        for types in _objects(document, "resource")
        for kind, argument in _CONFIGURATIONS.items()
        for labels in _objects(types, kind)
        for label in labels
        for body in _objects(labels, label)
    )


@functools.lru_cache(maxsize=1024)
def _callers(content: bytes, *, in_json: bool) -> tuple[tuple[str, str], ...]:
    """The data sources of a file for the account that Terraform acts in, sorted; else as of `_headers_of`.

    Returns:
        The name of each, and the provider that it says it asks (`aws.eu`), empty for the default one.
    """
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if not in_json:
        return tuple(sorted((found["name"], provider(found["body"])) for found in _CALLER.finditer(text)))
    document = _read(text)
    bodies = [
        (name, body) for types in _objects(document, "data") for of in _objects(types, _CALLER_TYPE) for name, body in of.items()
    ]
    return tuple(sorted((name, str(one.get("provider", ""))) for name, body in bodies for one in _objects({"": body}, "")))


def provider(block: str) -> str:
    """The provider that a block names (`aws.eu`), from its opening brace on; empty for the default one."""
    found = _PROVIDER.search(_outermost(block))
    return found[1] if found else ""


def names_region(block: str) -> bool:
    """Whether a block says in which Region its resource is, from its opening brace on."""
    return _REGION.search(_outermost(block)) is not None


def _outermost(block: str) -> str:
    """A block without what is nested in it."""
    while (without := _NESTED.sub("", block)) != block:
        block = without
    return block


def _in_json(text: str) -> Iterator[str]:
    document = _read(text)
    for kind in ("resource", "data"):
        for types in _objects(document, kind):
            for name in types:
                yield from (f'{kind} "{name}" "{label}"' for labels in _objects(types, name) for label in labels)


def _read(text: str) -> object:
    """A text of JSON; None where it cannot be read."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _objects(holder: object, name: str) -> Iterator[dict[str, object]]:
    """The objects under a name of an object, or of each object of a list."""
    for one in holder if isinstance(holder, list) else [holder]:
        value = one.get(name) if isinstance(one, dict) else None
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))


@functools.lru_cache(maxsize=1024)
def is_before_resources(content: bytes, *, in_json: bool) -> bool:
    """Whether a file of Terraform, or the lock file of a root, allows no provider that has a resource for CORS rules; total.

    Args:
        content: of the file.
        in_json: whether it is written in JSON, where no version is looked for.
    """
    text = content.decode("utf-8", "replace") if b"aws" in content and not in_json else ""
    for word, blocks, version in _VERSIONS:
        for block in blocks.finditer(text) if word in text else ():
            found = version.search(block["body"])
            if found is not None and any(map(_is_below, found["versions"].split(","))):
                return True
    return False


def _is_below(condition: str) -> bool:
    """Whether a condition of a version constraint (`~> 3.50.0`) allows no release that has that resource."""
    found = _CONDITION.fullmatch(condition)
    if found is None:
        return False
    version = tuple(map(int, found["version"].split(".")))
    match found["operator"]:
        case "" | "=" | "<=":
            return version < _FIRST_WITH_CORS
        case "<":
            return version <= _FIRST_WITH_CORS or (version[:2] == _FIRST_WITH_CORS and not any(version[2:]))
        case "~>" if len(version) > 1:
            return (*version[:-2], version[-2] + 1) <= _FIRST_WITH_CORS
    return False
