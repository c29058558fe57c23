"""KMS grants: whether the bucket's default encryption lets the consumer use its key through S3.

Sources: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys", "Setting default server-side encryption behavior for Amazon
S3 buckets" (cross-account use, aliases) and "Using Amazon S3 Bucket Keys" (the encryption context is then the bucket's ARN); AWS KMS
Developer Guide, "Default key policy", "Allowing users in other accounts to use a KMS key" and "kms:ViaService".
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Sent, WrittenNeed
from auditor.foundation.cases import Choices, condition_atom
from auditor.foundation.equality import are_apart, same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Domain,
    Known,
    MapValue,
    Symbol,
    Text,
    Truth,
    Unknown,
    When,
    all_of,
    arn_part,
    is_null,
    is_text,
    origin_of,
    scalar_text,
    shown,
    text_of,
    text_parts,
)
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.link import is_blank
from auditor.model import AliasDeclaration, Attachment, Bucket, GrantDeclaration, Key, KeyDeclaration, Kind, OrganizationPolicyKind
from auditor.policy import (
    ABSENT,
    EVERY,
    UNKNOWN,
    Answer,
    CallerKind,
    ContextValue,
    DenyKind,
    Environment,
    KeyGrant,
    OneOf,
    Question,
    decide,
    parse_policy,
)
from auditor.policy.services.actions import actions
from auditor.proofs import organization
from auditor.proofs.apart import out_of_reach
from auditor.proofs.consumer import Consumer, consumer_of, said, said_by
from auditor.proofs.grant import GrantCause, GrantNeed, granted, tell_action
from auditor.proofs.outcome import attached, open_because, taken
from auditor.proofs.refused import in_force, put_on_identity, put_on_key
from auditor.proofs.setting import WITH_KEY, WITHOUT_KEY, algorithm_of, open_elsewhere
from auditor.proofs.usable_key import KeyFault, is_aws_managed, unusable
from auditor.verdict import Outcome, Resolution, Status, Step

_DUAL_LAYER = "aws:kms:dsse"
# Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys": what S3 asks of KMS for a caller.
_ENCRYPTION = "x-amz-server-side-encryption"
_ENCRYPTION_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_THROUGH_S3 = frozenset({"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"})
_AS_BY_DEFAULT = "Every object is encrypted as the bucket's default encryption says."
# Source: AWS KMS Developer Guide, "Grants in AWS KMS": a grant allows what the key policy does not.
_NO_OTHER_GRANT = "No KMS grant that was made elsewhere lets the key be used."


_NAME_OF_KEY = regex(r"(?:arn:[a-z-]+:kms:[^:\s]*:[^:\s]*:(?:key|alias)/|alias/|key/)?[\w/-]+")
"""Whether a text may name a key; S3 stores any. Source: Amazon S3 API Reference, ServerSideEncryptionByDefault, KMSMasterKeyID."""


class KeyKind(enum.Enum):
    """What kind of key the default encryption uses."""

    MANAGED = "AWS managed key"
    DEFAULT_POLICY = "customer key with the default policy"
    CUSTOMER = "customer key"


@dataclass(frozen=True, slots=True)
class KeyNeed(GrantNeed):
    """An action with the KMS key of the bucket's default encryption.

    Attributes:
        encryption_context: of the calls; None for that of S3.
        direct: whether the consumer calls KMS itself, and not S3 for it.
    """

    IDS: ClassVar[str] = "kms:[A-Za-z]+"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("kms:Decrypt", "kms:GenerateDataKey")
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **GrantNeed.KEYS,
        "via": {
            "enum": ["s3", "direct"],
            "description": "Whether S3 calls KMS for it, or it does so itself. When it is missing: S3 for the operations that S3 uses, else itself.",
        },
        "encryption-context": {
            "$ref": "#/$defs/sent",
            "description": "The encryption context of its calls, where that is not the one of S3.",
        },
    }

    encryption_context: Mapping[str, Sent] | None = field(default=None, hash=False)
    direct: bool = False

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; its id is an action on keys."""
        if "key" not in actions().get(written.id, ()):
            known = tuple(action for action, kinds in actions().items() if action.startswith("kms:") and "key" in kinds)
            tell_action(written, known, "keys")
        context = written.sent("encryption-context")
        via = written.text("via") or ("s3" if written.id in _THROUGH_S3 and not context else "direct")
        if context and via == "s3":
            written.problem("S3 has an encryption context of its own", "encryption-context")
        return cls(
            *written.head,
            written.id,
            written.text("prefix"),
            encryption_context=context or None,
            direct=via == "direct",
        )

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether the key of the bucket's default encryption lets the consumer do the action, in one case."""
        default = self._default(bucket, contract, choices)
        if isinstance(default, Outcome) and default.status is Status.NOT_APPLICABLE:
            return default  # whoever asks
        if (apart := out_of_reach(self, bucket)) is not None:
            return apart
        consumer = consumer_of(self.party, contract, bucket, choices)
        if isinstance(consumer, Symbol):
            return open_because(consumer, bucket.declaration.location)
        outcome = default if isinstance(default, Outcome) else _with_key(_Asked(bucket, self, contract, consumer, default, choices))
        if consumer.party.trust is None:
            return outcome
        from auditor.proofs.trust import if_assumed

        return if_assumed(outcome, consumer, self, choices)

    def _default(self, bucket: Bucket, contract: Contract, choices: Choices) -> _Default | Outcome:
        """The default encryption of the bucket, where it is one with a key."""
        header = bucket.declaration.location
        sent = _sent(self, contract)
        if sent is not None and sent["SSEAlgorithm"] in [Known(name) for name in WITHOUT_KEY]:
            reason = f"{contract.title} asks for SSE-S3 when it writes: no KMS key is involved"
            return Outcome(Status.NOT_APPLICABLE, reason, header)
        attachment = attached(bucket.slot(Kind.ENCRYPTION), choices)
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        if attachment is None:
            return _unwritten(bucket)
        location = attachment.content_location or attachment.location
        content = taken(attachment.content, choices)
        if is_null(content):
            return _unwritten(bucket)
        if isinstance(content, Unknown):
            return open_because(content.symbol, location)
        if not isinstance(content, MapValue):
            return open_because(Symbol("default encryption", "unsupported syntax"), location)
        if sent is not None:
            content = replace(content, entries={**content.entries, "KMSMasterKeyID": NULL, **sent})
        algorithm = _algorithm(content, choices, location)
        if isinstance(algorithm, Outcome):
            return algorithm
        if algorithm not in WITH_KEY:
            return Outcome(Status.NOT_APPLICABLE, "the default encryption is SSE-S3: no KMS key is involved", location)
        return _Default(attachment, content, algorithm)


