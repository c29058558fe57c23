"""A scaffold as plain JSON: a shell script that writes the documents and puts them with the AWS command line.

Sources: AWS CLI Command Reference, s3api create-bucket, put-bucket-ownership-controls, put-public-access-block, put-bucket-encryption,
put-bucket-versioning, put-bucket-accelerate-configuration, put-bucket-policy and put-bucket-cors; kms create-key; iam create-role, create-user,
put-role-policy, put-user-policy,
wait role-exists and wait user-exists.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from auditor.diagnosis.grants import VERSION
from auditor.fixes import Content
from auditor.fixes.json_syntax import Json
from auditor.scaffold.design import Design, Document

_JSON = Json("json")
_US_EAST_1 = "us-east-1"


def as_printed(design: Design) -> Design:
    """The design with every policy and rule as the documents have it, read back from their text."""

    def read(content: Document) -> Document:
        found = _content(json.loads("\n".join(_JSON.value(content)))) if content else ()
        return found if isinstance(found, tuple) else ()

    identity = design.identity
    if identity is not None:
        identity = dataclasses.replace(identity, trust=read(identity.trust), policy=read(identity.policy))
    return dataclasses.replace(
        design, policy=read(design.policy), cors=read(design.cors), key_policy=read(design.key_policy), identity=identity
    )


def _content(value: Any) -> Content:
    if isinstance(value, dict):
        return {name: _content(one) for name, one in value.items()}
    if isinstance(value, list):
        return tuple(_content(one) for one in value)
    return value if isinstance(value, bool) else str(value)


def write(design: Design, region: str) -> str:
    """The script.

    Args:
        design: what is made.
        region: where the bucket and the key are to be.
    """
    lines = [line for part in (_identity(design), _key(design, region), _bucket(design, region)) for line in part]
    return "\n".join(("#!/bin/sh", "set -eu", *lines)) + "\n"


def _file(name: str, content: Content) -> Iterator[str]:
    yield from ("", f"cat > {name} <<'EOF'", *_JSON.value(content, nested=False), "EOF")


def _document(statements: Sequence[Content]) -> Content:
    return {"Version": VERSION, "Statement": tuple(statements)}


def _identity(design: Design) -> Iterator[str]:
    identity = design.identity
    if identity is None:
        return
    noun, name = identity.declaration.kind.value, shlex.quote(identity.name)
    trusted = ""
    if identity.trust:
        yield from _file("trust-policy.json", _document(identity.trust))
        trusted = " --assume-role-policy-document file://trust-policy.json"
    yield f"aws iam create-{noun} --{noun}-name {name}{trusted}"
    if identity.policy:
        yield from _file(f"{noun}-policy.json", _document(identity.policy))
        put = f"aws iam put-{noun}-policy --{noun}-name {name} --policy-name {shlex.quote(design.names.contract)}"
        yield f"{put} --policy-document file://{noun}-policy.json"
    yield f"aws iam wait {noun}-exists --{noun}-name {name}"


def _key(design: Design, region: str) -> Iterator[str]:
    if design.key is not None:
        yield from _file("key-policy.json", _document(design.key_policy))
        create = f"aws kms create-key --region {region} --policy file://key-policy.json"
        yield f"KEY_ARN=$({create} --query KeyMetadata.Arn --output text)"


def _bucket(design: Design, region: str) -> Iterator[str]:
    name, acls = shlex.quote(design.names.bucket), str(not design.public_acls).lower()
    # Source: Amazon S3 API Reference, CreateBucket: us-east-1 is not a LocationConstraint.
    there = f" --region {region}"
    if region != _US_EAST_1:
        there += f" --create-bucket-configuration LocationConstraint={region}"
    yield from ("", f"aws s3api create-bucket --bucket {name}{there}")
    yield _put("bucket-ownership-controls", name, f"--ownership-controls 'Rules=[{{ObjectOwnership={design.ownership}}}]'")
    blocked = f"BlockPublicAcls={acls},IgnorePublicAcls={acls},BlockPublicPolicy=true,RestrictPublicBuckets=true"
    yield _put("public-access-block", name, f"--public-access-block-configuration {blocked}")
    if design.key is not None:
        rule = '{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"\'"$KEY_ARN"\'"},"BucketKeyEnabled":true}'
        yield _put("bucket-encryption", name, f"--server-side-encryption-configuration '{{\"Rules\":[{rule}]}}'")
    if "bucket:versioning" in design.settings:
        yield _put("bucket-versioning", name, "--versioning-configuration Status=Enabled")
    if "bucket:acceleration" in design.settings:
        yield _put("bucket-accelerate-configuration", name, "--accelerate-configuration Status=Enabled")
    if design.policy:
        yield from _file("policy.json", _document(design.policy))
        yield _put("bucket-policy", name, "--policy file://policy.json")
    if design.cors:
        yield from _file("cors.json", {"CORSRules": design.cors})
        yield _put("bucket-cors", name, "--cors-configuration file://cors.json")


def _put(what: str, name: str, arguments: str) -> str:
    return f"aws s3api put-{what} --bucket {name} {arguments}"
