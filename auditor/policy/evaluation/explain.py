"""Why: the decision over all cases, with what each statement says, the witness, and what the answer depends on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.foundation.cases import Atom, Case, Choices, Turns, depending_on
from auditor.foundation.glob import Wild, matches, wildcards
from auditor.foundation.location import Location
from auditor.foundation.value import Symbol, Truth, any_of, text_of
from auditor.lazy.classes import dataclass
from auditor.policy.decision import Answer, Decision, DenyKind, Dependency, Refusal, StatementOutcome, Witness
from auditor.policy.document import Items, Statement
from auditor.policy.evaluation.match import OBJECTS
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.representatives import RepresentativeRequest, Requests
from auditor.policy.evaluation.statements import CompiledPolicy, CompiledStatement, Statements


@dataclass(frozen=True, slots=True)
class ReachedAnswer:
    """The answer for one case: the request that is refused and why, or None."""

    refused: RepresentativeRequest | None
    refusal: Refusal


Besides = Callable[[RepresentativeRequest, PartialCase, Refusal], tuple[Refusal, ...]]

_RANK: Mapping[DenyKind | None, int] = {
    DenyKind.EXPLICIT: 0,
    DenyKind.NOT_IAM: 1,
    DenyKind.BLOCK_PUBLIC_ACCESS: 2,
    DenyKind.DEPLOY_ERROR: 3,
    DenyKind.IMPLICIT: 4,
    None: 5,
}


def explained(
    leaves: Sequence[Case[ReachedAnswer]],
    statements: Statements,
    sides: Sequence[CompiledPolicy],
    granting: Callable[[RepresentativeRequest, PartialCase], tuple[Statement, ...]],
    besides: Besides,
    within: Choices | None = None,
) -> Decision:
    """The decision over all cases, with its reasons.

    Args:
        leaves: the answer in every case.
        statements: of the question.
        sides: the policies whose statements are to be told.
        granting: the statements that certainly allow a request in a case.
        besides: why else a request that is refused certainly is in a case.
        within: the case of the proof that the question is put in.
    """
    requests = statements.requests
    refused = [leaf for leaf in leaves if leaf.answer.refused is not None]
    allowed = [leaf for leaf in leaves if leaf.answer.refused is None]
    if not refused:
        first = requests.first()
        said = tuple(_outcomes(first, Choices(leaves[0].taken, within=within), statements, sides))
        deciding = granting(first, PartialCase(Choices(leaves[0].taken, within=within)))
        return Decision(Answer.ALLOWED, granted_by(deciding), statements=said, deciding=deciding)
    for each in refused if allowed else ():
        if (key := _key_for_every_value(each, requests)) is not None:
            return _denied(each, replace(each.answer.refused or requests.first(), resource=key), statements, sides, besides, within)
    # The plainest refusal first: one by a statement tells more than one by the want of any.
    leaf = min(refused, key=_far_fetched if allowed else lambda leaf: (False, _RANK[leaf.answer.refusal.kind]))
    request, refusal = leaf.answer.refused or requests.first(), leaf.answer.refusal
    if not allowed:
        return _denied(leaf, request, statements, sides, besides, within)
    said = tuple(_outcomes(request, Choices(leaf.taken, within=within), statements, sides))
    turns = tuple(_turns(allowed, refused))
    return Decision(
        Answer.UNDECIDED,
        f"{depending_on([turn.symbol.name for turn in turns])}: in one case, {refusal.reason}",
        statements=said,
        deciding=refusal.deciding,
        depends_on=turns,
        allowing=allowed[0].labels(),
        refusing=leaf.labels(),
    )


def _far_fetched(leaf: Case[ReachedAnswer]) -> tuple[bool, int]:
    """How much has to come together for a refusal; a Deny that nobody has seen is thought of last, behind the want of an Allow."""
    refusal = leaf.answer.refusal
    return refusal.kind is DenyKind.EXPLICIT and not refusal.deciding, len(leaf.taken)


def _denied(
    leaf: Case[ReachedAnswer],
    witness: RepresentativeRequest,
    statements: Statements,
    sides: Sequence[CompiledPolicy],
    besides: Besides,
    within: Choices | None,
) -> Decision:
    """That it is denied as in one case, with a request that shows it."""
    requests, refusal = statements.requests, leaf.answer.refusal
    refused, choices = leaf.answer.refused or requests.first(), Choices(leaf.taken, within=within)
    said = tuple(_outcomes(refused, choices, statements, sides))
    others = besides(refused, PartialCase(choices), refusal)
    return Decision(Answer.DENIED, refusal.reason, refusal.kind, _witness(witness, requests), said, refusal.deciding, others)


def _key_for_every_value(leaf: Case[ReachedAnswer], requests: Requests) -> str | None:
    """The resource that a Deny is about whatever is unresolved in its Resource: a key of another name for each value; None where there is none.

    A case asks whether such a pattern matches one key. Where nothing else is asked, and the pattern is about keys of this bucket, it matches some.
    """
    if leaf.answer.refusal.kind is not DenyKind.EXPLICIT or len(leaf.taken) != 1 or requests.question.keys is None:
        return None
    ((atom, matched),) = leaf.taken.items()
    match atom.key:
        case ("match", mode, tuple(tokens), _) if mode == OBJECTS and matched is True:
            bucket, key = tokens[: len(requests.resource)], tokens[len(requests.resource) :]
            matched_by_it = ["x" if isinstance(token, Wild) else token for token in key]
            asked = wildcards(requests.question.keys)
            lengths = ("".join(hole if isinstance(part, Symbol) else part for part in matched_by_it) for hole in ("", "x"))
            if bucket == tuple(requests.resource) and all(matches(asked, text) for text in lengths):
                return requests.resource + requests.alphabet.text(text_of(matched_by_it))
    return None


def granted_by(deciding: Sequence[Statement]) -> str:
    """The statements that grant, as a clause."""
    titles = " and ".join(dict.fromkeys(statement.title for statement in deciding))
    return f"statement {titles} allows it" if titles else "it is allowed"


def _witness(request: RepresentativeRequest, requests: Requests) -> Witness:
    keys = requests.question.keys
    shown = requests.alphabet.shown(request.resource)
    key = requests.alphabet.shown(request.resource.removeprefix(requests.resource)) if keys is not None else None
    return Witness(
        shown,
        key,
        {
            name: requests.alphabet.shown(request.context[name.lower()])
            for name in requests.question.context
            if name.lower() in request.context and name.lower() in requests.tests
        },
    )


def _outcomes(
    request: RepresentativeRequest, choices: Choices, statements: Statements, sides: Sequence[CompiledPolicy]
) -> Iterator[StatementOutcome]:
    """Why each statement that is there in a case applies to a request or not."""
    case = PartialCase(choices)
    for side in sides:
        for compiled in side.statements:
            if case.when(compiled.statement.when) is not Truth.FALSE:
                yield _outcome(compiled, side, request, case, statements)


def _outcome(
    compiled: CompiledStatement, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase, statements: Statements
) -> StatementOutcome:
    statement = compiled.statement
    unknown: _Looked | None = None
    for one in _looked_at(compiled, side, request, case, statements):
        if one.met is Truth.FALSE:
            return _not_applied(side, statement, one, f"{one.text} does not match")
        if one.met is Truth.UNKNOWN:
            unknown = unknown or one
    if unknown is not None:
        return _not_applied(side, statement, unknown, f"{unknown.text} is unknown")
    effect = statement.effect if isinstance(statement.effect, str) else ""
    verb = {"Allow": "allows", "Deny": "denies"}.get(effect, "may allow or deny")
    return StatementOutcome(side.name, statement, Truth.TRUE, "", f"applies, and {verb} it", statement.location)


def _not_applied(side: CompiledPolicy, statement: Statement, by: _Looked, clause: str) -> StatementOutcome:
    return StatementOutcome(side.name, statement, by.met, by.element, clause, by.location or statement.location)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One element of a statement: whether it is met, its place, how it is called, and what is listed in it."""

    element: str
    met: Truth
    location: Location | None
    name: str
    listed: Items | None = None

    @property
    def text(self) -> str:
        """The element as it is written."""
        return self.name if self.listed is None else f"{self.name} {_listed(self.listed)}"


