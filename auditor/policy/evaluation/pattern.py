"""Texts of a policy as patterns: wildcards, policy variables, ARNs part by part, and what the code leaves unresolved as holes.

Source: IAM User Guide, "IAM policy elements: Variables and tags", "Resource", "Condition operators".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from auditor.foundation.glob import Wild
from auditor.foundation.value import Symbol, Text, text_parts
from auditor.lazy.expressions import regex

PatternToken = str | Wild | Symbol
PatternTokens = tuple[PatternToken, ...]
Lookup = Callable[[str], str | Symbol | None]
"""The value of a context key for a policy variable: its text, None when the request does not have it, a symbol when that is unknown."""

_VARIABLE = regex(r"\$\{([^}]*)\}")
_DEFAULT = regex(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")


def has_hole(tokens: PatternTokens) -> bool:
    """Whether the code leaves part of a pattern unresolved."""
    return Symbol in map(type, tokens)


def first_hole(tokens: PatternTokens) -> Symbol | None:
    """What is unresolved in a pattern first, None when nothing is."""
    return next((token for token in tokens if isinstance(token, Symbol)), None)


def literal_text(tokens: PatternTokens) -> str:
    """The characters of a pattern without wildcards and holes."""
    return "".join(token for token in tokens if isinstance(token, str))


def written(tokens: PatternTokens) -> str:
    """A pattern as it is written, a hole by its name in angle brackets."""
    return "".join(map(_written, tokens))


def _written(token: PatternToken) -> str:
    if isinstance(token, Symbol):
        return f"<{token.written}>"
    if isinstance(token, Wild):
        return "*" if token in (Wild.MANY, Wild.MANY_IN_SEGMENT) else "?"
    return token


_IN_SEGMENT = {Wild.MANY: Wild.MANY_IN_SEGMENT, Wild.ANY: Wild.ANY_IN_SEGMENT}


def arn_pattern(tokens: PatternTokens) -> PatternTokens | None:
    """An ARN pattern, compared part by part: in the first five parts a wildcard does not reach over a colon; None without six parts.

    A pattern with a hole may have its colons in the hole.
    """
    if has_hole(tokens):
        return tokens
    colons = 0
    parts: list[PatternToken] = []
    for token in tokens:
        if token == ":":
            colons += 1
        parts.append(_IN_SEGMENT[token] if colons < 5 and isinstance(token, Wild) and token in _IN_SEGMENT else token)
    return tuple(parts) if colons >= 5 else None


Replaced = str | Symbol | tuple[str]
"""A part of a text with its policy variables replaced; in a tuple of one string nothing is a wildcard."""


def resolve_variables(text: Text, variables: bool | Symbol, lookup: Lookup) -> list[Replaced] | None:
    """The parts of a text with its policy variables replaced; None when a variable has no value, so that nothing matches.

    Args:
        text: of the policy.
        variables: whether variables are replaced at all, or the symbol that decides it.
        lookup: the values of context keys.
    """
    parts: list[Replaced] = []
    written = text_parts(text)
    for part in _around_holes(written) if variables is not False and len(written) > 1 else written:
        if not isinstance(part, str) or "${" not in part or variables is False:
            parts.append(part)
        elif isinstance(variables, Symbol):
            parts.append(variables)
        else:
            replaced = _replaced(part, lookup)
            if replaced is None:
                return None
            parts.extend(replaced)
    return parts


def _replaced(text: str, lookup: Lookup) -> list[Replaced] | None:
    """A literal part with its variables replaced; None when one has no value."""
    parts: list[Replaced] = []
    position = 0
    for found in _VARIABLE.finditer(text):
        parts.append(text[position : found.start()])
        position = found.end()
        value = _value(found[1], lookup)
        if value is None:
            return None
        parts.append(value if isinstance(value, Symbol) else (value,))
    parts.append(text[position:])
    return parts


def _value(name: str, lookup: Lookup) -> str | Symbol | None:
    """The value of one variable: `${*}`, `${?}` and `${$}` stand for the character; a default stands in for a missing value."""
    if name in ("*", "?", "$"):
        return name
    named = _DEFAULT.fullmatch(name)
    if not named:
        return None
    value = lookup(named[1].lower())
    return named[2] if value is None else value


def _around_holes(parts: Sequence[str | Symbol]) -> Iterator[str | Symbol]:
    """The parts of a text without what a hole may make part of a variable: the hole stands for it as well."""
    for index, part in enumerate(parts):
        if isinstance(part, Symbol):
            yield part
            continue
        start = part.find("}") + 1 if index and "}" in part.partition("${")[0] else 0
        unclosed = part.rfind("${")
        if index + 1 < len(parts) and unclosed >= start and "}" not in part[unclosed:]:
            # What follows may belong to the variable, or not.
            yield part[start:unclosed]
            yield next(other for other in parts[index:] if isinstance(other, Symbol))
            return
        yield part[start:]
