"""Trees of files, put to the command line as a user puts them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from click.testing import CliRunner

from auditor.cli import main

ROLE = "arn:aws:iam::258327614892:role/external_s3"
"""The role of V7 Darwin, which the contract that is built in is about."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says.

    Attributes:
        verdicts: status and reason, by bucket and need.
        errors: what could not be read, with its place.
        notes: the notes.
        code: the exit code.
        contracts: what was audited for, each with the values of its parameters.
    """

    verdicts: Mapping[tuple[str, str], tuple[str, str]]
    errors: tuple[str, ...]
    notes: tuple[str, ...]
    code: int
    contracts: tuple[Mapping[str, Any], ...] = ()

    def of(self, bucket: str, service: str = "") -> dict[str, tuple[str, str]]:
        """The verdicts of one bucket on the needs of a service (`s3`, `kms`, `cors`)."""
        return {need: told for (address, need), told in self.verdicts.items() if address == bucket and need.startswith(service)}

    def statuses(self, service: str = "") -> set[str]:
        """The statuses of all verdicts on the needs of a service."""
        return {status for (_, need), (status, _) in self.verdicts.items() if need.startswith(service)}


def ask(directory: Path, files: Mapping[str, str | bytes], *options: str, every: bool = True) -> Told:
    """Writes files below a directory and audits it, from inside it."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    before = os.getcwd()
    os.chdir(directory)
    try:
        arguments = ("check", ".", *(("--all-buckets",) if every else ()), "--format", "json", *options)
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    finally:
        os.chdir(before)
    told = json.loads(result.stdout)
    return Told(
        {(one["bucket"], one["need"]): (one["status"], one["reason"]) for one in told["verdicts"]},
        tuple(f"{one['path']}:{one['line']}:{one['column']}: {one['message']}" for one in told["errors"]),
        tuple(told["notes"]),
        result.exit_code,
        tuple(told["contracts"]),
    )
