"""Whether two texts that may have holes are equal: the same three-valued answer for linking, for proofs and for `==` in code.

What is certainly equal is found by a look-up, so that not everything has to be compared with everything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from auditor.foundation.value import Domain, Known, Symbol, Text, Truth, text_of, text_parts
from auditor.lazy.expressions import regex

T = TypeVar("T")

# What a symbol of the domain can look like at all.
_SHAPES = {
    Domain.ACCOUNT: regex(r"\d{12}"),
    Domain.REGION: regex(r"[a-z]+(-[a-z]+)+-\d+"),
    Domain.BUCKET: regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    Domain.KEY: regex(r"[A-Za-z0-9-]+"),
}
# Source: AWS CloudFormation User Guide, "Name type": `stack123123123123-s3bucket-abcdefghijk1`, the names of stack and resource and a part that is drawn,
# of which the guide shows twelve and thirteen characters; a long name is shortened, so no more of the first two is certain.
DRAWN = 8
"""How many characters the part that is drawn of a made-up name has at least."""
_MADE_UP = regex(rf"[A-Za-z0-9-]+-[A-Za-z0-9-]+-[A-Za-z0-9]{{{DRAWN},}}")
# What is longer is not looked through: the time would grow with the square of its length.
_LONGEST = 256
# What no symbol of these domains can hold: an id or a name is never an ARN, a path or an alias.
_NEVER = regex(r"[^A-Za-z0-9.-]")


def known_by(text: Text) -> tuple[str | Symbol, ...]:
    """What two texts have in common exactly where they are certainly equal, for looking them up.

    Args:
        text: literal parts and holes.
    """
    return text_parts(text if isinstance(text, Known) else text_of(text_parts(text)))


def same_text(left: Text, right: Text) -> Truth:
    """Whether two texts are equal: FALSE only where literal text or the domains of their holes rule it out."""
    ours, theirs = text_parts(left), text_parts(right)
    if ours == theirs:
        return Truth.TRUE
    between = _between(ours, theirs)
    if between is None:
        return Truth.FALSE
    first, second = between
    if first == second:
        return Truth.TRUE
    match first, second:
        case ([Symbol() as one], [Symbol() as other]) if one.domain is other.domain and one.domain in (Domain.BUCKET, Domain.KEY):
            return Truth.FALSE
        case ([*parts], [str() as literal]) | ([str() as literal], [*parts]):
            return Truth.UNKNOWN if _can_be(parts, literal) else Truth.FALSE
        case ([Symbol() as hole], [*parts]) | ([*parts], [Symbol() as hole]) if hole.domain in _SHAPES and any(
            isinstance(part, str) and _NEVER.search(part) for part in parts
        ):
            return Truth.FALSE
        case ([], [*rest]) | ([*rest], []) if all(isinstance(part, str) or part.domain is not Domain.ANY for part in rest):
            return Truth.FALSE
    return Truth.UNKNOWN


def differing(left: Text, right: Text) -> tuple[Text, Text]:
    """What two texts have between a beginning and an end that both have, which are equal where the texts are; the texts themselves where they differ."""
    between = _between(text_parts(left), text_parts(right))
    return (left, right) if between is None else (text_of(between[0]), text_of(between[1]))


def is_made_up(symbol: Symbol) -> bool:
    """Whether what a symbol stands for is a name that CloudFormation makes up."""
    return symbol.meant is not None and symbol.meant.made_up


def are_apart(one: Text, other: Text) -> bool:
    """Whether two accounts or Regions are both told, and certainly differ."""
    return bool(text_parts(one) and text_parts(other)) and same_text(one, other) is Truth.FALSE


def _can_be(parts: Sequence[str | Symbol], literal: str) -> bool:
    """Whether a text with holes can be a literal one: what is literal of it follows one another there, with what can stand in each hole between."""
    size = len(literal)
    if size > _LONGEST:
        return True
    reached = {0}
    for part in parts:
        if not reached:
            return False
        if isinstance(part, str):
            reached = {at + len(part) for at in reached if literal.startswith(part, at)}
        elif (shape := _MADE_UP if is_made_up(part) else _SHAPES.get(part.domain)) is None:
            reached = set(range(min(reached), size + 1))
        else:
            reached = {end for at in reached for end in range(at, size + 1) if shape.fullmatch(literal, at, end)}
    return size in reached


def _between(left: Sequence[str | Symbol], right: Sequence[str | Symbol]) -> tuple[list[str | Symbol], list[str | Symbol]] | None:
    """What two texts have between a beginning and an end that both have; None where literal text there differs."""
    first, second = list(left), list(right)
    return (first, second) if all(_strip_common(first, second, end) for end in (0, -1)) else None


def _strip_common(first: list[str | Symbol], second: list[str | Symbol], end: int) -> bool:
    """Takes equal parts off one end of both; False when literal text there differs."""
    while first and second:
        one, other = first[end], second[end]
        if one == other:
            del first[end], second[end]
        elif isinstance(one, str) and isinstance(other, str):
            size = min(len(one), len(other))
            if (one[:size] != other[:size]) if end == 0 else (one[-size:] != other[-size:]):
                return False
            for parts, text in ((first, one), (second, other)):
                remainder = text[size:] if end == 0 else text[:-size]
                if remainder:
                    parts[end] = remainder
                else:
                    del parts[end]
        else:
            break
    return not (not first and any(isinstance(part, str) for part in second)) and not (
        not second and any(isinstance(part, str) for part in first)
    )


class Lookup(Generic[T]):
    """Things by what they are called.

    Args:
        things: what can be found.
        called: what one of them is called; several may be called the same.
    """

    def __init__(self, things: Iterable[T], called: Callable[[T], Iterable[Hashable]]) -> None:
        self._things: dict[Hashable, dict[int, T]] = {}
        for number, thing in enumerate(things):
            for name in called(thing):
                self._things.setdefault(name, {})[number] = thing

    def of(self, *names: Hashable) -> tuple[T, ...]:
        """Those that are called by one of some names, each once, in their order."""
        found: dict[int, T] = {}
        for name in names:
            found.update(self._things.get(name, {}))
        return tuple(found[number] for number in sorted(found))
