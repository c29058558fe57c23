"""What AWS refuses to store is not in force: the outcome of a grant, and what becomes of it when a document that it rests on is put.

A document that AWS certainly refuses stops the deployment, so that nothing of it comes into being: what is needed fails. One that AWS
probably refuses lets nothing hold. What is unresolved in a document is taken to be such that AWS accepts it, and that is told.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.aws.partitions import COMMERCIAL, partition_in
from auditor.foundation.cases import Choices, condition_atom
from auditor.foundation.equality import are_apart
from auditor.foundation.value import ALWAYS, NULL, JsonText, Known, MapValue, Unknown, Value, When, alternatives, is_null
from auditor.lazy.classes import dataclass
from auditor.model import (
    Attachment,
    Bucket,
    IamIdentity,
    IdentityKind,
    IdentityPolicyDeclaration,
    Key,
    PolicyOwner,
    Resource,
    Storage,
)
from auditor.policy.refusals import (
    STORED_ALL_THE_SAME,
    WRITTEN_AS_TEXT,
    Api,
    DocumentRefusal,
    Flaw,
    Grade,
    bucket_policy_refusals,
    identity_policy_refusals,
    inline_policies_refusals,
    key_policy_refusals,
    trust_policy_refusals,
    writer_refusals,
)
from auditor.proofs.consumer import Consumer
from auditor.proofs.grant import GrantCause
from auditor.proofs.outcome import taken
from auditor.verdict import Outcome, Resolution, Status, Step

_INLINE = {IdentityKind.ROLE: Api.ROLE_POLICY, IdentityKind.USER: Api.USER_POLICY, IdentityKind.GROUP: Api.GROUP_POLICY}


@dataclass(frozen=True, slots=True)
class Put:
    """A document that is to be put.

    Attributes:
        called: what it is ("the bucket policy of aws_s3_bucket.images").
        refusals: why AWS refuses it, or may.
        when: the unresolved conditions under which it is put at all.
    """

    called: str
    refusals: tuple[DocumentRefusal, ...]
    when: When = ALWAYS


def put_on_bucket(bucket: Bucket, attachment: Attachment | None) -> Iterator[Put]:
    """The policy of a bucket, unless it was read back from AWS."""
    if attachment is None or is_null(attachment.content) or attachment.storage is Storage.STORED:
        return
    declared = bucket.declaration
    place = attachment.content_location or attachment.location
    found = bucket_policy_refusals(
        attachment.content,
        place,
        declared.name,
        managed=declared.managed,
        directory=declared.directory,
        partition=declared.partition,
    )
    if declared.managed and are_apart(attachment.account, declared.account):
        found = (*writer_refusals(Api.BUCKET_POLICY, attachment.location, owner="bucket"), *found)
    yield Put(f"the bucket policy of {declared.address}", _sent(_of_today(found, attachment), bucket))


def put_on_key(key: Key, attachment: Attachment | None, consumer: Consumer, choices: Choices) -> Iterator[Put]:
    """The policy of a key, unless it was read back from AWS."""
    if attachment is None or is_null(attachment.content) or attachment.storage is Storage.STORED:
        return
    outside = consumer.caller.account if consumer.declared is None else None
    found = key_policy_refusals(
        attachment.content,
        attachment.content_location or attachment.location,
        consumer.account_of(key.declaration.account, choices),
        str(outside.value) if isinstance(outside, Known) else "",
        key.declaration.partition,
    )
    if any(refusal.fault.flaw is Flaw.LOCKOUT for refusal in found) and _unchecked(attachment, choices):
        found = tuple(refusal for refusal in found if refusal.fault.flaw is not Flaw.LOCKOUT)
    if key.declaration.managed and are_apart(attachment.account, key.declaration.account):
        found = (*writer_refusals(Api.KEY_POLICY, attachment.location, owner="key"), *found)
    yield Put(f"the key policy of {key.declaration.address}", _sent(_of_today(found, attachment), key))


def _unchecked(attachment: Attachment, choices: Choices) -> bool:
    """Whether KMS does not check that a key policy can be changed again."""
    value = taken(attachment.unchecked, choices)
    if isinstance(value, Unknown):
        return choices.of(condition_atom(value.symbol))
    return isinstance(value, Known) and value.value in (True, "true")


def put_on_identity(identity: IamIdentity | None) -> Iterator[Put]:
    """The policies of a role or user of the code, and its trust policy."""
    if identity is None:
        return
    declared = identity.declaration
    for when, policy in identity.policies:
        if policy.owner is not PolicyOwner.AWS and policy.storage is not Storage.STORED:
            api = _INLINE[policy.kind] if policy.owner is PolicyOwner.INLINE else Api.MANAGED_POLICY
            found = identity_policy_refusals(policy.document, policy.location, api)
            yield Put(f"the policy that {policy.address} writes", _sent(found, identity), when)
    yield from _put_together(identity)
    for when, boundary in alternatives(declared.boundary) if declared.storage is not Storage.STORED else ():
        # The document of a policy of AWS stands nowhere.
        if not is_null(boundary) and not (isinstance(boundary, MapValue) and boundary.location is None):
            found = identity_policy_refusals(boundary, boundary.location or declared.location, Api.MANAGED_POLICY)
            yield Put(f"the permissions boundary of {declared.address}", _sent(found, identity), when)
    if not _is_placeholder(declared.trust_policy):
        yield from put_as_trust(identity)


def _put_together(identity: IamIdentity) -> Iterator[Put]:
    """The inline policies of a role or user, and of each group of a user, where there are several."""
    holders: dict[tuple[IdentityKind, Value], list[tuple[When, IdentityPolicyDeclaration]]] = {}
    for when, policy in identity.policies:
        if policy.owner is PolicyOwner.INLINE:
            group = policy.identity if policy.kind is IdentityKind.GROUP else NULL
            holders.setdefault((policy.kind, group), []).append((when, policy))
    for (kind, _), listed in holders.items():
        if len(listed) > 1 and any(policy.storage is not Storage.STORED for _, policy in listed):
            whose = "a group of " if kind is IdentityKind.GROUP else ""
            documents = [policy.document for _, policy in listed]
            found = inline_policies_refusals(documents, listed[0][1].location, _INLINE[kind])
            together = functools.reduce(When.also, (when for when, _ in listed))
            yield Put(f"one of the inline policies of {whose}{identity.declaration.address}", found, together)


def put_as_trust(identity: IamIdentity) -> Iterator[Put]:
    """The trust policy of a role of the code, unless it was read back from AWS."""
    declared = identity.declaration
    if not is_null(declared.trust_policy) and declared.storage is not Storage.STORED:
        found = trust_policy_refusals(declared.trust_policy, declared.location, partition_in(declared.arn) or COMMERCIAL)
        yield Put(f"the trust policy of {declared.address}", _sent(found, identity))


def _is_placeholder(trust_policy: Value) -> bool:
    """Whether a trust policy is an empty object, which examples have where it is not the point: where nobody asks who assumes the role."""
    content = trust_policy.content if isinstance(trust_policy, JsonText) else trust_policy
    return content == Known("{}") or (isinstance(content, MapValue) and not content.entries and content.rest is None)


def _of_today(found: tuple[DocumentRefusal, ...], attachment: Attachment) -> tuple[DocumentRefusal, ...]:
    """The refusals of a document; where it may have been read back, what a stored one can have is refused only if it was not."""
    if attachment.storage is Storage.TO_BE_PUT:
        return found
    return tuple(
        replace(refusal, grade=Grade.LIKELY)
        if refusal.grade is Grade.CERTAIN and refusal.fault.flaw in STORED_ALL_THE_SAME[refusal.api]
        else refusal
        for refusal in found
    )


def _sent(found: tuple[DocumentRefusal, ...], declared: Resource) -> tuple[DocumentRefusal, ...]:
    """The refusals of a document as its language sends it to AWS: CloudFormation sends nothing that is null, and text for every scalar."""
    if declared.language != "cloudformation":
        return found
    return tuple(refusal for refusal in found if refusal.fault.flaw not in WRITTEN_AS_TEXT)


def refused(puts: Sequence[Put], choices: Choices) -> list[tuple[Put, DocumentRefusal]]:
    """The documents that are refused in a case, with why. Whoever asks this first decides the rest once in each case that it tells apart."""
    return [(put, refusal) for put in puts for refusal in put.refusals if _is_there(put, refusal, choices)]


def in_force(outcome: Outcome, puts: Sequence[Put], choices: Choices) -> Outcome:
    """An outcome that holds only if AWS stores some documents.

    Args:
        outcome: what was proven as if they were stored.
        puts: the documents that it rests on.
        choices: the case.
    """
    there = refused(puts, choices)
    if there:
        cause = outcome.cause
        if isinstance(cause, GrantCause):
            cause = replace(cause, refusals=tuple(refusal for _, refusal in there))
        outcome = replace(outcome, cause=cause, steps=(*(_step(refusal) for _, refusal in there), *outcome.steps))
        return _refused(outcome, sorted(there, key=lambda one: one[1].grade is not Grade.CERTAIN))
    if outcome.status is not Status.HOLDS:
        return outcome
    open_ = {put.called: refusal for put in puts for refusal in put.refusals if refusal.grade is Grade.DEPENDS}
    told = tuple(f"What is unresolved in {called} is such that {one.api.service} accepts it." for called, one in open_.items())
    return replace(outcome, assumptions=(*outcome.assumptions, *told)) if told else outcome


def _refused(outcome: Outcome, there: Sequence[tuple[Put, DocumentRefusal]]) -> Outcome:
    """An outcome that rests on documents which AWS refuses, or probably does; those that it certainly refuses come first."""
    told: dict[str, Step] = {}
    for put, refusal in there:
        probably = "" if refusal.grade is Grade.CERTAIN else "probably "
        reason = f"{refusal.api.service} {probably}refuses {put.called}: {refusal.fault.clause}"
        told.setdefault(put.called, Step(reason, refusal.fault.location))
    first, *others = told.values()
    if outcome.status is Status.FAILS:
        # What it fails for is to be fixed as well, and says more of the request.
        return replace(outcome, obstacles=(first, *others, *outcome.obstacles))
    put, refusal = there[0]
    fault = refusal.fault
    refused = replace(outcome, reason=first.text, location=fault.location)
    if refusal.grade is Grade.CERTAIN:
        unresolved = [Step(outcome.reason, outcome.location)] if outcome.status is Status.UNKNOWN else []
        witness = {"request": refusal.api.value, "answer": refusal.answer}
        return replace(refused, status=Status.FAILS, witness=witness, resolved_by=(), obstacles=(*others, *unresolved))
    name = f"statement {fault.title}" if fault.title else put.called
    fix = fault.fix[:1].lower() + fault.fix[1:].rstrip(".")
    why = f"{refusal.api.service} probably refuses the whole policy for it"
    resolution = Resolution(name, why, hint=fix, location=fault.location)
    return replace(refused, status=Status.UNKNOWN, resolved_by=(resolution, *outcome.resolved_by))


def _is_there(put: Put, refusal: DocumentRefusal, choices: Choices) -> bool:
    """Whether a document is put in a case, and has the flaw there."""
    if refusal.grade is Grade.DEPENDS:
        return False
    fault = refusal.fault
    return choices.hold(put.when) and choices.hold(fault.when) and not any(choices.hold(when) for when in fault.unless)


def _step(refusal: DocumentRefusal) -> Step:
    probably = "" if refusal.grade is Grade.CERTAIN else "probably "
    text = f"{refusal.api.value}: {probably}{refusal.answer}, since {refusal.fault.clause} ({refusal.source})"
    return Step(text, refusal.fault.location)
