"""The request that is asked about: what is known of its context, and the representative requests that decide for all.

Everything that the policies look at in a request is known here: the patterns over its ARN divide the keys into classes, and the tests of a
context key divide its values.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from auditor.aws import object_keys
from auditor.foundation.cases import Atom
from auditor.foundation.glob import (
    Tokens,
    TooManyStates,
    Weight,
    Wild,
    classes,
    classes_by_length,
    intersects,
    literal,
    matches,
    wildcards,
    worst,
)
from auditor.foundation.value import Known, Symbol, Truth, text_parts
from auditor.lazy.classes import dataclass
from auditor.policy.evaluation.alphabet import Alphabet
from auditor.policy.evaluation.condition import FREE, ConditionTest, Values, of_any_resource
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import PatternTokens, written
from auditor.policy.evaluation.presence import MULTIVALUED, OF_CALLER
from auditor.policy.evaluation.scalar import date_text
from auditor.policy.evaluation.service import Service
from auditor.policy.question import ABSENT, EVERY, PRESENT, ContextValue, Missing, OneOf, Question, Shaped


@dataclass(frozen=True, slots=True)
class RepresentativeRequest:
    """One representative request: the ARN, the classes it is in, and the universal context keys."""

    resource: str
    vector: frozenset[int]
    context: Mapping[str, str]


class Requests:
    """What a question asks about.

    Args:
        question: it.
        alphabet: of the request.
        service: of the action.
        states: how many states the search for classes may take.
    """

    def __init__(self, question: Question, alphabet: Alphabet, service: Service, states: int) -> None:
        self.question, self.alphabet, self.service, self.states = question, alphabet, service, states
        self.resource = alphabet.text(question.resource)
        # All that is asked about, as a pattern over ARNs.
        self.universe = (*literal(self.resource), *wildcards(question.keys or ""))
        self.context = {**self._known_of_all(), **{key.lower(): value for key, value in question.context.items()}}
        self.fixed = {key: self._plain(value) for key, value in self.context.items()}
        self.patterns: dict[Tokens, int] = {}
        self.tests: dict[str, list[ConditionTest]] = {}
        self.incomplete = False
        self._atoms: dict[str, Atom[Hashable] | None] = {}
        self._requests: list[RepresentativeRequest] = []
        self._further: Iterator[list[RepresentativeRequest]] | None = None

    def _known_of_all(self) -> dict[str, ContextValue]:
        """The keys that every request has and whose values follow from the question."""
        known: dict[str, ContextValue] = {}
        owner = self.service.environment.resource_account
        if self.question.unlisted is None and text_parts(owner):
            known["aws:resourceaccount"] = owner
            if self.question.action.lower().startswith("s3:"):
                known["s3:resourceaccount"] = owner
        if self.question.now is not None:
            known |= {"aws:currenttime": Known(date_text(self.question.now)), "aws:epochtime": Known(str(int(self.question.now)))}
        return known

    def pattern(self, tokens: PatternTokens) -> int | None:
        """The number of a pattern in the classes, as wide as it can be; None when it cannot match what is asked about."""
        *further, widened = self._widest(tokens, self.resource, self.universe)
        for other in further:
            self.patterns.setdefault(other, len(self.patterns))
        if not intersects(widened, self.universe):
            return None
        return self.patterns.setdefault(widened, len(self.patterns))

    def all(self) -> Iterator[RepresentativeRequest]:
        """The representative requests, shortest first; they are looked for as far as somebody asks for them.

        Raises:
            TooManyStates: there are too many classes to find further ones.
        """
        if self._further is None:
            self._further = self._levels()
        at = 0
        while True:
            if at == len(self._requests):
                further = next(self._further, None)
                if further is None:
                    return
                self._requests.extend(further)
            else:
                yield self._requests[at]
                at += 1

    def first(self) -> RepresentativeRequest:
        """The shortest representative request."""
        return next(self.all())

    def narrow(self, weights: Mapping[int, Weight]) -> None:
        """Takes no more than the worst classes of keys as the representative requests, with those met so far where even these are too many.

        Args:
            weights: what a pattern means for the answer, by its number; those that are missing mean nothing.
        """
        kept = list(weights)
        patterns = list(self.patterns)
        self._further = iter(())
        try:
            found = worst(
                self.universe,
                [patterns[index] for index in kept],
                list(weights.values()),
                self.states,
                self._longest(self.resource),
            )
        except TooManyStates:
            self.incomplete = True
            return
        self._requests = self._with_contexts({frozenset(kept[index] for index in vector): text for vector, text in found.items()})

    def _longest(self, prefix: str) -> int:
        return len(prefix) + object_keys.LONGEST

    def _levels(self) -> Iterator[list[RepresentativeRequest]]:
        patterns = list(self.patterns)
        if self.question.keys is None:
            matching = frozenset(index for index, tokens in enumerate(patterns) if matches(tokens, self.resource))
            yield self._with_contexts({matching: self.resource})
            return
        levels = classes_by_length(self.universe, patterns, self.states, self._longest(self.resource))
        if any(isinstance(value, EVERY) for value in self.context.values()):
            yield self._with_contexts({vector: text for level in levels for vector, text in level.items()})
            return
        for level in levels:
            yield self._with_contexts(level)

    def _with_contexts(self, found: Mapping[frozenset[int], str]) -> list[RepresentativeRequest]:
        """Requests for classes of keys, each with the classes of the context keys of which every value is asked about; shortest first."""
        contexts: list[dict[str, str]] = [{}]
        for key, value in self.context.items():
            if isinstance(value, EVERY):
                values, complete = self._values_of_every(value, self.tests.get(key, ()))
                self.incomplete |= not complete
                contexts = [{**context, key: text} for context in contexts for text in values]
        requests = [RepresentativeRequest(resource, vector, context) for vector, resource in found.items() for context in contexts]
        return sorted(requests, key=lambda one: (len(one.resource) + sum(map(len, one.context.values())), one.resource))

    def _values_of_every(self, every: EVERY, tests: Sequence[ConditionTest]) -> tuple[tuple[str, ...], bool]:
        """A value of each class of those that are asked about, and whether these are all classes."""
        prefix = self.alphabet.text(every.prefix)
        universe = (*literal(prefix), *wildcards(every.glob))
        written = (pattern.tokens for test in tests for pattern in test.patterns if pattern.tokens is not None)
        globs = [glob for tokens in written for glob in self._widest(self.alphabet.apart(tokens, universe), prefix, universe)]
        try:
            return tuple(classes(universe, globs, self.states, self._longest(prefix)).values()), True
        except TooManyStates as error:
            return tuple(error.found.values()), False

    def lookup(self, key: str) -> str | Symbol | None:
        """The value of a context key for a policy variable."""
        value = self.fixed.get(key, self._default(key))
        if value is ABSENT:
            return None
        if isinstance(value, str):
            return value
        return Symbol(f"${{{key}}}", f"the request's {key} is not known")

    def tells_of(self, key: str) -> bool:
        """Whether the policies or the question say anything of a context key."""
        return key in self.tests or key in self.fixed

    def value_for_all(self, key: str, case: PartialCase) -> Values:
        """The value of a context key of which not every value is asked about, in a case."""
        return self.value(key, RepresentativeRequest("", frozenset(), {}), case)

    def value(self, key: str, request: RepresentativeRequest, case: PartialCase) -> Values:
        """The value of a context key of a request in a case."""
        if key in request.context:
            return request.context[key]
        value = self.fixed[key] if key in self.fixed else self._default(key)
        if value is ABSENT:
            return None
        if isinstance(value, (str, tuple)):
            return value
        if key not in self._atoms:
            self._atoms[key] = self._atom(key, value)
        atom = self._atoms[key]
        if atom is not None:
            taken = case.option(atom)
            if taken is None:
                return Truth.UNKNOWN
            return None if taken is ABSENT else taken  # type: ignore[return-value]  # an option is a text or texts
        if value is PRESENT or isinstance(value, Shaped):
            return FREE
        tests = self.tests.get(key)
        key = tests[0].condition.key if tests else key
        symbol = _context_symbol(key)
        present = case.truth(Atom(("present", key), (True, False), symbol, (f"the request has {key}", f"the request has no {key}")))
        return Truth.UNKNOWN if present is Truth.UNKNOWN else FREE if present is Truth.TRUE else None

    def _widest(self, tokens: PatternTokens, fixed: str, universe: Tokens) -> tuple[Tokens, ...]:
        """What a pattern over ARNs of objects can match at most, whatever is unknown in it and in the bucket's name.

        The last one is that; where some texts match in any case, and others only for some names, those that do in any case come before.

        Args:
            tokens: the pattern.
            fixed: the fixed beginning of the texts that are asked about.
            universe: all of them.
        """
        alphabet = self.alphabet
        if not alphabet.is_open(fixed):
            return (alphabet.widened(tokens),)
        split, mine = bucket_part(tokens), fixed.partition("/")[0]
        if split is None and all(isinstance(token, str) for token in tokens):
            split = tokens, ()
        if split is not None:
            bucket, key = split
            return self._with_key(literal(mine) if alphabet.may_match(bucket, mine) else alphabet.widened(bucket), key, universe)
        at = tokens.index("/") if "/" in tokens else len(tokens)
        opened = alphabet.widened(alphabet.apart(tokens, ()))
        with_key = self._with_key(alphabet.widened(tokens[:at]), tokens[at:], universe)
        if _whatever_the_bucket(tokens, mine) or not intersects(opened, (*alphabet.of_request(mine), Wild.MANY)):
            return with_key
        # The bucket's name may begin or end as the pattern wants it, or not; the keys that match in any case are a class of their own.
        found = dict.fromkeys((*with_key, opened))
        return (*(one for one in found if intersects(one, universe)), (*literal(mine), Wild.MANY))

    def _with_key(self, bucket: Tokens, key: PatternTokens, universe: Tokens) -> tuple[Tokens, ...]:
        """What a bucket's part and the rest of a pattern can match at most, as `_widest`: a key may have what is unknown of the request written out."""
        named, opened = ((*bucket, *self.alphabet.widened(one)) for one in (key, self.alphabet.apart(key, ())))
        found = [one for one in (named, opened) if intersects(one, universe)]
        return (named,) if named == opened or not found else (*found, (*bucket, Wild.MANY))

    def _default(self, key: str) -> object:
        unlisted = self.question.unlisted
        if unlisted is None or (unlisted is ABSENT and key in OF_CALLER):
            return self._plain(self.service.presence(key, self.question.action, self.question.caller))
        return unlisted

    def _plain(self, value: object) -> object:
        if isinstance(value, EVERY):
            # What is unknown in it is a value of the request, and so not unknown in the policies.
            self.alphabet.text(value.prefix)
        if isinstance(value, (Missing, EVERY, OneOf, Shaped)):
            return value
        if isinstance(value, tuple):
            return tuple(self.alphabet.text(text) for text in value)
        return self.alphabet.text(value)  # type: ignore[arg-type]  # a text

    def _atom(self, key: str, value: object) -> Atom[Hashable] | None:
        tests = self.tests.get(key, [])
        if isinstance(value, OneOf):
            options: tuple[Hashable, ...] = (*((ABSENT,) if value.may_be_missing else ()), *value.texts)
        else:
            from auditor.policy.evaluation.partition import representatives

            universe = wildcards(value.glob) if isinstance(value, Shaped) else (Wild.MANY,)
            found = representatives(tests, self.alphabet, multivalued=key in MULTIVALUED, universe=universe)
            if found is None:
                return None
            found = tuple(dict.fromkeys((*found, *self.service.values_of(key))))
            options = found if value is PRESENT or isinstance(value, Shaped) else (ABSENT, *found)
        name = tests[0].condition.key if tests else key
        labels = tuple(self._labelled(name, option, tests, alone=len({*options, ABSENT}) == 2) for option in options)
        return Atom(("context", key), options, _context_symbol(name), labels)

    def _labelled(self, name: str, option: Hashable, tests: Sequence[ConditionTest], *, alone: bool) -> str:
        """What an option of a context key means.

        Args:
            name: the key.
            option: a value that stands for all that no test tells apart from it; the empty text matches nothing, or everything.
            tests: those of the key.
            alone: whether it is the only one.
        """
        if option is ABSENT:
            return f"the request has no {name}"
        if isinstance(option, tuple):
            return f"{name} is {', '.join(option)}" if any(option) else f"the request has {name}"
        text = str(option)
        patterns = [of_any_resource(name, pattern.tokens) for test in tests for pattern in test.patterns if pattern.tokens]
        wider = [tokens for tokens in dict.fromkeys(patterns) if matches(self.alphabet.widened(tokens), text)]
        if wider and literal(text) not in patterns:
            verb = "matches" if any(isinstance(token, Wild) for tokens in wider for token in tokens) else "is"
            return f"{name} {verb} {' and '.join(self.alphabet.shown(written(tokens)) for tokens in wider)}"
        if not text:
            return f"the request has {name}" if alone else f"{name} is something else"
        return f"{name} is {self.alphabet.shown(text)}"


def _context_symbol(key: str) -> Symbol:
    return Symbol(key, f"what {key} is in a request is not known from code")


def _whatever_the_bucket(tokens: PatternTokens, mine: str) -> bool:
    """Whether a pattern says the same of a bucket whatever is unknown in its name: up to the slash it is as written, or a lone `*`."""
    for index, token in enumerate(tokens):
        if token in (Wild.MANY, Wild.MANY_IN_SEGMENT):
            return tokens[index + 1 : index + 2] in ((), ("/",))
        if index >= len(mine) or token != mine[index]:
            return False
    return False


def bucket_part(tokens: PatternTokens) -> tuple[PatternTokens, PatternTokens] | None:
    """An S3 object pattern as its bucket and the rest from the slash on; None when a wildcard may reach over the slash."""
    for index, token in enumerate(tokens):
        if token == "/":
            return tokens[:index], tokens[index:]
        if not isinstance(token, str):
            return None
    return None
