"""What of the needs of a contract is uncertain: facts that are only remembered, and values that are not given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from auditor.contract.kinds import kind_of
from auditor.contract.types import Confidence, Doubt
from auditor.contract.written import PREFIXES, holes

# Of these keys of a need or principal, what a hole stands for may be anything: a need that is met then, is met with any value.
_FOR_ANY = PREFIXES | {"requests", "sends", "encryption-context"}


def principals(document: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """The principals of a contract as they are written, each with its path."""
    alone = [(("principal",), document["principal"])] if "principal" in document else []
    return [*alone, *((("principals", index), each) for index, each in enumerate(document.get("principals", ())))]


def remembered(need: Mapping[str, Any], contract: Mapping[str, Any]) -> Doubt | None:
    """What a need rests on and is only remembered; None where there is nothing.

    Args:
        need: as it is written.
        contract: likewise.
    """
    title = contract["title"]
    if _is_remembered(need):
        return _undocumented(f"that {title} needs it is not documented")
    if "origin" in kind_of(need["id"]).SEVERAL:
        of_page = _is_remembered(contract.get("origin", {}))
        return _undocumented(f"that its pages are at this origin is not documented by {title}") if of_page else None
    of_principal = _is_remembered(_principal(need, contract))
    return _undocumented(f"that this is the principal of {title} is not documented") if of_principal else None


def not_given(need: Mapping[str, Any], contract: Mapping[str, Any], ungiven: Collection[str]) -> Doubt | None:
    """What a need depends on and is not given; None where there is nothing.

    Args:
        need: as it is written.
        contract: likewise.
        ungiven: the names of parameters without a value.
    """
    principal = _principal(need, contract)
    # A role is assumed with what its requests have, and used within the policy of its session.
    apart = "session-policy" if need["id"].startswith("sts:") else "requests"
    asked = {**need, "principal": {**principal, "assumed-by": {**principal.get("assumed-by", {}), apart: {}}}}
    found = [(name, path) for name, path in _holes(asked, ()) if name in ungiven]
    names = tuple(dict.fromkeys(name for name, _ in found))
    if not names:
        return None
    verb = "is" if len(names) == 1 else "are"
    # The contract may have been found without being named, and needs all of them once it is.
    hint = " ".join((f"--contract {contract['id']}", *(f"--with {name}=…" for name in ungiven)))
    return Doubt(
        f"{' and '.join(names)} {verb} not given",
        f"audit with {hint}",
        both=any(not _FOR_ANY & set(path) for _, path in found),
        of_keys=all(PREFIXES & set(path) for _, path in found),
    )


def _undocumented(reason: str) -> Doubt:
    return Doubt(reason, "ask the platform", f"{reason[0].upper()}{reason[1:]}; it is taken to be so.")


def _principal(need: Mapping[str, Any], contract: Mapping[str, Any]) -> Mapping[str, Any]:
    """The principal of a need; empty where there is none."""
    written = [each for _, each in principals(contract)]
    return next((each for each in written if each.get("id", "") == need.get("by", each.get("id", ""))), {})


def _is_remembered(written: Mapping[str, Any]) -> bool:
    """Whether all sources of a fact are somebody's memory."""
    sources = written.get("sources", ())
    return bool(sources) and all(source["confidence"] == Confidence.REMEMBERED.value for source in sources)


def _holes(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names of the parameters in the texts of a value, each with the keys that lead to it."""
    if isinstance(value, str):
        yield from ((name, path) for name in holes(value))
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _holes(child, (*path, key))
    elif isinstance(value, list):
        for child in value:
            yield from _holes(child, path)
