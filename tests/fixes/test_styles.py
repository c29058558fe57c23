"""A fix has the style of the code that it changes, and makes no edit where that is not understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from auditor.contract.load import load
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

ROLE = "arn:aws:iam::258327614892:role/external_s3"
HEAD = (
    'resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n\nresource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n'
)


def terraform(policy: str) -> str:
    return f"{HEAD}  policy = {policy}\n}}\n"


def fixed(path: str, text: str, rule: str = "access-grant-missing") -> str | None:
    """The text with the first fix of the only finding of a rule; None where that has no edits."""
    Path(path).write_text(text, encoding="utf-8")
    report = audit(Request(paths=(".",), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    assert not report.errors
    (finding,) = [finding for finding in report.findings if finding.rule == rule]
    edits = finding.fixes[0].edits
    return applied(Texts(border=border_of((".",))), edits)[path].decode() if edits else None


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def statement(action: str, resource: str = '"${aws_s3_bucket.b.arn}/*"') -> str:
    return (
        f'jsonencode({{ Version = "2012-10-17", Statement = [{{ Sid = "V7", Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, '
        f"Action = {action}, Resource = {resource} }}] }})"
    )


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ('"s3:GetObject"', '["s3:GetObject", "s3:PutObject"]'),
        ('["s3:GetObject"]', '["s3:GetObject", "s3:PutObject"]'),
        ('["s3:GetObject", ]', '["s3:GetObject", "s3:PutObject" ]'),
        ('[\n    "s3:GetObject"\n  ]', '[\n    "s3:GetObject",\n    "s3:PutObject"\n  ]'),
        ('[\n    "s3:GetObject", # read\n  ]', '[\n    "s3:GetObject", # read\n    "s3:PutObject",\n  ]'),
    ],
)
def test_a_list_keeps_its_form(action: str, after: str) -> None:
    assert fixed("main.tf", terraform(statement(action))) == terraform(statement(after))


def test_a_reference_becomes_a_list_of_two() -> None:
    before, after = "aws_s3_bucket.b.arn", '[aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]'
    actions = '["s3:GetObject", "s3:PutObject"]'
    assert fixed("main.tf", terraform(statement(actions, before))) == terraform(statement(actions, after))


def test_json_in_quotes_is_left_to_a_person() -> None:
    policy = (
        '"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Principal\\":{\\"AWS\\":\\"'
        + ROLE
        + '\\"},'
        '\\"Action\\":\\"s3:GetObject\\",\\"Resource\\":\\"arn:aws:s3:::acme/*\\"}]}"'
    )
    assert fixed("main.tf", terraform(policy)) is None


def test_json_in_quotes_of_a_template_is_left_to_a_person() -> None:
    start = TEMPLATE.index("        Version")
    text = (
        '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "'
        + ROLE
        + '"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}]}'
    )
    named = TEMPLATE[:start].replace("Type: AWS::S3::Bucket\n", "Type: AWS::S3::Bucket\n    Properties: {BucketName: acme}\n", 1)
    template = named.replace("PolicyDocument:\n", f"PolicyDocument: '{text}'\n")
    Path("template.yaml").write_text(template, encoding="utf-8")
    report = audit(Request(paths=(".",), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    policy = [patch for finding in report.findings if finding.rule == "access-grant-missing" for patch in finding.fixes]
    assert [patch.edits for patch in policy] == [() for _ in policy]


def test_a_statement_for_others_too_is_not_widened() -> None:
    both = statement('"s3:GetObject"').replace(f'"{ROLE}"', f'["{ROLE}", "arn:aws:iam::111111111111:root"]')
    changed = fixed("main.tf", terraform(both))
    assert changed is not None
    assert both.removesuffix("] })") in changed
    assert changed.count('Sid       = "PlatformAccess"') == 1


def test_a_label_that_is_taken_is_left_to_a_person() -> None:
    other = 'resource "aws_s3_bucket" "other" {\n  bucket = var.name\n}\n\nvariable "name" {}\n'
    taken = 'resource "aws_s3_bucket_cors_configuration" "b" {\n  bucket = aws_s3_bucket.other.id\n  cors_rule {\n    allowed_methods = ["GET"]\n    allowed_origins = ["https://a.example"]\n  }\n}\n'
    Path("other.tf").write_text(f"{other}\n{taken}", encoding="utf-8")
    text = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
    Path("main.tf").write_text(text, encoding="utf-8")
    report = audit(Request(paths=(".",), contracts=(load("v7-darwin", {}),), buckets=("aws_s3_bucket.b",)), Texts())
    (finding,) = [finding for finding in report.findings if finding.rule == "cors-request-refused"]
    assert finding.fixes[0].edits == ()
    assert finding.fixes[0].title == (
        "Add a CORS configuration; aws_s3_bucket_cors_configuration.b is declared already, but attaches none to this bucket"
    )


TEMPLATE = """\
Resources:
  Images:
    Type: AWS::S3::Bucket
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Images
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
            Action:
              - s3:GetObject
            Resource: !Sub "${Images.Arn}/*"
