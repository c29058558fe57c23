"""What a module uses a variable for: only one that is for its buckets alone is given for the sake of a bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.sources.terraform.modules.directory import Definition, ModuleFiles
from auditor.sources.terraform.modules.module import Module

_OF_BUCKETS = ("aws_s3_bucket", "aws_kms_key")


def is_for_buckets(variable: str, module: Module, below: Module | None) -> bool:
    """Whether a variable is used for buckets, their keys and their policies alone, as far as the code of its module says.

    Args:
        variable: its name.
        module: that declares it.
        below: the module that is called there and leads to the bucket, which may take the variable too; None in the bucket's own.
    """
    source, call = module.source, below.keys[-1] if below is not None else None
    names, seen = [f"var.{variable}"], set[str]()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        for kind, labels in _users(name, source):
            if kind == "data" and labels[0] == "aws_iam_policy_document":
                names.append(f"data.aws_iam_policy_document.{labels[1]}")
            elif kind == "locals":
                names.append(f"local.{labels[0]}")
            elif not (labels[0].startswith(_OF_BUCKETS) if kind == "resource" else kind == "module" and labels[0] == call):
                return False
    return True


def _users(name: str, source: ModuleFiles) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The blocks whose text has a name, by type and labels, and the local values, each by its own."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w-])")
    for kind in ("resource", "data", "module"):
        for labels, definitions in source.definitions.get(kind, {}).items():
            if any(word.search(one.written) for one in definitions):
                yield kind, labels
    for definition in source.of("locals"):
        if word.search(definition.written):
            yield from (("locals", (local,)) for local in _locals_with(word, definition))


def _locals_with(word: re.Pattern[str], definition: Definition) -> Iterator[str]:
    block, lines = definition.block([]), definition.raw.lines
    for local, attribute in block.body.attributes.items() if block else ():
        place = attribute.location
        if any(word.search(lines.line(number)) for number in range(place.line, place.end_line + 1)):
            yield local
