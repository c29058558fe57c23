"""The JSON Schemas of everything that `auditor` reads and writes as JSON or YAML of its own form."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from auditor.foundation.border import OWN_TOP, own
from auditor.foundation.errors import AuditError, known_ones

SCHEMAS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "report": ("render/report.schema.json", "auditor check --format json"),
        "change": ("render/change/change.schema.json", "auditor diff --format json"),
        "buckets": ("render/buckets.schema.json", "auditor inspect --format json"),
        "platforms": ("commands/platforms.schema.json", "auditor platforms --format json"),
        "rules": ("commands/rules.schema.json", "auditor rules --format json"),
        "baseline": ("baseline/baseline.schema.json", "the file of --baseline"),
        "contract": ("", "a contract"),
        "settings": ("settings/settings.schema.json", ".auditor.yaml"),
    }
)
"""Of each schema, by its name: its file in the package, empty where it is put together of parts; and what it describes."""


def schema(name: str) -> dict[str, Any]:
    """A JSON Schema (draft 2020-12).

    Args:
        name: one of "report", "change", "buckets", "platforms", "rules", "baseline", "contract", "settings".

    Raises:
        AuditError: there is no such schema.
    """
    if name not in SCHEMAS:
        raise AuditError(f"there is no schema '{name}'{known_ones(name, SCHEMAS, 'schemas')}")
    file, _ = SCHEMAS[name]
    if not file:
        from auditor.contract.kinds import schema as schema_of_contracts

        return schema_of_contracts()
    document: dict[str, Any] = json.loads(own(os.path.join(OWN_TOP, file)))
    return document
