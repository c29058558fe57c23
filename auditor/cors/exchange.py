"""One exchange of a browser with S3 under a configuration: preflight, answer, and what the page may read; in one case of what is unknown."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.cors.configuration import METHODS, CorsConfiguration, CorsFlaw, CorsItem, CorsRule, Field, Rest, listing
from auditor.cors.expression import (
    FALSE,
    NOTHING_TAKEN,
    TRUE,
    All,
    AnyOf,
    Expression,
    OptionTest,
    open_atoms,
    resolve,
    test,
    truth_of,
    under,
)
from auditor.cors.matching import Role, UnresolvedTexts
from auditor.cors.origin import as_browsers_send, origin_fault
from auditor.cors.pattern import star_matches
from auditor.cors.request import FORBIDDEN_METHODS, SIMPLE_METHODS, UNREADABLE, BrowserRequest
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Symbol, Truth, text_parts
from auditor.lazy.classes import dataclass

_RANGE = Symbol(
    "the browser's treatment of Range", "newer browsers send a simple Range header without a preflight, older ones do not"
)


class Stage(enum.Enum):
    """How an exchange ends."""

    READABLE = "the page may read the answer"
    NOT_CORS = "without an Origin header the request is not a CORS request"
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
        unfit: for REJECTED: whether S3 rejects it only for what a text that the code leaves unresolved turns out to be.
        headers: for NOT_EXPOSED the response headers that stay hidden; for PREFLIGHT_REFUSED the headers that the preflight listed.
    """

    stage: Stage
    preflight_rule: int | None = None
    actual_rule: int | None = None
    headers: tuple[str, ...] = ()
    unfit: bool = False

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
    near: tuple[CorsItem, str] | None
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
    actual: Expression
    preflight: Expression
    star: Expression
    exposes: tuple[tuple[str, Expression], ...]
    there: Expression = TRUE
    origin: Expression = TRUE
    method: Expression = TRUE
    headers: tuple[tuple[str, Expression], ...] = ()


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
        self._lists_range = _range_listed() if "range" in self._listed else FALSE
        self._texts = UnresolvedTexts(configuration, request, self._listed) if configuration else None
        self._rules: tuple[_Compiled, ...] = ()
        self._empty: Expression = _empty(configuration) if configuration else FALSE
        self._ordered = configuration is None or configuration.ordered
        self._place = configuration.location if configuration else None
        self._rejections: tuple[Expression, ...] = ()
        self._possible_rejections: tuple[Expression, ...] = ()
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

        A configuration that S3 rejects is not in force. That a text which the code leaves unresolved is one that S3 rejects is told apart
        (`Ending.unfit`): whoever asks may take it for granted that it is not.
        """
        request = self.request
        if request.sent_method.upper() in FORBIDDEN_METHODS:
            return Ending(Stage.FORBIDDEN_METHOD)
        if request.origin is None:
            return Ending(Stage.NO_ORIGIN if request.sent_method == "OPTIONS" else Stage.NOT_CORS)
        if self.configuration is None or any(resolve(under(when), choices) for when in self.configuration.absent):
            return self._unconfigured(choices)
        if any(resolve(rejection, choices) for rejection in self._rejections):
            return Ending(Stage.REJECTED, -1 if self._preflights(choices) else None, -1)
        if resolve(self._empty, choices):
            return self._unconfigured(choices)
        ending = self._matched(choices)
        if any(truth_of(rejection, choices) is Truth.TRUE for rejection in self._possible_rejections):
            return Ending(Stage.REJECTED, ending.preflight_rule, ending.actual_rule, unfit=True)
        return ending

    def _unconfigured(self, choices: Choices) -> Ending:
        return Ending(Stage.NO_CONFIGURATION, -1, None) if self._preflights(choices) else Ending(Stage.NO_CONFIGURATION, None, -1)

    def _preflights(self, choices: Choices) -> bool:
        """Whether the browser asks first. Source: Fetch, "CORS-preflight fetch"."""
        if self.request.sent_method not in SIMPLE_METHODS or self._sure:
            return True
        return resolve(self._lists_range, choices)

    def _matched(self, choices: Choices) -> Ending:
        preflights = self._preflights(choices)
        before, actual = self._answering(choices, preflights=preflights)
        asked = (before.index if before else -1) if preflights else None
        if preflights and before is None:
            return Ending(Stage.PREFLIGHT_REFUSED, asked, self._known_answer(choices), self._listed)
        answered = actual.index if actual else -1
        if actual is None:
            return Ending(Stage.NO_HEADERS, asked, answered)
        if self.request.credentials and any(rule is not None and resolve(rule.star, choices) for rule in (before, actual)):
            return Ending(Stage.CREDENTIALS, asked, answered)
        hidden = tuple(name for name, exposed in actual.exposes if not resolve(exposed, choices))
        if hidden:
            return Ending(Stage.NOT_EXPOSED, asked, answered, hidden)
        return Ending(Stage.READABLE, asked, answered)

    def _answering(self, choices: Choices, *, preflights: bool) -> tuple[_Compiled | None, _Compiled | None]:
        """The rules that answer the preflight and the actual request, None for each that none answers."""
        preflight = tuple((rule, rule.preflight) for rule in self._rules)
        actual = tuple((rule, rule.actual) for rule in self._rules)
        if not self._order_matters or self._ordered:
            before = self._first(preflight, choices) if preflights else None
            return before, self._first(actual, choices) if before or not preflights else None
        asked = [place for place, (_, matches) in enumerate(preflight) if preflights and resolve(matches, choices)]
        if preflights and not asked:
            return None, None
        answering = self._first_of(
            [place for place, (_, matches) in enumerate(actual) if resolve(matches, choices)], asked, choices
        )
        if answering is None or not preflights:
            return None, None if answering is None else self._rules[answering]
        # A rule that comes before all others that match the request comes before those of them that match the preflight, too.
        first = answering if answering in asked else self._first_of(asked, asked, choices)
        return None if first is None else self._rules[first], self._rules[answering]

    @property
    def _order_matters(self) -> bool:
        """Whether it makes a difference which of the rules that match answers."""
        return self.request.credentials or bool(self.request.exposed_headers)

    def _first(self, rules: Sequence[tuple[_Compiled, Expression]], choices: Choices) -> _Compiled | None:
        """The first rule that matches.

        Where it makes no difference which rule answers, one that certainly matches will do, without an index if it may not be the
        first.
        """
        if not self._order_matters:
            truths = [truth_of(matches, choices) for _, matches in rules]
            if Truth.TRUE in truths:
                place = truths.index(Truth.TRUE)
                rule = rules[place][0]
                others = truths[:place] if self._ordered else [*truths[:place], *truths[place + 1 :]]
                return rule if set(others) <= {Truth.FALSE} else replace(rule, index=None)
        return next((rule for rule, matches in rules if resolve(matches, choices)), None)

    def _first_of(self, places: Sequence[int], asked: Sequence[int], choices: Choices) -> int | None:
        """Which of some rules of a set comes first: any may, and those that do the same are not told apart.

        Args:
            places: of the rules.
            asked: of those that match the preflight.
            choices: those of the case.
        """
        kinds: dict[tuple[bool, ...], int] = {}
        for place in places:
            rule = self._rules[place]
            does = (resolve(rule.star, choices), *(resolve(exposed, choices) for _, exposed in rule.exposes), place in asked)
            kinds.setdefault(does, place)
        if len(kinds) < 2:
            return next(iter(kinds.values()), None)
        options = tuple(kinds.values())
        labels = tuple(map(self._comes_first, options))
        return choices.of(Atom(("first rule", self._place, options), options, _order(self._place), labels))

    def _comes_first(self, place: int) -> str:
        index = self._rules[place].index
        rules = self.configuration.known_rules if self.configuration else ()
        named = "a rule that the code leaves unresolved" if index is None else f"rule {rules[index].number}"
        return f"{named} comes before the others that match"

    def _known_answer(self, choices: Choices) -> int | None:
        """The index of the rule that answers the actual request, as far as it is known without splitting."""
        for rule in self._rules:
            truth = truth_of(rule.actual, choices)
            if truth is not Truth.FALSE:
                return rule.index if truth is Truth.TRUE else None
        return -1

    # -------------------------------------------------------------------------------------------------------- compiling

    def _compile(self, rule: CorsRule, index: int) -> _Compiled:
        request = self.request
        there = under(rule.when)
        origin = self._some(rule.origins, Role.ORIGIN, request.origin or "")
        method = self._some(rule.methods, Role.METHOD, request.sent_method)
        headers = self._headers(rule.headers)
        actual = All((there, origin, method))
        covered = tuple(AnyOf((test, _not_listed())) if name == "range" else test for name, test in headers)
        return _Compiled(
            index,
            actual,
            All((there, origin, method, *covered)),
            self._star(rule.origins, request.origin or ""),
            tuple(
                (name, FALSE if name in UNREADABLE else self._some(rule.exposed, Role.EXPOSED, name))
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
            return _Compiled(None, FALSE, FALSE, FALSE, ())

        def test(aspect: str, does: str, otherwise: str = "") -> Expression:
            atom = Atom(
                ("rules", name, request.origin, request.sent_method, aspect),
                (True, False),
                rest.symbol,
                (f"a rule from {name} {does}", otherwise or f"no rule from {name} {does}"),
            )
            return OptionTest(atom, frozenset({True}))

        asked = f"{request.sent_method} from {request.origin}"
        there = under(rest.when)
        actual = All((there, test("matches", f"allows {asked}")))
        preflight: Expression = actual
        if self._listed:
            listed = listing(self._listed)
            covers: Expression = test(f"covers {listed}", f"also allows {listed}")
            if not self._sure:
                covers = AnyOf((covers, _not_listed()))
            preflight = All((actual, covers))
        star = test("star", "allows the origin '*'", f"the rule from {name} names the origin")
        exposes = tuple(
            (
                header,
                FALSE if header in UNREADABLE else test(f"exposes {header}", f"exposes {header}"),
            )
            for header in request.exposed_headers
        )
        return _Compiled(None, actual, preflight, star, exposes)

    def _some(self, field: Field, role: Role, subject: str) -> Expression:
        """Some entry of a field matches."""
        texts = self._texts
        if texts is None or (role is Role.METHOD and subject not in METHODS):
            return FALSE

        def fits(text: str) -> bool:
            if role is Role.ORIGIN:
                return star_matches(text, subject)
            if role is Role.METHOD:
                return text == subject
            return star_matches(text.lower(), subject) if role is Role.HEADER else text.lower() == subject

        tests: list[Expression] = []
        for item in field.items:
            test = texts.test(item.text, role, subject, fits)
            if test == TRUE and item.when == ALWAYS:
                return TRUE
            if test != FALSE:
                tests.append(All((under(item.when), test)))
        tests.extend(All((under(rest.when), self._rest(rest, role, subject, ("matches", "star")))) for rest in field.rests)
        return AnyOf(tuple(tests))

    def _headers(self, field: Field) -> tuple[tuple[str, Expression], ...]:
        """For each header of the preflight, that some entry matches it.

        Where one unknown list has to make up for all that the written entries lack, it does so for all of them or the preflight fails;
        so one split does.
        """
        tests = tuple((name, self._some(field, Role.HEADER, name)) for name in self._listed)
        lacking = tuple(name for name, test in tests if test != TRUE and name != "range")
        written = all(item.when == ALWAYS and isinstance(item.text, Known) for item in field.items)
        if len(lacking) < 2 or not written or len(field.rests) != 1:
            return tests
        rest = field.rests[0]
        shown, name = listing(lacking), rest.symbol.name
        atom = Atom(
            ("list", name, lacking), (True, False), rest.symbol, (f"{name} allows {shown}", f"{name} does not allow all of {shown}")
        )
        together = All((under(rest.when), OptionTest(atom, frozenset({True}))))
        return tuple((header, together if header in lacking else test) for header, test in tests)

    def _star(self, field: Field, subject: str) -> Expression:
        """Some entry is `*`, so that S3 answers `*`."""
        texts = self._texts
        if texts is None:
            return FALSE
        tests: list[Expression] = []
        for item in field.items:
            holes = [part for part in text_parts(item.text) if isinstance(part, Symbol)]
            if len(holes) > 1 and not all(isinstance(part, Symbol) or part == "*" for part in text_parts(item.text)):
                continue
            tests.append(All((under(item.when), texts.test(item.text, Role.ORIGIN, subject, lambda text: text == "*"))))
        tests.extend(All((under(rest.when), self._rest(rest, Role.ORIGIN, subject, ("star",)))) for rest in field.rests)
        return AnyOf(tuple(tests))

    def _rest(self, rest: Rest, role: Role, subject: str, accepts: Sequence[str]) -> Expression:
        """What the unknown entries of a list do for one thing of the request."""
        name = rest.symbol.name
        options = ["matches", "star", "lacks"] if role is Role.ORIGIN and self.request.credentials else ["matches", "lacks"]
        labels = {"matches": f"{name} has '{subject}'", "star": f"{name} has '*'", "lacks": f"{name} lacks '{subject}'"}
        key = ("list", name, role.value, subject, len(options))
        return test(
            Atom(key, tuple(options), rest.symbol, tuple(labels[option] for option in options)), (set(accepts) & set(options))
        )

    def _unfit_texts(self, configuration: CorsConfiguration) -> Iterator[Expression]:
        """For each text with holes: that it turns out as S3 rejects it."""
        texts = self._texts
        if texts is None:
            return
        for rule in configuration.known_rules:
            for field, role, unfit in (
                (rule.origins, Role.ORIGIN, _many_stars),
                (rule.methods, Role.METHOD, _no_method),
                (rule.headers, Role.HEADER, _many_stars),
                (rule.exposed, Role.EXPOSED, _some_star),
            ):
                for item in field.items:
                    symbols = {part for part in text_parts(item.text) if isinstance(part, Symbol)}
                    if len(symbols) == 1:
                        yield All((under(item.when), texts.test(item.text, role, "", unfit)))

    # ------------------------------------------------------------------------------------------------------- explaining

    def open_symbols(self) -> tuple[Symbol, ...]:
        """Everything unknown that the answer could depend on."""
        expressions = (expression for rule in self._rules for expression in (rule.preflight, rule.actual))
        return tuple(dict.fromkeys(atom.symbol for expression in expressions for atom in open_atoms(expression, NOTHING_TAKEN)))

    def fits(self, choices: Choices = NOTHING_TAKEN) -> tuple[Fit, ...]:
        """How each written rule fits, as far as it is known from the options taken; never splits."""
        rules = self.configuration.known_rules if self.configuration else ()
        return tuple(
            Fit(
                rules[compiled.index],
                truth_of(compiled.there, choices),
                truth_of(compiled.origin, choices),
                self._near(rules[compiled.index]),
                truth_of(compiled.method, choices),
                tuple((name, truth_of(test, choices)) for name, test in compiled.headers),
            )
            for compiled in self._rules
            if compiled.index is not None
        )

    def _near(self, rule: CorsRule) -> tuple[CorsItem, str] | None:
        for item in rule.origins.items:
            if isinstance(item.text, Known):
                fault, meant = origin_fault(item.written), as_browsers_send(item.written)
                if fault and meant and star_matches(meant, self.request.origin or ""):
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


def _range_listed() -> Expression:
    return OptionTest(_RANGE_ATOM, frozenset({"listed"}))


def _not_listed() -> Expression:
    return OptionTest(_RANGE_ATOM, frozenset({"safelisted"}))


def _rejections(configuration: CorsConfiguration) -> Iterator[Expression]:
    """The conditions under which S3 certainly rejects a configuration."""
    for defect in configuration.problems:
        if defect.flaw is CorsFlaw.REJECTED:
            yield under(defect.when)
    for rule in configuration.known_rules:
        for field in (rule.origins, rule.methods):
            whens = [*(item.when for item in field.items), *(rest.when for rest in field.rests)]
            if whens and rule.when not in whens and ALWAYS not in whens:
                yield All((under(rule.when), *(under(when, truth=False) for when in whens)))


def _empty(configuration: CorsConfiguration) -> Expression:
    """The conditions under which no rule is there, so that there is no configuration either."""
    if not configuration.rules or any(rule.when == ALWAYS for rule in configuration.rules):
        return FALSE
    return All(tuple(under(rule.when, truth=False) for rule in configuration.rules))


def _order(place: Location | None) -> Symbol:
    """Source: Terraform AWS provider, `aws_s3_bucket_cors_configuration`: `cors_rule` is a set, whose order is that of its hashes."""
    return Symbol(
        "the order of the CORS rules",
        "the rules are a set, which the provider sends in an order of its own",
        "let every rule that allows the origin say the same",
        place,
    )
