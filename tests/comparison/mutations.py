"""Random edits of policies, as people make them and as research on comparing policies makes them, and requests that the results may tell apart."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.comparison.context import MULTIVALUED
from auditor.comparison.principals import ComparedCaller
from auditor.comparison.search import _ALWAYS
from auditor.policy.services.catalog import ANYTHING, Action, actions, services

_FIXTURES = Path(__file__).parents[2] / "fixtures" / "comparison" / "pairs.jsonl"
_CONDITIONS: tuple[tuple[str, str, list[str]], ...] = (
    ("StringEquals", "aws:PrincipalOrgID", ["o-a"]),
    ("StringEquals", "ec2:ResourceTag/Department", ["dev", "test"]),
    ("StringLike", "ec2:InstanceType", ["t2.*", "t3.micro"]),
    ("StringLike", "s3:prefix", ["home/", "home/${aws:username}/*"]),
    ("StringEqualsIgnoreCase", "s3:x-amz-acl", ["public-read"]),
    ("StringEquals", "aws:RequestTag/team", ["a", "b"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost"]),
    ("ForAnyValue:StringLike", "aws:TagKeys", ["te*"]),
    ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "203.0.113.0/25"]),
    ("DateLessThan", "aws:CurrentTime", ["2026-01-01T00:00:00Z"]),
    ("DateGreaterThan", "aws:CurrentTime", ["2025-06-30T23:59:59Z"]),
    ("NumericLessThanEquals", "s3:max-keys", ["10"]),
    ("NumericGreaterThan", "aws:MultiFactorAuthAge", ["300"]),
    ("Bool", "aws:SecureTransport", ["false"]),
    ("Bool", "aws:MultiFactorAuthPresent", ["true"]),
    ("Null", "aws:TokenIssueTime", ["true"]),
    ("Null", "aws:SourceVpce", ["false"]),
    ("StringEquals", "aws:SourceVpce", ["vpce-1"]),
    ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::111122223333:role/app-*"]),
    ("ArnEquals", "iam:PolicyARN", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    ("StringNotLike", "aws:username", ["admin*"]),
    ("StringEquals", "s3:ExistingObjectTag/owner", ["${aws:PrincipalTag/owner}"]),
    ("StringEquals", "aws:ResourceTag/owner", ["${aws:username}", "nobody"]),
)
_NEGATED = {
    "StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "IpAddress": "NotIpAddress", "ArnLike": "ArnNotLike", "ArnEquals": "ArnNotEquals", "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals", "NumericLessThan": "NumericGreaterThanEquals", "NumericLessThanEquals": "NumericGreaterThan",
    "DateLessThan": "DateGreaterThanEquals", "DateLessThanEquals": "DateGreaterThan",
}  # fmt: skip
_OPPOSITE = {**_NEGATED, **{other: one for one, other in _NEGATED.items()}}
_MORE_ACTIONS = (
    "s3:Get*", "s3:*", "s3:GetObject", "s3:PutObject", "s3:List*", "s3:DeleteObject?*", "s3:*Object", "S3:getobject", "ec2:*", "ec2:Describe*",
    "ec2:RunInstances", "ec2:*Instances", "iam:*", "iam:Get*", "iam:PassRole", "iam:Create?*", "kms:Decrypt", "kms:*", "sts:AssumeRole", "*",
)  # fmt: skip
_MORE_PRINCIPALS: tuple[Any, ...] = (
    "*", {"AWS": "*"}, {"AWS": "arn:aws:iam::111122223333:root"}, {"AWS": ["111122223333", "444455556666"]},
    {"AWS": "arn:aws:iam::111122223333:role/app-1"}, {"Service": "cloudfront.amazonaws.com"}, {"AWS": "arn:aws:iam::444455556666:user/jo"},
)  # fmt: skip


def documents() -> list[tuple[str, dict[str, Any]]]:
    """The documents of the recorded pairs, each with its kind."""
    pairs = map(json.loads, _FIXTURES.read_text(encoding="utf-8").splitlines())
    return [(pair["kind"], pair[side]) for pair in pairs for side in ("old", "new")]


def listed(value: Any) -> list[Any]:
    """An entry of a document as a list."""
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def mutated(document: dict[str, Any], dice: random.Random, edits: int | None = None) -> dict[str, Any]:
    """A document with some edits; it stays one that can be parsed."""
    found = copy.deepcopy(document)
    found["Statement"] = listed(found["Statement"])
    for _ in range(edits or dice.choice((1, 1, 1, 2, 3))):
        _edit(found, dice)
    return found


def _edit(document: dict[str, Any], dice: random.Random) -> None:
    statements: list[dict[str, Any]] = document["Statement"]
    one = dice.choice(statements)
    match dice.randrange(12):
        case 0:
            _swap(one, dice.choice(("Action", "Resource", "Principal")))
        case 1 | 2:
            _text(one, dice.choice(("Action", "Resource")), dice)
        case 3:
            _add_or_remove(one, dice)
        case 4 | 5 | 6:
            _condition(one, dice)
        case 7:
            one["Effect"] = {"Allow": "Deny", "Deny": "Allow"}[one["Effect"]]
        case 8:
            statements.append(copy.deepcopy(one))
            _edit(document, dice)
        case 9 if len(statements) > 1:
            statements.remove(one)
        case 10 if "Principal" in one or "NotPrincipal" in one:
            one["Principal" if "Principal" in one else "NotPrincipal"] = dice.choice(_MORE_PRINCIPALS)
        case _:
            if dice.random() < 0.3:
                document.pop("Version", None)
            else:
                _condition(one, dice)


def _swap(one: dict[str, Any], name: str) -> None:
    mine, other = (name, f"Not{name}") if name in one else (f"Not{name}", name)
    if mine in one:
        one[other] = one.pop(mine)


def _text(one: dict[str, Any], name: str, dice: random.Random) -> None:
    name = name if name in one else f"Not{name}"
    texts = listed(one.get(name))
    if not texts:
        return
    at = dice.randrange(len(texts))
    text = texts[at]
    head = text.rfind(":") + 1
    place = dice.randint(head, len(text))
    match dice.randrange(6):
        case 0:
            text = f"{text[:place]}*"
        case 1:
            text = f"{text[:place]}*{text[place:]}"
        case 2:
            text = f"{text[:place]}?{text[place + 1 :]}"
        case 3 if name.endswith("Action"):
            text = dice.choice((text.lower(), text.upper()))
        case 4 if text.endswith("*"):
            text = text[:-1] + dice.choice(("x", "x/*", "${aws:username}/*"))
        case _:
            text = text[:head] + dice.choice(("*", "", "a*", "?*")) + text[place:]
    texts[at] = text
    one[name] = texts


def _add_or_remove(one: dict[str, Any], dice: random.Random) -> None:
    name = dice.choice([name for name in ("Action", "NotAction", "Resource", "NotResource") if name in one])
    texts = listed(one[name])
    if len(texts) > 1 and dice.random() < 0.5:
        texts.remove(dice.choice(texts))
    elif name.endswith("Action"):
        texts.append(dice.choice(_MORE_ACTIONS))
    else:
        texts.append(dice.choice((*texts, "*")) + dice.choice(("", "*", "/*", "/x")))
    one[name] = texts


def _condition(one: dict[str, Any], dice: random.Random) -> None:
    block: dict[str, dict[str, Any]] = one.setdefault("Condition", {})
    if not block or dice.random() < 0.3:
        operator, key, values = dice.choice(_CONDITIONS)
        block.setdefault(operator, {})[key] = list(values) if dice.random() < 0.5 else values[0]
        return
    operator = dice.choice(list(block))
    tests = block[operator]
    key = dice.choice(list(tests))
    values = tests.pop(key)
    if not tests:
        del block[operator]
    quantifier, _, rest = operator.rpartition(":")
    plain, if_exists = rest.removesuffix("IfExists"), rest.endswith("IfExists")
    match dice.randrange(6):
        case 0:
            plain = _OPPOSITE.get(plain, plain)
        case 1:
            if_exists = not if_exists and plain != "Null"
        case 2 if plain != "Null":
            quantifier = dice.choice(("", "ForAllValues", "ForAnyValue"))
        case 3:
            values = _values(values, plain, dice)
        case 4:
            plain = {"StringEquals": "StringLike", "StringLike": "StringEquals", "ArnLike": "StringLike"}.get(plain, plain)
        case _:
            if not block:
                del one["Condition"]
            return
    written = f"{quantifier}:{plain}" if quantifier else plain
    block.setdefault(written + "IfExists" * (if_exists and plain != "Null"), {})[key] = values


def _values(values: Any, plain: str, dice: random.Random) -> Any:
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in listed(values)]
    if len(texts) > 1 and dice.random() < 0.4:
        texts.remove(dice.choice(texts))
        return texts
    at = dice.randrange(len(texts))
    if plain in ("IpAddress", "NotIpAddress"):
        texts[at] = dice.choice(("192.0.2.0/24", "192.0.0.0/16", "192.0.2.7/32", "0.0.0.0/0", "203.0.113.0/24"))
    elif plain in ("Bool", "Null"):
        texts = ["false" if texts[0] == "true" else "true"]
    elif plain.startswith("Date"):
        texts[at] = dice.choice(("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2025-06-30T23:59:59Z", "1767225600"))
    elif plain.startswith("Numeric"):
        texts[at] = dice.choice(("10", "10.5", "300", "-1"))
    else:
        texts[at] = dice.choice((f"{texts[at][:-1]}*", f"{texts[at]}x", texts[at].upper(), "*", f"*{texts[at]}", "${aws:username}"))
    return texts


def requests(old: dict[str, Any], new: dict[str, Any], kind: str, dice: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Requests made of what two documents name: real actions, on resources that they can be on, with keys that they can have."""
    statements = [*listed(old["Statement"]), *listed(new["Statement"])]
    callers = _callers(statements) if kind != "identity" else _identities(statements)
    every = _actions(statements, kind)
    tests = [
        (key, operator, [str(one).lower() if isinstance(one, bool) else str(one) for one in listed(values)])
        for one in statements
        for operator, keys in (one.get("Condition") or {}).items()
        for key, values in keys.items()
    ]
    patterns = [text for one in statements for name in ("Resource", "NotResource") for text in listed(one.get(name))]
    for _ in range(count if every else 0):
        action, caller = dice.choice(every), dice.choice(callers)
        context = _context(tests, [*patterns, *(text for _, _, texts in tests for text in texts)], action, caller, dice)
        resource = _resource(action, patterns, context, dice)
        if resource is not None:
            # What follows from the caller is left out where the documents name callers, and is all that is known of one where they do not.
            tied = caller.context() if kind != "identity" else {}
            shown = {key: value for key, value in context.items() if key.lower() not in tied or key.lower() == "aws:username"}
            yield {
                "principal": caller.shown() if kind != "identity" else None,
                "caller": caller,
                "action": action.name,
                "resource": resource,
                "context": shown,
            }


