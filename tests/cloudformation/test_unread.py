"""What of a template could not be read, or adds to a role, is never taken as absent, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, Told, ask

STATEMENT = (
    f'{{Effect: Allow, Principal: {{AWS: "{ROLE}"}}, Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::acme-b/*"}}'
)
DOCUMENT = f'PolicyDocument: {{Version: "2012-10-17", Statement: [{STATEMENT}]}}'
BUCKET = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: acme-b}\n"
POLICY = f"  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      {DOCUMENT}\n"


def of(told: Told, service: str, bucket: str = "B") -> set[tuple[str, str]]:
    return set(told.of(bucket, service).values())


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("  Q:\n    Type: AWS::S3::BucketPolicy\n    ? [a]\n    : b\n", "Q"),
        ("  Q: nothing\n", "Q"),
        ("  Q:\n    Properties: {Bucket: !Ref B}\n", "Q"),
        ("  Q: {Type: AWS::S3::BucketPolicy}\n  Q: {Type: AWS::S3::BucketPolicy}\n", "Q"),
        ("  Q:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      ? [a]\n      : b\n", "the Properties of Q"),
        ("  Q:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      ? [a]\n      : b\n", "the Properties of Q"),
    ],
)
def test_a_resource_that_cannot_be_read_is_not_absent(tmp_path: Path, resource: str, name: str) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET + POLICY + resource})
    assert of(told, "s3") == {("unknown", f"{name} could not be read")}
    assert told.code == 2


def test_a_policy_whose_properties_cannot_be_read_is_no_cors(tmp_path: Path) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET + "  Q:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      ? [a]\n      : b\n"})
    assert of(told, "cors") == {("fails", "the bucket has no CORS configuration")}


def test_a_nested_template_without_resources_may_say_anything(tmp_path: Path) -> None:
    child = (
        "  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml, Parameters: {Bucket: !Ref B}}\n"
    )
    told = ask(tmp_path, {"t.yaml": BUCKET + child, "child.yaml": 'AWSTemplateFormatVersion: "2010-09-09"\nResource: {}\n'})
    assert {status for status, _ in of(told, "s3")} == {"unknown"}
    assert told.code == 2


def test_a_file_that_is_included_and_cannot_be_read_is_told_where_it_is_wrong(tmp_path: Path) -> None:
    macro = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: %s}}}"
    policy = POLICY.replace(DOCUMENT, f"PolicyDocument: {macro % 'document.json'}").replace("!Ref B", macro % "name.yaml")
    told = ask(tmp_path, {"t.yaml": BUCKET + policy, "document.json": '{"Statement": [', "name.yaml": "Ref: [\n"})
    assert told.errors == (
        "document.json:1:15: ends where a JSON value is expected",
        "name.yaml:2:1: is not YAML: did not find expected node content",
    )
    assert {status for status, _ in of(told, "s3")} == {"unknown"}
    assert told.code == 2


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B:x\n    Type: y\n",
            "4:3",
            "the key that begins here has no ':' with a blank behind it",
        ),
        ("Resources:\n  A:\n    Type: 'AWS::S3::Bucket\n  B: x\n", "3:11", "the quote that opens here is not closed"),
        ("Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Tags: [{a: b}\n    C: d\n", "5:5", "did not find expected ',' or ']'"),
    ],
)
def test_what_is_not_yaml_is_told_where_it_was_begun(tmp_path: Path, text: str, place: str, message: str) -> None:
    assert ask(tmp_path, {"t.yaml": text}).errors == (f"t.yaml:{place}: is not YAML: {message}",)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("aws::s3::bucketpolicy", "AWS::S3::BucketPolicy"),
        ("AWS:S3::BucketPolicy", "AWS::S3::BucketPolicy"),
        ("S3::BucketPolicy", "AWS::S3::BucketPolicy"),
        ("aws_s3_bucket_policy", "AWS::S3::BucketPolicy"),
        ("AWS::S3::BucketPolicies", "AWS::S3::BucketPolicy"),
        ("AWS::S3::Bukcet", "AWS::S3::Bucket"),
        ("AWS::KMS::Keys", "AWS::KMS::Key"),
        ("AWS::IAM::role", "AWS::IAM::Role"),
    ],
)
def test_a_type_that_cloudformation_does_not_know_comes_with_the_one_that_is_meant(
    tmp_path: Path, written: str, right: str
) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET + POLICY.replace("AWS::S3::BucketPolicy", written)})
    assert told.errors == (f"t.yaml:6:11: P has the type '{written}', which CloudFormation does not know: write '{right}'",)
    assert of(told, "s3") == {("unknown", "P could not be read")}


def test_a_template_of_misspelt_types_alone_is_read(tmp_path: Path) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET.replace("S3::Bucket", "S3::bucket")})
    assert told.errors == (
        "t.yaml:3:11: B has the type 'AWS::S3::bucket', which CloudFormation does not know: write 'AWS::S3::Bucket'",
    )


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("AWS::S3::BucketCorsConfiguration", "unknown"),
        ("AWS::S3::AccessPoint", "fails"),
        ("AWS::IAM::OIDCProvider", "fails"),
        ("AWS::Glue::Table", "fails"),
    ],
)
def test_a_type_of_s3_that_is_not_listed_may_configure_what_it_is_given(tmp_path: Path, written: str, status: str) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET + f"  Q:\n    Type: {written}\n    Properties: {{Bucket: !Ref B}}\n"})
    assert {one for one, _ in of(told, "cors")} == {status}
    assert told.errors == ()


def test_a_macro_may_know_types_of_its_own(tmp_path: Path) -> None:
    told = ask(
        tmp_path, {"t.yaml": "Transform: Mine\n" + BUCKET + POLICY.replace("AWS::S3::BucketPolicy", "AWS::S3::bucketPolicy")}
    )
    assert told.errors == ()
    assert {one for one, _ in of(told, "s3")} == {"unknown"}


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("${B.Arn}/*", "!Sub '${B.Arn}/*'"),
        ("arn:aws:s3:::${B}/*", "!Sub 'arn:aws:s3:::${B}/*'"),
        ("arn:aws:s3:::acme-${AWS::Region}/*", "!Sub 'arn:aws:s3:::acme-${AWS::Region}/*'"),
    ],
)
def test_a_text_that_names_what_is_in_the_template_wants_sub(tmp_path: Path, written: str, right: str) -> None:
    told = ask(tmp_path, {"t.yaml": BUCKET + POLICY.replace("arn:aws:s3:::acme-b/*", written)})
    column = (BUCKET + POLICY).splitlines()[8].index('"arn:aws:s3') + 1
    assert told.errors == (f"t.yaml:9:{column}: '{written}' is not filled in without Fn::Sub: write {right}",)
    assert {status for status, _ in of(told, "s3")} == {"unknown"}


@pytest.mark.parametrize(
    "written", ["arn:aws:s3:::acme-b/${aws:username}/*", "arn:aws:s3:::acme-b/${Other}/*", "arn:aws:s3:::acme-b/${!B}/*"]
)
def test_a_text_that_names_nothing_of_the_template_is_literal(tmp_path: Path, written: str) -> None:
    assert ask(tmp_path, {"t.yaml": BUCKET + POLICY.replace("arn:aws:s3:::acme-b/*", written)}).errors == ()


# Roles

WORKER = """
  Worker:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
