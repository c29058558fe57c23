"""What `Ref` and `Fn::GetAtt` give for a resource: what is written, what follows from it, and what is unknown until deployment.

Sources: AWS CloudFormation Template Reference, "Return values" of each type; for the forms of ARNs, AWS Service Authorization Reference,
"Resource types defined by …"; AWS SAM Developer Guide, "CloudFormation resources generated when you specify AWS::Serverless::Function".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.foundation.value import Domain, Known, Symbol, Template, Text, Unknown, Value, is_null
from auditor.sources.choices import in_branches
from auditor.sources.cloudformation.intrinsics import joined
from auditor.sources.naming import derived, name_of
from auditor.sources.origin import meaning, read_from

if TYPE_CHECKING:
    from auditor.sources.cloudformation.stack import Resource

_ASSIGNED = "AWS assigns it at deployment"


def reference_to(resource: Resource) -> Value:
    """What `Ref` gives; a text carries the resource's address in `origin`."""
    compute = _REFERENCES.get(resource.type)
    if compute is not None:
        return read_from(compute(resource), resource.address)
    # The physical id: unknown, and without wildcards, except where a custom resource makes up what it likes.
    domain = Domain.ANY if is_custom(resource.type) else Domain.ASSIGNED
    return read_from(Unknown(Symbol(resource.address, _ASSIGNED, "", resource.location, domain)), resource.address)


def attribute_of(resource: Resource, name: str) -> Value:
    """What `Fn::GetAtt` gives; likewise."""
    compute = _ATTRIBUTES.get((resource.type, name))
    if compute is not None:
        return read_from(compute(resource), resource.address)
    full = f"{resource.address}.{name}"
    if resource.type in _STACKS:
        reason = f"the template of the nested stack {resource.address} is not on disk"
        return Unknown(Symbol(full, reason, "", resource.location), None, None)
    if is_custom(resource.type):
        return Unknown(Symbol(full, "a custom resource returns it at deployment", "", resource.location))
    domain = Domain.ASSIGNED if name.endswith(("Arn", "Id", "Name", "ARN")) else Domain.ANY
    return Unknown(Symbol(full, _ASSIGNED, "", resource.location, domain), None, resource.address)


_STACKS = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})


def is_custom(resource_type: str) -> bool:
    """Whether a type is made by code that nobody can see."""
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def text(value: Value) -> Text:
    """A value as text; one that branches becomes a symbol that stands for all of it."""
    if isinstance(value, Known | Template | Unknown):
        return value
    return derived(name_of(value), value, location=value.location)


# Buckets


def bucket_name(resource: Resource) -> Text:
    """The name of a bucket; when CloudFormation makes it up, or it branches, a symbol of domain BUCKET."""
    written = _or_assigned(resource, "BucketName", Domain.BUCKET, "CloudFormation makes the bucket's name up at deployment")
    if not isinstance(written, Known | Template | Unknown):
        # Identity comes before name: one symbol for whatever the name turns out to be.
        symbol = derived(f"{resource.address}.BucketName", written).symbol
        written = Unknown(replace(symbol, location=resource.location, domain=Domain.BUCKET), resource.location)
    return replace(written, origin=resource.address)


def _bucket_arn(resource: Resource) -> Value:
    return meaning(joined([f"arn:{resource.stack.surroundings.partition}:s3:::", bucket_name(resource)]), resource.address)


def _bucket_host(form: str) -> Compute:
    """A host name of a bucket; `{name}` and `{region}` stand for them."""

    def host(resource: Resource) -> Value:
        known: Mapping[str, Value] = {"{name}": bucket_name(resource), "{region}": resource.stack.surroundings.region}
        return joined([known.get(piece, piece) for piece in re.split(r"(\{\w+\})", form)])

    return host


# Keys


def key_id(resource: Resource) -> Text:
    """The id of a key."""
    symbol = Symbol(f"{resource.address}.KeyId", _ASSIGNED, "", resource.location, Domain.KEY)
    return Unknown(symbol, resource.location, resource.address)


def key_arn(resource: Resource) -> Text:
    """The ARN of a key."""
    around = resource.stack.surroundings
    arn = joined([f"arn:{around.partition}:kms:", around.region, ":", around.account, ":key/", key_id(resource)])
    return text(meaning(arn, resource.address))


def _alias_name(resource: Resource) -> Value:
    return _or_assigned(resource, "AliasName", Domain.ASSIGNED, _ASSIGNED)


# IAM


def iam_name(resource: Resource, argument: str) -> Value:
    """The name of a role, user or group."""
    return _or_assigned(resource, argument, Domain.ASSIGNED, "CloudFormation makes the name up at deployment")


def _iam_arn(kind: str, argument: str) -> Compute:
    def arn(resource: Resource) -> Value:
        path = in_branches(resource.value("Path"), lambda written: Known("/") if is_null(written) else written)
        around = resource.stack.surroundings
        made = joined([f"arn:{around.partition}:iam::", around.account, f":{kind}", path, iam_name(resource, argument)])
        return meaning(made, resource.address)

    return arn


def _name(argument: str) -> Compute:
    return lambda resource: iam_name(resource, argument)


