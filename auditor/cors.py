"""S3's CORS matching and the browser's half of it.

Sources:
    Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration", "Troubleshooting CORS"
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html): rules are tried in order, and the first that
        matches the origin, the method and every requested header decides; at most one `*` in an origin or header.
    Amazon S3 API Reference, PutBucketCors and CORSRule: the methods, required fields and limits.
    Recordings of real S3 (LocalStack, tests/aws/services/s3/test_s3_cors.snapshot.json): the answers,
        `Access-Control-Allow-Origin: *` without credentials, requested headers compared without case, an actual request that no
        rule matches served without CORS headers.
    Fetch (https://fetch.spec.whatwg.org/#http-cors-protocol): preflights, safelists, credentials, readable response headers.

A configuration is parsed once (`parse_cors`), with what the code leaves open kept as guards, holes and rests. `Exchange` compiles
it for one request into three-valued expressions over atoms; `Exchange.answer` decides one case, `decide` all of them.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.cases import Atom, Choices, TooManyCases, by_cases, condition_atom
from auditor.location import Location
from auditor.value import (
    ALWAYS,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Text,
    Truth,
    Unknown,
    Value,
    When,
    all_of,
    alternatives,
    any_of,
    scalar_text,
    text_parts,
)

# Source: Amazon S3 API Reference, CORSRule.
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
FIELDS = ("AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds", "ID")
MAX_RULES = 100
MAX_ID = 255
MAX_BYTES = 64 * 1024

# Source: Fetch, "CORS-safelisted response-header name" and "forbidden response-header name".
READABLE = frozenset({"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"})
UNREADABLE = frozenset({"set-cookie", "set-cookie2"})
# Source: Fetch, "CORS-safelisted method", "forbidden method", "normalize a method".
_SIMPLE_METHODS = frozenset({"GET", "HEAD", "POST"})
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALIZED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
# Source: Fetch, "CORS-safelisted request-header": the value's essence, its length, and the bytes that are not allowed in it.
_SAFELISTED_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_UNSAFE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_RANGE = Symbol(
    "the browser's treatment of Range", "newer browsers send a simple Range header without a preflight, older ones do not"
)
_LIMIT = 512


# ---------------------------------------------------------------------------------------------------- the configuration


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list of a rule: its text, when it is there, and where it is written."""

    text: Text
    when: When
    location: Location

    @property
    def written(self) -> str:
        """The text as it is written, a hole as its name in angle brackets."""
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in text_parts(self.text))


@dataclass(frozen=True, slots=True)
class Rest:
    """Zero or more entries (or rules) that the code leaves open."""

    symbol: Symbol
    when: When
    location: Location


@dataclass(frozen=True, slots=True)
class Field:
    """A list of a rule.

    Attributes:
        items: the entries that are known to be there, in order.
        rests: what may be there besides.
        location: where it is written; that of the rule when it is not.
        written: whether it is written at all.
    """

    items: tuple[Item, ...]
    rests: tuple[Rest, ...]
    location: Location
    written: bool

    @property
    def texts(self) -> tuple[str, ...]:
        """The entries as they are written."""
        return tuple(item.written for item in self.items)

    @property
    def settled(self) -> bool:
        """Whether the code settles every entry."""
        return not self.rests and all(item.when == ALWAYS and isinstance(item.text, Known) for item in self.items)


@dataclass(frozen=True, slots=True)
class CorsRule:
    """One CORS rule.

    Attributes:
        number: its place in the configuration, counted from 1.
        location: the rule as a whole.
        when: the unresolved conditions under which it is there.
        origins: AllowedOrigins.
        methods: AllowedMethods.
        headers: AllowedHeaders.
        exposed: ExposeHeaders.
    """

    number: int
    location: Location
    when: When
    origins: Field
    methods: Field
    headers: Field
    exposed: Field


