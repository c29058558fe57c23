"""The GitHub action: its steps run as a runner would run them, with the installed command in the place of a new one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.process

PROJECT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


@dataclass(frozen=True)
class Ran:
    """What the steps of one run left: exit code of the last one, outputs, job summary, log, and what was uploaded."""

    code: int
    outputs: dict[str, str]
    summary: str
    log: str
    uploaded: dict[str, Any] | None


def act(folder: Path, refused: bool = False, **inputs: str) -> Ran:
    """The steps, run; `refused` is whether code scanning refuses the report."""
    program = folder / "auditor" / "bin" / "auditor"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{sys.executable}\nfrom auditor.cli import main\nmain(prog_name='auditor')\n", encoding="utf-8")
    program.chmod(0o755)
    given = {name: str(value.get("default", "")) for name, value in ACTION["inputs"].items()} | inputs
    output, summary = folder / "output", folder / "summary"
    output.touch()
    summary.touch()
    outputs: dict[str, str] = {}
    log, code, uploaded = "", 0, None

    def filled(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            scope, _, name = match[1].strip().rpartition(".")
            return {"inputs": given, "steps.audit.outputs": outputs}[scope].get(name, "")

        return re.sub(r"\$\{\{(.*?)\}\}", value, text)

    for step in STEPS:
        if step.get("name") == "Upload":
            assert step["if"] == "inputs.upload == 'true' && steps.audit.outputs.sarif != ''"
            assert step["continue-on-error"] is True
            if given["upload"] == "true" and outputs.get("sarif") and not refused:
                uploaded = json.loads(Path(filled(step["with"]["sarif_file"])).read_text(encoding="utf-8"))
        elif step.get("name") == "Annotate" and uploaded is not None:
            assert step["if"] == "always() && steps.upload.outcome != 'success'"
        elif "run" in step and step["name"] != "Install":
            github = {"RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
            environment = {**os.environ, **github, **{name: filled(text) for name, text in step.get("env", {}).items()}}
            run = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            outputs.update(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
            log, code = log + run.stdout + run.stderr, run.returncode
    return Ran(code, outputs, summary.read_text(encoding="utf-8"), log, uploaded)


def test_what_fails_is_uploaded_and_summed_up_before_the_step_fails(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", arguments="--bucket\naws_s3_bucket.scans")
    assert (ran.code, ran.outputs["exit-code"]) == (1, "1")
    assert ran.uploaded is not None
    assert len(ran.uploaded["runs"][0]["results"]) == 5
    assert ran.summary.startswith("## ❌ auditor\n\n1 bucket: 4 fail, 6 hold;")
    assert "✗ 1 bucket: 4 fail, 6 hold;" in ran.log
    assert "::error" not in ran.log


def test_without_code_scanning_there_are_annotations(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", upload="false")
    assert (ran.code, ran.uploaded) == (1, None)
    assert "\n::error file=fixtures/demo/scans.tf,line=" in ran.log


def test_findings_are_annotations_when_the_upload_is_refused(tmp_path: Path) -> None:
    ran = act(tmp_path, refused=True, paths="fixtures/demo")
    assert (ran.code, ran.uploaded) == (1, None)
    assert "\n::error file=fixtures/demo/scans.tf,line=" in ran.log


def test_the_callers_python_is_left_alone_and_the_result_is_told_whatever_happened() -> None:
    steps = {step.get("name", step.get("id")): step for step in STEPS}
    assert steps["python"]["with"]["update-environment"] is False
    assert steps["Install"]["env"]["PYTHON"] == "${{ steps.python.outputs.python-path }}"
    assert steps["Result"]["if"] == "always()"
    # macOS has bash 3.2
    assert not any("mapfile" in step.get("run", "").replace("has no mapfile", "") for step in STEPS)


def test_what_holds_passes(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="\n  \nfixtures/demo\n", arguments="--bucket=aws_s3_bucket.images\n")
    assert (ran.code, ran.outputs["exit-code"]) == (0, "0")


def test_an_audit_that_cannot_be_done_uploads_nothing_so_that_no_alert_is_closed(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", arguments="--bucket=nobody")
    assert (ran.code, ran.uploaded) == (2, None)
    assert ran.summary == "**auditor** could not audit; the log of the step says why.\n"
    assert "error: there is no bucket 'nobody'" in ran.log


def test_inputs_are_data_and_never_code(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="$(touch pwned); `touch pwned`\n", arguments="--bucket=$(touch pwned)")
    assert ran.code == 2
    assert not (PROJECT / "pwned").exists()
    assert not any("${{" in step.get("run", "") for step in STEPS)


@pytest.mark.parametrize("step", [step for step in STEPS if "uses" in step], ids=lambda step: step["uses"].partition("@")[0])
def test_actions_are_pinned(step: dict[str, Any]) -> None:
    assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
