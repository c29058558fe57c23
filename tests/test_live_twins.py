"""What the AWS command line would print of a twin once it is deployed is judged like its code, wherever the code decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.foundation.value import (
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    is_null,
    text_parts,
)
from auditor.link import link
from auditor.model import Bucket, Kind
from auditor.pipeline import Request, audit
from auditor.sources.options import SourceOptions
from auditor.sources.read import read

pytestmark = pytest.mark.whole

TWINS = Path(__file__).parent.parent / "fixtures" / "twins"
DEPLOYED = {Domain.ACCOUNT: "111122223333", Domain.REGION: "eu-west-1", Domain.KEY: "1234abcd-12ab-34cd-56ef-1234567890ab"}
# Source: AWS KMS Developer Guide, "Default key policy".
DEFAULT_KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{DEPLOYED[Domain.ACCOUNT]}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
# Source: Amazon S3 User Guide, "Access control list (ACL) overview", default bucket ACL.
OWNER = {"ID": "75aa57f09aa0c8ca"}
FIRST_ACL = {"Owner": OWNER, "Grants": [{"Grantee": {**OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}
DOCUMENTS = {"s3": "policy.json", "kms": "encryption.json", "cors": "cors.json", "ownership": "ownership.json"}


class Unresolved(Exception):
    """The code leaves something without a value."""


def deployed(value: Value) -> object:
    """A value as it is once it is deployed."""
    match value:
        case MapValue(entries, rest=None):
            return {name: deployed(entry) for name, entry in entries.items() if not is_null(entry)}
        case ListValue(items, rest=None):
            return [deployed(item) for item in items]
        case JsonText(content):
            return deployed(content)
        case Known(scalar):
            return scalar
        case Template() | Unknown():
            return "".join(part if isinstance(part, str) else assigned(part) for part in text_parts(value))
    raise Unresolved


def assigned(symbol: Symbol) -> str:
    if symbol.domain not in DEPLOYED:
        raise Unresolved
    return DEPLOYED[symbol.domain]


def printed(bucket: Bucket) -> dict[Kind, object]:
    """What the command line prints of a bucket, by kind; of a key, what its only key policy and description are."""
    found: dict[Kind, object] = {}
    slots = [*bucket.slots.items(), *((Kind.KEY_POLICY, key.policy) for key in bucket.estate.keys)]
    for kind, slot in slots:
        for linked in slot.linked:
            if linked.when.literals or linked.attachment.when.literals or kind in found:
                raise Unresolved
            found[kind] = deployed(linked.attachment.content)
    return {kind: json.loads(said) if isinstance(said, str) and said.startswith("{") else said for kind, said in found.items()}


def documents(bucket: Bucket) -> dict[str, object]:
    """The documents of a bucket by their files."""
    said = printed(bucket)
    wrapped: dict[str, object] = {"location.json": {"LocationConstraint": DEPLOYED[Domain.REGION]}}
    if Kind.POLICY in said:
        wrapped["policy.json"] = {"Policy": json.dumps(said[Kind.POLICY])}
    if Kind.CORS in said:
        wrapped["cors.json"] = {"CORSRules": said[Kind.CORS]}
    if Kind.OWNERSHIP in said:
        wrapped["ownership.json"] = {"OwnershipControls": {"Rules": [{"ObjectOwnership": said[Kind.OWNERSHIP]}]}}
    if Kind.ACL not in said:
        wrapped["acl.json"] = FIRST_ACL
    if isinstance(rule := said.get(Kind.ENCRYPTION), dict):
        by_default = {name: value for name, value in rule.items() if name != "BucketKeyEnabled"}
        rules = [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": rule.get("BucketKeyEnabled", False)}]
        wrapped["encryption.json"] = {"ServerSideEncryptionConfiguration": {"Rules": rules}}
    settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = said.get(
        Kind.PUBLIC_ACCESS_BLOCK, dict.fromkeys(settings, True)
    )  # Source: S3 User Guide, "Default settings for new S3 buckets".
    assert isinstance(block, dict)
    wrapped["block.json"] = {"PublicAccessBlockConfiguration": {**dict.fromkeys(settings, False), **block}}
    for key in bucket.estate.keys:
        names = {"Arn": key.declaration.arn, "KeyId": key.declaration.key_id}
        facts = {
            "KeySpec": key.declaration.spec, "KeyUsage": key.declaration.usage, "KeyState": key.declaration.state,
            "Origin": key.declaration.origin, "MultiRegion": key.declaration.multi_region,
        }  # fmt: skip
        told = {name: deployed(value) for name, value in {**names, **facts}.items() if not is_null(value)}
        wrapped["key.json"] = {"KeyMetadata": told}
        wrapped["key-policy.json"] = said.get(Kind.KEY_POLICY, DEFAULT_KEY_POLICY)
    return wrapped


def live_twin(name: str) -> dict[str, object] | None:
    """The documents of a twin; None when it is several buckets, or the code leaves something without a value."""
    roots, _ = read((str(TWINS / f"{name}.yaml"),), SourceOptions(region=DEPLOYED[Domain.REGION]), Texts())
    buckets = link(roots)
    if len(buckets) != 1:
        return None
    try:
        return documents(buckets[0])
    except Unresolved:
        return None


# What S3 would refuse to store cannot be read back.
NEVER_STORED = {"public-policy-blocked", "public-policy-blocked-as-text", "acl-on-enforced"}
# With ACLs on, a bucket that exists may hold objects of other accounts, which a new one does not.
WRITTEN_BY_OTHERS = {"public-acl-required-and-blocked"}
NAMES = {
    path.stem: twin
    for path in sorted(TWINS.glob("*.tf"))
    if path.stem not in NEVER_STORED | WRITTEN_BY_OTHERS and (twin := live_twin(path.stem)) is not None
}


def statuses(path: Path) -> dict[str, str]:
    options = SourceOptions(region=DEPLOYED[Domain.REGION])
    report = audit(Request((str(path),), (load("v7-darwin", {}),), options, every_bucket=True), Texts())
    assert report.errors == ()
    return {verdict.need.id: verdict.status.value for verdict in report.verdicts}


def test_there_are_enough() -> None:
    assert len(NAMES) >= 25
    assert {"key-that-is-asymmetric", "key-that-is-disabled", "public-access-block", "everything-right"} <= NAMES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_live_bucket_is_judged_like_the_code_that_made_it(name: str, tmp_path: Path) -> None:
    for file, content in NAMES[name].items():
        (tmp_path / file).write_text(json.dumps(content))
    code, live = statuses(TWINS / f"{name}.yaml"), statuses(tmp_path)
    asked = {need for need in code if DOCUMENTS.get(need.partition(":")[0]) in NAMES[name]}
    assert {need: live[need] for need in asked} == {need: code[need] for need in asked}