TLS = """
  Pol:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Sub "${Data.Arn}/*", Condition: {Bool: {"aws:SecureTransport": "false"}}}
"""
DATA = "Resources:\n  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: acme-data}}\n"
LOOP = """
  Fn::ForEach::Pol:
    - N
    - !Ref L
    - P${N}:
        Type: AWS::IAM::Policy
        Properties:
          PolicyName: !Ref N
          Roles: [!Ref Worker]
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
"""


@pytest.mark.parametrize(
    ("head", "resource"),
    [
        ("Transform: AWS::LanguageExtensions\nParameters: {L: {Type: CommaDelimitedList}}\n", LOOP),
        ("Transform: TeamMacro\n", ""),
        ("", '  Fn::Transform: {Name: "AWS::Include", Parameters: {Location: "s3://x/y.yaml"}}\n'),
        (
            "",
            (
                "  Child:\n    Type: AWS::CloudFormation::Stack\n"
                "    Properties: {TemplateURL: https://example.com/x.yaml, Parameters: {RoleName: !Ref Worker}}\n"
            ),
        ),
        (
            "",
            "  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties: {Parameters: [{ParameterKey: R, ParameterValue: !Ref Worker}]}\n",
        ),
        ("", "  Custom:\n    Type: Custom::Grants\n    Properties: {ServiceToken: arn, Role: !GetAtt Worker.Arn}\n"),
    ],
)
def test_what_may_add_a_policy_to_the_role_leaves_its_needs_unknown(tmp_path: Path, head: str, resource: str) -> None:
    files = {"t.yaml": head + DATA + WORKER + TLS + resource}
    told = ask(tmp_path, files, "--with", "principal=Worker")
    assert {status for status, _ in of(told, "s3", "Data")} == {"unknown"}


@pytest.mark.parametrize(
    "transform", ["TeamMacro", "[AWS::Serverless-2016-10-31, TeamMacro]", "{Name: AWS::Include, Parameters: {Location: s3://x/y}}"]
)
def test_a_macro_may_change_what_is_written(tmp_path: Path, transform: str) -> None:
    told = ask(tmp_path, {"t.yaml": f"Transform: {transform}\n" + BUCKET + POLICY})
    name = "AWS::Include" if "Include" in transform else "TeamMacro"
    assert of(told, "s3") == {("unknown", f"the macro {name} may change the template at deployment")}


@pytest.mark.parametrize("transform", ["AWS::LanguageExtensions", "[AWS::Serverless-2016-10-31, 'AWS::SecretsManager-2020-07-23']"])
def test_the_macros_of_aws_change_nothing_of_buckets(tmp_path: Path, transform: str) -> None:
    told = ask(tmp_path, {"t.yaml": f"Transform: {transform}\n" + BUCKET + POLICY})
    assert of(told, "s3") == {("holds", "statement 1 grants it for every key")}


