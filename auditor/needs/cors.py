"""CORS: a page at the consumer's origin may make the request, and read the answer, through the bucket's configuration.

Source: `auditor.cors`; Amazon S3 API Reference, PutBucketCors (a put replaces the whole configuration, so of several the last one
wins; directory buckets have none).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.contract import Contract, Need
from auditor.cors import (
    BrowserRequest,
    CorsConfiguration,
    Ending,
    Exchange,
    Fit,
    Flaw,
    Stage,
    parse_cors,
)
from auditor.foundation.cases import Atom, Choices, TooManyCases, by_cases
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, Truth, Unknown
from auditor.model import Attachment, Bucket, Kind, Linked
from auditor.proofs.outcome import applied_last, conclude
from auditor.verdict import Cause, Outcome, Resolution, Status, Step

_LIMIT = 512


@dataclass(frozen=True, slots=True)
class CorsNeed(Need):
    """A request that a page in a browser makes.

    Attributes:
        method: the HTTP method.
        headers: the request headers that the browser would list in its preflight, lower case.
        exposed: the response headers that the page must read.
    """

    method: str = ""
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorsCause(Cause):
    """What decided.

    Attributes:
        request: what the page does.
        linked: what is attached, or may be.
        configurations: what each of them says, in the same order.
        stage: how the exchange ends.
        attachment: the one that answers, None when none does.
        nearest: when no rule answers: the rule that comes nearest.
    """

    request: BrowserRequest
    linked: tuple[Linked, ...]
    configurations: tuple[CorsConfiguration, ...]
    stage: Stage
    attachment: Attachment | None = None
    nearest: Fit | None = None


def prove(bucket: Bucket, need: CorsNeed, contract: Contract) -> Outcome:
    """Whether a page at the consumer's origin may make a request and read the answer.

    Args:
        bucket: the subject.
        need: its method, listed headers and response headers to read.
        contract: its origin; without one there is nothing to prove.
    """
    return _Proof(bucket, need, contract).outcome()


class _Proof:
    """One need of one bucket."""

    def __init__(self, bucket: Bucket, need: CorsNeed, contract: Contract) -> None:
        self._bucket = bucket
        self._header = bucket.declaration.location
        self._slot = bucket.slot(Kind.CORS)
        self._request = BrowserRequest(contract.origin, need.method, need.headers, read_response_headers=need.exposed)
        self._asked = f"{self._request.sent_method} from {contract.origin}"
        configurations = (parse_cors(linked.attachment.content, _place(linked.attachment)) for linked in self._slot.linked)
        self._exchanges = tuple(Exchange(configuration, self._request) for configuration in configurations)
        self._none = Exchange(None, self._request)

    def outcome(self) -> Outcome:
        """The outcome over all cases; a case in which S3 would reject a configuration counts only when there is no other."""
        if not self._request.origin:
            return Outcome(Status.NOT_APPLICABLE, "the consumer has no page in a browser", self._header)
        if self._bucket.declaration.directory:
            return self._failed(Ending(Stage.NO_CONFIGURATION), "directory buckets have no CORS configuration", self._header)
        try:
            cases = by_cases(self._question, _LIMIT)
        except TooManyCases:
            symbols = dict.fromkeys(symbol for exchange in self._exchanges for symbol in exchange.open_symbols())
            resolved_by = tuple(Resolution.of(symbol) for symbol in symbols)
            return Outcome(
                Status.UNKNOWN, "too much of the CORS configuration is unknown at once", self._header, resolved_by=resolved_by
            )
        kept = [case for case in cases if self._stage(case.answer) is not Stage.REJECTED]
        outcome = conclude(kept or cases)
        rules = {case.answer.reason for case in kept}
        if outcome.status is Status.HOLDS and len(rules) > 1:
            outcome = replace(outcome, reason=f"in every case a rule answers {self._asked}")
        if outcome.status is Status.FAILS:
            outcome = self._regardless(outcome)
        if kept and len(kept) < len(cases):
            assumption = (
                f"What is unknown in the CORS configuration of {self._bucket.declaration.address} is such that S3 accepts it."
            )
            outcome = replace(outcome, assumptions=(*outcome.assumptions, assumption))
        return replace(outcome, steps=tuple(self._steps()))

    @staticmethod
    def _stage(outcome: Outcome) -> Stage | None:
        return outcome.cause.stage if isinstance(outcome.cause, CorsCause) else None

    def _regardless(self, outcome: Outcome) -> Outcome:
        """A failure of every case, told by what fails in all of them rather than in the first."""
        if self._stage(outcome) in (Stage.PREFLIGHT_REFUSED, Stage.NO_HEADERS) and len(self._exchanges) == 1:
            told = self._refusal(self._exchanges[0], Choices({}), self._stage(outcome) is Stage.PREFLIGHT_REFUSED)
            if told is not None:
                return replace(outcome, reason=told[0], location=told[1])
        return outcome

    # ------------------------------------------------------------------------------------------------------- one case

    def _question(self, choices: Choices) -> Outcome:
        active = [place for place, linked in enumerate(self._slot.linked) if choices.hold(linked.when)]
        if not active:
            return self._unattached(choices)
        endings = [(place, self._exchanges[place].answer(choices)) for place in active]
        if len({ending.passes for _, ending in endings}) > 1:
            place, ending = endings[applied_last([self._slot.linked[place].attachment for place in active], choices)]
        else:
            place, ending = endings[0]
        return self._told(self._slot.linked[place].attachment, self._exchanges[place], ending, choices)

    def _unattached(self, choices: Choices) -> Outcome:
        for symbol in self._slot.perhaps:
            labels = (f"{symbol.name} attaches no CORS configuration", f"{symbol.name} attaches one")
            if choices.of(Atom(("attaches", symbol.name, "cors"), (False, True), symbol, labels)):
                return self._elsewhere(symbol, choices)
        if not self._bucket.declaration.managed:
            address = self._bucket.declaration.address
            reason = "the bucket is declared elsewhere, and its CORS configuration may be too"
            hint = "audit the code that declares the bucket, or write the CORS configuration here"
            return self._elsewhere(Symbol(f"the CORS configuration of {address}", reason, hint, self._header), choices)
        return self._failed(self._none.answer(choices), "the bucket has no CORS configuration", self._header)

    def _elsewhere(self, symbol: Symbol, choices: Choices) -> Outcome:
        """A configuration of which nothing is known."""
        exchange = Exchange(parse_cors(Unknown(symbol), symbol.location or self._header), self._request)
        return self._told(None, exchange, exchange.answer(choices), choices)

    def _told(self, attachment: Attachment | None, exchange: Exchange, ending: Ending, choices: Choices) -> Outcome:
        """The outcome of one case with its reason and its place."""
        configuration = exchange.configuration
        rules = configuration.known_rules if configuration else ()
        content = configuration.location if configuration else self._header
        answering = rules[ending.actual_rule] if ending.actual_rule is not None and ending.actual_rule >= 0 else None
        name = f"rule {answering.number}" if answering else "a rule"
        if ending.passes:
            return Outcome(
                Status.HOLDS,
                f"{name} answers {self._asked}",
                answering.location if answering else content,
                cause=self._cause(ending, attachment),
            )
        match ending.stage:
            case Stage.NO_CONFIGURATION:
                location = attachment.location if attachment else self._header
                return self._failed(ending, "the bucket has no CORS configuration", location, attachment)
            case Stage.REJECTED:
                defect = (
                    next((problem for problem in configuration.problems if problem.flaw is Flaw.REJECTED), None)
                    if configuration
                    else None
                )
                why = f": {defect.reason}" if defect else ""
                return self._failed(
                    ending, f"S3 rejects the CORS configuration{why}", defect.location if defect else content, attachment
                )
            case Stage.NOT_EXPOSED:
                hidden = ", ".join(ending.headers)
                return self._failed(
                    ending, f"{name} does not expose {hidden}", answering.exposed.location if answering else content, attachment
                )
            case Stage.PREFLIGHT_REFUSED | Stage.NO_HEADERS:
                told = self._refusal(exchange, choices, ending.stage is Stage.PREFLIGHT_REFUSED)
                reason, location = told or (f"no rule answers {self._asked}", content)
                return self._failed(ending, reason, location, attachment, _nearest(exchange.fits(choices)))
            case _:
                return self._failed(ending, ending.stage.value, answering.location if answering else content, attachment)

    def _failed(
        self, ending: Ending, reason: str, location: Location, attachment: Attachment | None = None, nearest: Fit | None = None
    ) -> Outcome:
        witness = {"origin": str(self._request.origin), "method": self._request.sent_method}
        if self._request.listed_headers:
            witness["headers"] = ", ".join(self._request.listed_headers)
        witness["answer"] = _answer(ending)
        return Outcome(Status.FAILS, reason, location, witness, cause=self._cause(ending, attachment, nearest))

    def _cause(self, ending: Ending, attachment: Attachment | None, nearest: Fit | None = None) -> CorsCause:
        configurations = tuple(exchange.configuration for exchange in self._exchanges if exchange.configuration)
        return CorsCause(self._request, self._slot.linked, configurations, ending.stage, attachment, nearest)

    def _refusal(self, exchange: Exchange, choices: Choices, preflight: bool) -> tuple[str, Location] | None:
        """Why no rule answers, by the rule that comes nearest, and the place to change; None when no part of it certainly fails."""
        fits = [fit for fit in exchange.fits(choices) if fit.there is not Truth.FALSE]
        nearest = _nearest(fits)
        if nearest is None:
            return None
        rule, method = nearest.rule, self._request.sent_method
        alone = len(fits) == 1
        faults: list[tuple[str, str, Location]] = []
        if nearest.origin is Truth.FALSE and nearest.near:
            item, mistake = nearest.near
            faults.append(("", f"AllowedOrigins has '{item.written}' {mistake}, which no browser sends", item.location))
        elif nearest.origin is Truth.FALSE:
            # Such a rule is for someone else; what else it lacks is beside the point.
            everywhere = all(fit.origin is Truth.FALSE for fit in fits) and not alone
            fault = _fault(rule.number, f"allow the origin {self._request.origin}", rule.origins.location, everywhere)
            return _clauses([fault]), rule.origins.location
        if nearest.method is Truth.FALSE:
            everywhere = all(fit.method is Truth.FALSE for fit in fits)
            faults.append(_fault(rule.number, f"list {method}", rule.methods.location, everywhere and not alone))
        if preflight and nearest.lacking:
            everywhere = all(set(nearest.lacking) <= set(fit.lacking) for fit in fits)
            plural = "s" if len(nearest.lacking) > 1 else ""
            verb = f"allow the header{plural} {', '.join(nearest.lacking)}"
            location = rule.headers.location if rule.headers.written else rule.location
            faults.append(_fault(rule.number, verb, location, everywhere and not alone))
        if not faults:
            return None
        return _clauses(faults), faults[0][2]

    # ------------------------------------------------------------------------------------------------------ explained

    def _steps(self) -> Iterator[Step]:
        if not self._exchanges:
            yield Step("nothing in the code gives the bucket a CORS configuration", self._header)
        for linked, exchange in zip(self._slot.linked, self._exchanges, strict=True):
            conditional = "" if linked.when == ALWAYS else ", if it belongs to the bucket and exists"
            yield Step(f"{linked.attachment.address} holds the CORS configuration{conditional}", linked.attachment.location)
            for fit in exchange.fits():
                parts = [
                    _spoken(fit.origin, "allow", f"the origin {self._request.origin}"),
                    _spoken(fit.method, "list", self._request.sent_method),
                ]
                parts.extend(_spoken(truth, "allow", f"the header {name}") for name, truth in fit.headers)
                yield Step(f"rule {fit.rule.number} {', '.join(parts)}", fit.rule.location)


def _place(attachment: Attachment) -> Location:
    return attachment.content_location or attachment.location


def _nearest(fits: Sequence[Fit]) -> Fit | None:
    return min(fits, key=lambda fit: fit.distance, default=None)


def _fault(number: int, verb: str, location: Location, everywhere: bool) -> tuple[str, str, Location]:
    return ("no rule", _third_person(verb), location) if everywhere else (f"rule {number}", f"does not {verb}", location)


def _third_person(verb: str) -> str:
    first, space, rest = verb.partition(" ")
    return f"{first}s{space}{rest}"


def _clauses(faults: Sequence[tuple[str, str, Location]]) -> str:
    """The faults as one sentence; one that has the subject of the fault before it does without."""
    sentence, before = "", None
    for subject, predicate, _ in faults:
        if before is None:
            sentence = f"{subject} {predicate}".strip()
        elif subject == before:
            sentence += f" and {predicate}"
        else:
            sentence += f", and {subject} {predicate}"
        before = subject
    return sentence


def _spoken(truth: Truth, verb: str, what: str) -> str:
    match truth:
        case Truth.TRUE:
            return f"{_third_person(verb)} {what}"
        case Truth.FALSE:
            return f"does not {verb} {what}"
        case Truth.UNKNOWN:
            return f"may {verb} {what}"


def _answer(ending: Ending) -> str:
    """What S3 and the browser do. Source: recordings of real S3, see `auditor.cors`."""
    if ending.stage not in (Stage.NO_CONFIGURATION, Stage.REJECTED):
        return str(ending.stage.value)
    if ending.preflight_rule is None:
        return Stage.NO_HEADERS.value
    return f"{Stage.PREFLIGHT_REFUSED.value}: CORS is not enabled for this bucket"