"""


def test_a_list_in_block_style_gets_a_line() -> None:
    after = TEMPLATE.replace("              - s3:GetObject\n", '              - s3:GetObject\n              - "s3:PutObject"\n')
    assert fixed("template.yaml", TEMPLATE) == after


@pytest.mark.parametrize("path", ["template.yaml", "template.json"])  # what is in a file of JSON may be YAML
def test_a_statement_of_its_own_follows_the_last_one(path: str) -> None:
    before = TEMPLATE.replace("258327614892:role/external_s3", "111111111111:root")
    added = """\
          - Sid: PlatformAccess
            Effect: Allow
            Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
            Action: ["s3:GetObject", "s3:PutObject"]
            Resource: !Sub "${Images.Arn}/*"
"""
    assert fixed(path, before) == before + added


TEXT_OF_TEMPLATE = """\
Resources:
  B:
    Type: AWS::S3::Bucket
  BP:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: {Ref: B}
      PolicyDocument:
        Statement:
        - Sid: S
          Effect: Allow
          Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
          Action: ["s3:GetObject", "s3:PutObject"]
          Resource: %s
"""
SUB = '{"Fn::Sub": "${B.Arn}/in/*"}'


@pytest.mark.parametrize(
    ("written", "after"),
    [
        (SUB, f'[{SUB}, !Sub "${{B.Arn}}/*"]'),
        ("\n            Fn::Sub: ${B.Arn}/in/*", '\n            - Fn::Sub: ${B.Arn}/in/*\n            - !Sub "${B.Arn}/*"'),
        (
            "\n            Fn::Join:\n            - ''\n            - [!GetAtt B.Arn, /in/*]",
            None,
        ),
    ],
)
def test_a_text_of_a_template_becomes_a_list_of_two(written: str, after: str | None) -> None:
    assert fixed("t.yaml", TEXT_OF_TEMPLATE % written) == (TEXT_OF_TEMPLATE % after if after else None)


def test_a_text_of_a_template_in_json_becomes_a_list_of_two() -> None:
    text = yaml.safe_load(TEXT_OF_TEMPLATE % SUB)
    one = '"Resource": {\n                "Fn::Sub": "${B.Arn}/in/*"\n              }'
    both = (
        '"Resource": [\n                {\n                  "Fn::Sub": "${B.Arn}/in/*"\n                },\n'
        '                {"Fn::Sub": "${B.Arn}/*"}\n              ]'
    )
    before = json.dumps(text, indent=2)
    assert one in before
    assert fixed("t.json", before) == before.replace(one, both)


EVERYONE = """\
data "aws_iam_policy_document" "d" {
  statement {
    sid       = "Open"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }

  statement {
    sid       = "Own"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.b.arn]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111111111111:root"]
    }
  }
}
"""
SETTINGS = """\
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = aws_s3_bucket.b.id
}
"""


def test_a_block_in_the_place_of_a_value_is_replaced_as_a_block() -> None:
    code = terraform("data.aws_iam_policy_document.d.json") + EVERYONE + SETTINGS
    after = fixed("main.tf", code, "access-granted-to-everyone")
    assert after == code.replace('identifiers = ["*"]', f'identifiers = ["{ROLE}"]')


def test_a_block_that_an_expression_makes_is_left_to_a_person() -> None:
    chosen = EVERYONE.replace('["*"]', 'var.private ? ["arn:aws:iam::111111111111:root"] : ["*"]')
    code = 'variable "private" {\n  default = false\n}\n' + terraform("data.aws_iam_policy_document.d.json") + chosen + SETTINGS
    assert fixed("main.tf", code, "access-granted-to-everyone") is None


def test_a_block_beside_others_of_its_name_is_left_to_a_person() -> None:
    others = EVERYONE.replace(
        "    principals {", '    principals {\n      type = "AWS"\n      identifiers = []\n    }\n    principals {', 1
    )
    assert (
        fixed("main.tf", terraform("data.aws_iam_policy_document.d.json") + others + SETTINGS, "access-granted-to-everyone") is None
    )


def shown(path: str, text: str, rule: str) -> list[str]:
    """The lines that the first fix of the only finding of a rule shows."""
    Path(path).write_text(text, encoding="utf-8")
    report = audit(Request(paths=(".",), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    (finding,) = [finding for finding in report.findings if finding.rule == rule]
    return finding.fixes[0].text.split("\n")


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("- AllowedMethods: [GET]\n            AllowedHeaders: ['*']", ["AllowedMethods: [GET, PUT]"]),
        ("- AllowedHeaders: ['*']\n            AllowedMethods: [GET]", ["AllowedMethods: [GET, PUT]"]),
        ("- AllowedHeaders: ['*']\n            AllowedMethods:\n              - GET", ["- PUT"]),
    ],
)
def test_what_is_added_to_a_list_is_shown_with_the_list(written: str, lines: list[str]) -> None:
    template = f"""\
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules:
          {written}
            AllowedOrigins: ["https://darwin.v7labs.com"]
