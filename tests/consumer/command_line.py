"""Small configurations through the command line: what is in the code, and what `auditor check` answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from auditor.cli import main

WORKER = """
  Worker:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
"""


def written(directory: Path, files: Mapping[str, str]) -> Path:
    """The directory with the files in it."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code and what is printed to both streams."""
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def verdicts(directory: Path, files: Mapping[str, str], *arguments: str) -> list[dict[str, Any]]:
    """The verdicts on all buckets of some files."""
    written(directory, files)
    _, out, err = run("check", str(directory), "--format", "json", "--all-buckets", *arguments)
    assert out, err
    found: list[dict[str, Any]] = json.loads(out)["verdicts"]
    return found


def answers(
    directory: Path, files: Mapping[str, str], principal: str, *arguments: str, bucket: str = ""
) -> dict[str, tuple[str, str]]:
    """Status and reason of each need that policies grant, for a principal and (where there are several) one bucket."""
    return {
        one["need"]: (one["status"], one["reason"])
        for one in verdicts(directory, files, "--with", f"principal={principal}", *arguments)
        if one["need"].startswith(("s3:", "kms:")) and bucket in ("", one["bucket"]) and one["status"] != "not-applicable"
    }
