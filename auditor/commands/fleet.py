"""`auditor fleet`: many repositories."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import click

from auditor.console import fail, form_of, watched, within_its_tree, write
from auditor.foundation.errors import AuditError


@click.command(short_help="Audit many repositories into one report.")
@click.argument("given", nargs=-1, required=True, metavar="REPOSITORY|LIST...", type=click.Path(exists=True))
@click.option(
    "--output", required=True, metavar="DIR", help="Where the results go: index.html, and SARIF and JSON for each repository."
)
@click.option(
    "--contract", "contracts", multiple=True, metavar="NAME|FILE", help="What to prove [default: what the code mentions]."
)
@click.option("--all-buckets", is_flag=True, help="Audit every bucket, whether or not it mentions a platform.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many repositories at a time [default: the cores that there are]."
)
@click.option("--scheduler", metavar="ADDRESS", help="Audit on a Dask cluster, by the address of its scheduler.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    metavar="SECONDS",
    help="How long one repository may take [default: 3600].",
)
@click.option("--quiet", is_flag=True, help="Do not show on a terminal what is being done.")
def fleet(
    given: tuple[str, ...],
    output: str,
    contracts: tuple[str, ...],
    all_buckets: bool,
    jobs: int | None,
    scheduler: str | None,
    timeout: float,
    quiet: bool,
) -> None:
    """Audit many repositories, each for itself, and tell which platform reaches which bucket of which of them.

    A REPOSITORY is a directory, or a bare git repository, of which HEAD is audited. A LIST is a file that names one a line. What has its results
    in the output directory is not done again; delete them to have it done anew.
    """
    from auditor.fleet.engine import audited
    from auditor.fleet.page import page, table
    from auditor.fleet.summary import exit_code, repository
    from auditor.fleet.targets import targets
    from auditor.host.progress import begin
    from auditor.host.workers import cores

    try:
        every = targets(given)
        within_its_tree(output)
        os.makedirs(output, exist_ok=True)
        faults: dict[str, str] = {}
        left = [target for target in every if not _report(output, target.stem)]
        with watched(quiet=quiet):
            done = audited(left, _arguments(contracts, all_buckets), jobs=jobs or cores(), scheduler=scheduler, seconds=timeout)
            for at, (target, result) in enumerate(done):
                begin("audited", at, len(left), target.stem)
                faults[target.stem] = result.fault
                if not result.fault:
                    for form, text in (("sarif", result.sarif), ("json", result.json)):  # that one is there means that both are
                        write(text, _file(output, target.stem, form), terminal=False, form=form_of(form))
    except AuditError as error:
        fail(error)
    except OSError as error:
        fail(AuditError(f"{output}: cannot be written: {error.strerror or error}"))
    repositories = [repository(one, _report(output, one.stem), faults.get(one.stem, "")) for one in every]
    write(page(repositories), os.path.join(output, "index.html"), terminal=False, form=form_of("html"))
    write(table(repositories), None)
    sys.exit(exit_code(repositories))


def _arguments(contracts: Sequence[str], all_buckets: bool) -> list[str]:
    from auditor.contract.load import is_path

    named = (os.path.abspath(one) if is_path(one) else one for one in contracts)
    return [*(f"--contract={one}" for one in named), "--all-buckets" if all_buckets else "--related"]


def _file(output: str, stem: str, form: str) -> str:
    return os.path.join(output, f"{stem}.{form}")


def _report(output: str, stem: str) -> str:
    """The report of a repository that is done; empty where it is not."""
    from auditor.foundation.border import named

    file = _file(output, stem, "json")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return named(file).text(file)
    return ""


COMMANDS = (fleet,)
"""What `auditor.cli` takes in."""
