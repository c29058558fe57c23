"""What a JSON document is, told by its shape and never by its name.

Sources: AWS CLI Command Reference, "Output" of `s3api get-bucket-…`, `s3api get-public-access-block`, `kms get-key-policy`,
`kms describe-key`, `kms list-aliases` and `kms list-grants`; Amazon S3 User Guide, "Elements of a CORS configuration" (the console takes the list alone);
IAM User Guide, "Grammar of the IAM JSON policy language" and "Identity-based policies and resource-based policies" (only the latter
have a Principal).
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json, parse_json_file, source_map
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Value, text_of
from auditor.model import Kind


class Described(enum.Enum):
    """What a document tells that configures nothing."""

    REGION = "bucket location"
    KEY = "key description"
    ALIASES = "key aliases"
    GRANTS = "key grants"


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was recognised.

    Attributes:
        path: the file, as the user would name it.
        form: what it holds.
        content: in the shape that `auditor.model` documents for its kind; for REGION a text or null, for KEY the KeyMetadata, for
            ALIASES and GRANTS their list.
        location: of the content.
        said: the same for documents that say the same.
        read_back: whether it certainly is what AWS printed of a policy: JSON in a string.
    """

    path: str
    form: Kind | Described
    content: Value
    location: Location
    said: str
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is none of these.

    Attributes:
        error: why.
        claims: whether it claims to be one, so that it must not be passed over even where the user did not name it.
    """

    error: InputError
    claims: bool


_Json = Mapping[str, Any]

# One of these stands in every document that can be recognised (in the output of get-bucket-policy with a backslash before the quote).
_MARKS = re.compile(
    r'"(?:Statement\\?"|CORSRules"|CORSConfiguration"|AllowedOrigins"|AllowedMethods"|OwnershipControls"|ObjectOwnership"|'
    r'ServerSideEncryptionConfiguration"|ApplyServerSideEncryptionByDefault"|PublicAccessBlockConfiguration"|RestrictPublicBuckets"|'
    r'Grants"|LocationConstraint"|KeyMetadata"|AliasName"|responseHeader")'
)
_POLICY_MARK = re.compile(r'"(?:Not)?Principal\\?"')
_S3_OR_KMS = re.compile(r"\b(?:s3|kms):|:(?:s3|kms):")
_CORS_MARKS = ('"AllowedOrigins"', '"AllowedMethods"')

_POLICY_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_CORS_FIELDS = frozenset({"AllowedOrigins", "AllowedMethods"})
_BLOCK_SETTINGS = frozenset({"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"})
# What a Cloud Storage bucket's CORS configuration is made of. Source: Google Cloud, "CORS configuration examples".
_CLOUD_STORAGE_CORS = frozenset({"origin", "method", "responseHeader", "maxAgeSeconds"})
# What SDKs add to every answer. Source: Boto3 documentation, "Responses".
_ENVELOPE = frozenset({"ResponseMetadata", "PolicyName", "RevisionId"})

_PARTITION = "${AWS::Partition}"
_S3_ARN = re.compile(rf"arn:(?:[^:]*|{re.escape(_PARTITION)}):s3:::")
_KMS_ARN = re.compile(rf"arn:(?:[^:]*|{re.escape(_PARTITION)}):kms:")
# A placeholder that some tool fills in. IAM's own policy variables have one colon or are one of * ? $; CloudFormation's have two.
# Source: IAM User Guide, "IAM policy elements: Variables and tags".
_PLACEHOLDER = re.compile(r"\$\{(?:(?![*?$]\})[^}:\"]+|AWS::\w+)\}|\{\{[^}\"]+\}\}")


def may_be_document(text: str, path: str) -> bool:
    """Whether a file is worth parsing; cheap, and true of every document that `recognise` knows."""
    return path.endswith(".json") and _MARKS.search(text) is not None


def recognise(text: str, path: str) -> Document | Refused | None:
    """The document in a text, why it is refused, or None when nothing in it says that it is meant for this tool.

    Args:
        text: the whole file; a byte order mark is passed over.
        path: its name.
    """
    try:
        plain = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return _unparsable(text, path)
    found = _shape(plain, Location(path))
    if not isinstance(found, _Shape):
        return found
    value, errors = parse_json_file(text, path)
    content: Value | None = None
    if value is not None and not errors:
        content, errors = _content(value, found, text, path)
    if content is None or errors:
        # Readers of JSON disagree on what a repeated key means, so a document that has one says nothing.
        return Refused(errors[0], claims=True)
    return Document(path, found.form, _opened(content), content.location or Location(path), _said(plain, found), found.embedded)


def _said(plain: Any, shape: _Shape) -> str:
    for step in shape.steps:
        plain = plain[step]
    return json.dumps(json.loads(plain) if shape.embedded else plain, sort_keys=True)


def _unparsable(text: str, path: str) -> Refused | None:
    policy = _POLICY_MARK.search(text) and _S3_OR_KMS.search(text) and "Statement" in text
    if not policy and not all(mark in text for mark in _CORS_MARKS):
        return None
    _, errors = parse_json_file(text, path)
    if not errors:
        return None
    what = "policy" if policy else "CORS configuration"
    return Refused(InputError(errors[0].location, f"looks like a {what} but is no JSON: {errors[0].message}"), claims=True)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a document is, and where its content stands in it.

    Attributes:
        form: what it holds.
        steps: the keys (or places) that lead to the content.
        embedded: whether the content is JSON in a string.
    """

    form: Kind | Described
    steps: tuple[str | int, ...] = ()
    embedded: bool = False


