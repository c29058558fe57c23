"""Terraform as the judge of what `auditor scaffold` writes: every contract's Terraform is formatted, and `terraform plan` accepts it.

    python -m tests.oracle.scaffolds PROVIDER

PROVIDER is the program built of `stand-in`. Needs `terraform`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from auditor.contract.load import names, read
from auditor.scaffold.parameters import filled
from auditor.scaffold.scaffold import Wanted, scaffold
from tests.oracle.terraform import mirror
from tests.scaffold.test_scaffold import WITHOUT_KEY


def written() -> Iterator[tuple[str, str, dict[str, str]]]:
    """What each contract needs, without a key and with one; and values for its variables."""
    for name in names():
        examples = filled(read(name), {})
        for kms in (False, True) if name not in WITHOUT_KEY else (False,):
            text = scaffold(Wanted(name, language="terraform", kms=kms)).text
            variables = re.findall(r'^variable "(\w+)"', text, re.MULTILINE)
            values = {one: examples.values.get(one.replace("_", "-"), "111122223333") for one in variables}
            yield f"{name}{' with a key' if kms else ''}", text, values


def fault(code: Path, text: str, environment: dict[str, str]) -> str:
    """What Terraform says against it; empty when it says nothing."""
    code.mkdir(parents=True)
    (code / "main.tf").write_text(text, encoding="utf-8")
    for command in (
        ["terraform", "fmt", "-check", "-diff", "."],
        ["terraform", "init", "-input=false", "-no-color"],
        ["terraform", "plan", "-input=false", "-no-color", "-lock=false"],
    ):
        ran = subprocess.run(command, cwd=code, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        if ran.returncode:
            return f"{' '.join(command[:2])}: {ran.stdout[-1500:]}{ran.stderr[-1500:]}"
    return ""


def main(provider: str) -> int:
    """1 when Terraform refuses any of them."""
    wrong = count = 0
    with tempfile.TemporaryDirectory(prefix="auditor-scaffolds-") as place:
        directory = Path(place)
        environment = {
            "TF_CLI_CONFIG_FILE": str(mirror(Path(provider).resolve(), directory)),
            "CHECKPOINT_DISABLE": "1",
            "STAND_IN_CLOUD": str(directory / "cloud.json"),
            "AWS_REGION": "eu-west-1",
        }
        for count, (name, text, values) in enumerate(written(), 1):
            given = {f"TF_VAR_{variable}": value for variable, value in values.items()}
            if said := fault(directory / str(count), text, environment | given):
                wrong += 1
                sys.stdout.write(f"{name}: {said}\n")
    sys.stdout.write(f"{count} scaffolds, {wrong} refused by terraform\n")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