KIND = KeyNeed


def _sent(need: KeyNeed, contract: Contract) -> Mapping[str, Text] | None:
    """The encryption that the consumer asks for when it writes, in the terms of the default encryption; None where that applies.

    Source: Amazon S3 API Reference, PutObject, x-amz-server-side-encryption and x-amz-server-side-encryption-aws-kms-key-id: what a request
    asks for takes the place of the default; `aws:kms` without a key means the AWS managed key.
    """
    if need.action != "kms:GenerateDataKey" or need.direct:
        return None
    for one in contract.needs_of(GrantNeed):
        algorithm, key = one.sends.get(_ENCRYPTION), one.sends.get(_ENCRYPTION_KEY)
        if one.action == "s3:PutObject" and one.party == need.party and algorithm is not None and len(algorithm) == 1:
            named = {"KMSMasterKeyID": Known(key[0])} if key is not None and len(key) == 1 else {}
            return {"SSEAlgorithm": Known(algorithm[0]), **named}
    return None


@dataclass(frozen=True, slots=True)
class KeyCause(GrantCause):
    """What decided; the policy is the key's.

    Attributes:
        kind: the kind of key.
        encryption: where the default encryption is written.
        key: the key, when it is in the code.
        alias: the alias by which the bucket names its key, empty when it does not.
        bucket_key: whether an S3 Bucket Key is used, in this case.
        unusable: why every request of S3 with the key fails; None where that is not so.
    """

    kind: KeyKind = KeyKind.CUSTOMER
    encryption: Attachment = field(kw_only=True)
    key: Key | None = None
    alias: str = ""
    bucket_key: bool = False
    unusable: KeyFault | None = None


