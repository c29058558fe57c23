"""What `Ref` and `Fn::GetAtt` give for a resource: what is written, what follows from it, and what is unknown until deployment.

Sources: AWS CloudFormation Template Reference, "Return values" of each type; for the forms of ARNs, AWS Service Authorization Reference,
"Resource types defined by …"; AWS SAM Developer Guide, "CloudFormation resources generated when you specify AWS::Serverless::Function" and
its like for AWS::Serverless::StateMachine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from auditor.aws import bucket_names
from auditor.aws.holes import in_bucket_name
from auditor.foundation.value import Domain, Known, Meaning, Symbol, Template, Text, Unknown, Value, is_null, origin_of
from auditor.sources.choices import in_branches, meaning
from auditor.sources.cloudformation.intrinsics import joined
from auditor.sources.cloudformation.limits import Limits
from auditor.sources.cloudformation.stack import StackResource

Compute = Callable[[StackResource], Value]

ASSIGNED = "AWS assigns it at deployment"
_MADE_UP = "CloudFormation makes the name up at deployment"


def is_custom(resource_type: str) -> bool:
    """Whether a type is made by code that nobody can see."""
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def text(value: Value) -> Text:
    """A value as text; one that branches becomes a symbol that stands for all of it."""
    if isinstance(value, Known | Template | Unknown):
        return value
    from auditor.sources.naming import derived, name_of

    return derived(name_of(value), value, location=value.location)


# Buckets


def bucket_name(resource: StackResource) -> Text:
    """The name of a bucket; when CloudFormation makes it up, or it branches, a symbol of domain BUCKET."""
    reason = "CloudFormation makes the bucket's name up at deployment"
    made_up = resource.type == "AWS::S3::Bucket"
    written = _or_assigned(resource, "BucketName", Domain.BUCKET, reason, made_up=made_up)
    if "BucketNamePrefix" in resource.written.entries:  # that a macro may add one says nothing of a name that is written
        otherwise = written
        prefix = resource.value("BucketNamePrefix")
        written = in_branches(prefix, lambda one: otherwise if is_null(one) else _in_own_namespace(resource, one))
    if not isinstance(written, Known | Template | Unknown):
        from auditor.sources.naming import derived

        # Identity comes before name: one symbol for whatever the name turns out to be.
        symbol = derived(f"{resource.address}.BucketName", written).symbol
        known = Meaning(symbol.name, plain=bucket_names.is_plain(written), branched=True)
        written = Unknown(replace(symbol, location=resource.location, domain=Domain.BUCKET, meaning=known), resource.location)
    return replace(in_bucket_name(written, _are_plain), origin=resource.address)


def _are_plain(known: Meaning) -> bool:
    return known.plain or (isinstance(known.type, Limits) and known.type.are_plain)


def _in_own_namespace(resource: StackResource, prefix: Value) -> Value:
    """The name of a bucket in the namespace of its account, which has a prefix.

    Source: Amazon S3 User Guide, "Account regional namespace naming rules": prefix-accountId-region-an.
    """
    around = resource.stack.surroundings
    return joined([prefix, "-", around.account, "-", around.region, "-an"])


def bucket_arn(resource: StackResource) -> Value:
    """The ARN of a bucket."""
    return meaning(joined([f"arn:{resource.stack.surroundings.partition}:s3:::", bucket_name(resource)]), resource.address)


def bucket_host(form: str) -> Compute:
    """A host name of a bucket; `{name}` and `{region}` stand for them."""

    def host(resource: StackResource) -> Value:
        known: Mapping[str, Value] = {"{name}": bucket_name(resource), "{region}": resource.stack.surroundings.region}
        return joined([known.get(piece, piece) for piece in re.split(r"(\{\w+\})", form)])

    return host


# Keys


def key_id(resource: StackResource) -> Text:
    """The id of a key."""
    symbol = Symbol(f"{resource.address}.KeyId", ASSIGNED, "", resource.location, Domain.KEY)
    return Unknown(symbol, resource.location, resource.address)


def key_arn(resource: StackResource) -> Text:
    """The ARN of a key."""
    around = resource.stack.surroundings
    arn = joined([f"arn:{around.partition}:kms:", around.region, ":", around.account, ":key/", key_id(resource)])
    return text(meaning(arn, resource.address))


def alias_name(resource: StackResource) -> Value:
    """The name of an alias."""
    return _or_assigned(resource, "AliasName", Domain.ASSIGNED, ASSIGNED)


# IAM


def iam_name(resource: StackResource, argument: str) -> Value:
    """The name of a role, user or group."""
    return _or_assigned(resource, argument, Domain.ASSIGNED, _MADE_UP, made_up=True)


def iam_arn(kind: str, argument: str) -> Compute:
    """The ARN of something of IAM, with its path."""

    def arn(resource: StackResource) -> Value:
        path = in_branches(resource.value("Path"), lambda written: Known("/") if is_null(written) else written)
        around = resource.stack.surroundings
        made = joined([f"arn:{around.partition}:iam::", around.account, f":{kind}", path, iam_name(resource, argument)])
        return meaning(made, resource.address)

    return arn


def named(argument: str) -> Compute:
    """The name of something of IAM."""
    return lambda resource: iam_name(resource, argument)


def function_role_arn(resource: StackResource) -> Value:
    """The ARN of the role that SAM makes for a function or state machine."""
    path = in_branches(resource.value("RolePath"), lambda written: Known("/") if is_null(written) else written)
    around = resource.stack.surroundings
    return meaning(
        joined([f"arn:{around.partition}:iam::", around.account, ":role", path, function_role_name(resource)]),
        f"{resource.address}Role",
    )


def function_role_name(resource: StackResource) -> Value:
    """The name of the role that SAM makes for a function or state machine."""
    name = f"{resource.address}Role"
    symbol = Symbol(name, _MADE_UP, "", resource.location, Domain.ASSIGNED, Meaning(name, made_up=True))
    return Unknown(symbol, None, f"{resource.address}Role")


def role_of_source(resource: StackResource, argument: str) -> Value:
    """The name of the role that a function or state machine runs as: the one that it has by its ARN, else the one that SAM makes for it."""

    def name(written: Value) -> Value:
        if is_null(written):
            return function_role_name(resource)
        role = resource.stack.top.find(origin_of(written) or "")
        return written if role is None else resource.stack.surroundings.types.reference_to(role)

    return in_branches(resource.value(argument), name)


# Other resources whose ARNs policies name


def arn_of_form(service: str, form: str, *, region: bool = True, account: bool = True) -> Compute:
    """An ARN of a form; `{Name}` stands for that property, or for what AWS assigns."""

    def arn(resource: StackResource) -> Value:
        around = resource.stack.surroundings
        pieces: list[str | Value] = [f"arn:{around.partition}:{service}:"]
        if region:
            pieces.append(around.region)
        pieces.append(":")
        if account:
            pieces.append(around.account)
        pieces.append(":")
        pieces.extend(
            _or_assigned(resource, piece[1:-1], Domain.ASSIGNED, ASSIGNED) if piece.startswith("{") else piece
            for piece in re.split(r"(\{\w+\})", form)
        )
        return joined(pieces)

    return arn


def distribution_host(resource: StackResource) -> Value:
    """The host name of a CloudFront distribution."""
    return joined([Unknown(Symbol(resource.address, ASSIGNED, "", resource.location, Domain.ASSIGNED)), ".cloudfront.net"])


# Helpers


def _or_assigned(resource: StackResource, name: str, domain: Domain, reason: str, *, made_up: bool = False) -> Value:
    """A property as text; a symbol where it is not written."""
    full = f"{resource.address}.{name}"
    known = Meaning(full, made_up=True) if made_up else None
    assigned = Unknown(Symbol(full, reason, "", resource.location, domain, known), resource.location)
    return in_branches(resource.value(name), lambda value: assigned if is_null(value) or value == Known("") else value)


# The ARN of a state machine, which Ref gives too.
MACHINE_ARN = arn_of_form("states", "stateMachine:{Name}")


def machine_name(resource: StackResource) -> Value:
    """The name of a state machine."""
    return _or_assigned(resource, "Name", Domain.ASSIGNED, ASSIGNED)


FUNCTION_ARN = arn_of_form("lambda", "function:{FunctionName}")
