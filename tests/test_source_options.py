"""What the user gives beside the code takes effect through the command line, in Terraform's order of precedence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

CODE = """
variable "prefix" {
  default = "in/*"
}
resource "aws_s3_bucket" "b" {
  bucket = "b-${terraform.workspace}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "${aws_s3_bucket.b.arn}/${var.prefix}"
  }] })
}
"""


@pytest.fixture(autouse=True)
def _code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_WORKSPACE", raising=False)
    (tmp_path / "main.tf").write_text(CODE)
    (tmp_path / "narrow.tfvars").write_text('prefix = "in/*"\n')
    (tmp_path / "wide.tfvars").write_text('prefix = "*"\n')


def s3(*options: str, environment: dict[str, str] | None = None) -> set[str]:
    """The verdicts on the objects of the bucket."""
    result = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--format", "json", *options], env=environment)
    return {one["status"] for one in json.loads(result.stdout)["verdicts"] if one["need"].startswith("s3:")}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), "unknown"),
        (("--var", "prefix=*"), "holds"),
        (("--var", "prefix=*", "--var-file", "narrow.tfvars"), "fails"),
        (("--var-file", "narrow.tfvars", "--var", "prefix=*"), "holds"),
        (("--var-file=wide.tfvars", "--var=prefix=in/*"), "fails"),
        (("--var=prefix=in/*", "--var-file=wide.tfvars"), "holds"),
        (("--var-file", "narrow.tfvars", "--region", "eu-west-1", "--var", "prefix=in/*", "--var-file", "wide.tfvars"), "holds"),
    ],
)
def test_the_later_of_var_and_var_file_wins(options: tuple[str, ...], status: str) -> None:
    assert s3(*options) == {status}


def test_what_stands_on_the_command_line_wins_over_the_environment() -> None:
    assert s3(environment={"TF_VAR_prefix": "*"}) == {"holds"}
    assert s3("--var", "prefix=in/*", environment={"TF_VAR_prefix": "*"}) == {"fails"}


def name(*options: str, environment: dict[str, str] | None = None) -> object:
    result = CliRunner().invoke(main, ["inspect", ".", "--format", "json", *options], env=environment)
    return json.loads(result.stdout)["buckets"][0]["name"]


def test_the_workspace_is_that_of_the_environment_unless_an_option_gives_it() -> None:
    assert name() == {"template": "b-${terraform.workspace}"}
    assert name(environment={"TF_WORKSPACE": "prod"}) == "b-prod"
    assert name("--workspace", "dev", environment={"TF_WORKSPACE": "prod"}) == "b-dev"


def test_an_assignment_without_a_name_is_refused() -> None:
    result = CliRunner().invoke(main, ["inspect", ".", "--var", "=x"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: Invalid value for '--var': '=x' is not NAME=VALUE")


def test_a_region_that_has_not_the_form_of_a_code_is_refused() -> None:
    result = CliRunner().invoke(main, ["inspect", ".", "--region", "eu-wets-1"])
    message = "Error: Invalid value for '--region': 'eu-wets-1' is not the code of a Region; did you mean 'eu-west-1'?"
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, message)
    assert [CliRunner().invoke(main, ["inspect", ".", "--region", one]).exit_code for one in ("us-gov-west-1", "nz-north-1")] == [
        0,
        0,
    ]