def _shape(plain: Any, place: Location) -> _Shape | Refused | None:
    if isinstance(plain, list):
        return _listed(plain, (), place)
    if not isinstance(plain, dict):
        return None
    keys = plain.keys() - _ENVELOPE
    if "Statement" in keys and keys <= _POLICY_ELEMENTS:
        return _policy(plain, (), place, embedded=False)
    if keys == {"Policy"}:
        return _output_of_get_policy(plain["Policy"], place)
    if keys == {"CORSRules"}:
        return _listed(plain["CORSRules"], ("CORSRules",), place) or _Shape(Kind.CORS, ("CORSRules",))
    if "CORSConfiguration" in keys and keys <= {"CORSConfiguration", "Bucket"}:
        message = "has its CORS rules inside 'CORSConfiguration': write {\"CORSRules\": […]} as 'aws s3api get-bucket-cors' does"
        return Refused(InputError(place, message), claims=True)
    return _setting(plain, keys, place)


def _setting(plain: _Json, keys: Collection[str], place: Location) -> _Shape | Refused | None:
    """The outputs of commands that tell one setting, and what the commands that write them take."""
    for wrapper, form, rule in (
        ("OwnershipControls", Kind.OWNERSHIP, "ObjectOwnership"),
        ("ServerSideEncryptionConfiguration", Kind.ENCRYPTION, "ApplyServerSideEncryptionByDefault"),
    ):
        steps = (wrapper,) if keys == {wrapper} else () if keys == {"Rules"} else None
        if steps is None:
            continue
        rules = plain[wrapper] if steps else plain
        listed = rules.get("Rules") if isinstance(rules, dict) else None
        if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], dict) and (steps or rule in listed[0]):
            return _Shape(form, (*steps, "Rules", 0))
        if steps:
            return Refused(InputError(place, f"has no 'Rules' with one rule in '{wrapper}'"), claims=True)
    if keys == {"PublicAccessBlockConfiguration"} and isinstance(plain["PublicAccessBlockConfiguration"], dict):
        return _Shape(Kind.PUBLIC_ACCESS_BLOCK, ("PublicAccessBlockConfiguration",))
    if keys and keys <= _BLOCK_SETTINGS:  # type: ignore[operator]
        return _Shape(Kind.PUBLIC_ACCESS_BLOCK)
    if keys == {"Owner", "Grants"} and isinstance(plain["Grants"], list):
        return _Shape(Kind.ACL)
    if keys == {"LocationConstraint"}:
        return _Shape(Described.REGION, ("LocationConstraint",))
    if keys == {"KeyMetadata"} and isinstance(plain["KeyMetadata"], dict) and "KeyId" in plain["KeyMetadata"]:
        return _Shape(Described.KEY, ("KeyMetadata",))
    aliases = plain.get("Aliases")
    if isinstance(aliases, list) and aliases and all(isinstance(one, dict) and "AliasName" in one for one in aliases):
        return _Shape(Described.ALIASES, ("Aliases",))
    grants = plain.get("Grants")
    if isinstance(grants, list) and all(isinstance(one, dict) and {"KeyId", "GranteePrincipal"} <= one.keys() for one in grants):
        return _Shape(Described.GRANTS, ("Grants",)) if "Owner" not in keys else None
    return None


