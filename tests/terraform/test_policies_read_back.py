"""What the provider read back into a role is what is attached beside it: a plan says what becomes of that.

The plans have the parts of those that Terraform 1.11 makes with the stand-in of the provider (`tests/oracle/stand-in`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

ARN = "arn:aws:iam::123456789012:policy/s3"
ROLE = "aws_iam_role.app"


def document(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::acme-label/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def resource(address: str, **values: Any) -> dict[str, Any]:
    type_, name = address.split(".")
    return {"address": address, "mode": "managed", "type": type_, "name": name, "values": values}


ALLOW = document("s3:GetObject")
BUCKET = resource("aws_s3_bucket.data", bucket="acme-label", id="acme-label", arn="arn:aws:s3:::acme-label")
POLICY = resource("aws_iam_policy.s3", name="s3", arn=ARN, policy=ALLOW)
INLINE = resource("aws_iam_role_policy.s3", name="s3", role="app", policy=ALLOW)
CHANGED = resource("aws_iam_role_policy.s3", name="s3", role="app", policy=document("s3:DeleteObject"))
ATTACHMENT = resource("aws_iam_role_policy_attachment.s3", role="app", policy_arn=ARN)
TO_MANY = resource("aws_iam_policy_attachment.s3", roles=["app"], policy_arn=ARN)
EXCLUSIVE = resource("aws_iam_role_policy_attachments_exclusive.s3", role_name="app", policy_arns=[ARN])
READ_INLINE = {"inline_policy": [{"name": "s3", "policy": ALLOW}]}
READ_ARNS = {"managed_policy_arns": [ARN]}


def role(**more: Any) -> dict[str, Any]:
    return resource(ROLE, name="app", id="app", arn="arn:aws:iam::123456789012:role/app", assume_role_policy="{}", **more)


def plan(before: list[dict[str, Any]], after: list[dict[str, Any]], role_writes: tuple[str, ...] = ()) -> dict[str, Any]:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        actions = ["no-op"] if one in before and one in after else ["delete"] if one in before else ["update"]
        values = {"before": one["values"], "after": one["values"] if one in after else None}
        return {**one, "change": {"actions": actions, **values}}

    written = {name: {} for name in ("name", "assume_role_policy", *role_writes)}
    configured = [
        {**{key: one[key] for key in ("address", "mode", "type", "name")}, "expressions": written if one["address"] == ROLE else {}}
        for one in after
    ]
    gone = [one for one in before if one["address"] not in [other["address"] for other in after]]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": after}},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": before}}},
        "resource_changes": [change(one) for one in (*after, *gone)],
        "configuration": {"root_module": {"resources": configured}},
    }


CASES = {
    "an inline policy that is kept": ([INLINE], [INLINE], READ_INLINE, (), "holds"),
    "an inline policy that is deleted": ([INLINE], [], READ_INLINE, (), "fails"),
    "an inline policy that is changed": ([INLINE], [CHANGED], READ_INLINE, (), "fails"),
    "an inline policy of somebody else": ([], [], READ_INLINE, (), "holds"),
    "an inline policy that the role writes": ([], [], READ_INLINE, ("inline_policy",), "holds"),
    "an attachment that is kept": ([ATTACHMENT, POLICY], [ATTACHMENT, POLICY], READ_ARNS, (), "holds"),
    "an attachment that is deleted": ([ATTACHMENT, POLICY], [POLICY], READ_ARNS, (), "fails"),
    "an attachment to many that is deleted": ([TO_MANY, POLICY], [POLICY], READ_ARNS, (), "fails"),
    "attachments of a list that is deleted": ([EXCLUSIVE, POLICY], [POLICY], READ_ARNS, (), "fails"),
    "an attachment of somebody else": ([POLICY], [POLICY], READ_ARNS, (), "holds"),
    "an attachment that the role is to lose": ([ATTACHMENT, POLICY], [ATTACHMENT, POLICY], {"managed_policy_arns": []}, ("managed_policy_arns",), "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_plan_makes_of_policies_read_back(case: str, tmp_path: Path) -> None:
    before, after, read, written, status = CASES[case]
    (tmp_path / "plan.json").write_text(json.dumps(plan([BUCKET, role(**read), *before], [BUCKET, role(**read), *after], written)))
    report = audit(Request((str(tmp_path / "plan.json"),), (load("v7-darwin", {"principal": ROLE}),)), Texts())
    assert next(one for one in report.verdicts if one.need.id == "s3:GetObject").status.value == status
