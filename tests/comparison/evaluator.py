"""A plain evaluator of one policy document and one concrete request, written apart from the product: it judges the witnesses."""

from __future__ import annotations

import datetime as dt
import fnmatch
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
Request = Mapping[str, Any]


def allows(document: Document, request: Request) -> bool:
    """Whether a document allows a request: `principal` (as a witness has it), `action`, `resource`, `context`."""
    variables = document.get("Version") == "2012-10-17"
    effects = {statement["Effect"] for statement in _list(document["Statement"]) if _applies(statement, request, variables)}
    return effects == {"Allow"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _applies(statement: Mapping[str, Any], request: Request, variables: bool) -> bool:
    context = {key.lower(): value for key, value in request["context"].items()} | _tied(request["principal"])
    filled = (lambda text: _filled(text, context)) if variables else (lambda text: text)
    return (
        _principal(statement, request["principal"])
        and _element(statement, "Action", lambda one: _like(one.lower(), request["action"].lower()))
        and _element(statement, "Resource", lambda one: (text := filled(one)) is not None and _like(text, request["resource"]))
        and all(
            _test(operator, context.get(key.lower()), [text for one in _list(values) if (text := filled(_text(one))) is not None])
            for operator, keys in (statement.get("Condition") or {}).items()
            for key, values in keys.items()
        )
    )


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _tied(principal: Mapping[str, str] | None) -> dict[str, str]:
    if principal is None or "arn" not in principal:
        return {}
    account = principal["arn"].split(":")[4]
    names = {"role": "AssumedRole", "user": "User", "root": "Account"}
    found = {"aws:principalarn": principal["arn"], "aws:principalaccount": account, "kms:calleraccount": account}
    found["aws:principaltype"] = names[principal["type"]]
    if principal["type"] == "user":
        found["aws:username"] = principal["arn"].rpartition("/")[2]
    return found


def _element(statement: Mapping[str, Any], name: str, matches: Any) -> bool:
    if name in statement:
        return any(map(matches, _list(statement[name])))
    if f"Not{name}" in statement:
        return not any(map(matches, _list(statement[f"Not{name}"])))
    return True


def _principal(statement: Mapping[str, Any], principal: Mapping[str, str] | None) -> bool:
    def named(written: Any) -> bool:
        if written == "*":
            return True
        return any(_is_named(kind, text, principal or {}) for kind, texts in written.items() for text in _list(texts))

    if "NotPrincipal" in statement:
        return not named(statement["NotPrincipal"])
    return "Principal" not in statement or named(statement["Principal"])


def _is_named(kind: str, text: str, principal: Mapping[str, str]) -> bool:
    if kind == "AWS":
        if text == "*":
            return True
        arn = principal.get("arn", "")
        account = arn.split(":")[4] if arn else ""
        return bool(arn) and text in (arn, account, f"arn:aws:iam::{account}:root")
    return principal.get("type") == kind and principal.get("name") == text


def _filled(text: str, context: Mapping[str, Any]) -> str | None:
    missing = False

    def one(match: re.Match[str]) -> str:
        nonlocal missing
        if match[1] in ("*", "?", "$"):
            return f"[{match[1]}]"
        value = context.get(match[1].lower())
        missing = missing or value is None
        return re.sub(r"([*?\[])", r"[\1]", str(value))

    found = re.sub(r"\$\{([^}]*)\}", one, text)
    return None if missing else found


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(fnmatch.translate(re.sub(r"\[(?![*?$\[]\])", "[[]", pattern)), text) is not None


def _test(name_of_test: str, value: Any, wanted: Sequence[str]) -> bool:
    found = re.fullmatch(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", name_of_test)
    assert found
    quantifier, name, if_exists = found[1], found[2], found[3]
    negated = "Not" in name
    if name == "Null":
        return any((value is None) == (one == "true") for one in wanted)
    if value is None:
        return quantifier == "ForAllValues" or (quantifier is None and bool(negated or if_exists))
    if quantifier is None and isinstance(value, list | tuple):
        return False
    values = list(value) if isinstance(value, list | tuple) else [value]
    each = [any(_one(name.replace("Not", ""), text, one) for one in wanted) != negated for text in values]
    return all(each) if quantifier == "ForAllValues" else any(each)


def _one(name: str, text: str, wanted: str) -> bool:
    match name:
        case "StringEquals":
            return re.sub(r"\[([*?\[])\]", r"\1", wanted) == text
        case "StringEqualsIgnoreCase" | "Bool":
            return wanted.lower() == text.lower()
        case "StringLike":
            return _like(wanted, text)
        case "ArnLike" | "ArnEquals":
            return len(wanted.split(":", 5)) == 6 == len(text.split(":", 5)) and all(
                _like(one, other) for one, other in zip(wanted.split(":", 5), text.split(":", 5), strict=True)
            )
        case "IpAddress":
            try:
                return ipaddress.ip_address(text) in ipaddress.ip_network(wanted, strict=False)
            except ValueError:
                return False
    for family, read in (("Numeric", _number), ("Date", _moment)):
        if name.startswith(family):
            one, other = read(text), read(wanted)
            return one is not None and other is not None and _ORDER[name.removeprefix(family)](one, other)
    raise AssertionError(name)


_ORDER: dict[str, Callable[[float, float], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def _moment(text: str) -> float | None:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