class Flaw(enum.Enum):
    """What can be wrong with a configuration, whatever is asked of it."""

    REJECTED = "S3 rejects it"
    USELESS = "no browser can send it"


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong in a configuration.

    Attributes:
        flaw: how it is wrong.
        reason: a clause: "rule 1 lists the method 'PATCH', which S3 does not know".
        location: where.
        when: the conditions under which it is there.
        subject: the text it is about.
        cure: what to write instead, as an imperative clause; may be empty.
    """

    flaw: Flaw
    reason: str
    location: Location
    when: When = ALWAYS
    subject: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class CorsConfiguration:
    """The CORS configuration of a bucket.

    Attributes:
        rules: in order; a `Rest` stands for unknown rules. Where rules may come anywhere, a `Rest` stands first: a rule that comes
            before all others can do whatever one further down can do.
        absent: conditions under which there is no configuration at all.
        problems: what is wrong with it, whatever is asked.
        location: the content as a whole.
    """

    rules: tuple[CorsRule | Rest, ...]
    absent: tuple[When, ...]
    problems: tuple[Defect, ...]
    location: Location

    @property
    def known_rules(self) -> tuple[CorsRule, ...]:
        """The rules that are written, in order."""
        return tuple(rule for rule in self.rules if isinstance(rule, CorsRule))


def parse_cors(content: Value, location: Location) -> CorsConfiguration:
    """The configuration in a value of the shape that `auditor.model` documents; total.

    Args:
        content: a ListValue of MapValue in the form of the S3 API (or an object with `CORSRules`). CloudFormation calls three of
            the fields otherwise (ExposedHeaders, Id, MaxAge); its source has to write them as the API does.
        location: where the content is written, for what has no place of its own.
    """
    found = _Found([], [], [])
    for when, branch in alternatives(content):
        _parse_branch(branch, when, location, found)
    return CorsConfiguration(tuple(found.rules), tuple(found.absent), tuple(found.problems), _place(content, location))


@dataclass(frozen=True, slots=True)
class _Found:
    """What parsing gathers; the attributes are those of `CorsConfiguration`."""

    rules: list[CorsRule | Rest]
    absent: list[When]
    problems: list[Defect]


def _parse_branch(branch: Value, when: When, location: Location, found: _Found) -> None:
    place = _place(branch, location)
    match branch:
        case Known(None):
            found.absent.append(when)
        case Unknown(symbol):
            found.rules.append(Rest(symbol, when, place))
        case JsonText(inner):
            for within, part in alternatives(inner, when):
                _parse_branch(part, within, place, found)
        case MapValue(entries) if "CORSRules" in entries:
            for within, part in alternatives(entries["CORSRules"], when):
                _parse_branch(part, within, place, found)
        case ListValue(items, _, rest):
            if rest:
                found.rules.append(Rest(rest, when, place))
            rules = _parse_rules(items, when, place, found.problems)
            found.rules.extend(rules)
            if not rules and not rest:
                found.problems.append(Defect(Flaw.REJECTED, "it has no rules", place, when, "rules", "Write at least one rule."))
            certain = sum(1 for rule in rules if isinstance(rule, CorsRule) and rule.when == when)
            if certain > MAX_RULES:
                reason = f"it has {certain} rules, and at most {MAX_RULES} are allowed"
                found.problems.append(Defect(Flaw.REJECTED, reason, place, when, "rules", "Merge or remove rules."))
            size = sum(
                len(item.written) for rule in rules if isinstance(rule, CorsRule) for item in _items(rule) if item.when == when
            )
            if size > MAX_BYTES:
                found.problems.append(
                    Defect(Flaw.REJECTED, "it is larger than 64 KB", place, when, "rules", "Merge or remove rules.")
                )
        case _:
            found.rules.append(Rest(Symbol("the CORS rules", "they are not a list of rules"), when, place))


def _items(rule: CorsRule) -> Iterator[Item]:
    for field in (rule.origins, rule.methods, rule.headers, rule.exposed):
        yield from field.items


def _parse_rules(items: Sequence[Value], when: When, location: Location, problems: list[Defect]) -> list[CorsRule | Rest]:
    rules: list[CorsRule | Rest] = []
    for number, item in enumerate(items, 1):
        for within, value in alternatives(item, when):
            place = _place(value, location)
            match value:
                case Known(None):
                    continue
                case MapValue():
                    rules.append(_parse_rule(value, number, within, place, problems))
                case Unknown(symbol):
                    rules.append(Rest(symbol, within, place))
                case _:
                    rules.append(Rest(Symbol(f"CORS rule {number}", "it is not a rule"), within, place))
    return rules


def _parse_rule(value: MapValue, number: int, when: When, location: Location, problems: list[Defect]) -> CorsRule:
    origins, methods, headers, exposed = (
        _parse_field(value, name, number, when, location)
        for name in ("AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders")
    )
    rule = CorsRule(number, location, when, origins, methods, headers, exposed)
    problems.extend(_defects(rule))
    for key, entry in value.entries.items():
        if key not in FIELDS:
            place = value.key_locations.get(key) or _place(entry, location)
            nearest = _NEAR_FIELDS.get(key.lower())
            cure = f"Write '{nearest}'." if nearest else f"Remove '{key}'."
            reason = f"rule {number} has '{key}', which is no field of a CORS rule"
            problems.append(Defect(Flaw.REJECTED, reason, place, when, key, cure))
    for within, identifier in alternatives(value.entries.get("ID", Known(None)), when):
        if isinstance(identifier, Known) and len(scalar_text(identifier.value)) > MAX_ID:
            reason = (
                f"the ID of rule {number} has {len(scalar_text(identifier.value))} characters, and at most {MAX_ID} are allowed"
            )
            problems.append(Defect(Flaw.REJECTED, reason, _place(identifier, location), within, f"ID {number}", "Shorten the ID."))
    return rule


# What people write for a field of a rule: the names of Google Cloud Storage, of CloudFormation, and the singular of the XML form.
_NEAR_FIELDS = {
    **{name.lower(): name for name in FIELDS},
    "exposedheaders": "ExposeHeaders",
    "exposeheader": "ExposeHeaders",
    "allowedorigin": "AllowedOrigins",
    "allowedmethod": "AllowedMethods",
    "allowedheader": "AllowedHeaders",
    "maxage": "MaxAgeSeconds",
    "origin": "AllowedOrigins",
    "origins": "AllowedOrigins",
    "method": "AllowedMethods",
    "methods": "AllowedMethods",
    "responseheader": "ExposeHeaders",
}


def _parse_field(rule: MapValue, name: str, number: int, when: When, location: Location) -> Field:
    items: list[Item] = []
    rests: list[Rest] = []
    value = rule.entries.get(name)
    if value is None:
        if rule.rest:
            rests.append(Rest(rule.rest, when, location))
        return Field((), tuple(rests), location, written=False)
    place = _place(value, rule.key_locations.get(name) or location)
    written = False
    for within, branch in alternatives(value, when):
        match branch:
            case Known(None):
                continue
            case ListValue(entries, _, rest):
                here = _place(branch, place)
                for entry in entries:
                    for each, text in alternatives(entry, within):
                        if isinstance(text, Known | Template | Unknown):
                            if not (isinstance(text, Known) and text.value is None):
                                items.append(Item(text, each, _place(text, here)))
                        else:
                            rests.append(
                                Rest(Symbol(f"{name} of rule {number}", "one of its entries is not text"), each, _place(text, here))
                            )
                if rest:
                    rests.append(Rest(rest, within, here))
            case Unknown(symbol):
                rests.append(Rest(symbol, within, _place(branch, place)))
            case _:
                rests.append(Rest(Symbol(f"{name} of rule {number}", "it is not a list"), within, _place(branch, place)))
        written = True
    return Field(tuple(items), tuple(rests), place, written)


def _place(value: Value, otherwise: Location) -> Location:
    return value.location or otherwise


def _defects(rule: CorsRule) -> Iterator[Defect]:
    """What S3 rejects in one rule, and what no browser can send."""
    number = rule.number
    for name, field, example in (("AllowedOrigins", rule.origins, "an origin"), ("AllowedMethods", rule.methods, "a method")):
        if not field.items and not field.rests:
            reason = f"rule {number} has {'an empty' if field.written else 'no'} {name}"
            yield Defect(
                Flaw.REJECTED, reason, field.location, rule.when, f"{name} {number}", f"Give it {name} with at least {example}."
            )
    for item in rule.methods.items:
        if not any(_may_equal(item.text, method) for method in METHODS):
            reason = f"rule {number} lists the method '{item.written}', and S3 knows only {_listing(METHODS)}"
            upper = item.written.upper()
            cure = f"Write '{upper}'." if upper in METHODS else f"Remove '{item.written}'."
            yield Defect(Flaw.REJECTED, reason, item.location, item.when, item.written, cure)
    for name, field in (("AllowedOrigins", rule.origins), ("AllowedHeaders", rule.headers)):
        for item in field.items:
            if _stars(item.text) > 1:
                reason = f"{name} of rule {number} has '{item.written}' with more than one '*'"
                yield Defect(Flaw.REJECTED, reason, item.location, item.when, item.written, "Keep at most one '*' in each entry.")
    for item in rule.exposed.items:
        if _stars(item.text):
            reason = f"ExposeHeaders of rule {number} has '{item.written}', and S3 takes no wildcard there"
            yield Defect(Flaw.REJECTED, reason, item.location, item.when, item.written, "List the response headers one by one.")
    for item in rule.origins.items:
        if isinstance(item.text, Known) and _stars(item.text) <= 1:
            fault = origin_fault(item.written)
            if fault:
                cure = as_browsers_send(item.written)
                reason = f"AllowedOrigins of rule {number} has '{item.written}' {fault}"
                yield Defect(
                    Flaw.USELESS, reason, item.location, item.when, item.written, f"Write '{cure}'." if cure else "Remove it."
                )


def _listing(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _stars(text: Text) -> int:
    return sum(part.count("*") for part in text_parts(text) if isinstance(part, str))


def _may_equal(text: Text, literal: str) -> bool:
    return bool(_shape(text_parts(text), wild=False).fullmatch(literal))


# ----------------------------------------------------------------------------------------- what browsers send as Origin


def origin_fault(pattern: str) -> str:
    """Why no browser can send an origin that matches, as a phrase that follows it ("with a trailing slash"); empty when one can.

    Source: HTML, "serialization of an origin": lower-case scheme, `://`, host, and the port unless it is the scheme's default; or
    `null`.
    """
    if _matches(pattern, "null"):
        return ""
    if not pattern:
        return "which is empty"
    if pattern != pattern.strip() or re.search(r"\s", pattern):
        return "with white space"
    if "<" in pattern or ">" in pattern:
        return "with angle brackets"
    scheme, mark, rest = pattern.partition("://")
    if not mark:
        if "*" in pattern and any(_may_begin(pattern, start) for start in ("http://", "https://")):
            return "with a path" if re.search(r"[^/:*]/|/$", pattern.replace("//", "", 1)) else ""
        return "without a scheme"
    if "/" in rest:
        return "with a trailing slash" if rest.endswith("/") and "/" not in rest[:-1] else "with a path"
    if "?" in rest or "#" in rest:
        return "with a query or fragment"
    if "@" in rest:
        return "with user information"
    if pattern != pattern.lower():
        return "with upper-case letters"
    if not rest:
        return "without a host"
    if not pattern.isascii():
        return "with letters that browsers write in Punycode"
    port = re.search(r":([0-9]+)$", rest)
    if port and (_DEFAULT_PORTS.get(scheme) == port[1] or (port[1].startswith("0") and port[1] != "0")):
        return f"with the default port {port[1]}" if _DEFAULT_PORTS.get(scheme) == port[1] else "with a port that begins with 0"
    return ""


def _may_begin(pattern: str, start: str) -> bool:
    """Whether a pattern with a wildcard can match something that begins with `start`."""
    before = pattern.partition("*")[0]
    return start.startswith(before) or before.startswith(start)


def as_browsers_send(pattern: str) -> str:
    """The origin as a browser sends it that was probably meant; empty when that is anyone's guess, or when nothing is wrong."""
    if not origin_fault(pattern):
        return ""
    text = pattern.strip().strip("<>").strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        if not re.fullmatch(r"[A-Za-z0-9.*-]+(:[0-9*]+)?/?", text) or "." not in text:
            return ""
        scheme, rest = "https", text
    scheme = scheme.lower()
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].lower()
    port = _DEFAULT_PORTS.get(scheme)
    if port:
        host = host.removesuffix(f":{port}")
    meant = f"{scheme}://{host}"
    return meant if meant != pattern and host and not origin_fault(meant) else ""


