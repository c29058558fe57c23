"""Loading contracts: the built-in ones beside this module, or a file of the user's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.contract import Confidence, Contract, Need, NeedKind, Source
from auditor.errors import AuditError

_HERE = Path(__file__).parent
_HOLE = re.compile(r"\$\{([a-z][a-z0-9-]*)\}")


def names() -> tuple[str, ...]:
    """The ids of the built-in contracts, sorted."""
    return tuple(sorted(path.stem for path in _HERE.glob("*.yaml")))


def text(name: str) -> str:
    """The YAML of a built-in contract, to start one's own from.

    Raises:
        AuditError: there is none of that name.
    """
    if name not in names():
        raise AuditError(f"there is no built-in contract '{name}'{_nearest(name, names())} (built in: {', '.join(names())})")
    return (_HERE / f"{name}.yaml").read_text(encoding="utf-8")


def load(name_or_path: str, parameters: Mapping[str, str]) -> Contract:
    """A contract with its parameters filled in.

    Args:
        name_or_path: the id of a built-in contract, or the path of a YAML file (anything with a slash, or ending in .yaml or .yml).
        parameters: values by name; those that are missing take their defaults.

    Raises:
        AuditError: no such contract, a file that breaks the schema (with line and column), an unknown parameter or a value it refuses.
    """
    is_path = "/" in name_or_path or name_or_path.endswith((".yaml", ".yml"))
    if is_path:
        try:
            source = Path(name_or_path).read_text(encoding="utf-8")
        except OSError as error:
            raise AuditError(f"{name_or_path}: the contract cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise AuditError(f"{name_or_path}: the contract is not UTF-8") from error
    else:
        source = text(name_or_path)
    path = name_or_path if is_path else f"{name_or_path}.yaml"
    document = _parse(source, path, check=is_path)
    return _contract(document, _parameters(document, parameters), path)


def _parse(source: str, path: str, *, check: bool) -> dict[str, Any]:
    import yaml

    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    try:
        root = yaml.compose(source, loader)
        document = yaml.load(source, loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise AuditError(f"{place}: the contract is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise AuditError(f"{path}: the contract is not YAML: {error}") from error
    # A built-in contract is checked by the tests; loading jsonschema would cost more than all the rest of a run.
    if check:
        _check_schema(document, root, path)
    return document  # type: ignore[no-any-return]  # the schema says it is a mapping


def _check_schema(document: object, root: Any, path: str) -> None:
    import jsonschema

    schema = json.loads((_HERE / "contract.schema.json").read_text(encoding="utf-8"))
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        raise AuditError(
            "\n".join(f"{path}:{_place(root, list(error.absolute_path))}: {_explain(error, schema)}" for error in errors)
        )


def _explain(error: Any, schema: Mapping[str, Any]) -> str:
    where = "/".join(map(str, error.absolute_path)) or "the contract"
    if error.validator == "additionalProperties":
        known = tuple(error.schema.get("properties", schema["properties"]))
        unknown = sorted(set(error.instance) - set(known))
        return f"{where}: unknown key '{unknown[0]}'{_nearest(unknown[0], known)}"
    return f"{where}: {error.message}"


def _place(node: Any, path: list[str | int]) -> str:
    """Line and column of the value at a path below a composed YAML node, or of the nearest one that exists."""
    for step in path:
        children = node.value
        node = children[step] if isinstance(step, int) else next((value for key, value in children if key.value == step), node)
    return f"{node.start_mark.line + 1}:{node.start_mark.column + 1}" if node else "1:1"


def _nearest(word: str, known: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _parameters(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    declared: Mapping[str, Mapping[str, Any]] = document.get("parameters", {})
    filled: dict[str, str] = {}
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise AuditError(
                f"contract '{document['id']}' has no parameter '{name}'{_nearest(name, tuple(declared))} (it has: {known})"
            )
    for name, parameter in declared.items():
        if name not in given and "default" not in parameter:
            raise AuditError(
                f"contract '{document['id']}' needs a value for '{name}' ({parameter['description']}): --with {name}=…"
            )
        value = given.get(name, parameter.get("default", ""))
        if "choices" in parameter and value not in parameter["choices"]:
            raise AuditError(
                f"contract '{document['id']}': '{name}' is one of {', '.join(parameter['choices'])}, not '{value}'"
                f"{_nearest(value, tuple(parameter['choices']))}"
            )
        if "pattern" in parameter and value and not re.fullmatch(parameter["pattern"], value):
            raise AuditError(f"contract '{document['id']}': '{value}' is no value for '{name}' ({parameter['description']})")
        filled[name] = value
    return filled


def _contract(document: Mapping[str, Any], parameters: Mapping[str, str], path: str) -> Contract:
    def fill(value: str) -> str:
        def one(hole: re.Match[str]) -> str:
            if hole[1] not in parameters:
                raise AuditError(f"{path}: ${{{hole[1]}}} names no parameter of the contract")
            return parameters[hole[1]]

        return _HOLE.sub(one, value)

    principal = fill(document.get("principal", {}).get("arn", ""))
    return Contract(
        id=document["id"],
        title=document["title"],
        principal=principal,
        account=principal.split(":")[4] if principal.count(":") >= 5 else "",
        origin=fill(document.get("origin", {}).get("url", "")),
        needs=tuple(
            _need(need, fill)
            for need in document["needs"]
            if all(parameters.get(name) in values for name, values in need.get("when", {}).items())
        ),
        parameters=dict(parameters),
        assumptions=tuple(document.get("assumptions", ())),
    )


def _need(document: Mapping[str, Any], fill: Any) -> Need:
    kind = NeedKind(document["id"].partition(":")[0])
    return Need(
        id=document["id"],
        kind=kind,
        why=document["why"],
        sources=tuple(Source(source["url"], Confidence(source["confidence"])) for source in document.get("sources", ())),
        prefix=fill(document.get("prefix", "")),
        method=document["id"].partition(":")[2] if kind is NeedKind.CORS else "",
        headers=tuple(document.get("headers", ())),
        exposed=tuple(document.get("exposed", ())),
    )
