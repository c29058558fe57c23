"""Answers decision cases of the form of `fixtures/policy/*.json`: `decide_iam(case)` and `decide_cors(case)`.

A field that is not known here makes the answer unknown: it may say anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Choice,
    Domain,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Text,
    Unknown,
    Value,
    text_of,
)
from auditor.policy import (
    ABSENT,
    EVERY,
    UNKNOWN,
    Caller,
    CallerKind,
    ContextValue,
    DenyKind,
    Environment,
    Identity,
    KeyGrant,
    Policy,
    Question,
    decide,
    parse_policy,
)
from auditor.policy.services.key_policies import default_key_policy, managed_key_policy
from tests.policy.cors_case import decide_cors

_HOLE = re.compile(r"\{\{unresolved:([^}]*)\}\}")
_PRESENT_IF = re.compile(r"\{\{present-if:([^}]*)\}\}")
_HERE = Location("case.json")
_KINDS = {kind: "bpa" if kind is DenyKind.BLOCK_PUBLIC_ACCESS else kind.value for kind in DenyKind}
_CONTEXT = "kms:encryptioncontext:aws:s3:arn"
_FIELDS = {
    "environment": {
        "bucket", "kms_key", "target_role", "principal", "identity_policies", "permissions_boundary", "session_policy", "scps", "rcps", "context",
        "unknown_context", "account_public_access_block",
    },
    "bucket": {
        "arn", "name", "account", "region", "policy", "public_access_block", "object_ownership", "default_encryption", "bucket_key_enabled",
    },
    "kms_key": {"arn", "account", "policy", "grants", "region", "aliases", "alias"},
    "target_role": {"arn", "account", "trust_policy", "max_session_duration"},
    "principal": {
        "role_arn", "session_arn", "user_arn", "arn", "account", "anonymous", "service", "federated", "canonical_user_id", "type",
    },
    "question": {"action", "resource", "for_all_resources", "for_all_context", "purpose"},
}  # fmt: skip


NAME, OWNER = "the name of the bucket", "the account of the bucket"
"""Unresolved parts of which it is known what they are."""


def text_of_case(text: str) -> Text:
    """A text of a case, its unresolved parts as holes."""
    return text_of([_hole(piece) if index % 2 else piece for index, piece in enumerate(_HOLE.split(text))], _HERE)


def _hole(name: str) -> Symbol:
    domain = Domain.ACCOUNT if name == OWNER else Domain.ANY
    return Symbol(name, "the case leaves it unknown", domain=domain, meaning=Meaning(name, in_name=True) if name == NAME else None)


def value_of_case(value: Any) -> Value:
    """A JSON value of a case."""
    if isinstance(value, str):
        return text_of_case(value)
    if isinstance(value, list):
        return ListValue(tuple(value_of_case(item) for item in value), _HERE)
    if isinstance(value, dict):
        entries = {key: value_of_case(entry) for key, entry in value.items() if not _HOLE.search(key)}
        open_keys = [hole for key in value if (hole := _HOLE.search(key))]
        rest = Symbol(open_keys[0][1], "the case leaves it unknown") if open_keys else None
        found = MapValue(entries, _HERE, rest)
        flag = _PRESENT_IF.search(str(value.get("Sid", "")))
        return Choice(Symbol(flag[1], "the case leaves it unknown"), found, NULL) if flag else found
    return Known(value, _HERE)


def _policy(value: Any) -> Policy | None:
    return None if value is None else parse_policy(value_of_case(value), _HERE)


def _caller(principal: Mapping[str, Any]) -> Caller:
    if principal.get("anonymous"):
        return Caller(Known(""), Known(""), kind=CallerKind.ANONYMOUS)
    if principal.get("service"):
        return Caller(Known(principal["service"]), Known(""), kind=CallerKind.SERVICE)
    if principal.get("federated"):
        return Caller(text_of_case(principal["federated"]), Known(""), kind=CallerKind.FEDERATED)
    session = principal.get("session_arn")
    arn = principal.get("role_arn") or principal.get("user_arn") or principal.get("arn") or ""
    if not arn and session:
        _, account, name, _ = re.split(
            r":|/", session.replace("arn:aws:sts::", "sts:", 1).replace(":assumed-role", "", 1), maxsplit=3
        )
        arn = f"arn:aws:iam::{account}:role/{name}"
    account = principal.get("account") or (arn.split(":")[4] if arn.count(":") >= 5 else "")
    return Caller(
        text_of_case(arn),
        text_of_case(account),
        session.rpartition("/")[2] if session else None,
        canonical=principal.get("canonical_user_id") or "",
    )


def _context(value: Any) -> ContextValue:
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return tuple(text_of_case(str(item)) for item in value)
    return text_of_case(value if isinstance(value, str) else str(value).lower())


def _unknown_fields(surroundings: Mapping[str, Any], question: Mapping[str, Any]) -> Iterator[str]:
    parts = {**surroundings, "environment": surroundings, "question": question}
    for name, known in _FIELDS.items():
        if isinstance(part := parts.get(name), dict):
            yield from (f"{name}.{field}" for field in part if field not in known)


def decide_iam(case: dict[str, Any]) -> dict[str, Any]:
    """The answer to an IAM case."""
    surroundings, question = case["environment"], case["question"]
    unknown = list(_unknown_fields(surroundings, question))
    if unknown:
        return {"answer": "unknown", "witness": None, "reason": f"the case has fields of unknown meaning: {', '.join(unknown)}"}
    context: dict[str, ContextValue] = {key.lower(): _context(value) for key, value in case.get("context_defaults", {}).items()}
    context.update({key.lower(): _context(value) for key, value in (surroundings.get("context") or {}).items()})
    context.update({key.lower(): UNKNOWN for key in surroundings.get("unknown_context") or ()})
    for key, glob in (question.get("for_all_context") or {}).items():
        context[key.lower()] = EVERY(Known(""), glob)
    actions = question["action"] if isinstance(question["action"], list) else [question["action"]]
    answers = [_one(surroundings, question, action, context) for action in actions]
    if "denied" in [answer["answer"] for answer in answers]:
        return next(answer for answer in answers if answer["answer"] == "denied")
    return next((answer for answer in answers if answer["answer"] == "unknown"), answers[0])


def _one(
    surroundings: Mapping[str, Any], question: Mapping[str, Any], action: str, context: Mapping[str, ContextValue]
) -> dict[str, Any]:
    service = action.partition(":")[0].lower()
    bucket = surroundings.get("bucket") or {}
    owner, policy = _resource_side(service, surroundings)
    if service == "kms":
        context = _with_encryption_context(bucket, context)
    pattern = question.get("for_all_resources")
    if pattern is None:
        resource, keys = question["resource"], None
    else:
        fixed = re.split(r"[*?]", pattern, maxsplit=1)[0]
        resource, keys = fixed, pattern[len(fixed) :]
    key = surroundings.get("kms_key") or {}
    environment = Environment(
        resource_policy=policy,
        resource_account=text_of_case(owner or ""),
        identity=_identity(surroundings.get("identity_policies")),
        boundary=_policy(surroundings.get("permissions_boundary")),
        session_policy=_policy(surroundings.get("session_policy")),
        scps=_levels(surroundings.get("scps")),
        rcps=_levels(surroundings.get("rcps")),
        restrict_public_buckets=_setting(surroundings, "RestrictPublicBuckets"),
        block_public_policy=_setting(surroundings, "BlockPublicPolicy"),
        block_public_acls=_setting(surroundings, "BlockPublicAcls"),
        object_ownership=value_of_case(bucket.get("object_ownership")),
        grants=tuple(
            KeyGrant(
                text_of_case(grant["grantee_principal"]),
                value_of_case(grant["operations"]),
                value_of_case(grant.get("constraints")),
            )
            for grant in key.get("grants") or ()
        ),
    )
    asked = Question(_caller(surroundings["principal"]), action, text_of_case(resource), keys, context, ABSENT)
    decision = decide(environment, asked)
    answer = {"allowed": "allowed", "denied": "denied", "undecided": "unknown"}[decision.answer.value]
    return {
        "answer": answer,
        "witness": decision.witness.resource if decision.witness else None,
        "reason": decision.reason,
        "deny_kind": _KINDS[decision.kind] if decision.kind else None,
    }


def _resource_side(service: str, surroundings: Mapping[str, Any]) -> tuple[str | None, Policy | None]:
    """The account that owns what is asked about, and its policy."""
    bucket = surroundings.get("bucket") or {}
    if service == "sts":
        role = surroundings.get("target_role") or {}
        return role.get("account"), _policy(role.get("trust_policy"))
    if service != "kms":
        return bucket.get("account"), _policy(bucket.get("policy"))
    key = surroundings.get("kms_key")
    if key is None:
        # Without a key of the customer's, SSE-KMS uses the key that AWS manages for S3.
        owner = bucket.get("account") or ""
        return owner, managed_key_policy(text_of_case(owner), Known(bucket.get("region") or "us-east-1"), _HERE)
    if key.get("policy") is None:
        return key.get("account"), default_key_policy(text_of_case(key.get("account") or ""), _HERE)
    return key.get("account"), _policy(key["policy"])


def _with_encryption_context(bucket: Mapping[str, Any], context: Mapping[str, ContextValue]) -> Mapping[str, ContextValue]:
    """The context with the encryption context that S3 sends, where the case says whether there is a bucket key and no more."""
    if _CONTEXT in context or bucket.get("bucket_key_enabled") is None:
        return context
    arn = bucket.get("arn") or f"arn:aws:s3:::{bucket.get('name', '')}"
    return {
        **context,
        _CONTEXT: text_of_case(arn) if bucket["bucket_key_enabled"] is True else EVERY(text_of_case(f"{arn}/"), "?*"),
    }


def _identity(written: Any) -> Identity | tuple[Policy, ...]:
    if written == "external-assumed-allow":
        return Identity.ASSUMED
    if written == "unknown" or written is None:
        return Identity.UNKNOWN
    documents = written if isinstance(written, list) else [written]
    return tuple(policy for document in documents if (policy := _policy(document)))


def _levels(written: Any) -> tuple[tuple[Policy, ...], ...]:
    levels = [] if written is None else written if isinstance(written, list) else [written]
    return tuple(
        tuple(policy for document in (level if isinstance(level, list) else [level]) if (policy := _policy(document)))
        for level in levels
    )


def _setting(surroundings: Mapping[str, Any], name: str) -> Value:
    """The effective setting of Block Public Access: on when it is on for the bucket or for its account."""
    own, account = (
        (block or {}).get(name) if not isinstance(block, str) else block
        for block in (
            (surroundings.get("bucket") or {}).get("public_access_block"),
            surroundings.get("account_public_access_block"),
        )
    )
    return Known(True) if account is True else _flag(own) if own not in (None, False) else _flag(account)


def _flag(value: Any) -> Value:
    if isinstance(value, str) and (hole := _HOLE.fullmatch(value)):
        return Unknown(Symbol(hole[1], "the case leaves it unknown"))
    return Known(value)


__all__ = ["decide_cors", "decide_iam"]
