"""The actions of S3 and KMS: their names, the kinds of resources that they are about, and the condition keys that their requests can have.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" and "… for AWS Key Management Service", as
`catalog` has them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from auditor.foundation.glob import matches, wildcards
from auditor.foundation.value import Text, text_of, text_parts
from auditor.lazy.expressions import regex
from auditor.lazy.modules import module
from auditor.policy.services import catalog
from auditor.policy.services.catalog import Action

if TYPE_CHECKING:
    import difflib
else:
    difflib = module("difflib")

SERVICES = ("s3", "kms")
_HOLE = "\0"
_WORDS = regex(r"^[a-z0-9]+:|[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+")
_SAME_WORD = 0.75

# Names of API calls, and names that guides print, for which another action decides. Source: Amazon S3 API Reference, the section
# "Permissions" of HeadObject, HeadBucket, ListObjects, ListObjectsV2, CopyObject, UploadPart, CreateMultipartUpload,
# CompleteMultipartUpload, DeleteObjects and ListParts.
_DECIDED_BY = {
    "s3:headobject": "s3:GetObject", "s3:headbucket": "s3:ListBucket", "s3:listobjects": "s3:ListBucket", "s3:listobjectsv2": "s3:ListBucket",
    "s3:getbucket": "s3:ListBucket", "s3:copyobject": "s3:PutObject", "s3:uploadpart": "s3:PutObject", "s3:uploadpartcopy": "s3:PutObject",
    "s3:createmultipartupload": "s3:PutObject", "s3:completemultipartupload": "s3:PutObject", "s3:initiatemultipartupload": "s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject", "s3:listparts": "s3:ListMultipartUploadParts",
    "s3:listmultipartuploads": "s3:ListBucketMultipartUploads", "s3:listobjectversions": "s3:ListBucketVersions",
    "s3:listbuckets": "s3:ListAllMyBuckets", "s3:putbucket": "s3:CreateBucket",
}  # fmt: skip

# Source: AWS KMS Developer Guide, "Allowing users in other accounts to use a KMS key", "Using KMS keys across accounts": cryptographic
# operations and these; the administration of a key is for its own account.
_KMS_ACROSS_ACCOUNTS = frozenset(
    {
        "kms:Decrypt", "kms:DeriveSharedSecret", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateMac", "kms:ReEncryptFrom",
        "kms:ReEncryptTo", "kms:Sign", "kms:Verify", "kms:VerifyMac", "kms:CreateGrant", "kms:DescribeKey", "kms:GetKeyRotationStatus",
        "kms:GetPublicKey", "kms:ListGrants", "kms:RetireGrant", "kms:RevokeGrant",
    }
)  # fmt: skip
# Source: IAM User Guide, "aws:RequestTag" and "aws:TagKeys": there where the request passes tags; Service Authorization Reference: the actions of S3 and
# KMS that list the keys. The tags of an object are told by keys of S3.
_TAGS_OF_REQUEST = ("aws:requesttag/", "aws:tagkeys")
_WITH_TAGS = frozenset(
    {
        "s3:CreateAccessGrant", "s3:CreateAccessGrantsInstance", "s3:CreateAccessGrantsLocation", "s3:CreateAccessPoint", "s3:CreateBucket",
        "s3:CreateJob", "s3:CreateStorageLensGroup", "s3:PutJobTagging", "s3:PutStorageLensConfiguration",
        "s3:PutStorageLensConfigurationTagging", "s3:TagResource", "s3:UntagResource", "kms:CreateKey", "kms:TagResource",
        "kms:UntagResource",
    }
)  # fmt: skip
# Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy: the caller must belong to the owner's account.
_S3_OWNER_ONLY = frozenset({"s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"})


@functools.cache
def actions() -> Mapping[str, frozenset[str]]:
    """The kinds of resources of every action (`object`, `bucket`, `key`, …), by its name with its service (`s3:GetObject`)."""
    found: dict[str, set[str]] = {}
    for action in _table():
        found.setdefault(action.name, set()).update({action.type} - {""})
    return {name: frozenset(kinds) for name, kinds in found.items()}


@functools.cache
def condition_keys(action: str) -> frozenset[str]:
    """The condition keys of S3 or KMS that an action or its kinds of resources have, in lower case; a key that ends in `/` or `:` is a prefix.

    Args:
        action: a name of the table, `s3:GetObject`.
    """
    return frozenset(key for one in _by_name()[action] for key in one.keys)


@functools.cache
def _by_name() -> Mapping[str, tuple[Action, ...]]:
    found: dict[str, tuple[Action, ...]] = {}
    for action in _table():
        found[action.name] = (*found.get(action.name, ()), action)
    return found


@functools.cache
def has_condition_key(action: str, key: str) -> bool:
    """Whether a request of an action can have a condition key of its service.

    Args:
        action: a name of the table, `s3:GetObject`.
        key: in any case, `s3:ExistingObjectTag/team`.
    """
    wanted = key.lower()
    return any(wanted.startswith(known) if known[-1] in "/:" else wanted == known for known in condition_keys(action))


def lacks_condition_key(action: str, key: str) -> bool:
    """Whether a request of an action never has a condition key of its service or of tags; False for an action or a key that the table does not have.

    Args:
        action: in any case, with its service.
        key: likewise.
    """
    named, service = _by_lower_case().get(action.lower()), action.partition(":")[0].lower()
    if named is None:
        return False
    if key.lower().startswith(_TAGS_OF_REQUEST):
        return named not in _WITH_TAGS
    return key.lower().startswith(f"{service}:") and is_condition_key(key) and not has_condition_key(named, key)


@functools.cache
def is_condition_key(key: str) -> bool:
    """Whether S3 or KMS has a condition key for any action; `key` is in any case, with its service."""
    service = key.partition(":")[0].lower()
    return any(has_condition_key(action, key) for action in actions() if action.startswith(f"{service}:"))


@functools.cache
def _table() -> tuple[Action, ...]:
    return tuple(action for service in SERVICES for action in catalog.actions(service))


@functools.cache
def matching(pattern: str) -> tuple[str, ...]:
    """The actions of S3 and KMS that a text of an Action element means, sorted. Source: IAM User Guide, "Action": case does not matter."""
    wanted = pattern.lower()
    if "*" not in wanted and "?" not in wanted:
        return (_by_lower_case()[wanted],) if wanted in _by_lower_case() else ()
    tokens = wildcards(wanted)
    return tuple(sorted(name for name in actions() if matches(tokens, name.lower())))


@functools.cache
def _by_lower_case() -> Mapping[str, str]:
    return {name.lower(): name for name in actions()}


def works_across_accounts(action: str) -> bool:
    """Whether another account can do an action at all, when the resource's policy allows it."""
    return action in _KMS_ACROSS_ACCOUNTS if action.startswith("kms:") else action not in _S3_OWNER_ONLY


