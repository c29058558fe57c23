"""What the provider read back into a role is what is attached beside it: a plan says what becomes of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.terraform.small_plans import Resource, document, plan, resource, statuses

ARN = "arn:aws:iam::123456789012:policy/s3"
ROLE = "aws_iam_role.app"
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


def role(**more: Any) -> Resource:
    return resource(ROLE, name="app", id="app", arn="arn:aws:iam::123456789012:role/app", assume_role_policy="{}", **more)


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
    made = plan([BUCKET, role(**read), *before], [BUCKET, role(**read), *after], {ROLE: written})
    assert statuses(made, tmp_path, principal=ROLE)["s3:GetObject"] == status
