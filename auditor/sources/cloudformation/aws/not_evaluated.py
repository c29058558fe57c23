"""What a template makes that is not in the code: nested stacks that are not available locally, modules and types of the registry, custom resources."""

from __future__ import annotations

from collections.abc import Callable

from auditor.foundation.errors import AUDIT_LIVE
from auditor.foundation.value import Domain, Known, MapValue, Symbol, Value, is_null, scalar_text
from auditor.sources.cloudformation.aws.attributes import is_custom
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.stack import StackResource

STACKS = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})
"""The types whose resources are stacks of their own."""
STACK_SET = "AWS::CloudFormation::StackSet"
_OF_AMAZON = ("AWS::", "Alexa::")
STACKS_AND_SETS = STACKS | {STACK_SET}
"""The types that make stacks, whose templates may be here."""
# The types of two services, of which any other one is of a later day, or there is none.
# Source: AWS CloudFormation Template Reference, "Amazon S3" and "AWS KMS".
_SERVICES = {
    "AWS::S3": frozenset(
        {
            "AccessGrant", "AccessGrantsInstance", "AccessGrantsLocation", "AccessPoint", "Bucket", "BucketPolicy",
            "MultiRegionAccessPoint", "MultiRegionAccessPointPolicy", "StorageLens", "StorageLensGroup",
        }
    ),
    "AWS::KMS": frozenset({"Alias", "Key", "ReplicaKey"}),
}  # fmt: skip


def reader(resource: StackResource) -> Callable[[StackResource, StackDeclarations], None] | None:
    """What reads a resource whose type has no name of its own: a custom resource, or a module or type that somebody registered."""
    if is_custom(resource.type):
        return _custom
    if resource.type.endswith("::MODULE"):
        return _module
    service, _, name = resource.type.rpartition("::")
    if service in _SERVICES and name not in _SERVICES[service]:
        return _unlisted
    # Source: AWS CloudFormation User Guide, "Managing extensions with the CloudFormation registry": Organization::Service::Resource.
    return _registered if resource.type.count("::") == 2 and not resource.type.startswith(_OF_AMAZON) else None


def nested_stack(resource: StackResource, found: StackDeclarations) -> None:
    """A nested stack, whose template may not be available locally."""
    if resource.stack.child(resource) is not None:
        return
    where = resource.value("Location" if resource.type == "AWS::Serverless::Application" else "TemplateURL")
    named = "its address is not resolved"
    if isinstance(where, Known) and where.value:
        named = f"'{scalar_text(where.value)}'"
    elif isinstance(where, MapValue):
        named = "it is in the Serverless Application Repository"
    is_beyond = resource.stack.surroundings.beyond(resource)
    symbol = Symbol(
        f"the nested stack {resource.address}",
        f"the template of the nested stack {resource.address} "
        f"{'lies outside the scanned tree' if is_beyond else 'is not available locally'} ({named})",
        "allow it to be read with --also-read DIR" if is_beyond else _how_to_read(where),
        resource.location,
        Domain.ANY,
    )
    found.not_read.append(scalar_text(where.value) if isinstance(where, Known) and where.value else resource.address)
    found.may_configure(resource, symbol, (resource.value("Parameters"),))


def _how_to_read(where: Value) -> str:
    """What makes the template of a nested stack available. Source: AWS SAM CLI Command Reference, "sam build" (`--build-dir`)."""
    source, built, _ = scalar_text(where.value).partition(".aws-sam/") if isinstance(where, Known) else ("", "", "")
    if built:
        return f"build it: .aws-sam holds what SAM makes of the template in {source.removeprefix('./').rstrip('/') or 'this directory'}"
    return "audit it beside this template, under a relative path"


def _module(resource: StackResource, found: StackDeclarations) -> None:
    """A module of the CloudFormation registry: what it declares is not in the code."""
    found.not_read.append(f"the module {resource.type}")
    reason = f"the module {resource.type} is in the CloudFormation registry"
    _may_configure(resource, found, Symbol(f"the module {resource.address}", reason, AUDIT_LIVE, resource.location))


# Of the CDK: they configure nothing of what is asked about.
# Source: AWS CDK, the custom resource handlers of aws-s3 and aws-s3-deployment.
_HARMLESS_CUSTOM = frozenset({"Custom::S3AutoDeleteObjects", "Custom::S3BucketNotifications", "Custom::CDKBucketDeployment"})


def _custom(resource: StackResource, found: StackDeclarations) -> None:
    """A custom resource: its code may configure what it is given."""
    if resource.type not in _HARMLESS_CUSTOM:
        reason = f"the code of the custom resource {resource.address} may configure what it is given"
        _may_configure(resource, found, Symbol(f"the custom resource {resource.address}", reason, AUDIT_LIVE, resource.location))


def _unlisted(resource: StackResource, found: StackDeclarations) -> None:
    """A resource of a type of S3 or KMS that is not known here."""
    reason = f"the type {resource.type} is not known here, and may configure what it is given"
    _may_configure(resource, found, Symbol(f"the resource {resource.address}", reason, AUDIT_LIVE, resource.location))


def _registered(resource: StackResource, found: StackDeclarations) -> None:
    """A resource of a type that is not AWS's: the code behind it may configure what it is given."""
    reason = f"the code behind the type {resource.type}, which is not of AWS, may configure what it is given"
    _may_configure(resource, found, Symbol(f"the resource {resource.address}", reason, AUDIT_LIVE, resource.location))


def _may_configure(resource: StackResource, found: StackDeclarations, symbol: Symbol) -> None:
    given = tuple(resource.value(name) for name in resource.written.entries)
    found.may_configure(resource, symbol, given)


def stack_set(resource: StackResource, found: StackDeclarations) -> None:
    """Its instances are stacks, mostly of other accounts and regions: what they make is none of this stack's, unless they are given something of it."""
    if resource.stack.child(resource) is not None:
        return
    given = (resource.value("Parameters"), resource.value("StackInstancesGroup"), resource.value("TemplateBody"))
    if is_null(given[-1]):
        found.not_read.append(f"the stack set {resource.address}")
    reason = f"the stacks of the stack set {resource.address} may configure what they are given"
    found.may_configure(resource, Symbol(f"the stack set {resource.address}", reason, AUDIT_LIVE, resource.location), given)
