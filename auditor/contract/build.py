"""A contract of what a file says: its parameters filled in, its principals and needs, and what could never be proven right."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from auditor.aws import object_keys
from auditor.contract.doubt import not_given, principals, remembered
from auditor.contract.file import ContractFile
from auditor.contract.kinds import kind_of
from auditor.contract.party import NOBODY, OWNER, Party, Trust, account_of
from auditor.contract.types import Contract, Doubt, Need
from auditor.contract.written import Filling, NeedInFile, holes, split
from auditor.foundation.errors import AuditError, InputError, did_you_mean, failure

_SOURCE = "aws:SourceArn"


class Lenient(enum.Enum):
    """What of a contract is left out where it could never be proven right."""

    NO = "nothing"
    MISSING = "what lacks a value"
    YES = "everything"


def declared(file: ContractFile) -> Mapping[str, Mapping[str, Any]]:
    """The parameters of a contract, as they are written, by name."""
    return cast("Mapping[str, Mapping[str, Any]]", file.document.get("parameters", {}))


def _parameters(file: ContractFile, given: Mapping[str, str], ungiven: Collection[str]) -> dict[str, str]:
    contract = file.document["id"]
    if lacking := [name for name, one in declared(file).items() if name not in given and "default" not in one]:
        raise AuditError(needed(file, lacking))
    filled: dict[str, str] = {}
    for name, parameter in declared(file).items():
        value = given.get(name, parameter.get("default", ""))
        if "choices" in parameter and value not in parameter["choices"] and name not in ungiven:
            raise AuditError(
                f"contract '{contract}': '{name}' is one of {', '.join(parameter['choices'])}, not '{value}'"
                f"{did_you_mean(value, tuple(parameter['choices']))}"
            )
        is_own = file.built_in and (name not in given or value == OWNER)  # its tests have tried its defaults
        if "pattern" in parameter and value and not is_own and not re.fullmatch(parameter["pattern"], value):
            raise AuditError(f"contract '{contract}': '{value}' is not a valid value for '{name}' ({parameter['description']})")
        filled[name] = value
    return filled


def needed(file: ContractFile, names: Iterable[str]) -> str:
    """That parameters of a contract need values, one line each."""
    known, contract = declared(file), file.document["id"]
    return "\n".join(
        f"contract '{contract}' needs a value for '{name}' ({known[name]['description'].removesuffix('.')}): --with {name}=…"
        for name in names
    )


def variants(file: ContractFile, *, strict: bool = False) -> Iterator[Contract]:
    """A contract with the defaults of its parameters, then with the other values on which it depends who its principals are.

    A parameter without a default is taken as a value that is not known.

    Args:
        file: the contract.
        strict: whether the contract must be right in every variant, as far as its parameters have values.

    Raises:
        AuditError: something in the contract could never be proven right.
    """
    chosen = dict.fromkeys(name for _, written in principals(file.document) for name in written.get("when", {}))
    values = [_values(declared(file)[name]) for name in chosen if name in declared(file)]
    for given in itertools.product(*values):
        named = dict(zip(chosen, given, strict=True))
        missing = {name: "" for name, parameter in declared(file).items() if "default" not in parameter and name not in named}
        lenient = Lenient.MISSING if missing and strict else Lenient.NO if strict else Lenient.YES
        contract = contract_of(file, missing | named, ungiven=missing.keys(), lenient=lenient)
        if contract.needs:
            yield contract


def made_for(file: ContractFile, contract: Contract, address: str) -> Contract | None:
    """A variant of a contract whose requests are made for a resource of the code; None where no parameter is for that, or one has a value.

    Args:
        file: the contract.
        contract: the variant, as of `variants`.
        address: of the resource.
    """
    asked = (written for _, written in principals(file.document) if _is_asked(written, contract.parameters))
    texts = {str(written.get("requests", {}).get(_SOURCE, "")) for written in asked}
    names = [name for text in texts for name in holes(text) if text == f"${{{name}}}" and not contract.parameters.get(name)]
    return _filled_in(file, contract, {names[0]: address}) if len(texts) == 1 and names else None


def made_below(file: ContractFile, contract: Contract, folders: Iterable[str]) -> Contract | None:
    """A variant of a contract with the values that some keys of the bucket say; None where these say none, or not one alone.

    Args:
        file: the contract.
        contract: the variant, as of `variants`.
        folders: what keys begin with that its principal may write, `OWNER` in them standing for itself.
    """
    lacking = _lacking(file, contract)
    written = [each.get("prefix") for each in file.document["needs"] if each["id"] == "s3:PutObject"]
    templates = [template for template in written if isinstance(template, str)]
    told = {_told(template, folder, lacking) for folder in folders for template in templates} - {()}
    return _filled_in(file, contract, dict(told.pop())) if len(told) == 1 else None


def _lacking(file: ContractFile, contract: Contract) -> list[str]:
    """The parameters that have no value in a variant of a contract."""
    return [name for name, one in declared(file).items() if "default" not in one and not contract.parameters.get(name)]


def _filled_in(file: ContractFile, contract: Contract, values: Mapping[str, str]) -> Contract | None:
    """A variant of a contract with further values; None where a parameter does not take one."""
    ungiven = [name for name in _lacking(file, contract) if name not in values]
    try:
        return contract_of(file, {**contract.parameters, **values}, ungiven=ungiven, lenient=Lenient.YES)
    except AuditError:
        return None


def _told(template: str, folder: str, lacking: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The values of parameters with which a prefix begins with what some keys begin with: of as many as that says, none where it says nothing."""
    texts, named = split(template)
    if not set(named) <= {*lacking} or len(folder) > object_keys.LONGEST:
        return ()
    for count in range(len(named), 0, -1):
        pattern = "".join(f"{re.escape(text)}(?P<h{at}>.*?)" for at, text in enumerate(texts[:count]))
        end = "".join(f"(?:{re.escape(letter)}" for letter in texts[count]) + ")?" * len(texts[count])
        found = re.fullmatch(pattern + end, folder)
        values = tuple((name, found[f"h{at}"]) for at, name in enumerate(named[:count])) if found else ()
        if values and all(_may_be(name, value, after) for (name, value), after in zip(values, texts[1:], strict=False)):
            return values
    return ()


