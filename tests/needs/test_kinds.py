"""Adding a kind of need takes one module and one folder of fixtures: shown with a kind that only the tests have."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import auditor.needs
from auditor.cli import main
from auditor.contract.kinds import kind_of, kinds, schema
from auditor.contract.load import load
from auditor.foundation.errors import AuditError
from auditor.needs import HOMES

FIXTURES = Path(__file__).parents[2] / "fixtures" / "needs" / "key-region"
CASES = sorted(FIXTURES.glob("*.tf"))
CONTRACT = "id: x\ntitle: X\n{}needs: [{{id: key-region, why: w{}}}]\n"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more module among the kinds of need."""
    monkeypatch.setattr(auditor.needs, "__path__", [*auditor.needs.__path__, str(Path(__file__).parent / "kinds")])


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_need_of_a_new_kind_is_read_proven_and_printed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool
) -> None:
    shutil.copy(case, tmp_path / "main.tf")
    shutil.copy(FIXTURES / "contract.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    run = CliRunner(env={"COLUMNS": "100"}).invoke(main, ["check", "main.tf", "--contract", "./contract.yaml"])
    if update:
        case.with_suffix(".txt").write_text(run.output, encoding="utf-8")
    assert run.output == case.with_suffix(".txt").read_text(encoding="utf-8")
    assert run.exit_code == (1 if case.stem == "fails" else 0)


@pytest.mark.usefixtures("installed")
def test_a_verdict_may_be_about_something_else_than_the_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FIXTURES / "holds.tf", tmp_path / "main.tf")
    shutil.copy(FIXTURES / "contract.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(main, ["check", "main.tf", "--contract", "./contract.yaml", "--format", "json"])
    told = [(one["need"], one["bucket"], one["resource"], one["status"]) for one in json.loads(run.output)["verdicts"]]
    assert told == [
        ("key-region", "", {"kind": "key", "address": "aws_kms_key.k"}, "holds"),
        ("ownership", "aws_s3_bucket.b", {"kind": "bucket", "address": "aws_s3_bucket.b"}, "holds"),
    ]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("principal", "keys", "message"),
    [
        ("", ", region: ''", "3:42: needs/0/region: must not be empty"),
        ("", ", prefix: in/", r"3:34: needs/0: unknown key 'prefix'; known keys: id, why, when, sources, region"),
        ("", "", "3:9: the Region is missing"),
        (
            "principal: {arn: 'arn:aws-cn:iam::123456789012:role/x'}\n",
            ", region: eu-west-1",
            "3:18: 'eu-west-1' is not a Region of China",
        ),
    ],
)
def test_what_is_wrong_with_a_need_of_a_new_kind_is_told(principal: str, keys: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CONTRACT.format(principal, keys), encoding="utf-8")
    with pytest.raises(AuditError) as error:
        load(str(path), {})
    assert str(error.value) == f"{path}:{message}"


def test_without_its_module_the_kind_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CONTRACT.format("", ", region: eu-west-1"), encoding="utf-8")
    with pytest.raises(AuditError, match=r"needs/0/id: 'key-region' is not of the form s3:GetObject, bucket:no-archive, "):
        load(str(path), {})


def test_every_example_is_of_its_kind_and_of_no_other() -> None:
    for kind in kinds():
        assert kind.EXAMPLES
        for example in kind.EXAMPLES:
            assert [one for one in kinds() if re.fullmatch(one.IDS, example)] == [kind]
            assert kind_of(example) is kind


def test_the_home_of_every_kind_is_listed_so_that_no_other_is_loaded() -> None:
    assert set(HOMES.values()) == {kind.__module__.removeprefix("auditor.needs.") for kind in kinds()}
    for name, home in HOMES.items():
        of_home = importlib.import_module(f"auditor.needs.{home}").KIND
        ids = [name] if re.fullmatch(of_home.IDS, name) else [one for one in of_home.EXAMPLES if one.startswith(f"{name}:")]
        assert ids
        assert all(kind_of(one) is of_home for one in ids)


def test_the_schema_of_contracts_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
