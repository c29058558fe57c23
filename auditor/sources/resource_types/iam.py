"""IAM: roles, users and groups, and the policies attached to them, one record each.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs and AWS CloudFormation Template Reference, under the name of each type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.lazy.modules import module
from auditor.model import Kind
from auditor.sources.cloudformation.aws.resource_type import TemplateType
from auditor.sources.resource_types.record import ResourceType
from auditor.sources.terraform.aws.resource_type import TerraformType

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws import attributes as template
    from auditor.sources.cloudformation.aws import connectors
    from auditor.sources.cloudformation.aws import identities as properties
    from auditor.sources.terraform.aws import attributes, cloud_control, identities
else:
    template = module("auditor.sources.cloudformation.aws.attributes")
    connectors = module("auditor.sources.cloudformation.aws.connectors")
    properties = module("auditor.sources.cloudformation.aws.identities")
    attributes = module("auditor.sources.terraform.aws.attributes")
    cloud_control = module("auditor.sources.terraform.aws.cloud_control")
    identities = module("auditor.sources.terraform.aws.identities")

_KINDS = ("role", "user", "group")


ROLE = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_iam_role",
            identities.role,
            owner=True,
            computed={"name": attributes.iam_name("name"), "id": attributes.iam_name("name"), "arn": attributes.iam_arn("role")},
            links={"policy": "json"},
            filled_in=frozenset({"inline_policy"}),
        ),
        TerraformType("aws_iam_role", data=True, computed={"id": attributes.iam_name("name"), "arn": attributes.iam_arn("role")}),
        TerraformType("aws_iam_roles", data=True, computed={"arns": attributes.role_arns}),
        TerraformType(
            "awscc_iam_role",
            cloud_control.role,
            owner=True,
            computed={
                "role_name": attributes.iam_name("role_name"),
                "id": attributes.iam_name("role_name"),
                "arn": attributes.iam_arn("role", "role_name"),
            },
        ),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::IAM::Role", properties.identity, template.named("RoleName"), {"Arn": template.iam_arn("role", "RoleName")}
        ),
        TemplateType(
            "AWS::Serverless::Function",
            properties.function,
            template.named("FunctionName"),
            {"Arn": template.FUNCTION_ARN, "Role.Arn": template.function_role_arn},
        ),
        TemplateType(
            "AWS::Serverless::StateMachine",
            properties.function,
            template.MACHINE_ARN,
            {"Arn": template.MACHINE_ARN, "Name": template.machine_name, "Role.Arn": template.function_role_arn},
        ),
    ),
    of_roles=True,
)

ROLE_POLICY = ResourceType(
    Kind.ROLE_POLICY,
    terraform=lambda: (
        TerraformType("aws_iam_policy_attachment", identities.policy_of_many, links={"policy_arn": "arn"}),
        *(
            TerraformType(f"aws_iam_{kind}_policy", identities.inline_policy, links={"policy": "json", kind: "name"})
            for kind in _KINDS
        ),
        *(
            TerraformType(
                f"aws_iam_{kind}_policy_attachment", identities.policy_attachment, links={"policy_arn": "arn", kind: "name"}
            )
            for kind in _KINDS
        ),
        *(
            TerraformType(
                f"aws_iam_{kind}_policy_attachments_exclusive",
                identities.policy_attachments,
                links={f"{kind}_name": "name"},
            )
            for kind in _KINDS
        ),
        TerraformType("awscc_iam_role_policy", cloud_control.role_policy),
        TerraformType("awscc_iam_managed_policy", cloud_control.managed_policy),
    ),
    cloudformation=lambda: (
        TemplateType("AWS::IAM::Policy", properties.policy_of_many),
        *(TemplateType(f"AWS::IAM::{kind.title()}Policy", properties.policy_of_one) for kind in _KINDS),
    ),
    of_roles=True,
)

USER = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_iam_user",
            identities.user,
            owner=True,
            computed={"name": attributes.iam_name("name"), "id": attributes.iam_name("name"), "arn": attributes.iam_arn("user")},
        ),
        TerraformType("aws_iam_user", data=True, computed={"arn": attributes.iam_arn("user", "user_name")}),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::IAM::User", properties.identity, template.named("UserName"), {"Arn": template.iam_arn("user", "UserName")}
        ),
    ),
    of_roles=True,
)

GROUP = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_iam_group",
            identities.group,
            owner=True,
            computed={"name": attributes.iam_name("name"), "id": attributes.iam_name("name"), "arn": attributes.iam_arn("group")},
        ),
        TerraformType("aws_iam_group", data=True, computed={"arn": attributes.iam_arn("group", "group_name")}),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::IAM::Group", properties.identity, template.named("GroupName"), {"Arn": template.iam_arn("group", "GroupName")}
        ),
    ),
    of_roles=True,
)

MEMBERSHIP = ResourceType(
    terraform=lambda: (
        TerraformType("aws_iam_group_membership", identities.members, links={"group": "name"}),
        TerraformType("aws_iam_user_group_membership", identities.groups, links={"user": "name"}),
    ),
    cloudformation=lambda: (TemplateType("AWS::IAM::UserToGroupAddition", properties.members),),
    of_roles=True,
)

POLICY_NAMES = ResourceType(
    terraform=lambda: tuple(
        TerraformType(f"aws_iam_{kind}_policies_exclusive", identities.policy_names, links={f"{kind}_name": "name"})
        for kind in _KINDS
    ),
    of_roles=True,
)

MANAGED_POLICY = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_iam_policy",
            consulted=True,
            computed={"name": attributes.iam_name("name"), "id": attributes.iam_arn("policy"), "arn": attributes.iam_arn("policy")},
            links={"policy": "json"},
        ),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::IAM::ManagedPolicy",
            properties.policy_of_many,
            template.iam_arn("policy", "ManagedPolicyName"),
            {"PolicyArn": template.iam_arn("policy", "ManagedPolicyName")},
        ),
    ),
    of_roles=True,
)

ORGANIZATION_POLICY = ResourceType(
    terraform=lambda: (TerraformType("aws_organizations_policy", identities.organization_policy, links={"content": "json"}),),
    cloudformation=lambda: (TemplateType("AWS::Organizations::Policy", properties.organization_policy),),
)

CONNECTOR = ResourceType(
    cloudformation=lambda: (TemplateType("AWS::Serverless::Connector", connectors.connector),),
    of_roles=True,
)

INSTANCE_PROFILE = ResourceType(
    terraform=lambda: (TerraformType("aws_iam_instance_profile", computed={"arn": attributes.iam_arn("instance-profile")}),),
    cloudformation=lambda: (
        TemplateType("AWS::IAM::InstanceProfile", attributes={"Arn": template.iam_arn("instance-profile", "InstanceProfileName")}),
    ),
)

RECORDS = (
    ROLE,
    USER,
    GROUP,
    ROLE_POLICY,
    MEMBERSHIP,
    POLICY_NAMES,
    MANAGED_POLICY,
    ORGANIZATION_POLICY,
    CONNECTOR,
    INSTANCE_PROFILE,
)
