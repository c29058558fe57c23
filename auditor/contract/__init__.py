"""What one consumer needs of a bucket: a YAML file, checked against a schema that the kinds of need make up together.

`types` says what a contract is, `kinds` finds the kinds of need, `load` reads the built-in contracts and files of the user's.
"""

from auditor.contract.party import NOBODY, Party, PartyKind, Sent, Trust, principal_fault
from auditor.contract.types import AnyNeed, Confidence, Contract, Contradiction, Doubt, Need, Source, WrittenNeed

__all__ = [
    "NOBODY",
    "AnyNeed",
    "Confidence",
    "Contract",
    "Contradiction",
    "Doubt",
    "Need",
    "Party",
    "PartyKind",
    "Sent",
    "Source",
    "Trust",
    "WrittenNeed",
    "principal_fault",
]
