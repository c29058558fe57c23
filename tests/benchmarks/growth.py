"""How the cost of an audit grows with its input: one process for each size of each shape in `series` and `templates`.

python -m tests.benchmarks.growth [--large] [--auditor PROGRAM] [--seconds 600] [SHAPE…]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.series import SERIES, Files, Series
from tests.benchmarks.templates import TEMPLATES


@dataclass(slots=True)
class Measured:
    """What one run cost and said."""

    seconds: float = 0
    memory: float = 0
    exit: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    said: str = ""


def measure(files: Files, program: str, seconds: int) -> Measured:
    """One run over some files, with a limit on its seconds of processor time and on its memory."""
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as outside:
        for name, text in files.items():
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out, usage = Path(outside, "report.json"), Path(outside, "usage")
        limits = f"ulimit -t {seconds}; ulimit -v 6000000; "
        script = limits + f"exec {program} check . --all-buckets --format json={out}"
        # A child of its own, so that its usage is not added to that of runs before.
        code = (
            "import resource, subprocess, sys\n"
            "done = subprocess.run(['bash', '-c', sys.argv[1]], stdout=subprocess.DEVNULL)\n"
            "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "open(sys.argv[2], 'w').write(f'{used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024} {done.returncode}')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, script, usage],
            cwd=directory,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
            errors="replace",
        )
        spent, memory, code = usage.read_text().split()
        found = Measured(float(spent), float(memory), int(code), said=done.stderr.strip().rpartition("\n")[2])
        if out.exists():
            verdicts = json.loads(out.read_bytes())["verdicts"]
            found.statuses.update(verdict["status"] for verdict in verdicts)
            reasons = Counter(verdict["reason"] for verdict in verdicts if verdict["status"] in ("unknown", "open"))
            found.said = reasons.most_common(1)[0][0] if reasons else found.said
        return found


def missed(one: Series, found: Measured) -> str:
    """What a run at the size of the goal misses; empty when it is reached."""
    late = f"takes longer than {one.goal:g} s" if one.goal and found.seconds > one.goal else ""
    undecided = "not all decided" if one.decided and (found.statuses["unknown"] or not found.statuses) else ""
    return ", ".join(filter(None, (late, undecided)))


def main() -> None:
    """Prints for each size of each shape the seconds of processor time, the memory, the verdicts, and what misses its goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--large", action="store_true", help="also the sizes of the goals")
    parser.add_argument("--auditor", default=str(Path(sys.executable).with_name("auditor")))
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    for name, one in {**SERIES, **TEMPLATES}.items():
        if options.shapes and name not in options.shapes:
            continue
        for size in (*one.small, *(one.large if options.large else ())):
            found = measure(one.files(size), options.auditor, options.seconds)
            miss = missed(one, found) if size == one.large[-1] else ""
            said = " ".join(f"{count} {status}" for status, count in sorted(found.statuses.items()))
            line = f"{name:40} {size:6} {found.seconds:8.2f} s {found.memory:6.0f} MiB  exit {found.exit}  {said}"
            sys.stdout.write(
                f"{line}{'  MISSED: ' + miss if miss else ''}\n{'':48}{found.said[:150]}\n" if found.said else f"{line}\n"
            )
            sys.stdout.flush()
            if found.exit not in (0, 1, 2):
                break


if __name__ == "__main__":
    main()
