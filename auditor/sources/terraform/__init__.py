"""Terraform and OpenTofu configuration: scanned lazily, parsed where it matters, evaluated without ever raising.

Data flows forward: `blocks` (text to top-level blocks) → `grammar` (block to `syntax`) → `module` (files to a module tree) → `evaluate`
(expressions to values) → `resources` (instances to declarations).
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from auditor.model import Declarations
from auditor.text import Texts

if TYPE_CHECKING:
    from auditor.sources.read import Options
    from auditor.sources.terraform.sources import Library


def read_modules(directories: Mapping[str, bool], options: Options, texts: Texts) -> Iterator[Declarations]:
    """What root modules declare, with the modules that they call.

    Args:
        directories: directories that hold Terraform, each with whether the user named it; one that another one calls and that was not
            named is no root.
        options: values that the user gives.
        texts: where files are read from.
    """
    from auditor.sources.terraform.imports import imported, left_behind
    from auditor.sources.terraform.known_modules import completed, described_calls
    from auditor.sources.terraform.module import load_root
    from auditor.sources.terraform.resources import TYPES, declarations
    from auditor.sources.terraform.sources import Library
    from auditor.sources.terraform.variables import Assignment
    from auditor.sources.terraform.variables import Options as Given

    wanted = frozenset(name for name in TYPES if options.roles or not name.startswith("aws_iam_"))
    library = Library(texts, tuple(directories))
    called = _called(directories, library)
    environment = {f"TF_VAR_{name}": value for name, value in options.environment.items()}
    assignments = (
        *(Assignment("", file) for file in options.var_files),
        *(Assignment(name, value) for name, value in options.variables.items()),
    )
    given = Given(assignments, environment, options.workspace)
    for directory in sorted(directories):
        if directory in called and not directories[directory]:
            continue
        root = load_root(directory, given, library)
        declared = completed(declarations(directory, root.instances(wanted)), described_calls(root))
        # A module that is not on disk matters only where there is something that it could be handed.
        opaque = tuple(call.opaque() for call in root.module_calls()) if declared.buckets or declared.keys else ()
        yield dataclasses.replace(
            declared,
            opaque=(*declared.opaque, *opaque, *imported(root, declared), *left_behind(root, declared)),
            not_read=tuple(root.not_on_disk()),
            errors=(*declared.errors, *root.errors),
            directives=root.directives,
            inputs=frozenset(name for labels in library.source(directory).definitions.get("variable", {}) for name in labels),
        )


def _called(directories: Mapping[str, bool], library: Library) -> frozenset[str]:
    """The directories that a module in another one calls by a relative path."""
    from auditor.sources.terraform.sources import written_source

    called: set[str] = set()
    for directory in directories:
        for definition in library.source(directory).of("module"):
            source = written_source(definition, [])
            if source is not None and source.startswith(("./", "../")):
                target = posixpath.normpath(posixpath.join(directory, source))
                if target != directory:
                    called.add(target)
    return frozenset(called)
