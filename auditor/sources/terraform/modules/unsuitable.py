"""What `for_each` does not go through: Terraform refuses it, and nothing is made.

Only what the code shows is refused: an attribute of a resource, a variable of any type, or what a module gives may be a set as well as a list.

Source: Terraform, internal/terraform/eval_for_each.go, "Invalid for_each argument": a map or a set of strings, neither a list nor a tuple; what
functions return: developer.hashicorp.com/terraform/language/functions, and of splats and `for`: …/language/expressions.
"""

from __future__ import annotations

from typing import Protocol

from auditor.foundation.errors import InputError
from auditor.sources.terraform.modules.variables import Declaration
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Block,
    Call,
    Conditional,
    Expression,
    ForExpression,
    GetAttribute,
    Literal,
    Splat,
    TupleExpression,
    Variable,
)

# Whatever they are given, they return a list or a tuple.
_LISTS = frozenset(
    {
        "chunklist", "compact", "concat", "csvdecode", "distinct", "flatten", "formatlist", "keys", "matchkeys", "range", "regexall",
        "reverse", "slice", "sort", "split", "tolist", "values",
    }
)  # fmt: skip
_SAME = frozenset({"nonsensitive", "sensitive"})
_DEEPEST = 20


class Names(Protocol):
    """What the names in a module are declared as."""

    def local_of(self, name: str) -> Attribute | None:
        """A local value; None where there is none."""
        ...

    def declared(self, name: str) -> Declaration | None:
        """A variable; likewise."""
        ...


def unsuitable(block: Block, module: Names) -> InputError | None:
    """Why Terraform refuses the `for_each` of a resource or module call; None where it may take it.

    Args:
        block: it.
        module: where its names are declared.
    """
    attribute = block.body.attributes.get("for_each")
    if attribute is None:
        return None
    given = _given(attribute.expression, module, _DEEPEST)
    if given is None:
        return None
    cure = "write toset(…) around it" if given == "a list" else "write a map, or toset([…])"
    place = attribute.expression.location
    return InputError(place, f"Invalid for_each argument: it goes through a map or a set of texts, and this is {given}: {cure}")


def _given(expression: Expression, module: Names, depth: int) -> str | None:
    """What an expression certainly is, where `for_each` does not go through it."""
    match expression:
        case TupleExpression() | Splat() | ForExpression(result_key=None):
            return "a list"
        case Literal(value) if value is not None:
            return "a single value"
        case Call(function=called, arguments=arguments):
            if called in _SAME and len(arguments) == 1:
                return _given(arguments[0], module, depth)
            return "a list" if called in _LISTS else None
        case Conditional(_, then, otherwise) if depth:
            one, other = (_given(branch, module, depth - 1) for branch in (then, otherwise))
            return one if one == other else None
        case GetAttribute(Variable("local"), name) if depth and (local := module.local_of(name)) is not None:
            return _given(local.expression, module, depth - 1)
        case GetAttribute(Variable("var"), name) if (declared := module.declared(name)) is not None:
            return "a list" if declared.type.kind in ("list", "tuple") else None
    return None
