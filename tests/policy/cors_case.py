"""The engine behind the form of the CORS decision cases."""

from __future__ import annotations

import re
from typing import Any

from auditor.cors import BrowserRequest, parse_cors
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Value, text_of
from tests.cors.decision import decide

_HOLE = re.compile(r"\{\{unresolved:([^}]*)\}\}")


def value_of(data: Any) -> Value:
    """JSON with `{{unresolved:NAME}}` holes as a value."""
    if isinstance(data, dict):
        return MapValue({key: value_of(entry) for key, entry in data.items()})
    if isinstance(data, list):
        return ListValue(tuple(value_of(item) for item in data))
    if isinstance(data, str):
        pieces = _HOLE.split(data)
        parts = [Symbol(piece, f"{piece} is not resolved") if place % 2 else piece for place, piece in enumerate(pieces)]
        return text_of(parts)
    return Known(data)


def request_of(data: dict[str, Any]) -> BrowserRequest:
    """The request of a case."""
    return BrowserRequest(
        data.get("origin"),
        data["method"],
        tuple(data.get("headers") or ()),
        data.get("content_type"),
        data.get("credentials") == "include",
        tuple(data.get("read_response_headers") or ()),
    )


def decide_cors(case: dict[str, Any]) -> dict[str, Any]:
    """The decision of one case, in the form of its `expect`."""
    rules = case["cors_rules"]
    configuration = None if rules is None else parse_cors(value_of(rules), Location("case.json"))
    asked = case["request"]
    decision = decide(configuration, request_of(asked), asked.get("for_all_origins"), asked.get("for_all_headers"))
    answer: dict[str, Any] = {"answer": decision.answer.value, "deploy_error": decision.deploy_error}
    for name in ("preflight_rule", "actual_rule", "witness"):
        if getattr(decision, name) is not None:
            answer[name] = getattr(decision, name)
    if decision.headers:
        answer["witness_headers"] = list(decision.headers)
    if decision.depends_on:
        answer["unknown_because"] = [turn.symbol.name for turn in decision.depends_on]
    return answer
