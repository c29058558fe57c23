"""A contract as text: YAML that fits the schema of contracts.

What the built-in ones say is in `documents.json` too, which `make docs` writes: a line for each text that is known, under its digest. So a run
reads no YAML for them, and a contract that was edited is read from its text.
"""

from __future__ import annotations

import json
from typing import Any

from auditor.contract.kinds import schema
from auditor.foundation.border import beside, digest, own_lines
from auditor.foundation.yaml_file import YamlFile

_DOCUMENTS = beside(__file__, "documents.json")


class ContractFile(YamlFile):
    """A contract that has been read, and where its values stand.

    Args:
        source: the text.
        path: what it is called in messages.
        built_in: whether it ships with the package: then the tests have held it against the schema.

    Raises:
        AuditError: it is not YAML, has a key twice, or breaks the schema; one located problem for each fault.
    """

    def __init__(self, source: str, path: str, *, built_in: bool) -> None:
        self.built_in = built_in
        known = _known(source) if built_in else None
        super().__init__(source, path, "the contract", None if built_in else schema, document=known)


def line_of(source: str) -> str:
    """The line of `documents.json` for the text of a built-in contract, without a comma."""
    document = YamlFile(source, "", "the contract", None).document
    return f"{json.dumps(digest(source.encode()))}: {json.dumps(document, ensure_ascii=False)}"


def _known(source: str) -> Any:
    """What a text says, if it has its line; else None."""
    name = f"{json.dumps(digest(source.encode()))}: "
    line = next((line for line in own_lines(_DOCUMENTS) if line.startswith(name)), None)
    return json.JSONDecoder().raw_decode(line, len(name))[0] if line else None
