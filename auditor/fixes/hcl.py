"""HCL: expressions and objects as `terraform fmt` has them, and the blocks of the AWS provider.

Sources: Terraform, "Style Guide" (equals signs of consecutive arguments are aligned); Terraform AWS provider, Data Source
aws_iam_policy_document, Resources aws_s3_bucket_policy, aws_s3_bucket_cors_configuration and aws_kms_key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.aws.cors_fields import TERRAFORM
from auditor.fixes.fix import Content, Part, items_of
from auditor.fixes.references import literal, terraform
from auditor.fixes.writer import Writer, quoted
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

ARGUMENTS = {
    "Sid": "sid", "Effect": "effect", "Action": "actions", "NotAction": "not_actions", "Resource": "resources", "NotResource": "not_resources",
    **TERRAFORM, "ObjectOwnership": "object_ownership", "SSEAlgorithm": "sse_algorithm",
    "KMSMasterKeyID": "kms_master_key_id", "Payer": "payer", "Status": "status", "AccelerationStatus": "status", "StorageClass": "storage_class",
}  # fmt: skip
"""The arguments of blocks, by the names of the AWS API."""

LISTS = ("Action", "NotAction", "Resource", "NotResource")
"""The elements of a statement that are lists in a block."""

_IDENTIFIER = regex(r"[A-Za-z_][\w-]*")


def template(parts: Sequence[Part]) -> str:
    """Text in quotes, with `${…}` for what it refers to."""
    return "".join(
        f"${{{expression}}}" if (expression := terraform(part)) else _escaped(part, literal(part, "terraform")) for part in parts
    )


def _escaped(part: Part, text: str) -> str:
    """Literal text inside quotes; what the name of a bucket refers to stays a reference."""
    return quoted(text.replace("${", "$${") if isinstance(part, str) else text)[1:-1]


@dataclass(frozen=True, slots=True)
class Hcl(Writer):
    """Objects of `jsonencode`."""

    def text(self, parts: Sequence[Part]) -> str:
        """See `Writer`."""
        if len(parts) == 1 and (expression := terraform(parts[0])):
            return expression
        return f'"{template(parts)}"'

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"{name} = " if _IDENTIFIER.fullmatch(name) else f"{quoted(name)} = "

    def flow(self, content: Mapping[str, Content]) -> str:
        """See `Writer`."""
        return "{ " + ", ".join(self.entry(name, value)[0] for name, value in content.items()) + " }"

    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        return ["{", *(f"  {line}" for line in aligned([self.entry(*entry) for entry in content.items()])), "}"]

    def encoded(self, document: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        first, *rest = Hcl(self.language).mapping(document)
        return [f"jsonencode({first}", *rest[:-1], f"{rest[-1]})"]


@dataclass(frozen=True, slots=True)
class Blocks(Hcl):
    """Blocks of `aws_iam_policy_document` and of `cors_rule`, where names are those of arguments and every list is one."""

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"{ARGUMENTS.get(name, name)} = "

    def entry(self, name: str, content: Content) -> list[str]:
        """See `Writer`."""
        if name == "Principal" and isinstance(content, Mapping):
            return list(_principals(self, content))
        if name == "Condition" and isinstance(content, Mapping):
            return [line for operator, tests in content.items() for line in _conditions(self, operator, tests)]
        return Hcl.entry(self, name, items_of(content) if name in LISTS else content)

    def block(self, header: str, content: Mapping[str, Content]) -> list[str]:
        """A block: its arguments, then the blocks in it."""
        nested = ("Principal", "Condition")
        arguments = [self.entry(*entry) for entry in content.items() if entry[0] not in nested and entry != ("Effect", "Allow")]
        lines = [f"{header} {{", *(f"  {line}" for line in aligned(arguments))]
        for name in nested:
            if name in content:
                lines += ["", *(f"  {line}" for line in self.entry(name, content[name]))]
        return [*lines, "}"]


def _principals(writer: Hcl, content: Mapping[str, Content]) -> Iterator[str]:
    for kind, value in content.items():
        entries = [["type = " + quoted(kind)], writer.entry("identifiers", items_of(value))]
        yield from ("principals {", *(f"  {line}" for line in aligned(entries)), "}")


def _conditions(writer: Hcl, operator: str, tests: Content) -> Iterator[str]:
    for key, value in tests.items() if isinstance(tests, Mapping) else ():
        entries = [
            ["test = " + quoted(operator)],
            ["variable = " + quoted(key)],
            writer.entry("values", items_of(value)),
        ]
        yield from ("condition {", *(f"  {line}" for line in aligned(entries)), "}")


def aligned(entries: Sequence[Sequence[str]]) -> list[str]:
    """Arguments, the equals signs of neighbours that take one line each below one another, as `terraform fmt` puts them."""
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{name:<{width}} = {value}" for name, value in run)
        run.clear()

    for entry in entries:
        name, equals, value = entry[0].partition(" = ")
        if equals and len(entry) == 1:
            run.append((name, value))
        else:
            flush()
            lines.extend(entry)
    flush()
    return lines


def resource(kind: str, label: str, arguments: Sequence[Sequence[str]], inner: Sequence[str] = ()) -> list[str]:
    """A resource block: arguments, then what stands in it."""
    return block(f'resource "{kind}" "{label}"', arguments, inner)


def block(header: str, arguments: Sequence[Sequence[str]], inner: Sequence[str] = ()) -> list[str]:
    """A block: arguments, then what stands in it."""
    body = [f"  {line}" for line in aligned(arguments)]
    rest = [f"  {line}" if line else "" for line in inner]
    return [f"{header} {{", *body, *(["", *rest] if body and rest else rest), "}"]


def jsonencode(writer: Hcl, name: str, content: Mapping[str, Content]) -> list[str]:
    """An argument that holds a document."""
    first, *rest = writer.encoded(content)
    return [f"{name} = {first}", *rest]