def _unwritten(bucket: Bucket) -> Outcome:
    header = bucket.declaration.location
    if bucket.declaration.managed:
        # Source: Amazon S3 User Guide, "Setting default server-side encryption behavior": SSE-S3 for every bucket since January 2023.
        return Outcome(
            Status.NOT_APPLICABLE, "no default encryption is written: S3 uses SSE-S3, and no KMS key is involved", header
        )
    return open_elsewhere(bucket, Kind.ENCRYPTION)


def _algorithm(content: MapValue, choices: Choices, location: Location) -> str | Outcome:
    value = taken(content.entries.get("SSEAlgorithm", NULL), choices)
    if is_null(value) and content.rest is not None:
        return open_because(content.rest, location)
    return algorithm_of(value, taken(content.entries.get("KMSMasterKeyID", NULL), choices), location, choices)


@dataclass(frozen=True, slots=True)
class _Default:
    """A default encryption that uses a KMS key, in one case."""

    attachment: Attachment
    content: MapValue
    algorithm: str

    @property
    def location(self) -> Location:
        """Where it is written."""
        return self.attachment.content_location or self.attachment.location


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question about a bucket whose default encryption uses a KMS key, in one case."""

    bucket: Bucket
    need: KeyNeed
    contract: Contract
    consumer: Consumer
    default: _Default
    choices: Choices


def _with_key(asked: _Asked) -> Outcome:
    bucket, choices, location = asked.bucket, asked.choices, asked.default.location
    reference = taken(asked.default.content.entries.get("KMSMasterKeyID", NULL), choices)
    if is_null(reference) and asked.default.content.rest is not None:
        return open_because(asked.default.content.rest, location)
    if not is_text(reference):
        return open_because(Symbol("KMSMasterKeyID", "it is not text"), location)
    place = reference.location or location
    if is_blank(reference) or is_aws_managed(reference, bucket):
        return _with_managed_key(asked, reference, place)
    if isinstance(reference, Known) and not _NAME_OF_KEY.fullmatch(str(reference.value)):
        return open_because(Symbol("KMSMasterKeyID", f"'{reference.value}' is not the id, ARN or alias of a KMS key"), place)
    found = _key(reference, bucket, choices, place)
    if isinstance(found, Outcome):
        return _unusable_elsewhere(asked, reference, place) or found
    key, alias = found
    same = asked.consumer.account_of(key.declaration.account, choices) == asked.consumer.caller.account
    if alias and asked.need.action == "kms:GenerateDataKey" and not alias.startswith("arn:") and not same:
        # Source: Amazon S3 User Guide, "Setting default server-side encryption behavior": an alias resolves in the requester's account.
        reason = f"the key is named by '{alias}', which KMS resolves in the account of {asked.contract.title}"
        resolution = Resolution(alias, reason, hint="name the key by its ARN", location=place)
        cause = KeyCause(asked.need, asked.consumer, encryption=asked.default.attachment, key=key, alias=alias)
        return Outcome(Status.UNKNOWN, reason, place, resolved_by=(resolution,), cause=cause)
    answer = _ask(asked, key, alias)
    # A stack is in one Region, and what documents leave out is not told; in Terraform each resource has the one of its provider.
    apart = bucket.language == "terraform" and key.root == bucket.root
    fault = (
        unusable(key.declaration, reference, bucket.declaration.region, choices, apart=apart)
        if answer.status is not Status.UNKNOWN
        else None
    )
    # What the consumer asks of KMS itself, a key of another Region or spec may do.
    if fault is not None and (fault.passing or not asked.need.direct):
        where = fault.symbol.location or place
        if isinstance(answer.cause, KeyCause) and answer.status is Status.FAILS:
            against = (Step(fault.symbol.reason, where),) if fault.certain else ()
            cause = replace(answer.cause, unusable=fault if fault.certain else None)
            return replace(answer, cause=cause, obstacles=(*answer.obstacles, *against))
        if not fault.certain:
            return open_because(fault.symbol, place)
        cause = KeyCause(asked.need, asked.consumer, encryption=asked.default.attachment, key=key, alias=alias, unusable=fault)
        return Outcome(Status.FAILS, fault.symbol.reason, where, _witness(asked), assumptions=answer.assumptions, cause=cause)
    by_id = same_text(reference, key.declaration.key_id) is Truth.TRUE
    if answer.status is Status.HOLDS and asked.need.action == "kms:GenerateDataKey" and by_id and not same:
        # Source: Amazon S3 API Reference, ServerSideEncryptionByDefault, KMSMasterKeyID, and PutObject, x-amz-server-side-encryption-aws-kms-key-id:
        # across accounts the key must be named by its ARN. What becomes of an id is not documented.
        reason = "the key is named by its id, and across accounts S3 takes only the ARN of a key"
        resolution = Resolution(key.declaration.address, reason, hint="name the key by its ARN", location=place)
        return Outcome(Status.UNKNOWN, reason, place, resolved_by=(resolution,), cause=answer.cause)
    return answer


def _unusable_elsewhere(asked: _Asked, reference: Text, place: Location) -> Outcome | None:
    """The failure of a key that is not in the code, but that S3 certainly cannot use: by the Region of its ARN, or by its state; None for any other."""
    bucket, choices = asked.bucket, asked.choices
    aliases = (alias for meant, alias in _aliases(reference, bucket) if choices.hold(meant))
    for text in (reference, *filter(is_text, (taken(alias.target, choices) for alias in aliases))):
        declared = [
            one for one in bucket.estate.keys_meant(text) if not one.declaration.managed and choices.hold(one.declaration.when)
        ]
        for key in (*declared, *_named_by(text, bucket, place)):
            fault = unusable(key.declaration, text, bucket.declaration.region, choices)
            if fault is not None and fault.certain and (fault.passing or not asked.need.direct):
                cause = KeyCause(asked.need, asked.consumer, encryption=asked.default.attachment, key=key, unusable=fault)
                return Outcome(Status.FAILS, fault.symbol.reason, place, _witness(asked), cause=cause)
    return None


def _named_by(reference: Text, bucket: Bucket, place: Location) -> Iterator[Key]:
    """The key that an ARN names; none for any other reference."""
    parts = str(reference.value).split(":", 5) if isinstance(reference, Known) else []
    if len(parts) == 6 and parts[5].startswith("key/"):
        account, region = Known(parts[4], place), Known(parts[3], place)
        named = KeyDeclaration(":".join(parts), place, managed=False, arn=reference, region=region, account=account)
        yield Key(named, bucket.root, bucket.language)


def _with_managed_key(asked: _Asked, reference: Text, place: Location) -> Outcome:
    """The key aws/s3 of the bucket's account: its policy lets in that account, and no other."""
    owner = asked.consumer.account_of(asked.bucket.declaration.account, asked.choices)
    cause = KeyCause(asked.need, asked.consumer, kind=KeyKind.MANAGED, encryption=asked.default.attachment)
    if owner != asked.consumer.caller.account:
        named = "no key is named, so S3 uses" if is_blank(reference) else "the key is"
        reason = f"{named} the AWS managed key aws/s3, which no other account can use"
        return Outcome(Status.FAILS, reason, place, _witness(asked), cause=cause)
    from auditor.policy.services.key_policies import managed_key_policy

    policy = managed_key_policy(owner, _region(asked.bucket), place)
    environment = Environment(
        resource_policy=policy,
        resource_account=owner,
        identity=asked.consumer.permissions(owner),
        boundary=asked.consumer.boundary,
        session_policy=asked.consumer.session_policy,
        scps=asked.consumer.forbidden(owner),
    )
    resource = text_of(
        (
            f"arn:{asked.bucket.declaration.partition}:kms:",
            *text_parts(_region(asked.bucket)),
            ":",
            *text_parts(owner),
            ":key/aws/s3",
        )
    )
    question = Question(
        asked.consumer.caller, asked.need.action, resource, context=_context(asked, bucket_key=False), now=asked.contract.now
    )
    assumptions = (*asked.consumer.assumptions(owner), _AS_BY_DEFAULT)
    return granted(
        decide(environment, question, within=asked.choices),
        cause,
        place,
        "policy of aws/s3",
        "to its own account",
        asked.need,
        assumptions,
    )