def function_role_arn(resource: Resource) -> Value:
    """The ARN of the role that SAM makes for a function."""
    path = in_branches(resource.value("RolePath"), lambda written: Known("/") if is_null(written) else written)
    around = resource.stack.surroundings
    return meaning(
        joined([f"arn:{around.partition}:iam::", around.account, ":role", path, function_role_name(resource)]),
        f"{resource.address}Role",
    )


def function_role_name(resource: Resource) -> Value:
    """The name of the role that SAM makes for a function."""
    symbol = Symbol(
        f"{resource.address}Role", "CloudFormation makes the name up at deployment", "", resource.location, Domain.ASSIGNED
    )
    return Unknown(symbol, None, f"{resource.address}Role")


# Other resources whose ARNs policies name


def _arn(service: str, named: str, *, region: bool = True, account: bool = True) -> Compute:
    """An ARN of a form; `{Name}` stands for that property, or for what AWS assigns."""

    def arn(resource: Resource) -> Value:
        around = resource.stack.surroundings
        pieces: list[str | Value] = [f"arn:{around.partition}:{service}:"]
        if region:
            pieces.append(around.region)
        pieces.append(":")
        if account:
            pieces.append(around.account)
        pieces.append(":")
        pieces.extend(
            _or_assigned(resource, piece[1:-1], Domain.ASSIGNED, _ASSIGNED) if piece.startswith("{") else piece
            for piece in re.split(r"(\{\w+\})", named)
        )
        return joined(pieces)

    return arn


def _distribution_host(resource: Resource) -> Value:
    return joined([Unknown(Symbol(resource.address, _ASSIGNED, "", resource.location, Domain.ASSIGNED)), ".cloudfront.net"])


# Helpers


def _or_assigned(resource: Resource, name: str, domain: Domain, reason: str) -> Value:
    """A property as text; a symbol where it is not written."""
    assigned = Unknown(Symbol(f"{resource.address}.{name}", reason, "", resource.location, domain), resource.location)
    return in_branches(resource.value(name), lambda value: assigned if is_null(value) or value == Known("") else value)


Compute = Callable[["Resource"], Value]

_REFERENCES: Mapping[str, Compute] = {
    "AWS::S3::Bucket": bucket_name,
    "AWS::S3Express::DirectoryBucket": bucket_name,
    "AWS::KMS::Key": key_id,
    "AWS::KMS::ReplicaKey": key_id,
    "AWS::KMS::Alias": _alias_name,
    "AWS::IAM::Role": _name("RoleName"),
    "AWS::IAM::User": _name("UserName"),
    "AWS::IAM::Group": _name("GroupName"),
    "AWS::IAM::ManagedPolicy": _iam_arn("policy", "ManagedPolicyName"),
    "AWS::SNS::Topic": _arn("sns", "{TopicName}"),
    "AWS::Serverless::Function": _name("FunctionName"),
}

_FUNCTION_ARN = _arn("lambda", "function:{FunctionName}")

_ATTRIBUTES: Mapping[tuple[str, str], Compute] = {
    ("AWS::S3::Bucket", "Arn"): _bucket_arn,
    ("AWS::S3::Bucket", "DomainName"): _bucket_host("{name}.s3.amazonaws.com"),
    ("AWS::S3::Bucket", "DualStackDomainName"): _bucket_host("{name}.s3.dualstack.{region}.amazonaws.com"),
    ("AWS::S3::Bucket", "RegionalDomainName"): _bucket_host("{name}.s3.{region}.amazonaws.com"),
    ("AWS::KMS::Key", "Arn"): key_arn,
    ("AWS::KMS::Key", "KeyId"): key_id,
    ("AWS::KMS::ReplicaKey", "Arn"): key_arn,
    ("AWS::KMS::ReplicaKey", "KeyId"): key_id,
    ("AWS::IAM::Role", "Arn"): _iam_arn("role", "RoleName"),
    ("AWS::IAM::User", "Arn"): _iam_arn("user", "UserName"),
    ("AWS::IAM::Group", "Arn"): _iam_arn("group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "Arn"): _iam_arn("instance-profile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "PolicyArn"): _iam_arn("policy", "ManagedPolicyName"),
    ("AWS::Serverless::Function", "Arn"): _FUNCTION_ARN,
    ("AWS::Serverless::Function", "Role.Arn"): function_role_arn,
    ("AWS::Lambda::Function", "Arn"): _FUNCTION_ARN,
    ("AWS::CloudFront::Distribution", "DomainName"): _distribution_host,
    ("AWS::CloudTrail::Trail", "Arn"): _arn("cloudtrail", "trail/{TrailName}"),
    ("AWS::DynamoDB::Table", "Arn"): _arn("dynamodb", "table/{TableName}"),
    ("AWS::Logs::LogGroup", "Arn"): _arn("logs", "log-group:{LogGroupName}:*"),
    ("AWS::SNS::Topic", "TopicArn"): _arn("sns", "{TopicName}"),
    ("AWS::SQS::Queue", "Arn"): _arn("sqs", "{QueueName}"),
    ("AWS::SSM::Parameter", "Value"): lambda resource: resource.value("Value"),
}
