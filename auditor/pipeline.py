"""The pipeline, top to bottom: read, link, select, prove, find, suppress, report."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.contract import Contract, Need
from auditor.finding import INPUT_ERROR, Finding
from auditor.found import excused, found_by
from auditor.foundation.border import digest
from auditor.foundation.cases import Choices, Prepared
from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.location import Location
from auditor.foundation.text import PLAN_OF_UNIT, Kept, Texts
from auditor.host.workers import shared_out
from auditor.inputs import Inputs, of_sound_roots, read_inputs
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Declarations, Directive, Kind
from auditor.proofs.outcome import doubted, over_cases
from auditor.report import Report
from auditor.rule import Catalogue, Problem, Subject, general_rule, general_rules
from auditor.selection import (
    Selection,
    check_principal,
    is_called,
    is_called_for,
    is_named,
    may_be_in_code,
    mentioned,
    mentions,
    no_bucket,
    select,
)
from auditor.settings.apply import Told, as_set, assumed, excluded, is_whole
from auditor.settings.types import Asked, Settings
from auditor.sources.options import SourceOptions
from auditor.suppression import apply_suppressions, renamed
from auditor.verdict import Outcome, Status, Verdict
from auditor.writing import Writing

if TYPE_CHECKING:
    from auditor.baseline.compare import Compared
    from auditor.baseline.entry import Baseline


def _every(_: Need) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    Attributes:
        paths: files and directories; `-` is standard input.
        contracts: with their parameters filled in.
        options: how the sources are to be read.
        buckets: addresses to which the contracts are narrowed.
        every_bucket: whether they apply to all buckets.
        related: whether they apply only to buckets that are marked or mention the consumer, even if that is none.
        select: the ids of the rules whose findings are wanted, empty for all.
        ignore: the ids of rules whose findings are not.
        honour_suppressions: whether `ignore[…]` comments suppress findings.
        today: the day that dates in suppressions are compared with.
        baseline: the findings that are known and do not count; None for none.
        settings: what the repository says of its audit.
        asked: the contracts with the buckets that each is for; empty for `contracts` with `buckets`, `every_bucket` and `related`.
        problems: what is wrong with the request itself and does not keep the rest from being audited.
        auto: whether every platform that is built in is audited on the buckets that mention it, and the contracts only where none is mentioned,
            or where buckets are named or marked for them.
        is_wanted: which needs are proven of a platform that is mentioned.
    """

    paths: tuple[str, ...]
    contracts: tuple[Contract, ...]
    options: SourceOptions = field(default_factory=SourceOptions)
    buckets: tuple[str, ...] = ()
    every_bucket: bool = False
    related: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    honour_suppressions: bool = True
    today: dt.date = dt.date.max
    baseline: Baseline | None = None
    settings: Settings = field(default_factory=Settings)
    asked: tuple[Asked, ...] = ()
    problems: tuple[InputError, ...] = ()
    auto: bool = False
    is_wanted: Callable[[Need], bool] = _every

    def narrowed(self, contract: Contract) -> Contract:
        """A contract with only the needs that are wanted."""
        return dataclasses.replace(contract, needs=tuple(filter(self.is_wanted, contract.needs)))

    @property
    def asks(self) -> tuple[Asked, ...]:
        """The contracts with the buckets that each is for."""
        return self.asked or tuple(Asked(contract, self.buckets, self.every_bucket, self.related) for contract in self.contracts)


def audit(request: Request, texts: Texts, inputs: Inputs | None = None) -> Report:
    """The report on what was asked; a root on which the program breaks down is an error in it, and the others are audited.

    Args:
        request: what was asked.
        texts: where files are read from.
        inputs: what the paths declare, where that was read already.

    Raises:
        AuditError: the audit as a whole cannot be done: no named bucket exists, a named role does not, or several buckets are there and nothing
            says which.
    """
    inputs = inputs or read_inputs(request.paths, request.contracts, request.options, texts, auto=request.auto)
    return of_sound_roots(lambda sound: _audited(request, texts, sound), inputs)


