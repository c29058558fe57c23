"""What AWS refuses when a document is put: the checks of S3, KMS and IAM, over all statements whatever they say and of whom.

Every check refuses the whole document, and what was refused is not in force. Each kind of document has one list of checks, each of which finds
flaws (`Fault`); one table says what the operation that puts the document makes of each flaw (`profiles`). A document may have unknown parts:
a flaw is there, or is not, or depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.aws.partitions import COMMERCIAL
from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Text, Value
from auditor.lazy.answers import made_once
from auditor.lazy.modules import module
from auditor.policy.refusals import conditions, principals, shape
from auditor.policy.refusals.profiles import DIRECTORY, MOST_BYTES, PROFILES, STORED_ALL_THE_SAME, WRITTEN_AS_TEXT
from auditor.policy.refusals.reading import DocumentCase, Reading, WrittenStatement, read
from auditor.policy.refusals.refusal import Api, DocumentRefusal, Fault, Flaw, Grade, judged

if TYPE_CHECKING:
    from auditor.policy.refusals import actions, identities, keys, lockout, resources
else:
    actions = module("auditor.policy.refusals.actions")
    identities = module("auditor.policy.refusals.identities")
    keys = module("auditor.policy.refusals.keys")
    lockout = module("auditor.policy.refusals.lockout")
    resources = module("auditor.policy.refusals.resources")

__all__ = [
    "STORED_ALL_THE_SAME",
    "WRITTEN_AS_TEXT",
    "Api",
    "DocumentRefusal",
    "Fault",
    "Flaw",
    "Grade",
    "bucket_policy_refusals",
    "identity_policy_refusals",
    "inline_policies_refusals",
    "key_policy_refusals",
    "trust_policy_refusals",
    "writer_refusals",
]

_OfStatement = Callable[[WrittenStatement], Iterator[Fault]]
_OfDocument = Callable[[DocumentCase], Iterator[Fault]]

# More documents than one proof rests on.
_KEPT = 64

_SHAPE: tuple[_OfStatement, ...] = (shape.statement_elements, shape.effect, shape.required, shape.types, conditions.form)
_DOCUMENT: tuple[_OfDocument, ...] = (shape.version, shape.elements, shape.unresolved)


@made_once(_KEPT)
def bucket_policy_refusals(
    content: Value,
    location: Location,
    bucket: Text,
    *,
    managed: bool = True,
    directory: bool = False,
    partition: str = COMMERCIAL,
) -> tuple[DocumentRefusal, ...]:
    """Why S3 refuses a bucket policy, or may: what PutBucketPolicy answers.

    Args:
        content: the policy document: a map, JSON text, or text that holds JSON.
        location: where it is written, for what has no place of its own.
        bucket: the name of its bucket.
        managed: whether the code makes the bucket.
        directory: whether it is a directory bucket.
        partition: the bucket's.
    """
    if directory:
        checks: tuple[_OfStatement, ...] = (*_SHAPE, *_principals_of(partition), actions.actions_of_directory_buckets)
    else:
        checks = (
            *_SHAPE,
            *_principals_of(partition),
            actions.actions_of_s3,
            lambda statement: resources.resources_of_bucket(statement, bucket, partition, managed=managed),
            lambda statement: actions.resources_fit(statement, bucket),
            conditions.keys_of_s3,
            conditions.addresses,
        )
    faults = _faults(read(content, location), (*_DOCUMENT, _size(20_480, normalized=True)), checks)
    return tuple(judged(faults, DIRECTORY if directory else PROFILES[Api.BUCKET_POLICY], Api.BUCKET_POLICY))


@made_once(_KEPT)
def key_policy_refusals(
    content: Value, location: Location, account: Text = NULL, outside: str = "", partition: str = COMMERCIAL
) -> tuple[DocumentRefusal, ...]:
    """Why KMS refuses a key policy, or may: what CreateKey and PutKeyPolicy answer. Whether the lock-out check is bypassed is not looked at.

    Args:
        content: the policy document.
        location: where it is written, for what has no place of its own.
        account: the account that owns the key.
        outside: an account that certainly does not own it; empty when there is none.
        partition: the key's.
    """
    owner = lockout.KeyOwner(account, outside)
    documents: tuple[_OfDocument, ...] = (
        *_DOCUMENT,
        shape.characters,
        _size(32_768, normalized=False),
        lambda document: lockout.lockout(document, owner),
    )
    faults = _faults(
        read(content, location),
        documents,
        (*_SHAPE, *_principals_of(partition), keys.actions_have_a_service, keys.resource_is_star),
    )
    return tuple(judged(faults, PROFILES[Api.KEY_POLICY], Api.KEY_POLICY))


@made_once(_KEPT)
def identity_policy_refusals(content: Value, location: Location, api: Api) -> tuple[DocumentRefusal, ...]:
    """Why IAM refuses a policy of a role, user or group, or may.

    Args:
        content: the policy document.
        location: where it is written, for what has no place of its own.
        api: the operation that puts it.
    """
    documents = (*_DOCUMENT, shape.sids, _size(MOST_BYTES[api], normalized=False))
    checks = (*_SHAPE, principals.any_principal, identities.action_forms, identities.resource_forms, conditions.values)
    return tuple(judged(_faults(read(content, location), documents, checks), PROFILES[api], api))


def inline_policies_refusals(contents: Sequence[Value], location: Location, api: Api) -> tuple[DocumentRefusal, ...]:
    """That IAM refuses one of the policies that are written into one role, user or group, since together they are too large.

    Args:
        contents: the policy documents.
        location: of what they are written into.
        api: the operation that puts them.
    """
    readings = [read(content, location) for content in contents]
    least = sum(min(map(shape.least_size, reading.documents), default=0) for reading in readings)
    if least <= MOST_BYTES[api]:
        return ()
    clause = f"together they have {least} bytes without white space, and {MOST_BYTES[api]} are the most"
    fault = Fault(Flaw.SIZE_TOGETHER, clause, location, "Move some of them into a managed policy.", str(least))
    return tuple(judged(iter((fault,)), PROFILES[api], api))


@made_once(_KEPT)
def trust_policy_refusals(content: Value, location: Location, partition: str = COMMERCIAL) -> tuple[DocumentRefusal, ...]:
    """Why IAM refuses a trust policy, or may: what CreateRole and UpdateAssumeRolePolicy answer.

    Args:
        content: the policy document.
        location: where it is written, for what has no place of its own.
        partition: the role's.
    """
    documents = (*_DOCUMENT, shape.sids, _size(4_096, normalized=False, quota=2_048))
    checks = (*_SHAPE, *_principals_of(partition), identities.any_resource, identities.actions_of_sts, conditions.values)
    return tuple(judged(_faults(read(content, location), documents, checks), PROFILES[Api.TRUST_POLICY], Api.TRUST_POLICY))


def writer_refusals(api: Api, location: Location, *, owner: str) -> tuple[DocumentRefusal, ...]:
    """That S3 and KMS take a policy only from the account that owns the bucket or key, whatever it says.

    Args:
        api: the operation that puts the policy.
        location: of what applies it, by another account.
        owner: what the policy is for: "bucket", "key".
    """
    clause = f"the policy is applied by another account than that of the {owner}"
    fault = Fault(Flaw.ANOTHER_ACCOUNT, clause, location, f"Apply it by the account of the {owner}.")
    return tuple(judged(iter((fault,)), PROFILES[api], api))


def _principals_of(partition: str) -> tuple[_OfStatement, ...]:
    """What is checked of principals, in a partition."""
    return principals.no_principal, lambda statement: principals.principals(statement, partition), principals.not_principal


def _size(most: int, *, normalized: bool, quota: int = 0) -> _OfDocument:
    return lambda document: shape.size(document, most, normalized=normalized, quota=quota)


def _faults(reading: Reading, documents: tuple[_OfDocument, ...], statements: tuple[_OfStatement, ...]) -> Iterator[Fault]:
    yield from reading.faults
    for document in reading.documents:
        for check in documents:
            yield from check(document)
        for statement in document.statements:
            for each in statements:
                yield from each(statement)
