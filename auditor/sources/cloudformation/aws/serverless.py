"""What AWS SAM makes of a function or state machine as far as access goes: its role, and the policies that it names.

Source: AWS SAM Developer Guide, "CloudFormation resources generated when you specify AWS::Serverless::Function" and "AWS SAM policy
templates"; the list of the 81 templates is that of the AWS SAM translator 1.110 (policy_templates.json). None of them denies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.foundation.value import NULL, Known, ListValue, MapValue, Symbol, Unknown, Value, is_null
from auditor.model import IdentityDeclaration, PolicyOwner
from auditor.sources.cloudformation.aws.attributes import function_role_arn, function_role_name, text
from auditor.sources.cloudformation.intrinsics import joined
from auditor.sources.cloudformation.stack import StackResource

_READ = ("s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion", "s3:GetLifecycleConfiguration")
_WRITE = ("s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration")
_TAGS = (
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersionTagging",
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
)
_BUCKET_ACTIONS: Mapping[str, Sequence[str]] = {
    "S3ReadPolicy": _READ,
    "S3WritePolicy": _WRITE,
    "S3CrudPolicy": (*_READ, *_WRITE, "s3:DeleteObject"),
    "S3FullAccessPolicy": (*_READ, *_WRITE, "s3:DeleteObject", "s3:GetObjectAcl", *_TAGS),
}
_KEY_ACTIONS: Mapping[str, Sequence[str]] = {
    "KMSDecryptPolicy": ("kms:Decrypt",),
    "KMSEncryptPolicy": ("kms:Encrypt",),
    "KMSEncryptPolicy_v2": (
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
    ),
}
# Policy templates that say nothing of S3 or of KMS keys.
_ABOUT_NEITHER = frozenset(
    {
        "AMIDescribePolicy", "AWSSecretsManagerGetSecretValuePolicy", "AWSSecretsManagerRotationPolicy",
        "AcmGetCertificatePolicy", "AthenaQueryPolicy", "CloudFormationDescribeStacksPolicy", "CloudWatchDashboardPolicy",
        "CloudWatchDescribeAlarmHistoryPolicy", "CloudWatchPutMetricPolicy", "CodeCommitCrudPolicy", "CodeCommitReadPolicy",
        "CodePipelineLambdaExecutionPolicy", "CodePipelineReadOnlyPolicy", "ComprehendBasicAccessPolicy",
        "CostExplorerReadOnlyPolicy", "DynamoDBBackupFullAccessPolicy", "DynamoDBCrudPolicy", "DynamoDBReadPolicy",
        "DynamoDBReconfigurePolicy", "DynamoDBRestoreFromBackupPolicy", "DynamoDBStreamReadPolicy", "DynamoDBWritePolicy",
        "EC2CopyImagePolicy", "EC2DescribePolicy", "EFSWriteAccessPolicy", "EKSDescribePolicy", "EcsRunTaskPolicy",
        "ElasticMapReduceAddJobFlowStepsPolicy", "ElasticMapReduceCancelStepsPolicy", "ElasticMapReduceModifyInstanceFleetPolicy",
        "ElasticMapReduceModifyInstanceGroupsPolicy", "ElasticMapReduceSetTerminationProtectionPolicy",
        "ElasticMapReduceTerminateJobFlowsPolicy", "ElasticsearchHttpPostPolicy", "EventBridgePutEventsPolicy",
        "FilterLogEventsPolicy", "FirehoseCrudPolicy", "FirehoseWritePolicy", "KinesisCrudPolicy", "KinesisStreamReadPolicy",
        "LambdaInvokePolicy", "MobileAnalyticsWriteOnlyAccessPolicy", "OrganizationsListAccountsPolicy",
        "PinpointEndpointAccessPolicy", "PollyFullAccessPolicy", "RekognitionDetectOnlyPolicy",
        "RekognitionFacesManagementPolicy", "RekognitionFacesPolicy", "RekognitionLabelsPolicy", "RekognitionNoDataAccessPolicy",
        "RekognitionReadPolicy", "RekognitionWriteOnlyAccessPolicy", "Route53ChangeResourceRecordSetsPolicy",
        "SESBulkTemplatedCrudPolicy", "SESBulkTemplatedCrudPolicy_v2", "SESCrudPolicy", "SESEmailTemplateCrudPolicy",
        "SESSendBouncePolicy", "SNSCrudPolicy", "SNSPublishMessagePolicy", "SQSPollerPolicy", "SQSSendMessagePolicy",
        "SSMParameterReadPolicy", "SSMParameterWithSlashPrefixReadPolicy", "SageMakerCreateEndpointConfigPolicy",
        "SageMakerCreateEndpointPolicy", "ServerlessRepoReadWriteAccessPolicy", "StepFunctionsCallbackPolicy",
        "StepFunctionsExecutionPolicy", "StepFunctionsExecutionPolicy_v2", "TextractDetectAnalyzePolicy",
        "TextractGetResultPolicy", "TextractPolicy", "VPCAccessPolicy",
    }
)  # fmt: skip


def role(function: StackResource) -> IdentityDeclaration:
    """The role that SAM makes for a function or state machine that names none; its boundary is still the ARN that is written."""
    trust = function.value("AssumeRolePolicyDocument")
    service = "lambda.amazonaws.com" if function.type == "AWS::Serverless::Function" else "states.amazonaws.com"
    return IdentityDeclaration(
        f"{function.address}Role",
        function.location,
        function.when,
        function.stack.calls,
        name=text(function_role_name(function)),
        arn=text(function_role_arn(function)),
        trust_policy=_trust(service) if is_null(trust) else trust,
        boundary=function.value("PermissionsBoundary"),
        account=function.stack.surroundings.account,
    )


def _trust(service: str) -> Value:
    statement: dict[str, Value] = {
        "Effect": Known("Allow"),
        "Principal": MapValue({"Service": Known(service)}),
        "Action": Known("sts:AssumeRole"),
    }
    return MapValue({"Version": Known("2012-10-17"), "Statement": ListValue((MapValue(statement),))})


def document(policy: Value, function: StackResource) -> tuple[Value, PolicyOwner]:
    """The document of one entry of a function's Policies, and who wrote it: AWS, for a policy template. Null for one that names a managed policy."""
    if not isinstance(policy, MapValue):
        return NULL, PolicyOwner.AWS
    if "Statement" in policy.entries:
        return policy, PolicyOwner.INLINE
    name, arguments = next(iter(policy.entries.items()), ("", NULL))
    return _from_template(name, arguments.entries if isinstance(arguments, MapValue) else {}, policy, function), PolicyOwner.AWS