def _audited(request: Request, texts: Texts, inputs: Inputs) -> Report:
    errors = [*inputs.errors, *request.problems]
    notes = [*_about_inputs(inputs)]
    subjects = list(_subjects(request, inputs, texts.kept, errors, notes))
    rules = general_rules(verdict for subject in subjects for verdict in subject.verdicts)
    writing = Writing(inputs, request.options, texts, [subject.bucket for subject in subjects], request.paths)
    found = found_by(rules, subjects, writing.patches, errors, request.options.jobs, texts)
    nothing = _nothing_audited(request, inputs, subjects, errors, texts)
    result = apply_suppressions(
        (*found.findings, *_input_findings(errors)),
        inputs.directives if request.honour_suppressions else (),
        Catalogue(),
        request.today,
        [*_examined([subject.bucket for subject in subjects])],
    )
    counted = _counted(request, result.findings, found.findings, inputs, subjects, complete=not errors)
    with_no_other = tuple(excused(counted.excusing(found.findings), rules, writing.patches, errors))
    return Report(
        contracts=distinct(subject.contract for subject in subjects) or request.contracts,
        verdicts=tuple(_each_once(subjects)),
        findings=counted.sorted(),
        errors=tuple(sorted(dict.fromkeys(errors))),
        rules=Catalogue(),
        suppressed=tuple(finding for finding in result.suppressed if _is_wanted(finding.rule, request)),
        excused=with_no_other,
        notes=(*notes, *counted.left_out),
        texts=texts,
        nothing=nothing,
        compared=counted.compared,
        left_out=counted.left_out,
        answers=tuple(found.answers),
        unrelated=tuple(_unrelated(subjects)),
        apart=tuple(_apart(inputs, subjects)),
    )


