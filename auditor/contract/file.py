"""A contract as text: YAML that fits the schema of contracts."""

from __future__ import annotations

from auditor.contract.kinds import schema
from auditor.foundation.yaml_file import YamlFile


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
        super().__init__(source, path, "the contract", None if built_in else schema)
