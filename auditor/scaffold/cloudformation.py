"""A scaffold as a template of CloudFormation, in YAML or JSON.

Sources: AWS CloudFormation, AWS::S3::Bucket, AWS::S3::BucketPolicy, AWS::KMS::Key, AWS::IAM::Role, AWS::IAM::User and AWS::IAM::Policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.diagnosis.grants import VERSION
from auditor.fixes import Content, Input, Reference, cloudformation
from auditor.fixes.json_syntax import Json
from auditor.fixes.references import parameter
from auditor.fixes.yaml_syntax import Yaml
from auditor.scaffold.design import CustomerIdentity, Design

_FORMAT = "2010-09-09"
# Source: AWS CloudFormation User Guide, "Template anatomy": the only version there is.


def write_yaml(design: Design) -> str:
    """The template in YAML."""
    sections = template(design)
    written = [Yaml("cloudformation").entry(name, content) for name, content in sections.items()]
    return "\n\n".join("\n".join(lines) for lines in written) + "\n"


def write_json(design: Design) -> str:
    """The template in JSON."""
    return "\n".join(Json("cloudformation").mapping(template(design))) + "\n"


def template(design: Design) -> Mapping[str, Content]:
    """The template."""
    inputs: dict[str, Content] = {
        parameter(Input(name)): {"Type": "String", "Description": text} for name, text in design.inputs.items()
    }
    resources = dict(_resources(design))
    return {"AWSTemplateFormatVersion": _FORMAT, **({"Parameters": inputs} if inputs else {}), "Resources": resources}


def _resources(design: Design) -> Iterator[tuple[str, Content]]:
    names = design.names
    if design.identity is not None:
        yield from _identity(design, design.identity)
    if design.key is not None:
        yield names.label("Key"), {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": _document(design.key_policy)}}
    yield names.label("Bucket"), {"Type": "AWS::S3::Bucket", "Properties": dict(_bucket(design))}
    if design.policy:
        yield (
            names.label("BucketPolicy"),
            cloudformation.bucket_policy(Reference(design.bucket, "id"), _document(design.policy)),
        )


def _document(statements: Sequence[Content]) -> Mapping[str, Content]:
    return {"Version": VERSION, "Statement": tuple(statements)}


def _identity(design: Design, identity: CustomerIdentity) -> Iterator[tuple[str, Content]]:
    names, noun = design.names, identity.declaration.kind.value.title()
    properties: dict[str, Content] = {f"{noun}Name": identity.name} if identity.name else {}
    if identity.trust:
        properties["AssumeRolePolicyDocument"] = _document(identity.trust)
    resource: dict[str, Content] = {"Type": f"AWS::IAM::{noun}"}
    yield names.label(noun), {**resource, "Properties": properties} if properties else resource
    if identity.policy:
        policy: Mapping[str, Content] = {
            "PolicyName": names.contract,
            "PolicyDocument": _document(identity.policy),
            f"{noun}s": (Reference(identity.declaration, "id"),),
        }
        yield names.label(f"{noun}Policy"), {"Type": "AWS::IAM::Policy", "Properties": policy}


def _bucket(design: Design) -> Iterator[tuple[str, Content]]:
    if design.names.bucket:
        yield "BucketName", design.names.bucket
    yield "OwnershipControls", {"Rules": ({"ObjectOwnership": design.ownership},)}
    yield (
        "PublicAccessBlockConfiguration",
        {
            "BlockPublicAcls": not design.public_acls,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": not design.public_acls,
            "RestrictPublicBuckets": True,
        },
    )
    if design.key is not None:
        default: Mapping[str, Content] = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": Reference(design.key, "arn")}
        rule: Mapping[str, Content] = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
        yield "BucketEncryption", {"ServerSideEncryptionConfiguration": (rule,)}
    if "bucket:versioning" in design.settings:
        yield "VersioningConfiguration", {"Status": "Enabled"}
    if "bucket:acceleration" in design.settings:
        yield "AccelerateConfiguration", {"AccelerationStatus": "Enabled"}
    if design.cors:
        yield "CorsConfiguration", cloudformation.cors_configuration(design.cors)
