"""Contracts for a role of the same code: every file below `fixtures/roles/` is audited with its role `app` as the consumer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.test_fixtures import outcome

ROLES = Path(__file__).parent.parent / "fixtures" / "roles"
CASES = sorted(path for path in ROLES.iterdir() if path.suffix in (".tf", ".yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_role(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    name, principal = {".tf": ("main.tf", "aws_iam_role.app"), ".yaml": ("template.yaml", "App")}[case.suffix]
    shutil.copy(case, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    rules = ("access-grant-missing", "kms-grant-missing", "access-denied-by-statement", "input-error")
    said = outcome(Path(name), {"principal": principal}, rules)
    expected = case.with_suffix(".txt")
    if update:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def audited(case: str, principal: str, directory: Path) -> list[tuple[str, str]]:
    shutil.copy(ROLES / f"{case}.tf", directory / "main.tf")
    report = audit(Request(paths=(str(directory),), contracts=(load("v7-darwin", {"principal": principal}),)), Texts())
    return [(verdict.need.id, verdict.status.value) for verdict in report.verdicts if verdict.need.id.startswith("s3:")]


def test_the_arn_of_a_role_whose_account_is_settled_means_the_role(tmp_path: Path) -> None:
    assert audited("fails-across-accounts", "arn:aws:iam::444455556666:role/app", tmp_path) == [
        ("s3:GetObject", "fails"),
        ("s3:PutObject", "fails"),
    ]


def test_an_arn_that_may_be_the_roles_is_decided_both_ways(tmp_path: Path) -> None:
    assert audited("holds", "arn:aws:iam::444455556666:role/app", tmp_path) == [
        ("s3:GetObject", "unknown"),
        ("s3:PutObject", "unknown"),
    ]
    assert audited("holds", "arn:aws:iam::444455556666:role/other", tmp_path) == [
        ("s3:GetObject", "fails"),
        ("s3:PutObject", "fails"),
    ]


def test_a_role_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as error:
        audited("holds", "aws_iam_role.ap", tmp_path)
    assert str(error.value) == "there is no role or user 'aws_iam_role.ap'; did you mean 'aws_iam_role.app'?"
    with pytest.raises(AuditError) as error:
        audited("holds", "Consumer", tmp_path)
    assert str(error.value) == "there is no role or user 'Consumer' (found: aws_iam_role.app)"


BUCKET, EVERY = "aws_s3_bucket.data.arn", '"${aws_s3_bucket.data.arn}/*"'
OF_BUCKET = "it covers only 'arn:aws:s3:::acme-data', which is the bucket and not its objects"


@pytest.mark.parametrize(
    ("resource", "more", "lacks", "title"),
    [
        (BUCKET, "", OF_BUCKET, "Add the objects to the resources of statement 'S'"),
        (f"[{BUCKET}]", "", OF_BUCKET, "Add the objects to the resources of statement 'S'"),
        (
            BUCKET,
            'Condition = { StringEquals = { "aws:PrincipalAccount" = "111122223333" } }',
            OF_BUCKET,
            "Add a statement to a policy of aws_iam_role.app",
        ),
        (
            '"arn:aws:s3:::acme-other"',
            "",
            "it covers only 'arn:aws:s3:::acme-other'",
            "Add a statement to a policy of aws_iam_role.app",
        ),
    ],
)
def test_what_a_statement_of_a_role_lacks_of_the_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: str, more: str, lacks: str, title: str
) -> None:
    text = (ROLES / "fails.tf").read_text().replace('"${aws_s3_bucket.data.arn}/in/*"', f'{resource}\n{more}\nSid = "S"')
    (tmp_path / "main.tf").write_text(text)
    monkeypatch.chdir(tmp_path)
    contract = load("v7-darwin", {"principal": "aws_iam_role.app"})
    report = audit(Request(("main.tf",), (contract,)), Texts())
    (finding,) = (one for one in report.findings if one.rule == "access-grant-missing")
    (patch,) = finding.fixes
    assert finding.message.endswith(f"The nearest is statement 'S' of its own policies: {lacks}.")
    assert patch.title == title
    if title.startswith("Add the objects"):
        (tmp_path / "main.tf").write_bytes(applied(Texts(border=border_of((".",))), patch.edits)["main.tf"])
        report = audit(Request(("main.tf",), (contract,)), Texts())
        assert {one.status.value for one in report.verdicts if one.need.id.startswith("s3:")} == {"holds"}


ROLE_OF_ITS_OWN = """
resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({})
}
"""
INLINE = """
resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = jsonencode({Version = "2012-10-17", Statement = [{Sid = "%(sid)s", Effect = "Allow", Action = ["%(action)s"], Resource = %(resource)s}]})
}
"""
MANAGED = """
resource "aws_iam_policy" "app" {
  policy = jsonencode({Version = "2012-10-17", Statement = [{Sid = "S", Effect = "Allow", Action = ["s3:GetObject"], Resource = "*"}]})
}
resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.app.arn
}
"""
SHARED = """
resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = jsonencode({})
}
resource "aws_iam_role_policy_attachment" "other" {
  role       = aws_iam_role.other.name
  policy_arn = aws_iam_policy.app.arn
}
"""
OF_AWS = """
resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
"""
LISTED = "Add s3:PutObject to the actions of statement 'S'"
ADDED = "Add a statement to a policy of aws_iam_role.app"


@pytest.mark.parametrize(
    ("policies", "title", "edited", "sid"),
    [
        (INLINE % {"sid": "S", "action": "s3:GetObject", "resource": EVERY}, LISTED, True, ""),
        (INLINE % {"sid": "S", "action": "s3:GetObject", "resource": f"[{BUCKET}, {EVERY}]"}, LISTED, True, ""),
        # the statement is about more than the bucket, or not about its objects: it stays as it is
        (INLINE % {"sid": "S", "action": "s3:GetObject", "resource": '"*"'}, ADDED, True, "ConsumerAccess"),
        (INLINE % {"sid": "S", "action": "s3:ListBucket", "resource": BUCKET}, ADDED, True, "ConsumerAccess"),
        (INLINE % {"sid": "ConsumerAccess", "action": "s3:GetObject", "resource": '"*"'}, ADDED, True, "ConsumerAccess2"),
        # a policy is the role's own where no other role has it
        (MANAGED, ADDED, True, "ConsumerAccess"),
        (MANAGED + SHARED, ADDED, False, "ConsumerAccess"),
        (MANAGED.replace('"*"', EVERY) + SHARED, ADDED, False, "ConsumerAccess"),
        (OF_AWS, ADDED, False, "ConsumerAccess"),
    ],
)
def test_what_is_added_to_the_policies_of_a_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policies: str, title: str, edited: bool, sid: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.tf").write_text(ROLE_OF_ITS_OWN + policies)
    contract = load("v7-darwin", {"principal": "aws_iam_role.app"})
    report = audit(Request(("main.tf",), (contract,)), Texts())
    (patch,) = next(one for one in report.findings if one.rule == "access-grant-missing").fixes
    assert (patch.title, bool(patch.edits), sid in patch.text) == (title, edited, True)
    if edited:
        Path("main.tf").write_bytes(applied(Texts(border=border_of((".",))), patch.edits)["main.tf"])
        report = audit(Request(("main.tf",), (contract,)), Texts())
        assert {one.need.id: one.status.value for one in report.verdicts}["s3:PutObject"] == "holds"