# ---------------------------------------------------------------------------------------------------------- the request


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """What a page does.

    Attributes:
        origin: the origin of the page as its browser sends it; None when there is no Origin header.
        method: the HTTP method.
        headers: the request headers that the browser lists in `Access-Control-Request-Headers`.
        content_type: the value of Content-Type, None when it is not known or not sent.
        credentials: whether cookies and HTTP authentication are sent along; a presigned URL and a SigV4 header are no credentials.
        read_response_headers: the response headers that the page must read.
        for_all_origins: instead of `origin`: a pattern with `*`; the answer is for every origin that matches.
        for_all_headers: one more listed header: the answer is for every name that matches this pattern.
    """

    origin: str | None
    method: str
    headers: tuple[str, ...] = ()
    content_type: str | None = None
    credentials: bool = False
    read_response_headers: tuple[str, ...] = ()
    for_all_origins: str | None = None
    for_all_headers: str | None = None

    @property
    def sent_method(self) -> str:
        """The method as the browser sends it. Source: Fetch, "normalize a method"."""
        return self.method.upper() if self.method.upper() in _NORMALIZED else self.method

    @property
    def listed_headers(self) -> tuple[str, ...]:
        """The headers of a preflight, lower case, sorted, each once; Content-Type among them when its value is not safelisted."""
        names = {name.lower() for name in self.headers}
        if self.content_type is not None and not _safelisted(self.content_type):
            names.add("content-type")
        return tuple(sorted(names))

    @property
    def exposed_headers(self) -> tuple[str, ...]:
        """Those of the response headers to read that a rule must expose, lower case."""
        return tuple(dict.fromkeys(name.lower() for name in self.read_response_headers if name.lower() not in READABLE))


def _safelisted(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in _SAFELISTED_TYPES and len(content_type) <= 128 and not _UNSAFE.search(content_type)


# ---------------------------------------------------------------------------------- three-valued expressions over atoms


@dataclass(frozen=True, slots=True)
class _Test:
    """True when the atom takes one of the options."""

    atom: Atom
    accepts: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Expression, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Expression, ...]


_Expression = _Test | _All | _Any
_TRUE = _All(())
_FALSE = _Any(())


def _constant(value: bool) -> _Expression:
    return _TRUE if value else _FALSE


