"""Loading contracts: the built-in ones (`builtin/`, and those in the folders of platforms), or a file of the user's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from auditor.contract.file import ContractFile, failure
from auditor.contract.kinds import kind_of
from auditor.contract.types import Addressing, Contract, Need
from auditor.contract.written import Filling, NeedInFile, holes
from auditor.foundation.errors import AuditError, InputError, did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.platforms import platforms

_BUILT_IN = Path(__file__).parent / "builtin"


def names() -> tuple[str, ...]:
    """The ids of the built-in contracts, sorted."""
    return tuple(sorted(_built_in()))


def _built_in() -> dict[str, Path]:
    """The files of the built-in contracts by id: that of a platform has the name of its folder, with hyphens."""
    alone = {path.stem: path for path in _BUILT_IN.glob("*.yaml")}
    return alone | {path.parent.name.replace("_", "-"): path for path in platforms("contract.yaml")}


def text(name: str) -> str:
    """The YAML of a built-in contract, as a starting point for your own.

    Raises:
        AuditError: there is none of that name.
    """
    known = _built_in()
    if name not in known:
        raise AuditError(f"there is no built-in contract '{name}'{did_you_mean(name, names())} (built in: {', '.join(names())})")
    return known[name].read_text(encoding="utf-8")


def load(name_or_path: str, parameters: Mapping[str, str]) -> Contract:
    """A contract with its parameters filled in.

    Args:
        name_or_path: the id of a built-in contract, or the path of a YAML file (anything with a slash, or ending in .yaml or .yml).
        parameters: values by name; those that are missing take their defaults.

    Raises:
        AuditError: no such contract, a file that breaks the schema (with line and column), an unknown parameter or a value it refuses.
    """
    file = _read(name_or_path)
    _known_parameters(parameters, (file,))
    return _contract(file, parameters)


def load_all(names_or_paths: Sequence[str], parameters: Mapping[str, str]) -> tuple[tuple[Contract, ...], tuple[InputError, ...]]:
    """Several contracts, each given those of the parameters that it has; and what is wrong with files that cannot be used.

    Raises:
        AuditError: none can be used, a built-in one does not exist, or a parameter belongs to none of them or is refused.
    """
    files: list[ContractFile] = []
    problems: list[InputError] = []
    for name in dict.fromkeys(names_or_paths):
        try:
            files.append(_read(name))
        except AuditError as error:
            if not error.problems:
                raise
            problems.extend(error.problems)
    if not files:
        raise failure(*problems)
    _known_parameters(parameters, files)
    loaded: list[Contract] = []
    for file in files:
        try:
            loaded.append(_contract(file, {name: parameters[name] for name in _declared(file) if name in parameters}))
        except AuditError as error:
            if not error.problems:
                raise
            problems.extend(error.problems)
    ids = [contract.id for contract in loaded]
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise AuditError(f"two contracts have the id '{twice}'")
    if not loaded:
        raise failure(*problems)
    return tuple(loaded), tuple(problems)


def _read(name_or_path: str) -> ContractFile:
    is_path = "/" in name_or_path or name_or_path.endswith((".yaml", ".yml"))
    if not is_path:
        return ContractFile(text(name_or_path), f"{name_or_path}.yaml", built_in=True)
    try:
        source = Path(name_or_path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise failure(InputError(Location(name_or_path), f"the contract cannot be read: {error.strerror or error}")) from error
    except ValueError as error:
        raise failure(InputError(Location(name_or_path), "the contract is not UTF-8")) from error
    return ContractFile(source, name_or_path, built_in=False)


def _declared(file: ContractFile) -> Mapping[str, Mapping[str, Any]]:
    return cast("Mapping[str, Mapping[str, Any]]", file.document.get("parameters", {}))


def _known_parameters(given: Mapping[str, str], files: Sequence[ContractFile]) -> None:
    declared = tuple(dict.fromkeys(name for file in files for name in _declared(file)))
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            which = " and ".join(f"'{file.document['id']}'" for file in files)
            noun, verb, they = ("contract", "has", "it has") if len(files) == 1 else ("contracts", "have", "they have")
            raise AuditError(f"{noun} {which} {verb} no parameter '{name}'{did_you_mean(name, declared)} ({they}: {known})")


def _parameters(file: ContractFile, given: Mapping[str, str]) -> dict[str, str]:
    contract = file.document["id"]
    filled: dict[str, str] = {}
    for name, parameter in _declared(file).items():
        if name not in given and "default" not in parameter:
            raise AuditError(f"contract '{contract}' needs a value for '{name}' ({parameter['description']}): --with {name}=…")
        value = given.get(name, parameter.get("default", ""))
        if "choices" in parameter and value not in parameter["choices"]:
            raise AuditError(
                f"contract '{contract}': '{name}' is one of {', '.join(parameter['choices'])}, not '{value}'"
                f"{did_you_mean(value, tuple(parameter['choices']))}"
            )
        if "pattern" in parameter and value and not re.fullmatch(parameter["pattern"], value):
            raise AuditError(f"contract '{contract}': '{value}' is not a valid value for '{name}' ({parameter['description']})")
        filled[name] = value
    return filled


def _contract(file: ContractFile, given: Mapping[str, str]) -> Contract:
    parameters = _parameters(file, given)
    document, filling = file.document, Filling(file, parameters)
    written = document.get("principal", {}).get("arn", "")
    principal = filling.text(written, "principal", "arn")
    # What a built-in contract says of the platform is not true of a principal that stands in for it.
    stands_in = file.built_in and any(
        parameters.get(name) != _declared(file).get(name, {}).get("default") for name in holes(written)
    )
    needs = [_need(need, index, filling) for index, need in enumerate(document["needs"])]
    contract = Contract(
        id=document["id"],
        title=document["title"],
        principal=principal,
        account=principal.split(":")[4] if principal.count(":") >= 5 else "",
        origin=filling.text(document.get("origin", {}).get("url", ""), "origin", "url"),
        needs=tuple(need for need, written in zip(needs, document["needs"], strict=True) if _is_asked(written, parameters)),
        parameters=dict(parameters),
        assumptions=() if stands_in else tuple(document.get("assumptions", ())),
        outside=not principal or (file.built_in and not stands_in),
        addressing=_addressing(document, stands_in=stands_in),
    )
    if not contract.needs and not filling.problems:
        raise AuditError(f"contract '{contract.id}' needs nothing with these parameters")
    problems = (*filling.problems, *_contradictions(file, contract))
    if problems:
        raise failure(*dict.fromkeys(problems))
    return contract


def _addressing(document: Mapping[str, Any], *, stands_in: bool) -> Addressing | None:
    """How the consumer addresses buckets; of a principal that stands in for the platform's own, that is not known."""
    style = document.get("addressing", {}).get("style")
    return None if style is None or stands_in else Addressing(style)


def _need(document: Mapping[str, Any], index: int, filling: Filling) -> Need:
    return kind_of(document["id"]).read(NeedInFile(document, index, filling))


def _is_asked(document: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    return all(parameters.get(name) in values for name, values in document.get("when", {}).items())


def _contradictions(file: ContractFile, contract: Contract) -> Iterator[InputError]:
    """What a schema cannot say: needs that nobody has, and values that could never be proven right."""
    for need in contract.needs:
        for contradiction in need.contradictions(contract):
            yield InputError(file.place(*contradiction.place), contradiction.message)
    for index, document in enumerate(file.document["needs"]):
        for name in document.get("when", {}):
            if name not in contract.parameters:
                known = tuple(contract.parameters)
                yield InputError(
                    file.place("needs", index, "when", name),
                    f"'{name}' names no parameter of the contract{did_you_mean(name, known)}",
                )
    names: set[str] = set()
    for need in contract.needs:
        if need.id in names:
            last = max(index for index, document in enumerate(file.document["needs"]) if document["id"] == need.id)
            yield InputError(file.place("needs", last, "id"), f"'{need.id}' is needed twice")
        names.add(need.id)