def _key(
    reference: Text, bucket: Bucket, choices: Choices, place: Location, followed: tuple[AliasDeclaration, ...] = ()
) -> tuple[Key, str] | Outcome:
    """The key that a reference means, and the alias by which it means it; or why that is unknown. No alias is followed twice."""
    for meant, alias in _aliases(reference, bucket):
        if alias not in followed and choices.hold(meant):
            target = taken(alias.target, choices)
            written = shown(text_parts(reference))
            if is_text(target):
                inner = _key(target, bucket, choices, place, (*followed, alias))
                return inner if isinstance(inner, Outcome) else (inner[0], written)
    # A plan knows the ARN of a key that its code makes, and that a data source of the code reads the same.
    for key in sorted(bucket.estate.keys_meant(reference), key=lambda one: not one.declaration.managed):
        if choices.hold(key.declaration.when):
            if key.declaration.managed and (followed or _is_reached(reference, key.declaration, bucket)):
                return key, ""
            if key.declaration.managed:
                apart = f"{key.address} is in another account than the bucket, and its id does not mean it there"
                return open_because(Symbol(key.address, apart, "name the key by its ARN", place), place)
            if (made := _read_by_alias(key.declaration, bucket, choices)) is not None:
                return made, ""
            if any(choices.hold(linked.when) for linked in key.policy.linked):
                return key, ""
            return _elsewhere(reference, place, f"{key.declaration.address} is declared elsewhere, and its key policy with it")
    symbol = next((part for part in text_parts(reference) if isinstance(part, Symbol)), None)
    return _elsewhere(reference, place, symbol.reason if symbol else "the key is declared elsewhere, and its key policy with it")


