"""Policies that AWS manages and that people attach to roles, as far as S3 and KMS go.

Source: AWS Managed Policy Reference Guide, the page of each policy.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.foundation.value import Known, ListValue, MapValue, Value

_PREFIX = "arn:aws:iam::aws:policy/"
_Statement = Mapping[str, str | tuple[str, ...]]
_ABOUT_S3_OR_KMS: Mapping[str, _Statement] = {
    "AdministratorAccess": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    "PowerUserAccess": {"Effect": "Allow", "NotAction": ("iam:*", "organizations:*", "account:*"), "Resource": "*"},
    "ReadOnlyAccess": {
        "Effect": "Allow",
        "Action": ("s3:Get*", "s3:List*", "kms:Describe*", "kms:Get*", "kms:List*"),
        "Resource": "*",
    },
    "AmazonS3FullAccess": {"Effect": "Allow", "Action": ("s3:*", "s3-object-lambda:*"), "Resource": "*"},
    "AmazonS3ReadOnlyAccess": {"Effect": "Allow", "Action": ("s3:Get*", "s3:List*", "s3:Describe*"), "Resource": "*"},
    "AWSDenyAll": {"Effect": "Deny", "Action": "*", "Resource": "*"},
}
# Policies that say nothing of S3 or of the use of a KMS key.
_ABOUT_NEITHER = frozenset(
    {
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess",
        "service-role/AWSLambdaSQSQueueExecutionRole", "CloudWatchAgentServerPolicy", "AmazonSSMManagedInstanceCore",
        "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPowerUser", "service-role/AmazonECSTaskExecutionRolePolicy",
        "service-role/AmazonEC2ContainerServiceforEC2Role", "AmazonEKS_CNI_Policy", "AmazonEKSWorkerNodePolicy",
    }
)  # fmt: skip


def managed_policy(arn: str) -> Value | None:
    """The document of a policy that AWS manages, as far as S3 and KMS go; None when its text is not known here.

    Args:
        arn: of the policy, or its name alone, as SAM takes it.
    """
    name = arn.removeprefix(_PREFIX)
    if name in _ABOUT_NEITHER or f"service-role/{name}" in _ABOUT_NEITHER:
        return _document(())
    statement = _ABOUT_S3_OR_KMS.get(name)
    if statement is None:
        return None
    written: Mapping[str, Value] = {
        key: Known(value) if isinstance(value, str) else ListValue(tuple(map(Known, value))) for key, value in statement.items()
    }
    return _document((MapValue({"Sid": Known(name.rpartition("/")[2]), **written}),))


def _document(statements: tuple[Value, ...]) -> Value:
    return MapValue({"Version": Known("2012-10-17"), "Statement": ListValue(statements)})
