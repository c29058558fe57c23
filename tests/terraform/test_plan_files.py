"""What is a plan, however it was saved; what is none though Terraform wrote it; and what a plan that is not whole leaves unknown."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main

PLANS = Path(__file__).parent / "plans"
DELETED = json.loads((PLANS / "delete-policy-and-cors" / "plan.json").read_text(encoding="utf-8"))
MAKE = "run `terraform plan -out plan.bin` and `terraform show -json plan.bin > plan.json`, and audit plan.json"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--all-buckets", *arguments, "--format", "json"], catch_exceptions=False)


def statuses(result: Result) -> dict[str, str]:
    return {one["need"]: one["status"] for one in json.loads(result.stdout)["verdicts"]}


EXPECTED = {
    "s3:GetObject": "fails", "s3:PutObject": "fails", "kms:Decrypt": "holds", "kms:GenerateDataKey": "holds", "cors:GET": "fails",
    "cors:PUT": "fails", "ownership": "unknown",
    "bucket:name": "holds", "bucket:no-requester-pays": "holds", "bucket:no-archive": "holds",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DELETED, sort_keys=True),
        json.dumps(DELETED, indent=2, sort_keys=True),
        "\ufeff" + json.dumps(DELETED),
    ],
    ids=["sorted", "sorted and indented", "byte order mark"],
)
def test_a_plan_is_found_however_it_was_saved(here: Path, text: str) -> None:
    (here / "plan.json").write_text(text, encoding="utf-8")
    assert statuses(check(".")) == statuses(check("plan.json")) == EXPECTED


def _saved() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("tfplan", b"\x94\x00")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "plan.bin",
            _saved(),
            "is a saved plan in Terraform's own format: run `terraform show -json plan.bin > plan.json`, and audit plan.json",
        ),
        (
            "state.json",
            {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}},
            f"is a state, which says what was deployed and not what the code will do: {MAKE}",
        ),
        (
            "terraform.tfstate",
            {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": []},
            f"is a state file, which says what was deployed and not what the code will do: {MAKE}",
        ),
        (
            "log.json",
            '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info","type":"planned_change"}\n',
            f"is what `terraform plan -json` logs, which holds no planned values: {MAKE}",
        ),
        (
            "validate.json",
            {"format_version": "1.0", "valid": True, "error_count": 0, "diagnostics": []},
            f"is what `terraform validate -json` prints, which holds no resources: {MAKE}",
        ),
        (
            "schemas.json",
            {"format_version": "1.0", "provider_schemas": {}},
            f"is what `terraform providers schema -json` prints, which holds no resources: {MAKE}",
        ),
        (
            "wrapped.json",
            f"[command]/opt/terraform-bin show -json plan\n{json.dumps(DELETED)}\n",
            "begins with the command, as the wrapper of hashicorp/setup-terraform prints it: set 'terraform_wrapper: false' there",
        ),
    ],
)
def test_what_terraform_wrote_and_is_no_plan_is_told_what_to_do(here: Path, name: str, content: Any, message: str) -> None:
    data = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    (here / name).write_bytes(data)
    ran = check(name)
    assert ran.exit_code == 2
    assert [one["message"] for one in json.loads(ran.stdout)["errors"]] == [message]


@pytest.mark.parametrize(
    "document",
    [
        {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}},
        {"format_version": "1.0", "valid": True, "diagnostics": []},
        {"format_version": "1.0", "provider_schemas": {}},
        {"mock": DELETED},
        [DELETED],
    ],
)
def test_in_a_walk_other_json_of_terraform_is_no_error(here: Path, document: Any) -> None:
    (here / "other.json").write_text(json.dumps(document), encoding="utf-8")
    (here / "plan.json").write_text(json.dumps(DELETED), encoding="utf-8")
    ran = check(".")
    assert (statuses(ran), json.loads(ran.stdout).get("errors", [])) == (EXPECTED, [])


def test_in_a_walk_yaml_that_holds_a_plan_is_no_error(here: Path) -> None:
    (here / "tests.yaml").write_text(f"- name: a bucket\n  input: {json.dumps(DELETED)}\n", encoding="utf-8")
    (here / "plan.json").write_text(json.dumps(DELETED), encoding="utf-8")
    ran = check(".")
    assert (statuses(ran), json.loads(ran.stdout).get("errors", [])) == (EXPECTED, [])


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (f"Reading state\n{json.dumps(DELETED)}", 1, 1, "has 'R' where a JSON value is expected"),
        ('{"format_version": "1.2",\n "planned_values": {}} []', 2, 24, "something follows the JSON value"),
    ],
)
def test_a_plan_that_is_broken_says_where(here: Path, text: str, line: int, column: int, message: str) -> None:
    (here / "plan.json").write_text(text, encoding="utf-8")
    (error,) = json.loads(check("plan.json").stdout)["errors"]
    assert (error["line"], error["column"], error["message"]) == (line, column, f"is not valid JSON: {message}")


def test_what_an_errored_plan_leaves_out_is_unknown(here: Path) -> None:
    (here / "plan.json").write_text(json.dumps({**DELETED, "errored": True}), encoding="utf-8")
    ran = check("plan.json")
    reasons = {one["need"]: one["reason"] for one in json.loads(ran.stdout)["verdicts"]}
    assert set(statuses(ran).values()) <= {"unknown", "holds"}
    assert reasons["cors:GET"] == ("it depends on 'what plan.json leaves out': in one case, the bucket has no CORS configuration")


def test_a_plan_of_other_code_is_an_error_and_the_code_is_the_answer(here: Path) -> None:
    (here / "plan.json").write_text((PLANS / "create" / "plan.json").read_text(encoding="utf-8"), encoding="utf-8")
    code = (PLANS / "create" / "main.tf").read_text(encoding="utf-8")
    (here / "main.tf").write_text(code.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"'), encoding="utf-8")
    ran = check(".")
    assert statuses(ran)["s3:PutObject"] == "fails"
    (here / "main.tf").write_text(code.replace('"GET", "PUT"', '"GET"'), encoding="utf-8")
    ran = check(".")
    assert (ran.exit_code, statuses(ran)["cors:PUT"]) == (2, "fails")
    assert [one["message"] for one in json.loads(ran.stdout)["errors"]] == [
        (
            "was not made of the configuration beside it, which is audited instead (aws_s3_bucket_cors_configuration.b differs): "
            "make the plan again"
        )
    ]
