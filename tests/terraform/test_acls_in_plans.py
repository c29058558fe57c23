"""A bucket has one ACL, although a plan shows a canned one and grants: one of them is a default, or was read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor import audit
from tests.terraform.small_plans import plan, resource

OWN = {"id": "0123abcd", "permissions": ["FULL_CONTROL"], "type": "CanonicalUser", "uri": ""}
OTHER = {"id": "4567ef01", "permissions": ["WRITE"], "type": "CanonicalUser", "uri": ""}
CASES: dict[str, tuple[dict[str, Any] | None, dict[str, Any], str, str]] = {
    "what S3 makes of the canned one": ({"acl": "private", "grant": [OWN]}, {"acl": "private", "grant": [OWN]}, "acl", "fails"),
    "what somebody else granted": (
        {"acl": "private", "grant": [OWN, OTHER]},
        {"acl": "private", "grant": [OWN, OTHER]},
        "acl",
        "unknown",
    ),
    "what the canned one replaces": ({"acl": "", "grant": [OWN, OTHER]}, {"acl": "private", "grant": [OWN, OTHER]}, "acl", "fails"),
    "a default beside what is written": (None, {"acl": "private", "grant": [OWN, OTHER]}, "grant", "unknown"),
}


@pytest.mark.parametrize(("before", "after", "argument", "status"), CASES.values(), ids=CASES)
def test_a_canned_acl_and_grants_are_not_two(
    before: dict[str, Any] | None, after: dict[str, Any], argument: str, status: str, tmp_path: Path
) -> None:
    ownership = resource("aws_s3_bucket_ownership_controls.a", bucket="acme", rule=[{"object_ownership": "ObjectWriter"}])
    old, new = ([resource("aws_s3_bucket.a", bucket="acme", id="acme", **part)] if part else [] for part in (before, after))
    document = plan([*old, ownership], [*new, ownership], {"aws_s3_bucket.a": ["bucket", argument]})
    (tmp_path / "plan.json").write_text(json.dumps(document))
    report = audit(tmp_path / "plan.json", contract="v7-darwin")
    assert [one.status.value for one in report.verdicts if one.need.id == "s3:PutObject"] == [status]
    assert [one.rule for one in report.findings if one.rule == "duplicate-configuration"] == []
