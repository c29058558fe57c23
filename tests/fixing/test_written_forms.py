"""Fixes in code that is written in every way: nothing else changes, what is written is read, the need holds, and nobody else gains anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import Fixed, fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.verdict import Status

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
ATTACHED = 'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = %s\n}\n'
DENY = 'Effect = "Deny", Principal = "*", Action = "s3:DeleteObject", Resource = "${aws_s3_bucket.b.arn}/*"'
COMMENTED = BUCKET + ATTACHED % (
    f'jsonencode({{\n    Version = "2012-10-17" // version\n    Statement = [ # statements\n      {{ {DENY} }}, # last ]\n'
    "      # nothing else\n    ] /* the end ] of it */\n  })"
)
HEREDOC = BUCKET + ATTACHED % (
    '<<-POLICY\n    {\n      "Version": "2012-10-17",\n      "Statement": [\n        {"Effect": "Deny", "Principal": "*", '
    '"Action": "s3:DeleteObject", "Resource": "${aws_s3_bucket.b.arn}/*"}\n      ]\n    }\n  POLICY'
)
TERRAFORM = {
    "comments": COMMENTED,
    "carriage returns": COMMENTED.replace("\n", "\r\n"),
    "byte order mark": f"\ufeff{COMMENTED}",
    "tabs": COMMENTED.replace("  ", "\t"),
    "heredoc": HEREDOC,
    "heredoc with carriage returns": HEREDOC.replace("\n", "\r\n"),
    "heredoc with one statement": BUCKET
    + ATTACHED
    % (
        '<<EOF\n{\n  "Version": "2012-10-17",\n  "Statement": {\n    "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",\n'
        '    "Resource": "${aws_s3_bucket.b.arn}/*"\n  }\n}\nEOF\n'
    ),
    "keys of JSON": BUCKET
    + ATTACHED
    % (
        'jsonencode({\n    "Version" : "2012-10-17",\n    "Statement" : [\n      {\n        "Effect" : "Deny",\n        "Principal" : { "AWS" : "*" },\n'
        '        "Action" : "s3:DeleteObject",\n        "Resource" : "${aws_s3_bucket.b.arn}/*"\n      }\n    ]\n  })'
    ),
    "no statement": BUCKET + ATTACHED % 'jsonencode({\n    Version   = "2012-10-17"\n    Statement = []\n  })',
    "no statement in a heredoc": BUCKET + ATTACHED % '<<EOF\n{\n  "Version": "2012-10-17",\n  "Statement": [\n  ]\n}\nEOF',
    "a document without a statement": 'data "aws_iam_policy_document" "b" {\n}\n'
    + BUCKET
    + ATTACHED % "data.aws_iam_policy_document.b.json",
    "one line": BUCKET + ATTACHED % f'jsonencode({{ Version = "2012-10-17", Statement = [{{ {DENY} }}] }})',
    "characters of two code units": BUCKET
    + ATTACHED % f'jsonencode({{ Version = "2012-10-17", Statement = [{{ Sid = "\U0001f600ü", {DENY} }}] }}) # \U0001f600',
    "bucket in one line": 'resource "aws_s3_bucket" "b" { bucket = "acme-b" }\n',
    "in one line beside an argument": BUCKET
    + ATTACHED % f'jsonencode({{\n    Version   = "2012-10-17"\n    Statement = [{{ {DENY} }}]\n  }})',
    "a dynamic rule": BUCKET
    + 'resource "aws_s3_bucket_cors_configuration" "b" {\n  bucket = aws_s3_bucket.b.id\n  dynamic "cors_rule" {\n    for_each = ["https://acme.example"]\n'
    '    content {\n      allowed_origins = [cors_rule.value]\n      allowed_methods = ["GET"]\n    }\n  }\n}\n',
    "a dynamic statement": 'data "aws_iam_policy_document" "b" {\n  dynamic "statement" {\n    for_each = ["111122223333"]\n    content {\n'
    '      actions   = ["s3:ListBucket"]\n      resources = [aws_s3_bucket.b.arn]\n      principals {\n        type        = "AWS"\n'
    "        identifiers = [statement.value]\n      }\n    }\n  }\n}\n" + BUCKET + ATTACHED % "data.aws_iam_policy_document.b.json",
    "a key in one line": BUCKET
    + 'resource "aws_kms_key" "k" {}\nresource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n'
    '    apply_server_side_encryption_by_default {\n      sse_algorithm     = "aws:kms"\n      kms_master_key_id = aws_kms_key.k.arn\n    }\n  }\n}\n',
    "concat": BUCKET + ATTACHED % f'jsonencode({{\n    Version = "2012-10-17"\n    Statement = concat([], [{{ {DENY} }}])\n  }})',
    "perhaps a bucket": 'variable "on" {\n  default = true\n}\nresource "aws_s3_bucket" "b" {\n  count  = var.on ? 1 : 0\n  bucket = "acme-b"\n}\n',
    "two buckets": 'resource "aws_s3_bucket" "b" {\n  count  = 2\n  bucket = "acme-${count.index}"\n}\n',
    "buckets by key, and their policies": 'resource "aws_s3_bucket" "b" {\n  for_each = toset(["a", "c"])\n  bucket   = "acme-${each.key}"\n}\n'
    + (ATTACHED % f'jsonencode({{\n    Version = "2012-10-17"\n    Statement = [{{\n      {DENY}\n    }}]\n  }})')
    .replace("aws_s3_bucket.b.", "each.value.")
    .replace("  bucket", "  for_each = aws_s3_bucket.b\n  bucket", 1),
}
PUBLIC = (
    'module "b" {\n%s  source                   = "terraform-aws-modules/s3-bucket/aws"\n  version                  = "4.1.0"\n'
    '  bucket                   = "acme-%s"\n  control_object_ownership = true\n  object_ownership         = "BucketOwnerEnforced"\n}\n'
)
TERRAFORM["the bucket of a public module"] = PUBLIC % ("", "b")
TERRAFORM["buckets of a public module by key"] = PUBLIC % ('  for_each                 = toset(["a", "c"])\n', "${each.key}")
TERRAFORM["buckets by key, and a policy of one"] = (
    'resource "aws_s3_bucket" "b" {\n  for_each = toset(["a", "c-1"])\n  bucket   = "acme-${each.key}"\n}\n'
    + (ATTACHED % f'jsonencode({{ Version = "2012-10-17", Statement = [{{ {DENY} }}] }})').replace(
        "aws_s3_bucket.b.", 'aws_s3_bucket.b["a"].'
    )
)
QUOTED = json.dumps(
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "${aws_s3_bucket.b.arn}/*"}
            ],
        }
    )
)
TERRAFORM["JSON in quotes"] = BUCKET + ATTACHED % QUOTED
TERRAFORM["one statement of JSON in quotes"] = BUCKET + ATTACHED % QUOTED.replace("[{", "{").replace("}]", "}")
CHOSEN = f"var.on ? [{{ {DENY} }}] : []"
SWITCH = 'variable "on" {\n  type = bool\n}\n'
TERRAFORM["a statement that a condition chooses"] = SWITCH + BUCKET + ATTACHED % f"jsonencode({{\n    Statement = {CHOSEN}\n  }})"
TERRAFORM["a list that a condition lengthens"] = (
    SWITCH + BUCKET + ATTACHED % f"jsonencode({{\n    Statement = concat([{{ {DENY} }}], {CHOSEN})\n  }})"
)
IN_JSON = """{
  "resource": {
    "aws_s3_bucket": {
      "b": {
        "bucket": "acme-b"
      }
    }
  }
}
"""
CONFIGURED = """{
  "data": {"aws_iam_policy_document": {"b": {
    "statement": %s
  }}},
  "resource": {
    "aws_s3_bucket": {"b": {"bucket": "acme-b"}},
    "aws_s3_bucket_policy": {"b": {"bucket": "acme-b", "policy": "${data.aws_iam_policy_document.b.json}"}},
    "aws_s3_bucket_cors_configuration": {
      "b": {
        "bucket": "acme-b",
        "cors_rule": %s
      }
    }
  }
}
"""
DENY_BLOCK = '{"effect": "Deny", "actions": ["s3:DeleteObject"], "resources": ["arn:aws:s3:::acme-b/*"], "principals": {"type": "*", "identifiers": ["*"]}}'
OTHERS = '{"allowed_origins": ["https://acme.example"], "allowed_methods": ["GET"]}'
ALMOST = '{\n          "allowed_origins": ["https://darwin.v7labs.com/"],\n          "allowed_methods": ["GET"]\n        }'
TERRAFORM_IN_JSON = {
    "a bucket": IN_JSON,
    "carriage returns": IN_JSON.replace("\n", "\r\n"),
    "byte order mark": f"\ufeff{IN_JSON}",
    "tabs": IN_JSON.replace("  ", "\t"),
    "one line": '{"resource": {"aws_s3_bucket": {"b": {"bucket": "acme-b"}}}}',
    "a key": IN_JSON.replace(
        "\n    }\n  }\n",
        ',\n      "c": {}\n    },\n    "aws_kms_key": {\n      "k": {}\n    },\n    "aws_s3_bucket_server_side_encryption_configuration": {"b": {"bucket": "acme-b",'
        ' "rule": {"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": "${aws_kms_key.k.arn}"}}}}\n  }\n',
    ),
    "lists of one": CONFIGURED % (f"[{DENY_BLOCK}]", f"[{OTHERS}]"),
    "no statement": CONFIGURED % ("[]", f"[{OTHERS}]"),
    "a document without a statement": CONFIGURED.replace('"statement": %s', "%s") % ("", f"[{OTHERS}]"),
    "single objects": CONFIGURED % (DENY_BLOCK, OTHERS),
    "a rule that is almost right": CONFIGURED % (DENY_BLOCK, ALMOST),
    "JSON in quotes": IN_JSON.replace(
        "\n    }\n  }\n",
        f',\n      "c": {{}}\n    }},\n    "aws_s3_bucket_policy": {{\n      "b": {{"bucket": "acme-b", "policy": {QUOTED}}}\n    }}\n  }}\n',
    ),
    "a document of the same name": IN_JSON.replace(
        '{\n  "resource"', '{\n  "data": {"aws_iam_policy_document": {"b": {"statement": ' + DENY_BLOCK + '}}},\n  "resource"'
    ),
}
RESOURCES = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
POLICY = "  BP:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n"
DENYING = '{Effect: Deny, Principal: "*", Action: "s3:DeleteObject", Resource: !Sub "${B.Arn}/*"}'
BLOCK = (
    RESOURCES
    + POLICY
    + '        Version: "2012-10-17"\n        Statement:\n        - Effect: Deny\n          Principal: "*"\n          Action: s3:DeleteObject\n'
    '          Resource:\n          - !Sub "${B.Arn}/*"  # objects\n\n        # the end\nOutputs:\n  X:\n    Value: !Ref B\n'
)
TEMPLATES = {
    "blocks": BLOCK,
    "blocks with carriage returns": BLOCK.replace("\n", "\r\n"),
    "blocks behind a byte order mark": f"\ufeff{BLOCK}",
    "no end of line at the end": BLOCK.partition("\n        # the end")[0].rstrip(),
    "flow": f'{RESOURCES}{POLICY}        {{Version: "2012-10-17", Statement: [{DENYING}]}}\n',
    "flow over lines": f'{RESOURCES}{POLICY}        Version: "2012-10-17"\n        Statement: [\n          {DENYING}, # last\n        ]\n',
    "flow in a block": f'{RESOURCES}{POLICY}        Version: "2012-10-17"\n        Statement:\n          - {DENYING} # last\n',
    "no statement": f'{RESOURCES}{POLICY}        Version: "2012-10-17"\n        Statement: []\n',
    "one statement": f'{RESOURCES}{POLICY}        Statement: # one\n          # deny\n          Effect: Deny\n          Principal: "*" # all\n\n          Action: s3:DeleteObject\n'
    '          Resource: !Sub "${B.Arn}/*"\n        Version: "2012-10-17"\n',
    "keys in quotes": f'{RESOURCES}    "Properties":\n      BucketName: acme-b\n{POLICY}        Statement:\n        -   "Effect": Deny\n            "Principal": "*"\n'
    '            "Action": s3:DeleteObject\n            "Resource": !Sub "${B.Arn}/*"\n',
    "a dash alone": f"{RESOURCES}{POLICY}        Statement:\n          -\n            {DENYING[1:-1].replace(', ', chr(10) + ' ' * 12)}\n",
    "a comment first": "Resources:\n  B:\n  # the bucket\n    Type: AWS::S3::Bucket\n",
    "a statement under a condition": "Parameters:\n  P:\n    Type: String\nConditions:\n  On: !Equals [!Ref P, x]\n"
    f"{RESOURCES}{POLICY}        Statement:\n          - {DENYING}\n          - Fn::If: [On, {DENYING}, !Ref AWS::NoValue]\n",
    "no properties": f"{RESOURCES}    Properties: {{}}\n",
    "properties in flow style": f"{RESOURCES}    Properties: {{BucketName: acme-b}} # all\n",
    "properties in flow style over lines": f"{RESOURCES}    Properties: {{\n      BucketName: acme-b, # name\n    }}\n",
}


def fixed(tmp_path: Path, name: str, text: str) -> Fixed:
    (tmp_path / name).write_bytes(text.encode())
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    found = fix(request, Texts(border=border_of((".",))))
    assert [one.faults for one in found.tried] == [()] * len(found.tried)
    assert found.state.report.errors == ()
    assert [one.need.id for one in found.state.report.verdicts if one.status is Status.FAILS] == []
    return found


def is_otherwise_the_same(old: str, new: str) -> None:
    """Every old character is there still, in order, but for an empty map or list that is filled, and the alignment beside it."""
    rest = iter(new)
    kept = old.replace(' "k" {}', ' "k" {').replace(" {}\n", "\n").replace(": []", ":").replace("Version   =", "Version =")
    assert all(character in rest for character in kept)
    assert new.count("\r\n") in (0, new.count("\n"))
    assert old.endswith("\n") == new.endswith("\n")


@pytest.mark.parametrize("form", TERRAFORM)
def test_terraform_is_fixed_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = fixed(tmp_path, "main.tf", TERRAFORM[form])
    is_otherwise_the_same(TERRAFORM[form], found.files["main.tf"].decode())


@pytest.mark.parametrize("form", TERRAFORM_IN_JSON)
def test_terraform_in_json_is_fixed_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.chdir(tmp_path)
    text = TERRAFORM_IN_JSON[form]
    found = fixed(tmp_path, "main.tf.json", text)
    is_otherwise_the_same(text.replace('.com/"', '.com"'), found.files["main.tf.json"].decode())


@pytest.mark.parametrize("form", TEMPLATES)
def test_a_template_is_fixed_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = fixed(tmp_path, "t.yaml", TEMPLATES[form])
    is_otherwise_the_same(TEMPLATES[form], found.files["t.yaml"].decode())


def test_a_statement_of_several_lines_stands_apart_from_its_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = fixed(tmp_path, "main.tf", TERRAFORM["no statement"]).files["main.tf"].decode()
    assert '    Version = "2012-10-17"\n    Statement = [{\n      Sid       = "PlatformAccess"\n' in code


def test_keys_of_json_are_written_as_terraform_formats_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = fixed(tmp_path, "main.tf", TERRAFORM["keys of JSON"]).files["main.tf"].decode()
    assert '        "Sid" : "PlatformAccess",\n        "Effect" : "Allow",\n        "Principal" : { "AWS" : "arn:' in code


def test_what_is_written_for_every_instance_names_the_own_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = fixed(tmp_path, "main.tf", TERRAFORM["buckets by key, and their policies"]).files["main.tf"].decode()
    assert code.count('Resource  = "${aws_s3_bucket.b[each.key].arn}/*"') == 1
    assert "  for_each = aws_s3_bucket.b\n  bucket   = aws_s3_bucket.b[each.key].id\n" in code


def test_a_fix_that_makes_aws_refuse_the_policy_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = BUCKET.replace("acme-b", "Acme-B")
    (tmp_path / "main.tf").write_text(text)
    found = fix(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    assert [one.faults[0] for one in found.tried if one.faults] == ["'policy-refused-by-aws' would be found"]


LOOP = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Buckets:\n    - Name\n    - [A, C]\n    - 'B${Name}':\n        Type: AWS::S3::Bucket\n"
IN_LOOP = (
    POLICY.replace("  BP:", "      'B${Name}P':").replace("\n    ", "\n        ").replace("!Ref B", "{Ref: {Fn::Sub: 'B${Name}'}}")
)


DENIED = "            Statement: [{Effect: Deny, Principal: '*', Action: 's3:DeleteObject', Resource: !Sub 'arn:aws:s3:::${AWS::StackName}/*'}]\n"


@pytest.mark.parametrize("policy", ["", IN_LOOP + DENIED])
def test_what_a_loop_of_a_template_makes_is_not_changed_for_one_of_its_resources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(LOOP + policy)
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    assert {(one.rule, one.bucket) for one in report.findings} == {
        (rule, bucket) for rule in ("access-grant-missing", "cors-request-refused") for bucket in ("BA", "BC")
    }
    assert not any(patch.edits for one in report.findings for patch in one.fixes)


@pytest.mark.parametrize(
    "written",
    [
        ATTACHED % f'jsonencode({{ Statement = [for a in ["111122223333"] : {{ {DENY}, Sid = "A${{a}}" }}] }})',
        f"locals {{\n  deny = {{ {DENY} }}\n}}\n" + ATTACHED % "jsonencode({ Statement = [local.deny] })",
    ],
    ids=["for", "a name"],
)
def test_a_statement_that_is_no_item_of_a_list_of_its_own_gets_none_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(BUCKET + written)
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    patches = [patch for one in report.findings if one.rule == "access-grant-missing" for patch in one.fixes]
    assert [(patch.title, patch.edits) for patch in patches] == [("Add a statement to aws_s3_bucket_policy.b", ())]


def test_a_list_of_statements_that_has_a_name_needs_review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    policy = ATTACHED % "jsonencode({ Statement = local.all })"
    (tmp_path / "main.tf").write_text(f"locals {{\n  all = [{{ {DENY} }}]\n}}\n{BUCKET}{policy}")
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    assert [one.patch.title for one in fix(request, Texts(border=border_of((".",)))).tried] == ["Add a CORS configuration"]
    found = fix(request, Texts(border=border_of((".",))), "access-grant-missing")
    assert [(one.patch.title, one.faults) for one in found.tried] == [("Add a statement to aws_s3_bucket_policy.b", ())]


ELSEWHERE = 'provider "aws" {\n  alias = "eu"\n}\n'
OF_ANOTHER_PROVIDER = (
    ELSEWHERE
    + 'data "aws_caller_identity" "current" {}\n'
    + (
        TERRAFORM["a key in one line"]
        .replace("{}", "{\n  provider = aws.eu\n}")
        .replace("  bucket =", "  provider = aws.eu\n  bucket =")
    )
)


def test_what_is_attached_is_of_the_provider_of_the_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new = fixed(tmp_path, "main.tf", OF_ANOTHER_PROVIDER).files["main.tf"].decode()
    assert new.count("  provider = aws.eu\n") == OF_ANOTHER_PROVIDER.count("  provider = aws.eu\n") + 3
    assert new.endswith('data "aws_caller_identity" "platform" {\n  provider = aws.eu\n}\n')
    assert "${data.aws_caller_identity.platform.account_id}" in new


ALLOWED = '{Effect: Allow, Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}, Resource: !Sub "${B.Arn}/*", Action: %s}'


@pytest.mark.parametrize(
    ("statements", "after", "title"),
    [
        (f"&s [{DENYING}]", "Other: *s\n", "Add a statement to BP; by the anchor 's' that changes line 10 too"),
        (
            f"[{ALLOWED % '&a [s3:GetObject]'}]",
            "Other: *a\nMore: *a\n",
            "Add s3:PutObject to the actions of statement 1; by the anchor 'a' that changes lines 10, 11 too",
        ),
        (
            f"[{ALLOWED % '&a [s3:GetObject]'}]",
            "Others:\n" + "  - *a\n" * 2024,
            "Add s3:PutObject to the actions of statement 1; by the anchor 'a' that changes lines "
            + ", ".join(map(str, range(11, 31)))
            + " and 2,004 more too",
        ),
        (
            f"[{ALLOWED % '!If [On, [s3:GetObject], [s3:GetObject, s3:PutObjectAcl]]'}]",
            "Conditions: {On: !Equals [!Ref AWS::Region, x]}\n",
            "Add s3:PutObject to the actions of statement 1",
        ),
        (f"[!If [On, {DENYING}, !Ref AWS::NoValue]]", "Conditions: {On: !Equals [!Ref AWS::Region, x]}\n", "Add a statement to BP"),
    ],
    ids=["list", "actions", "many aliases", "a choice of lists", "a choice of statements"],
)
def test_what_is_shared_or_chosen_in_a_template_is_changed_by_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: str, after: str, title: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(f"{RESOURCES}{POLICY}        Statement: {statements}\n{after}")
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    patches = [patch for one in report.findings if one.rule == "access-grant-missing" for patch in one.fixes]
    assert [(patch.title, patch.edits) for patch in patches] == [(title, ())]
    cors = [patch for one in report.findings if one.rule == "cors-request-refused" for patch in one.fixes]
    assert [bool(patch.edits) for patch in cors] == [True]
