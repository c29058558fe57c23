"""`auditor contracts`: list them, show one, check one of your own, begin one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from auditor.console import fail, write
from auditor.foundation.errors import AuditError


@click.group(invoke_without_command=True, short_help="List, show, check or begin contracts.")
@click.pass_context
def contracts(ctx: click.Context) -> None:
    """List the contracts that are at hand: the built-in ones, and those in .auditor/contracts."""
    if ctx.invoked_subcommand is None:
        from auditor.contract.load import names, written

        try:
            for name in names():
                write("".join(_listed(name, written(name))), None)
        except AuditError as error:
            fail(error)


def _listed(name: str, contract: Mapping[str, Any]) -> Iterator[str]:
    needs = ", ".join(dict.fromkeys(need["id"] for need in contract["needs"]))
    parameters = ", ".join(contract.get("parameters", {})) or "none"
    yield f"{name}  {contract['title']}\n  needs {needs}\n  parameters: {parameters}\n"


@contracts.command("show")
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Print the YAML of a contract, as a starting point for your own."""
    from auditor.contract.load import text

    try:
        write(text(name), None)
    except AuditError as error:
        fail(error)


@contracts.command("check")
@click.argument("file", metavar="NAME|FILE")
def check(file: str) -> None:
    """Check a contract, and say what it asks.

    Exit code 0: it is valid. Exit code 2: it is not, and each fault is told with its place.
    """
    from auditor.contract.build import variants
    from auditor.contract.load import read
    from auditor.proofs.grant import GrantNeed
    from auditor.render.parts.wording import parameters

    try:
        checked = read(file)
        found = tuple(variants(checked, strict=True))
    except AuditError as error:
        fail(error)
    write("".join(_listed(checked.path, checked.document)), None)
    for contract in found:
        chosen = ", ".join(parameters(contract, " "))
        write(f"\nwith {chosen or 'its defaults'}:\n", None)
        for need in contract.needs:
            who = f", by {need.party.principal or 'a role of the code'}" if isinstance(need, GrantNeed) else ""
            write(f"  {need.id}{who}: {need.why}\n", None)


@contracts.command("new")
def new() -> None:
    """Print a contract with comments, to be filled in.

    Save it where a repository keeps its own: auditor contracts new > .auditor/contracts/NAME.yaml
    """
    from auditor.contract.load import skeleton

    write(skeleton(), None)


COMMANDS = (contracts,)
"""What `auditor.cli` takes in."""