def _listed(rules: Any, steps: tuple[str | int, ...], place: Location) -> _Shape | Refused | None:
    """A list of CORS rules."""
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        return None
    if any(_CORS_FIELDS & rule.keys() for rule in rules):
        return _Shape(Kind.CORS, steps)
    if all({"origin", "method"} <= rule.keys() <= _CLOUD_STORAGE_CORS for rule in rules):
        message = (
            "is a CORS configuration for Google Cloud Storage ('origin', 'method'); S3 takes 'AllowedOrigins', 'AllowedMethods'"
        )
        return Refused(InputError(place, message), claims="CORSRules" in steps)
    return None


def _output_of_get_policy(policy: Any, place: Location) -> _Shape | Refused | None:
    """What stands under `Policy`: a document in a string, or (put there by hand) the document itself."""
    if isinstance(policy, dict) and "Statement" in policy:
        return _policy(policy, ("Policy",), place, embedded=False)
    if not isinstance(policy, str):
        return None
    try:
        inner = json.loads(policy)
    except (ValueError, RecursionError):
        return _Shape(Kind.POLICY, ("Policy",), embedded=True) if "Statement" in policy else None
    if not isinstance(inner, dict) or "Statement" not in inner:
        return None
    return _policy(inner, ("Policy",), place, embedded=True)


def _policy(document: _Json, steps: tuple[str | int, ...], place: Location, *, embedded: bool) -> _Shape | Refused | None:
    """A bucket policy and a key policy are told apart by resources first, then by actions; both have principals."""
    written = document["Statement"]
    statements = [one for one in (written if isinstance(written, list) else [written]) if isinstance(one, dict)]
    if not statements:
        return None
    actions = [text for one in statements for name in ("Action", "NotAction") for text in _texts(one.get(name))]
    resources = [text for one in statements for name in ("Resource", "NotResource") for text in _texts(one.get(name))]
    services = sorted({service.lower() for action in actions for service, colon, _ in [action.partition(":")] if colon})
    if not any(name in one for one in statements for name in ("Principal", "NotPrincipal")):
        message = "is a policy without a Principal: one of a user or role, not of a bucket or key"
        return Refused(InputError(place, message), claims=False)
    if any(_S3_ARN.match(resource) for resource in resources):
        names = sorted({name for resource in resources if (name := bucket_name(resource)) and not _PLACEHOLDER.search(name)})
        if len(names) > 1:
            several = " and ".join(f"'{name}'" for name in names[:2])
            message = f"is no bucket policy: it has resources of several buckets ({several}), which S3 refuses"
            # The policy of a VPC endpoint looks like this, and lets in everyone.
            endpoint = all(one.get("Principal") in ("*", {"AWS": "*"}) for one in statements)
            return Refused(InputError(place, message), claims=not endpoint)
        return _Shape(Kind.POLICY, steps, embedded)
    if any(_KMS_ARN.match(resource) for resource in resources) or "kms" in services:
        return _Shape(Kind.KEY_POLICY, steps, embedded)
    if "s3" in services and not any(resource.startswith("arn:") for resource in resources):
        return _Shape(Kind.POLICY, steps, embedded)
    about = f"of {' and '.join(services)}" if services else "for other resources"
    return Refused(InputError(place, f"is a policy {about}, neither of a bucket nor of a KMS key"), claims=False)


def _texts(value: Any) -> Iterator[str]:
    yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))


