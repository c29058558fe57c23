"""CORS: a page at the consumer's origin may make the request, and read the answer, through the bucket's configuration.

Source: `auditor.cors`; Amazon S3 API Reference, PutBucketCors (a put replaces the whole configuration, so of several the last one
wins; directory buckets have none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Contradiction, Need, WrittenNeed
from auditor.cors import (
    BrowserRequest,
    CorsConfiguration,
    CorsFlaw,
    Ending,
    Exchange,
    Fit,
    Stage,
    parse_cors,
)
from auditor.cors.configuration import METHODS
from auditor.foundation.cases import Choices
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, Truth, Unknown
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Attachment, Bucket, Kind, Linked
from auditor.proofs.outcome import applied_last, attaching, open_because
from auditor.proofs.setting import elsewhere
from auditor.verdict import Cause, Outcome, Status, Step

_WHAT = "CORS configuration"
_ORIGIN = regex(r"[a-z][a-z0-9+.-]*://[^/?#\s@]+")


@dataclass(frozen=True, slots=True)
class CorsNeed(Need):
    """A request that a page in a browser makes.

    Attributes:
        method: the HTTP method.
        headers: the request headers that the browser would list in its preflight, lower case.
        exposed: the response headers that the page must read.
        origin: the origin of the page, `https://host`.
    """

    IDS: ClassVar[str] = f"cors:({'|'.join(METHODS)})"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("cors:GET",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "headers": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[a-z0-9-]+$"},
            "description": "The request headers that the preflight lists, in lower case.",
        },
        "exposed": {"type": "array", "items": {"type": "string"}, "description": "The response headers that the page reads."},
        "origin": {"$ref": "#/$defs/texts", "description": "The origin of the page, where it is not the contract's."},
    }
    SEVERAL: ClassVar[tuple[str, ...]] = ("origin",)

    method: str = ""
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    origin: str = ""

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; its id tells the method."""
        method = written.id.partition(":")[2]
        return cls(*written.head, method, written.texts("headers"), written.texts("exposed"), written.text("origin"))

    @property
    def label(self) -> str:
        """The method of the HTTP request."""
        return self.method

    def contradictions(self, contract: Contract) -> Iterator[Contradiction]:
        """An origin that no page has."""
        del contract
        if not _ORIGIN.fullmatch(self.origin):
            told = (
                f"'{self.origin}' is not a valid origin (https://host, nothing after it)"
                if self.origin
                else "the origin is missing"
            )
            yield Contradiction(f"{told}, and the contract has needs of cors", ("origin", "url"))

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether a page at the consumer's origin may make the request and read the answer, in one case."""
        del contract
        return choices.once(self, lambda: _Proof(bucket, self), bucket).outcome(choices)


KIND = CorsNeed


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