"""
    assert shown("x.yaml", template, "cors-request-refused") == lines


def test_what_stands_beside_the_call_of_a_public_module_names_nothing_inside_of_it() -> None:
    call = 'module "images" {\n  source  = "terraform-aws-modules/s3-bucket/aws"\n  version = "4.1.0"\n  bucket  = "acme-images"\n  cors_rule = local.rules\n}\n'
    lines = shown("main.tf", f"locals {{\n  rules = []\n}}\n{call}", "access-grant-missing")
    assert lines[0] == 'resource "aws_s3_bucket_policy" "images" {'
    assert "aws_s3_bucket.this" not in "".join(lines)


JSON = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "RESOURCE"}]}'


@pytest.mark.parametrize(
    ("written", "resource"),
    [
        ("!Sub |\n        JSON", "${B.Arn}/*"),
        ("!Sub >-\n        JSON", "${B.Arn}/*"),
        ("\n        Fn::Sub: |\n          JSON", "${B.Arn}/*"),
        ("!Sub 'JSON'", "${B.Arn}/*"),
        ("|\n        JSON", "arn:aws:s3:::acme-images/*"),
        ("'JSON'", "arn:aws:s3:::acme-images/*"),
    ],
)
def test_what_is_added_to_json_in_a_text_of_yaml_is_json(written: str, resource: str) -> None:
    template = f"""\
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-images
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument: {written.replace("JSON", JSON.replace("RESOURCE", resource))}
"""
    assert shown("x.yaml", template, "access-grant-missing") == [
        "{",
        '  "Sid": "PlatformAccess",',
        '  "Effect": "Allow",',
        '  "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},',
        '  "Action": ["s3:GetObject", "s3:PutObject"],',
        f'  "Resource": "{resource}"',
        "}",
    ]
