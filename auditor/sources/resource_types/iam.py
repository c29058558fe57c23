"""IAM: roles and the policies attached to them, one record each; users and groups as far as policies name them.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs and AWS CloudFormation Template Reference, under the name of each type.
"""

from __future__ import annotations

from auditor.model import Kind
from auditor.sources.cloudformation.aws import attributes as template
from auditor.sources.cloudformation.aws import connectors
from auditor.sources.cloudformation.aws import roles as properties
from auditor.sources.cloudformation.aws.resource_type import TemplateType
from auditor.sources.resource_types.record import ResourceType
from auditor.sources.terraform.aws import cloud_control, roles
from auditor.sources.terraform.aws.attributes import iam_arn, iam_name
from auditor.sources.terraform.aws.resource_type import TerraformType

_POLICY_OF_ROLE = {"policy": "json", "role": "name"}
_MANAGED_OF_ROLE = {"policy_arn": "arn", "role": "name"}


ROLE = ResourceType(
    terraform=(
        TerraformType(
            "aws_iam_role",
            roles.role,
            owner=True,
            computed={"name": iam_name("name"), "id": iam_name("name"), "arn": iam_arn("role")},
            links={"policy": "json"},
            filled_in=frozenset({"inline_policy"}),
        ),
        TerraformType("aws_iam_role", data=True, computed={"id": iam_name("name"), "arn": iam_arn("role")}),
    ),
    cloudformation=(
        TemplateType("AWS::IAM::Role", properties.role, template.named("RoleName"), {"Arn": template.iam_arn("role", "RoleName")}),
        TemplateType(
            "AWS::Serverless::Function",
            properties.function,
            template.named("FunctionName"),
            {"Arn": template.FUNCTION_ARN, "Role.Arn": template.function_role_arn},
        ),
    ),
    of_roles=True,
)

ROLE_POLICY = ResourceType(
    Kind.ROLE_POLICY,
    terraform=(
        TerraformType("aws_iam_role_policy", roles.role_policy, links=_POLICY_OF_ROLE),
        TerraformType("aws_iam_policy_attachment", roles.policy_of_roles, links=_MANAGED_OF_ROLE),
        TerraformType("aws_iam_role_policy_attachment", roles.policy_attachment, links=_MANAGED_OF_ROLE),
        TerraformType("aws_iam_role_policy_attachments_exclusive", roles.policy_attachments, links=_MANAGED_OF_ROLE),
        TerraformType("awscc_iam_role_policy", cloud_control.role_policy),
        TerraformType("awscc_iam_managed_policy", cloud_control.managed_policy),
    ),
    cloudformation=(
        TemplateType("AWS::IAM::Policy", properties.policy_of_roles),
        TemplateType("AWS::IAM::RolePolicy", properties.role_policy),
    ),
    of_roles=True,
)

MANAGED_POLICY = ResourceType(
    terraform=(
        TerraformType(
            "aws_iam_policy",
            consulted=True,
            computed={"name": iam_name("name"), "id": iam_arn("policy"), "arn": iam_arn("policy")},
            links={"policy": "json"},
        ),
    ),
    cloudformation=(
        TemplateType(
            "AWS::IAM::ManagedPolicy",
            properties.policy_of_roles,
            template.iam_arn("policy", "ManagedPolicyName"),
            {"PolicyArn": template.iam_arn("policy", "ManagedPolicyName")},
        ),
    ),
    of_roles=True,
)

CONNECTOR = ResourceType(
    cloudformation=(TemplateType("AWS::Serverless::Connector", connectors.connector),),
    of_roles=True,
)

PRINCIPALS = ResourceType(
    terraform=(
        TerraformType("aws_iam_user", computed={"name": iam_name("name"), "id": iam_name("name"), "arn": iam_arn("user")}),
        TerraformType("aws_iam_user", data=True, computed={"arn": iam_arn("user", "user_name")}),
        TerraformType("aws_iam_group", computed={"name": iam_name("name"), "id": iam_name("name"), "arn": iam_arn("group")}),
        TerraformType("aws_iam_group", data=True, computed={"arn": iam_arn("group", "group_name")}),
        TerraformType("aws_iam_instance_profile", computed={"arn": iam_arn("instance-profile")}),
    ),
    cloudformation=(
        TemplateType("AWS::IAM::User", None, template.named("UserName"), {"Arn": template.iam_arn("user", "UserName")}),
        TemplateType("AWS::IAM::Group", None, template.named("GroupName"), {"Arn": template.iam_arn("group", "GroupName")}),
        TemplateType("AWS::IAM::InstanceProfile", attributes={"Arn": template.iam_arn("instance-profile", "InstanceProfileName")}),
    ),
)

RECORDS = (ROLE, ROLE_POLICY, MANAGED_POLICY, CONNECTOR, PRINCIPALS)