def _test(atom: Atom, accepts: Iterable[Hashable]) -> _Expression:
    accepted = frozenset(accepts)
    if not accepted:
        return _FALSE
    return _TRUE if accepted.issuperset(atom.options) else _Test(atom, accepted)


def _when(when: When, truth: bool = True) -> _Expression:
    """The expression of a conjunction of conditions, or of its negation."""
    literals = sorted(when.literals, key=lambda pair: pair[0].name)
    tests = tuple(_Test(condition_atom(symbol), frozenset({wanted is truth})) for symbol, wanted in literals)
    return _All(tests) if truth else _Any(tests)


def _truth(expression: _Expression, choices: Choices) -> Truth:
    """What is known of an expression from the options taken so far; never splits."""
    match expression:
        case _Test(atom, accepts):
            option = choices.peek(atom)
            return Truth.UNKNOWN if option is None else Truth.of(option in accepts)
        case _All(parts):
            return all_of(_truth(part, choices) for part in parts)
        case _Any(parts):
            return any_of(_truth(part, choices) for part in parts)


def _open_atoms(expression: _Expression, choices: Choices) -> Iterator[Atom]:
    """The atoms that an undecided expression turns on."""
    if _truth(expression, choices) is not Truth.UNKNOWN:
        return
    if isinstance(expression, _Test):
        yield expression.atom
        return
    for part in expression.parts:
        yield from _open_atoms(part, choices)


def _settle(expression: _Expression, choices: Choices) -> bool:
    """The truth of an expression in this case; splits only where it is undecided."""
    while (truth := _truth(expression, choices)) is Truth.UNKNOWN:
        choices.of(next(_open_atoms(expression, choices)))
    return truth is Truth.TRUE


_NOTHING_TAKEN = Choices({})


# ------------------------------------------------------------------------------------------------------------- matching


def origin_matches(pattern: str, origin: str) -> bool:
    """Whether S3 takes an entry of AllowedOrigins for an origin: the whole string, case and all, with at most one `*`."""
    return _matches(pattern, origin)