def _looked_at(
    compiled: CompiledStatement, side: CompiledPolicy, request: RepresentativeRequest, case: PartialCase, statements: Statements
) -> Iterator[_Looked]:
    """The elements of a statement, in the order of their evaluation."""
    statement = compiled.statement
    yield _Looked("existence", case.when(statement.when), None, "whether it is there")
    if side.of_resource:
        named = any_of(statements.names(statement, case).values())
        listed = ", ".join(one.item.written for one in statement.principals.principals)
        yield _Looked("Principal", named, statement.principals.location, f"Principal {listed}")
    actions, resources = statement.actions, statement.resources
    yield _Looked("Action", statements.about_action(compiled, case), actions.location, "Action", actions)
    about = statements.about_resource(compiled, side, request, case)
    yield _Looked("Resource", about, resources.location, "Resource", resources)
    conditions: list[tuple[Location | None, str, Items | None]] = [
        *(
            (test.condition.location, f"Condition {test.condition.operator} {test.condition.key}", test.condition.values)
            for test in compiled.tests
        ),
        *((statement.location, f"Condition {symbol.name}", None) for _, symbol in statement.unknown_conditions),
    ]
    for (place, name, values), met in zip(conditions, statements.conditions(compiled, request, case), strict=True):
        yield _Looked("Condition", met, place, name, values)


