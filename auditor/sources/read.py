"""From the paths that the user names to declarations: every file is recognised for what it is, and read by its source.

A directory is walked; hidden directories, `.terraform` and `node_modules` are passed over. A file that is named itself must be something
that can be audited; in a walk, everything else is passed over in silence (Kubernetes manifests, package files).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from auditor.errors import InputError
from auditor.location import Location
from auditor.model import Declarations
from auditor.sources.documents.shape import may_be_document
from auditor.text import Texts

TERRAFORM_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_DOCUMENT_SUFFIXES = (".json",)
_PASSED_OVER = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Options:
    """How the sources are to be read.

    Attributes:
        variables: Terraform variables given with `--var`, as text.
        var_files: Terraform variable files given with `--var-file`, in order.
        environment: `TF_VAR_…` of the environment, by variable name.
        parameters: CloudFormation parameters given with `--parameter`.
        parameter_files: parameter files of the AWS command line.
        region: the region of everything whose region the code does not settle.
        workspace: the Terraform workspace, None when it is open.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    parameter_files: tuple[str, ...] = ()
    region: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The files to read, sorted by what they are.

    Attributes:
        modules: directories that hold Terraform, each with whether the user named it (or a file in it) itself.
        documents: JSON files that may be plans or documents, likewise.
    """

    modules: Mapping[str, bool]
    documents: Mapping[str, bool]


def find(paths: Sequence[str], errors: list[InputError]) -> Found:
    """The Terraform directories and the documents among and below the paths."""
    modules: dict[str, bool] = {}
    documents: dict[str, bool] = {}
    for path in paths:
        if path == "-":
            documents[path] = True
        elif os.path.isdir(path):
            for directory, files in _walk(path):
                if any(name.endswith(TERRAFORM_SUFFIXES) for name in files):
                    modules.setdefault(directory, False)
                    if directory == _shown(path):
                        modules[directory] = True
                for name in files:
                    if name.endswith(_DOCUMENT_SUFFIXES) and not name.endswith(TERRAFORM_SUFFIXES):
                        documents.setdefault(_join(directory, name), False)
        elif os.path.isfile(path):
            if path.endswith((*TERRAFORM_SUFFIXES, ".tfvars", ".tfvars.json")):
                modules[_shown(os.path.dirname(path) or ".")] = True
            else:
                documents[_shown(path)] = True
        else:
            errors.append(InputError(Location(_shown(path)), "there is no such file or directory"))
    return Found(modules, documents)


def read(paths: Sequence[str], options: Options, texts: Texts) -> tuple[tuple[Declarations, ...], list[InputError]]:
    """Everything that the paths declare, one `Declarations` for each root in the order of their names, and what could not be read.

    Args:
        paths: files and directories; `-` is standard input.
        options: values that the user gives.
        texts: where files are read from.
    """
    errors: list[InputError] = []
    found = find(paths, errors)
    roots: list[Declarations] = []
    if found.modules:
        from auditor.sources.terraform import read_modules

        roots.extend(read_modules(found.modules, options, texts))
    roots.extend(_read_documents(found, options, texts, errors))
    for root in roots:
        errors.extend(root.errors)
    return tuple(roots), errors


def _read_documents(found: Found, options: Options, texts: Texts, errors: list[InputError]) -> Iterator[Declarations]:
    """What the files declare that are no Terraform configuration.

    A file that the user named must be something; one that was only met on the way is passed over in silence.
    """
    documents: dict[str, bool] = {}
    for path, named in found.documents.items():
        text = texts.read(path)
        if isinstance(text, InputError):
            if named:
                errors.append(text)
        # Source: developer.hashicorp.com/terraform/internals/json-format: every plan begins with its format version.
        elif '"format_version"' in text[:200]:
            from auditor.sources.terraform.plan import places_beside, read_plan

            yield read_plan(text, path, places_beside(path, texts))
        elif named or (may_be_document(text, path) and not _is_read_by_code(path, found.modules, texts)):
            documents[path] = named
    if documents:
        from auditor.sources.documents import read_documents

        yield from read_documents(documents, options, texts)


def _is_read_by_code(path: str, modules: Mapping[str, bool], texts: Texts) -> bool:
    """Whether Terraform code names a file (`file("…/policy.json")`): then it is a part of that code, and audited there."""
    name = re.compile(rb'["/]' + re.escape(os.path.basename(path).encode()) + rb'"')
    for directory in modules:
        for file in os.listdir(directory):
            if not file.endswith(TERRAFORM_SUFFIXES):
                continue
            with contextlib.suppress(OSError):
                if name.search(texts.read_bytes(_join(directory, file))):
                    return True
    return False


def _walk(top: str) -> Iterator[tuple[str, list[str]]]:
    """Directories below and including one, with their file names, in a fixed order; links to directories are not followed."""
    for directory, names, files in os.walk(top):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _PASSED_OVER)
        yield _shown(directory), sorted(files)


def _shown(path: str) -> str:
    """A path as the user would name it: `/` between its parts, no `./` before it."""
    return str(PurePosixPath(Path(path).as_posix()))


def _join(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"
