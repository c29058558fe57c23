"""The typed syntax tree of HCL: bodies of attributes and blocks, and expressions.

`reader` makes it of native syntax, `json` of JSON syntax (`.tf.json`). HCL's own terms are used:
https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Scalar, SourceMap
from auditor.lazy.classes import unguarded


@unguarded
class Literal:
    """A number, bool, null, or a string without interpolation (escapes resolved)."""

    value: Scalar
    location: Location
    source_map: SourceMap | None = None


@unguarded
class TemplateExpression:
    """A quoted template or heredoc: literal text and expressions in turn.

    Directives are lowered too: `%{ if }` to a `Conditional`, `%{ for }` to a `TemplateFor`. Strip markers are already applied.

    Attributes:
        parts: literal text (escapes resolved) and expressions.
        source_map: for a heredoc, where its lines were written; a part that is an expression counts as one character.
    """

    parts: tuple[str | Expression, ...]
    location: Location
    source_map: SourceMap | None = None


@unguarded
class TemplateFor:
    """`%{ for k, v in collection }body%{ endfor }`: the concatenation of the bodies."""

    key: str | None
    value: str
    collection: Expression
    body: Expression
    location: Location


@unguarded
class TupleExpression:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    location: Location


@unguarded
class ObjectExpression:
    """`{ key = value }`; a bare identifier as key is a string `Literal`, `(expression)` any expression."""

    entries: tuple[tuple[Expression, Expression], ...]
    location: Location


@unguarded
class ForExpression:
    """`[for k, v in collection : result if condition]`, or with `result_key` the object form; `grouping` is the trailing `...`."""

    key: str | None
    value: str
    collection: Expression
    result_key: Expression | None
    result: Expression
    condition: Expression | None
    grouping: bool
    location: Location


@unguarded
class Call:
    """`name(arguments)`; `expand` when the last argument is followed by `...`. Provider functions have their full name."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool
    location: Location

    @property
    def function(self) -> str:
        """The name without `core::`, which may be written before that of any function of the language."""
        return self.name.removeprefix("core::")


@unguarded
class Conditional:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    location: Location


@unguarded
class Unary:
    """`!a` or `-a`."""

    operator: str
    operand: Expression
    location: Location


@unguarded
class Binary:
    """`a operator b`: one of `|| && == != < <= > >= + - * / %`."""

    operator: str
    left: Expression
    right: Expression
    location: Location


@unguarded
class Variable:
    """The root of a traversal: a bare name such as `var`, `local`, `each`, `aws_s3_bucket`, or a name bound by `for`."""

    name: str
    location: Location


@unguarded
class GetAttribute:
    """`source.name`; the legacy `source.0` is an `Index` with a number."""

    source: Expression
    name: str
    location: Location


@unguarded
class Index:
    """`source[key]`; `legacy` where it is written `source.0`."""

    source: Expression
    key: Expression
    location: Location
    legacy: bool = False


@unguarded
class Splat:
    """`source[*]` or `source.*`; `each` is applied to every element with the element bound to `SplatItem`.

    `full` is True for `[*]`, which takes all steps that follow into `each`, further splats included; the attribute-only splat `.*` takes
    names and legacy indexes only, so `a.*.b[0]` is an `Index` of a `Splat`.
    """

    source: Expression
    each: Expression
    full: bool
    location: Location


@unguarded
class SplatItem:
    """The element under a splat; the innermost enclosing `Splat` binds it."""

    location: Location


@unguarded
class Unsupported:
    """Syntax that was recognised but not lowered; evaluates to an unknown with this reason, and what it is called where it has a name."""

    reason: str
    location: Location
    called: str = ""


Expression = (
    Literal
    | TemplateExpression
    | TemplateFor
    | TupleExpression
    | ObjectExpression
    | ForExpression
    | Call
    | Conditional
    | Unary
    | Binary
    | Variable
    | GetAttribute
    | Index
    | Splat
    | SplatItem
    | Unsupported
)


def is_constant(expression: Expression, deepest: int = 16) -> bool:
    """Whether an expression is written out, so that its value is the same wherever it stands; not where it is nested deeply.

    Args:
        expression: it.
        deepest: how many lists and objects may be in each other.
    """
    match expression:
        case Literal(value):
            return not isinstance(value, float)  # of some nothing is known
        case TemplateExpression(parts):
            return all(isinstance(part, str) for part in parts)
        case TupleExpression(items):
            return deepest > 0 and all(is_constant(item, deepest - 1) for item in items)
        case ObjectExpression(entries):
            return deepest > 0 and all(is_constant(part, deepest - 1) for entry in entries for part in entry)
    return False


@unguarded
class Attribute:
    """`name = expression`; `location` covers the whole attribute from its name to the end of its expression."""

    name: str
    expression: Expression
    location: Location


@unguarded
class Body:
    """The inside of a block; `attributes` by name, `blocks` in order (a `dynamic` block is a `Block` like others)."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


@unguarded
class UnparsedBlock:
    """A block of which only the header could be read: what it says is unknown.

    Attributes:
        type: `resource`, `data`, ….
        labels: the labels in order.
        header: the type and labels as written.
        location: the whole block as far as its end is known.
        error: why it cannot be parsed.
        text: it, as far as its end is known; another block may be hidden in it.
    """

    type: str
    labels: tuple[str, ...]
    header: Location
    location: Location
    error: InputError
    text: str = ""


@unguarded
class Block:
    """`type "label" { body }`.

    Attributes:
        type: `resource`, `data`, `module`, `rule`, ….
        labels: the labels in order.
        header: the type and labels as written, up to the brace.
        location: the whole block.
    """

    type: str
    labels: tuple[str, ...]
    body: Body
    header: Location
    location: Location
