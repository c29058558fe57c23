"""What may stand where the code leaves a part of a text unresolved: no name of a bucket has a colon.

So some texts are found, taken away or cut at whatever the unresolved parts turn out to be. Nothing is decided of a text that an unresolved part may
hold, or of which it may hold the beginning, the end or the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from auditor.foundation.value import (
    Domain,
    Known,
    Meaning,
    Symbol,
    Template,
    Text,
    Truth,
    Unknown,
    is_null,
    text_parts,
)

Parts = Sequence[str | Symbol]

_SMALL = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")
PLAIN = _SMALL | {letter.upper() for letter in _SMALL} | _DIGITS | {"-"}
"""What is in a name without dots."""
# Source: Amazon S3 User Guide, "General purpose bucket naming rules", with those before March 2018 (`bucket_names`).
_IN_BUCKET_NAME = PLAIN | {".", "_"}
# Sources: AWS Account Management Reference Guide, "View AWS account identifiers"; AWS General Reference, "AWS service endpoints"; AWS KMS Developer
# Guide, "Key identifiers (KeyId)". None of them is empty.
_OF_DOMAINS = {
    Domain.ACCOUNT: _DIGITS,
    Domain.REGION: _SMALL | _DIGITS | {"-"},
    Domain.BUCKET: _IN_BUCKET_NAME,
    Domain.KEY: PLAIN,
}
_ANYTHING = (" ",)
# What is longer is not looked for: the time would grow with its length times that of the text.
_LONGEST = 200


def alphabet_of(hole: Symbol) -> frozenset[str] | None:
    """All characters that can be in what a symbol stands for; None where it may hold any."""
    known, alphabets = hole.meant, [_OF_DOMAINS[hole.domain]] if hole.domain in _OF_DOMAINS else []
    if known is not None:
        if known.texts:
            alphabets.append(frozenset("".join(known.texts)))
        if known.plain or known.made_up:
            alphabets.append(PLAIN)
        if known.in_name:
            alphabets.append(_IN_BUCKET_NAME)
    return frozenset.intersection(*alphabets) if alphabets else None


def is_literal(hole: Symbol) -> bool:
    """Whether what a symbol stands for certainly has neither a wildcard nor a policy variable: AWS assigns it, or it is in the name of a bucket."""
    alphabet = alphabet_of(hole)
    return hole.domain is not Domain.ANY or (alphabet is not None and alphabet.isdisjoint("*?$"))


def is_plain(text: Text) -> bool:
    """Whether a text is of letters, digits and hyphens, or empty, whatever is unresolved of it."""
    return not is_null(text) and all(PLAIN.issuperset(_characters(part)) for part in text_parts(text))


def _characters(part: str | Symbol) -> Iterable[str]:
    return part if isinstance(part, str) else _ANYTHING if (alphabet := alphabet_of(part)) is None else alphabet


def in_bucket_name(name: Text, are_plain: Callable[[Meaning], bool] = lambda known: known.plain) -> Text:
    """The name of a bucket, of whose unresolved parts it is known that they are in one.

    Args:
        name: the name.
        are_plain: whether all values of something of which this is known are of letters, digits and hyphens.
    """

    def marked(hole: Symbol) -> Symbol:
        if hole.domain in _OF_DOMAINS:
            return hole
        known = hole.meant or Meaning(hole.name)
        return replace(hole, meaning=replace(known, in_name=True, plain=are_plain(known)))

    match name:
        case Unknown(symbol):
            return replace(name, symbol=marked(symbol))
        case Template(parts):
            return replace(name, parts=tuple(marked(part) if isinstance(part, Symbol) else part for part in parts))
        case Known():
            return name


def contains(parts: Parts, text: str) -> Truth:
    """Whether a text of some parts contains another one."""
    if not text or any(isinstance(part, str) and text in part for part in parts):
        return Truth.TRUE
    return Truth.UNKNOWN if _may_touch(parts, text) else Truth.FALSE


def begins(parts: Parts, text: str) -> Truth:
    """Whether a text of some parts begins with another one."""
    first = parts[0] if parts else ""
    if not text or (isinstance(first, str) and first.startswith(text)):
        return Truth.TRUE
    return Truth.UNKNOWN if _may_begin(parts, text) else Truth.FALSE


def ends(parts: Parts, text: str) -> Truth:
    """Whether a text of some parts ends with another one."""
    return begins([part[::-1] if isinstance(part, str) else part for part in reversed(parts)], text[::-1])


def cut(parts: Parts, separator: str) -> list[list[str | Symbol]] | None:
    """The pieces of a text between separators, in order; None where an unresolved part may hold one, or a part of one."""
    return None if _may_touch(parts, separator) else pieces(parts, separator)


def pieces(parts: Parts, separator: str) -> list[list[str | Symbol]]:
    """The pieces of a text between the separators in what is resolved of it, in order."""
    found: list[list[str | Symbol]] = [[]]
    for part in parts:
        first, *more = part.split(separator) if isinstance(part, str) else (part,)
        found[-1].append(first)
        found.extend([piece] for piece in more)
    return found


def may_cross(parts: Parts, text: str) -> bool:
    """Whether a text may stand across the border of an unresolved part, were there anything in that."""
    for at, part in enumerate(parts):
        if isinstance(part, Symbol):
            continue
        for size in range(1, min(len(part), len(text) - 1) + 1):
            if (at + 1 < len(parts) and part.endswith(text[:size])) or (at and part.startswith(text[-size:])):
                return True
    return False


def _may_touch(parts: Parts, text: str) -> bool:
    """Whether a text may stand where a hole is, in it or across one of its borders."""
    if not any(isinstance(part, Symbol) for part in parts):
        return False
    if not text or len(text) > _LONGEST:
        return True
    begun: frozenset[int] = frozenset()  # how much of it may have been read where a part begins
    for part in parts:
        if isinstance(part, Symbol):
            begun = _past_hole(part, begun | {0}, text) - {0}
        else:
            begun = _past_literal(part, begun, text) | {
                size for size in range(1, min(len(part), len(text) - 1) + 1) if part.endswith(text[:size])
            }
        if len(text) in begun:
            return True
    return False


def _may_begin(parts: Parts, text: str) -> bool:
    if len(text) > _LONGEST:
        return any(isinstance(part, Symbol) for part in parts)
    begun = frozenset({0})
    for part in parts:
        begun = _past_hole(part, begun, text) if isinstance(part, Symbol) else _past_literal(part, begun, text)
        if len(text) in begun:
            return True
    return False


def _past_literal(part: str, begun: frozenset[int], text: str) -> frozenset[int]:
    """How much of a text may have been read where a literal part ends; all of it also where that was before its end."""
    return frozenset(min(at + len(part), len(text)) for at in begun if text.startswith(part[: len(text) - at], at))


def _past_hole(hole: Symbol, begun: frozenset[int], text: str) -> frozenset[int]:
    """How much of a text may have been read where a hole ends."""
    alphabet = alphabet_of(hole)
    if alphabet is None:
        return frozenset({len(text)} if begun else ())
    return frozenset(_read(begun, alphabet, text)) | (frozenset() if hole.domain in _OF_DOMAINS else begun)


def _read(begun: frozenset[int], alphabet: frozenset[str], text: str) -> Iterator[int]:
    reading = False
    for at, character in enumerate(text):
        reading = (reading or at in begun) and character in alphabet
        if reading:
            yield at + 1
