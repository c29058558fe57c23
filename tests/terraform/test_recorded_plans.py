"""Plans that Terraform made, with what the configuration beside them says and, where it was recorded, what was deployed.

Each folder of `plans` has the configuration, `plan.json` of Terraform 1.11 with a stand-in of the AWS provider (`tests/oracle/stand-in`), and in
`expected.json` the verdict and reason for each bucket and need, of the plan alone and beside its configuration. `state.json` is what
`terraform show -json` printed after the apply. `pytest --update` writes `expected.json`; read what it wrote.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.oracle.said import contradictions, said, said_of_deployed

pytestmark = pytest.mark.whole

PLANS = Path(__file__).parent / "plans"
FOLDERS = sorted(path for path in PLANS.iterdir() if path.is_dir())


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The folder without what is expected of it, as the working directory."""
    place = tmp_path / "code"
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("expected.json", "state.json"))
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_recorded_plan(beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path, update: bool) -> None:
    together, walked = said("plan.json"), said(".")
    (tmp_path / "alone").mkdir()
    shutil.move(beside / "plan.json", tmp_path / "alone")
    code = said(".")
    monkeypatch.chdir(tmp_path / "alone")
    alone = said("plan.json")
    expected = folder / "expected.json"
    found = {"alone": alone, "beside": {name: needs for name, needs in together.items() if needs != alone.get(name)}}
    if update:
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))
    assert contradictions(alone, together) == []
    if "not whole" not in str(walked.get("errors")):
        assert walked == together or not any(name != "errors" for name in together)
    if not folder.name.startswith(("target", "forget", "refresh")):
        assert contradictions(code, together) == []


@pytest.mark.parametrize("folder", [one for one in FOLDERS if (one / "state.json").exists()], ids=lambda folder: folder.name)
@pytest.mark.usefixtures("beside")
def test_what_was_deployed(tmp_path: Path, folder: Path) -> None:
    together = said("plan.json")
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    live = said_of_deployed(state, tmp_path / "live")
    assert set(together) == set(live)
    assert contradictions(together, live) == []
