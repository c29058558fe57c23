"""Answers decision cases of the form of `fixtures/policy/*.json`: `decide_iam(case)` and `decide_cors(case)`."""

from __future__ import annotations

import re
from typing import Any

from auditor.location import Location
from auditor.policy import (
    ABSENT,
    EVERY,
    UNKNOWN,
    Caller,
    ContextValue,
    Environment,
    Identity,
    KeyGrant,
    Policy,
    Question,
    decide,
    parse_policy,
)
from auditor.value import NULL, Choice, Known, ListValue, MapValue, Symbol, Text, Unknown, Value, text_of
from tests.policy.cors_case import decide_cors

_HOLE = re.compile(r"\{\{unresolved:([^}]*)\}\}")
_PRESENT_IF = re.compile(r"\{\{present-if:([^}]*)\}\}")
_HERE = Location("case.json")


def text_of_case(text: str) -> Text:
    """A text of a case, its unresolved parts as holes."""
    parts = [Symbol(piece, "the case leaves it open") if index % 2 else piece for index, piece in enumerate(_HOLE.split(text))]
    return text_of(parts, _HERE)


def value_of_case(value: Any) -> Value:
    """A JSON value of a case."""
    if isinstance(value, str):
        return text_of_case(value)
    if isinstance(value, list):
        return ListValue(tuple(value_of_case(item) for item in value), _HERE)
    if isinstance(value, dict):
        entries = {key: value_of_case(entry) for key, entry in value.items()}
        found = MapValue(entries, _HERE)
        flag = _PRESENT_IF.search(str(value.get("Sid", "")))
        return Choice(Symbol(flag[1], "the case leaves it open"), found, NULL) if flag else found
    return Known(value, _HERE)


def _policy(value: Any) -> Policy | None:
    return None if value is None else parse_policy(value_of_case(value), _HERE)


def _caller(principal: dict[str, Any]) -> Caller:
    if principal.get("anonymous"):
        return Caller("", "", anonymous=True)
    if "service" in principal:
        return Caller(principal["service"], "", service=True)
    arn = principal.get("role_arn") or principal.get("user_arn") or principal.get("arn") or ""
    session = principal.get("session_arn")
    return Caller(arn, principal.get("account", ""), session.rpartition("/")[2] if session else None)


def _context(value: Any) -> ContextValue:
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return tuple(text_of_case(str(item)) for item in value)
    return text_of_case(value if isinstance(value, str) else str(value).lower())


def decide_iam(case: dict[str, Any]) -> dict[str, Any]:
    """The answer to an IAM case."""
    surroundings, question = case["environment"], case["question"]
    bucket = surroundings.get("bucket") or {}
    context: dict[str, ContextValue] = {key.lower(): _context(value) for key, value in case.get("context_defaults", {}).items()}
    context.update({key.lower(): _context(value) for key, value in surroundings.get("context", {}).items()})
    context.update({key.lower(): UNKNOWN for key in surroundings.get("unknown_context", ())})
    for key, glob in (question.get("for_all_context") or {}).items():
        context[key.lower()] = EVERY(Known(""), glob)
    actions = question["action"] if isinstance(question["action"], list) else [question["action"]]
    answers = [_one(surroundings, bucket, question, action, context) for action in actions]
    if "denied" in [answer["answer"] for answer in answers]:
        return next(answer for answer in answers if answer["answer"] == "denied")
    return next((answer for answer in answers if answer["answer"] == "unknown"), answers[0])


def _one(
    surroundings: dict[str, Any], bucket: dict[str, Any], question: dict[str, Any], action: str, context: dict[str, ContextValue]
) -> dict[str, Any]:
    service = action.partition(":")[0].lower()
    key, role = surroundings.get("kms_key") or {}, surroundings.get("target_role") or {}
    owner, policy = {
        "kms": (key.get("account"), key.get("policy")),
        "sts": (role.get("account"), role.get("trust_policy")),
    }.get(service, (bucket.get("account"), bucket.get("policy")))
    identity = surroundings.get("identity_policies")
    side: Any
    if identity == "external-assumed-allow":
        side = Identity.ASSUMED
    elif identity == "unknown" or identity is None:
        side = Identity.UNKNOWN
    else:
        side = tuple(found for one in identity if (found := _policy(one)))
    block = bucket.get("public_access_block") or {}
    pattern = question.get("for_all_resources")
    if pattern is None:
        resource, keys = question["resource"], None
    else:
        fixed = re.split(r"[*?]", pattern, maxsplit=1)[0]
        resource, keys = fixed, pattern[len(fixed) :]
    environment = Environment(
        resource_policy=_policy(policy),
        resource_account=Known(owner),
        identity=side,
        boundary=_policy(surroundings.get("permissions_boundary")),
        session_policy=_policy(surroundings.get("session_policy")),
        scps=tuple(tuple(found for one in level if (found := _policy(one))) for level in surroundings.get("scps") or ()),
        rcps=tuple(tuple(found for one in level if (found := _policy(one))) for level in surroundings.get("rcps") or ()),
        restrict_public_buckets=_flag(block.get("RestrictPublicBuckets")),
        block_public_policy=_flag(block.get("BlockPublicPolicy")),
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
    decision = decide(
        environment, Question(_caller(surroundings["principal"]), action, text_of_case(resource), keys, context, ABSENT)
    )
    answer = {"allowed": "allowed", "denied": "denied", "undecided": "unknown"}[decision.answer.value]
    return {"answer": answer, "witness": decision.witness.resource if decision.witness else None, "reason": decision.reason}


def _flag(value: Any) -> Value:
    if isinstance(value, str) and (hole := _HOLE.fullmatch(value)):
        return Unknown(Symbol(hole[1], "the case leaves it open"))
    return Known(value)


__all__ = ["decide_cors", "decide_iam"]
