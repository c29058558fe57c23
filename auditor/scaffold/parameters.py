"""The parameters of a contract: those that are given, and those that become inputs of the code.

An input has an example value, with which the contract is built and the code is audited; in what is written, the input stands wherever the example
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.contract import Contract
from auditor.contract.build import contract_of, declared, needed
from auditor.contract.doubt import principals
from auditor.contract.file import ContractFile
from auditor.contract.written import holes
from auditor.fixes import Content, Encoded, Input, JoinedText
from auditor.fixes.fix import Part
from auditor.fixes.writer import parts_of
from auditor.foundation.errors import AuditError
from auditor.lazy.classes import dataclass

_ANY, _ARN = ".*", "arn:.*|[0-9]{12}"
_SHAPES = {"aws:sourcearn": "arn:.*", "aws:sourceaccount": "[0-9]{12}"}
# What tells one customer's requests from another's, which a policy therefore tests. Source: IAM User Guide, "The confused deputy problem".
_TELLING = ("sts:externalid", "aws:sourcearn", "aws:sourceaccount")


@dataclass(frozen=True, slots=True)
class Filled:
    """A contract with a value for each of its parameters.

    Attributes:
        file: the contract as it is written.
        values: by parameter: what is given, and examples.
        examples: the names of those that have an example.
    """

    file: ContractFile
    values: Mapping[str, str]
    examples: tuple[str, ...]

    def contract(self) -> Contract:
        """The contract.

        Raises:
            AuditError: a value is refused.
        """
        return contract_of(self.file, self.values)

    def description(self, name: str) -> str:
        """What a parameter is, as the contract says it."""
        return " ".join(str(declared(self.file)[name]["description"]).split())

    def with_inputs(self, content: Content) -> Content:
        """Content with an input wherever an example stands."""
        parts = {self.values[name]: Input(name) for name in self.examples}
        return replaced(content, parts) if parts else content


def filled(file: ContractFile, given: Mapping[str, str]) -> Filled:
    """A contract with what is given, and an example for each value that the code can take as an input.

    Raises:
        AuditError: a parameter has to be given.
    """
    known = declared(file)
    asked = [name for name, parameter in known.items() if name not in given and "default" not in parameter]
    asked += [name for name in dict.fromkeys(_telling(file)) if not given.get(name, known[name].get("default"))]
    shapes = dict(_shapes(file))
    examples = {
        name: _example(name, known[name], number, shapes.get(name, _ANY)) for number, name in enumerate(dict.fromkeys(asked), 1)
    }
    if lacking := [name for name, example in examples.items() if not example]:
        raise AuditError(needed(file, lacking))
    return Filled(file, {**given, **examples}, tuple(examples))


def _telling(file: ContractFile) -> Iterator[str]:
    """The parameters that tell one customer's requests from another's."""
    for _, written in principals(file.document):
        trust = written.get("assumed-by", {})
        for key, text in (*written.get("requests", {}).items(), *trust.get("requests", {}).items()):
            if key.lower() in _TELLING or key in trust.get("required", ()):
                yield from (name for one in ([text] if isinstance(text, str) else text) for name in holes(one))


def _shapes(file: ContractFile) -> Iterator[tuple[str, str]]:
    """The parameters whose place says what their values look like, each with a regular expression for it."""
    for _, written in principals(file.document):
        trust = written.get("assumed-by", {})
        yield from ((name, _ARN) for name in holes(trust.get("arn", "")))
        for key, text in written.get("requests", {}).items():
            if isinstance(text, str) and text == f"${{{''.join(holes(text))}}}":
                yield from ((name, _SHAPES.get(key.lower(), _ANY)) for name in holes(text))


def _example(name: str, parameter: Mapping[str, Any], number: int, shape: str) -> str:
    """A value that a parameter takes and that no text of a contract holds by chance; empty where none is known.

    Args:
        name: of the parameter.
        parameter: as it is written.
        number: of the example, from 1; no two have the same.
        shape: a regular expression that it must fit too.
    """
    account = f"98765432{number:04d}"
    candidates = (
        f"example-{name}",
        account,
        f"https://example-{name}.example.com",
        *(f"arn:aws:iam::{account}:{kind}/example" for kind in ("user", "role")),
        f"arn:aws:s3:::example-{name}",
        f"arn:aws:cloudfront::{account}:distribution/EXAMPLE",
        f"arn:aws:cloudtrail:eu-west-1:{account}:trail/example",
    )
    if "choices" in parameter:
        return ""
    pattern = parameter.get("pattern", ".*")
    return next((one for one in candidates if re.fullmatch(pattern, one) and re.fullmatch(shape, one)), "")


def replaced(content: Content, parts: Mapping[str, Part]) -> Content:
    """Content with a part in place of some texts, wherever they stand."""
    if isinstance(content, str):
        return _split(content, parts)
    if isinstance(content, JoinedText):
        return _joined([piece for part in content.parts for piece in _pieces(part, parts)])
    if isinstance(content, tuple):
        return tuple(replaced(one, parts) for one in content)
    if isinstance(content, Mapping):
        return {name: replaced(one, parts) for name, one in content.items()}
    if isinstance(content, Encoded):
        return Encoded({name: replaced(one, parts) for name, one in content.document.items()})
    return content


def parts_in(content: Content) -> Iterator[Part]:
    """Every part of the texts of content, in order."""
    if isinstance(content, tuple):
        for one in content:
            yield from parts_in(one)
    elif isinstance(content, Mapping):
        for one in content.values():
            yield from parts_in(one)
    elif isinstance(content, Encoded):
        yield from parts_in(content.document)
    elif not isinstance(content, bool):
        yield from parts_of(content)


def _split(text: str, parts: Mapping[str, Part]) -> Content:
    return _joined(list(_pieces(text, parts)))


def _pieces(part: Part, parts: Mapping[str, Part]) -> Iterator[Part]:
    if not isinstance(part, str):
        yield part
        return
    pattern = "|".join(re.escape(text) for text in sorted(parts, key=len, reverse=True))
    for piece in re.split(f"({pattern})", part):
        if piece:
            yield parts.get(piece, piece)


def _joined(pieces: Sequence[Part]) -> Content:
    """The pieces as one text."""
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(piece for piece in pieces if isinstance(piece, str))
    return JoinedText(tuple(pieces))