def bucket_name(resource: str) -> str:
    """The name of the bucket in the ARN of a bucket or of objects; empty when it has none or holds a wildcard."""
    match = _S3_ARN.match(resource)
    name = resource[match.end() :].partition("/")[0] if match else ""
    return "" if set(_PLACEHOLDER.sub("", name)) & set("*?") else name


# Contents


def _content(value: Value, shape: _Shape, text: str, path: str) -> tuple[Value | None, tuple[InputError, ...]]:
    """The content that a shape points to, as the model wants it; None and an error when it is JSON in a string that is none."""
    place = Location(path)
    for step in shape.steps:
        if isinstance(value, MapValue) and isinstance(step, str):
            place = value.key_locations.get(step, place)
            value = value.entries[step]
        elif isinstance(value, ListValue) and isinstance(step, int):
            value = value.items[step]
    place = value.location or place
    if shape.embedded and isinstance(value, Known):
        inner, errors = parse_json(replace(value, source_map=source_map(text, place)), place)
        if inner is None:
            return None, (InputError(errors[0].location, f"holds a policy that is no JSON: {errors[0].message}"),)
        return inner, errors
    match shape.form:
        case Kind.OWNERSHIP:
            return _entry(value, "ObjectOwnership", place), ()
        case Kind.ENCRYPTION:
            return _encryption(value, place), ()
        case Kind.ACL:
            return _granted_to_others(value), ()
        case _:
            return value, ()


def _entry(value: Value, name: str, place: Location) -> Value:
    return value.entries.get(name, Known(None, place)) if isinstance(value, MapValue) else value


def _encryption(rule: Value, place: Location) -> Value:
    """An encryption rule in the flat form of the model."""
    if not isinstance(rule, MapValue):
        return rule
    entries = {name: entry for name, entry in rule.entries.items() if name == "BucketKeyEnabled"}
    places = dict(rule.key_locations)
    default = rule.entries.get("ApplyServerSideEncryptionByDefault")
    if isinstance(default, MapValue):
        entries.update(default.entries)
        places.update(default.key_locations)
    return MapValue(entries, rule.location or place, None, places)


def _granted_to_others(acl: Value) -> Value:
    """The grants of an ACL without the owner's own, which every bucket has. Source: Amazon S3 User Guide, "ACL overview"."""
    if not isinstance(acl, MapValue):
        return acl
    grants, owner = acl.entries["Grants"], _entry(acl.entries["Owner"], "ID", Location("-"))
    if isinstance(grants, ListValue):
        kept = tuple(
            grant
            for grant in grants.items
            if not (
                isinstance(grant, MapValue)
                and isinstance(grantee := grant.entries.get("Grantee"), MapValue)
                and grantee.entries.get("ID") == owner
            )
        )
        grants = replace(grants, items=kept)
    return MapValue({"Grants": grants}, acl.location, None, acl.key_locations)


def _opened(value: Value) -> Value:
    """The value with placeholders in its texts as holes."""
    match value:
        case Known(str() as text):
            if not _PLACEHOLDER.search(text):
                return value
            parts: list[str | Symbol] = []
            end = 0
            for match in _PLACEHOLDER.finditer(text):
                # As in templates, the partition is the commercial one: no grant crosses partitions.
                hole = "aws" if match[0] == _PARTITION else _placeholder(match[0], value.location)
                parts += [text[end : match.start()], hole]
                end = match.end()
            return text_of((*parts, text[end:]), value.location)
        case ListValue(items):
            return replace(value, items=tuple(_opened(item) for item in items))
        case MapValue(entries):
            resolved = {key: _opened(entry) for key, entry in entries.items() if not _PLACEHOLDER.search(key)}
            place = value.key_locations
            rest = next((_placeholder(key, place.get(key)) for key in entries if key not in resolved), None)
            return replace(value, entries=resolved, rest=rest)
        case _:
            return value


def _placeholder(text: str, location: Location | None) -> Symbol:
    return Symbol(text, f"'{text}' is filled in before the document is used", "audit the document as it is used", location)
