"""Names of properties and attributes that a type does not have: CloudFormation refuses the template, and what is meant by them is not told.

The property that is meant becomes unknown, so that nothing is decided as if it were not there; but for CORS, without which a page gets no answer
whatever was meant, since what CloudFormation refuses is not in force. Only where a name is evidently a slip for another one
is it reported, since a type may be given any other property one day.

Sources: AWS CloudFormation Template Reference, "Resource attribute reference", "Properties" and "Return values" of each type; AWS SAM Developer Guide,
"Resource attributes"; CloudFormation's words, "Invalid template resource property" and "extraneous key is not permitted".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from auditor.foundation.errors import InputError, enumerated
from auditor.foundation.location import Location
from auditor.foundation.value import ListValue, MapValue, Symbol, Unknown, Value
from auditor.lazy.expressions import regex
from auditor.lazy.modules import module

if TYPE_CHECKING:
    import difflib
else:
    difflib = module("difflib")

Names = Mapping[str, Any]
"""The names inside a property, each with those inside it; none where the inside is not looked at."""

_OF_ALL = (
    "Type", "Properties", "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy", "UpdateReplacePolicy",
    "Description", "Version", "Connectors", "IgnoreGlobals",
)  # fmt: skip
# How like two names are, apart from case, where one is a slip for the other.
_LIKE = 0.82
_TOKEN = regex(r"\w+|[{}]")

_KEY = "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin PendingWindowInDays"
_WRITTEN = {
    "AWS::S3::Bucket": """
        AbacStatus AccelerateConfiguration{AccelerationStatus} AccessControl AnalyticsConfigurations
        BucketEncryption{ServerSideEncryptionConfiguration{BucketKeyEnabled BlockedEncryptionTypes
        ServerSideEncryptionByDefault{KMSMasterKeyID SSEAlgorithm}}} BucketName BucketNamePrefix BucketNamespace
        CorsConfiguration{CorsRules{AllowedHeaders AllowedMethods AllowedOrigins ExposedHeaders Id MaxAge}} IntelligentTieringConfigurations
        InventoryConfigurations LifecycleConfiguration LoggingConfiguration
        MetadataConfiguration MetadataTableConfiguration MetricsConfigurations NotificationConfiguration ObjectLockConfiguration
        ObjectLockEnabled OwnershipControls{Rules{ObjectOwnership}}
        PublicAccessBlockConfiguration{BlockPublicAcls BlockPublicPolicy IgnorePublicAcls RestrictPublicBuckets}
        ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration""",
    "AWS::S3::BucketPolicy": "Bucket PolicyDocument",
    "AWS::KMS::Key": f"{_KEY} RotationPeriodInDays Tags",
    "AWS::KMS::ReplicaKey": "Description Enabled KeyPolicy PendingWindowInDays PrimaryKeyArn Tags",
    "AWS::KMS::Alias": "AliasName TargetKeyId",
    "AWS::IAM::Role": """
        AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags""",
    "AWS::IAM::Policy": "Groups PolicyDocument PolicyName Roles Users",
    "AWS::IAM::ManagedPolicy": "Description Groups ManagedPolicyName Path PolicyDocument Roles Tags Users",
}
# What people write for a name although it is not like it, by type or by the property that it is inside of.
_MEANT = {
    "AWS::S3::Bucket": {
        "acl": "AccessControl", "cannedacl": "AccessControl", "cors": "CorsConfiguration", "corsrules": "CorsConfiguration",
        "encryption": "BucketEncryption", "name": "BucketName", "ownership": "OwnershipControls", "objectownership": "OwnershipControls",
        "bucketownershipcontrols": "OwnershipControls", "publicaccessblock": "PublicAccessBlockConfiguration",
        "blockpublicaccess": "PublicAccessBlockConfiguration", "serversideencryptionconfiguration": "BucketEncryption",
    },
    "AWS::S3::BucketPolicy": {"bucketname": "Bucket", "policy": "PolicyDocument", "document": "PolicyDocument", "policydoc": "PolicyDocument"},
    "CorsRules": {"maxageseconds": "MaxAge", "maxageinseconds": "MaxAge"},
    "AWS::KMS::Key": {"policy": "KeyPolicy", "policydocument": "KeyPolicy"},
    "AWS::IAM::Role": {"assumerolepolicy": "AssumeRolePolicyDocument", "managedpolicies": "ManagedPolicyArns", "name": "RoleName"},
    "AWS::IAM::Policy": {"policy": "PolicyDocument", "role": "Roles", "name": "PolicyName"},
    "AWS::IAM::ManagedPolicy": {"policy": "PolicyDocument", "role": "Roles", "policyname": "ManagedPolicyName"},
}  # fmt: skip
_REQUIRED = {"AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument")}


def _read(tokens: Iterator[str]) -> Names:
    found: dict[str, Names] = {}
    last = ""
    for token in tokens:
        if token == "}":
            break
        if token == "{":
            found[last] = _read(tokens)
        else:
            found[last := token] = {}
    return found


_NAMES = {kind: _read(iter(_TOKEN.findall(text))) for kind, text in _WRITTEN.items()}


# The attributes of types by the names that people write for them, in lower case; empty where `Ref` is meant.
_ATTRIBUTES = {
    "AWS::S3::Bucket": {
        "arn": "Arn",
        "bucketarn": "Arn",
        "bucketname": "",
        "bucketid": "",
        "name": "",
        "id": "",
        "domainname": "DomainName",
    },
    "AWS::KMS::Key": {"arn": "Arn", "keyarn": "Arn", "keyid": "KeyId", "id": "KeyId"},
    "AWS::KMS::ReplicaKey": {"arn": "Arn", "keyarn": "Arn", "keyid": "KeyId", "id": "KeyId"},
    "AWS::IAM::Role": {"arn": "Arn", "rolearn": "Arn", "rolename": "", "name": "", "roleid": "RoleId"},
    "AWS::IAM::User": {"arn": "Arn", "userarn": "Arn", "username": "", "name": ""},
}


def attribute_meant(resource_type: str, name: str) -> str | None:
    """The attribute that is meant by one that a type does not have, empty where `Ref` is; None where no slip is certain.

    Args:
        resource_type: the type.
        name: what is written.
    """
    meant = _ATTRIBUTES.get(resource_type, {}).get(name.lower())
    return None if meant == name else meant


def corrected(resource_type: str, body: MapValue, name: str) -> tuple[MapValue, tuple[InputError, ...]]:
    """All that is written of a resource, with what is meant by a wrong name unknown, and what is wrong.

    Args:
        resource_type: its type.
        body: what is written below its logical id.
        name: that id.
    """
    names = _NAMES.get(resource_type)
    if names is None or "Fn::Transform" in body.entries:
        return body, ()
    errors: list[InputError] = []
    properties = _properties(body, names, _MEANT.get(resource_type, {}), name, errors)
    if isinstance(properties, MapValue) and not any(key.startswith("Fn::") for key in properties.entries):
        properties = _inside(properties, names, _MEANT.get(resource_type, {}), resource_type, errors)
        missing = [one for one in _REQUIRED.get(resource_type, ()) if one not in getattr(properties, "entries", {})]
        if missing and isinstance(properties, MapValue):
            place = body.key_locations.get("Properties") or body.location or Location("")
            errors.append(InputError(place, f"{name} has no {enumerated(missing)}, which {resource_type} requires"))
            for one in missing:
                properties = _with(properties, one, errors[-1])
    return (replace(body, entries={**body.entries, "Properties": properties}), tuple(errors)) if errors else (body, ())


def _properties(body: MapValue, names: Names, others: Mapping[str, str], name: str, errors: list[InputError]) -> Value:
    """The properties of a resource, with those that stand beside them unknown."""
    properties = body.entries.get("Properties", MapValue({}, body.location))
    for key in body.entries:
        place = body.key_locations.get(key) or body.location or Location("")
        if key in _OF_ALL:
            continue
        if key in names:
            errors.append(InputError(place, f"{name} has {key} beside its Properties: write it inside them"))
            if isinstance(properties, MapValue):
                properties = _with(properties, key, errors[-1])
        elif right := others.get(key.lower()):
            errors.append(InputError(place, f"{name} has {key} beside its Properties: write {right} inside them"))
            properties = _with(properties, right, errors[-1]) if isinstance(properties, MapValue) else properties
        elif meant := nearest(key, _OF_ALL, {"property": "Properties"}):
            errors.append(InputError(place, f"{name} has '{key}', which no resource has: write '{meant}'"))
            if meant == "Properties" and meant not in body.entries:
                properties = _unknown(meant, errors[-1])
    return properties


def _with(properties: MapValue, name: str, error: InputError) -> MapValue:
    """Properties of which one is unknown, unless it is written."""
    if name == "CorsConfiguration":
        return properties
    return replace(properties, entries={name: _unknown(name, error), **properties.entries})


def _inside(value: Value, names: Names, meant: Mapping[str, str], title: str, errors: list[InputError]) -> Value:
    """A value with what is meant by wrong names in it unknown; itself where there are none, so that nothing is read that nobody asks for."""
    match value:
        case ListValue(items):
            made = tuple(_inside(item, names, meant, title, errors) for item in items)
            return replace(value, items=made) if any(one is not item for one, item in zip(made, items, strict=True)) else value
        case MapValue(entries) if "Fn::If" in entries:
            cases = _inside(entries["Fn::If"], names, meant, title, errors)
            return replace(value, entries={"Fn::If": cases}) if cases is not entries["Fn::If"] else value
        case MapValue(entries) if names and not any(key == "Ref" or key.startswith("Fn::") for key in entries):
            changed: dict[str, Value] = {}
            for key in entries:
                if names.get(key):
                    inner = _inside(entries[key], names[key], _MEANT.get(key, {}), key, errors)
                    changed |= {key: inner} if inner is not entries[key] else {}
                elif key not in names and (right := nearest(key, names, meant)) is not None:
                    place = value.key_locations.get(key) or value.location or Location("")
                    inside = "it inside " if key in _all(names[right]) else ""
                    errors.append(InputError(place, f"{title} has no '{key}': write {inside}'{right}'"))
                    if right not in entries and right != "CorsConfiguration":
                        changed[right] = _unknown(right, errors[-1])
            return replace(value, entries={**entries, **changed}) if changed else value
    return value


def _all(names: Names) -> Iterator[str]:
    """The names inside a property, however deep."""
    for name, inner in names.items():
        yield name
        yield from _all(inner)


def _unknown(name: str, error: InputError) -> Unknown:
    return Unknown(Symbol(f"{name} at {error.location}", error.message, "fix it", error.location), error.location)


def nearest(name: str, names: Iterable[str], meant: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The name that is meant by one that is not known; None where that is not evident.

    Args:
        name: what is written.
        names: those that are known.
        meant: names that people write although they are not like the one that they mean, in lower case.
    """
    lower = {one.lower(): one for one in names}
    if name.lower() in meant:
        return meant[name.lower()]
    near = difflib.get_close_matches(name.lower(), lower, 1, _LIKE)
    return lower[near[0]] if near else None