def _matches(pattern: str, subject: str) -> bool:
    """Whether a pattern with at most one `*` (any characters, or none) matches the whole of a text; with more it never does."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == subject
    return "*" not in after and len(subject) >= len(before) + len(after) and subject.startswith(before) and subject.endswith(after)


def _shape(parts: Iterable[str | Symbol], *, wild: bool) -> re.Pattern[str]:
    """All that text with holes can match, its literal `*` being a wildcard if `wild`."""
    pieces = []
    for part in parts:
        if isinstance(part, Symbol):
            pieces.append(".*")
        else:
            pieces.append(".*".join(re.escape(piece) for piece in part.split("*")) if wild else re.escape(part))
    return re.compile("".join(pieces), re.DOTALL)


class _Role(enum.Enum):
    """What a text of a rule is compared with."""

    ORIGIN = "origin"
    METHOD = "method"
    HEADER = "header"
    EXPOSED = "exposed"


# What a symbol of the domain can look like; the others can be any text.
_DOMAINS = {
    Domain.ACCOUNT: re.compile(r"\d{12}"),
    Domain.REGION: re.compile(r"[a-z]+(-[a-z]+)+-\d+"),
    Domain.BUCKET: re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
}
_ANYTHING_ELSE = "?"


class _Texts:
    """The texts with holes of a configuration, and the finitely many ways in which each hole can matter for one request.

    A hole that stands alone in every text it occurs in is split by the values that can matter: those that make some text match
    something of the request, grouped by what they do everywhere. Texts with several different holes are split one by one, which can
    only widen what is possible.
    """

    def __init__(self, configuration: CorsConfiguration, request: BrowserRequest, headers: Sequence[str]) -> None:
        origin = () if request.origin is None else (request.origin,)
        self._subjects = {
            _Role.ORIGIN: origin,
            _Role.METHOD: tuple(dict.fromkeys((*(method for method in METHODS if method == request.sent_method), *METHODS))),
            _Role.HEADER: tuple(headers),
            _Role.EXPOSED: request.exposed_headers,
        }
        self._credentials = request.credentials
        self._method = request.sent_method
        # Atoms of different requests or configurations must not be taken for one another: their options differ.
        self._identity = (origin, request.sent_method, tuple(headers), request.exposed_headers, request.credentials)
        self._uses: dict[str, list[tuple[tuple[str | Symbol, ...], _Role]]] = {}
        for rule in configuration.known_rules:
            for field, role in (
                (rule.origins, _Role.ORIGIN),
                (rule.methods, _Role.METHOD),
                (rule.headers, _Role.HEADER),
                (rule.exposed, _Role.EXPOSED),
            ):
                for item in field.items:
                    parts = text_parts(item.text)
                    names = {part.name for part in parts if isinstance(part, Symbol)}
                    if len(names) == 1:
                        use = (parts, role)
                        uses = self._uses.setdefault(names.pop(), [])
                        if use not in uses:
                            uses.append(use)
        self._atoms: dict[str, Atom] = {}

    def test(self, text: Text, role: _Role, subject: str, predicate: Callable[[str], bool]) -> _Expression:
        """The expression that a predicate holds of a text.

        Args:
            text: the text.
            role: what it is.
            subject: what it is compared with.
            predicate: true of the settled text; implies that the text matches the subject unless the subject is empty.
        """
        if isinstance(text, Known):
            return _constant(predicate(scalar_text(text.value)))
        parts = text_parts(text)
        shown = subject.lower() if role in (_Role.HEADER, _Role.EXPOSED) else subject
        if subject and not _shape(_folded(parts, role), wild=True).fullmatch(shown):
            return _FALSE
        symbols = list(dict.fromkeys(part for part in parts if isinstance(part, Symbol)))
        if len(symbols) == 1:
            atom = self._atom(symbols[0])
            return _test(atom, (value for value in atom.options if predicate(_filled(parts, str(value)))))
        written = "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts)
        probe = predicate("*")
        key = ("text", role.value, parts, subject, probe, self._identity)
        labels = (f"'{written}' matches '{subject}'", f"'{written}' does not match '{subject}'")
        return _Test(Atom(key, (True, False), symbols[0], labels), frozenset({True}))

    def _atom(self, symbol: Symbol) -> Atom:
        if symbol.name not in self._atoms:
            self._atoms[symbol.name] = self._partition(symbol)
        return self._atoms[symbol.name]

    def _partition(self, symbol: Symbol) -> Atom:
        """The values of a symbol that can matter, one for each way of mattering."""
        uses = self._uses[symbol.name]
        found: dict[tuple[bool, ...], str] = {}
        for value in self._candidates(symbol, uses):
            found.setdefault(tuple(answer for parts, role in uses for answer in self._answers(_filled(parts, value), role)), value)
        options = tuple(found.values())
        labels = tuple(f"{symbol.name} is {'anything else' if value == _ANYTHING_ELSE else repr(value)}" for value in options)
        key = ("value", symbol.name, tuple((parts, role.value) for parts, role in uses), self._identity)
        return Atom(key, options, symbol, labels)

    def _answers(self, text: str, role: _Role) -> Iterator[bool]:
        """All that can be asked of a settled text."""
        if role is _Role.METHOD:
            yield text == self._method
            yield text not in METHODS
        elif role is _Role.EXPOSED:
            yield "*" in text
            yield from (text.lower() == subject for subject in self._subjects[role])
        else:
            yield text.count("*") > 1
            if role is _Role.ORIGIN:
                yield from (_matches(text, subject) for subject in self._subjects[role])
                if self._credentials:
                    yield text == "*"
            else:
                yield from (_matches(text.lower(), subject) for subject in self._subjects[role])

    def _candidates(self, symbol: Symbol, uses: Sequence[tuple[tuple[str | Symbol, ...], _Role]]) -> Iterator[str]:
        shape = _DOMAINS.get(symbol.domain)
        for value in dict.fromkeys(self._fragments(symbol, uses)):
            if symbol.domain is Domain.ANY or (value and "*" not in value and (shape is None or shape.fullmatch(value))):
                yield value
        yield _ANYTHING_ELSE

    def _fragments(self, symbol: Symbol, uses: Sequence[tuple[tuple[str | Symbol, ...], _Role]]) -> Iterator[str]:
        starred: list[str] = []
        for parts, role in uses:
            before = parts[0] if isinstance(parts[0], str) else ""
            after = parts[-1] if isinstance(parts[-1], str) else ""
            exact = "*" not in before + after and sum(part == symbol for part in parts) == 1
            for subject in self._subjects[role]:
                folded = role in (_Role.HEADER, _Role.EXPOSED)
                start, end = (before.lower(), after.lower()) if folded else (before, after)
                if not exact:
                    size = len(subject)
                    yield from (subject[left:right] for left in range(size + 1) for right in range(left, size + 1))
                elif len(subject) >= len(start) + len(end) and subject.startswith(start) and subject.endswith(end):
                    fragment = subject[len(start) : len(subject) - len(end)]
                    yield fragment
                    if role in (_Role.ORIGIN, _Role.HEADER) and (len(uses) > 1 or len(self._subjects[role]) > 1):
                        size = len(fragment)
                        starred.extend(
                            f"{fragment[:left]}*{fragment[right:]}" for left in range(size + 1) for right in range(left, size + 1)
                        )
        yield "*"
        yield from starred


def _folded(parts: Iterable[str | Symbol], role: _Role) -> Iterator[str | Symbol]:
    fold = role in (_Role.HEADER, _Role.EXPOSED)
    return (part.lower() if fold and isinstance(part, str) else part for part in parts)


def _filled(parts: Iterable[str | Symbol], value: str) -> str:
    return "".join(part if isinstance(part, str) else value for part in parts)


# ---------------------------------------------------------------------------------------------------------- an exchange


class Stage(enum.Enum):
    """How an exchange ends."""

    READABLE = "the page may read the answer"
    NOT_CORS = "without an Origin header the request is no CORS request"
    FORBIDDEN_METHOD = "browsers send no such request"
    NO_ORIGIN = "S3 answers 400 to OPTIONS without an Origin header"
    NO_CONFIGURATION = "the bucket has no CORS configuration"
    REJECTED = "S3 rejects the CORS configuration"
    PREFLIGHT_REFUSED = "S3 answers 403 to the preflight"
    NO_HEADERS = "S3 answers without CORS headers"
    CREDENTIALS = "S3 answers '*', which browsers refuse for a request with credentials"
    NOT_EXPOSED = "the page may not read a response header that it needs"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of an exchange in one case.

    Attributes:
        stage: how it ends.
        preflight_rule: index of the rule that answers the preflight, -1 when none does, None when it is not sent or not known.
        actual_rule: likewise for the actual request.
        headers: for NOT_EXPOSED the response headers that stay hidden; for PREFLIGHT_REFUSED the headers that the preflight listed.
    """

    stage: Stage
    preflight_rule: int | None = None
    actual_rule: int | None = None
    headers: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the page gets what it asked for."""
        return self.stage in (Stage.READABLE, Stage.NOT_CORS)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a rule and a request fit, part by part.

    Attributes:
        rule: the rule.
        there: whether the rule is there.
        origin: whether an AllowedOrigins entry matches the origin.
        near: an entry that would match if it were written as browsers send it, and what is wrong with it.
        method: whether AllowedMethods has the method.
        headers: for each header of the preflight, whether an AllowedHeaders entry matches it.
    """

    rule: CorsRule
    there: Truth
    origin: Truth
    near: tuple[Item, str] | None
    method: Truth
    headers: tuple[tuple[str, Truth], ...]

    @property
    def lacking(self) -> tuple[str, ...]:
        """The headers that certainly no entry of AllowedHeaders matches."""
        return tuple(name for name, truth in self.headers if truth is Truth.FALSE)

    @property
    def distance(self) -> float:
        """How far the rule is from fitting: an origin weighs more than a method, a method more than headers."""
        origin = 0.0 if self.origin is not Truth.FALSE else 2.5 if self.near else 6.0
        return (
            origin + (2 if self.method is Truth.FALSE else 0) + (1 if self.lacking else 0) + (8 if self.there is Truth.FALSE else 0)
        )


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One rule for one request, as expressions."""

    index: int | None
    actual: _Expression
    preflight: _Expression
    star: _Expression
    exposes: tuple[tuple[str, _Expression], ...]
    there: _Expression = _TRUE
    origin: _Expression = _TRUE
    method: _Expression = _TRUE
    headers: tuple[tuple[str, _Expression], ...] = ()


class Exchange:
    """One request to a bucket with one configuration.

    Args:
        configuration: None when the bucket has none.
        request: with a concrete origin and concrete headers.
    """

    def __init__(self, configuration: CorsConfiguration | None, request: BrowserRequest) -> None:
        self.configuration = configuration
        self.request = request
        self._listed = request.listed_headers
        self._sure = tuple(name for name in self._listed if name != "range")
        self._lists_range = _range_listed() if "range" in self._listed else _FALSE
        self._texts = _Texts(configuration, request, self._listed) if configuration else None
        self._rules: tuple[_Compiled, ...] = ()
        self._rejections: tuple[_Expression, ...] = ()
        self._possible_rejections: tuple[_Expression, ...] = ()
        if configuration and request.origin is not None:
            indices = itertools.count()
            self._rules = tuple(
                self._compile(rule, next(indices)) if isinstance(rule, CorsRule) else self._compile_rest(rule)
                for rule in configuration.rules
            )
        if configuration:
            self._rejections = tuple(_rejections(configuration))
            self._possible_rejections = tuple(self._unfit_texts(configuration))

    def answer(self, choices: Choices) -> Ending:
        """How the exchange ends in one case.

        A case in which S3 would reject the configuration ends with REJECTED; `decide` takes it for granted that the code deploys
        unless every case ends so.
        """
        request = self.request
        if request.sent_method.upper() in _FORBIDDEN_METHODS:
            return Ending(Stage.FORBIDDEN_METHOD)
        if request.origin is None:
            return Ending(Stage.NO_ORIGIN if request.sent_method == "OPTIONS" else Stage.NOT_CORS)
        if self.configuration is None or any(_settle(_when(when), choices) for when in self.configuration.absent):
            return self._unconfigured(choices)
        if any(_settle(rejection, choices) for rejection in self._rejections):
            return Ending(Stage.REJECTED, -1 if self._preflights(choices) else None, -1)
        ending = self._matched(choices)
        if any(_truth(rejection, choices) is Truth.TRUE for rejection in self._possible_rejections):
            return Ending(Stage.REJECTED, ending.preflight_rule, ending.actual_rule)
        return ending

    def _unconfigured(self, choices: Choices) -> Ending:
        return Ending(Stage.NO_CONFIGURATION, -1, None) if self._preflights(choices) else Ending(Stage.NO_CONFIGURATION, None, -1)

    def _preflights(self, choices: Choices) -> bool:
        """Whether the browser asks first. Source: Fetch, "CORS-preflight fetch"."""
        if self.request.sent_method not in _SIMPLE_METHODS or self._sure:
            return True
        return _settle(self._lists_range, choices)

    def _matched(self, choices: Choices) -> Ending:
        preflights = self._preflights(choices)
        before = self._first(tuple((rule, rule.preflight) for rule in self._rules), choices) if preflights else None
        asked = (before.index if before else -1) if preflights else None
        if preflights and before is None:
            return Ending(Stage.PREFLIGHT_REFUSED, asked, self._known_answer(choices), self._listed)
        actual = self._first(tuple((rule, rule.actual) for rule in self._rules), choices)
        answered = actual.index if actual else -1
        if actual is None:
            return Ending(Stage.NO_HEADERS, asked, answered)
        if self.request.credentials and any(rule is not None and _settle(rule.star, choices) for rule in (before, actual)):
            return Ending(Stage.CREDENTIALS, asked, answered)
        hidden = tuple(name for name, exposed in actual.exposes if not _settle(exposed, choices))
        if hidden:
            return Ending(Stage.NOT_EXPOSED, asked, answered, hidden)
        return Ending(Stage.READABLE, asked, answered)

    def _first(self, rules: Sequence[tuple[_Compiled, _Expression]], choices: Choices) -> _Compiled | None:
        """The first rule that matches.

        Where it makes no difference which rule answers, one that certainly matches will do, without an index if it may not be the
        first.
        """
        if not self.request.credentials and not self.request.exposed_headers:
            truths = [_truth(matches, choices) for _, matches in rules]
            if Truth.TRUE in truths:
                place = truths.index(Truth.TRUE)
                rule = rules[place][0]
                return rule if Truth.UNKNOWN not in truths[:place] else replace(rule, index=None)
        return next((rule for rule, matches in rules if _settle(matches, choices)), None)

    def _known_answer(self, choices: Choices) -> int | None:
        """The index of the rule that answers the actual request, as far as it is known without splitting."""
        for rule in self._rules:
            truth = _truth(rule.actual, choices)
            if truth is not Truth.FALSE:
                return rule.index if truth is Truth.TRUE else None
        return -1

    # -------------------------------------------------------------------------------------------------------- compiling

    def _compile(self, rule: CorsRule, index: int) -> _Compiled:
        request = self.request
        there = _when(rule.when)
        origin = self._some(rule.origins, _Role.ORIGIN, request.origin or "")
        method = self._some(rule.methods, _Role.METHOD, request.sent_method)
        headers = self._headers(rule.headers)
        actual = _All((there, origin, method))
        covered = tuple(_Any((test, _not_listed())) if name == "range" else test for name, test in headers)
        return _Compiled(
            index,
            actual,
            _All((there, origin, method, *covered)),
            self._star(rule.origins, request.origin or ""),
            tuple(
                (name, _FALSE if name in UNREADABLE else self._some(rule.exposed, _Role.EXPOSED, name))
                for name in request.exposed_headers
            ),
            there,
            origin,
            method,
            headers,
        )

    def _compile_rest(self, rest: Rest) -> _Compiled:
        """Unknown rules: the first of them that matters can allow or refuse whatever is asked."""
        request, name = self.request, rest.symbol.name
        if request.sent_method not in METHODS:
            return _Compiled(None, _FALSE, _FALSE, _FALSE, ())

        def test(aspect: str, yes: str, no: str) -> _Expression:
            atom = Atom(
                ("rules", name, request.origin, request.sent_method, aspect),
                (True, False),
                rest.symbol,
                (f"{name} {yes}", f"{name} {no}"),
            )
            return _Test(atom, frozenset({True}))

        asked = f"{request.sent_method} from {request.origin}"
        there = _when(rest.when)
        actual = _All((there, test("matches", f"has a rule that allows {asked}", f"has no rule that allows {asked}")))
        preflight: _Expression = actual
        if self._listed:
            listed = _listing(self._listed)
            covers: _Expression = test(
                f"covers {listed}", f"has a rule that also allows {listed}", f"has no rule that also allows {listed}"
            )
            if not self._sure:
                covers = _Any((covers, _not_listed()))
            preflight = _All((actual, covers))
        star = test("star", "allows the origin '*'", "names the origin")
        exposes = tuple(
            (
                header,
                _FALSE if header in UNREADABLE else test(f"exposes {header}", f"exposes {header}", f"does not expose {header}"),
            )
            for header in request.exposed_headers
        )
        return _Compiled(None, actual, preflight, star, exposes)

    def _some(self, field: Field, role: _Role, subject: str) -> _Expression:
        """Some entry of a field matches."""
        texts = self._texts
        if texts is None or (role is _Role.METHOD and subject not in METHODS):
            return _FALSE

        def fits(text: str) -> bool:
            if role is _Role.ORIGIN:
                return _matches(text, subject)
            if role is _Role.METHOD:
                return text == subject
            return _matches(text.lower(), subject) if role is _Role.HEADER else text.lower() == subject

        tests: list[_Expression] = []
        for item in field.items:
            test = texts.test(item.text, role, subject, fits)
            if test == _TRUE and item.when == ALWAYS:
                return _TRUE
            if test != _FALSE:
                tests.append(_All((_when(item.when), test)))
        tests.extend(_All((_when(rest.when), self._rest(rest, role, subject, ("matches", "star")))) for rest in field.rests)
        return _Any(tuple(tests))

    def _headers(self, field: Field) -> tuple[tuple[str, _Expression], ...]:
        """For each header of the preflight, that some entry matches it.

        Where one open list has to make up for all that the written entries lack, it does so for all of them or the preflight fails;
        so one split does.
        """
        tests = tuple((name, self._some(field, _Role.HEADER, name)) for name in self._listed)
        lacking = tuple(name for name, test in tests if test != _TRUE and name != "range")
        written = all(item.when == ALWAYS and isinstance(item.text, Known) for item in field.items)
        if len(lacking) < 2 or not written or len(field.rests) != 1:
            return tests
        rest = field.rests[0]
        shown, name = _listing(lacking), rest.symbol.name
        atom = Atom(
            ("list", name, lacking), (True, False), rest.symbol, (f"{name} allows {shown}", f"{name} does not allow all of {shown}")
        )
        together = _All((_when(rest.when), _Test(atom, frozenset({True}))))
        return tuple((header, together if header in lacking else test) for header, test in tests)

    def _star(self, field: Field, subject: str) -> _Expression:
        """Some entry is `*`, so that S3 answers `*`."""
        texts = self._texts
        if texts is None:
            return _FALSE
        tests: list[_Expression] = []
        for item in field.items:
            holes = [part for part in text_parts(item.text) if isinstance(part, Symbol)]
            if len(holes) > 1 and not all(isinstance(part, Symbol) or part == "*" for part in text_parts(item.text)):
                continue
            tests.append(_All((_when(item.when), texts.test(item.text, _Role.ORIGIN, subject, lambda text: text == "*"))))
        tests.extend(_All((_when(rest.when), self._rest(rest, _Role.ORIGIN, subject, ("star",)))) for rest in field.rests)
        return _Any(tuple(tests))

    def _rest(self, rest: Rest, role: _Role, subject: str, accepts: Sequence[str]) -> _Expression:
        """What the unknown entries of a list do for one thing of the request."""
        name = rest.symbol.name
        options = ["matches", "star", "lacks"] if role is _Role.ORIGIN and self.request.credentials else ["matches", "lacks"]
        labels = {"matches": f"{name} has '{subject}'", "star": f"{name} has '*'", "lacks": f"{name} lacks '{subject}'"}
        key = ("list", name, role.value, subject, len(options))
        return _test(
            Atom(key, tuple(options), rest.symbol, tuple(labels[option] for option in options)), (set(accepts) & set(options))
        )

    def _unfit_texts(self, configuration: CorsConfiguration) -> Iterator[_Expression]:
        """For each text with holes: that it turns out as S3 rejects it."""
        texts = self._texts
        if texts is None:
            return
        for rule in configuration.known_rules:
            for field, role, unfit in (
                (rule.origins, _Role.ORIGIN, _many_stars),
                (rule.methods, _Role.METHOD, _no_method),
                (rule.headers, _Role.HEADER, _many_stars),
                (rule.exposed, _Role.EXPOSED, _some_star),
            ):
                for item in field.items:
                    symbols = {part for part in text_parts(item.text) if isinstance(part, Symbol)}
                    if len(symbols) == 1:
                        yield _All((_when(item.when), texts.test(item.text, role, "", unfit)))

    # ------------------------------------------------------------------------------------------------------- explaining

    def open_symbols(self) -> tuple[Symbol, ...]:
        """Everything open that the answer could turn on."""
        expressions = (expression for rule in self._rules for expression in (rule.preflight, rule.actual))
        return tuple(dict.fromkeys(atom.symbol for expression in expressions for atom in _open_atoms(expression, _NOTHING_TAKEN)))

    def fits(self, choices: Choices = _NOTHING_TAKEN) -> tuple[Fit, ...]:
        """How each written rule fits, as far as it is known from the options taken; never splits."""
        rules = self.configuration.known_rules if self.configuration else ()
        return tuple(
            Fit(
                rules[compiled.index],
                _truth(compiled.there, choices),
                _truth(compiled.origin, choices),
                self._near(rules[compiled.index]),
                _truth(compiled.method, choices),
                tuple((name, _truth(test, choices)) for name, test in compiled.headers),
            )
            for compiled in self._rules
            if compiled.index is not None
        )

    def _near(self, rule: CorsRule) -> tuple[Item, str] | None:
        for item in rule.origins.items:
            if isinstance(item.text, Known):
                fault, meant = origin_fault(item.written), as_browsers_send(item.written)
                if fault and meant and _matches(meant, self.request.origin or ""):
                    return item, fault
        return None


def _many_stars(text: str) -> bool:
    return text.count("*") > 1


def _some_star(text: str) -> bool:
    return "*" in text


def _no_method(text: str) -> bool:
    return text not in METHODS


_RANGE_ATOM = Atom(
    ("range",),
    ("listed", "safelisted"),
    _RANGE,
    ("the browser asks for Range in a preflight", "the browser sends Range without a preflight"),
)


def _range_listed() -> _Expression:
    return _Test(_RANGE_ATOM, frozenset({"listed"}))


def _not_listed() -> _Expression:
    return _Test(_RANGE_ATOM, frozenset({"safelisted"}))


def _rejections(configuration: CorsConfiguration) -> Iterator[_Expression]:
    """The conditions under which S3 certainly rejects a configuration."""
    for defect in configuration.problems:
        if defect.flaw is Flaw.REJECTED:
            yield _when(defect.when)
    for rule in configuration.known_rules:
        for field in (rule.origins, rule.methods):
            whens = [*(item.when for item in field.items), *(rest.when for rest in field.rests)]
            if whens and rule.when not in whens and ALWAYS not in whens:
                yield _All((_when(rule.when), *(_when(when, truth=False) for when in whens)))
    if configuration.rules and not any(rule.when == ALWAYS for rule in configuration.rules):
        absent = (_when(when, truth=False) for when in configuration.absent)
        yield _All((*(_when(rule.when, truth=False) for rule in configuration.rules), *absent))


# ------------------------------------------------------------------------------------------------------------- decision


class Answer(enum.Enum):
    """Whether the page gets what it asks for."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TurnsOn:
    """Something open that an answer turns on, with an example of each outcome ("var.origin is '*'"); an example may be empty."""

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
        turns_on: for UNKNOWN: what it turns on.
        assumes_deployment: some way for the open values to turn out would make S3 reject the configuration; it is left out.
    """

    answer: Answer
    stage: Stage | None
    preflight_rule: int | None = None
    actual_rule: int | None = None
    deploy_error: bool = False
    witness: str | None = None
    headers: tuple[str, ...] = ()
    nearest: Fit | None = None
    turns_on: tuple[TurnsOn, ...] = ()
    assumes_deployment: bool = False


def decide(configuration: CorsConfiguration | None, request: BrowserRequest) -> CorsDecision:
    """Decide one request, or all that its patterns stand for.

    Args:
        configuration: of the bucket, None when it has none.
        request: what the page does.
    """
    if request.for_all_origins is None and request.for_all_headers is None:
        return _decide_one(configuration, request)
    unknown: CorsDecision | None = None
    passed: CorsDecision | None = None
    try:
        representatives = tuple(_representatives(configuration, request))
    except TooManyCases:
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
        return CorsDecision(Answer.UNKNOWN, None, turns_on=tuple(TurnsOn(symbol) for symbol in exchange.open_symbols()))
    kept = [case for case in cases if case.answer.stage is not Stage.REJECTED]
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
        not kept,
        request.origin,
        headers if answer is not Answer.PASS else (),
        nearest,
        tuple(turns.values()),
        bool(kept) and len(kept) < len(cases),
    )


# ------------------------------------------------------------------------------------------------------- all that match


def _representatives(configuration: CorsConfiguration | None, request: BrowserRequest) -> Iterator[tuple[str, BrowserRequest]]:
    """One concrete request for each way in which the rules can tell the asked ones apart, shortest first."""
    rules = configuration.known_rules if configuration else ()
    if request.for_all_origins is not None:
        patterns = [text_parts(item.text) for rule in rules for item in rule.origins.items]
        for origin in _classes(request.for_all_origins, patterns):
            concrete = replace(request, origin=origin, for_all_origins=None)
            if request.for_all_headers is None:
                yield origin, concrete
            else:
                for header, further in _representatives(configuration, concrete):
                    yield f"{origin} {header}", further
    elif request.for_all_headers is not None:
        patterns = [tuple(_folded(text_parts(item.text), _Role.HEADER)) for rule in rules for item in rule.headers.items]
        for header in _classes(request.for_all_headers.lower(), patterns):
            yield header, replace(request, headers=(*request.headers, header), for_all_headers=None)


def _classes(universe: str, patterns: Iterable[Sequence[str | Symbol]], limit: int = 20_000) -> tuple[str, ...]:
    """The shortest text of a universe for each set of patterns that it can match.

    Breadth first over what each pattern has consumed, with the characters of the patterns and one more: texts that lead to one
    state cannot be told apart by what follows.

    Args:
        universe: a pattern with `*`.
        patterns: literal parts and holes; `*` and a hole match any characters.
        limit: the greatest number of states.

    Raises:
        TooManyCases: there are more states.
    """
    automata = [_automaton((universe,)), *dict.fromkeys(_automaton(parts) for parts in patterns)]
    letters = sorted({letter for automaton in automata for letter in automaton if letter is not None})
    fresh = next(
        letter for letter in (*"xyzwvutsrqponmlkjihgfedcba0123456789", *map(chr, range(0xE0, 0x3000))) if letter not in letters
    )
    start = tuple(_closed(automaton, {0}) for automaton in automata)
    seen, queue = {start}, [(start, "")]
    found: dict[tuple[bool, ...], str] = {}
    for state, text in queue:
        accepted = tuple(len(automaton) in reached for automaton, reached in zip(automata, state, strict=True))
        if accepted[0]:
            found.setdefault(accepted, text)
        for letter in (fresh, *letters):
            following = tuple(_step(automaton, reached, letter) for automaton, reached in zip(automata, state, strict=True))
            if following[0] and following not in seen:
                if len(seen) >= limit:
                    raise TooManyCases
                seen.add(following)
                queue.append((following, text + letter))
    return tuple(sorted(found.values(), key=lambda text: (len(text), text)))


def _automaton(parts: Sequence[str | Symbol]) -> tuple[str | None, ...]:
    """A pattern letter by letter; None for any characters."""
    letters: list[str | None] = []
    for part in parts:
        letters.extend([None] if isinstance(part, Symbol) else [None if letter == "*" else letter for letter in part])
    return tuple(letters)


def _closed(automaton: tuple[str | None, ...], reached: set[int]) -> frozenset[int]:
    closed = set(reached)
    for place in sorted(reached):
        while place < len(automaton) and automaton[place] is None:
            place += 1  # noqa: PLW2901 - a wildcard may be empty, so the place behind it is reached as well
            closed.add(place)
    return frozenset(closed)


def _step(automaton: tuple[str | None, ...], reached: frozenset[int], letter: str) -> frozenset[int]:
    moved = {
        place if automaton[place] is None else place + 1
        for place in reached
        if place < len(automaton) and automaton[place] in (None, letter)
    }
    return _closed(automaton, moved)