def _is_reached(reference: Text, key: KeyDeclaration, bucket: Bucket) -> bool:
    """Whether a reference means a key from the bucket's account: an id means none of another account.

    Source: AWS KMS Developer Guide, "Key identifiers (KeyId)": a key of another account is named by its ARN.
    """
    return not are_apart(key.account, bucket.declaration.account) or same_text(reference, key.key_id) is not Truth.TRUE


def _read_by_alias(referred: KeyDeclaration, bucket: Bucket, choices: Choices) -> Key | None:
    """The key of the code that a data source reads by an alias of the code, in its own account and region."""
    estate = bucket.estate
    names = [alias.name for alias in estate.aliases if origin_of(alias.target) == referred.address]
    targets = [taken(alias.target, choices) for name in names for alias in estate.aliases_meant(name) if choices.hold(alias.when)]
    for key in (key for target in targets if is_text(target) for key in estate.keys_meant(target)):
        own = key.declaration
        beside = all_of((same_text(own.account, referred.account), same_text(own.region, referred.region)))
        if own.managed and beside is Truth.TRUE and choices.hold(own.when):
            return key
    return None


def _aliases(reference: Text, bucket: Bucket) -> Iterator[tuple[When, AliasDeclaration]]:
    """The aliases that a reference by name or ARN means, or may mean, each with the unresolved conditions under which it is there and meant.

    Source: AWS KMS Developer Guide, "Aliases in AWS KMS": an alias is unique in its account and Region.
    """
    parts, name = text_parts(reference), reference
    region, account = bucket.declaration.region, bucket.declaration.account
    if parts and isinstance(parts[-1], str) and ":alias/" in parts[-1]:
        name = Known("alias/" + parts[-1].partition(":alias/")[2])
        region, account = arn_part(reference, 3) or NULL, arn_part(reference, 4) or NULL
    named = bucket.estate.aliases_meant(replace(name, origin=reference.origin))
    there = [alias for alias in named if not are_apart(alias.region, region) and not are_apart(alias.account, account)]
    certain = [alias for alias in there if alias.address == reference.origin] or [
        alias for alias in there if same_text(alias.region, region) is same_text(alias.account, account) is Truth.TRUE
    ]
    for alias in certain or there:
        doubt = Symbol(
            f"{shown(parts)} means {alias.address}", "the account or Region of the alias is not resolved", "", alias.location
        )
        yield alias.when if certain or len(there) == 1 else alias.when.and_(doubt), alias


def _forbidden(bucket: Bucket, key: KeyDeclaration) -> organization.Levels:
    """What the organization forbids with a key of the bucket's account."""
    if same_text(bucket.declaration.account, key.account) is Truth.FALSE:
        return ()
    return organization.forbidden(bucket.estate.organization_policies, OrganizationPolicyKind.RESOURCE_CONTROL)


