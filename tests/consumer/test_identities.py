"""The consumer may be a role or user of the code, or one of the bucket's own account that the code does not declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.consumer.command_line import answers, run, verdicts, written

ALLOW = """jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Action = ["s3:GetObject", "s3:PutObject"], Resource = "${aws_s3_bucket.data.arn}/*" }] })"""
ACCOUNT = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
"""
BUCKET = """
resource "aws_s3_bucket" "data" {
  bucket = "acme-label"
}
"""
USER = """
resource "aws_iam_user" "ls" {
  name = "label-studio"
}
"""
POLICY = f"""
resource "aws_iam_user_policy" "ls" {{
  user   = aws_iam_user.ls.name
  policy = {ALLOW}
}}
"""
ATTACHED = f"""
resource "aws_iam_policy" "ls" {{
  name   = "ls"
  policy = {ALLOW}
}}
resource "aws_iam_user_policy_attachment" "ls" {{
  user       = aws_iam_user.ls.name
  policy_arn = aws_iam_policy.ls.arn
}}
"""
OF_GROUP = f"""
resource "aws_iam_group" "g" {{
  name = "labellers"
}}
resource "aws_iam_group_policy" "g" {{
  group  = aws_iam_group.g.name
  policy = {ALLOW}
}}
"""
BY_USER = """
resource "aws_iam_user_group_membership" "ls" {
  user   = aws_iam_user.ls.name
  groups = [aws_iam_group.g.name]
}
"""
BY_GROUP = """
resource "aws_iam_group_membership" "g" {
  name  = "g"
  users = [aws_iam_user.ls.name]
  group = "labellers"
}
"""
ARN = "arn:aws:iam::444455556666:user/label-studio"
HOLDS = ("holds", "statement 1 grants it for every key")
NOTHING = "neither a policy of the caller nor the resource's own allows {}"

GRANTED = {
    "inline": POLICY,
    "attached": ATTACHED,
    "of a group, by the user": OF_GROUP + BY_USER,
    "of a group, by the group": OF_GROUP + BY_GROUP,
}


@pytest.mark.parametrize("how", GRANTED)
@pytest.mark.parametrize("principal", [ARN, "aws_iam_user.ls"])
def test_a_user_needs_no_bucket_policy_in_its_own_account(how: str, principal: str, tmp_path: Path) -> None:
    files = {"main.tf": ACCOUNT + BUCKET + USER + GRANTED[how]}
    assert answers(tmp_path, files, principal) == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}


def test_a_user_without_policies_is_denied(tmp_path: Path) -> None:
    assert answers(tmp_path, {"main.tf": ACCOUNT + BUCKET + USER + OF_GROUP}, ARN) == {
        "s3:GetObject": ("fails", NOTHING.format("s3:GetObject")),
        "s3:PutObject": ("fails", NOTHING.format("s3:PutObject")),
    }


def test_the_arn_of_a_user_whose_account_is_unresolved_may_be_that_user(tmp_path: Path) -> None:
    files = {"main.tf": BUCKET + USER + POLICY}
    assert answers(tmp_path, files, "aws_iam_user.ls") == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}
    found = verdicts(tmp_path, files, "--with", f"principal={ARN}")[0]
    assert (found["status"], found["resolved_by"][0]["hint"]) == (
        "unknown",
        "give the user's address: --with principal=aws_iam_user.ls",
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("fixed", "fails"),
        ("scan-${var.stage}", "fails"),
        ("${var.stage}-scan-${var.stage}", "fails"),
        ("${var.stage}-studio", "unknown"),
        ("label-${var.stage}", "unknown"),
    ],
)
def test_a_user_whose_name_cannot_be_that_of_the_consumer_is_another_one(name: str, status: str, tmp_path: Path) -> None:
    """Account and partition are unresolved, and so is a part of the name; what is resolved of it decides."""
    code = BUCKET + USER.replace("label-studio", name) + POLICY + 'variable "stage" {}\n'
    assert verdicts(tmp_path, {"main.tf": code}, "--with", f"principal={ARN}")[0]["status"] == status


def test_a_role_of_the_same_name_is_not_the_user(tmp_path: Path) -> None:
    role = f"""
resource "aws_iam_role_policy" "other" {{
  role   = "label-studio"
  policy = {ALLOW}
}}
"""
    found = answers(tmp_path, {"main.tf": ACCOUNT + BUCKET + USER + role}, "aws_iam_user.ls")
    assert {status for status, _ in found.values()} == {"fails"}


def test_a_group_that_is_not_in_the_code_may_allow_it(tmp_path: Path) -> None:
    member = BY_USER.replace("aws_iam_group.g.name", '"admins"')
    (found, *_) = verdicts(tmp_path, {"main.tf": ACCOUNT + BUCKET + USER + member}, "--with", "principal=aws_iam_user.ls")
    assert found["status"] == "unknown"
    assert [(one["name"], one["reason"], one["hint"]) for one in found["resolved_by"]] == [
        ("the policies of the group admins", "they are not in the code", "audit the code that declares the group")
    ]


