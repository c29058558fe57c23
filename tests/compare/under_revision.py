"""Audits many inputs in one process, with whichever `auditor` comes first on the path.

It speaks to the command line only, since that is what stays when the code below it is rebuilt; so it runs with the code of any revision.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from click.testing import CliRunner

from auditor.cli import main as auditor


def audited(directory: str, arguments: list[str]) -> dict[str, Any]:
    """The JSON report on one input, or what came instead of it.

    Args:
        directory: where the audit runs.
        arguments: of `auditor`, the paths among them relative to it.
    """
    os.chdir(directory)
    result = CliRunner().invoke(auditor, [*arguments, "--format", "json"])
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except ValueError:
        if result.exception is None or isinstance(result.exception, SystemExit):
            return {"refused": result.stderr.strip()}
        return {"refused": "".join(traceback.format_exception_only(result.exception)).strip()}
    return report


def main() -> None:
    """Reads inputs (name, directory, arguments) as JSON from standard input; prints their reports by name."""
    inputs = json.load(sys.stdin)
    json.dump({name: audited(directory, arguments) for name, directory, arguments in inputs}, sys.stdout)


if __name__ == "__main__":
    main()