def exists(pattern: str) -> bool:
    """Whether a text of an Action element means any action; for a service that is not listed here it is taken to."""
    service = pattern.partition(":")[0].lower()
    return service not in SERVICES or bool(matching(pattern))


def is_name_of_a_call(name: str) -> bool:
    """Whether a name that is not an action is that of an API call, or one that guides print, for which another action decides."""
    return name.lower() in _DECIDED_BY


def nearest(name: str) -> str | None:
    """The action that was certainly meant by a name that is none: misspelt, never another one; None when there is none.

    A suggestion grants something: so an action with another verb, or with a further word, is never suggested.
    """
    wanted = name.lower()
    if wanted in _DECIDED_BY:
        return _DECIDED_BY[wanted]
    near = difflib.get_close_matches(wanted.rstrip("*"), list(_by_lower_case()), n=5, cutoff=0.8)
    return next((_by_lower_case()[one] for one in near if _is_misspelt(name.rstrip("*"), _by_lower_case()[one])), None)


def _is_misspelt(name: str, action: str) -> bool:
    """Whether a name has the words of an action, but for a few letters: one that lacks a word, or has another one, is another action."""
    written, right = _WORDS.findall(name), _WORDS.findall(action)
    if name.lower() == name:
        # Without capitals there are no words to compare.
        return name.startswith("".join(right[:2]).lower()) and abs(len(name) - len(action)) <= 1
    pairs = zip(written, right, strict=False)
    return len(written) == len(right) and all(
        difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _SAME_WORD for one, other in pairs
    )


_BUCKET_ARN = regex(r"arn:aws(?:-[a-z]+)*:s3:::")


def resource_kinds(resource: Text, bucket: Text) -> frozenset[str]:
    """Which of `bucket` and `object` a text of a Resource element can mean; empty when it means neither.

    Source: Service Authorization Reference, "Resource types defined by Amazon S3": `arn:…:s3:::NAME` and `arn:…:s3:::NAME/KEY`.

    Args:
        resource: the text.
        bucket: the name of the bucket whose policy it is from; a hole that stands for it has no slash.
    """
    parts = text_parts(resource)
    start = _BUCKET_ARN.match(parts[0]) if parts and isinstance(parts[0], str) else None
    if start and parts == text_parts(text_of((start[0], *text_parts(bucket)))):
        return frozenset({"bucket"})
    name = "".join(part if isinstance(part, str) else _HOLE for part in parts)
    if name.startswith("arn:") and name.count(":") >= 5:
        _, _, _, region, account, name = name.split(":", 5)
        if region not in ("", "*") or account not in ("", "*"):
            return frozenset()
    elif _HOLE not in name and name != "*":
        return frozenset()
    if "/" in name:
        return frozenset({"object"})
    return frozenset({"bucket", "object"}) if set(name) & {"*", "?", _HOLE} else frozenset({"bucket"})
