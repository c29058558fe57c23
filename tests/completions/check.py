"""Contradictions between what is decided of a configuration with hidden values and of its completions, through the command line.

`python -m tests.completions.check 5000` tries that many random configurations in each language, from a seed of their own each.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from auditor.cli import main
from tests.completions.configurations import Author, Configuration
from tests.completions.written import Completion, cloudformation, spoiled_blocks, spoiled_template, terraform

Verdicts = Mapping[str, list[dict[str, Any]]]
"""The verdicts by need, of every bucket of a root."""

_DECIDED = ("holds", "fails", "not-applicable")


def _terraform(made: Configuration, completion: Completion, dice: random.Random | None) -> dict[str, str]:
    blocks = terraform(made, completion)
    return {"main.tf": "\n".join(blocks if dice is None else spoiled_blocks(blocks, dice))}


def _cloudformation(made: Configuration, completion: Completion, dice: random.Random | None) -> dict[str, str]:
    template = cloudformation(made, completion)
    return {"template.json": json.dumps(template if dice is None else spoiled_template(template, dice), indent=1)}


LANGUAGES: Mapping[str, Callable[[Configuration, Completion, random.Random | None], dict[str, str]]] = {
    "terraform": _terraform,
    "cloudformation": _cloudformation,
}


def contradictions(language: str, seed: int, at: Path) -> Iterator[str]:
    """What one configuration contradicts itself in, as text; it is written below an empty directory."""
    dice = random.Random(f"{language} {seed}")
    made = Author(dice).configuration()
    write = LANGUAGES[language]
    _put(at / "hidden", write(made, None, None))
    _put(at / "spoiled", write(made, None, dice))
    completions = made.completions(dice)
    for number, completion in enumerate(completions):
        _put(at / f"completion{number}", write(made, completion, None))
    found = _audited(at)
    hidden = found.get("hidden", {})
    for need, told in hidden.items():
        for number, completion in enumerate(completions):
            for other in found.get(f"completion{number}", {}).get(need, []):
                if _contradicts(told[0], other):
                    yield f"{language} {seed}: {need} {_said(told[0])}, but {_said(other)} with {dict(completion)}"
    for need, told in found.get("spoiled", {}).items():
        for one in told:
            if one["status"] in _DECIDED and any(one["status"] != other["status"] for other in hidden.get(need, [])):
                yield f"{language} {seed}: {need} {_said(one)} where something cannot be read, but {_said(hidden[need][0])}"


def _contradicts(told: Mapping[str, Any], completed: Mapping[str, Any]) -> bool:
    """Whether a decided verdict is another one in a completion; that AWS accepts what is unresolved is an assumption, which it must name."""
    if told["status"] not in _DECIDED or told["status"] == completed["status"]:
        return False
    assumed = any(text.startswith("What is unresolved in ") for text in told["assumptions"])
    return not (assumed and "refuses" in completed["reason"])


def _said(verdict: Mapping[str, Any]) -> str:
    return f"{verdict['status']} ({verdict['reason']})"


def _put(directory: Path, files: Mapping[str, str]) -> None:
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text)


def _audited(at: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    before = Path.cwd()
    os.chdir(at)
    try:
        result = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--jobs", "1", "--format", "json"])
    finally:
        os.chdir(before)
    assert isinstance(result.exception, SystemExit | None), result.exc_info
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for verdict in json.loads(result.stdout)["verdicts"]:
        name = verdict["root"].partition("/")[0]
        found.setdefault(name, {}).setdefault(verdict["need"], []).append(verdict)
    return found


if __name__ == "__main__":
    gc.set_threshold(500_000, 50, 50)  # as the command does, since it runs in this process
    count, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wrong = 0
    for each in LANGUAGES:
        for number in range(start, start + count):
            with tempfile.TemporaryDirectory() as name:
                for line in contradictions(each, number, Path(name)):
                    print(line, flush=True)  # noqa: T201  # what the command says
                    wrong += 1
        print(f"{each}: {count} configurations, {wrong} contradictions so far", flush=True)  # noqa: T201
    sys.exit(bool(wrong))