def test_a_boundary_limits_a_user_but_not_what_the_bucket_grants_it(tmp_path: Path) -> None:
    limited = USER.replace("}", '  permissions_boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"\n}')
    files = {"main.tf": ACCOUNT + BUCKET + limited + POLICY}
    assert answers(tmp_path, files, ARN) == {
        "s3:GetObject": HOLDS,
        "s3:PutObject": ("fails", "the permissions boundary or session policy does not allow s3:PutObject"),
    }
    granted = f"""
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {ALLOW.replace('Effect = "Allow",', 'Effect = "Allow", Principal = { AWS = aws_iam_user.ls.arn },')}
}}
"""
    found = answers(tmp_path, {"main.tf": ACCOUNT + BUCKET + limited + granted}, ARN)
    assert {status for status, _ in found.values()} == {"holds"}


@pytest.mark.parametrize("principal", ["Ls", "arn:aws:iam::444455556666:user/label-studio"])
def test_a_user_of_a_template(principal: str, tmp_path: Path) -> None:
    template = """
Resources:
  Data: {Type: AWS::S3::Bucket}
  Admins:
    Type: AWS::IAM::Group
    Properties:
      Policies:
        - PolicyName: get
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Data.Arn}/*"}]}
  Ls: {Type: AWS::IAM::User, Properties: {UserName: label-studio, Groups: [!Ref Admins]}}
  Put:
    Type: AWS::IAM::UserPolicy
    Properties:
      PolicyName: put
      UserName: !Ref Ls
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: !Sub "${Data.Arn}/*"}]}
"""
    found = answers(tmp_path, {"template.yaml": template}, principal)
    assert {status for status, _ in found.values()} == {"holds" if principal == "Ls" else "unknown"}


ELSEWHERE = "arn:aws:iam::444455556666:role/elsewhere"


@pytest.mark.parametrize("principal", [ELSEWHERE, "arn:aws:iam::444455556666:user/elsewhere"])
def test_what_the_code_does_not_declare_may_have_policies_of_its_own(principal: str, tmp_path: Path) -> None:
    (found, *_) = verdicts(tmp_path, {"main.tf": ACCOUNT + BUCKET}, "--with", f"principal={principal}")
    lacks = "in one case, neither a policy of the caller nor the resource's own allows s3:GetObject"
    assert (found["status"], found["reason"]) == ("unknown", f"it depends on 'the caller's identity policies': {lacks}")
    assert found["resolved_by"][0]["hint"] == "audit the code that declares the caller"


def test_a_deny_decides_alone_whatever_the_policies_of_the_caller_say(tmp_path: Path) -> None:
    denied = f"""
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {ALLOW.replace('Effect = "Allow",', 'Effect = "Deny", Principal = "*",')}
}}
"""
    found = answers(tmp_path, {"main.tf": ACCOUNT + BUCKET + denied}, ELSEWHERE)
    assert {status for status, _ in found.values()} == {"fails"}


def test_what_the_bucket_grants_directly_suffices(tmp_path: Path) -> None:
    granted = f"""
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {ALLOW.replace('Effect = "Allow",', f'Effect = "Allow", Principal = {{ AWS = "{ELSEWHERE}" }},')}
}}
"""
    files = {"main.tf": ACCOUNT + BUCKET + granted}
    assert answers(tmp_path, files, ELSEWHERE) == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}
    assert (
        f"No policy of {ELSEWHERE} denies the requests."
        in verdicts(tmp_path, files, "--with", f"principal={ELSEWHERE}")[0]["assumptions"]
    )


def test_both_premises_about_accounts_are_told(tmp_path: Path) -> None:
    granted = f"""
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {ALLOW.replace('Effect = "Allow",', f'Effect = "Allow", Principal = {{ AWS = "{ELSEWHERE}" }},')}
}}
"""
    (found, *_) = verdicts(tmp_path, {"main.tf": BUCKET + granted}, "--with", f"principal={ELSEWHERE}")
    assert found["status"] == "holds"
    assert found["assumptions"][:2] == [
        f"The account 444455556666 allows {ELSEWHERE} what the policies in the code grant it.",
        f"The account that owns the bucket is not that of {ELSEWHERE} (444455556666).",
    ]


def test_who_may_assume_a_role_is_told(tmp_path: Path) -> None:
    role = """
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Principal = { Service = "lambda.amazonaws.com", AWS = var.deployer }, Action = "sts:AssumeRole" }] })
}
variable "deployer" {}
"""
    (found, *_) = verdicts(tmp_path, {"main.tf": BUCKET + role}, "--with", "principal=aws_iam_role.app")
    assert found["assumptions"][:2] == [
        "aws_iam_role.app has no policies beside those in the code, and no session policy narrows its sessions.",
        "The consumer can assume aws_iam_role.app; its trust policy lets in lambda.amazonaws.com, var.deployer.",
    ]


def test_a_user_that_does_not_exist_and_a_group_that_is_no_consumer(tmp_path: Path) -> None:
    written(tmp_path, {"main.tf": BUCKET + USER + OF_GROUP})
    code, _, err = run("check", str(tmp_path), "--with", "principal=aws_iam_user.l")
    assert (code, err) == (2, "error: there is no role or user 'aws_iam_user.l'; did you mean 'aws_iam_user.ls'?\n")
    code, _, err = run("check", str(tmp_path), "--with", "principal=aws_iam_group.g")
    assert (code, err) == (2, "error: there is no role or user 'aws_iam_group.g'; did you mean 'aws_iam_user.ls'?\n")
