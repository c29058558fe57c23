"""`auditor rules`: lists the rules."""

from __future__ import annotations

import click

from auditor.console import write
from auditor.render import Form


@click.command()
@click.option("--format", "format_", type=click.Choice(["human", "json"]), default="human")
def rules(format_: str) -> None:
    """List the rules."""
    from auditor.rule import all_rules

    catalogue = all_rules()
    if format_ == "json":
        import json

        listing = [
            {
                "id": rule.id,
                "severity": rule.severity.value,
                "symptoms": [symptom.value for symptom in rule.symptoms],
                "summary": rule.summary,
            }
            for rule in catalogue
        ]
        write(json.dumps(listing, indent=2) + "\n", None, form=Form.JSON)
        return
    widest = max(len(rule.id) for rule in catalogue)
    write("".join(f"{rule.id:<{widest}}  {rule.severity.value:<7}  {rule.summary}\n" for rule in catalogue), None)


COMMANDS = (rules,)
"""What `auditor.cli` takes in."""
