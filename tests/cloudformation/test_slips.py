"""Slips for which CloudFormation refuses a template: each is an error with its place and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask
from tests.cloudformation.templates import faults

TEMPLATE = f"""AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  E: {{Type: String, Default: a, AllowedValues: [a, b]}}
Mappings:
  M: {{a: {{origin: https://darwin.v7labs.com}}}}
Conditions:
  X: !Equals [!Ref E, a]
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      OwnershipControls: {{Rules: [{{ObjectOwnership: BucketOwnerEnforced}}]}}
      CorsConfiguration: {{CorsRules: [{{AllowedMethods: [GET], AllowedOrigins: [!FindInMap [M, a, origin]], ExposedHeaders: [ETag]}}]}}
      PublicAccessBlockConfiguration: {{BlockPublicAcls: true}}
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {{SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt K.Arn}}
  P:
    Type: AWS::S3::BucketPolicy
    DependsOn: B
    Condition: X
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: !If [X, Allow, Deny]
            Principal: {{AWS: "{ROLE}"}}
            Action: !Split [",", "s3:GetObject,s3:PutObject"]
            Resource: !Join ["/", [!Sub "${{B.Arn}}", "*"]]
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{AWS: "*"}}, Action: "kms:*", Resource: "*"}}]}}
"""
NOTHING = "is neither a parameter nor a resource of the template"
SLIPS = [
    # Outermost
    ('"2010-09-09"', '"2010-09-09-OC"', [
        "1:27: a template of org-formation, which makes others of it: audit what 'org-formation print-stacks' prints"
    ]),
    ('"2010-09-09"', '"2010-09-01"', ["1:27: there is no AWSTemplateFormatVersion '2010-09-01': write '2010-09-09'"]),
    ("FormatVersion", "Formatversion", ["1:1: 'AWSTemplateFormatversion' is not a section of a template: write 'AWSTemplateFormatVersion'"]),
    (
        "Conditions:",
        "Condition:",
        [
            "6:1: 'Condition' is not a section of a template: write 'Conditions'",
            "21:16: 'X' is not a condition of the template",
        ],
    ),
    ("Resources:", "resources:", ["8:1: 'resources' is not a section of a template: write 'Resources'", "1:1: the template has no Resources"]),
    ("Default: a", "Default: c", ['3:30: E is \'c\', and only "a" and "b" are allowed']),
    # Beside the properties
    ("    Properties:\n      Bucket:", "    properties:\n      Bucket:", ["22:5: P has 'properties', which no resource has: write 'Properties'"]),
    ("    Properties:\n      Bucket:", "    Property:\n      Bucket:", ["22:5: P has 'Property', which no resource has: write 'Properties'"]),
    ("    Condition: X", "    condition: X", ["21:5: P has 'condition', which no resource has: write 'Condition'"]),
    ("DependsOn: B", "DependOn: B", ["20:5: P has 'DependOn', which no resource has: write 'DependsOn'"]),
    ("DependsOn: B", "DependsOn: [B, Bx]", ["20:20: 'Bx', which a resource depends on, is not a resource of the template; did you mean 'B'?"]),
    ("    Condition: X", "    Condition: Y", ["21:16: 'Y' is not a condition of the template"]),
    (
        "    Properties:\n      OwnershipControls",
        "    CorsConfiguration: {}\n    Properties:\n      OwnershipControls",
        ["11:5: B has CorsConfiguration beside its Properties: write it inside them"],
    ),
    (
        "    Properties:\n      OwnershipControls",
        "    CorsRules: []\n    Properties:\n      OwnershipControls",
        ["11:5: B has CorsRules beside its Properties: write CorsConfiguration inside them"],
    ),
    # Properties
    ("PolicyDocument:", "policyDocument:", ["24:7: AWS::S3::BucketPolicy has no 'policyDocument': write 'PolicyDocument'"]),
    ("      Bucket: !Ref B\n", "      BucketName: !Ref B\n", ["23:7: AWS::S3::BucketPolicy has no 'BucketName': write 'Bucket'"]),
    ("      Bucket: !Ref B\n", "", ["22:5: P has no Bucket, which AWS::S3::BucketPolicy requires"]),
    ("CorsConfiguration:", "CORSConfiguration:", ["13:7: AWS::S3::Bucket has no 'CORSConfiguration': write 'CorsConfiguration'"]),
    ("CorsConfiguration: {CorsRules", "CorsRules: {CorsRules", ["13:7: AWS::S3::Bucket has no 'CorsRules': write it inside 'CorsConfiguration'"]),
    ("CorsRules:", "CORSRules:", ["13:27: CorsConfiguration has no 'CORSRules': write 'CorsRules'"]),
    ("ExposedHeaders", "ExposeHeaders", ["13:108: CorsRules has no 'ExposeHeaders': write 'ExposedHeaders'"]),
    ("AllowedMethods", "AllowedMethod", ["13:40: CorsRules has no 'AllowedMethod': write 'AllowedMethods'"]),
    ("OwnershipControls:", "OwnershipControl:", ["12:7: AWS::S3::Bucket has no 'OwnershipControl': write 'OwnershipControls'"]),
    ("Rules: [{Object", "Rule: [{Object", ["12:27: OwnershipControls has no 'Rule': write 'Rules'"]),
    ("ObjectOwnership", "objectOwnership", ["12:36: Rules has no 'objectOwnership': write 'ObjectOwnership'"]),
    ("SSEAlgorithm", "SseAlgorithm", ["17:45: ServerSideEncryptionByDefault has no 'SseAlgorithm': write 'SSEAlgorithm'"]),
    ("KMSMasterKeyID", "KmsMasterKeyId", ["17:70: ServerSideEncryptionByDefault has no 'KmsMasterKeyId': write 'KMSMasterKeyID'"]),
    ("PublicAccessBlockConfiguration", "PublicAccessBlock", ["14:7: AWS::S3::Bucket has no 'PublicAccessBlock': write 'PublicAccessBlockConfiguration'"]),
    ("BlockPublicAcls", "BlockPublicAcl", ["14:40: PublicAccessBlockConfiguration has no 'BlockPublicAcl': write 'BlockPublicAcls'"]),
    ("KeyPolicy", "Policy", ["34:7: AWS::KMS::Key has no 'Policy': write 'KeyPolicy'"]),
    # Names
    ("${B.Arn}", "${B.ARN}", ["30:36: B has no attribute 'ARN': write B.Arn"]),
    ("!Ref B\n", "!GetAtt B.BucketName\n", ["23:15: B has no attribute 'BucketName': write !Ref B, or ${B} in Fn::Sub"]),
    ("!Ref B\n", "!GetAtt B.Arn\n", ["23:15: the Bucket of P is an ARN, where S3 takes the name of a bucket: write !Ref B"]),
    ("!Ref B\n", "!GetAtt B.DomainName\n", ["23:15: the Bucket of P is no name, where S3 takes the name of a bucket: write !Ref B"]),
    ("!Ref B\n", "!If [X, !GetAtt B.Arn, !Ref B]\n", ["23:15: the Bucket of P is an ARN, where S3 takes the name of a bucket: write !Ref B"]),
    ("!Ref B\n", "arn:aws:s3:::acme\n", ["23:15: the Bucket of P is an ARN, where S3 takes the name of a bucket: write 'acme'"]),
    ("!Ref B\n", "!Ref Bb\n", [f"23:15: 'Bb' {NOTHING}; did you mean 'B'?"]),
    ("${B.Arn}", "arn:${AWS::Partion}:s3:::x", [f"30:36: 'AWS::Partion' {NOTHING}; did you mean 'AWS::Partition'?"]),
    ("!If [X", "!If [Y", ["27:26: 'Y' is not a condition of the template"]),
    ("[M, a", "[Mm, a", ["13:80: 'Mm' is not a mapping of the template"]),
    ("[M, a, origin]", "[M, a, origins]", ["13:80: the mapping has no key 'origins'; did you mean 'origin'?"]),
    # Functions
    ("!Ref B\n", "!ref B\n", ["23:15: !ref is not a function of CloudFormation: write !Ref"]),
    ("!Ref B\n", "{Fn::Ref: B}\n", ["23:15: 'Fn::Ref' is not a function of CloudFormation: write 'Ref'"]),
    ("!Ref B\n", "{ref: B}\n", ["23:15: 'ref' is not a function of CloudFormation: write 'Ref'"]),
    ("!Sub ", "!SUB ", ["30:36: !SUB is not a function of CloudFormation: write !Sub"]),
    ('!Join ["/", [!Sub "${B.Arn}", "*"]]', '!Join [!Sub "${B.Arn}", "/*"]', ["30:23: Fn::Join is not written as CloudFormation takes it: write Fn::Join: [delimiter, [values]]"]),
    ("!If [X, Allow, Deny]", "!If [X, Allow]", ["27:21: Fn::If is not written as CloudFormation takes it: write Fn::If: [condition, value if true, value if false]"]),
    ('!Split [",", "s3:GetObject,s3:PutObject"]', '!Split "s3:GetObject,s3:PutObject"', ["29:21: Fn::Split is not written as CloudFormation takes it: write Fn::Split: [delimiter, text]"]),
]  # fmt: skip


NAMES = """AWSTemplateFormatVersion: "2010-09-09"
Resources:
  B: {Type: AWS::S3::Bucket}
  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  U: {Type: AWS::IAM::User, Properties: {Groups: [!Ref G]}}
  G: {Type: AWS::IAM::Group}
  Many: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {}, Users: [!Ref U], Roles: [!Ref R]}}
  One: {Type: AWS::IAM::RolePolicy, Properties: {PolicyDocument: {}, RoleName: !Ref R}}
  Added: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref G, Users: [!Ref U]}}