def _elsewhere(reference: Text, place: Location, reason: str) -> Outcome:
    symbol = next((part for part in text_parts(reference) if isinstance(part, Symbol)), None)
    written = (symbol and origin_of(reference)) or shown(text_parts(reference))
    resolution = Resolution(
        symbol.name if symbol else written,
        reason,
        "its key policy grants it",
        "it does not",
        (symbol.hint if symbol else "") or "audit the code that declares the key",
        (symbol.location if symbol else None) or place,
    )
    return Outcome(Status.UNKNOWN, f"the key '{written}' is not in the code: {reason}", place, resolved_by=(resolution,))


def _in_policy_terms(grant: GrantDeclaration) -> KeyGrant:
    return KeyGrant(grant.grantee, grant.operations, grant.constraints, grant.location)


def _ask(asked: _Asked, key: Key, alias: str) -> Outcome:
    consumer, choices, declaration = asked.consumer, asked.choices, key.declaration
    bucket_key = asked.default.algorithm != _DUAL_LAYER and _bucket_key(asked.default.content, choices)
    policy_attachment = attached(key.policy, choices)
    if isinstance(policy_attachment, Symbol):
        return open_because(policy_attachment, declaration.location)
    document = taken(policy_attachment.content, choices) if policy_attachment else NULL
    grants = tuple(_in_policy_terms(grant) for when, grant in key.grants if choices.hold(when))
    owner = consumer.account_of(declaration.account, choices)
    unwritten = policy_attachment is None or is_null(document) or (isinstance(document, Known) and document.value == "")
    cause = KeyCause(
        asked.need,
        consumer,
        kind=KeyKind.DEFAULT_POLICY if unwritten else KeyKind.CUSTOMER,
        encryption=asked.default.attachment,
        key=key,
        alias=alias,
        bucket_key=bucket_key,
    )
    another = unwritten and not consumer.is_within(declaration.account)
    if another and not grants:
        return _without_policy(asked, declaration, cause)
    if unwritten or policy_attachment is None:
        from auditor.policy.services.key_policies import default_key_policy

        policy, called, covered = default_key_policy(owner, declaration.location, declaration.partition), "default key policy", ""
    else:
        policy = parse_policy(document, policy_attachment.content_location or policy_attachment.location)
        called, covered = policy_attachment.kind.value, f"through {policy_attachment.address}"
    environment = Environment(
        resource_policy=policy,
        resource_account=owner,
        identity=consumer.permissions(declaration.account),
        boundary=consumer.boundary,
        session_policy=consumer.session_policy,
        scps=consumer.forbidden(declaration.account),
        rcps=_forbidden(asked.bucket, declaration),
        grants=grants,
    )
    context = {**_context(asked, bucket_key=bucket_key), **_of_key(asked, declaration, alias)}
    question = Question(consumer.caller, asked.need.action, declaration.arn, context=context, now=asked.contract.now)
    decision = decide(environment, question, within=choices)
    if another and decision.answer is Answer.DENIED:
        return _without_policy(asked, declaration, cause)
    cause = replace(cause, decision=decision, policy=policy, attachment=policy_attachment, question=question)
    refused = (_NO_OTHER_GRANT,) if decision.kind is DenyKind.IMPLICIT else ()
    assumptions = (*consumer.assumptions(declaration.account), _AS_BY_DEFAULT, *refused)
    outcome = granted(decision, cause, policy.location, called, covered, asked.need, assumptions)
    put = () if unwritten else put_on_key(key, policy_attachment, consumer, choices)
    return in_force(outcome, (*put, *put_on_identity(consumer.declared)), choices)


def _without_policy(asked: _Asked, declaration: KeyDeclaration, cause: KeyCause) -> Outcome:
    """The failure of a consumer of another account, where the key has the policy that KMS gives it, and no grant is for the consumer."""
    place = declaration.location
    reason = f"{declaration.address} has no key policy, and the default one lets in only its own account"
    return Outcome(Status.FAILS, reason, place, _witness(asked), assumptions=(_NO_OTHER_GRANT,), cause=cause)


