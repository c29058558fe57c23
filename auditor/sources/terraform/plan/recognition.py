"""What a text of Terraform's is, and what to do where it is not the JSON of a plan."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from auditor.lazy.expressions import regex

_LINES = regex(r'\ufeff?\{"@level":')


def may_be_plan(text: str) -> bool:
    """Whether a text is worth being read as a plan; cheap. The keys may stand in any order."""
    return '"format_version"' in text and any(f'"{key}"' in text for key in ("planned_values", "resource_changes"))


def is_plan(document: Any) -> bool:
    """Whether a JSON document is the output of `terraform show -json` for a plan."""
    return (
        isinstance(document, dict)
        and "format_version" in document
        and ("planned_values" in document or "resource_changes" in document)
    )


def what_instead(content: bytes, path: str) -> str | None:
    """What a file of Terraform's is that is not a plan in JSON, with the command that makes one; None when it is none of those.

    Args:
        content: of the file.
        path: of the file, as the user would name it.
    """
    if content.startswith(b"PK\x03\x04"):
        return _binary(content, path)
    text = content.decode("utf-8", "replace")
    if _LINES.match(text):
        return f"is what `terraform plan -json` logs, which holds no planned values: {_MAKE}"
    if '"format_version"' not in text and '"serial"' not in text:
        return None
    from auditor.foundation.json_text import plain_json

    try:
        document = plain_json(text)
    except ValueError:
        return None
    return _other(document) if isinstance(document, dict) and not is_plan(document) else None


_SHOW = "terraform show -json {} > plan.json"
_MAKE = f"run `terraform plan -out plan.bin` and `{_SHOW.format('plan.bin')}`, and audit plan.json"


def _binary(content: bytes, path: str) -> str | None:
    """A saved plan is a zip archive. Source: Terraform, internal/plans/planfile/writer.go."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError):
        return None
    if "tfplan" not in names:
        return None
    return f"is a saved plan in Terraform's own format: run `{_SHOW.format(path)}`, and audit plan.json"


def _other(document: dict[str, Any]) -> str | None:
    """Source: developer.hashicorp.com/terraform/internals/json-format and …/cli/commands/validate, …/cli/commands/providers/schema."""
    if "format_version" in document:
        if "valid" in document and "diagnostics" in document:
            return f"is what `terraform validate -json` prints, which holds no resources: {_MAKE}"
        if "provider_schemas" in document:
            return f"is what `terraform providers schema -json` prints, which holds no resources: {_MAKE}"
        if "values" in document or set(document) <= {"format_version", "terraform_version"}:
            return f"is a state, which says what was deployed and not what the code will do: {_MAKE}"
    if {"version", "serial", "lineage"} <= set(document):
        return f"is a state file, which says what was deployed and not what the code will do: {_MAKE}"
    return None
