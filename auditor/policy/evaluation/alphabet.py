"""The texts of a request with what is unknown in them, and how patterns compare with them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from auditor.aws.holes import is_literal
from auditor.foundation.cases import Atom
from auditor.foundation.equality import DRAWN, is_made_up
from auditor.foundation.glob import NAME_PART, Token, Tokens, Wild, intersects, literal, matches, wildcards
from auditor.foundation.value import Domain, Symbol, Text, Truth, text_parts
from auditor.lazy.classes import dataclass
from auditor.policy.evaluation.pattern import PatternToken, PatternTokens, has_hole

_OPAQUE = 0xE000
_FOREIGN = "\ue8ff"
_ONE = (Wild.ANY, Wild.ANY_IN_SEGMENT)
# What stands for another bucket, key or role of the code in a pattern; no text of a request has it.
ANOTHER = chr(0xF800)
# What stands for a network or identity of the customer's in a pattern: no request of the caller has it.
NOWHERE = chr(0xF801)
_OF_MANY = dict.fromkeys(map(ord, (ANOTHER, NAME_PART)), "<…>")
_THEIRS = (Domain.NETWORK, Domain.IDENTITY)
# How many texts that an unknown value can be are tried.
_FEW = 32
# Longer than a name of any bucket.
_LONG = 64
_DIGITS, _LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The names of stack and resource, and what is drawn.
_MADE_UP: Tokens = (Wild.MANY_IN_NAME, "-", Wild.MANY_IN_NAME, "-", *(_LETTERS + _DIGITS,) * DRAWN, Wild.MANY_IN_NAME)


@dataclass(slots=True)
class Alphabet:
    """Gives each unknown value of the request one private character, so that a request is plain text.

    Attributes:
        foreign: the caller's account, which no unknown account of the customer's equals; empty when that is not so.
        atoms: of matches that are unknown, by the kind of comparison, the context key, the pattern and the text.
    """

    foreign: str = ""
    atoms: dict[tuple[str, str, PatternTokens, str], Atom[bool]] = field(default_factory=dict)
    _chars: dict[str, str] = field(default_factory=dict)
    _symbols: dict[str, Symbol] = field(default_factory=dict)
    _compared: dict[tuple[PatternTokens, str], Truth] = field(default_factory=dict)
    _of_request: dict[str, Tokens] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the unknown values that the request has, as far as it has been looked at."""
        return tuple(self._chars)

    def text(self, value: Text) -> str:
        """A value of the request as plain text."""
        return "".join(part if isinstance(part, str) else self._char(part) for part in text_parts(value))

    def _char(self, symbol: Symbol) -> str:
        if symbol.name not in self._chars:
            char = chr(_OPAQUE + len(self._chars))
            self._chars[symbol.name], self._symbols[char] = char, symbol
        return self._chars[symbol.name]

    def shown(self, text: str) -> str:
        """A text of the request as the user may read it: an unknown value by its name, one that stands for many as `<…>`."""
        text = text.translate(_OF_MANY)
        if not self.is_open(text):
            return text
        return "".join(f"<{self._symbols[char].written}>" if char in self._symbols else char for char in text)

    def tokens(self, parts: Iterable[str | Symbol], *, wild: bool) -> PatternTokens:
        """The parts of a pattern as tokens; a symbol that the request has too is its character, any other one stays a hole."""
        found: list[PatternToken] = []
        for part in parts:
            if isinstance(part, str):
                found.extend(wildcards(part) if wild else literal(part))
            else:
                found.append(self._chars.get(part.name, part))
        return tuple(found)

    def apart(self, tokens: PatternTokens, text: Iterable[Token]) -> PatternTokens:
        """A pattern with what is unknown in it, and not in a text, as holes: the text may have any of it, under no name."""
        if not self._names_unknown(tokens):
            return tokens
        there = set(text)
        return tuple(
            self._symbols[token] if isinstance(token, str) and token in self._symbols and token not in there else token
            for token in tokens
        )

    def widened(self, tokens: PatternTokens) -> Tokens:
        """What a pattern can match at most, whatever its holes are."""
        if not has_hole(tokens):
            return tokens  # type: ignore[return-value]  # no token is a symbol
        found: list[str | Wild] = []
        for index, token in enumerate(tokens):
            if isinstance(token, Symbol) and token.domain is Domain.BUCKET and not _is_whole_name(tokens, index):
                # Another bucket's name with something around it may be the name of the one that is asked about.
                found.append(NAME_PART)
            elif isinstance(token, Symbol):
                found.extend((NOWHERE,) if self.foreign and token.domain in _THEIRS else _shape(token))
            else:
                found.append(token)
        return tuple(found)

    def of_request(self, text: str) -> Tokens:
        """A text of the request, its unknown values as runs of any characters."""
        if text not in self._of_request:
            found: list[str | Wild] = []
            for char in text:
                found.extend(_shape(self._symbols[char], request=True) if char in self._symbols else (char,))
            self._of_request[text] = tuple(found)
        return self._of_request[text]

    def is_open(self, text: str) -> bool:
        """Whether a text of the request has an unknown value."""
        return not self._symbols.keys().isdisjoint(text)

    def symbol(self, text: str) -> Symbol:
        """The first unknown value of a text of the request."""
        return next(self._symbols[char] for char in text if char in self._symbols)

    def compare(self, tokens: PatternTokens, text: str) -> Truth:
        """Whether a pattern matches a text of the request, as far as that does not depend on what is unknown in either."""
        if (tokens, text) not in self._compared:
            self._compared[(tokens, text)] = self._compare(tokens, text)
        return self._compared[(tokens, text)]

    def _compare(self, tokens: PatternTokens, text: str) -> Truth:
        if not has_hole(tokens):
            plain: Tokens = tokens  # type: ignore[assignment]  # no token is a symbol
            if self.certainly_matches(plain, text):
                return Truth.TRUE
            if not self.is_open(text) and not self._names_unknown(tokens):
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
        hole, texts = _one_of_few(tokens)
        if hole is not None:
            return any(self.may_match(_filled(tokens, hole, one), text) for one in texts)
        if self.foreign and not any(isinstance(token, Wild) for token in tokens):
            holes = [token for token in tokens if isinstance(token, Symbol)]
            theirs = [self._symbols[char] for char in text if char in self._symbols]
            if any(symbol.domain is Domain.ACCOUNT for symbol in (*holes, *theirs)):
                # An unknown account of the customer's is not the caller's: the caller's becomes a character that no account has.
                tokens, text = self._without_foreign(tokens), text.replace(self.foreign, _FOREIGN)
        widened = self.widened(tokens)
        alike = self._alike(widened, text)
        widened, tokens, text = widened[alike:], tokens[alike:], text[alike:]
        if matches(widened, text) or (self.is_open(text) and any(intersects(widened, one) for one in self._forms(text))):
            return True
        # What is unknown of the request may also be what is written where the other has it.
        return self._names_unknown(tokens) and self.may_match(self.apart(tokens, ()), text)

    def _names_unknown(self, tokens: PatternTokens) -> bool:
        """Whether a pattern has an unknown value of the request under its name."""
        return bool(self._symbols) and any(isinstance(token, str) and token in self._symbols for token in tokens)

    def _alike(self, tokens: Tokens, text: str) -> int:
        """How many characters a pattern and a text of the request begin with alike: an unknown value of both is the same, and no wildcard is in it."""
        for count, (token, char) in enumerate(zip(tokens, text, strict=False)):
            if token != char or (char in self._symbols and not is_literal(self._symbols[char])):
                return count
        return min(len(tokens), len(text))

    def _forms(self, text: str) -> Iterator[Tokens]:
        """What a text of the request can look like to a pattern: an unknown id as any id, and as that which the pattern has too."""
        yield self.of_request(text)
        ids = {char for char in text if char in self._symbols and self._symbols[char].domain is Domain.IDENTITY}
        if ids:
            yield tuple(token for char in text for token in ((char,) if char in ids else self.of_request(char)))

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