def _from_template(name: str, given: Mapping[str, Value], policy: MapValue, function: StackResource) -> Value:
    """What a policy template says of S3 and KMS keys."""
    around = function.stack.surroundings
    if name in _BUCKET_ACTIONS and "BucketName" in given:
        start = f"arn:{around.partition}:s3:::"
        arns = (joined([start, given["BucketName"]]), joined([start, given["BucketName"], "/*"]))
        return _allow(_BUCKET_ACTIONS[name], arns, policy)
    if name in _KEY_ACTIONS and "KeyId" in given:
        arn = joined([f"arn:{around.partition}:kms:", around.region, ":", around.account, ":key/", given["KeyId"]])
        return _allow(_KEY_ACTIONS[name], (arn,), policy)
    if name in _ABOUT_NEITHER:
        return MapValue({"Statement": ListValue((), policy.location)}, policy.location)
    return Unknown(Symbol(f"policy {name}", f"the policy template {name} is not evaluated", "", policy.location), policy.location)


def _allow(actions: Sequence[str], resources: tuple[Value, ...], policy: MapValue) -> Value:
    statement: dict[str, Value] = {
        "Effect": Known("Allow", policy.location),
        "Action": ListValue(tuple(Known(action, policy.location) for action in actions), policy.location),
        "Resource": ListValue(resources, policy.location),
    }
    return MapValue({"Statement": ListValue((MapValue(statement, policy.location),), policy.location)}, policy.location)
