"""What two installations cost for the same work, run in turn, so that what else the machine does touches both alike.

python -m tests.benchmarks.pairs OLD NEW COUNT DIRECTORY [ARGUMENT …]

`OLD` and `NEW` are two `auditor` programs. They are run `COUNT` times each in `DIRECTORY` with the arguments (default: `--version`).
"""

from __future__ import annotations

import os
import statistics
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """User and system CPU time of a process in seconds, its peak memory in MiB, its exit code."""

    seconds: float
    memory: float
    code: int


def run(program: str, arguments: list[str], directory: str) -> Cost:
    """What one run costs; its output is thrown away.

    No modules are imported for it: a new process counts what the one that started it holds as its own peak.
    """
    pid = os.fork()
    if pid == 0:
        os.chdir(directory)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["AUDITOR_CACHE"] = ""  # no answer of an earlier run
        os.execve(program, [program, *arguments], environment)  # noqa: S606
    _, status, usage = os.wait4(pid, 0)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))


def main() -> None:
    """Prints the medians of both, and the median ratio of the pairs with its range."""
    old, new, count, directory, *arguments = sys.argv[1:]
    sides = [os.path.abspath(program) for program in (old, new)]
    arguments = arguments or ["--version"]
    for program in sides:
        run(program, arguments, directory)  # what is compiled only once is compiled now
    pairs = [tuple(run(program, arguments, directory) for program in sides) for _ in range(int(count))]
    ratios = sorted(after.seconds / before.seconds for before, after in pairs)
    for name, side in zip(("old", "new"), zip(*pairs, strict=True), strict=True):
        seconds, memory = (statistics.median(getattr(cost, what) for cost in side) for what in ("seconds", "memory"))
        sys.stdout.write(f"{name} {seconds:7.3f} s {memory:7.1f} MiB, exit codes {sorted({cost.code for cost in side})}\n")
    sys.stdout.write(f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, {count} pairs)\n")


if __name__ == "__main__":
    main()