class _Proof:
    """One need of one bucket."""

    def __init__(self, bucket: Bucket, need: CorsNeed) -> None:
        self._bucket = bucket
        self._header = bucket.declaration.location
        self._slot = bucket.slot(Kind.CORS)
        self._request = _request_of(need)
        self._asked = f"{self._request.sent_method} from {need.origin}"
        attachments = (linked.attachment for linked in self._slot.linked)
        configurations = (parse_cors(one.content, _place(one), one.cors_fields) for one in attachments)
        self._exchanges = tuple(_exchange(configuration, self._request) for configuration in configurations)
        self._steps = tuple(self._explained())

    def outcome(self, choices: Choices) -> Outcome:
        """The outcome in one case; one in which S3 rejects what an unresolved text turns out to be counts only when there is no other."""
        if not self._request.origin:
            return Outcome(Status.NOT_APPLICABLE, "the consumer has no page in a browser", self._header)
        if self._bucket.declaration.directory:
            return self._failed(Ending(Stage.NO_CONFIGURATION), "directory buckets have no CORS configuration", self._header)
        if (unread := attaching(self._slot.unread, choices, _WHAT)) is not None:
            return open_because(unread, self._header)
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
        if (perhaps := attaching(self._slot.perhaps, choices, _WHAT)) is not None:
            return self._elsewhere(perhaps, choices)
        if not self._bucket.declaration.managed:
            name = f"the CORS configuration of {self._bucket.declaration.address}"
            symbol = elsewhere(self._bucket, Kind.CORS, name, or_else="write the CORS configuration here")
            return self._elsewhere(symbol, choices)
        return self._failed(Exchange(None, self._request).answer(choices), "the bucket has no CORS configuration", self._header)

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
                location := answering.location if answering else content,
                steps=self._steps,
                cause=self._cause(ending, attachment),
                overall=(f"in every case a rule answers {self._asked}", location),
            )
        match ending.stage:
            case Stage.NO_CONFIGURATION:
                location = attachment.location if attachment else self._header
                return self._failed(ending, "the bucket has no CORS configuration", location, attachment)
            case Stage.REJECTED:
                return self._rejected(ending, exchange, content, attachment, choices)
            case Stage.NOT_EXPOSED:
                hidden = ", ".join(ending.headers)
                return self._failed(
                    ending, f"{name} does not expose {hidden}", answering.exposed.location if answering else content, attachment
                )
            case Stage.PREFLIGHT_REFUSED | Stage.NO_HEADERS:
                preflight = ending.stage is Stage.PREFLIGHT_REFUSED
                reason, location = self._refusal(exchange, choices, preflight) or (f"no rule answers {self._asked}", content)
                failed = self._failed(ending, reason, location, attachment, _nearest(exchange.fits(choices)))
                # What fails in every case, rather than in this one.
                overall = self._refusal(exchange, Choices({}), preflight) if len(self._exchanges) == 1 else None
                return replace(failed, overall=overall)
            case _:
                return self._failed(ending, ending.stage.value, answering.location if answering else content, attachment)

    def _rejected(
        self,
        ending: Ending,
        exchange: Exchange,
        content: Location,
        attachment: Attachment | None,
        choices: Choices,
    ) -> Outcome:
        """A configuration that is not in force, since S3 rejects it, with what it lacks in every case."""
        problems = exchange.configuration.problems if exchange.configuration else ()
        defect = next((one for one in problems if one.flaw is CorsFlaw.REJECTED and choices.hold(one.when)), None)
        why = f": {defect.reason}" if defect else ""
        place = defect.location if defect else content
        failed = self._failed(ending, f"S3 rejects the CORS configuration{why}", place, attachment)
        address = self._bucket.declaration.address
        accepted = f"What is unknown in the CORS configuration of {address} is such that S3 accepts it."
        lacking = self._refusal(exchange, Choices({}), ending.preflight_rule is not None)
        return replace(failed, discounted=accepted if ending.unfit else "", obstacles=(Step(*lacking),) if lacking else ())

    def _failed(
        self, ending: Ending, reason: str, location: Location, attachment: Attachment | None = None, nearest: Fit | None = None
    ) -> Outcome:
        witness = {"origin": str(self._request.origin), "method": self._request.sent_method}
        if self._request.listed_headers:
            witness["headers"] = ", ".join(self._request.listed_headers)
        witness["answer"] = _answer(ending)
        return Outcome(Status.FAILS, reason, location, witness, steps=self._steps, cause=self._cause(ending, attachment, nearest))

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
            faults.append(("", f"{rule.origins.name} has '{item.written}' {mistake}, which no browser sends", item.location))
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

    def _explained(self) -> Iterator[Step]:
        if not self._exchanges:
            yield Step("nothing in the code gives the bucket a CORS configuration", self._header)
        for linked, exchange in zip(self._slot.linked, self._exchanges, strict=True):
            conditional = "" if linked.when == ALWAYS else ", if it belongs to the bucket and exists"
            yield Step(f"{linked.attachment.address} holds the CORS configuration{conditional}", linked.attachment.location)
            yield from _explained(exchange)


# The modules of a root write the same configuration for bucket after bucket, and each is asked a few requests.
_KEPT = 64


@made_once(_KEPT)
def _request_of(need: CorsNeed) -> BrowserRequest:
    return BrowserRequest(need.origin, need.method, need.headers, read_response_headers=need.exposed)


@made_once(_KEPT)
def _exchange(configuration: CorsConfiguration, request: BrowserRequest) -> Exchange:
    return Exchange(configuration, request)


@made_once(_KEPT)
def _explained(exchange: Exchange) -> tuple[Step, ...]:
    """How each rule fits."""
    return tuple(Step(f"rule {fit.rule.number} {_parts(fit, exchange.request)}", fit.rule.location) for fit in exchange.fits())


def _parts(fit: Fit, request: BrowserRequest) -> str:
    """How a rule fits, part by part."""
    parts = [_spoken(fit.origin, "allow", f"the origin {request.origin}"), _spoken(fit.method, "list", request.sent_method)]
    parts.extend(_spoken(truth, "allow", f"the header {name}") for name, truth in fit.headers)
    return ", ".join(parts)


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