def _may_be(name: str, value: str, after: str) -> bool:
    """Whether what stands in a key may be the value of a parameter: an account, or a prefix, with its slash where something is put behind it.

    Source: Elastic Load Balancing User Guide for Application Load Balancers, "Enable access logs": a prefix does not contain AWSLogs.
    """
    if name == "account":
        return bool(value) and value in (OWNER, account_of(value))
    return OWNER not in value and "AWSLogs" not in value and (not value or not after or value.endswith("/"))


def _values(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of a parameter, its default first."""
    return tuple(dict.fromkeys((parameter.get("default", parameter["choices"][0]), *parameter["choices"])))


def contract_of(
    file: ContractFile, given: Mapping[str, str], *, ungiven: Collection[str] = (), lenient: Lenient = Lenient.NO
) -> Contract:
    """The contract of a file.

    Args:
        file: it.
        given: values of parameters; those that are missing take their defaults.
        ungiven: the names of those of them that stand for values that are not known: no need fails for want of them.
        lenient: what is left out rather than refused.

    Raises:
        AuditError: a value is missing or refused, or something in the contract could never be proven right.
    """
    parameters = _parameters(file, given, ungiven)
    document, filling = file.document, Filling(file, parameters, ungiven)
    parties = tuple(_parties(file, filling, parameters))
    origins = filling.texts(document.get("origin", {}).get("url", []), "origin", "url")
    needs: list[Need] = []
    for index, each in enumerate(document["needs"]):
        doubt = remembered(each, document) or not_given(each, document, ungiven)
        read = tuple(_needs(each, index, filling, parties, document, doubt))
        needs.extend(read if _is_asked(each, parameters) and _party(each, parties) is not None else ())
    needs = [*_assumed(file, filling, needs, ungiven), *needs]
    # What a built-in contract says of the platform is not true of a principal that stands in for it.
    stands_in = file.built_in and any(
        _stands_in(file, each.get("arn", ""), parameters) for _, each in principals(document) if "assumed-by" not in each
    )
    contract = Contract(
        id=document["id"],
        title=document["title"],
        parties=parties or (NOBODY,),
        origins=origins,
        needs=tuple(needs),
        parameters=dict(parameters),
        assumptions=() if stands_in else tuple(document.get("assumptions", ())),
    )
    if lenient is Lenient.MISSING and filling.problems:
        raise failure(*dict.fromkeys(filling.problems))
    if lenient is not Lenient.NO:
        return replace(contract, needs=tuple(need for need in contract.needs if not any(need.contradictions(contract))))
    if not contract.needs and not filling.problems:
        raise AuditError(f"contract '{contract.id}' needs nothing with these parameters")
    problems = (*filling.problems, *_contradictions(file, contract))
    if problems:
        raise failure(*dict.fromkeys(problems))
    return contract


def _parties(file: ContractFile, filling: Filling, parameters: Mapping[str, str]) -> Iterator[Party]:
    """Those of the principals that are asked with the parameters."""
    for place, written in principals(file.document):
        if not _is_asked(written, parameters):
            continue
        stands_in = _stands_in(file, written.get("arn", ""), parameters)
        yield Party(
            principal=filling.text(written.get("arn", ""), *place, "arn"),
            outside=file.built_in and not stands_in and not _is_given(file, written.get("arn", "")) and "assumed-by" not in written,
            id=written.get("id", ""),
            requests=filling.sent(written.get("requests", {}), *place, "requests"),
            trust=_trust(file, written["assumed-by"], filling, (*place, "assumed-by")) if "assumed-by" in written else None,
            name=filling.text(written.get("name", ""), *place, "name"),
            given_by=_given_by(file, written, filling),
            of_owner=written.get("of-owner") == "true",
        )


def _given_by(file: ContractFile, written: Mapping[str, Any], filling: Filling) -> dict[str, str]:
    """The options that give what requests have, by context key: the last one is to be given.

    A built-in contract may have been found without being named. Once it is, it needs all that has no default.
    """
    named = [f"--contract {file.document['id']}"] if file.built_in else []
    needed = [name for name, parameter in declared(file).items() if "default" not in parameter]
    texts = {key: text for key, text in written.get("requests", {}).items() if isinstance(text, str)}
    return {
        key: " ".join((*named, *(f"--with {one}={filling.given(one)}" for one in needed if one != name), f"--with {name}"))
        for key, text in texts.items()
        for name in holes(text)[:1]
    }


def _trust(file: ContractFile, written: Mapping[str, Any], filling: Filling, place: tuple[str | int, ...]) -> Trust:
    return Trust(
        principal=filling.text(written["arn"], *place, "arn"),
        requests=filling.sent(written.get("requests", {}), *place, "requests"),
        required=tuple(written.get("required", ())),
        itself=written.get("itself") == "true",
        given_by=_given_by(file, written, filling),
        session_policy=filling.document(written.get("session-policy"), *place, "session-policy"),
    )


def _stands_in(file: ContractFile, written: str, parameters: Mapping[str, str]) -> bool:
    """Whether a principal of a built-in contract is not the one that the contract names."""
    known = {name: parameter["default"] for name, parameter in declared(file).items() if "default" in parameter}
    return file.built_in and any(parameters.get(name) != known[name] for name in holes(written) if name in known)


def _is_given(file: ContractFile, written: str) -> bool:
    """Whether a principal is somebody whom only the user can name: a parameter without a default."""
    parameters = declared(file)
    return any(name in parameters and "default" not in parameters[name] for name in holes(written))


def _needs(
    document: Mapping[str, Any],
    index: int,
    filling: Filling,
    parties: Sequence[Party],
    contract: Mapping[str, Any],
    doubt: Doubt | None,
) -> Iterator[Need]:
    """The need as it is written, once for each text of the keys that may have several."""
    kind = kind_of(document["id"])
    urls = contract.get("origin", {}).get("url", "")
    lists = {
        "origin": urls if isinstance(urls, list) else [urls],
        **{key: document[key] for key in kind.SEVERAL if key in document},
    }
    several = {key: lists[key] for key in kind.SEVERAL if isinstance(lists.get(key), list)}
    party = _party(document, parties) or NOBODY
    for texts in itertools.product(*several.values()):
        scope = [text for text, values in zip(texts, several.values(), strict=True) if len(values) > 1]
        if len(parties) > 1 and "by" in document:
            scope.append(f"by {party.id}")
        one = {**document, **dict(zip(several, texts, strict=True))}
        yield kind.read(NeedInFile(one, index, filling, party, " ".join(scope), doubt))


def _assumed(file: ContractFile, filling: Filling, needs: Sequence[Need], ungiven: Collection[str]) -> Iterator[Need]:
    """That the roles which some needs are of can be assumed, where the contract does not ask it itself."""
    parties = tuple(dict.fromkeys(need.party for need in needs))
    for party in parties:
        trust = party.trust
        if trust is None or any(need.party == party and need.id.partition(" ")[0] == trust.action for need in needs):
            continue
        written = {"id": trust.action, "why": f"{file.document['title']} assumes the role."}
        by = {"by": party.id} if party.id else {}
        scope = f"by {party.id}" if len(parties) > 1 else ""
        asked = {**written, **by}
        doubt = remembered(asked, file.document) or not_given(asked, file.document, ungiven)
        yield kind_of(trust.action).read(NeedInFile(written, 0, filling, party, scope, doubt))


def _party(document: Mapping[str, Any], parties: Sequence[Party]) -> Party | None:
    """Whose need it is; None where that principal is not asked with the parameters."""
    if "by" not in document:
        return parties[0] if parties else NOBODY
    return next((party for party in parties if party.id == document["by"]), None)


def _is_asked(document: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    return all(parameters.get(name) in values for name, values in document.get("when", {}).items())


def _contradictions(file: ContractFile, contract: Contract) -> Iterator[InputError]:
    """What a schema cannot say: needs that nobody has, and values that could never be proven right."""
    for need in contract.needs:
        for contradiction in need.contradictions(contract):
            yield InputError(file.place(*contradiction.place), contradiction.message)
    yield from _unknown_names(file, contract)
    names: set[str] = set()
    for need in contract.needs:
        if need.id in names:
            written_id = need.id.partition(" ")[0]
            last = max(index for index, document in enumerate(file.document["needs"]) if document["id"] == written_id)
            yield InputError(file.place("needs", last, "id"), f"'{need.id}' is needed twice")
        names.add(need.id)


def _unknown_names(file: ContractFile, contract: Contract) -> Iterator[InputError]:
    """Parameters and principals that are named and that the contract does not have."""
    ids = tuple(each["id"] for _, each in principals(file.document) if "id" in each)
    written = [*principals(file.document), *((("needs", index), each) for index, each in enumerate(file.document["needs"]))]
    for place, document in written:
        for name in document.get("when", {}):
            if name not in contract.parameters:
                known = tuple(contract.parameters)
                yield InputError(
                    file.place(*place, "when", name), f"'{name}' names no parameter of the contract{did_you_mean(name, known)}"
                )
        if "by" in document and document["by"] not in ids:
            yield InputError(
                file.place(*place, "by"),
                f"'{document['by']}' names no principal of the contract{did_you_mean(document['by'], ids)}",
            )
