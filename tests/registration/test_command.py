"""`auditor registration` as a command: what it prints, writes and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.platforms.v7_darwin.commands import _progress

ITEM = {"name": "a.jpg", "storage_key": "in/a.jpg"}
CODE = """
resource "aws_s3_bucket" "b" {
  bucket = "acme"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "${aws_s3_bucket.b.arn}/in/*"
  }] })
}
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: CliRunner().invoke(main, ["registration", *arguments], **options)


def request(*items: Any) -> str:
    return json.dumps({"dataset_slug": "d", "storage_slug": "s", "items": items})


def test_what_is_right_is_counted(run: Run) -> None:
    Path("r.json").write_text(request(ITEM), encoding="utf-8")
    ran = run("r.json")
    assert ran.exit_code == 0
    assert " ".join(ran.output.split()) == (
        "note: The requests were checked as read-write (--with access=read-write): the two kinds of registration take different keys. "
        "✓ 1 request, 1 item: nothing found."
    )
    Path("two.jsonl").write_text(
        f"{request(ITEM)}\n{request({**ITEM, 'name': 'b.jpg'}, {**ITEM, 'name': 'c.jpg'})}\n", encoding="utf-8"
    )
    assert run("two.jsonl").output.splitlines()[-1].startswith("✓ 2 requests, 3 items")


def test_a_finding_is_shown_and_answers_with_1_unless_asked_otherwise(run: Run) -> None:
    wrong = request({**ITEM, "storage_key": "/in/a.jpg"})
    ran = run("-", input=wrong)
    assert ran.exit_code == 1
    assert "For details: auditor explain registration-storage-key" in ran.output
    assert run("-", "--exit-zero", input=wrong).exit_code == 0
    [found] = json.loads(run("-", "--format", "json", input=wrong).stdout)["findings"]
    assert (found["rule"], found["pointer"]) == ("registration-storage-key", "/items/0/storage_key")


def test_the_code_of_the_bucket_decides_what_can_be_read(run: Run) -> None:
    Path("main.tf").write_text(CODE, encoding="utf-8")
    Path("r.json").write_text(request(ITEM, {"name": "b.jpg", "storage_key": "out/b.jpg"}), encoding="utf-8")
    ran = run("r.json", "--policy", "main.tf", "--format", "json")
    assert ran.exit_code == 1
    assert [(one["rule"], one["pointer"]) for one in json.loads(ran.stdout)["findings"]] == [
        ("registration-key-denied", "/items/1/storage_key")
    ]


def test_a_listing_says_which_keys_are_there(run: Run) -> None:
    Path("keys.txt").write_text("in/b.jpg\n", encoding="utf-8")
    ran = run("-", "--inventory", "keys.txt", "--format", "json", input=request(ITEM))
    assert [one["rule"] for one in json.loads(ran.stdout)["findings"]] == ["registration-key-not-found"]


def test_the_mode_is_a_parameter_of_the_contract(run: Run) -> None:
    ran = run("-", "--with", "access=read-only", "--format", "json", input=request(ITEM))
    assert {one["rule"] for one in json.loads(ran.stdout)["findings"]} == {
        "registration-dimensions",
        "registration-read-only-files-recommended",
    }
    wrong = run("-", "--with", "mode=fast", input=request(ITEM))
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr == (
        "error: contract 'v7-darwin' has no parameter 'mode' (it has: access, origin, mirax, prefix, principal)\n"
    )


def test_what_is_too_large_is_split(run: Run) -> None:
    items = [{**ITEM, "name": f"{number}.jpg"} for number in range(3)]
    ran = run("-", "--split", "2", input=request(*items))
    assert ran.exit_code == 0
    assert [[item["name"] for item in json.loads(line)["items"]] for line in ran.stdout.splitlines()] == [
        ["0.jpg", "1.jpg"],
        ["2.jpg"],
    ]
    bare = run("-", "--split", "2", "--dataset-slug", "d", "--storage-slug", "s", "--output", "out.jsonl", input=json.dumps(items))
    assert (bare.exit_code, bare.stdout) == (0, "")
    assert [len(json.loads(line)["items"]) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()] == [2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[]", "-: bare items need --dataset-slug and --storage-slug"),
        (b"[", "-: is not JSON: the text ends inside a value"),
        (b"\xff", "-:1:1: is not UTF-8: byte 0xff at offset 0"),
        ("{}".encode("utf-16"), "-:1:1: is UTF-16, as Windows PowerShell writes what a command prints: save it as UTF-8"),
    ],
)
def test_what_cannot_be_split_is_said(text: bytes, message: str, run: Run) -> None:
    ran = run("-", "--split", "2", input=text)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", f"error: {message}\n")


def test_a_file_that_is_not_there_is_said(run: Run) -> None:
    ran = run("nowhere.json", "--split", "2")
    assert (ran.exit_code, ran.stderr) == (2, "error: nowhere.json:1:1: cannot be read: No such file or directory\n")


def test_progress_is_a_line_that_goes_away(capsys: pytest.CaptureFixture[str]) -> None:
    _progress("checking r.json", 50, 200)
    _progress("reading keys.txt", 1500, None)
    _progress("checking r.json", 200, 200)
    assert capsys.readouterr().err == (
        "\rchecking r.json 25 %\rreading keys.txt 1,500\rchecking r.json 100 %\r"  # without a terminal, without its codes
    )


def test_the_settings_file_gives_parameters_values_buckets_and_severities(run: Run) -> None:
    code = 'variable "name" {\n  type = string\n}\n' + CODE.replace('"acme"', "var.name")
    Path("main.tf").write_text(code, encoding="utf-8")
    Path("r.json").write_text(request({"name": "b.jpg", "storage_key": "acme/out/b.jpg"}), encoding="utf-8")
    Path(".auditor.yaml").write_text(
        """contracts:
  - name: v7-darwin
    with: {access: read-only}
    buckets: [aws_s3_bucket.b]
paths: [{match: ., vars: {name: acme}}]
rules: {registration-dimensions: off, registration-read-only-files-recommended: off, registration-key-denied: warning}
""",
        encoding="utf-8",
    )
    ran = run("r.json", "--policy", "main.tf", "--format", "json")
    report = json.loads(ran.stdout)
    assert [(one["rule"], one["severity"]) for one in report["findings"] if one["rule"] == "registration-key-denied"] == [
        ("registration-key-denied", "warning")
    ]
    assert any(note.startswith("excluded by .auditor.yaml: rule registration-dimensions (1 finding)") for note in report["notes"])
    assert "registration-dimensions" in run("r.json", "--policy", "main.tf", "--no-config", "--with", "access=read-only").stdout


def test_a_contract_that_settings_list_for_several_buckets_needs_one_that_is_named(run: Run) -> None:
    Path("main.tf").write_text(CODE, encoding="utf-8")
    Path("r.json").write_text(request(ITEM), encoding="utf-8")
    listed = "  - {name: v7-darwin, buckets: [aws_s3_bucket.%s], with: {access: %s}}\n"
    Path(".auditor.yaml").write_text("contracts:\n" + listed % ("a", "read-only") + listed % ("b", "read-write"), encoding="utf-8")
    assert run("r.json", "--policy", "main.tf").stderr == (
        "error: .auditor.yaml:2:12: 'v7-darwin' is listed for several buckets: say which is meant with --bucket ADDRESS\n"
    )
    assert run("r.json", "--policy", "main.tf", "--bucket", "aws_s3_bucket.b").exit_code == 0
