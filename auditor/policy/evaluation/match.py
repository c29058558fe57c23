"""Matching patterns that may have holes against texts of the request, in one case of what is unknown."""

from __future__ import annotations

from auditor.foundation.cases import Atom
from auditor.foundation.value import Symbol, Text, Truth
from auditor.policy.evaluation.alphabet import ANOTHER, Alphabet
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import Lookup, PatternToken, PatternTokens, first_hole, resolve_variables, written

RESOURCE, OBJECTS = "resource", "objects"
"""Kinds of comparison with an ARN: the one that is asked about, and that of an object that stands for others, of which all that is said must be true."""


def compile_pattern(
    text: Text, alphabet: Alphabet, variables: bool | Symbol, lookup: Lookup, *, wild: bool
) -> PatternTokens | None:
    """A text of the policy as a pattern; None when it can match nothing."""
    parts = resolve_variables(text, variables, lookup)
    if parts is None:
        return None
    tokens: list[PatternToken] = []
    for part in parts:
        if isinstance(part, tuple):
            tokens.extend(part[0])
        else:
            tokens.extend(alphabet.tokens((part,), wild=wild))
    return tuple(tokens)


def match(tokens: PatternTokens, text: str, alphabet: Alphabet, case: PartialCase, mode: str, of: str = "") -> Truth:
    """Whether a pattern matches a text of the request.

    Args:
        tokens: the pattern.
        text: plain, by `alphabet`.
        alphabet: of the request.
        case: what has been taken.
        mode: the kind of comparison; the same pattern in the same kind of comparison with the same text is one atom.
        of: the context key whose value the text is, if it is one.
    """
    compared = alphabet.compare(tokens, text)
    if compared is not Truth.UNKNOWN:
        return compared
    key = mode, of, tokens, text
    atom = alphabet.atoms.get(key)
    if atom is None:
        atom = alphabet.atoms[key] = match_atom(tokens, text, alphabet, mode, of)
    return case.truth(atom)


def filling_of(hole: Symbol, tokens: PatternTokens, text: str) -> str | None:
    """What a pattern that is plain text around one hole has there when it matches a text; None where it is not plain, or cannot match."""
    at = tokens.index(hole)
    before, after = tokens[:at], tokens[at + 1 :]
    if not all(isinstance(token, str) for token in (*before, *after)):
        return None
    head, tail = "".join(map(str, before)), "".join(map(str, after))
    fits = len(text) >= len(head) + len(tail) and text.startswith(head) and text.endswith(tail)
    return text[len(head) : len(text) - len(tail)] if fits else None


def match_atom(tokens: PatternTokens, text: str, alphabet: Alphabet, mode: str, of: str = "") -> Atom[bool]:
    """The atom of a match that is unknown."""
    hole = first_hole(tokens)
    shown = ("objects such as " if mode == OBJECTS else "") + (alphabet.shown(text) or f"the {of or 'text'} of the request")
    pattern = alphabet.shown(written(tokens))
    filling = None if hole is None or mode == OBJECTS else filling_of(hole, tokens, text)
    if hole is not None and len(tokens) == 1 and mode == OBJECTS:
        labels = (f"{hole.written} matches {shown}", f"{hole.written} does not match {shown}")
    elif hole is not None and len(tokens) == 1:
        labels = (f"{hole.written} is {shown}", f"{hole.written} is something else")
    elif hole is not None and filling is not None and (filling or of):
        wanted = f"the one in the {of or 'text'} of the request" if filling in ("", ANOTHER) else alphabet.shown(filling)
        labels = (f"{hole.written} is {wanted}", f"{hole.written} is something else")
    elif hole is not None:
        if of and alphabet.compare(tuple(token for token in tokens if token != hole), text) is Truth.TRUE:
            # What stands for many values has nothing there, which no value has.
            shown = f"the {of} of the request"
        labels = (
            f"{hole.written} makes '{pattern}' match {shown}",
            f"{hole.written} does not make '{pattern}' match {shown}",
        )
    else:
        hole = alphabet.symbol(text)
        labels = (
            f"{hole.written} makes {shown} match '{pattern}'",
            f"{hole.written} does not make {shown} match '{pattern}'",
        )
    return Atom(("match", mode, tokens, text), (True, False), hole, labels)