def _turns(allowed: Sequence[Case[ReachedAnswer]], refused: Sequence[Case[ReachedAnswer]]) -> Iterator[Dependency]:
    """What the answer depends on: what sets the plainest cases in which it is allowed apart from those in which it is not."""
    plainest = min(len(leaf.taken) for leaf in allowed)
    goods = [leaf for leaf in allowed if len(leaf.taken) == plainest][:50]
    bads = sorted(refused, key=_far_fetched)[:200]
    # Leaves are compared in pairs, which are many: each option is a bit, and of each leaf there are those that it takes, and all of its atoms.
    options = dict.fromkeys(pair for leaf in (*goods, *bads) for pair in leaf.taken.items())
    bits = {pair: 1 << number for number, pair in enumerate(options)}
    of_atom: dict[Atom[Hashable], int] = {}
    for (atom, _), bit in bits.items():
        of_atom[atom] = of_atom.get(atom, 0) | bit
    theirs = [(bad, sum(bits[pair] for pair in bad.taken.items()), sum(of_atom[atom] for atom in bad.taken)) for bad in bads]
    turns = Turns((*allowed, *refused), lambda one: one.refused is None)
    seen: dict[str, Dependency] = {}
    alone: list[Dependency] = []
    for most in (1, len(goods[0].taken)):
        told = 0
        for good in goods:
            mine = sum(bits[pair] for pair in good.taken.items())
            for bad, taken, asked in theirs:
                different = mine & asked & ~taken
                if not different & ~told or different.bit_count() > most:
                    continue
                told |= different
                for atom, option in good.taken.items():
                    if bits[atom, option] & different and atom.symbol.name not in seen:
                        how = turns.of(atom, good, bad)
                        seen[atom.symbol.name] = Dependency(atom.symbol, how)
                        alone += [seen[atom.symbol.name]] if how.alone else []
        if seen:
            break
    yield from alone or seen.values()


def _listed(items: Items) -> str:
    texts = [item.written for item in items.items]
    shown = ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
    return f"{'other than ' if items.negated else ''}{shown or 'unknown'}"
