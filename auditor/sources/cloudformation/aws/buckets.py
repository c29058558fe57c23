"""S3: buckets and their properties, in the shapes of `auditor.model`.

Source: AWS CloudFormation Template Reference, "Properties" of AWS::S3::Bucket and AWS::S3::BucketPolicy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.aws.cors_fields import CLOUDFORMATION
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Symbol, Unknown, Value, alternatives, is_null, scalar_text
from auditor.model import BucketDeclaration, Kind
from auditor.sources.api_terms import is_recent, truth
from auditor.sources.choices import in_branches
from auditor.sources.cloudformation.aws.attributes import bucket_name
from auditor.sources.cloudformation.aws.called import by_name
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.stack import StackResource
from auditor.sources.cloudformation.template import text_in


def bucket(resource: StackResource, found: StackDeclarations) -> None:
    """Declares a bucket."""
    around = resource.stack.surroundings
    found.declare(
        BucketDeclaration,
        resource,
        name=bucket_name(resource),
        region=around.region,
        account=around.account,
        directory=resource.type == "AWS::S3Express::DirectoryBucket",
        new=is_recent(resource.value("BucketNamespace")),
        lockable=truth(resource.value("ObjectLockEnabled")),
        condition=text_in(resource.body.entries.get("Condition")),
    )


def bucket_policy(resource: StackResource, found: StackDeclarations) -> None:
    """Declares the policy of a bucket."""
    target = by_name(resource, "Bucket", resource.value("Bucket"), "bucket")
    found.attach(resource, Kind.POLICY, resource.value("PolicyDocument"), "PolicyDocument", target=target)


# Source: AWS CloudFormation, AWS::S3::Bucket, AccessControl; Amazon S3 User Guide, "Canned ACL".
_CANNED = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}


def acl(content: Value) -> Value:
    """The canned ACL in `AccessControl`."""
    if isinstance(content, Known):
        content = replace(content, value=_CANNED.get(scalar_text(content.value), content.value))
    return MapValue({"ACL": content}, content.location)


def in_entry(content: Value, name: str) -> Value:
    """What stands under a name that must be there, in every branch; what is unknown stays so."""

    def inner(branch: Value) -> Value:
        if not isinstance(branch, MapValue):
            return branch if isinstance(branch, Unknown) else misshapen(branch)
        if name in branch.entries:
            return branch.entries[name]
        if branch.rest is not None:
            return Unknown(branch.rest, branch.location)
        return misshapen(branch, f"it has no {name}, which CloudFormation requires")

    return in_branches(content, inner)


def _first(content: Value) -> Value:
    """The first item of a list that is there, in every branch."""

    def first(branch: Value) -> Value:
        if not isinstance(branch, ListValue):
            return branch if isinstance(branch, Unknown) or is_null(branch) else misshapen(branch)
        value: Value = NULL if branch.rest is None else Unknown(branch.rest, branch.location)
        for item in reversed(branch.items):
            otherwise = value
            value = in_branches(item, lambda one, otherwise=otherwise: otherwise if is_null(one) else one)  # type: ignore[misc]
        return value

    return in_branches(content, first)


def misshapen(value: Value, reason: str = "it is not written in the form that CloudFormation takes") -> Value:
    """What stands for a value that CloudFormation does not take; null stays null."""
    if is_null(value):
        return value
    return Unknown(Symbol(f"the value at {value.location}", reason, "fix it", value.location), value.location)


def ownership(content: Value) -> Value:
    """The Object Ownership setting in `OwnershipControls`."""
    return in_entry(_first(in_entry(content, "Rules")), "ObjectOwnership")


def encryption(content: Value) -> Value:
    """The default encryption in `BucketEncryption`."""

    def shape(rule: Value) -> Value:
        if not isinstance(rule, MapValue):
            return rule if isinstance(rule, Unknown) or is_null(rule) else misshapen(rule)
        return in_branches(rule.entries.get("ServerSideEncryptionByDefault", NULL), lambda by_default: _rule(rule, by_default))

    return in_branches(_first(in_entry(content, "ServerSideEncryptionConfiguration")), shape)


def _rule(rule: MapValue, by_default: Value) -> Value:
    if not isinstance(by_default, MapValue | Known) or (isinstance(by_default, Known) and not is_null(by_default)):
        return misshapen(by_default) if not isinstance(by_default, Unknown) else by_default
    inner = by_default if isinstance(by_default, MapValue) else MapValue({})
    entries = {
        name: inner.entries[name] for name in ("SSEAlgorithm", "KMSMasterKeyID") if not _blank(inner.entries.get(name, NULL))
    }
    places = {name: inner.key_locations[name] for name in entries if name in inner.key_locations}
    if not is_null(enabled := rule.entries.get("BucketKeyEnabled", NULL)):
        entries["BucketKeyEnabled"] = truth(enabled)
        if "BucketKeyEnabled" in rule.key_locations:
            places["BucketKeyEnabled"] = rule.key_locations["BucketKeyEnabled"]
    return MapValue(entries, rule.location, inner.rest or rule.rest, places)


def _blank(value: Value) -> bool:
    return isinstance(value, Known) and value.value in (None, "")


# Source: AWS CloudFormation, AWS::S3::Bucket CorsRule, against Amazon S3 API Reference, CORSRule.
_CORS_NAMES = {ours: theirs for theirs, ours in CLOUDFORMATION.items() if ours != theirs}
_CALLED_OTHERWISE = {
    **{name.lower(): ours for ours, theirs in _CORS_NAMES.items() for name in (ours, theirs)},
    "exposeheader": "ExposedHeaders",
    "exposedheader": "ExposedHeaders",
    "maxageinseconds": "MaxAge",
}


def cors(content: Value) -> Value:
    """The CORS rules in `CorsConfiguration`."""
    return in_branches(in_entry(content, "CorsRules"), _cors_rules)


def _cors_rules(rules: Value) -> Value:
    if not isinstance(rules, ListValue):
        return rules if isinstance(rules, Unknown) or is_null(rules) else misshapen(rules)
    for item in rules.items:
        for _, rule in alternatives(item):
            if isinstance(rule, MapValue) and (misnamed := next(_misnamed(rule), None)):
                return Unknown(misnamed, misnamed.location)
    return replace(rules, items=tuple(in_branches(item, _cors_rule) for item in rules.items))


def _misnamed(rule: MapValue) -> Iterator[Symbol]:
    """What stands nearly under a name of its own, as of the API: a template with it may not deploy at all, so no rule of it is certain."""
    for name in rule.entries:
        if name not in _CORS_NAMES and (right := _CALLED_OTHERWISE.get(name.lower())):
            place = rule.key_locations.get(name) or rule.location
            yield Symbol(f"{name} at {place}", f"CloudFormation has no {name} in a CORS rule", f"write {right}", place)


def _cors_rule(rule: Value) -> Value:
    if not isinstance(rule, MapValue):
        return rule
    entries = {_CORS_NAMES.get(name, name): value for name, value in rule.entries.items() if not is_null(value)}
    places = {_CORS_NAMES.get(name, name): place for name, place in rule.key_locations.items()}
    return MapValue(entries, rule.location, rule.rest, places)


_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def public_access_block(content: Value) -> Value:
    """The settings in `PublicAccessBlockConfiguration`."""
    if not isinstance(content, MapValue):
        return content if isinstance(content, Unknown) else misshapen(content)
    entries = {name: truth(content.entries[name]) for name in _PUBLIC_ACCESS if not is_null(content.entries.get(name, NULL))}
    return MapValue(entries, content.location, content.rest, content.key_locations)
