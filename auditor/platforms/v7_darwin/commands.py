"""`auditor registration`: the check of the requests that register items, before they are sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from auditor.console import (
    Output,
    ReadingCommand,
    clock,
    contract_parameters,
    fail,
    finish,
    output_options,
    settings_of,
    settings_option,
    source_options,
    texts_of,
    write,
)
from auditor.foundation.errors import AuditError
from auditor.platforms import DEFAULT_CONTRACT
from auditor.render import Form

if TYPE_CHECKING:
    from auditor.contract import Contract
    from auditor.foundation.text import Texts
    from auditor.object_access import ObjectAccess
    from auditor.platforms.v7_darwin.check import RegistrationResult
    from auditor.report import Report
    from auditor.sources.options import SourceOptions


@click.command(cls=ReadingCommand, short_help="Check the request that registers items.")
@click.argument("payloads", nargs=-1, required=True, metavar="PAYLOAD...")
@click.option("--contract", metavar="NAME|FILE", default=DEFAULT_CONTRACT, help=f"The platform [default: {DEFAULT_CONTRACT}].")
@contract_parameters
@click.option("--dataset-slug", default="", metavar="SLUG", help="The dataset for bare items.")
@click.option("--storage-slug", default="", metavar="SLUG", help="The storage for bare items.")
@click.option(
    "--inventory",
    metavar="LISTING",
    help="A listing of the bucket: aws s3 ls --recursive, list-objects-v2, S3 Inventory CSV, or keys.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="PATH",
    help="Check against this infrastructure code whether the platform may read each file (repeatable).",
)
@click.option("--bucket", "buckets", multiple=True, metavar="ADDRESS", help="The bucket in that code.")
@source_options
@click.option(
    "--split", type=click.IntRange(min=1), metavar="N", help="Write requests of at most N items as JSON Lines instead of checking."
)
@settings_option
@output_options
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found; input errors still exit with 2.")
def registration(
    payloads: tuple[str, ...],
    contract: str,
    parameters_of_contract: dict[str, str],
    dataset_slug: str,
    storage_slug: str,
    inventory: str | None,
    policies: tuple[str, ...],
    buckets: tuple[str, ...],
    reading: SourceOptions,
    split: int | None,
    use: bool,
    output: Output,
    exit_zero: bool,
) -> None:
    """Check the JSON request that registers items from external storage.

    A payload is a request, a list of requests, JSON Lines, or (with --dataset-slug and --storage-slug) a list of items.
    """
    from dataclasses import replace

    from auditor.platforms.v7_darwin import check as requests
    from auditor.platforms.v7_darwin.configured import contract_for, counted
    from auditor.settings.apply import with_settings

    texts = texts_of(payloads)
    try:
        checked = (*policies, *payloads)
        settings = settings_of(checked, use)
        loaded, buckets = contract_for(settings, contract, parameters_of_contract, checked, buckets)
        loaded = replace(loaded, now=clock().timestamp())
        if split is not None:
            _split(payloads, split, dataset_slug, storage_slug, texts, output.file)
            return
        policy = _policy(policies, loaded, with_settings(reading, settings), buckets)
        options = requests.RegistrationOptions(
            read_only=loaded.parameters.get("access") == "read-only",
            dataset_slug=dataset_slug,
            storage_slug=storage_slug,
            bucket=policy.name if policy else "",
            inventory=inventory,
            policy=policy,
        )
        result = requests.check(payloads, options, texts, _progress if sys.stderr is not None and sys.stderr.isatty() else None)
    except AuditError as error:
        fail(error)
    finish(counted(_report(loaded, result, texts), settings), output, exit_zero=exit_zero)


def _policy(paths: tuple[str, ...], contract: Contract, options: SourceOptions, buckets: tuple[str, ...]) -> ObjectAccess | None:
    """What the code under the paths lets the platform read; None where none is given."""
    from auditor.platforms.v7_darwin.bucket import object_access

    return object_access(paths, contract, options, buckets, texts_of(paths)) if paths else None


def _report(contract: Contract, result: RegistrationResult, texts: Texts) -> Report:
    """What was found in the requests."""
    from auditor.report import Report
    from auditor.rule import all_rules

    sent = "request" if result.requests == 1 else "requests"
    checked = f"{result.requests:,} {sent}, {result.items:,} {'item' if result.items == 1 else 'items'}"
    return Report(
        contracts=(contract,),
        verdicts=(),
        findings=result.findings,
        errors=result.errors,
        rules=all_rules(),
        checked=checked if result.requests else "",
        notes=result.notes,
        texts=texts,
    )


def _split(payloads: tuple[str, ...], size: int, dataset_slug: str, storage_slug: str, texts: Texts, output: str | None) -> None:
    """Writes requests of at most `size` items, one a line."""
    import json

    from auditor.foundation.border import border_of
    from auditor.foundation.errors import InputError
    from auditor.platforms.v7_darwin.requests.document import NotJson
    from auditor.platforms.v7_darwin.split import split as split_request

    lines: list[str] = []
    texts.disk.admit(border_of((), files=[path for path in payloads if path != "-"]))
    for payload in payloads:
        text = texts.read(payload)
        if isinstance(text, InputError):
            raise AuditError(str(text))
        try:
            lines.extend(
                json.dumps(request, ensure_ascii=False) + "\n"
                for request in split_request(text, size, dataset_slug=dataset_slug, storage_slug=storage_slug)
            )
        except NotJson as error:
            raise AuditError(f"{payload}: is not JSON: {error}") from error
        except ValueError as error:
            raise AuditError(f"{payload}: {error}") from error
    write("".join(lines), output, form=Form.JSON)


def _progress(what: str, done: int, total: int | None) -> None:
    share = f" {100 * done // total} %" if total else f" {done:,}"
    click.echo(f"\r{what}{share}\x1b[K", nl=False, err=True)
    if total and done >= total:
        click.echo("\r\x1b[K", nl=False, err=True)


COMMANDS = (registration,)
"""The commands that V7 Darwin adds."""
