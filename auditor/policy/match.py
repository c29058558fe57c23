"""Matching texts that may have holes against the values of a request, in one case of what is unknown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.foundation.cases import Atom, Choices, Option, condition_atom
from auditor.foundation.glob import Token, Tokens, Wild, intersects, literal, matches, wildcards
from auditor.foundation.value import (
    Domain,
    Known,
    Symbol,
    Text,
    Truth,
    Value,
    When,
    all_of,
    alternatives,
    any_of,
    symbols_in,
    text_parts,
)

PatternToken = str | Wild | Symbol
PatternTokens = tuple[PatternToken, ...]
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
_OPAQUE = 0xE000
_FOREIGN = "\ue8ff"
_ONE = (Wild.ANY, Wild.ANY_IN_SEGMENT)
# Longer than a name of any bucket.
_LONG = 64


class Case:
    """One case while a question is put: answers what has been taken, and notes what would have to be."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.pending: list[Atom[Hashable]] = []

    def option(self, atom: Atom[Option]) -> Option | None:
        """The option of an atom, None when it has not been taken yet."""
        taken = self.choices.peek(atom)
        if taken is None:
            self.pending.append(atom)
        return taken

    def truth(self, atom: Atom[bool]) -> Truth:
        """The truth of an atom whose options are True and False."""
        taken = self.option(atom)
        return Truth.UNKNOWN if taken is None else Truth.of(taken)

    def when(self, when: When) -> Truth:
        """Whether unresolved conditions hold."""
        if not when.literals:
            return Truth.TRUE
        truths = []
        for symbol, wanted in sorted(when.literals, key=lambda pair: pair[0].name):
            truth = self.truth(condition_atom(symbol))
            truths.append(truth if wanted or truth is Truth.UNKNOWN else Truth.of(truth is Truth.FALSE))
        return all_of(truths)

    def flag(self, value: Value) -> Truth:
        """Whether a setting is on; null is off."""
        truths = []
        for when, branch in alternatives(value):
            if isinstance(branch, Known):
                on = Truth.of(branch.value in (True, "true"))
            else:
                on = self.truth(condition_atom(next(symbols_in(branch), Symbol("a setting", "it is not resolved"))))
            truths.append(all_of((self.when(when), on)))
        return any_of(truths)

    def split(self) -> None:
        """Splits the proof on the first atom that is wanting."""
        self.choices.of(self.pending[0])


