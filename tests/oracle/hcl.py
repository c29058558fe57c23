"""HCL's own parser as the judge of ours: the same trees, or the same refusal.

python -m tests.oracle.hcl [--record] [DIRECTORY…]

Compares the recorded cases and every file of HCL below the directories; needs `go`. With `--record` the cases are judged anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.terraform import shown

PROGRAM = Path(__file__).with_name("hcl")
CASES = Path(__file__).parents[2] / "fixtures/sources/terraform/syntax/cases.jsonl"
SUFFIXES = (".tf", ".tofu", ".tfvars", ".hcl")


def cases() -> list[dict[str, str]]:
    """The recorded cases: `text`, and the `tree` that HCL makes of it (or `refused` and why)."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def agree(ours: str, theirs: str) -> bool:
    """Whether two readers said the same; how a refusal is worded does not matter."""
    return ours == theirs or (ours.startswith(shown.REFUSED) and theirs.startswith(shown.REFUSED))


def judged(texts: Sequence[str]) -> list[str]:
    """What HCL's own parser makes of texts."""
    with tempfile.TemporaryDirectory() as place:
        binary = os.path.join(place, "hcl")
        subprocess.run(["go", "build", "-o", binary, "."], cwd=PROGRAM, check=True)
        given = "\n".join(json.dumps({"Text": text}) for text in texts)
        answer = subprocess.run([binary], input=given, capture_output=True, text=True, check=True)
    return answer.stdout.split("\n")[: len(texts)]


def main(arguments: list[str]) -> int:
    """Prints every difference; their number is the exit code, at most 1."""
    if "--record" in arguments:
        arguments.remove("--record")
        texts = [case["text"] for case in cases()]
        lines = [
            json.dumps({"text": text, "tree": tree}, ensure_ascii=False) for text, tree in zip(texts, judged(texts), strict=True)
        ]
        CASES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    named = [(f"case {number}", case["text"]) for number, case in enumerate(cases(), 1)]
    named += [found for directory in arguments for found in _files(directory)]
    differences = 0
    for (name, text), theirs in zip(named, judged([text for _, text in named]), strict=True):
        ours = shown.file(text)
        if not agree(ours, theirs):
            differences += 1
            sys.stdout.write(f"{name}\n  ours:   {ours[:400]}\n  theirs: {theirs[:400]}\n")
    sys.stdout.write(f"{len(named)} texts, {differences} differences\n")
    return min(differences, 1)


def _files(directory: str) -> Iterator[tuple[str, str]]:
    for place, _, names in os.walk(directory):
        for name in sorted(names):
            if name.endswith(SUFFIXES):
                path = os.path.join(place, name)
                try:
                    yield path, Path(path).read_bytes().decode()
                except (OSError, UnicodeDecodeError):
                    continue


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
