"""What policies only name: the ARNs of other resources, and what a provider's configuration says of itself.

Source: AWS Service Authorization Reference, "Resource types defined by …".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.foundation.value import Known
from auditor.lazy.modules import module
from auditor.sources.cloudformation.aws.resource_type import TemplateType
from auditor.sources.resource_types.record import ResourceType
from auditor.sources.terraform.aws.resource_type import TerraformType

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws import attributes as template
    from auditor.sources.cloudformation.aws import not_evaluated
    from auditor.sources.terraform.aws import attributes, foreign
else:
    template = module("auditor.sources.cloudformation.aws.attributes")
    not_evaluated = module("auditor.sources.cloudformation.aws.not_evaluated")
    attributes = module("auditor.sources.terraform.aws.attributes")
    foreign = module("auditor.sources.terraform.aws.foreign")


SELF = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_caller_identity", data=True, computed={"account_id": attributes.account_of, "id": attributes.account_of}
        ),
        TerraformType(
            "aws_region",
            data=True,
            computed={
                "name": attributes.described_region,
                "id": attributes.described_region,
                "region": attributes.described_region,
            },
        ),
        TerraformType(
            "aws_partition",
            data=True,
            computed={
                "partition": attributes.partition,
                "id": attributes.partition,
                "dns_suffix": attributes.dns_suffix,
                "reverse_dns_prefix": lambda instance: Known(
                    "cn.com.amazonaws" if attributes.partition_of(instance) == "aws-cn" else "com.amazonaws"
                ),
            },
        ),
        TerraformType("aws_canonical_user_id", data=True, computed={"id": attributes.canonical_user}),
        TerraformType(
            "aws_cloudfront_log_delivery_canonical_user_id", data=True, computed={"id": attributes.log_delivery_canonical_user}
        ),
        *(
            TerraformType(
                f"aws_{service}_service_account",
                data=True,
                computed={"id": attributes.service_account_id, "arn": attributes.service_account_arn},
            )
            for service in ("elb", "redshift", "cloudtrail", "billing")
        ),
        TerraformType(
            "aws_iam_policy_document", data=True, computed={"json": attributes.document, "minified_json": attributes.document}
        ),
    ),
)

CLOUDFRONT = ResourceType(
    terraform=lambda: (
        TerraformType("aws_cloudfront_origin_access_identity", computed={"iam_arn": attributes.origin_access_identity_arn}),
        TerraformType(
            "aws_cloudfront_distribution", computed={"arn": attributes.arn_of_form("cloudfront", "distribution/{id}", region=False)}
        ),
    ),
    cloudformation=lambda: (TemplateType("AWS::CloudFront::Distribution", attributes={"DomainName": template.distribution_host}),),
)

TRAIL = ResourceType(
    terraform=lambda: (TerraformType("aws_cloudtrail", computed={"arn": attributes.arn_of_form("cloudtrail", "trail/{name}")}),),
    cloudformation=lambda: (
        TemplateType("AWS::CloudTrail::Trail", attributes={"Arn": template.arn_of_form("cloudtrail", "trail/{TrailName}")}),
    ),
)

LOG_GROUP = ResourceType(
    terraform=lambda: (
        TerraformType("aws_cloudwatch_log_group", computed={"arn": attributes.arn_of_form("logs", "log-group:{name}")}),
    ),
    cloudformation=lambda: (
        TemplateType("AWS::Logs::LogGroup", attributes={"Arn": template.arn_of_form("logs", "log-group:{LogGroupName}:*")}),
    ),
)

TABLE = ResourceType(
    terraform=lambda: (TerraformType("aws_dynamodb_table", computed={"arn": attributes.arn_of_form("dynamodb", "table/{name}")}),),
    cloudformation=lambda: (
        TemplateType("AWS::DynamoDB::Table", attributes={"Arn": template.arn_of_form("dynamodb", "table/{TableName}")}),
    ),
)

FUNCTION = ResourceType(
    terraform=lambda: (
        TerraformType("aws_lambda_function", computed={"arn": attributes.arn_of_form("lambda", "function:{function_name}")}),
    ),
    cloudformation=lambda: (TemplateType("AWS::Lambda::Function", attributes={"Arn": template.FUNCTION_ARN}),),
)

TOPIC = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_sns_topic",
            computed=dict.fromkeys(("arn", "id"), attributes.arn_of_form("sns", "{name}")),
        ),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::SNS::Topic",
            reference=template.arn_of_form("sns", "{TopicName}"),
            attributes={"TopicArn": template.arn_of_form("sns", "{TopicName}")},
        ),
    ),
)

QUEUE = ResourceType(
    terraform=lambda: (TerraformType("aws_sqs_queue", computed={"arn": attributes.arn_of_form("sqs", "{name}")}),),
    cloudformation=lambda: (TemplateType("AWS::SQS::Queue", attributes={"Arn": template.arn_of_form("sqs", "{QueueName}")}),),
)

PARAMETER = ResourceType(
    cloudformation=lambda: (TemplateType("AWS::SSM::Parameter", attributes={"Value": lambda resource: resource.value("Value")}),),
)

_RUN = "{} runs something that is not in the code, and may configure what it is given"
_INVOKED = {
    "aws_lambda_invocation": ("input",),
    "aws_cloudcontrolapi_resource": ("desired_state",),
    "shell_script": ("lifecycle_commands", "environment", "sensitive_environment"),
    "terracurl_request": ("url", "request_body", "request_parameters"),
    "restapi_object": ("path", "data"),
}

_MANIFESTS = {"kubernetes_manifest": "manifest", "kubectl_manifest": "yaml_body", "helm_release": "values"}

STACKS = ResourceType(
    terraform=lambda: (
        *(
            TerraformType(
                name,
                foreign.may_configure(foreign.STACK, *arguments),
                foreign=True,
                holds_template="template_body" in arguments,
            )
            for name, arguments in {
                "aws_cloudformation_stack": ("parameters", "template_body"),
                "aws_cloudformation_stack_set": ("parameters", "template_body"),
                "aws_cloudformation_stack_set_instance": ("parameter_overrides",),
                "aws_cloudformation_stack_instances": ("parameter_overrides",),
                "aws_serverlessapplicationrepository_cloudformation_stack": ("parameters",),
                "aws_servicecatalog_provisioned_product": ("provisioning_parameters",),
                "awscc_cloudformation_stack": ("parameters", "template_body"),
                "awscc_cloudformation_stack_set": ("parameters", "template_body", "stack_instances_group"),
            }.items()
        ),
        *(TerraformType(name, foreign.may_configure(_RUN, *arguments), foreign=True) for name, arguments in _INVOKED.items()),
        *(TerraformType(name, foreign.may_manage(argument), foreign=True) for name, argument in _MANIFESTS.items()),
    ),
    cloudformation=lambda: (
        *(TemplateType(name, not_evaluated.nested_stack) for name in sorted(not_evaluated.STACKS)),
        TemplateType(not_evaluated.STACK_SET, not_evaluated.stack_set),
    ),
)

RECORDS = (SELF, CLOUDFRONT, TRAIL, LOG_GROUP, TABLE, FUNCTION, TOPIC, QUEUE, PARAMETER, STACKS)
