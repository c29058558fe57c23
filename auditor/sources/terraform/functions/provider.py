"""The functions of the AWS provider.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs, "Functions" (arn_build, arn_parse, trim_iam_role_path).
"""

from __future__ import annotations

from auditor.foundation.value import MapValue, Symbol, Unknown, Value, text_of, text_parts
from auditor.sources.terraform.functions.registry import Arguments, FunctionError, strict, structural, text_argument
from auditor.sources.terraform.values.failure import Failed, failed

_PARTS = ("partition", "service", "region", "account_id", "resource")


@structural("provider::aws::arn_build", 5, 5, deep=True, makes="string")
def arn_build(arguments: Arguments) -> Value:
    """`arn_build`: unknown parts become holes."""
    parts: list[str | Symbol] = ["arn"]
    for value in arguments.values:
        text = text_argument(value)
        if isinstance(text, Failed):
            return text
        parts += [":", *text_parts(text)]
    return text_of(parts, arguments.location)


@structural("provider::aws::arn_parse", 1, 1, deep=True)
def arn_parse(arguments: Arguments) -> Value:
    """`arn_parse`: of a template too, where the literal text holds the first five colons."""
    text = text_argument(arguments.values[0])
    if isinstance(text, Failed):
        return text
    if isinstance(text, Unknown):
        return arguments.unknown()
    sections: list[list[str | Symbol]] = [[]]
    for part in text_parts(text):
        if isinstance(part, Symbol):
            if len(sections) < len(_PARTS) + 1:
                return arguments.unknown()  # it may hold a colon
            sections[-1].append(part)
            continue
        first, *others = part.split(":", len(_PARTS) + 1 - len(sections))
        sections[-1].append(first)
        sections += [[other] for other in others]
    if len(sections) <= len(_PARTS) or sections[0] != ["arn"]:
        return failed(f"{arguments.name}: the text is not an ARN", arguments.location)
    entries: dict[str, Value] = {name: text_of(parts, arguments.location) for name, parts in zip(_PARTS, sections[1:], strict=True)}
    return MapValue(entries, arguments.location)


@strict("provider::aws::trim_iam_role_path", "text", makes="string")
def trim_role_path(arn: str) -> str:
    """`trim_iam_role_path`."""
    sections = arn.split(":", 5)
    if len(sections) != 6 or sections[0] != "arn" or sections[2] != "iam" or not sections[5].startswith("role/"):
        raise FunctionError("the text is not the ARN of a role")
    return ":".join([*sections[:5], f"role/{sections[5].rpartition('/')[2]}"])
