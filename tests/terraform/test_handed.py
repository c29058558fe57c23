"""What makes or runs something that is not in the code may configure whatever it is handed, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.asked import ask

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-media"\n}\n'
KEYED = """
resource "aws_iam_role" "app" {
  name = "media-app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
"""
NOT_IN_CODE = "the template of {} is not in the code, and may configure what it is given"
RUNS = "{} runs something that is not in the code, and may configure what it is given"


@pytest.mark.parametrize(
    ("block", "address", "reason"),
    [
        ('template_url = "https://x"\n  parameters = { Bucket = aws_s3_bucket.b.id }', "aws_cloudformation_stack.x", NOT_IN_CODE),
        ('template_url = "https://x"\n  parameters = { Bucket = "acme-media" }', "aws_cloudformation_stack.x", NOT_IN_CODE),
        ('template_url = "https://x"\n  parameters = { Arn = aws_s3_bucket.b.arn }', "aws_cloudformation_stack_set.x", NOT_IN_CODE),
        ("parameter_overrides = { Bucket = aws_s3_bucket.b.id }", "aws_cloudformation_stack_set_instance.x", NOT_IN_CODE),
        (
            "parameters = { Arn = aws_s3_bucket.b.arn }",
            "aws_serverlessapplicationrepository_cloudformation_stack.x",
            NOT_IN_CODE,
        ),
        ("input = jsonencode({ bucket = aws_s3_bucket.b.id })", "aws_lambda_invocation.x", RUNS),
        (
            'type_name = "AWS::S3::BucketPolicy"\n  desired_state = jsonencode({ Bucket = aws_s3_bucket.b.id })',
            "aws_cloudcontrolapi_resource.x",
            RUNS,
        ),
    ],
)
def test_what_is_made_elsewhere_may_configure_the_bucket(tmp_path: Path, block: str, address: str, reason: str) -> None:
    kind, name = address.split(".")
    told = ask(tmp_path, {"main.tf": BUCKET + f'resource "{kind}" "{name}" {{\n  {block}\n}}\n'})
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {("unknown", reason.format(address))}


@pytest.mark.parametrize(
    ("kind", "block", "manages"),
    [
        (
            "kubernetes_manifest",
            'manifest = { apiVersion = "s3.services.k8s.aws/v1alpha1", kind = "Bucket", spec = { name = aws_s3_bucket.b.id } }',
            True,
        ),
        (
            "kubernetes_manifest",
            'manifest = { apiVersion = "s3.services.k8s.aws/v1alpha1", kind = "Bucket", spec = { name = "other" } }',
            False,
        ),
        (
            "kubernetes_manifest",
            'manifest = { apiVersion = "v1", kind = "ConfigMap", data = { bucket = aws_s3_bucket.b.id } }',
            False,
        ),
        (
            "kubectl_manifest",
            'yaml_body = "apiVersion: s3.aws.upbound.io/v1beta1\\nkind: BucketPolicy\\nspec: { bucket: ${aws_s3_bucket.b.id} }"',
            True,
        ),
        ("kubectl_manifest", 'yaml_body = yamlencode({ apiVersion = "s3.aws.crossplane.io/v1", name = "acme-media" })', True),
        (
            "kubectl_manifest",
            'yaml_body = "apiVersion: apps/v1\\nkind: Deployment\\nspec: { bucket: ${aws_s3_bucket.b.id} }"',
            False,
        ),
        (
            "helm_release",
            'values = [yamlencode({ resources = [{ apiVersion = "s3.aws.m.upbound.io/v1", bucket = aws_s3_bucket.b.id }] })]',
            True,
        ),
        ("helm_release", "values = [yamlencode({ storage = { bucket = aws_s3_bucket.b.id } })]", False),
    ],
)
def test_an_operator_of_kubernetes_may_configure_the_bucket(tmp_path: Path, kind: str, block: str, manages: bool) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + f'resource "{kind}" "x" {{\n  {block}\n}}\n'})
    reason = f"{kind}.x may have a Kubernetes operator configure what it is given"
    assert (set(told.of("aws_s3_bucket.b", "s3").values()) == {("unknown", reason)}) is manages


@pytest.mark.parametrize(
    "block",
    [
        'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "aws s3api put-bucket-policy --bucket ${aws_s3_bucket.b.id}"\n  }\n}\n',
        'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "aws s3api put-bucket-policy --bucket acme-media"\n  }\n}\n',
        'resource "null_resource" "x" {\n  triggers = { b = aws_s3_bucket.b.arn }\n  provisioner "remote-exec" {\n    inline = [self.triggers.b]\n  }\n}\n',
        'resource "terraform_data" "x" {\n  depends_on = [aws_s3_bucket.b]\n  provisioner "local-exec" {\n    command = "./set-policy.sh"\n  }\n}\n',
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "./x"\n    environment = { BUCKET = aws_s3_bucket.b.bucket }\n  }\n}\n',
    ],
)
def test_a_provisioner_may_configure_the_bucket(tmp_path: Path, block: str) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + block})
    address = "null_resource.x" if "null_resource" in block else "terraform_data.x"
    expected = ("unknown", f"the provisioner of {address} may configure what it is given")
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {expected}


@pytest.mark.parametrize(
    ("arguments", "decides"),
    [
        ('command = "aws s3 sync ./site s3://${aws_s3_bucket.b.id} --delete && aws cloudfront create-invalidation --id ${self.id}"', True),
        ('command = "aws --region eu-west-1 s3 cp index.html s3://${aws_s3_bucket.b.id}/ > /dev/null 2>&1 || true"', True),
        ('command = <<-EOT\n      # the page\n      aws s3 cp \\\n        index.html s3://$BUCKET/\n      echo "done"; sleep 5\n    EOT\n    environment = { BUCKET = aws_s3_bucket.b.id }', True),
        ('command = "aws s3api head-bucket --bucket ${aws_s3_bucket.b.id}"\n  }\n  provisioner "local-exec" {\n    command = "echo ${self.id}"', True),
        ('command = "aws s3api head-bucket --bucket ${aws_s3_bucket.b.id}"\n  }\n  provisioner "local-exec" {\n    command = "./x"', False),
        ('command = "aws s3 sync ./site s3://${aws_s3_bucket.b.id} --acl public-read"', False),
        ('command = "aws s3 sync ./site s3://${aws_s3_bucket.b.id}; ./x"', False),
        ('command = "aws s3 sync ./site s3://${aws_s3_bucket.b.id} | sh"', False),
        ('command = "echo $(./x ${aws_s3_bucket.b.id})"', False),
        ('command = "echo ${var.what} ${aws_s3_bucket.b.id}"', False),
        ('command = "echo \'${aws_s3_bucket.b.id}"', False),
        ('command = "import os"\n    interpreter = ["python", "-c"]\n    environment = { BUCKET = aws_s3_bucket.b.id }', False),
    ],
)  # fmt: skip
def test_commands_that_are_known_to_configure_nothing_decide_nothing(tmp_path: Path, arguments: str, *, decides: bool) -> None:
    block = f'variable "what" {{}}\nresource "null_resource" "x" {{\n  provisioner "local-exec" {{\n    {arguments}\n  }}\n}}\n'
    told = ask(tmp_path, {"main.tf": BUCKET + block})
    assert told.errors == ()
    assert told.statuses("s3") == ({"fails"} if decides else {"unknown"})


def test_a_provisioner_of_the_bucket_itself_may_configure_it(tmp_path: Path) -> None:
    code = BUCKET.replace("}\n", '  provisioner "local-exec" {\n    command = "./policy.sh ${self.id}"\n  }\n}\n')
    told = ask(tmp_path, {"main.tf": code})
    expected = ("unknown", "the provisioner of aws_s3_bucket.b may configure what it is given")
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {expected}


@pytest.mark.parametrize(
    "block",
    [
        'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "echo acme-media-2"\n  }\n}\n',
        'resource "null_resource" "x" {\n  triggers = { b = aws_s3_bucket.b.arn }\n}\n',
        'resource "aws_cloudformation_stack" "x" {\n  parameters = { Other = "acme" }\n  template_url = "https://x"\n}\n',
        'resource "aws_lambda_function" "x" {\n  environment {\n    variables = { B = aws_s3_bucket.b.id }\n  }\n}\n',
    ],
)
def test_what_is_not_handed_the_bucket_or_runs_nothing_decides_nothing(tmp_path: Path, block: str) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + block})
    assert told.statuses("s3") == {"fails"}


def test_a_stack_that_is_given_the_role_may_attach_a_policy_to_it(tmp_path: Path) -> None:
    policy = """
        resource "aws_s3_bucket_policy" "b" {
          bucket = aws_s3_bucket.b.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*",
            Resource = "${aws_s3_bucket.b.arn}/*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }] })
        }
    """
    consumer = ("--with", "principal=aws_iam_role.app")
    assert ask(tmp_path / "without", {"main.tf": BUCKET + KEYED + policy}, *consumer).statuses("s3") == {"fails"}
    stack = 'resource "aws_cloudformation_stack" "x" {\n  parameters = { Role = aws_iam_role.app.name }\n  template_url = "https://x"\n}\n'
    assert ask(tmp_path / "with", {"main.tf": BUCKET + KEYED + policy + stack}, *consumer).statuses("s3") == {"unknown"}


RESOURCES = """{
    Parameters = { Bucket = { Type = "String" } }
    Resources  = { Policy = { Type = "AWS::S3::BucketPolicy", Properties = {
      Bucket = { Ref = "Bucket" }
      PolicyDocument = { Version = "2012-10-17", Statement = [{ Effect = "Allow"
        Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
        Action = ["s3:GetObject", "s3:PutObject"], Resource = RESOURCE }] } } } }
  }"""
STACK = """
resource "aws_cloudformation_stack" "grants" {
  name          = "media-grants"
  parameters    = { Bucket = aws_s3_bucket.b.id }
  template_body = BODY
}
"""
IN_YAML = """<<-EOT
    Parameters:
      Bucket: {Type: String}
    Resources:
      Policy:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref Bucket
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
                Action: ["s3:GetObject", "s3:PutObject"]
                Resource: !Sub "arn:aws:s3:::$${Bucket}/*"
  EOT
"""


@pytest.mark.parametrize(
    "body",
    [
        f"jsonencode({RESOURCES.replace('RESOURCE', chr(34) + 'arn:aws:s3:::acme-media/*' + chr(34))})",
        f"jsonencode({RESOURCES.replace('RESOURCE', chr(34) + '${aws_s3_bucket.b.arn}/*' + chr(34))})",
        IN_YAML,
    ],
)
def test_a_template_inside_the_code_is_read_as_if_nested(tmp_path: Path, body: str) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + STACK.replace("BODY", body)})
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {("holds", "statement 1 grants it for every key")}
    assert set(told.of("aws_s3_bucket.b", "cors").values()) == {("fails", "the bucket has no CORS configuration")}


@pytest.mark.parametrize(
    "body",
    [
        "var.body",
        "jsonencode({ Resources = merge({}, var.resources) })",
        "var.on ? jsonencode({ Resources = {} }) : jsonencode({ Resources = {}, X = 1 })",
        '"Resources: ["',
        '"not a template"',
    ],
)
def test_a_template_that_is_not_resolved_may_configure_what_it_is_given(tmp_path: Path, body: str) -> None:
    variables = 'variable "body" {}\nvariable "resources" {}\nvariable "on" {\n  type = bool\n}\n'
    told = ask(tmp_path, {"main.tf": BUCKET + variables + STACK.replace("BODY", body)})
    expected = ("unknown", NOT_IN_CODE.format("aws_cloudformation_stack.grants"))
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {expected}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('"Resources: }"', "line 1 of the template is not YAML: did not find expected node content"),
        (
            '"not a template"',
            "the template is not a valid CloudFormation template: it has neither a map of Resources nor a format version",
        ),
        (
            r'"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Type: AWS::SNS::Topic\n"',
            "line 4 of the template: the key 'Type' is repeated; it is first in line 3",
        ),
        ("var.body", None),
    ],
)
def test_what_keeps_a_template_from_being_read_is_told_where_it_is_written(tmp_path: Path, body: str, fault: str | None) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + 'variable "body" {}\n' + STACK.replace("BODY", body)})
    assert told.errors == (() if fault is None else (f"main.tf:9:3: {fault}",))


def test_a_bucket_in_a_template_inside_the_code_is_a_bucket(tmp_path: Path) -> None:
    body = 'jsonencode({ Resources = { B = { Type = "AWS::S3::Bucket", Properties = { BucketName = "acme-inner" } } } })'
    told = ask(tmp_path, {"main.tf": STACK.replace("BODY", body).replace("aws_s3_bucket.b.id", '"x"')})
    assert {address for address, _ in told.verdicts} == {"aws_cloudformation_stack.grants/B"}
    assert told.statuses("s3") == {"fails"}


STACK_SET = """
resource "aws_cloudformation_stack_set" "all" {
  name          = "all"
  template_body = jsonencode({ PARAMETERS Resources = { RESOURCES
    Policy = { Type = "AWS::S3::BucketPolicy", Properties = { Bucket = BUCKET, PolicyDocument = {
      Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
        Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::acme-media/*" }] } } } } })
}
"""
INNER = 'Inner = { Type = "AWS::S3::Bucket", Properties = { BucketName = "acme-media" } }\n'
PARAMETERS = 'Parameters = { Name = { Type = "String", Default = "acme-media" } },'


def of_set(parameters: str, resources: str, bucket: str) -> str:
    return STACK_SET.replace("PARAMETERS", parameters).replace("RESOURCES", resources).replace("BUCKET", bucket)


def test_what_a_stack_set_adds_to_a_bucket_depends_on_where_its_stacks_are(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + of_set("", "", '"acme-media"')})
    reason = "it depends on 'a stack of aws_cloudformation_stack_set.all exists': in one case, the bucket has no policy"
    expected = ("unknown", f"{reason}, so nothing lets another account in")
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {expected}
    assert set(told.of("aws_s3_bucket.b", "cors").values()) == {("fails", "the bucket has no CORS configuration")}


def test_a_bucket_of_a_stack_set_is_decided_for_each_of_its_stacks(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": of_set("", INNER, '{ Ref = "Inner" }')})
    assert {address for address, _ in told.verdicts} == {"aws_cloudformation_stack_set.all/Inner"}
    granted = ("holds", "statement 1 grants it for every key")
    assert set(told.of("aws_cloudformation_stack_set.all/Inner", "s3").values()) == {granted}


def test_a_stack_set_whose_stacks_are_made_elsewhere_may_give_a_policy_to_any_bucket(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + of_set(PARAMETERS, "", '{ Ref = "Name" }')})
    assert told.statuses("s3") == {"unknown"}
    assert set(told.of("aws_s3_bucket.b", "cors").values()) == {("fails", "the bucket has no CORS configuration")}


@pytest.mark.parametrize("kind", ["aws_cloudformation_stack", "aws_cloudformation_stack_set"])
def test_nothing_is_added_to_a_template_inside_other_code(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = of_set("", INNER, '{ Ref = "Inner" }').replace("aws_cloudformation_stack_set", kind)
    (tmp_path / "main.tf").write_text(text)
    monkeypatch.chdir(tmp_path)
    report = audit(Request((".",), (load("v7-darwin", {}),)), Texts())
    patches = [patch for finding in report.findings if finding.rule == "cors-request-refused" for patch in finding.fixes]
    assert [(patch.title, patch.edits) for patch in patches] == [("Add a CORS configuration", ())]
