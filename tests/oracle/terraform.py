"""Terraform as the judge of plans: source, plan, what was deployed and a plan made again of that never decide differently.

python -m tests.oracle.terraform PROVIDER CONFIGURATIONS [FIRST]

PROVIDER is the program built of `stand-in`, which keeps its cloud in a file. Each configuration is planned, applied, changed at random, planned
and applied again; so each number stands for one plan of a create and one of an update. With an odd number, the provider is as it was up to version
5, where a plan knows nothing of some resources. Needs `terraform`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.oracle.configurations import Bucket, bucket, changed, text
from tests.oracle.said import Said, contradictions, left_open, said, said_of_deployed, status

_VERSION = "6.20.0"


def mirror(provider: Path, directory: Path) -> Path:
    """A configuration of Terraform's command line by which it finds the provider without a network."""
    platform = json.loads(_run(["terraform", "version", "-json"], directory, {}))["platform"]
    place = directory / "mirror/registry.terraform.io/hashicorp/aws" / _VERSION / platform
    place.mkdir(parents=True)
    shutil.copy(provider, place / f"terraform-provider-aws_v{_VERSION}")
    settings = directory / "terraform.rc"
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{directory / "mirror"}"\n  }}\n}}\n', encoding="utf-8"
    )
    return settings


def _run(command: list[str], directory: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)}: {ran.stdout[-1500:]}{ran.stderr[-1500:]}")
    return ran.stdout


class Life:
    """One configuration and what becomes of it."""

    def __init__(self, settings: Path, directory: Path, seed: int) -> None:
        self.directory, self.seed = directory, seed
        self.environment = {
            "TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1", "STAND_IN_CLOUD": str(directory / "cloud.json"),
            "STAND_IN_V5": "1" if seed % 2 else "",
        }  # fmt: skip
        self.code = directory / "code"
        self.code.mkdir(parents=True)
        self.agreed: Counter[str] = Counter()

    def _terraform(self, *arguments: str) -> str:
        return _run(["terraform", *arguments], self.code, self.environment)

    def live(self) -> list[str]:
        """Where two of the readings decide differently, at each of the two plans."""
        pick = random.Random(self.seed)
        before = [bucket(pick, number) for number in range(pick.randint(1, 3))]
        found = [f"create {one}" for one in self._step(before, "create")]
        if pick.random() < 0.2:
            before = [one if one.made_up else self._forgotten(one) for one in before]
        after = [one for number, each in enumerate(before) if (one := changed(pick, each, number)) is not None]
        after += [bucket(pick, 7)] if pick.random() < 0.3 else []
        return [*found, *(f"update {one}" for one in self._step(after, "update"))]

    def _forgotten(self, one: Bucket) -> Bucket:
        """A bucket that the state no longer knows, so that it has to be imported."""
        index = {"count": "[0]", "each": '["x"]'}.get(one.style, "")
        self._terraform("state", "rm", f"aws_s3_bucket.{one.label}{index}")
        return replace(one, imported=True)

    def _plan(self) -> str:
        """The JSON of a plan of the code as it is, from the state as it is."""
        self._terraform("plan", "-no-color", "-input=false", "-out=../plan.bin")
        return self._terraform("show", "-json", "../plan.bin")

    def _step(self, buckets: list[Bucket], name: str) -> list[str]:
        (self.code / "main.tf").write_text(text(buckets), encoding="utf-8")
        self._terraform("init", "-no-color", "-input=false")
        plan = self._plan()
        self._terraform("apply", "-no-color", "-input=false", "../plan.bin")
        self._terraform("apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false")
        state = json.loads(self._terraform("show", "-json"))
        place = self.directory / name
        plans = {"plan": plan, "plan made again": self._plan()}
        for title, made in plans.items():
            (place / title).mkdir(parents=True)
            (place / title / "plan.json").write_text(made, encoding="utf-8")
        (place / "main.tf").write_text(text(buckets), encoding="utf-8")
        readings = {"source": _said(place, "main.tf"), **{title: _said(place / title, "plan.json") for title in plans}}
        shutil.copy(place / "plan" / "plan.json", place)
        readings["plan beside its source"] = _said(place, "plan.json")
        readings["deployed"] = said_of_deployed(state, place / "live")
        names = list(readings)
        pairs = [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
        for title, reading in readings.items():
            self.agreed.update(
                f"{title}: {status(said)}" for name, needs in reading.items() if name != "errors" for said in needs.values()
            )
        # Where every bucket was removed, that nothing is declared is no difference.
        faults = [f"{title} has errors: {one['errors']}" for title, one in readings.items() if buckets and "errors" in one]
        again = readings["plan made again"]
        faults += [f"{one} / made again: {lost}" for one in names if one != "deployed" for lost in left_open(readings[one], again)]
        return faults + [
            f"{one} / {other}: {difference}"
            for one, other in pairs
            for difference in contradictions(readings[one], readings[other])
        ]


def _said(directory: Path, path: str) -> Said:
    with contextlib.chdir(directory):
        return said(path)


def main(provider: str, configurations: str, first: str = "0") -> int:
    """The exit code: 1 where two readings decide differently."""
    differences, counted = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        settings = mirror(Path(provider).resolve(), Path(scratch))
        for seed in range(int(first), int(first) + int(configurations)):
            life = Life(settings, Path(scratch) / str(seed), seed)
            for difference in life.live():
                differences += 1
                print(f"{seed}: {difference}")  # noqa: T201 - it is a program
            counted.update(life.agreed)
            shutil.rmtree(life.directory)
    print(f"{configurations} configurations and as many changes of them: {differences} differences")  # noqa: T201 - likewise
    print(", ".join(f"{title} {count}" for title, count in sorted(counted.items())))  # noqa: T201 - likewise
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