@dataclass(slots=True)
class Alphabet:
    """Gives each unknown value of the request one private character, so that a request is plain text.

    Attributes:
        foreign: the caller's account, which no unknown account of the customer's equals; empty when that is not so.
    """

    foreign: str = ""
    _chars: dict[str, str] = field(default_factory=dict)
    _symbols: dict[str, Symbol] = field(default_factory=dict)
    _compared: dict[tuple[PatternTokens, str], Truth] = field(default_factory=dict)

    def text(self, value: Text) -> str:
        """A value of the request as plain text."""
        return "".join(part if isinstance(part, str) else self._char(part) for part in text_parts(value))

    def _char(self, symbol: Symbol) -> str:
        if symbol.name not in self._chars:
            char = chr(_OPAQUE + len(self._chars))
            self._chars[symbol.name], self._symbols[char] = char, symbol
        return self._chars[symbol.name]

    def shown(self, text: str) -> str:
        """A text of the request as the user may read it: an unknown value by its name."""
        return "".join(f"<{self._symbols[char].name}>" if char in self._symbols else char for char in text)

    def tokens(self, parts: Iterable[str | Symbol], *, wild: bool) -> PatternTokens:
        """The parts of a pattern as tokens; a symbol that the request has too is its character, any other one stays a hole."""
        found: list[PatternToken] = []
        for part in parts:
            if isinstance(part, str):
                found.extend(wildcards(part) if wild else literal(part))
            else:
                found.append(self._chars.get(part.name, part))
        return tuple(found)

    def widened(self, tokens: PatternTokens) -> Tokens:
        """What a pattern can match at most, whatever its holes are."""
        found: list[str | Wild] = []
        for token in tokens:
            if isinstance(token, Symbol):
                found.extend(_shape(token))
            else:
                found.append(token)
        return tuple(found)

    def of_request(self, text: str) -> Tokens:
        """A text of the request, its unknown values as runs of any characters."""
        found: list[str | Wild] = []
        for char in text:
            found.extend(_shape(self._symbols[char], request=True) if char in self._symbols else (char,))
        return tuple(found)

    def is_open(self, text: str) -> bool:
        """Whether a text of the request has an unknown value."""
        return any(char in self._symbols for char in text)

    def symbol(self, text: str) -> Symbol:
        """The first unknown value of a text of the request."""
        return next(self._symbols[char] for char in text if char in self._symbols)

    def compare(self, tokens: PatternTokens, text: str) -> Truth:
        """Whether a pattern matches a text of the request, as far as that does not depend on what is unknown in either."""
        if (tokens, text) not in self._compared:
            self._compared[(tokens, text)] = self._compare(tokens, text)
        return self._compared[(tokens, text)]

    def _compare(self, tokens: PatternTokens, text: str) -> Truth:
        if not any(isinstance(token, Symbol) for token in tokens):
            plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
            if self.certainly_matches(plain, text):
                return Truth.TRUE
            if not self.is_open(text):
                return Truth.FALSE
        return Truth.UNKNOWN if self.may_match(tokens, text) else Truth.FALSE

    def certainly_matches(self, tokens: Tokens, text: str) -> bool:
        """Whether a pattern matches a text of the request whatever is unknown in it.

        What is unknown stands in the text as one character, which `?` takes; so it is tried at other lengths too.
        """
        if not matches(tokens, text):
            return False
        if not any(token in _ONE for token in tokens) or not self.is_open(text):
            return True
        return all(
            matches(
                tuple(_at_length(tokens, self._symbols, length)),
                "".join(char for char in _at_length(text, self._symbols, length) if isinstance(char, str)),
            )
            for length in (0, _LONG)
        )

    def may_match(self, tokens: PatternTokens, text: str) -> bool:
        """Whether a pattern can match a text of the request for some values of what is unknown in either."""
        if self.foreign and not any(isinstance(token, Wild) for token in tokens):
            holes = [token for token in tokens if isinstance(token, Symbol)]
            theirs = [self._symbols[char] for char in text if char in self._symbols]
            if any(symbol.domain is Domain.ACCOUNT for symbol in (*holes, *theirs)):
                # An unknown account of the customer's is not the caller's: the caller's becomes a character that no account has.
                tokens, text = self._without_foreign(tokens), text.replace(self.foreign, _FOREIGN)
        widened = self.widened(tokens)
        return matches(widened, text) or (self.is_open(text) and intersects(widened, self.of_request(text)))

    def may_equal(self, one: str, other: str) -> bool:
        """Whether two texts of the request, which differ as they are written, can be equal for some values of what is unknown in them."""
        if not self.is_open(one) and not self.is_open(other):
            return False
        if self.foreign:
            one, other = (text.replace(self.foreign, _FOREIGN) for text in (one, other))
        return intersects(self.of_request(one), self.of_request(other))

    def _without_foreign(self, tokens: PatternTokens) -> PatternTokens:
        found: list[PatternToken] = []
        for is_text, run in itertools.groupby(tokens, key=lambda token: isinstance(token, str)):
            members = list(run)
            found.extend("".join(map(str, members)).replace(self.foreign, _FOREIGN) if is_text else members)
        return tuple(found)


def _at_length(tokens: Iterable[Token], symbols: Mapping[str, Symbol], length: int) -> Iterator[Token]:
    """A pattern or text with every unknown value of a length; names of resources are never empty."""
    for token in tokens:
        if isinstance(token, str) and token in symbols:
            yield from (token,) * (length or int(symbols[token].domain is not Domain.ANY))
        else:
            yield token


