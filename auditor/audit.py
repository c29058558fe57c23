"""The pipeline, top to bottom: read, link, select, prove, find, suppress, report."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from auditor.contract import Contract, Need, NeedKind
from auditor.errors import InputError
from auditor.finding import Finding, Related
from auditor.link import link
from auditor.model import Bucket, Declarations
from auditor.report import Report
from auditor.rule import Problem, Rule, Subject, all_rules
from auditor.selection import select
from auditor.sources.read import Options, read
from auditor.suppression import MODULE_CALL, NESTED_STACK, sift
from auditor.text import Texts
from auditor.verdict import Status, Verdict


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    Attributes:
        paths: files and directories; `-` is standard input.
        contracts: with their parameters filled in.
        options: how the sources are to be read.
        buckets: addresses to which the contracts are narrowed.
        every_bucket: whether they apply to all buckets.
        select: the ids of the rules whose findings are wanted, empty for all.
        ignore: the ids of rules whose findings are not.
        honour_suppressions: whether `ignore[…]` comments hold findings back.
        today: the day that dates in suppressions are compared with.
    """

    paths: tuple[str, ...]
    contracts: tuple[Contract, ...]
    options: Options = field(default_factory=Options)
    buckets: tuple[str, ...] = ()
    every_bucket: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    honour_suppressions: bool = True
    today: dt.date = dt.date.max


def audit(request: Request, texts: Texts) -> Report:
    """The report on what was asked.

    Raises:
        AuditError: the audit as a whole cannot be done: a named bucket does not exist, or several are there and nothing says which.
    """
    roots, errors = read(request.paths, request.options, texts)
    rules = all_rules()
    buckets = link(roots)
    directives = tuple(directive for root in roots for directive in root.directives)
    verdicts: list[Verdict] = []
    findings: list[Finding] = []
    notes = [_what_was_read(roots, buckets)]
    for contract in request.contracts:
        selection = select(buckets, contract, directives, request.buckets, every=request.every_bucket)
        if buckets:
            notes.append(f"{contract.id}: {selection.note}")
        for bucket in selection.buckets:
            proven = tuple(_prove(bucket, need, contract, errors) for need in contract.needs)
            verdicts.extend(proven)
            subject = Subject(contract, bucket, proven, bucket.language)
            for rule in rules:
                findings.extend(_with_calls(finding, bucket) for finding in _check(rule, subject, errors))
    wanted = [
        finding
        for finding in (*dict.fromkeys(findings), *_input_findings(errors, rules))
        if (not request.select or finding.rule in request.select) and finding.rule not in request.ignore
    ]
    sifted = sift(wanted, directives if request.honour_suppressions else (), rules, request.today)
    return Report(
        contracts=request.contracts,
        verdicts=tuple(verdicts),
        findings=tuple(
            sorted(sifted.findings, key=lambda finding: (finding.location, finding.rule, finding.subject, finding.bucket))
        ),
        errors=tuple(sorted(dict.fromkeys(errors))),
        rules=rules,
        suppressed=sifted.suppressed,
        notes=tuple(notes),
        texts=texts,
    )


def prove(bucket: Bucket, need: Need, contract: Contract) -> Verdict:
    """The verdict for one need of one bucket."""
    match need.kind:
        case NeedKind.S3:
            from auditor.proofs.access import prove_access

            return prove_access(bucket, need, contract)
        case NeedKind.KMS:
            from auditor.proofs.encryption import prove_encryption

            return prove_encryption(bucket, need, contract)
        case NeedKind.CORS:
            from auditor.proofs.cors import prove as prove_cors

            return prove_cors(bucket, need, contract)
        case NeedKind.OWNERSHIP:
            from auditor.proofs.ownership import prove_ownership

            return prove_ownership(bucket, need, contract)


def _prove(bucket: Bucket, need: Need, contract: Contract, errors: list[InputError]) -> Verdict:
    """The verdict; a proof that breaks down is an error of the run and leaves the need open, never a pass."""
    try:
        return prove(bucket, need, contract)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a clean result
        place = bucket.declaration.location
        errors.append(InputError(place, f"the proof of '{need.id}' broke down ({error!r}); please report this"))
        return Verdict(contract, bucket, need, Status.OPEN, "the proof broke down", place)


def _check(rule: Rule, subject: Subject, errors: list[InputError]) -> Iterator[Finding]:
    """The findings of one rule; one that crashes is an error of the run, never a pass."""
    try:
        yield from rule.findings(subject)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a clean result
        errors.append(
            InputError(subject.bucket.declaration.location, f"rule '{rule.id}' broke down ({error!r}); please report this")
        )


def _with_calls(finding: Finding, bucket: Bucket) -> Finding:
    """The finding with the module calls or nested stacks that lead to its bucket, as the end of its story."""
    message = NESTED_STACK if bucket.language == "cloudformation" else MODULE_CALL
    calls = tuple(Related(call, message) for call in reversed(bucket.declaration.calls))
    return dataclasses.replace(finding, related=(*finding.related, *calls)) if calls else finding


def _input_findings(errors: Sequence[InputError], rules: Sequence[Rule]) -> Iterator[Finding]:
    rule = next(rule for rule in rules if rule.id == "input-error")
    for error in dict.fromkeys(errors):
        yield rule.finding(Problem(f"{error.message[:1].upper()}{error.message[1:]}.", error.location, subject=error.message))


def _what_was_read(roots: Sequence[Declarations], buckets: Sequence[Bucket]) -> str:
    count = len(roots)
    managed = sum(bucket.declaration.managed for bucket in buckets)
    return f"{count} {'root' if count == 1 else 'roots'} read, {managed} {'bucket' if managed == 1 else 'buckets'} declared"