def _callers(statements: list[dict[str, Any]]) -> list[ComparedCaller]:
    found = [ComparedCaller("anonymous"), ComparedCaller("service", "other.amazonaws.com")]
    accounts = {"999999999999", *re.findall(r"\d{12}", json.dumps(statements))}
    for one in statements:
        element = one.get("Principal", one.get("NotPrincipal"))
        for kind, texts in (element or {}).items() if isinstance(element, dict) else ():
            for text in listed(texts):
                if kind == "Service":
                    found.append(ComparedCaller("service", text))
                elif match := re.fullmatch(r"arn:aws:iam::(\d+):(role|user)/.*", text):
                    found.append(ComparedCaller(match[2], text, match[1], "s" if match[2] == "role" else ""))
    return [*found, *_of_accounts(accounts)]


def _of_accounts(accounts: set[str]) -> Iterator[ComparedCaller]:
    for account in sorted(accounts):
        yield ComparedCaller("root", f"arn:aws:iam::{account}:root", account)
        for name in ("x", "app-1", "admin"):
            yield ComparedCaller("role", f"arn:aws:iam::{account}:role/{name}", account, "s")
            yield ComparedCaller("user", f"arn:aws:iam::{account}:user/{name}", account)


def _identities(statements: list[dict[str, Any]]) -> list[ComparedCaller]:
    return list(
        _of_accounts(
            {"999999999999", *re.findall(r"(?<!\d)\d{12}(?!\d)", json.dumps([one.get("Condition") for one in statements]))}
        )
    )


