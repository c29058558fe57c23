"""Fuzzes for some seconds and says how often and what was found: `python -m tests.fuzz PLACE SECONDS [TARGET]`.

Mutations are guided by coverage where atheris can be loaded from PLACE, and are random where not. Every finding is kept in PLACE/findings with
what it raised; the exit code is 1 when there are some.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

LONGEST = 5.0  # seconds of the processor
LARGEST = 500  # MiB beyond what the process has
SHORT, FEW = 600, 8
TOKEN = re.compile(rb"[A-Za-z_][\w-]*|\d+|\s+|[^\w\s]")


class Run:
    """One process that fuzzes.

    Args:
        place: where findings go.
        seconds: how long.
        only: the target; empty for all of them.
    """

    def __init__(self, place: Path, seconds: float, only: str) -> None:
        from tests.fuzz.targets import TARGETS, run, seeds

        self.run, self.names = run, [only] if only else list(TARGETS)
        self.place, self.end = place, time.monotonic() + seconds
        self.seeds = [(name, data) for name, data in seeds() if name in self.names]
        if seconds < SHORT:  # else a short run does nothing but try all seeds
            drawn = random.sample(self.seeds, len(self.seeds))
            self.seeds = [one for name in self.names for one in [seed for seed in drawn if seed[0] == name][:FEW]]
        self.tokens = sorted({token for _, data in self.seeds for token in TOKEN.findall(data)})
        self.executions, self.findings = Counter[str](), Counter[str]()
        self.told = time.monotonic()

    def one(self, data: bytes) -> None:
        """One execution: the first byte is the target."""
        if not data:
            return
        name = self.names[data[0] % len(self.names)]
        began, had = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            self.run(name, data[1:])
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            self.found(name, data[1:], _signature(error), traceback.format_exc())
        took, more = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - had
        if took > LONGEST:
            self.found(name, data[1:], f"slow-{name}", f"{took:.1f} s")
        if more > LARGEST * 1024:
            self.found(name, data[1:], f"large-{name}", f"{more // 1024} MiB more")
        self.executions[name] += 1
        if time.monotonic() > self.told + 2:
            self.tell()

    def found(self, name: str, data: bytes, signature: str, told: str) -> None:
        """Keeps a finding; the first one of its kind with the input."""
        self.findings[signature] += 1
        if self.findings[signature] == 1:
            folder = self.place / "findings"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{signature}.input").write_bytes(data)
            (folder / f"{signature}.txt").write_text(f"target {name}\n{told}", encoding="utf-8")
        self.tell()

    def tell(self) -> None:
        """Writes the figures so far, and ends when the time is over."""
        self.told = time.monotonic()
        figures = {"executions": self.executions, "findings": self.findings}
        (self.place / f"figures-{os.getpid()}.json").write_text(json.dumps(figures), encoding="utf-8")
        if self.told > self.end:
            os._exit(0)

    def mutated(self, data: bytes, chance: random.Random) -> bytes:
        """Some tokens of an input dropped, doubled, replaced, or a part of another one put in."""
        parts = TOKEN.findall(data[1:]) or [b""]
        for _ in range(chance.choice((1, 1, 2, 4, 8))):
            at = chance.randrange(len(parts))
            match chance.randrange(6):
                case 0:
                    del parts[at : at + chance.randrange(1, 6)]
                case 1:
                    parts[at:at] = parts[at : at + chance.randrange(1, 30)] * chance.choice((1, 1, 1, 20))
                case 2:
                    parts[at] = chance.choice(self.tokens)
                case 3:
                    parts.insert(at, chance.choice(self.tokens))
                case 4:
                    other = TOKEN.findall(chance.choice(self.seeds)[1])
                    cut = chance.randrange(len(other) or 1)
                    parts[at:at] = other[cut : cut + chance.randrange(1, 40)]
                case _:
                    parts[at] = chance.choice(
                        (b"\xff", b"\x00", b"9" * 400, b"${", b'"', b"-", b"[" * 200, "é\u202e".encode(), b"\r", b"%{")
                    )
            parts = parts or [b""]
        return data[:1] + b"".join(parts)


def _signature(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame for frame in reversed(frames) if "auditor" in frame.filename and "tests" not in frame.filename), frames[-1])
    where = f"{Path(place.filename).stem}-{place.name}"
    if type(error).__name__ == "Broken":
        where += "-" + hashlib.sha256(re.sub(r"'[^']*'|\d+", "", str(error)).encode()).hexdigest()[:8]
    return re.sub(r"[^\w-]", "", f"{type(error).__name__}-{where}")


def child(place: Path, seconds: float, only: str) -> None:
    """Fuzzes in this process; ends it."""
    sys.path.insert(0, str(place))
    try:
        import atheris
    except ImportError:
        atheris = None
    sys.path.pop(0)
    if atheris is not None:
        with atheris.instrument_imports(include=["auditor"]):
            import tests.fuzz.targets  # noqa: F401 - so that it is instrumented
    run = Run(place, seconds, only)
    memory = "/dev/shm"  # noqa: S108 - a directory of our own is made in it
    os.chdir(tempfile.mkdtemp(dir=memory if os.path.isdir(memory) else None))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    sys.setrecursionlimit(1000)
    inputs = [bytes([run.names.index(name)]) + data for name, data in run.seeds]
    if atheris is None:
        chance = random.Random()
        while True:
            run.one(run.mutated(chance.choice(inputs), chance))
    of_target = {name: [one for one in inputs if run.names[one[0]] == name] for name in run.names}
    corpus = Path("..", f"{Path.cwd().name}-corpus").resolve()
    corpus.mkdir()
    for number, data in enumerate(inputs):
        (corpus / str(number)).write_bytes(data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.3:  # so that no target is forgotten because others have more to discover
            data = chance.choice(of_target[chance.choice(run.names)])
        made = atheris.Mutate(data, most) if chance.random() < 0.3 else run.mutated(data, chance)
        return bytes(made[:most])

    arguments = ["fuzz", str(corpus), "-max_len=8000", "-timeout=300", "-rss_limit_mb=0", "-verbosity=0", "-print_final_stats=0"]
    atheris.Setup(arguments, run.one, custom_mutator=mutate)
    atheris.Fuzz()


def main(place: Path, seconds: float, only: str = "") -> int:
    """Fuzzes in another process, and says how it went."""
    for old in place.glob("figures-*.json"):
        old.unlink()
    made = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--child", str(place), str(seconds), only], capture_output=True, check=False
    )
    figures = [json.loads(path.read_text(encoding="utf-8")) for path in place.glob("figures-*.json")]
    executions, findings = Counter[str](), Counter[str]()
    for one in figures:
        executions.update(one["executions"])
        findings.update(one["findings"])
    print(f"{sum(executions.values()):,} executions: {', '.join(f'{name} {count:,}' for name, count in executions.most_common())}")
    for signature, count in findings.most_common():
        print(f"finding {signature}, {count} times: {place}/findings/{signature}.txt")
    if made.returncode or not executions:
        print(
            "\n".join(line for line in made.stderr.decode("utf-8", "replace").splitlines() if not line.startswith("INFO:"))[-4000:]
        )
    return 1 if findings or made.returncode or not executions else 0


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
    sys.exit(main(Path(sys.argv[1]).resolve(), float(sys.argv[2]), *sys.argv[3:]))