def _shape(symbol: Symbol, *, request: bool = False) -> Tokens:
    """What an unknown value can look like."""
    match symbol.domain:
        case Domain.ACCOUNT:
            return (Wild.ANY,) * 12
        case Domain.BUCKET | Domain.KEY if not request:
            # Another bucket or key of the code is never the one that is asked about; no text of a request has this character.
            return (chr(0xF800),)
        case Domain.REGION | Domain.BUCKET | Domain.KEY:
            return (Wild.MANY_IN_SEGMENT,)
    return (Wild.MANY,)


def match(tokens: PatternTokens, text: str, alphabet: Alphabet, case: Case, mode: str, of: str = "") -> Truth:
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
    return case.truth(match_atom(tokens, text, alphabet, mode, of)) if compared is Truth.UNKNOWN else compared


def match_atom(tokens: PatternTokens, text: str, alphabet: Alphabet, mode: str, of: str = "") -> Atom[bool]:
    """The atom of a match that is unknown."""
    hole = next((token for token in tokens if isinstance(token, Symbol)), None)
    shown = alphabet.shown(text) or f"the {of or 'text'} of the request"
    if hole is not None and len(tokens) == 1:
        labels = (f"{hole.name} is {shown}", f"{hole.name} is something else")
    elif hole is not None:
        labels = (
            f"{hole.name} makes '{written(tokens)}' match {shown}",
            f"{hole.name} does not make '{written(tokens)}' match {shown}",
        )
    else:
        hole = alphabet.symbol(text)
        labels = (
            f"{hole.name} makes {shown} match '{written(tokens)}'",
            f"{hole.name} does not make {shown} match '{written(tokens)}'",
        )
    return Atom(("match", mode, tokens, text), (True, False), hole, labels)


def written(tokens: PatternTokens) -> str:
    """A pattern as it is written, a hole as its name."""
    return "".join(
        token.name
        if isinstance(token, Symbol)
        else "*"
        if token in (Wild.MANY, Wild.MANY_IN_SEGMENT)
        else "?"
        if isinstance(token, Wild)
        else token
        for token in tokens
    )


def resolve_variables(
    text: Text, variables: bool | Symbol, lookup: Callable[[str], str | Symbol | None]
) -> list[str | Symbol | tuple[str]] | None:
    """The parts of a text with its policy variables replaced; None when a variable has no value, so that nothing matches.

    A part that is a tuple of one string is literal text, in which nothing is a wildcard.

    Source: IAM User Guide, "IAM policy elements: Variables and tags".

    Args:
        text: of the policy.
        variables: whether variables are replaced at all, or the symbol that decides it.
        lookup: the value of a context key: its text, None when the request does not have it, a symbol when that is unknown.
    """
    parts: list[str | Symbol | tuple[str]] = []
    written = text_parts(text)
    for part in _around_holes(written) if variables is not False and len(written) > 1 else written:
        if not isinstance(part, str) or "${" not in part or variables is False:
            parts.append(part)
            continue
        if isinstance(variables, Symbol):
            parts.append(variables)
            continue
        position = 0
        for found in _VARIABLE.finditer(part):
            parts.append(part[position : found.start()])
            position = found.end()
            if found[1] in ("*", "?", "$"):
                parts.append((found[1],))
                continue
            named = _DEFAULT.fullmatch(found[1])
            value = lookup(named[1].lower()) if named else None
            if value is None and named and named[2] is not None:
                value = named[2]
            if value is None:
                return None
            parts.append(value if isinstance(value, Symbol) else (value,))
        parts.append(part[position:])
    return parts


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


def compile_pattern(
    text: Text, alphabet: Alphabet, variables: bool | Symbol, lookup: Callable[[str], str | Symbol | None], *, wild: bool
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
