"""A fix is applied as the data that it is, the code is audited again, and what it fixes is gone; nothing of its wording is read.

Every fixture of a rule and every fix of it that has edits is a case. A fix that a person has to make has none, and is told as such in the
fixture's expected output; a note may have no fix at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.finding import Edit, Finding, Patch, Severity
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.rule import all_rules
from auditor.verdict import Status
from tests.test_fixtures import CASES, RULES, contract_of

pytestmark = pytest.mark.whole

FAILING = [case for case in CASES if case.stem.startswith("fails")]
SEVERITY = {rule.id: rule.severity for rule in all_rules()}
TWINS = sorted(path for path in (RULES.parent / "twins").iterdir() if path.suffix in {".tf", ".yaml"})

BY_HAND = [
    "access-grant-missing/fails-directory-bucket.tf",
    "access-that-expires/fails-at-a-deny.tf",
    "access-that-expires/fails.tf",
    "access-blocked-as-public/fails-at-deployment.tf",
    "access-blocked-as-public/fails.tf",
    "access-denied-by-statement/fails-on-not-principal.tf",
    "access-wider-than-needed/fails-on-not-action.tf",
    "acl-on-enforced-bucket/fails-for-log-delivery.tf",
    "acl-on-enforced-bucket/fails-in-template.yaml",
    "acl-on-enforced-bucket/fails-on-a-new-bucket.tf",
    "acl-on-enforced-bucket/fails-on-private.tf",
    "acl-on-enforced-bucket/fails.tf",
    "bucket-requirement-unmet/fails-where-nothing-is-written.tf",
    "objects-archived/fails-by-tiering.tf",
    "objects-expire/fails-in-template.yaml",
    "objects-expire/fails.tf",
    "unsatisfiable-condition/fails-on-prefix.tf",
    "unsatisfiable-condition/fails.tf",
    "duplicate-configuration/fails.tf",
    "kms-key-disabled/fails-in-template.yaml",
    "kms-key-disabled/fails.tf",
    "kms-key-unusable/fails-in-another-region.tf",
    "kms-key-unusable/fails-in-template.yaml",
    "kms-key-unusable/fails.tf",
    "policy-refused-by-aws/fails-for-two-buckets.tf",
    "policy-refused-by-aws/fails-on-lockout.yaml",
    "policy-refused-by-aws/fails.tf",
    "policy-requires-acl/fails-by-deny.tf",
]
"""What only a person can decide: which of two is meant, who else is to get in, what a bucket is called."""

OF_SEVERAL = ("cors-rejected-by-s3", "unknown-action", "action-resource-mismatch", "kms-action-in-bucket-policy")
"""Where one of several faults is fixed, S3 refuses the whole for the others, or what it kept out of force is found."""


def audited(path: Path, contract: str) -> Report:
    return audit(Request(paths=(path.name,), contracts=(load(contract, {}),)), Texts())


def failing(report: Report) -> set[tuple[str, str]]:
    return {(v.subject.address, v.need.id) for v in report.verdicts if v.status is Status.FAILS}


def identity(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.bucket, finding.subject


@pytest.mark.parametrize("case", FAILING, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_a_fix_fixes_is_gone(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    patches = applied_each(case, tmp_path / case.name, {case.parent.name})
    by_hand = f"{case.parent.name}/{case.name}" in BY_HAND
    assert not (patches and by_hand)
    assert patches or by_hand or SEVERITY[case.parent.name] is Severity.NOTE


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_what_a_fix_of_any_rule_fixes_is_gone(twin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    applied_each(twin, tmp_path / twin.name, {rule.id for rule in all_rules()})


def applied_each(case: Path, source: Path, rules: set[str]) -> list[Patch]:
    """The patches with edits of the findings of some rules, each applied on its own; the code must be better for it, and nowhere worse."""
    content = case.read_bytes()
    source.write_bytes(content)
    before = audited(source, contract_of(case))
    for finding in before.findings:
        assert finding.fixes or finding.help or finding.severity is Severity.NOTE or finding.rule == "input-error", finding
    found = [(finding, patch) for finding in before.findings if finding.rule in rules for patch in finding.fixes if patch.edits]
    for finding, patch in found:
        for path, changed in applied(Texts(border=border_of((".",))), patch.edits).items():
            Path(path).write_bytes(changed)
        after = audited(source, contract_of(case))
        source.write_bytes(content)
        assert not after.errors, patch
        assert identity(finding) not in set(map(identity, after.findings)), patch
        assert failing(after) <= failing(before), patch
        if finding.severity is Severity.ERROR:
            assert len(failing(after)) < len(failing(before)) or finding.rule in OF_SEVERAL, patch
        worse = {one.rule for one in after.findings if one.severity is Severity.ERROR} - {one.rule for one in before.findings}
        assert not worse or finding.rule in OF_SEVERAL, patch
    return [patch for _, patch in found]


def test_an_action_is_listed_only_where_the_resources_certainly_are_of_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policy = (
        'Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::%s"],'
        ' Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }'
    )
    titles = []
    for resource in ("acme-images/*", "${var.what}"):
        Path("a.tf").write_text(
            'variable "what" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme-images"\n}\n'
            'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Statement = ['
            f"{{ {policy % resource} }}] }})\n}}\n"
        )
        found = [one for one in audited(Path("a.tf"), "v7-darwin").findings if one.rule == "access-grant-missing"]
        titles += [patch.title for one in found for patch in one.fixes]
    assert titles == ["Add s3:PutObject to the actions of statement 1", "Add a statement to aws_s3_bucket_policy.b"]


def test_a_rule_that_a_module_is_given_is_shown_with_the_names_of_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tf").write_text(
        'module "images" {\n  source    = "terraform-aws-modules/s3-bucket/aws"\n  version   = "4.1.0"\n  bucket    = "acme-images"\n'
        '  cors_rule = [{ allowed_methods = ["GET"], allowed_origins = ["https://darwin.v7labs.com"] }]\n}\n'
    )
    found = [one for one in audited(Path("a.tf"), "v7-darwin").findings if one.rule == "cors-request-refused"]
    assert [patch.text for one in found for patch in one.fixes] == ['allowed_methods = ["GET", "PUT"]\nallowed_headers = ["*"]']


def test_the_bytes_that_no_edit_touches_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tf").write_bytes(b'\xef\xbb\xbfone = "\xc3\xa9x"\r\ntwo = 2\nthree = 3\r\n')
    edits = (Edit(Location("a.tf", 1, 9, 1, 10), "y"), Edit(Location("a.tf", 3, 1, 3, 1), "more = 1\n"))
    assert applied(Texts(border=border_of((".",))), edits) == {
        "a.tf": b'\xef\xbb\xbfone = "\xc3\xa9y"\r\ntwo = 2\nmore = 1\r\nthree = 3\r\n'
    }


def test_edits_over_one_another_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tf").write_text("one = 1\n", encoding="utf-8")
    edits = (Edit(Location("a.tf", 1, 1, 1, 5), "x"), Edit(Location("a.tf", 1, 3, 1, 6), "y"))
    with pytest.raises(ValueError, match=r"^two edits of a\.tf lie over one another at line 1$"):
        applied(Texts(border=border_of((".",))), edits)
