"""The recipes for other places than this machine: what they call exists, and what they promise is written."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from auditor.cli import main

PROJECT = Path(__file__).parent.parent


def text(path: str) -> str:
    return (PROJECT / path).read_text(encoding="utf-8")


def test_the_job_of_gitlab_writes_the_reports_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job: dict[str, Any] = yaml.safe_load(text("ci/auditor.gitlab-ci.yml"))["auditor"]
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (command,) = job["script"]
    for name, value in job["variables"].items():
        command = command.replace(f"${name}", value)
    program, *arguments = shlex.split(command)
    assert program == "/tmp/auditor/bin/auditor"  # noqa: S108 - in the container of the job
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 1
    reports = job["artifacts"]["reports"]
    assert {one["check_name"] for one in json.loads((tmp_path / reports["codequality"]).read_text())} >= {"access-grant-missing"}
    assert "<testsuite" in (tmp_path / reports["junit"]).read_text(encoding="utf-8")
    assert job["artifacts"]["when"] == "always"


def test_the_image_is_small_and_has_no_rights() -> None:
    lines = [line for line in text("Containerfile").splitlines() if line and not line.startswith("#")]
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"docker.io/library/python:3.13-slim"}
    last = lines[max(index for index, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER 10001:10001" in last
    assert last.index("USER 10001:10001") < last.index('ENTRYPOINT ["/opt/auditor/bin/auditor"]')
    assert not any("pip" in line for line in last)
    copied = {line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line}
    assert all((PROJECT / path).exists() for path in copied)


def test_every_command_of_the_page_is_one_with_options_that_it_has() -> None:
    called = re.findall(r"auditor (check|diff)((?: (?:--[\w-]+|\"?\$?[\w.=]+\"?))*)", text("docs/ci.md"))
    assert {command for command, _ in called} == {"check", "diff"}
    for command, rest in called:
        known = {option for parameter in main.commands[command].params for option in parameter.opts}  # type: ignore[attr-defined]
        assert {word for word in rest.split() if word.startswith("--")} <= known, command
    workflow = yaml.safe_load(re.findall(r"```yaml\n(workflows:.*?)```", text("docs/ci.md"), re.DOTALL)[0])
    assert [*workflow["workflows"]["audited"]] == ["plan"]


def test_the_workflow_of_the_readme_pins_what_it_uses_and_asks_for_little() -> None:
    (workflow,) = [block for block in re.findall(r"```yaml\n(.*?)```", text("README.md"), re.DOTALL) if "runs-on" in block]
    read: dict[Any, Any] = yaml.safe_load(workflow)
    (job,) = read["jobs"].values()
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in job["steps"])
    assert read["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "security-events": "write", "actions": "read", "pull-requests": "write"}
    assert job["steps"][0]["with"] == {"persist-credentials": False, "fetch-depth": 2}


def test_every_workflow_and_the_action_name_what_they_use_by_its_commit_and_its_version() -> None:
    used = [
        line.strip()
        for path in (*(PROJECT / ".github/workflows").glob("*.yml"), PROJECT / "action.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) > 15
    assert [line for line in used if not re.fullmatch(r"(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\b.*", line)] == []
