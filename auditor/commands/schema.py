"""`auditor schema`: the JSON Schemas."""

from __future__ import annotations

import click

from auditor.console import fail, write
from auditor.foundation.errors import AuditError
from auditor.render import Form


def _names() -> list[str]:
    from auditor.render.schemas import SCHEMAS

    return list(SCHEMAS)


@click.command(short_help="Print a JSON Schema, or list them.")
@click.argument("name", required=False, shell_complete=lambda *given: [name for name in _names() if name.startswith(given[2])])
def schema(name: str | None) -> None:
    """Print the JSON Schema of an output or a file of auditor; without NAME, list the schemas."""
    from auditor.render.schemas import SCHEMAS
    from auditor.render.schemas import schema as schema_named

    if name is None:
        write("".join(f"{one:<10} {of}\n" for one, (_, of) in SCHEMAS.items()), None)
        return
    import json

    try:
        write(json.dumps(schema_named(name), indent=2, ensure_ascii=False) + "\n", None, terminal=False, form=Form.JSON)
    except AuditError as error:
        fail(error)


COMMANDS = (schema,)
"""What `auditor.cli` takes in."""
