"""The stacks of a set have the values that the code gives them; what it leaves unresolved is unknown only where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

TEMPLATE = """\
Parameters:
  Who: {Type: String, Default: DEFAULT}
  Free: {Type: String}
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "acme-${Free}"}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref Who}, Action: ["s3:GetObject", "s3:PutObject"], Resource: !Sub "${B.Arn}/*"}
"""
OTHER = "arn:aws:iam::111111111111:role/other"
HEAD = "Parameters: {V: {Type: String}}\nConditions: {On: !Equals [!Ref V, a]}\nResources:\n"
WHO_IS_OTHER = f'[{{ParameterKey: Who, ParameterValue: "{OTHER}"}}]'
WHO_IS_ROLE = f'[{{ParameterKey: Who, ParameterValue: "{ROLE}"}}]'


def of_set(default: str, *properties: str) -> str:
    lines = ["TemplateBody: |", *(f"  {line}" for line in TEMPLATE.replace("DEFAULT", f'"{default}"').splitlines()), *properties]
    return (
        HEAD + "  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n" + "".join(f"      {line}\n" for line in lines)
    )


@pytest.mark.parametrize(
    ("default", "properties", "expected"),
    [
        pytest.param(ROLE, ["StackSetName: a"], "unknown", id="stacks that are made elsewhere"),
        pytest.param(ROLE, ["StackInstancesGroup: [{Regions: [us-east-1]}]"], "holds", id="a default"),
        pytest.param(ROLE, [f"Parameters: {WHO_IS_OTHER}", "StackInstancesGroup: [{Regions: [us-east-1]}]"], "fails", id="a value"),
        pytest.param(
            ROLE,
            [f"Parameters: {WHO_IS_OTHER}", f"StackInstancesGroup: [{{ParameterOverrides: {WHO_IS_ROLE}}}]"],
            "holds",
            id="the only group",
        ),
        pytest.param(
            ROLE,
            [f"StackInstancesGroup: [{{Regions: [us-east-1]}}, {{ParameterOverrides: {WHO_IS_OTHER}}}]"],
            "unknown",
            id="groups",
        ),
        pytest.param(
            ROLE,
            ["StackInstancesGroup: [{ParameterOverrides: [{ParameterKey: Free, ParameterValue: !Ref V}]}, {Regions: [us-east-1]}]"],
            "holds",
            id="groups that differ in what does not matter",
        ),
        pytest.param(
            OTHER,
            ["AutoDeployment: {Enabled: true}", f"StackInstancesGroup: [{{ParameterOverrides: {WHO_IS_ROLE}}}]"],
            "unknown",
            id="accounts that are added later",
        ),
        pytest.param(
            OTHER,
            ["AutoDeployment: {Enabled: false}", f"StackInstancesGroup: [{{ParameterOverrides: {WHO_IS_ROLE}}}]"],
            "holds",
            id="accounts that are added by hand",
        ),
        pytest.param(
            ROLE,
            [f"Parameters: !If [On, {WHO_IS_OTHER}, !Ref AWS::NoValue]", "StackInstancesGroup: [{Regions: [us-east-1]}]"],
            "unknown",
            id="values under a condition",
        ),
        pytest.param(
            ROLE,
            [f"Parameters: [!If [On, {WHO_IS_ROLE[1:-1]}, !Ref AWS::NoValue]]", "StackInstancesGroup: [{Regions: [us-east-1]}]"],
            "holds",
            id="a value under a condition that is the default",
        ),
        pytest.param(
            ROLE,
            ["Parameters: [{ParameterKey: !Ref V, ParameterValue: x}]", "StackInstancesGroup: [{Regions: [us-east-1]}]"],
            "unknown",
            id="a key that is not resolved",
        ),
        pytest.param(ROLE, ["StackInstancesGroup: !Ref V"], "unknown", id="groups that are not resolved"),
    ],
)
def test_a_bucket_of_a_set(tmp_path: Path, default: str, properties: list[str], expected: str) -> None:
    told = ask(tmp_path, {"t.yaml": of_set(default, *properties)})
    assert {status for status, _ in told.of("Set/B", "s3").values()} == {expected}


def test_a_template_that_is_packaged_is_that_of_the_set(tmp_path: Path) -> None:
    code = (
        HEAD
        + "  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties: {TemplateURL: s.yaml, StackInstancesGroup: [{Regions: [a]}]}\n"
    )
    told = ask(tmp_path, {"t.yaml": code, "s.yaml": TEMPLATE.replace("DEFAULT", f'"{ROLE}"')})
    assert {address for address, _ in told.verdicts} == {"Set/B"}
    assert {status for status, _ in told.of("Set/B", "s3").values()} == {"holds"}


STACK = (
    "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: s.yaml, Parameters: PARAMETERS}\n"
)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (f'{{Who: "{ROLE}"}}', "holds"),
        ("{}", "fails"),
        ("{Who: !Ref AWS::NoValue}", "fails"),
        (f'!If [On, {{Who: "{ROLE}"}}, {{Who: "{OTHER}"}}]', "unknown"),
        (f'!If [On, {{Who: "{ROLE}"}}, {{Who: "{ROLE}", Free: x}}]', "holds"),
        ("!Ref V", "unknown"),
    ],
)
def test_a_nested_stack_is_given_what_its_parameters_come_to(tmp_path: Path, parameters: str, expected: str) -> None:
    code = HEAD.removesuffix("Resources:\n") + STACK.replace("PARAMETERS", parameters)
    told = ask(tmp_path, {"t.yaml": code, "s.yaml": TEMPLATE.replace("DEFAULT", f'"{OTHER}"')})
    assert {status for status, _ in told.of("Child/B", "s3").values()} == {expected}


TERRAFORM = """
variable "v" {}
resource "aws_cloudformation_stack_set" "all" {
  name          = "all"
  parameters    = PARAMETERS
  template_body = file("${path.module}/s.yaml")
}
"""
INSTANCE = """
resource "aws_cloudformation_stack_set_instance" "NAME" {
  stack_set_name      = aws_cloudformation_stack_set.all.name
  parameter_overrides = OVERRIDES
}
"""


@pytest.mark.parametrize(
    ("parameters", "overrides", "expected"),
    [
        ("{}", [], "unknown"),
        ("{}", ["null"], "fails"),
        (f'{{ Who = "{ROLE}" }}', ["null"], "holds"),
        (f'{{ Who = "{ROLE}", Free = var.v }}', ["{}"], "holds"),
        ("var.v", ["{}"], "unknown"),
        ("var.v", [f'{{ Who = "{ROLE}" }}'], "holds"),
        ("{}", [f'{{ Who = "{ROLE}" }}'], "holds"),
        ("{}", [f'{{ Who = "{ROLE}" }}', "{}"], "unknown"),
        ("{}", ["var.v"], "unknown"),
    ],
)
def test_a_set_of_terraform(tmp_path: Path, parameters: str, overrides: list[str], expected: str) -> None:
    code = TERRAFORM.replace("PARAMETERS", parameters)
    code += "".join(INSTANCE.replace("NAME", f"i{at}").replace("OVERRIDES", one) for at, one in enumerate(overrides))
    told = ask(tmp_path, {"main.tf": code, "s.yaml": TEMPLATE.replace("DEFAULT", f'"{OTHER}"')})
    found = {status for status, _ in told.of("aws_cloudformation_stack_set.all/B", "s3").values()}
    assert found == {expected}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [("{}", "fails"), (f'{{ Who = "{ROLE}" }}', "holds"), ("var.v", "unknown"), (f'merge(var.v, {{ Who = "{ROLE}" }})', "holds")],
)
def test_a_stack_of_terraform(tmp_path: Path, parameters: str, expected: str) -> None:
    code = TERRAFORM.replace("PARAMETERS", parameters).replace("aws_cloudformation_stack_set", "aws_cloudformation_stack")
    told = ask(tmp_path, {"main.tf": code, "s.yaml": TEMPLATE.replace("DEFAULT", f'"{OTHER}"')})
    assert {status for status, _ in told.of("aws_cloudformation_stack.all/B", "s3").values()} == {expected}


def test_a_set_of_the_cloud_control_provider(tmp_path: Path) -> None:
    group = f'{{ regions = ["a"], parameter_overrides = [{{ parameter_key = "Who", parameter_value = "{ROLE}" }}] }}'
    code = TERRAFORM.replace("aws_", "awscc_").replace("parameters    = PARAMETERS", f"stack_instances_group = [{group}]")
    told = ask(tmp_path, {"main.tf": code, "s.yaml": TEMPLATE.replace("DEFAULT", f'"{OTHER}"')})
    assert {status for status, _ in told.of("awscc_cloudformation_stack_set.all/B", "s3").values()} == {"holds"}


def test_what_keeps_the_template_of_a_stack_set_from_being_read_is_told_where_it_is_written(tmp_path: Path) -> None:
    text = of_set(ROLE, "StackSetName: a").replace(
        "        Type: AWS::S3::BucketPolicy", "        Type: AWS::S3::BucketPolicy\n        ["
    )
    assert text.count("[\n") == 1
    told = ask(tmp_path, {"template.yaml": text})
    assert told.errors == (
        "template.yaml:7:7: line 8 of the template is not YAML: the key that begins here has no ':' with a blank behind it",
    )
