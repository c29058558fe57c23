"""What a plan deletes beside what it writes of the same thing, and what stays although it is no longer managed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.terraform.small_plans import Resource, document, plan, resource, statuses, verdicts

DARWIN = {"AWS": "arn:aws:iam::258327614892:role/external_s3"}
BUCKET = resource("aws_s3_bucket.data", bucket="acme-label", id="acme-label", arn="arn:aws:s3:::acme-label")
ENFORCED = [{"object_ownership": "BucketOwnerEnforced"}]


def of(type_: str, label: str, **values: Any) -> Resource:
    return resource(f"aws_s3_bucket_{type_}.{label}", bucket="acme-label", **values)


def policy(label: str, action: str = "s3:GetObject", principal: Any = DARWIN) -> Resource:
    return of("policy", label, policy=document(action, principal))


def cors(label: str, origin: str) -> Resource:
    rule = {"allowed_methods": ["GET"], "allowed_origins": [origin], "allowed_headers": ["*"]}
    return of("cors_configuration", label, cors_rule=[rule])


def block(label: str, *, restricts: bool, **more: Any) -> Resource:
    return of("public_access_block", label, restrict_public_buckets=restricts, **more)


def role_policy(label: str, action: str = "s3:GetObject", name: str = "s3") -> Resource:
    return resource(f"aws_iam_role_policy.{label}", role="app", name=name, policy=document(action))


def attachment(label: str) -> Resource:
    return resource(f"aws_iam_role_policy_attachment.{label}", role="app", policy_arn=ARN)


ARN = "arn:aws:iam::123456789012:policy/s3"
ROLE = resource("aws_iam_role.app", name="app", id="app", arn="arn:aws:iam::123456789012:role/app", assume_role_policy="{}")
MANAGED = resource("aws_iam_policy.s3", name="s3", arn=ARN, policy=document("s3:GetObject"))
RULE = {"allowed_methods": ["GET"], "allowed_origins": ["https://darwin.v7labs.com"], "allowed_headers": ["*"]}
V7, OTHER = "https://darwin.v7labs.com", "https://example.com"
PUBLIC, OWNERSHIP = policy("a", principal="*"), of("ownership_controls", "o", rule=ENFORCED)
WRITER, OPEN = of("ownership_controls", "o", rule=[{"object_ownership": "ObjectWriter"}]), block("a", restricts=False)
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "deleted, and another one is written": (plan([BUCKET, policy("a")], [BUCKET, policy("b")]), "s3:GetObject", "unknown"),
    "deleted, and another one refuses": (plan([BUCKET, policy("a")], [BUCKET, policy("b", "s3:PutObject")]), "s3:GetObject", "fails"),
    "deleted, and another one stays": (plan([BUCKET, policy("a"), policy("b")], [BUCKET, policy("b")]), "s3:GetObject", "unknown"),
    "deleted, with its configuration written inside": (
        plan([BUCKET, policy("a")], [resource("aws_s3_bucket.data", **BUCKET["values"], policy=document("s3:GetObject", DARWIN))], {"aws_s3_bucket.data": ["policy"]}),
        "s3:GetObject",
        "unknown",
    ),
    "deleted, with its configuration in a dynamic block, which a plan leaves out": (
        plan([BUCKET, cors("a", OTHER)], [resource("aws_s3_bucket.data", **BUCKET["values"], cors_rule=[RULE])]), "cors:GET", "unknown",
    ),
    "deleted, with what was read back of it": (
        plan(
            [resource("aws_s3_bucket.data", **BUCKET["values"], cors_rule=[RULE]), cors("a", V7)],
            [resource("aws_s3_bucket.data", **BUCKET["values"], cors_rule=[RULE])],
        ),
        "cors:GET",
        "fails",
    ),
    "deleted from another bucket": (
        plan([BUCKET, resource("aws_s3_bucket_policy.b", bucket="acme-other", policy="{}"), policy("a")], [BUCKET, policy("a")]),
        "s3:GetObject",
        "holds",
    ),
    "deleted before it is created": (
        plan([BUCKET, policy("a")], [BUCKET, policy("a")], actions={"aws_s3_bucket_policy.a": ["delete", "create"]}),
        "s3:GetObject",
        "holds",
    ),
    "created before it is deleted": (
        plan([BUCKET, policy("a")], [BUCKET, policy("a")], actions={"aws_s3_bucket_policy.a": ["create", "delete"]}),
        "s3:GetObject",
        "unknown",
    ),
    "a deposed object": (plan([BUCKET, policy("a")], [BUCKET, policy("a")], deposed=[policy("a")]), "s3:GetObject", "unknown"),
    "deleted with its bucket": (
        plan([BUCKET, policy("a")], [BUCKET, policy("b")], actions={"aws_s3_bucket.data": ["delete", "create"]}),
        "s3:GetObject",
        "holds",
    ),
    "forgotten, and another one is written": (
        plan([BUCKET, policy("a", "s3:PutObject")], [BUCKET, policy("b")], actions={"aws_s3_bucket_policy.a": ["forget"]}),
        "s3:GetObject",
        "holds",
    ),
    "forgotten, and another one refuses": (
        plan([BUCKET, policy("a")], [BUCKET, policy("b", "s3:PutObject")], actions={"aws_s3_bucket_policy.a": ["forget"]}),
        "s3:GetObject",
        "fails",
    ),
    "forgotten": (plan([BUCKET, policy("a")], [BUCKET], actions={"aws_s3_bucket_policy.a": ["forget"]}), "s3:GetObject", "holds"),
    "CORS that is deleted and written": (plan([BUCKET, cors("a", V7)], [BUCKET, cors("b", V7)]), "cors:GET", "unknown"),
    "CORS that is deleted": (plan([BUCKET, cors("a", V7)], [BUCKET]), "cors:GET", "fails"),
    "ownership that is deleted": (plan([BUCKET, OWNERSHIP], [BUCKET]), "ownership", "unknown"),
    "ownership that is deleted and written": (
        plan([BUCKET, OWNERSHIP], [BUCKET, of("ownership_controls", "p", rule=ENFORCED)]),
        "ownership",
        "unknown",
    ),
    "a block that is deleted": (
        plan([BUCKET, PUBLIC, OWNERSHIP, block("a", restricts=True)], [BUCKET, PUBLIC, OWNERSHIP]),
        "s3:GetObject",
        "holds",
    ),
    "a block that is deleted with its bucket": (
        plan([BUCKET, PUBLIC, block("a", restricts=True)], [BUCKET, PUBLIC], actions={"aws_s3_bucket.data": ["delete", "create"]}),
        "s3:GetObject",
        "fails",
    ),
    "a block that is not destroyed": (
        plan([BUCKET, PUBLIC, OWNERSHIP, block("a", restricts=True, skip_destroy=True)], [BUCKET, PUBLIC, OWNERSHIP]),
        "s3:GetObject",
        "fails",
    ),
    "a block of which there never was one": (plan([BUCKET, PUBLIC, OWNERSHIP], [BUCKET, PUBLIC, OWNERSHIP]), "s3:GetObject", "unknown"),
    "an ACL that is deleted stays": (
        plan([BUCKET, OPEN, of("acl", "a", acl="public-read-write"), WRITER], [BUCKET, OPEN, WRITER]),
        "s3:PutObject",
        "unknown",
    ),
    "an ACL that there never was": (plan([BUCKET, OPEN, WRITER], [BUCKET, OPEN, WRITER]), "s3:PutObject", "fails"),
    "an inline policy that is deleted and written": (
        plan([BUCKET, ROLE, role_policy("a")], [BUCKET, ROLE, role_policy("b")]),
        "s3:GetObject",
        "unknown",
    ),
    "an inline policy that is deleted with its role": (
        plan([BUCKET, ROLE, role_policy("a")], [BUCKET, ROLE, role_policy("b")], actions={"aws_iam_role.app": ["delete", "create"]}),
        "s3:GetObject",
        "holds",
    ),
    "an attachment that is deleted with its role": (
        plan(
            [BUCKET, ROLE, MANAGED, attachment("a[0]")],
            [BUCKET, ROLE, MANAGED, attachment('a["x"]')],
            actions={"aws_iam_role.app": ["delete", "create"]},
        ),
        "s3:GetObject",
        "holds",
    ),
    "an inline policy of another name": (
        plan([BUCKET, ROLE, role_policy("a", name="old")], [BUCKET, ROLE, role_policy("b")]),
        "s3:GetObject",
        "holds",
    ),
    "an inline policy that is forgotten and written": (
        plan([BUCKET, ROLE, role_policy("a", "s3:PutObject")], [BUCKET, ROLE, role_policy("b")], actions={"aws_iam_role_policy.a": ["forget"]}),
        "s3:GetObject",
        "holds",
    ),
    "an attachment that is deleted and made": (
        plan([BUCKET, ROLE, MANAGED, attachment("a[0]")], [BUCKET, ROLE, MANAGED, attachment('a["x"]')]),
        "s3:GetObject",
        "unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_when_a_plan_deletes(case: str, tmp_path: Path) -> None:
    made, need, status = CASES[case]
    parameters = {"principal": "aws_iam_role.app"} if ROLE in made["planned_values"]["root_module"]["resources"] else {}
    assert statuses(made, tmp_path, **parameters)[need] == status


def test_why_it_is_unknown_and_what_helps(tmp_path: Path) -> None:
    made = plan([BUCKET, policy("a")], [BUCKET, policy("b")])
    found = next(one for one in verdicts(made, tmp_path) if one.need.id == "s3:GetObject")
    name = "aws_s3_bucket_policy.b is written after aws_s3_bucket_policy.a is deleted"
    assert found.reason == f"it depends on '{name}': in one case, the bucket has no policy, so nothing lets another account in"
    (resolution,) = found.resolved_by
    assert (resolution.name, resolution.reason, resolution.hint) == (
        name,
        "deleting aws_s3_bucket_policy.a removes the bucket policy, and nothing orders that before aws_s3_bucket_policy.b is written",
        "keep the resource with a 'moved' block, or apply the deletion first",
    )


@pytest.mark.parametrize(("there", "access", "setting"), [(True, "holds", "holds"), (False, "fails", "unknown")])
def test_what_another_account_applied_is_there(there: bool, access: str, setting: str, tmp_path: Path) -> None:
    applied = [policy("p"), of("ownership_controls", "o", rule=ENFORCED)]
    made = plan([BUCKET, *applied] if there else [BUCKET], [BUCKET, *applied])
    accounts = {"aws": ["111122223333"], "aws.other": ["444455556666"]}
    made["configuration"]["provider_config"] = {
        key: {"name": "aws", "alias": key.partition(".")[2], "expressions": {"allowed_account_ids": {"constant_value": ids}}}
        for key, ids in accounts.items()
    }
    for one in made["configuration"]["root_module"]["resources"]:
        one["provider_config_key"] = "aws" if one["type"] == "aws_s3_bucket" else "aws.other"
    told = statuses(made, tmp_path)
    assert (told["s3:GetObject"], told["ownership"]) == (access, setting)
