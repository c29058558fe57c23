"""What Terraform deployed, as the documents that the AWS command line would print of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]


def resources(state: Json) -> dict[str, Json]:
    """The managed resources of a state by address; `state` is what `terraform show -json` prints of it."""
    pending = [(state.get("values") or {}).get("root_module") or {}]
    found: dict[str, Json] = {}
    while pending:
        module = pending.pop()
        found.update({one["address"]: one for one in module.get("resources", ()) if one["mode"] == "managed"})
        pending += module.get("child_modules", ())
    return found


@dataclass(frozen=True, slots=True)
class Deployed:
    """A bucket that was deployed.

    Attributes:
        documents: the directory that holds what the AWS command line would print of it, named like the bucket.
        absent: what certainly fails, since nothing of the kind is there: the beginnings of the ids of needs. A document cannot say so.
    """

    documents: Path
    absent: tuple[str, ...]


def deployed(state: Json, directory: Path) -> dict[str, Deployed]:
    """The buckets of a state by address; writes their documents into the directory, each bucket's into one of its own."""
    found = resources(state)
    made = {}
    for number, (address, bucket) in enumerate(sorted(found.items())):
        if bucket["type"] == "aws_s3_bucket":
            place = directory / str(number) / bucket["values"]["bucket"]
            place.mkdir(parents=True)
            written = dict(_of_bucket(bucket["values"], found))
            for name, document in written.items():
                (place / name).write_text(json.dumps(document), encoding="utf-8")
            kinds = (("policy.json", "s3:"), ("cors.json", "cors:"))
            made[address] = Deployed(place, tuple(need for name, need in kinds if name not in written))
    return made


_SETTINGS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")


def _of_bucket(bucket: Json, found: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    def beside(kind: str) -> Json | None:
        of_kind = (one["values"] for one in found.values() if one["type"] == f"aws_s3_bucket_{kind}")
        return next((one for one in of_kind if one["bucket"] in (bucket["bucket"], bucket["arn"])), None)

    policy = beside("policy")
    text = policy["policy"] if policy else bucket.get("policy")
    if text:
        yield "policy.json", {"Policy": text}
    rules = (beside("cors_configuration") or bucket).get("cors_rule")
    if rules:
        yield "cors.json", {"CORSRules": [_cors_rule(one) for one in rules]}
    ownership = beside("ownership_controls")
    setting = ownership["rule"][0]["object_ownership"] if ownership else "BucketOwnerEnforced"
    yield "ownership.json", {"OwnershipControls": {"Rules": [{"ObjectOwnership": setting}]}}
    if not beside("acl") and bucket.get("acl") in (None, "", "private"):
        owner = {"ID": "75aa57f09aa0c8ca"}
        yield (
            "acl.json",
            {"Owner": owner, "Grants": [{"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]},
        )
    block = beside("public_access_block")
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    settings = {name: bool(block[own]) if block else True for name, own in zip(names, _SETTINGS, strict=True)}
    yield "public-access-block.json", {"PublicAccessBlockConfiguration": settings}
    region = bucket.get("bucket_region") or bucket.get("region")
    yield "location.json", {"LocationConstraint": None if region == "us-east-1" else region}
    encryption = beside("server_side_encryption_configuration")
    inline = (bucket.get("server_side_encryption_configuration") or [{}])[0]
    rule = ((encryption or inline).get("rule") or [{}])[0]
    yield from _encryption(rule, found)


def _cors_rule(rule: Json) -> Json:
    names = {
        "AllowedOrigins": "allowed_origins", "AllowedMethods": "allowed_methods", "AllowedHeaders": "allowed_headers",
        "ExposeHeaders": "expose_headers", "MaxAgeSeconds": "max_age_seconds", "ID": "id",
    }  # fmt: skip
    return {name: rule[own] for name, own in names.items() if rule.get(own)}


def _encryption(rule: Json, found: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    default = (rule.get("apply_server_side_encryption_by_default") or [{}])[0]
    key = default.get("kms_master_key_id")
    applied = {"SSEAlgorithm": default.get("sse_algorithm") or "AES256", **({"KMSMasterKeyID": key} if key else {})}
    rules = [{"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": bool(rule.get("bucket_key_enabled"))}]
    yield "encryption.json", {"ServerSideEncryptionConfiguration": {"Rules": rules}}
    if key:
        yield from _key(key, found)


def _key(reference: str, found: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    def of(kind: str) -> list[Json]:
        return [one["values"] for one in found.values() if one["type"] == kind]

    alias = reference[reference.index("alias/") :] if "alias/" in reference else None
    identifier = next((one["target_key_id"] for one in of("aws_kms_alias") if one["name"] == alias), reference).rpartition("/")[2]
    key = next((one for one in (*of("aws_kms_key"), *of("aws_kms_replica_key")) if one["key_id"] == identifier), None)
    if key is None:
        return
    enabled = bool(key.get("is_enabled", key.get("enabled", True)))
    metadata = {
        "AWSAccountId": key["arn"].split(":")[4], "KeyId": identifier, "Arn": key["arn"], "Enabled": enabled,
        "KeyState": "Enabled" if enabled else "Disabled", "KeyManager": "CUSTOMER", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
    }  # fmt: skip
    yield "key.json", {"KeyMetadata": metadata}
    beside = (one["policy"] for one in of("aws_kms_key_policy") if one["key_id"].rpartition("/")[2] == identifier)
    yield "key-policy.json", {"Policy": next(beside, key["policy"])}
    grants = [one for one in of("aws_kms_grant") if one["key_id"].rpartition("/")[2] == identifier]
    yield "key-grants.json", {"Grants": [_grant(one, key["arn"]) for one in grants]}
    if alias:
        arn = f"{key['arn'].split(':key/')[0]}:{alias}"
        yield "aliases.json", {"Aliases": [{"AliasName": alias, "TargetKeyId": identifier, "AliasArn": arn}]}


def _grant(grant: Json, key: str) -> Json:
    written = (grant.get("constraints") or [{}])[0]
    names = {"EncryptionContextEquals": "encryption_context_equals", "EncryptionContextSubset": "encryption_context_subset"}
    constraints = {name: written[own] for name, own in names.items() if written.get(own)}
    return {
        "KeyId": key, "GrantId": grant["grant_id"], "Name": grant["name"] or "", "GranteePrincipal": grant["grantee_principal"],
        "Operations": grant["operations"], **({"Constraints": constraints} if constraints else {}),
    }  # fmt: skip
