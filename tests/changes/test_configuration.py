"""The settings of the new side count on both sides of a comparison, and what a change does to its own audit is said first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern, Territory
from tests.changes.said import said
from tests.changes.test_diff import BUCKET, Run, run
from tests.changes.test_repository import committed, git
from tests.test_reach import planted

__all__ = ["run"]  # the fixture, which works in `tmp_path`

LESS = BUCKET.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"')


def changed(found: dict[str, object], *keys: str) -> list[tuple[object, ...]]:
    part: list[dict[str, object]] = found["configuration"]  # type: ignore[assignment]
    return [tuple(one[key] for key in keys) for one in part]


def two(tmp_path: Path, old: dict[str, str], new: dict[str, str], code: str = BUCKET) -> None:
    for name, files in (("a", old), ("b", new)):
        planted(tmp_path / name, {"main.tf": code, **files})


@pytest.mark.usefixtures("run")
def test_the_contracts_of_the_new_side_count_on_both(tmp_path: Path) -> None:
    two(tmp_path, {}, {".auditor.yaml": "contracts:\n  - name: v7-darwin\n    with: {access: read-only}\n"})
    (tmp_path / "b" / "main.tf").write_text(LESS, encoding="utf-8")
    found = said("a", "b")
    assert [one["need"] for one in found["verdicts"]] == []
    assert changed(found, "kind", "name", "old", "new", "weakens") == [
        ("contract", "v7-darwin", None, "access=read-only, buckets as found", False)
    ]
    assert [one["need"] for one in said("a", "b", "--no-config")["verdicts"] if one["change"] == "worse"] == [
        "s3:PutObject",
        "cors:PUT",
    ][:1]


CASES = {
    "a rule is off": ("", "rules: {access-grant-missing: off}", ("rule", "access-grant-missing", None, "off", True)),
    "a rule is on again": ("rules: {acls-enabled: off}", "", ("rule", "acls-enabled", "off", None, False)),
    "a rule is lowered": ("", "rules: {acls-enabled: note}", ("rule", "acls-enabled", None, "note", True)),
    "an exclusion": ("", "exclude: [x]", ("exclude", "x", None, "x", True)),
    "an exclusion less": ("exclude: [x]", "", ("exclude", "x", "x", None, False)),
    "an assumption": ("", "assume: [new-buckets]", ("assume", "new-buckets", None, "new-buckets", True)),
    "a contract less": (
        "contracts: [{name: snowflake}]",
        "",
        ("contract", "snowflake", "buckets as found", None, True),
    ),
    "other values": (
        "paths: [{match: ., account: '123456789012'}]",
        "paths: [{match: ., account: '210987654321'}]",
        ("values", ".", "account=123456789012", "account=210987654321", True),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("run")
def test_what_changes_of_the_audit_itself_is_told(name: str, tmp_path: Path) -> None:
    old, new, expected = CASES[name]
    two(tmp_path, {".auditor.yaml": old}, {".auditor.yaml": new})
    found = said("a", "b")
    assert changed(found, "kind", "name", "old", "new", "weakens") == [expected]
    assert not found["equal"]


def test_what_may_find_less_is_said_first(tmp_path: Path, run: Run) -> None:
    two(tmp_path, {}, {".auditor.yaml": "rules: {acls-enabled: off}\n"})
    ignored = LESS.replace(
        'resource "aws_s3_bucket_policy"', '# auditor: ignore[access-grant-missing] -- later\nresource "aws_s3_bucket_policy"'
    )
    (tmp_path / "b" / "main.tf").write_text(ignored, encoding="utf-8")
    ran = run("a", "b")
    assert ran.exit_code == 0, "a comment accepts what fails, as in the audit"
    assert ran.stdout.splitlines() == [
        "the audit itself: the rule 'acls-enabled' was as by default and is off",
        "  --> .auditor.yaml:1:9",
        "",
        "the audit itself: the comment 'auditor: ignore[access-grant-missing] -- later' was added",
        "  --> main.tf:17:1",
        "",
        "aws_s3_bucket.b: s3:PutObject was 'holds' and is 'fails' (v7-darwin)",
        "  --> main.tf:20:12",
        "  now: no statement allows s3:PutObject",
        "  accepted by a comment, a setting or the baseline",
        "",
        "the bucket policy of aws_s3_bucket.b allows less",
        "  --> main.tf:20:12",
        "  lost: arn:aws:iam::258327614892:role/external_s3 may s3:PutObject on arn:aws:s3:::acme/x (statement 'Darwin')",
        "",
        "✓ 1 verdict got worse, 1 policy allows less, the audit itself changed.",
    ]


@pytest.mark.usefixtures("run")
def test_a_comment_that_moves_is_the_same(tmp_path: Path) -> None:
    marked = "# auditor: contract=v7-darwin" + BUCKET
    two(tmp_path, {"main.tf": marked}, {"main.tf": "\n\n" + marked})
    assert said("a", "b")["equal"]
    (tmp_path / "b" / "main.tf").write_text(BUCKET, encoding="utf-8")
    assert changed(said("a", "b"), "kind", "name", "new", "weakens") == [("mark", "contract=v7-darwin", None, True)]


@pytest.mark.process
def test_of_revisions_too_with_files_of_values_and_contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = 'variable "who" {\n  type = string\n}\n' + BUCKET.replace('"arn:aws:iam::258327614892:role/external_s3"', "var.who")
    settings = "contracts: [{name: ./own.yaml}]\npaths: [{match: infra, var-files: [values/prod.tfvars]}]\n"
    own = (Path(__file__).parent.parent.parent / "auditor/platforms/v7_darwin/contract.yaml").read_text(encoding="utf-8")
    who = 'who = "arn:aws:iam::258327614892:role/%s"\n'
    files = {"infra/main.tf": code, "values/prod.tfvars": who % "external_s3", "own.yaml": own.replace("id: v7-darwin", "id: own")}
    planted(tmp_path, {".auditor.yaml": settings, **files})
    committed()
    planted(tmp_path, {"values/prod.tfvars": who % "other", "own.yaml": files["own.yaml"] + "# another\n"})
    git("commit", "--quiet", "--all", "--message", "b")
    of_revisions = said("HEAD~1", "HEAD")
    assert [(one["contract"], one["need"]) for one in of_revisions["verdicts"]] == [
        ("own", "s3:GetObject"),
        ("own", "s3:PutObject"),
    ]
    assert changed(of_revisions, "kind", "name", "old", "new") == [("contract-file", "own.yaml", None, None)]
    of_tree = said("HEAD~1")
    assert {**of_revisions, "new": "."} == of_tree


def test_the_settings_of_the_old_side_that_cannot_be_used_are_its_fault(tmp_path: Path, run: Run) -> None:
    two(tmp_path, {".auditor.yaml": "rule: {}\n"}, {})
    found = said("a", "b")
    assert [one["message"] for one in found["old_errors"]] == ["the settings file: unknown key 'rule'; did you mean 'rules'?"]
    assert run("b", "a").exit_code == 2


@pytest.mark.usefixtures("run")
def test_a_platform_is_compared_when_either_side_mentions_it(tmp_path: Path) -> None:
    two(tmp_path, {}, {})
    alone = BUCKET.partition('resource "aws_s3_bucket_ownership')[0]
    (tmp_path / "b" / "main.tf").write_text(alone, encoding="utf-8")
    assert "s3:GetObject" in [one["need"] for one in said("a", "b")["verdicts"] if one["change"] == "worse"]
    (tmp_path / "a" / "main.tf").write_text(alone.replace('"acme"', '"other"'), encoding="utf-8")
    assert said("a", "b")["verdicts"] == []


DELIVERED = """\
resource "aws_cloudfront_distribution" "%s" {
}
resource "aws_s3_bucket" "%s" {
  bucket = "acme-%s"
}
resource "aws_s3_bucket_policy" "%s" {
  bucket = aws_s3_bucket.%s.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { Service = "cloudfront.amazonaws.com" }
    Action    = "s3:GetObject"
    Resource  = "%s"
    Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.%s.arn } }
  }] })
}
"""


@pytest.mark.usefixtures("run")
def test_every_variant_of_a_platform_is_compared(tmp_path: Path) -> None:
    two(tmp_path, {}, {})
    for side, resource in (("a", "${aws_s3_bucket.%s.arn}/*"), ("b", "${aws_s3_bucket.%s.arn}/in/*")):
        text = "".join(DELIVERED % (*(name,) * 5, resource % name, name) for name in ("one", "two"))
        (tmp_path / side / "main.tf").write_text(text, encoding="utf-8")
    verdicts = [(one["bucket"], one["need"], one["old"], one["new"]) for one in said("a", "b")["verdicts"]]
    assert verdicts == [(f"aws_s3_bucket.{name}", "s3:GetObject", "holds", "unknown") for name in ("one", "two")]


WRITTEN = """\
data "aws_caller_identity" "own" {}
resource "aws_s3_bucket" "b" { bucket = "acme-trails" }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { Service = "cloudtrail.amazonaws.com" }
    Action    = "%s"
    Resource  = "${aws_s3_bucket.b.arn}/%sAWSLogs/${data.aws_caller_identity.own.account_id}/*"
  }] })
}
"""


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("action", "prefix", "expected"),
    [
        ("s3:PutObject", "", []),
        ("s3:PutObject", "audit/", [("fails", "holds")]),  # what the new policy says it is for
        ("s3:GetObject", "", [("holds", "fails")]),  # it says nothing of that any more
    ],
)
def test_a_service_is_compared_for_what_the_policies_say_of_it(
    action: str, prefix: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    two(tmp_path, {}, {})
    (tmp_path / "a" / "main.tf").write_text(WRITTEN % ("s3:PutObject", ""), encoding="utf-8")
    (tmp_path / "b" / "main.tf").write_text(WRITTEN % (action, prefix), encoding="utf-8")
    assert [(one["old"], one["new"]) for one in said("a", "b")["verdicts"] if one["need"] == "s3:PutObject"] == expected


def test_patterns_mean_the_same_below_a_copy() -> None:
    pattern = PathPattern("infra/*", Territory("/r", ("/r/x/y",)), Location(".auditor.yaml"))
    for old, new, path in (("/r", "/copy", "/copy/infra/a"), ("/r/infra", "/old", "/old/a"), ("/r/infra", "/r/was", "/r/was/a")):
        territory = pattern.territory.moved(old, new)
        assert PathPattern(pattern.text, territory, pattern.location).covers(path), (old, new)
    assert Territory("/r", ("/r/x/y", "/r/z")).moved("/r/x", "/c") == Territory("/c", ("/c/y",), "x")
    assert json.dumps(Territory("/elsewhere").moved("/r", "/c").directory) == '"/elsewhere"'
