"""Loading contracts: the built-in ones (`builtin/`, and those in the folders of platforms), or a file of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from auditor.contract.build import contract_of, declared
from auditor.contract.file import ContractFile, failure
from auditor.contract.types import Contract
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


def sources() -> Mapping[str, str]:
    """The YAML of every built-in contract, by its id."""
    return {name: path.read_text(encoding="utf-8") for name, path in sorted(_built_in().items())}


def written(name_or_path: str) -> Mapping[str, Any]:
    """A contract as its file has it: what the schema of contracts describes, every value as text.

    Raises:
        AuditError: there is no such contract, or the file breaks the schema.
    """
    return cast("Mapping[str, Any]", read(name_or_path).document)


def load(name_or_path: str, parameters: Mapping[str, str]) -> Contract:
    """A contract with its parameters filled in.

    Args:
        name_or_path: the id of a built-in contract, or the path of a YAML file (anything with a slash, or ending in .yaml or .yml).
        parameters: values by name; those that are missing take their defaults.

    Raises:
        AuditError: no such contract, a file that breaks the schema (with line and column), an unknown parameter or a value it refuses.
    """
    file = read(name_or_path)
    _known_parameters(parameters, (file,))
    return contract_of(file, parameters)


def load_all(names_or_paths: Sequence[str], parameters: Mapping[str, str]) -> tuple[tuple[Contract, ...], tuple[InputError, ...]]:
    """Several contracts, each given those of the parameters that it has; and what is wrong with files that cannot be used.

    Raises:
        AuditError: none can be used, a built-in one does not exist, or a parameter belongs to none of them or is refused.
    """
    files: list[ContractFile] = []
    problems: list[InputError] = []
    for name in dict.fromkeys(names_or_paths):
        try:
            files.append(read(name))
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
            loaded.append(contract_of(file, {name: parameters[name] for name in declared(file) if name in parameters}))
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


def read(name_or_path: str) -> ContractFile:
    """The file of a contract.

    Raises:
        AuditError: there is no such contract, or the file breaks the schema.
    """
    is_path = "/" in name_or_path or name_or_path.endswith((".yaml", ".yml"))
    if not is_path:
        return _read_built_in(name_or_path)
    try:
        source = Path(name_or_path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise failure(InputError(Location(name_or_path), f"the contract cannot be read: {error.strerror or error}")) from error
    except ValueError as error:
        raise failure(InputError(Location(name_or_path), "the contract is not UTF-8")) from error
    return ContractFile(source, name_or_path, built_in=False)


@cache
def _read_built_in(name: str) -> ContractFile:
    return ContractFile(text(name), f"{name}.yaml", built_in=True)


def _known_parameters(given: Mapping[str, str], files: Sequence[ContractFile]) -> None:
    there = tuple(dict.fromkeys(name for file in files for name in declared(file)))
    for name in given:
        if name not in there:
            known = ", ".join(there) or "none"
            which = " and ".join(f"'{file.document['id']}'" for file in files)
            noun, verb, they = ("contract", "has", "it has") if len(files) == 1 else ("contracts", "have", "they have")
            raise AuditError(f"{noun} {which} {verb} no parameter '{name}'{did_you_mean(name, there)} ({they}: {known})")
