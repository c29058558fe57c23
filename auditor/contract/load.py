"""Loading contracts: the built-in ones (`builtin/`, and those in the folders of platforms), or a file of the user's."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from auditor.contract.build import contract_of, declared
from auditor.contract.file import ContractFile
from auditor.contract.types import Contract
from auditor.foundation import border
from auditor.foundation.errors import AuditError, InputError, did_you_mean, failure
from auditor.foundation.location import Location
from auditor.foundation.platforms import platforms

_BUILT_IN = border.beside(__file__, "builtin")


def names() -> tuple[str, ...]:
    """The ids of the contracts that are at hand, sorted: the built-in ones, and those of the repository."""
    return tuple(sorted({**_built_in(), **_own()}))


@cache
def _built_in() -> Mapping[str, str]:
    """The files of the built-in contracts by id: that of a platform has the name of its folder, with hyphens."""
    alone = {name.removesuffix(".yaml"): os.path.join(_BUILT_IN, name) for name in border.own_names(_BUILT_IN, ".yaml")}
    return alone | {os.path.basename(os.path.dirname(path)).replace("_", "-"): path for path in platforms("contract.yaml")}


@cache
def _text_of_built_in(name: str) -> str:
    return border.own(_built_in()[name])


def _own() -> dict[str, str]:
    """The files of the repository's own contracts by name: those of the nearest folder above, up to the top of the repository."""
    folder = os.getcwd()
    while not os.path.isdir(place := os.path.relpath(os.path.join(folder, ".auditor", "contracts"))):
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return {}
        folder = above
    found = border.named(place).names(place)
    return {os.path.splitext(name)[0]: os.path.join(place, name) for name in found if name.endswith((".yaml", ".yml"))}


def text(name_or_path: str) -> str:
    """The YAML of a contract, as a starting point for your own.

    Raises:
        AuditError: there is none of that name, or the file cannot be read.
    """
    return _source(name_or_path)[0]


def skeleton() -> str:
    """A contract with comments, to be filled in."""
    return border.own(border.beside(__file__, "skeleton.yaml"))


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
    known_parameters(parameters, (file,))
    return contract_of(file, parameters)


def load_all(
    names_or_paths: Sequence[str], parameters: Mapping[str, str], now: dt.datetime | None = None
) -> tuple[tuple[Contract, ...], tuple[InputError, ...]]:
    """Several contracts, each given those of the parameters that it has; and what is wrong with files that cannot be used.

    Args:
        names_or_paths: each as `load` takes it.
        parameters: values by name.
        now: when the requests are made; None for the time that a contract has by itself.

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
    known_parameters(parameters, files)
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
    if now is not None:
        loaded = [dataclasses.replace(contract, now=now.timestamp()) for contract in loaded]
    return tuple(loaded), tuple(problems)


def load_for(name_or_path: str, own: Mapping[str, str], shared: Mapping[str, str]) -> tuple[Contract, tuple[str, ...]]:
    """A contract, and the parameters that it declares.

    Args:
        name_or_path: as `load` takes it.
        own: parameters of this contract.
        shared: parameters for whichever contracts declare them; they win.

    Raises:
        AuditError: as `load` raises it, for the contract and its own parameters.
    """
    file = read(name_or_path)
    known_parameters(own, (file,))
    known = declared(file)
    return contract_of(file, {**own, **{name: value for name, value in shared.items() if name in known}}), tuple(known)


def is_path(name_or_path: str) -> bool:
    """Whether the name of a contract is the path of a file."""
    return "/" in name_or_path or name_or_path.endswith((".yaml", ".yml"))


def read(name_or_path: str) -> ContractFile:
    """The file of a contract.

    Raises:
        AuditError: there is no such contract, or the file breaks the schema.
    """
    if name_or_path in _built_in():
        return _read_built_in(name_or_path)
    source, path = _source(name_or_path)
    return ContractFile(source, path, built_in=False)


def _source(name_or_path: str) -> tuple[str, str]:
    """The text of a contract, and what it is called in messages; no other one can have the name of one that is built in."""
    if name_or_path in _built_in():
        return _text_of_built_in(name_or_path), f"{name_or_path}.yaml"
    path = _own().get(name_or_path, name_or_path)
    if not is_path(path):
        listed = "; 'auditor contracts' lists them"
        raise AuditError(f"there is no contract '{path}'{did_you_mean(path, names()) or listed}")
    try:
        return border.named(path).text(path), path
    except OSError as error:
        raise failure(InputError(Location(path), f"the contract cannot be read: {error.strerror or error}")) from error
    except ValueError as error:
        raise failure(InputError(Location(path), "the contract is not UTF-8")) from error


@cache
def _read_built_in(name: str) -> ContractFile:
    return ContractFile(text(name), f"{name}.yaml", built_in=True)


def known_parameters(given: Mapping[str, str], files: Sequence[ContractFile]) -> None:
    """Checks that each parameter that is given is one of some contracts.

    Raises:
        AuditError: one is not.
    """
    there = tuple(dict.fromkeys(name for file in files for name in declared(file)))
    for name in given:
        if name not in there:
            raise parameter_not_known(name, [file.document["id"] for file in files], there)


def parameter_not_known(name: str, contracts: Sequence[str], there: Iterable[str]) -> AuditError:
    """The exception for a parameter that none of some contracts declares."""
    there = tuple(there)
    known = ", ".join(there) or "none"
    which = " and ".join(f"'{contract}'" for contract in contracts)
    noun, verb, they = ("contract", "has", "it has") if len(contracts) == 1 else ("contracts", "have", "they have")
    return AuditError(f"{noun} {which} {verb} no parameter '{name}'{did_you_mean(name, there)} ({they}: {known})")