def test_a_loop_without_its_transform_makes_nothing_certain(tmp_path: Path) -> None:
    loop = "  Fn::ForEach::All:\n    - N\n    - [a]\n    - P${N}:\n" + "".join(
        f"      {line}\n" for line in POLICY.splitlines()[1:]
    )
    for transform, status in (("", "unknown"), ("Transform: AWS::LanguageExtensions\n", "holds")):
        told = ask(tmp_path, {"t.yaml": transform + BUCKET + loop})
        assert {found for found, _ in of(told, "s3")} == {status}


def test_a_loop_over_what_is_given_is_decided(tmp_path: Path) -> None:
    head = "Transform: AWS::LanguageExtensions\nParameters: {L: {Type: CommaDelimitedList}}\n"
    told = ask(tmp_path, {"t.yaml": head + DATA + WORKER + TLS + LOOP}, "--with", "principal=Worker", "--parameter", "L=a")
    assert {status for status, _ in of(told, "s3", "Data")} == {"holds"}


FUNCTION = """
  Fn:
    Type: AWS::Serverless::Function
    CONNECTORS
    Properties: {Runtime: python3.12, Handler: index.handler, InlineCode: "x"ROLE}
"""
LINK = """
  Link:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Fn}, Destination: {Id: Data}, Permissions: [PERMISSIONS]}
"""
SAM = "Transform: AWS::Serverless-2016-10-31\n"


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("Read, Write", {"s3:GetObject": "holds", "s3:PutObject": "holds"}),
        ("Read", {"s3:GetObject": "holds", "s3:PutObject": "fails"}),
        ("Write", {"s3:GetObject": "fails", "s3:PutObject": "holds"}),
        ("!Ref Some", {"s3:GetObject": "unknown", "s3:PutObject": "unknown"}),
    ],
)
@pytest.mark.parametrize("form", ["connector", "inside", "own role"])
def test_a_connector_grants_what_its_profile_says(tmp_path: Path, permissions: str, expected: dict[str, str], form: str) -> None:
    inside = f"Connectors: {{ToData: {{Properties: {{Destination: {{Id: Data}}, Permissions: [{permissions}]}}}}}}"
    function = FUNCTION.replace("CONNECTORS", inside if form == "inside" else "Metadata: {}")
    function = function.replace("ROLE", ", Role: !GetAtt Worker.Arn" if form == "own role" else "")
    code = SAM + "Parameters: {Some: {Type: String}}\n" + DATA + function + (WORKER if form == "own role" else "")
    code += "" if form == "inside" else LINK.replace("PERMISSIONS", permissions)
    told = ask(tmp_path, {"t.yaml": code}, "--with", f"principal={'Worker' if form == 'own role' else 'FnRole'}")
    assert {need: status for need, (status, _) in told.of("Data", "s3").items()} == expected


def test_a_connector_to_something_else_grants_nothing_on_the_bucket(tmp_path: Path) -> None:
    table = "  T: {Type: AWS::DynamoDB::Table}\n"
    code = (
        SAM + DATA + table + FUNCTION.replace("CONNECTORS", "Metadata: {}").replace("ROLE", "") + LINK.replace("Id: Data", "Id: T")
    )
    told = ask(tmp_path, {"t.yaml": code.replace("PERMISSIONS", "Read, Write")}, "--with", "principal=FnRole")
    assert {status for status, _ in told.of("Data", "s3").values()} == {"fails"}


SET = """
  Set:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: all
      PermissionModel: SELF_MANAGED
      TemplateBody: |
"""


def of_set(template: str) -> str:
    return SET + "".join(f"        {line}\n" for line in template.splitlines())


def test_what_a_stack_set_adds_to_a_bucket_depends_on_where_its_stacks_are(tmp_path: Path) -> None:
    policy = "Resources:\n" + POLICY.replace("!Ref B", "acme-b")
    told = ask(tmp_path, {"t.yaml": BUCKET + of_set(policy)})
    reason = "it depends on 'a stack of Set exists': in one case, the bucket has no policy, so nothing lets another account in"
    assert of(told, "s3") == {("unknown", reason)}
    assert of(told, "cors") == {("fails", "the bucket has no CORS configuration")}


def test_a_bucket_of_a_stack_set_is_decided_for_each_of_its_stacks(tmp_path: Path) -> None:
    told = ask(tmp_path, {"t.yaml": "Resources:" + of_set(BUCKET + POLICY)})
    assert of(told, "s3", "Set/B") == {("holds", "statement 1 grants it for every key")}


def test_what_sam_takes_in_no_globals_grants_nothing_for_certain(tmp_path: Path) -> None:
    policies = "AmazonS3FullAccess"
    for head, own, status in (
        (f"Globals: {{Function: {{Policies: {policies}}}}}\n", "", "unknown"),
        ("", f", Policies: {policies}", "holds"),
    ):
        function = FUNCTION.replace("    CONNECTORS\n", "").replace("ROLE", own)
        told = ask(tmp_path, {"t.yaml": SAM + head + DATA + function}, "--with", "principal=FnRole")
        assert {found for found, _ in of(told, "s3", "Data")} == {status}