"""
NAMED = [
    ("Groups: [!Ref G]", "Groups: [!GetAtt G.Arn]", "5:51: one of the Groups of U is an ARN, where IAM takes the name of a group: write !Ref G"),
    ("Roles: [!Ref R]", "Roles: [!GetAtt R.RoleId]", "7:99: one of the Roles of Many is no name, where IAM takes the name of a role: write !Ref R"),
    ("Roles: [!Ref R]", "Roles: [arn:aws:iam::111122223333:role/a/b]", "7:99: one of the Roles of Many is an ARN, where IAM takes the name of a role: write 'b'"),
    ("RoleName: !Ref R", "RoleName: !GetAtt R.Arn", "8:80: the RoleName of One is an ARN, where IAM takes the name of a role: write !Ref R"),
    ("GroupName: !Ref G", "GroupName: !GetAtt G.Arn", "9:72: the GroupName of Added is an ARN, where IAM takes the name of a group: write !Ref G"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "error"), NAMED, ids=[wrong for _, wrong, _ in NAMED])
def test_iam_takes_names(right: str, wrong: str, error: str) -> None:
    assert faults(NAMES) == []
    assert right in NAMES
    assert faults(NAMES.replace(right, wrong, 1)) == [f"-:{error}"]


def test_a_template_without_slips_has_no_errors() -> None:
    assert faults(TEMPLATE) == []


@pytest.mark.parametrize(("right", "wrong", "errors"), SLIPS, ids=[wrong.strip() or right.strip() for right, wrong, _ in SLIPS])
def test_slips_are_told_with_what_is_meant(right: str, wrong: str, errors: list[str]) -> None:
    assert right in TEMPLATE
    assert faults(TEMPLATE.replace(right, wrong, 1)) == [f"-:{error}" for error in errors]


UNDEFINED = [
    ("!Ref B\n", "!Ref Bb\n"),
    ("    Condition: X", "    Condition: Y"),
    ("[M, a", "[Mm, a"),
    ("DependsOn: B", "DependsOn: Bx"),
]


@pytest.mark.parametrize(("right", "wrong"), UNDEFINED)
def test_a_part_of_a_template_may_name_what_other_parts_have(right: str, wrong: str) -> None:
    whole = TEMPLATE.replace(right, wrong, 1)
    assert faults(whole) != []
    assert faults(whole.partition("\n")[2]) == []
    assert faults(whole + "Transform: AWS::Serverless-2016-10-31\n") == []


@pytest.mark.parametrize(
    ("written", "given", "error"),
    [
        ("Type: String, AllowedValues: [a, b]", "a", None),
        ("Type: String, AllowedValues: [a, b]", "c", """E is 'c', and only "a" and "b" are allowed"""),
        ("Type: String, MinLength: 2, MaxLength: 3", "abc", None),
        (
            "Type: String, MinLength: 2, MaxLength: 3",
            "abcd",
            "the length of E, which is 'abcd', is not within 2 (MinLength) and 3 (MaxLength)",
        ),
        ("Type: Number, MinValue: 1", "1.5", None),
        ("Type: Number, MinValue: 1", "0", "the value of E, which is '0', is not within 1 (MinValue)"),
        ("Type: Number", "1e3", None),
        ("Type: Number", "one", "E is 'one', which is not a number"),
        ("Type: String, NoEcho: true, AllowedValues: [a]", "c", None),
        ("Type: Number, AllowedValues: [1, 20]", "2e1", None),
        ("Type: Number, AllowedValues: [1, 20]", "2", """E is '2', and only "1" and "20" are allowed"""),
        ("Type: CommaDelimitedList, AllowedValues: [a, b]", "'b,a'", None),
        ("Type: CommaDelimitedList, AllowedValues: [a]", "'a,c'", """an item of E is 'c', and only "a" are allowed"""),
        ("Type: String, AllowedPattern: '[a-z]+'", "ab", None),
        ("Type: String, AllowedPattern: '[a-z]+'", "ab1", "E is 'ab1', which does not match its AllowedPattern, '[a-z]+'"),
        ("Type: String, AllowedPattern: '^$|^ab$'", "''", None),
        ("Type: String, AllowedPattern: '.+'", "''", "E is '', which does not match its AllowedPattern, '.+'"),
        ("Type: CommaDelimitedList, AllowedPattern: 'a.?'", "'a, ab'", None),
        ("Type: CommaDelimitedList, AllowedPattern: 'a?'", "''", None),
        (
            "Type: CommaDelimitedList, AllowedPattern: 'a.?'",
            "''",
            "an item of E is '', which does not match its AllowedPattern, 'a.?'",
        ),
        (
            "Type: CommaDelimitedList, AllowedPattern: 'a.?'",
            "'a, b'",
            "an item of E is 'b', which does not match its AllowedPattern, 'a.?'",
        ),
        ("Type: String, AllowedPattern: '(?=b).*'", "a", None),
        ("Type: String, AllowedPattern: '[a-z&&[b]]'", "a", None),
        ("Type: String, AllowedPattern: 'a++'", "b", None),
        ("Type: String, AllowedPattern: 'a'", "ä", None),
        ("Type: String, AllowedPattern: '(a'", "b", None),
        ("Type: String, AllowedPattern: '[a-z]{0,900}'", "ab", None),
    ],
)
def test_a_parameter_has_a_value_that_it_may_have(written: str, given: str, error: str | None) -> None:
    text = (
        f"Parameters:\n  E: {{{written}, Default: {given}}}\n"
        "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref E}}\n"
    )
    assert [fault.partition(": ")[2] for fault in faults(text)] == ([] if error is None else [error])


def test_a_macro_may_take_anything() -> None:
    for right, wrong, _ in SLIPS[5:35]:
        assert faults(TEMPLATE.replace(right, wrong, 1) + "Transform: Mine\n") == [], wrong


@pytest.mark.parametrize(
    ("right", "wrong", "need"),
    [
        ("PolicyDocument:", "Document:", "s3:GetObject"),
        ("!Ref B\n", "!GetAtt B.BucketName\n", "s3:GetObject"),
        ("ObjectOwnership", "objectOwnership", "ownership"),
        ("KMSMasterKeyID", "KmsMasterKeyId", "kms:Decrypt"),
        ("Default: a", "Default: c", "s3:GetObject"),
    ],
)
def test_what_a_slip_is_about_is_unknown(tmp_path: Path, right: str, wrong: str, need: str) -> None:
    told = ask(tmp_path, {"t.yaml": TEMPLATE.replace(right, wrong, 1)})
    assert told.of("B")[need][0] == "unknown"
    assert told.code == 2


def test_cors_that_cloudformation_refuses_is_not_in_force(tmp_path: Path) -> None:
    told = ask(tmp_path, {"t.yaml": TEMPLATE.replace("CorsConfiguration:", "CORSConfiguration:")})
    assert told.of("B")["cors:GET"] == ("fails", "the bucket has no CORS configuration")
    assert told.code == 2


IN_TERRAFORM = [
    ("Type: AWS::S3::BucketPolicy\n", "Type: AWS::S3::BucketPolicys\n"),
    ("PolicyDocument:", "Document:"),
    ("Default: a", "Default: c"),
]


@pytest.mark.parametrize(("right", "wrong"), IN_TERRAFORM)
def test_slips_in_a_template_inside_terraform_are_told_where_that_is(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in TEMPLATE
    text = TEMPLATE.replace(right, wrong, 1)
    stack = 'resource "aws_cloudformation_stack" "s" {\n  name          = "s"\n  template_body = <<EOF\nBODY\nEOF\n}\n'
    code = stack.replace("BODY", text.replace("${", "$${"))
    told = ask(tmp_path, {"main.tf": code})
    expected = [fault.partition(": ")[2] for fault in faults(text)]
    assert [error.partition(": ")[2] for error in told.errors] == expected
    assert {error.partition(": ")[0] for error in told.errors} == {"main.tf:3:3"}
    assert told.code == 2


def test_slips_in_a_template_about_something_else_are_not_told(tmp_path: Path) -> None:
    body = "AWSTemplateFormatVersion: '2010-09-09'\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nope}}}\n"
    bucket = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
    stack = f'resource "aws_cloudformation_stack" "s" {{\n  template_body = <<EOF\n{body}EOF\n}}\n'
    assert ask(tmp_path, {"main.tf": bucket + stack}).errors == ()