def _one_of_few(tokens: PatternTokens) -> tuple[Symbol | None, Sequence[str]]:
    """The first hole of which all texts are known that it can be, and these."""
    for token in tokens:
        if isinstance(token, Symbol) and (known := token.meant) is not None and 0 < len(known.texts) <= _FEW:
            return token, known.texts
    return None, ()


def _filled(tokens: PatternTokens, hole: Symbol, text: str) -> PatternTokens:
    """A pattern with a text for a hole; its wildcards count everywhere, which only makes it match more."""
    return tuple(token for one in tokens for token in (wildcards(text) if one == hole else (one,)))


def _at_length(tokens: Iterable[Token], symbols: Mapping[str, Symbol], length: int) -> Iterator[Token]:
    """A pattern or text with every unknown value of a length; names of resources are never empty."""
    for token in tokens:
        if isinstance(token, str) and token in symbols:
            yield from (token,) * (length or int(symbols[token].domain is not Domain.ANY))
        else:
            yield token


def _is_whole_name(tokens: PatternTokens, index: int) -> bool:
    """Whether nothing stands beside a token that can belong to the same name."""
    return tokens[index - 1 : index] in ((), (":",)) and tokens[index + 1 : index + 2] in ((), ("/",))


def _shape(symbol: Symbol, *, request: bool = False) -> Tokens:
    """What an unknown value can look like."""
    if is_made_up(symbol) and (request or symbol.domain is not Domain.BUCKET):
        return _MADE_UP
    match symbol.domain:
        case Domain.ACCOUNT:
            return (_DIGITS,) * 12
        case Domain.BUCKET | Domain.KEY | Domain.IDENTITY if not request:
            # Another bucket, key or role of the code is never the one that is asked about.
            return (ANOTHER,)
        case Domain.BUCKET | Domain.IDENTITY:
            # So no request has the name of another bucket or the id of another role, and none that S3 takes for no bucket.
            return (Wild.MANY_IN_NAME,)
        case Domain.REGION | Domain.KEY | Domain.NETWORK:
            return (Wild.MANY_IN_SEGMENT,)
    return (Wild.MANY_IN_NAME,) if symbol.meant is not None and symbol.meant.in_name else (Wild.MANY,)