def distinct(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    """Each contract once; one with other parameters is another one."""
    found: list[Contract] = []
    for contract in contracts:
        if contract not in found:
            found.append(contract)
    return tuple(found)


def _subjects(request: Request, inputs: Inputs, kept: Kept | None, errors: list[InputError], notes: list[str]) -> Iterator[Subject]:
    """The buckets that each contract applies to, with their verdicts; what is to be said of the choice goes to the notes and errors."""
    chosen = list(_chosen(request, inputs, errors, notes))
    of_bucket: dict[int, list[_Chosen]] = {}
    for one in chosen:
        of_bucket.setdefault(id(one.plain), []).append(one)
    together = [_Together(tuple(every)) for every in of_bucket.values()]
    proven = _proven(together, request.options.jobs, kept)
    outcomes = {
        id(one): (same, found)
        for group, (before, every) in zip(together, proven, strict=True)
        for one, same, found in zip(group.chosen, before.chosen, every, strict=True)
    }
    for one in chosen:
        same, found = outcomes[id(one)]
        yield from same.subjects(found, errors)


def _proven(together: Sequence[_Together], jobs: int, kept: Kept | None) -> list[tuple[_Together, _Outcomes]]:
    """What is proven of each bucket, with the bucket of which it was: an equal one of an earlier run, where that was kept."""
    if kept is None:
        return [*zip(together, shared_out(_Together.outcomes, together, jobs, "auditing", _Together.weight), strict=True)]
    states = [one.state() for one in together]
    known = [kept.latest(one.name, state) if state else None for one, state in zip(together, states, strict=True)]
    left = [one for one, before in zip(together, known, strict=True) if before is None]
    anew = iter([*zip(left, shared_out(_Together.outcomes, left, jobs, "auditing", _Together.weight), strict=True)])
    found = [next(anew) if before is None else before for before in known]
    for one, state, each in zip(together, states, found, strict=True):
        kept.keep(one.name, state, each)
    return found


def _chosen(request: Request, inputs: Inputs, errors: list[InputError], notes: list[str]) -> Iterator[_Chosen]:
    """The buckets that each contract applies to."""
    default = [bucket for bucket in inputs.buckets if _is_default(bucket.root, request)]
    others = _mentioned(request, default, notes) if request.auto else ()
    for asked in _within(request, inputs, errors):
        contract = asked.contract
        roots = _roots_of(asked, request, inputs)
        if not roots and asked.of is not None and (asked.of or request.settings.files):
            continue
        check_principal(contract, roots)
        names = {root.root for root in roots}
        buckets = [bucket for bucket in inputs.buckets if bucket.root in names]
        anyway = asked.of or is_called_for(buckets, contract, inputs.directives, asked.buckets, every=asked.every)
        if others and not anyway:
            continue
        selection = _select(asked, buckets, inputs.directives, errors)
        if buckets:
            default_only = request.auto and not anyway and selection.buckets
            notes.append(f"{contract.id}: {_how(asked, selection)}{_NO_PLATFORM if default_only else ''}")
        errors.extend(InputError(Location((*request.paths, ".")[0]), message) for message in selection.missing)
        yield from (_Chosen.of(bucket, contract, request.settings) for bucket in selection.buckets)
    for contract, mentioning in others:
        yield from (_Chosen.of(bucket, contract, request.settings) for bucket in mentioning)


_NO_PLATFORM = "; no platform is mentioned: --contract names another one, and 'auditor contracts' lists them"


def _is_default(root: str, request: Request) -> bool:
    """Whether a root is audited under the contracts that no settings file names."""
    return any(asked.of is None or asked.of == request.settings.asking(root) == "" for asked in request.asks)


def _mentioned(request: Request, buckets: Sequence[Bucket], notes: list[str]) -> Sequence[tuple[Contract, Sequence[Bucket]]]:
    """The platforms that the buckets mention, beside the contracts that are asked for anyway, with the buckets that are audited for them."""
    asks = [asked for asked in request.asks if not asked.of]
    asked = {one.contract.id for one in asks}
    found: list[tuple[Contract, Sequence[Bucket]]] = []
    for one in mentioned(buckets, asked):
        contract = request.narrowed(dataclasses.replace(one.contract, now=asks[0].contract.now))
        mentioning = [bucket for bucket, _ in one.buckets if is_named(bucket, request.buckets)]
        if contract.id not in asked and contract.needs and mentioning:
            if (note := f"{contract.id}: buckets that mention {contract.title}") not in notes:
                notes.append(note)
            found.append((contract, mentioning))
    return found


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A bucket that a contract applies to.

    Attributes:
        bucket: as settings assume it to be.
        plain: as the code has it.
        contract: the contract.
        under: what settings assume; told where a verdict depends on it.
    """

    bucket: Bucket
    plain: Bucket
    contract: Contract
    under: tuple[tuple[str, str], ...]

    @staticmethod
    def of(bucket: Bucket, contract: Contract, settings: Settings) -> _Chosen:
        """A bucket as settings assume it to be."""
        under = tuple(assumed(settings, bucket.root)) if bucket.declaration.managed else ()
        return _Chosen(_assuming(bucket) if under else bucket, bucket, contract, under)

    def __str__(self) -> str:
        return f"{self.bucket.address} in {self.bucket.root}"

    def outcomes(self, prepared: Prepared) -> tuple[Outcome | InputError, ...]:
        """What is proven of each need; an internal error is an error of the run and leaves the need unknown, never a pass.

        Args:
            prepared: what the proofs share.
        """
        return tuple(self._outcome(need, prepared) for need in self.contract.needs)

    def _outcome(self, need: Need, prepared: Prepared) -> Outcome | InputError:
        try:
            outcome = prove(self.bucket, need, self.contract, prepared).outcome
            if self.under and prove(self.plain, need, self.contract, prepared).outcome != outcome:
                relied = (*outcome.assumptions, *(sentence for _, sentence in self.under))
                return dataclasses.replace(outcome, assumptions=relied)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a clean result
            return InputError(self.bucket.location, f"internal error while checking '{need.id}' ({error!r}); please report this")
        return outcome

    def subjects(self, outcomes: Sequence[Outcome | InputError], errors: list[InputError]) -> Iterator[Subject]:
        """What the rules are given: the verdicts of each principal of the contract."""
        verdicts = [self._verdict(need, one, errors) for need, one in zip(self.contract.needs, outcomes, strict=True)]
        for party in dict.fromkeys(need.party for need in self.contract.needs):
            mine = tuple(verdict for verdict in verdicts if verdict.need.party == party)
            yield Subject(self.contract, self.bucket, mine, party)

    def _verdict(self, need: Need, outcome: Outcome | InputError, errors: list[InputError]) -> Verdict:
        if isinstance(outcome, InputError):
            errors.append(outcome)
            return Verdict(self.contract, self.bucket, need, Outcome(Status.UNKNOWN, "internal error", self.bucket.location))
        return Verdict(self.contract, need.about(self.bucket), need, outcome)


_Outcomes = tuple[tuple[Outcome | InputError, ...], ...]


@dataclass(frozen=True, slots=True)
class _Together:
    """A bucket with every contract that applies to it, whose proofs share what they make of its documents."""

    chosen: tuple[_Chosen, ...]

    def __str__(self) -> str:
        return str(self.chosen[0])

    @property
    def name(self) -> tuple[str, str, str]:
        """By which it is known again in another run."""
        bucket = self.chosen[0].plain
        return "proven", bucket.root, bucket.address

    def state(self) -> str:
        """Equal for two that differ in nothing, places and reasons included, which equality of values passes over; empty where that cannot be told."""
        import pickle

        try:
            return digest(pickle.dumps(self.chosen))
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError):
            return ""

    def weight(self) -> int:
        """How many needs there are to prove, each as often as there are policies to look at: of a role of the code, those of all roles beside it."""
        bucket = self.chosen[0].bucket
        own = 1 + len(bucket.slot(Kind.POLICY).linked)
        of_roles = own + sum(len(identity.policies) for identity in bucket.estate.identities)
        return sum(len(one.contract.needs) * (of_roles if may_be_in_code(one.contract) else own) for one in self.chosen)

    def outcomes(self) -> _Outcomes:
        """What is proven of the needs of each contract."""
        prepared: Prepared = {}
        return tuple(one.outcomes(prepared) for one in self.chosen)


def _roots_of(asked: Asked, request: Request, inputs: Inputs) -> list[Declarations]:
    return [root for root in inputs.roots if asked.of in (None, request.settings.asking(root.root))]


def _within(request: Request, inputs: Inputs, errors: list[InputError]) -> Iterator[Asked]:
    """What is asked, with those of the named buckets that are there.

    A settings file names buckets of all its roots, and the run may be about some of them: a name is wrong only where all were read. The
    command line names buckets of any settings file.
    """
    lost = dict.fromkeys(request.buckets)
    for asked in request.asks:
        if asked.of is None or not asked.buckets:
            lost.clear()  # the selection tells
            yield asked
            continue
        roots = {root.root for root in _roots_of(asked, request, inputs)}
        buckets = [bucket for bucket in inputs.buckets if bucket.root in roots]
        names = tuple(name for name in asked.buckets if any(is_called(bucket, name) for bucket in buckets))
        for name in names:
            lost.pop(name, None)
        if names:
            yield dataclasses.replace(asked, buckets=names)
        if asked.location is not None and is_whole(request.settings, asked.of, request.paths, changed=request.options.changed):
            errors.extend(InputError(asked.location, no_bucket(name, buckets)) for name in asked.buckets if name not in names)
    told = [no_bucket(name, inputs.buckets) for name in lost]
    if told and len(told) == len(request.buckets):
        raise AuditError("\n".join(told))
    errors.extend(InputError(Location((*request.paths, ".")[0]), message) for message in told)


def _how(asked: Asked, selection: Selection) -> str:
    """How the buckets of a contract were chosen."""
    if asked.location is None:
        return selection.note
    said = "named" if asked.buckets else "every bucket" if asked.every else selection.note
    return f"{said} ({_at(asked.location)})"


def _at(location: Location) -> str:
    return f"{location.path}:{location.line}"


def _assuming(bucket: Bucket) -> Bucket:
    """The bucket as a settings file assumes it to be: made when S3 gave new buckets the defaults of today."""
    return dataclasses.replace(bucket, declaration=dataclasses.replace(bucket.declaration, new=True))


@dataclass(frozen=True, slots=True)
class _Counted:
    """The findings that count, each as it is reported; what the baseline has; and what does not count, one line each."""

    findings: Mapping[Finding, Finding]
    compared: Compared | None
    left_out: tuple[str, ...]

    def sorted(self) -> tuple[Finding, ...]:
        """The findings that count, by place, then rule."""
        return tuple(sorted(self.findings.values(), key=lambda one: (one.location, one.rule, one.subject, one.bucket)))

    def excusing(self, found: Mapping[Finding, Sequence[Subject]]) -> dict[Finding, Sequence[Subject]]:
        """Those of all findings that do not count, or count for less than by their rule."""
        return {
            finding: of
            for finding, of in found.items()
            if finding not in self.findings or finding.severity.is_above(self.findings[finding].severity)
        }


def _counted(
    request: Request,
    findings: Sequence[Finding],
    found: Mapping[Finding, Sequence[Subject]],
    inputs: Inputs,
    subjects: Sequence[Subject],
    *,
    complete: bool,
) -> _Counted:
    """What counts of the findings after suppression: those that are wanted, that settings do not switch off, that no baseline knows."""
    counting, told = _as_set([one for one in findings if _is_wanted(one.rule, request)], found, request, inputs)
    left_out = tuple(excluded(request.settings, told))
    if request.baseline is None:
        return _Counted(counting, None, left_out)
    from auditor.baseline.compare import RunScope, compare

    run = RunScope(inputs.roots, subjects, request.contracts, complete)
    # what could not be read is never known
    known = {finding: found.get(finding, ()) for finding in counting if finding.rule != INPUT_ERROR}
    compared = compare(request.baseline, known, run, lambda rule: _is_wanted(rule, request))
    shown = {finding: as_set for finding, as_set in counting.items() if finding not in compared.known}
    return _Counted(shown, compared, (*left_out, compared.note))


def _as_set(
    findings: Sequence[Finding], found: Mapping[Finding, Sequence[Subject]], request: Request, inputs: Inputs
) -> tuple[dict[Finding, Finding], Told]:
    """The findings that settings do not switch off, each with the severity that they give it; and what they leave out."""

    def roots(finding: Finding) -> tuple[str, ...]:
        return tuple(dict.fromkeys(subject.bucket.root for subject in found.get(finding, ())))

    counting, off, lowered = as_set(findings, roots, request.settings, request.select)
    return counting, Told(inputs.left_out, off, lowered)


def _each_once(subjects: Sequence[Subject]) -> Iterator[Verdict]:
    """The verdicts in order; one about something that several buckets share, such as a role, once."""
    seen: dict[tuple[int, str, str, str], Verdict] = {}
    for verdict in (verdict for subject in subjects for verdict in subject.verdicts):
        key = (id(verdict.contract), verdict.subject.root, verdict.subject.address, verdict.need.id)
        if seen.setdefault(key, verdict) is verdict or seen[key].outcome != verdict.outcome:
            yield verdict


def _is_wanted(rule: str, request: Request) -> bool:
    return (not request.select or rule in request.select) and rule not in request.ignore


def _nothing_audited(request: Request, inputs: Inputs, subjects: Sequence[Subject], errors: list[InputError], texts: Texts) -> bool:
    """Whether nothing was audited though something should have been; why is an error, where no other one tells it."""
    if subjects or request.options.changed or any(asked.related for asked in request.asks):
        return False
    if not errors:
        errors.extend(InputError(by.location, f"'{by.text}' excludes all there is") for by in {*inputs.left_out.values()})
    if not errors:
        from auditor.sources.nothing import why_nothing
        from auditor.sources.read import near_miss_in

        errors.extend(error for path in dict.fromkeys(request.paths) for error in why_nothing(path, texts, near_miss_in))
    return True


def _select(asked: Asked, buckets: Sequence[Bucket], directives: Sequence[Directive], errors: Sequence[InputError]) -> Selection:
    """The buckets of a contract; when that cannot be said, what could not be read is told too: it may be the reason."""
    try:
        return select(buckets, asked.contract, directives, asked.buckets, every=asked.every, related=asked.related)
    except AuditError as error:
        said = str(error) if asked.location is None else f"{asked.location}: {error}"
        raise AuditError("\n".join((said, *(f"not read: {trouble}" for trouble in errors)))) from error


def _examined(buckets: Sequence[Bucket]) -> Iterator[Location]:
    """The places that the audit of buckets looks at: they, what is attached to them and to the keys beside them, and the calls that lead there."""
    keys = [key for estate in {id(bucket.estate): bucket.estate for bucket in buckets}.values() for key in estate.keys]
    for bucket in buckets:
        yield bucket.declaration.location
        yield from bucket.declaration.calls
    yield from (key.declaration.location for key in keys)
    for slot in (*(slot for bucket in buckets for slot in bucket.slots.values()), *(key.policy for key in keys)):
        for linked in slot.linked:
            yield linked.attachment.location
            if linked.attachment.content_location:
                yield linked.attachment.content_location


def _apart(inputs: Inputs, subjects: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    """The buckets of the code that nothing was asked of, by root and address."""
    asked = {(subject.bucket.root, subject.bucket.address) for subject in subjects}
    found = ((bucket.root, bucket.address) for bucket in inputs.buckets if bucket.declaration.managed)
    return (name for name in found if name not in asked)


def _unrelated(subjects: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    """The buckets that mention none of the contracts they were put to, by root and address; none where that is so of all of them."""
    of_bucket: dict[tuple[str, str], list[Subject]] = {}
    for subject in subjects:
        of_bucket.setdefault((subject.bucket.root, subject.bucket.address), []).append(subject)
    if len(of_bucket) < 2:
        return
    alone = [name for name, found in of_bucket.items() if not any(mentions(subject.bucket, subject.contract) for subject in found)]
    yield from alone if len(alone) < len(of_bucket) else ()


def prove(bucket: Bucket, need: Need, contract: Contract, prepared: Prepared | None = None) -> Verdict:
    """The verdict for one need of one bucket.

    Args:
        bucket: it.
        need: of the contract.
        contract: it.
        prepared: what the proof shares with others about the bucket.
    """
    whatever_the_keys: list[bool] = []

    def in_case(choices: Choices) -> Outcome:
        outcome = need.prove(bucket, contract, choices)
        if outcome.status is Status.FAILS:
            whatever_the_keys.append(outcome.cause is not None and outcome.cause.is_of_every_key)
        return outcome

    outcome = over_cases(in_case, bucket.location, prepared, bucket.declaration.when)
    doubt = need.doubt
    if not doubt or (doubt.of_keys and outcome.status is Status.FAILS and all(whatever_the_keys)):
        return Verdict(contract, need.about(bucket), need, outcome)
    return Verdict(contract, need.about(bucket), need, doubted(outcome, doubt))


def _input_findings(errors: Sequence[InputError]) -> Iterator[Finding]:
    for error in dict.fromkeys(errors):
        yield general_rule(INPUT_ERROR).finding(Problem(_whole(error.message), error.location, subject=error.message))


_OF_FILE = ("is ", "cannot ", "has ", "holds ", "declares ", "looks like ")


def _whole(message: str) -> str:
    """The message of an input error as a sentence that stands alone: some speak of the file before them."""
    sentence = f"This {message}" if message.startswith(_OF_FILE) else f"{message[:1].upper()}{message[1:]}"
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _about_inputs(inputs: Inputs) -> Iterator[str]:
    yield _what_was_read(inputs.roots, inputs.buckets)
    yield from _what_was_not_read(inputs.roots)
    yield from _what_plans_leave_out(inputs.roots)
    yield from _what_makes_none(inputs.roots)
    if inputs.unread and (inputs.buckets or inputs.errors):  # else they are told as what there is instead
        from auditor.sources.nothing import unread_files

        yield from unread_files(inputs.unread, [root.root for root in inputs.roots])
    yield from renamed(inputs.directives)


def _what_was_read(roots: Sequence[Declarations], buckets: Sequence[Bucket]) -> str:
    count = len(roots)
    managed = sum(bucket.declaration.managed for bucket in buckets)
    return f"read {count} {'root' if count == 1 else 'roots'}, found {managed} {'bucket' if managed == 1 else 'buckets'}"


_REF = regex(r"[?#].*")
_MOST_SOURCES = 3


def _what_was_not_read(roots: Sequence[Declarations]) -> Iterator[str]:
    """What may hold buckets and could not be looked into: modules and templates that are not available locally."""
    named: dict[str, Counter[str]] = {}
    for root in roots:
        named.setdefault("terragrunt" if root.is_unit else root.language, Counter()).update(root.not_read)
    for language, relative, one, many, why, until in (
        ("terraform", False, "module call", "module calls", "the source is not available locally", "run 'terraform init'"),
        (
            "terraform",
            True,
            "module call",
            "module calls",
            "the source is not in the scanned tree",
            "allow it with --also-read DIR",
        ),
        (
            "terragrunt",
            False,
            "module of a unit of Terragrunt",
            "modules of units of Terragrunt",
            "the source is not available locally",
            f"run '{PLAN_OF_UNIT}' and audit plan.json",
        ),
        (
            "terragrunt",
            True,
            "module of a unit of Terragrunt",
            "modules of units of Terragrunt",
            "the source is not in the scanned tree",
            "allow it with --also-read DIR",
        ),
        ("cloudformation", None, "nested stack", "nested stacks", "the template is not available locally", "audit those templates"),
    ):
        sources = Counter[str]()
        for source, times in named.get(language, {}).items():
            if relative in (None, source.startswith(("./", "../"))):
                sources[_REF.sub("", source)] += times
        if sources:
            count = sources.total()
            yield (
                (f"{count} {one} was" if count == 1 else f"{count} {many} were")
                + f" skipped because {why}: {_most_telling(sources)}; {until} to include their buckets"
            )


def _what_plans_leave_out(roots: Sequence[Declarations]) -> Iterator[str]:
    """The plans that do not show every bucket, each with the reason."""
    for root in roots:
        # What a plan leaves out is opaque under the name of the plan itself.
        for opaque in (one for one in root.opaque if root.language == "terraform" and one.address == root.root):
            yield f"{root.root} does not show every bucket: {opaque.symbol.reason}; {opaque.symbol.hint}"


def _what_makes_none(roots: Sequence[Declarations]) -> Iterator[str]:
    """The declarations of buckets that make none, since `count` or `for_each` is empty with the values at hand."""
    empty = sorted({address for root in roots for address in root.empty})
    if empty:
        named = ", ".join(empty[:_MOST_SOURCES]) + (f" and {len(empty) - _MOST_SOURCES} more" if len(empty) > _MOST_SOURCES else "")
        declarations = "1 bucket declaration makes" if len(empty) == 1 else f"{len(empty)} bucket declarations make"
        yield f"{declarations} no bucket with the values at hand: {named}"


def _most_telling(sources: Counter[str]) -> str:
    """A few of them with their number, those that speak of S3 first."""
    ranked = sorted(sources, key=lambda source: (not re.search(r"s3|bucket", source, re.IGNORECASE), -sources[source], source))
    named = ", ".join(f"{source} ({sources[source]})" for source in ranked[:_MOST_SOURCES])
    return named if len(ranked) <= _MOST_SOURCES else f"{named} and {len(ranked) - _MOST_SOURCES} more"
