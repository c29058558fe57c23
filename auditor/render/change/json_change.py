"""A change as JSON, version 1: for programs. Fields may be added; those there are keep their meaning."""

from __future__ import annotations

from typing import Any

from auditor.changes.change import Change, VerdictChange, is_public
from auditor.changes.policies import PolicyChange
from auditor.changes.settings import Setting
from auditor.comparison.search import FoundRequest
from auditor.foundation.version import __version__
from auditor.render.json_report import place, problem
from auditor.render.parts.indented import indented
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.values import as_json, conditions

VERSION = 1


def render(change: Change, options: RenderOptions) -> str:  # noqa: ARG001 - every format is given the options
    """The change as one JSON object."""
    document: dict[str, Any] = {
        "version": VERSION,
        "tool": {"name": "auditor", "version": __version__},
        "old": change.old,
        "new": change.new,
        "equal": change.is_empty,
        "verdicts": list(map(_verdict, change.verdicts)),
        "access": list(map(_access, change.access)),
        "cors": [
            {
                "bucket": one.bucket,
                "root": one.root,
                "known": one.changes is not None,
                "gained": [_page(each) for each in one.changes or () if each.gained],
                "lost": [_page(each) for each in one.changes or () if not each.gained],
                "location": place(one.location),
            }
            for one in change.cors
        ],
        "settings": [
            {"bucket": one.bucket, "root": one.root, "name": one.new.kind.value, "old": _setting(one.old), "new": _setting(one.new)}
            for one in change.settings
        ],
        "configuration": [
            {
                "kind": one.kind,
                "name": one.name,
                "old": one.old,
                "new": one.new,
                "weakens": one.weakens,
                "location": place(one.location),
            }
            for one in change.configuration
        ],
        "errors": list(map(problem, change.errors)),
        "old_errors": list(map(problem, change.old_errors)),
    }
    return indented(document)


def _verdict(one: VerdictChange) -> dict[str, Any]:
    return {
        "contract": one.contract,
        "bucket": one.bucket,
        "root": one.root,
        "need": one.need,
        "change": one.direction.value,
        "old": one.old.status.value if one.old else None,
        "new": one.new.status.value if one.new else None,
        "reason": one.new.reason if one.new else "",
        "location": place(one.new.location) if one.new else None,
    }


def _access(one: PolicyChange) -> dict[str, Any]:
    return {
        "resource": one.resource,
        "kind": one.kind.value,
        "relation": one.difference.relation.value,
        "gain": one.difference.gain.value,
        "loss": one.difference.loss.value,
        "public": is_public(one),
        "same_document": one.same_document,
        "gained": list(map(witness, one.difference.gained)),
        "lost": list(map(witness, one.difference.lost)),
        "blocked": list(map(witness, one.blocked)),
        "reason": one.difference.reason,
        "old_location": place(one.old),
        "new_location": place(one.new),
    }


def witness(found: FoundRequest) -> dict[str, Any]:
    """A request, and the statement that makes the difference."""
    return {
        "principal": found.principal.shown() if found.principal else None,
        "action": found.action,
        "resource": found.resource,
        "context": {key: list(value) if isinstance(value, tuple) else value for key, value in found.context.items()},
        "statement": {"sid": found.because.statement.sid, "location": place(found.because.statement.location)},
    }


def _page(one: Any) -> dict[str, Any]:
    return {"origin": one.origin, "method": one.method, "headers": list(one.headers), "exposed": list(one.exposed)}


def _setting(setting: Setting) -> list[dict[str, Any]]:
    return [{"value": as_json(value), "when": conditions(when)} for when, value in setting.values]
