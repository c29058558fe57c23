"""Runs a field case through the command line, and says what matters of the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import main

Answer = dict[str, Any]


def answer(case: Path, run: dict[str, Any], patch: pytest.MonkeyPatch) -> Answer:
    """What a run says: the exit code, the verdicts (with the reason of what is not proven), the errors found, and what was not read.

    Args:
        case: The directory of the case.
        run: `arguments` of `auditor check`; `directory` where it runs, below the case; `stdin`, a file whose text it is given.
        patch: Changes the working directory.
    """
    patch.chdir(case / run.get("directory", "."))
    text = (case / run["stdin"]).read_text() if "stdin" in run else None
    result = CliRunner().invoke(main, ["check", *run["arguments"], "--format", "json"], input=text)
    assert isinstance(result.exception, SystemExit | None), result.exc_info
    if not result.stdout.startswith("{"):
        return {"exit": result.exit_code, "usage": result.stderr.strip()}
    report = json.loads(result.stdout)
    verdicts: dict[str, dict[str, str]] = {}
    for each in report["verdicts"]:
        status = each["status"]
        told = status if status in {"holds", "not-applicable"} else f"{status}: {each['reason']}"
        verdicts.setdefault(each["resource"]["address"], {})[each["need"]] = told
    errors = [each for each in report["findings"] if each["severity"] == "error" and each["rule"] != "input-error"]
    return {
        "exit": result.exit_code,
        "verdicts": verdicts,
        "errors": sorted(f"{each['rule']}: {each['message']}" for each in errors),
        "not read": [f"{error['path']}:{error['line']}: {error['message']}" for error in report["errors"]],
    }
