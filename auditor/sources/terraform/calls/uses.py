"""What a module uses a variable for: only one that is for its buckets alone is given for the sake of a bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from auditor.lazy.answers import made_once
from auditor.lazy.expressions import regex
from auditor.sources.terraform.modules.directory import ModuleFiles
from auditor.sources.terraform.modules.module import Module
from auditor.sources.terraform.syntax.scanner import RawBlock

_OF_BUCKETS = ("aws_s3_bucket", "aws_kms_key")
_NAME = regex(r"(?<![\w.])(?:var|local|data\.aws_iam_policy_document)\.[\w-]+")
_KEPT = 16
_MOST_BLOCKS = 1000

_User = tuple[str, tuple[str, ...]]


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
        for kind, labels in _users(source).get(name, ()):
            if kind == "data" and labels[0] == "aws_iam_policy_document":
                names.append(f"data.aws_iam_policy_document.{labels[1]}")
            elif kind == "locals":
                names.append(f"local.{labels[0]}")
            elif not (labels[0].startswith(_OF_BUCKETS) if kind == "resource" else kind == "module" and labels[0] == call):
                return False
    return True


@made_once(_KEPT)
def _users(source: ModuleFiles) -> Mapping[str, Sequence[_User]]:
    """The blocks whose text has a name, by type and labels, and the local values, each by its own: of each name."""
    users: dict[str, list[_User]] = {}
    for user, names in _names(source):
        for name in names:
            users.setdefault(name, []).append(user)
    return users


def _names(source: ModuleFiles) -> Iterator[tuple[_User, Collection[str]]]:
    for kind in ("resource", "data", "module"):
        for labels, definitions in source.definitions.get(kind, {}).items():
            yield from (((kind, labels), _names_in(one.raw)) for one in definitions)
    for definition in source.of("locals"):
        block, lines = definition.block([]), definition.raw.lines
        for local, attribute in block.body.attributes.items() if block else ():
            place = attribute.location
            yield ("locals", (local,)), _of_text("".join(map(lines.line, range(place.line, place.end_line + 1))))


@made_once(_MOST_BLOCKS)
def _names_in(block: RawBlock) -> Collection[str]:
    """The names in the text of a block, which every root that calls the module asks for."""
    return _of_text(block.text)


def _of_text(text: str) -> Collection[str]:
    return dict.fromkeys(_NAME.findall(text))
