"""What `auditor diff` says, held against its schema."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import CliRunner

import auditor.render.change as formats
from auditor.cli import main


@functools.cache
def _validator() -> Any:
    schema = json.loads((Path(formats.__file__).parent / "change.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def said(*arguments: str) -> Any:
    """What it says in JSON."""
    ran = CliRunner().invoke(main, ["diff", *arguments, "--format", "json"], catch_exceptions=False)
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)
    assert [error.message for error in _validator().iter_errors(found)] == []
    return found
