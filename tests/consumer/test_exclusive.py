"""Two resources that write the same of IAM: what is in force depends on which of them is applied last."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.verdict import Verdict

ALLOW = """jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.data.arn}/*" }] })"""
DENY, OTHER = ALLOW.replace("Allow", "Deny"), ALLOW.replace("Get", "Delete")
BUCKET = """
resource "aws_s3_bucket" "data" { bucket = "acme-label" }
variable "on" { type = bool }
variable "name" {}
"""


def resource(type_: str, name: str, arguments: str) -> str:
    return f'\nresource "{type_}" "{name}" {{\n{arguments}\n}}\n'


def role(more: str = "") -> str:
    return BUCKET + resource("aws_iam_role", "app", f'name = "app"\nassume_role_policy = jsonencode({{}})\n{more}')


def inline(name: str, document: str, called: str = "") -> str:
    return resource("aws_iam_role_policy", name, f'name = "{called or name}"\nrole = aws_iam_role.app.name\npolicy = {document}')


def attachment(name: str) -> str:
    return resource("aws_iam_role_policy_attachment", name, f"role = aws_iam_role.app.name\npolicy_arn = aws_iam_policy.{name}.arn")


def to_all(roles: str, name: str = "s3") -> str:
    return resource("aws_iam_policy_attachment", "all", f'name = "x"\nroles = {roles}\npolicy_arn = aws_iam_policy.{name}.arn')


def only(arguments: str, of: str = "role") -> str:
    type_ = "policies" if "policy_names" in arguments else "policy_attachments"
    return resource(f"aws_iam_{of}_{type_}_exclusive", "all", f"{of}_name = aws_iam_{of}.app.name\n{arguments}")


POLICIES = resource("aws_iam_policy", "s3", f'name = "s3"\npolicy = {ALLOW}') + resource(
    "aws_iam_policy", "other", f'name = "other"\npolicy = {OTHER}'
)
BY_ARN = POLICIES + attachment("s3")
MEMBER = (
    BUCKET
    + resource("aws_iam_user", "app", 'name = "app"')
    + resource("aws_iam_group", "g", 'name = "g"')
    + resource("aws_iam_group_policy", "s3", f'name = "s3"\ngroup = aws_iam_group.g.name\npolicy = {ALLOW}')
    + resource("aws_iam_user_group_membership", "app", "user = aws_iam_user.app.name\ngroups = [aws_iam_group.g.name]")
)
OF_USER = inline("s3", ALLOW).replace("role", "user")


def members(users: str) -> str:
    return resource("aws_iam_group_membership", "g", f'name = "g"\ngroup = aws_iam_group.g.name\nusers = {users}')


def of_object(directory: Path, code: str) -> Verdict:
    (directory / "main.tf").write_text(code)
    principal = "aws_iam_user.app" if '"aws_iam_user" "app"' in code else "aws_iam_role.app"
    report = audit(Request((str(directory),), (load("v7-darwin", {"principal": principal}),)), Texts())
    return next(one for one in report.verdicts if one.need.id == "s3:GetObject")


REMOVED = {
    "an empty block": (role("inline_policy {}") + inline("s3", ALLOW), "inline_policy of aws_iam_role.app"),
    "an empty block, of a policy whose name is made up": (
        role("inline_policy {}") + inline("s3", ALLOW).replace('name = "s3"', ""),
        "inline_policy of aws_iam_role.app",
    ),
    "a block": (
        role(f'inline_policy {{\nname = "i"\npolicy = {OTHER}\n}}') + inline("s3", ALLOW),
        "inline_policy of aws_iam_role.app",
    ),
    "blocks over something unresolved": (
        role(f'dynamic "inline_policy" {{\nfor_each = var.on ? [1] : []\ncontent {{\nname = "i"\npolicy = {OTHER}\n}}\n}}')
        + inline("s3", ALLOW),
        "inline_policy of aws_iam_role.app",
    ),
    "a block that takes a Deny away": (role("inline_policy {}") + inline("no", DENY) + BY_ARN, "inline_policy of aws_iam_role.app"),
    "an empty list": (role("managed_policy_arns = []") + BY_ARN, "managed_policy_arns of aws_iam_role.app"),
    "a list": (role("managed_policy_arns = [aws_iam_policy.other.arn]") + BY_ARN, "managed_policy_arns of aws_iam_role.app"),
    "a list that may be there": (
        role("managed_policy_arns = var.on ? [] : null") + BY_ARN,
        "managed_policy_arns of aws_iam_role.app",
    ),
    "names": (role() + inline("s3", ALLOW) + only("policy_names = []"), "policy_names of aws_iam_role_policies_exclusive.all"),
    "ARNs": (
        role() + BY_ARN + only("policy_arns = [aws_iam_policy.other.arn]"),
        "policy_arns of aws_iam_role_policy_attachments_exclusive.all",
    ),
    "all holders of a policy": (role() + BY_ARN + to_all('["other"]'), "roles of aws_iam_policy_attachment.all"),
    "all holders, against a role's own list": (
        role("managed_policy_arns = [aws_iam_policy.s3.arn]") + POLICIES + to_all('["other"]'),
        "roles of aws_iam_policy_attachment.all",
    ),
    "a user's names": (
        MEMBER.replace("GetObject", "ListBucket") + OF_USER + only('policy_names = ["other"]', "user"),
        "policy_names of aws_iam_user_policies_exclusive.all",
    ),
    "a group's names": (
        MEMBER + only("policy_names = []", "group").replace("group.app", "group.g"),
        "policy_names of aws_iam_group_policies_exclusive.all",
    ),
    "the members of a group": (MEMBER + members("[]"), "users of aws_iam_group_membership.g"),
}


@pytest.mark.parametrize("case", REMOVED)
def test_what_another_resource_removes_when_it_is_applied_again_is_unknown(case: str, tmp_path: Path) -> None:
    code, listed = REMOVED[case]
    found = of_object(tmp_path, code)
    assert found.status.value == "unknown"
    assert f"list it in {listed}, or use only one of the two" in [one.hint for one in found.resolved_by]


KEPT = {
    "the same policy by name": role() + inline("s3", ALLOW) + only("policy_names = [aws_iam_role_policy.s3.name]"),
    "a name that is generated": role()
    + inline("s3", ALLOW).replace('name = "s3"', "")
    + only("policy_names = [aws_iam_role_policy.s3.name]"),
    "the same policy by ARN": role("managed_policy_arns = [aws_iam_policy.s3.arn]") + BY_ARN,
    "the same holder": role() + BY_ARN + to_all("[aws_iam_role.app.name]"),
    "another policy": role() + BY_ARN + to_all("[]", "other"),
    "no list": role("managed_policy_arns = null") + BY_ARN,
    "policies of the other sort": role("managed_policy_arns = []") + inline("s3", ALLOW),
    "attachments beside blocks": role("inline_policy {}") + BY_ARN,
    "one or the other": role('dynamic "inline_policy" {\nfor_each = var.on ? [1] : []\ncontent {}\n}').replace(
        "content {}", f'content {{\nname = "i"\npolicy = {ALLOW}\n}}'
    )
    + inline("s3", f"{ALLOW}\ncount = var.on ? 0 : 1"),
    "either of two that say the same": role() + inline("s3", ALLOW) + inline("again", ALLOW, "s3"),
    "the same member": MEMBER + members("[aws_iam_user.app.name]"),
    "a policy of the code by its ARN": 'provider "aws" { allowed_account_ids = ["123456789012"] }\n'
    + role()
    + BY_ARN.replace("aws_iam_policy.s3.arn", '"arn:aws:iam::123456789012:policy/s3"'),
    "the names of another role": role()
    + inline("s3", ALLOW)
    + only("policy_names = []").replace("aws_iam_role.app.name", '"other"'),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_nobody_removes_counts(case: str, tmp_path: Path) -> None:
    found = of_object(tmp_path, KEPT[case])
    assert (found.status.value, found.reason) == ("holds", "statement 1 grants it for every key")


def test_where_changes_are_ignored_nothing_is_removed(tmp_path: Path) -> None:
    found = of_object(tmp_path, role("managed_policy_arns = []\nlifecycle {\nignore_changes = [managed_policy_arns]\n}") + BY_ARN)
    assert [one.name for one in found.resolved_by] == ["aws_iam_role.app is as written"]


def test_why_it_is_unknown(tmp_path: Path) -> None:
    found = of_object(tmp_path, role("inline_policy {}") + inline("s3", ALLOW))
    name = "aws_iam_role_policy.s3 stays beside aws_iam_role.app"
    assert (
        found.reason
        == f"it depends on '{name}': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject"
    )
    assert [(one.name, one.reason) for one in found.resolved_by] == [
        (
            name,
            "aws_iam_role.app manages the inline policies of the role exclusively, and removes what aws_iam_role_policy.s3 adds when it is applied again",
        )
    ]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("s3", "s3", "the order of aws_iam_role_policy.a and aws_iam_role_policy.b"),
        ("s3", "${var.name}", "the order of aws_iam_role_policy.a and aws_iam_role_policy.b"),
        ("s3", "other", ""),
        ("a-${var.name}", "b-${var.name}", ""),
    ],
)
def test_two_inline_policies_of_one_name(first: str, second: str, reason: str, tmp_path: Path) -> None:
    found = of_object(tmp_path, role() + inline("a", ALLOW, first) + inline("b", OTHER, second))
    assert (found.status.value, [one.name for one in found.resolved_by]) == (("unknown", [reason]) if reason else ("holds", []))


def test_a_policy_that_a_list_names_and_nothing_writes_may_deny(tmp_path: Path) -> None:
    found = of_object(tmp_path, role() + inline("s3", ALLOW) + only('policy_names = ["s3", "elsewhere"]'))
    assert [(one.name, one.reason) for one in found.resolved_by] == [
        (
            "the inline policy elsewhere of aws_iam_role.app",
            "aws_iam_role_policies_exclusive.all lists it, and it is not in the code",
        )
    ]


@pytest.mark.parametrize(("name", "status"), [("get", "unknown"), ("delete", "holds")])
def test_two_inline_policies_of_one_name_in_a_template(name: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(f"""
Resources:
  Data: {{Type: AWS::S3::Bucket}}
  App:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{}}
      Policies:
        - PolicyName: get
          PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${{Data.Arn}}/*"}}]}}
  More:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: {name}
      Roles: [!Ref App]
      PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "s3:DeleteObject", Resource: !Sub "${{Data.Arn}}/*"}}]}}
""")
    report = audit(Request((str(tmp_path),), (load("v7-darwin", {"principal": "App"}),)), Texts())
    assert next(one for one in report.verdicts if one.need.id == "s3:GetObject").status.value == status


@pytest.mark.parametrize(("named", "status"), [("name", "holds"), ("id", "holds"), ("arn", "unknown"), ("unique_id", "unknown")])
def test_a_policy_is_attached_by_the_name_of_its_role(named: str, status: str, tmp_path: Path) -> None:
    policy = inline("s3", ALLOW).replace("aws_iam_role.app.name", f"aws_iam_role.app.{named}")
    assert of_object(tmp_path, role() + policy).status.value == status
