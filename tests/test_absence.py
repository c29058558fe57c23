"""The law of absence: what becomes unreadable, or is handed to something that is not read, decides nothing that was not decided."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asked import ROLE, Told, ask

# Terraform

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'


def policy(name: str, effect: str, principal: str) -> str:
    statement = f'Effect = "{effect}", Principal = {{ AWS = {principal} }}, Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::acme-b/*"'
    document = f'jsonencode({{ Version = "2012-10-17", Statement = [{{ {statement} }}] }})'
    return f'resource "aws_s3_bucket_policy" "{name}" {{\n  bucket = aws_s3_bucket.b.id\n  policy = {document}\n}}\n'


def of_bucket(kind: str, inside: str) -> str:
    return f'resource "{kind}" "b" {{\n  bucket = aws_s3_bucket.b.id\n{inside}\n}}\n'


CORS = '  cors_rule {\n    allowed_methods = ["GET", "PUT"]\n    allowed_origins = [local.origin]\n    allowed_headers = ["*"]\n  }'
ENCRYPTION = (
    '  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "aws:kms"\n'
    "      kms_master_key_id = aws_kms_key.k.arn\n    }\n  }"
)
TERRAFORM = (
    policy("p", "Allow", "var.role"),
    policy("q", "Deny", '"*"'),
    of_bucket("aws_s3_bucket_cors_configuration", CORS),
    of_bucket("aws_s3_bucket_ownership_controls", '  rule {\n    object_ownership = "BucketOwnerEnforced"\n  }'),
    of_bucket("aws_s3_bucket_public_access_block", "  block_public_policy = true\n  restrict_public_buckets = true"),
    of_bucket("aws_s3_bucket_acl", '  acl = "public-read-write"'),
    of_bucket("aws_s3_bucket_server_side_encryption_configuration", ENCRYPTION),
    'resource "aws_kms_key" "k" {\n}\n',
    f'resource "aws_kms_grant" "g" {{\n  key_id = aws_kms_key.k.key_id\n  grantee_principal = "{ROLE}"\n  operations = ["Decrypt"]\n}}\n',
    'locals {\n  origin = "https://darwin.v7labs.com"\n}\n',
    f'variable "role" {{\n  default = "{ROLE}"\n}}\n',
    'resource "aws_s3_account_public_access_block" "a" {\n  block_public_policy = true\n}\n',
)
HANDED = (
    'module "gone" {\n  source = "acme/gone/aws"\n  bucket = aws_s3_bucket.b.id\n}\n',
    'resource "aws_cloudformation_stack" "s" {\n  parameters = { B = aws_s3_bucket.b.id }\n  template_url = "https://x"\n}\n',
    'resource "null_resource" "n" {\n  provisioner "local-exec" {\n    command = "./x ${aws_s3_bucket.b.id}"\n  }\n}\n',
)


def broken(block: str) -> str:
    return block[: block.rindex("}")] + '"a" "b"\n}\n'


def asked(name: str, parts: Sequence[str]) -> Told:
    with tempfile.TemporaryDirectory() as directory:
        return ask(Path(directory), {name: "".join(parts)})


def never_decides(before: Told, after: Told, bucket: str) -> None:
    """What is decided afterwards was decided so before."""
    earlier = before.of(bucket)
    for need, (status, reason) in after.of(bucket).items():
        assert status in ("unknown", earlier[need][0]), (need, earlier[need], (status, reason))


chosen = st.lists(st.sampled_from(TERRAFORM), unique=True, min_size=1, max_size=6)


@given(chosen, st.data())
@settings(max_examples=40, deadline=None)
def test_a_block_of_terraform_that_becomes_unreadable_decides_nothing(blocks: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(blocks) - 1))
    before = asked("main.tf", (BUCKET, *blocks))
    after = asked("main.tf", (BUCKET, *blocks[:at], broken(blocks[at]), *blocks[at + 1 :]))
    never_decides(before, after, "aws_s3_bucket.b")


@given(chosen, st.sampled_from(HANDED))
@settings(max_examples=30, deadline=None)
def test_a_bucket_that_is_handed_to_something_unread_is_decided_by_nothing_more(blocks: list[str], handed: str) -> None:
    never_decides(asked("main.tf", (BUCKET, *blocks)), asked("main.tf", (BUCKET, *blocks, handed)), "aws_s3_bucket.b")


# CloudFormation

HEAD = "Parameters: {Role: {Type: String, Default: '" + ROLE + "'}, Open: {Type: String}}\nResources:\n"
IN_BUCKET = (
    "      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET, PUT], AllowedOrigins: ['https://darwin.v7labs.com'], AllowedHeaders: ['*']}]}\n",
    "      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}\n",
    "      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !GetAtt K.Arn}}]}\n",
)


def template_policy(name: str, effect: str, principal: str) -> str:
    statement = f"{{Effect: {effect}, Principal: {{AWS: {principal}}}, Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::acme-b/*'}}"
    document = f"{{Version: '2012-10-17', Statement: [{statement}]}}"
    return f"  {name}:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {document}\n"


RESOURCES = (
    template_policy("P", "Allow", "!Ref Role"),
    template_policy("Q", "Deny", "'*'"),
    template_policy("R", "Allow", "!Ref Open"),
    "  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: https://x\n      Parameters: {B: !Ref B}\n",
    "  Own:\n    Type: Custom::Own\n    Properties:\n      ServiceToken: arn\n      Bucket: !Ref B\n",
)


@given(st.lists(st.sampled_from(IN_BUCKET), unique=True), st.lists(st.sampled_from(RESOURCES), unique=True, min_size=1), st.data())
@settings(max_examples=40, deadline=None)
def test_a_resource_of_a_template_that_becomes_unreadable_decides_nothing(
    inside: list[str], resources: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(resources) - 1))
    bucket = "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-b\n" + "".join(inside)
    start = (HEAD, bucket, "  K: {Type: AWS::KMS::Key}\n")
    form = data.draw(st.sampled_from(("      ? [a]\n      : b\n", "    ? [a]\n    : b\n")))
    before = asked("t.yaml", (*start, *resources))
    after = asked("t.yaml", (*start, *resources[:at], resources[at] + form, *resources[at + 1 :]))
    never_decides(before, after, "B")
    assert after.code == 2
