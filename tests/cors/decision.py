"""The decision on one request, or on all that patterns stand for, in every case of what is unknown: how the CORS cases ask the product."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.cors import BrowserRequest, CorsConfiguration, Exchange, Fit, Stage
from auditor.cors.matching import Role, folded
from auditor.foundation.cases import TooManyCases, by_cases
from auditor.foundation.glob import Tokens, TooManyStates, Wild, classes
from auditor.foundation.value import Symbol, text_parts

_LIMIT = 512
_STATES = 20_000


class Answer(enum.Enum):
    """Whether the page gets what it asks for."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TurnsOn:
    """Something unknown that an answer depends on, with an example of each outcome ("var.origin is '*'"); an example may be empty."""

    symbol: Symbol
    passes_if: str = ""
    fails_if: str = ""


@dataclass(frozen=True, slots=True)
class CorsDecision:
    """What was decided of one request.

    Attributes:
        answer: for the whole exchange, as the page sees it.
        stage: how it ends (in the first failing case when the answer is not PASS); None when there are too many cases.
        preflight_rule: index of the first rule that matches the preflight, -1 for none; None when it is not sent or cases differ.
        actual_rule: likewise for the actual request.
        deploy_error: S3 certainly rejects the configuration.
        witness: for FAIL and a question over all origins or headers: the shortest one that fails; else the origin.
        headers: the header names of the failure (refused in the preflight, or not exposed).
        nearest: for FAIL: the rule that comes nearest, and which of its parts do not fit.
        depends_on: for UNKNOWN: what it depends on.
        assumes_deployment: some way for the unknown values to turn out would make S3 reject the configuration; it is left out.
    """

    answer: Answer
    stage: Stage | None
    preflight_rule: int | None = None
    actual_rule: int | None = None
    deploy_error: bool = False
    witness: str | None = None
    headers: tuple[str, ...] = ()
    nearest: Fit | None = None
    depends_on: tuple[TurnsOn, ...] = ()
    assumes_deployment: bool = False


def decide(
    configuration: CorsConfiguration | None, request: BrowserRequest, all_origins: str | None = None, all_headers: str | None = None
) -> CorsDecision:
    """Decide one request, or all that patterns stand for.

    Args:
        configuration: of the bucket, None when it has none.
        request: what the page does.
        all_origins: instead of its origin, a pattern with `*`: the answer is for every origin that matches.
        all_headers: one more listed header: the answer is for every name that matches this pattern.
    """
    if all_origins is None and all_headers is None:
        return _decide_one(configuration, request)
    unknown: CorsDecision | None = None
    passed: CorsDecision | None = None
    try:
        representatives = tuple(_representatives(configuration, request, all_origins, all_headers))
    except TooManyStates:
        return CorsDecision(Answer.UNKNOWN, None)
    for witness, concrete in representatives:
        decision = _decide_one(configuration, concrete)
        if decision.answer is Answer.FAIL:
            return replace(decision, witness=witness)
        if decision.answer is Answer.UNKNOWN:
            unknown = unknown or decision
        else:
            passed = passed or decision
    return unknown or passed or CorsDecision(Answer.UNKNOWN, None)


def _decide_one(configuration: CorsConfiguration | None, request: BrowserRequest) -> CorsDecision:
    exchange = Exchange(configuration, request)
    try:
        cases = by_cases(exchange.answer, _LIMIT)
    except TooManyCases:
        return CorsDecision(Answer.UNKNOWN, None, depends_on=tuple(TurnsOn(symbol) for symbol in exchange.open_symbols()))
    kept = [case for case in cases if not case.answer.unfit]
    considered = kept or list(cases)
    endings = [case.answer for case in considered]
    failing = [ending for ending in endings if not ending.passes]
    chosen = failing[0] if failing else endings[0]
    preflight, actual = {ending.preflight_rule for ending in endings}, {ending.actual_rule for ending in endings}
    answer = Answer.PASS if not failing else Answer.FAIL if len(failing) == len(endings) else Answer.UNKNOWN
    fits = exchange.fits()
    refused = chosen.stage in (Stage.PREFLIGHT_REFUSED, Stage.NO_HEADERS)
    nearest = min(fits, key=lambda fit: fit.distance) if answer is Answer.FAIL and fits and refused else None
    headers = nearest.lacking if nearest and chosen.stage is Stage.PREFLIGHT_REFUSED else chosen.headers
    turns: dict[str, TurnsOn] = {}
    if answer is Answer.UNKNOWN:
        for good in considered:
            for bad in considered:
                if not good.answer.passes or bad.answer.passes:
                    continue
                differing = [atom for atom in good.taken if atom in bad.taken and good.taken[atom] != bad.taken[atom]]
                if len(differing) == 1:
                    atom = differing[0]
                    labels = (atom.labels[atom.options.index(case.taken[atom])] if atom.labels else "" for case in (good, bad))
                    turns.setdefault(atom.symbol.name, TurnsOn(atom.symbol, *labels))
    return CorsDecision(
        answer,
        chosen.stage,
        preflight.pop() if len(preflight) == 1 else None,
        actual.pop() if len(actual) == 1 else None,
        all(case.answer.stage is Stage.REJECTED for case in cases),
        request.origin,
        headers if answer is not Answer.PASS else (),
        nearest,
        tuple(turns.values()),
        bool(kept) and len(kept) < len(cases),
    )


def _representatives(
    configuration: CorsConfiguration | None, request: BrowserRequest, all_origins: str | None, all_headers: str | None
) -> Iterator[tuple[str, BrowserRequest]]:
    """One concrete request for each way in which the rules can tell the asked ones apart, shortest first."""
    rules = configuration.known_rules if configuration else ()
    if all_origins is not None:
        patterns = [text_parts(item.text) for rule in rules for item in rule.origins.items]
        for origin in _classes(all_origins, patterns):
            concrete = replace(request, origin=origin)
            if all_headers is None:
                yield origin, concrete
            else:
                for header, further in _representatives(configuration, concrete, None, all_headers):
                    yield f"{origin} {header}", further
    elif all_headers is not None:
        patterns = [tuple(folded(text_parts(item.text), Role.HEADER)) for rule in rules for item in rule.headers.items]
        for header in _classes(all_headers.lower(), patterns):
            yield header, replace(request, headers=(*request.headers, header))


def _classes(universe: str, patterns: Iterable[Sequence[str | Symbol]]) -> Iterator[str]:
    """The shortest text of a universe for each set of patterns that it can match, shortest first.

    Args:
        universe: a pattern with `*`.
        patterns: literal parts and holes; `*` and a hole match any characters.

    Raises:
        TooManyStates: the patterns tell too many texts apart.
    """
    distinct = list(dict.fromkeys(_tokens(parts) for parts in patterns))
    yield from sorted(classes(_tokens((universe,)), distinct, _STATES).values(), key=lambda text: (len(text), text))


def _tokens(parts: Iterable[str | Symbol]) -> Tokens:
    return tuple(
        token
        for part in parts
        for token in ((Wild.MANY,) if isinstance(part, Symbol) else (Wild.MANY if letter == "*" else letter for letter in part))
    )
