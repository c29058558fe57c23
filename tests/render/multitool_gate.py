"""Judges SARIF files by Microsoft's Sarif.Multitool with GitHub's rules switched on; anything above a note is a failure.

    npm install --prefix .oracle @microsoft/sarif-multitool@5.7.0 @microsoft/sarif-multitool-linux@5.7.0
    python -m tests.render.multitool_gate .oracle/node_modules [FILE.sarif ...]

Without files the sample report is judged. The tool ends with 0 whatever it finds, and is silent about a log that it cannot load. So
its own log is read, and a note that it makes of every log of ours (SARIF2003, no version control provenance) must be there.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from auditor.render import RenderOptions, render
from tests.render.builder import sample

CONFIGURATION = Path(__file__).parents[2] / "fixtures" / "sarif" / "multitool.xml"
CANARY = "SARIF2003"


def judge(program: Path, log: Path) -> list[str]:
    """What the tool finds above a note, one line each; a line also when it did not do its work."""
    with tempfile.TemporaryDirectory() as folder:
        judgement = Path(folder, "judgement.sarif")
        rules = ["--config", str(CONFIGURATION), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note"]
        target = ["--output", str(judgement), "--log", "ForceOverwrite", "--max-file-size-in-kb", "200000"]
        run = subprocess.run([str(program), "validate", str(log), *rules, *target], capture_output=True, text=True, check=False)
        if run.returncode != 0 or not judgement.exists():
            return [f"the tool ended with {run.returncode}: {run.stdout}{run.stderr}"]
        results = json.loads(judgement.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    bad = [_line(result) for result in results if result.get("level", "warning") != "note"]
    if not bad and all(result["ruleId"] != CANARY for result in results):
        return ["no rule was applied: the log could not be loaded"]
    return bad


def _line(result: dict[str, Any]) -> str:
    message = result["message"]
    return f"{result['ruleId']}: {message.get('text') or ' '.join(message.get('arguments', []))}"


def main(arguments: list[str]) -> int:
    """Judges the files; 0 when nothing is wrong with them, 1 when something is, 2 when the tool is not there."""
    program = Path(arguments[0] if arguments else "node_modules", "@microsoft", "sarif-multitool-linux", "Sarif.Multitool")
    if not program.exists():
        sys.stderr.write(f"{program} does not exist\n{__doc__}")
        return 2
    program.chmod(program.stat().st_mode | stat.S_IXUSR)  # npm may have been told to run no install scripts
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(argument) for argument in arguments[1:]]
        if not logs:
            logs = [Path(folder, "sample.sarif")]
            logs[0].write_text(render("sarif", sample(), RenderOptions(repository_root=".")), encoding="utf-8")
        for log in logs:
            bad = judge(program, log)
            worst |= bool(bad)
            sys.stdout.write(f"{log.name}: {'; '.join(bad) or 'nothing above a note'}\n")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
