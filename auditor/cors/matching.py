"""The texts of a configuration compared with one request: the finitely many ways in which each hole in them can matter."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.cors.configuration import METHODS, CorsConfiguration
from auditor.cors.expression import FALSE, Expression, OptionTest, constant, test
from auditor.cors.pattern import shape_of, star_matches
from auditor.cors.request import BrowserRequest
from auditor.foundation.cases import Atom
from auditor.foundation.value import Domain, Known, Symbol, Text, scalar_text, text_parts
from auditor.lazy.expressions import regex


class Role(enum.Enum):
    """What a text of a rule is compared with."""

    ORIGIN = "origin"
    METHOD = "method"
    HEADER = "header"
    EXPOSED = "exposed"


# What a symbol of the domain can look like; the others can be any text.
_DOMAINS = {
    Domain.ACCOUNT: regex(r"\d{12}"),
    Domain.REGION: regex(r"[a-z]+(-[a-z]+)+-\d+"),
    Domain.BUCKET: regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
}
_ANYTHING_ELSE = "?"


class UnresolvedTexts:
    """The texts with holes of a configuration, and the finitely many ways in which each hole can matter for one request.

    A hole that stands alone in every text it occurs in is split by the values that can matter: those that make some text match
    something of the request, grouped by what they do everywhere. Texts with several different holes are split one by one, which can
    only widen what is possible.
    """

    def __init__(self, configuration: CorsConfiguration, request: BrowserRequest, headers: Sequence[str]) -> None:
        origin = () if request.origin is None else (request.origin,)
        self._subjects = {
            Role.ORIGIN: origin,
            Role.METHOD: tuple(dict.fromkeys((*(method for method in METHODS if method == request.sent_method), *METHODS))),
            Role.HEADER: tuple(headers),
            Role.EXPOSED: request.exposed_headers,
        }
        self._credentials = request.credentials
        self._method = request.sent_method
        # Atoms of different requests or configurations must not be taken for one another: their options differ.
        self._identity = (origin, request.sent_method, tuple(headers), request.exposed_headers, request.credentials)
        self._uses: dict[str, list[tuple[tuple[str | Symbol, ...], Role]]] = {}
        for rule in configuration.known_rules:
            for field, role in (
                (rule.origins, Role.ORIGIN),
                (rule.methods, Role.METHOD),
                (rule.headers, Role.HEADER),
                (rule.exposed, Role.EXPOSED),
            ):
                for item in field.items:
                    parts = text_parts(item.text)
                    names = {part.name for part in parts if isinstance(part, Symbol)}
                    if len(names) == 1:
                        use = (parts, role)
                        uses = self._uses.setdefault(names.pop(), [])
                        if use not in uses:
                            uses.append(use)
        self._atoms: dict[str, Atom[str]] = {}

    def test(self, text: Text, role: Role, subject: str, predicate: Callable[[str], bool]) -> Expression:
        """The expression that a predicate holds of a text.

        Args:
            text: the text.
            role: what it is.
            subject: what it is compared with.
            predicate: true of the resolved text; implies that the text matches the subject unless the subject is empty.
        """
        if isinstance(text, Known):
            return constant(predicate(scalar_text(text.value)))
        parts = text_parts(text)
        shown = subject.lower() if role in (Role.HEADER, Role.EXPOSED) else subject
        if subject and not shape_of(folded(parts, role), wild=True).fullmatch(shown):
            return FALSE
        symbols = list(dict.fromkeys(part for part in parts if isinstance(part, Symbol)))
        if len(symbols) == 1:
            atom = self._atom(symbols[0])
            return test(atom, (value for value in atom.options if predicate(_filled(parts, value))))
        written = "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts)
        probe = predicate("*")
        key = ("text", role.value, parts, subject, probe, self._identity)
        labels = (f"'{written}' matches '{subject}'", f"'{written}' does not match '{subject}'")
        return OptionTest(Atom(key, (True, False), symbols[0], labels), frozenset({True}))

    def _atom(self, symbol: Symbol) -> Atom[str]:
        if symbol.name not in self._atoms:
            self._atoms[symbol.name] = self._partition(symbol)
        return self._atoms[symbol.name]

    def _partition(self, symbol: Symbol) -> Atom[str]:
        """The values of a symbol that can matter, one for each way of mattering."""
        uses = self._uses[symbol.name]
        found: dict[tuple[bool, ...], str] = {}
        for value in self._candidates(symbol, uses):
            found.setdefault(tuple(answer for parts, role in uses for answer in self._answers(_filled(parts, value), role)), value)
        options = tuple(found.values())
        labels = tuple(f"{symbol.written} is {'anything else' if value == _ANYTHING_ELSE else repr(value)}" for value in options)
        key = ("value", symbol.name, tuple((parts, role.value) for parts, role in uses), self._identity)
        return Atom(key, options, symbol, labels)

    def _answers(self, text: str, role: Role) -> Iterator[bool]:
        """All that can be asked of a resolved text."""
        if role is Role.METHOD:
            yield text == self._method
            yield text not in METHODS
        elif role is Role.EXPOSED:
            yield "*" in text
            yield from (text.lower() == subject for subject in self._subjects[role])
        else:
            yield text.count("*") > 1
            if role is Role.ORIGIN:
                yield from (star_matches(text, subject) for subject in self._subjects[role])
                if self._credentials:
                    yield text == "*"
            else:
                yield from (star_matches(text.lower(), subject) for subject in self._subjects[role])

    def _candidates(self, symbol: Symbol, uses: Sequence[tuple[tuple[str | Symbol, ...], Role]]) -> Iterator[str]:
        if (known := symbol.meant) is not None and known.texts:
            yield from known.texts
            return
        shape = _DOMAINS.get(symbol.domain)
        for value in dict.fromkeys(self._fragments(symbol, uses)):
            if symbol.domain is Domain.ANY or (value and "*" not in value and (shape is None or shape.fullmatch(value))):
                yield value
        yield _ANYTHING_ELSE

    def _fragments(self, symbol: Symbol, uses: Sequence[tuple[tuple[str | Symbol, ...], Role]]) -> Iterator[str]:
        starred: list[str] = []
        for parts, role in uses:
            before = parts[0] if isinstance(parts[0], str) else ""
            after = parts[-1] if isinstance(parts[-1], str) else ""
            exact = "*" not in before + after and sum(part == symbol for part in parts) == 1
            for subject in self._subjects[role]:
                folded = role in (Role.HEADER, Role.EXPOSED)
                start, end = (before.lower(), after.lower()) if folded else (before, after)
                if not exact:
                    size = len(subject)
                    yield from (subject[left:right] for left in range(size + 1) for right in range(left, size + 1))
                elif len(subject) >= len(start) + len(end) and subject.startswith(start) and subject.endswith(end):
                    fragment = subject[len(start) : len(subject) - len(end)]
                    yield fragment
                    if role in (Role.ORIGIN, Role.HEADER) and (len(uses) > 1 or len(self._subjects[role]) > 1):
                        size = len(fragment)
                        starred.extend(
                            f"{fragment[:left]}*{fragment[right:]}" for left in range(size + 1) for right in range(left, size + 1)
                        )
        yield "*"
        yield from starred


def folded(parts: Iterable[str | Symbol], role: Role) -> Iterator[str | Symbol]:
    """The parts of a text in lower case, where case does not matter."""
    fold = role in (Role.HEADER, Role.EXPOSED)
    return (part.lower() if fold and isinstance(part, str) else part for part in parts)


def _filled(parts: Iterable[str | Symbol], value: str) -> str:
    return "".join(part if isinstance(part, str) else value for part in parts)