def _bucket_key(content: MapValue, choices: Choices) -> bool:
    value = taken(content.entries.get("BucketKeyEnabled", NULL), choices)
    if isinstance(value, Unknown):
        return choices.of(condition_atom(value.symbol))
    # Source: Amazon S3 User Guide, "Using Amazon S3 Bucket Keys": off unless it is turned on, and not supported for DSSE-KMS.
    return isinstance(value, Known) and value.value in (True, "true")


def _context(asked: _Asked, *, bucket_key: bool) -> Mapping[str, ContextValue]:
    """What S3 sends to KMS for the caller.

    Source: IAM User Guide, "Forward access sessions" (S3 calls KMS with the caller's permissions) and "aws:ViaAWSService".
    """
    given = said_by(asked.need.party, asked.bucket)
    if asked.need.direct:
        own = {
            f"kms:EncryptionContext:{key}": value for key, value in said(asked.need.encryption_context or {}, asked.bucket).items()
        }
        keys = tuple(Known(key) for key in asked.need.encryption_context or {})
        return {**given, "kms:ViaService": ABSENT, **own, "kms:EncryptionContextKeys": keys or ABSENT}
    declared = asked.bucket.declaration
    via = text_of(("s3.", *text_parts(_region(asked.bucket)), ".amazonaws.com"))
    # How S3 calls KMS for a service is not documented.
    by_service = asked.consumer.caller.kind is CallerKind.SERVICE
    caller: Mapping[str, ContextValue] = (
        {"kms:ViaService": UNKNOWN, "aws:ViaAWSService": UNKNOWN, "kms:CallerAccount": UNKNOWN}
        if by_service
        else {"kms:ViaService": via, "aws:ViaAWSService": Known("true"), "kms:CallerAccount": asked.consumer.caller.account}
    )
    begin, glob = asked.need.below(declared.account)
    return {
        **given,
        **caller,
        "kms:EncryptionContextKeys": (Known("aws:s3:arn"),),
        "kms:EncryptionContext:aws:s3:arn": declared.arn if bucket_key else EVERY(declared.arn_of("/", *begin), glob),
    }


def _of_key(asked: _Asked, key: KeyDeclaration, alias: str) -> Mapping[str, ContextValue]:
    """What a request says of the key that it uses.

    Source: AWS KMS Developer Guide, "kms:EncryptionAlgorithm", "kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage", "kms:MultiRegion",
    "kms:MultiRegionKeyType" and "kms:RequestAlias" (only there where the request names the key by an alias). What S3 uses is symmetric and for
    encryption, or no request succeeds (`unusable`).
    """
    told: dict[str, ContextValue] = {}
    shared, origin = taken(key.multi_region, asked.choices), taken(key.origin, asked.choices)
    if isinstance(origin, Known) and not is_null(origin):
        told["kms:KeyOrigin"] = origin
    if isinstance(shared, Known) and not is_null(shared):
        told["kms:MultiRegion"] = Known(scalar_text(shared.value).lower())
        kind = taken(key.multi_region_type, asked.choices)
        if told["kms:MultiRegion"] == Known("false"):
            # Whether a request has the key where the KMS key is of a single Region is not documented; it is of neither type.
            told["kms:MultiRegionKeyType"] = OneOf(("",), may_be_missing=True)
        elif isinstance(kind, Known) and not is_null(kind):
            told["kms:MultiRegionKeyType"] = kind
    if asked.need.direct:
        return told
    return {
        **told,
        "kms:EncryptionAlgorithm": Known("SYMMETRIC_DEFAULT"),
        "kms:KeySpec": Known("SYMMETRIC_DEFAULT"),
        "kms:KeyUsage": Known("ENCRYPT_DECRYPT"),
        **({} if alias else {"kms:RequestAlias": ABSENT}),
    }


def _region(bucket: Bucket) -> Text:
    region = bucket.declaration.region
    if not is_blank(region):
        return region
    name = f"region of {bucket.declaration.address}"
    return Unknown(Symbol(name, "the code does not resolve it", "give it with --region", domain=Domain.REGION))


def _witness(asked: _Asked) -> dict[str, str]:
    return {"request": f"{asked.need.operation} by {asked.consumer.name}{'' if asked.need.direct else ' through S3'}"}