def _actions(statements: list[dict[str, Any]], kind: str) -> list[Action]:
    of_kind = {"bucket": {"s3"}, "key": {"kms"}, "trust": {"sts"}}.get(kind)
    names = [text.lower() for one in statements for name in ("Action", "NotAction") for text in listed(one.get(name))]
    wanted = of_kind or ({text.partition(":")[0] for text in names} | {"s3", "ec2", "iam"}) & services()
    every = [action for service in sorted(wanted) for action in actions(service)]
    told: dict[object, list[Action]] = {}
    for action in every:
        key = (tuple(re.fullmatch(_regex(text), action.name.lower()) is not None for text in names), action.resource, action.keys)
        told.setdefault(key, []).append(action)
    return [one[0] for one in told.values()]


def _regex(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


_FILLINGS = ("", "x", "a", "home/x", "/", "other", "admin", "b/c", "12345")


def _instance(pattern: str, context: dict[str, Any], dice: random.Random) -> str:
    values = {key.lower(): value for key, value in context.items()}

    def filled(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip().lower()
        return match[1] if match[1] in "*?$" else str(values.get(name, "v"))

    text = re.sub(r"\$\{([^}]*)\}", filled, pattern)
    return "".join(dice.choice(_FILLINGS) if char == "*" else dice.choice("xa7") if char == "?" else char for char in text)


def _resource(action: Action, patterns: list[str], context: dict[str, Any], dice: random.Random) -> str | None:
    if action.resource == ANYTHING:
        return ANYTHING
    form = "".join(
        {"{}": "[^:/]+", "{*}": ".+", "{#}": r"\d{12}"}.get(piece, re.escape(piece))
        for piece in re.split(r"(\{[*#]?\})", action.resource)
    )
    for _ in range(6):
        text = _instance(dice.choice(patterns), context, dice) if patterns else ""
        if re.fullmatch(form, text, re.DOTALL):
            return text
    parts = re.split(r"(\{[*#]?\})", action.resource)
    return "".join(
        {"{}": "x", "{*}": dice.choice(("x", "home/x", "a")), "{#}": "111122223333"}.get(piece, piece) for piece in parts
    )


def _context(
    tests: list[tuple[str, str, list[str]]], texts: list[str], action: Action, caller: ComparedCaller, dice: random.Random
) -> dict[str, Any]:
    tied = caller.context()
    found: dict[str, Any] = {}
    keys = {key.lower(): key for key, _, _ in tests}
    keys |= {
        name.partition(",")[0].strip().lower(): name.partition(",")[0].strip()
        for text in texts
        for name in re.findall(r"\$\{([^}*?$]+)\}", text)
    }
    for lower, key in keys.items():
        if lower in tied:
            if tied[lower] is not None and (lower != "kms:calleraccount" or action.name.startswith("kms:")):
                found[key] = tied[lower]
            continue
        if not action.may_have(lower) or (lower not in _ALWAYS and dice.random() < 0.25):
            continue
        written = [(operator, text) for name, operator, values in tests if name.lower() == lower for text in values]
        values = [_value(operator, text, found, dice) for operator, text in written] or ["v"]
        many = lower in MULTIVALUED or any(":For" in f":{operator}" for name, operator, _ in tests if name.lower() == lower)
        if many and (lower in MULTIVALUED or dice.random() < 0.5):
            found[key] = [dice.choice(values) for _ in range(dice.randint(1, 2))]
        else:
            found[key] = dice.choice(values)
    return found


def _value(operator: str, text: str, context: dict[str, Any], dice: random.Random) -> str:
    plain = operator.rpartition(":")[2].removesuffix("IfExists")
    if "IpAddress" in plain:
        return dice.choice(("192.0.2.7", "192.0.3.1", "203.0.113.200", "203.0.113.5", "198.51.100.1"))
    if plain.startswith("Date"):
        return dice.choice(
            ("2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "2025-06-30T23:59:59Z")
        )
    if plain.startswith("Numeric"):
        return dice.choice(("9", "10", "11", "300", "301", "-2", "10.5"))
    if plain in ("Bool", "Null"):
        return dice.choice(("true", "false"))
    return dice.choice((_instance(text, context, dice), _instance(text, context, dice), "other", text.upper(), text.lower()))
