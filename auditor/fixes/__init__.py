"""Fixes: data that rules yield (`fix`), writers for each syntax, and the edits that make them (`write`, `apply`).

A rule says what is to change in the terms of the AWS API and knows no language. `write` finds out how the code is written where it is to change.
"""

from auditor.fixes.fix import (
    AddCondition,
    AddElement,
    AddField,
    AddRule,
    AddStatement,
    Append,
    Attach,
    Change,
    Code,
    Content,
    Encoded,
    Fix,
    GiveArguments,
    Input,
    JoinedText,
    OwnAccount,
    Reference,
    Remove,
    RemoveConditions,
    Replace,
    items_of,
    place_of,
)

__all__ = [
    "AddCondition",
    "AddElement",
    "AddField",
    "AddRule",
    "AddStatement",
    "Append",
    "Attach",
    "Change",
    "Code",
    "Content",
    "Encoded",
    "Fix",
    "GiveArguments",
    "Input",
    "JoinedText",
    "OwnAccount",
    "Reference",
    "Remove",
    "RemoveConditions",
    "Replace",
    "items_of",
    "place_of",
]
