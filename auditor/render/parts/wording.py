"""Sentences that several formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.contract import Contract
from auditor.contract.party import OWNER
from auditor.finding import INPUT_ERROR, Certainty, Finding, Severity
from auditor.foundation.cases import DENIALS
from auditor.foundation.errors import InputError, enumerated
from auditor.lazy.classes import dataclass
from auditor.model import Resource
from auditor.report import Report
from auditor.verdict import WORST_FIRST, Resolution, Status, Verdict

SEVERITY_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}

_LONG_NAME = 80
_VERBS = frozenset({"allows", "denies", "does", "is", "lists", "makes", "matches"})


def counted(number: int, one: str, many: str = "") -> str:
    """`1 bucket`, `2 buckets`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """The text with a full stop at its end, unless it ends a sentence already."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…:" else f"{text}."


def capital(text: str) -> str:
    """The text with a capital at its beginning, unless it begins with a name out of code (`var.role_arn`, `s3:GetObject`)."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def one_line(text: str) -> str:
    """The text with every run of white space made one space."""
    return " ".join(text.split())


def contract_name(contract: Contract) -> str:
    """`v7-darwin (access: read-write)`."""
    given = ", ".join(parameters(contract, ": "))
    return f"{contract.id} ({given})" if given else contract.id


def parameters(contract: Contract, between: str) -> Iterator[str]:
    """The values of a contract's parameters, each after its name and what stands between: `access: read-write`, `account of the bucket`."""
    for name, value in contract.parameters.items():
        if value:
            yield f"{name} of the bucket" if value == OWNER else f"{name}{between}{value}"


def witness(verdict: Verdict) -> str:
    """The refused request of a verdict that fails and what comes of it; empty when it has none.

    `PUT of 'in/a' is refused`; where the witness tells the answer, `GET from https://…: S3 answers without CORS headers`. What else the
    witness names is told in brackets.
    """
    parts = dict(verdict.witness)
    if not parts:
        return ""
    request, method, key, origin, headers, answer = (
        parts.pop(name, "") for name in ("request", "method", "key", "origin", "headers", "answer")
    )
    plain = method or verdict.need.label if key or origin else ""
    if not (plain or request):
        return ""  # a demand on the bucket itself, of which the reason says all
    said = plain or request or verdict.need.id
    said += f" of '{key}'" if key and plain else f" for '{key}'" if key else ""
    said += f" from {origin}" if origin else ""
    said += f" with the headers {headers}" if headers else ""
    said += f" ({', '.join(f'{name}: {value}' for name, value in parts.items())})" if parts else ""
    return f"{said}: {answer}" if answer else f"{said} is refused"


def turns(ways: Mapping[Resolution, Iterable[str]]) -> tuple[str, ...]:
    """How needs depend on one thing that is unknown: a sentence for each way of it, and one for the needs of which no way can be told.

    Args:
        ways: the resolutions that have a reason, place and help in common, each with the needs that depend on it.
    """
    several = len({way.name for way in ways}) > 1
    alike: dict[Resolution, list[tuple[Resolution, tuple[str, ...]]]] = {}
    for way, needs in ways.items():
        alike.setdefault(_whatever_is_asked(way, needs := tuple(needs)), []).append((way, needs))
    said: dict[str, None] = {}
    told: set[str] = set()
    for same, asked in alike.items():
        needs = tuple(dict.fromkeys(need for _, of in asked for need in of))
        if sentence_ := depends_on(same if len(asked) > 1 else asked[0][0], needs, named=several):
            said[sentence_] = None
            told.update(needs)
    untold = tuple(dict.fromkeys(need for needs in ways.values() for need in needs if need not in told))
    rest = f"{enumerated(untold)} {'depends' if len(untold) == 1 else 'depend'} on it"
    return (*said, *([rest] if untold else ()))


def _whatever_is_asked(way: Resolution, needs: Sequence[str]) -> Resolution:
    """A way of needs that differ in the method of their requests alone, which is what its cases have of it then."""
    methods = {need.partition(":")[2] for need in needs if need.startswith("cors:")}
    if len(methods) != 1:
        return way
    method = rf"\b{re.escape(methods.pop())}\b"
    good, bad, needed = (re.sub(method, "it", case) for case in (way.holds_if, way.fails_if, way.only_if))
    return replace(way, holds_if=good, fails_if=bad, only_if=needed)


def depends_on(resolution: Resolution, needs: Sequence[str] = (), *, named: bool = False) -> str:
    """How an unknown verdict can turn out (`holds if it is …, fails if …`); empty when no case can be named.

    Args:
        resolution: what it depends on.
        needs: the subjects of the sentence; none leaves them out.
        named: whether it must be told by its name, because something else has the same reason.
    """
    if named and len(resolution.name) > _LONG_NAME:
        return ""
    hold, fail = ("hold", "fail") if len(needs) > 1 else ("holds", "fails")
    cases = (resolution.holds_if, resolution.fails_if, resolution.only_if)
    good, bad, needed = (case if named else _it(case, resolution) for case in cases)
    clauses = [f"{verb} if {case}" for verb, case in ((hold, good), (fail, _after(good, bad))) if case]
    if needed and not _is_denial(needed, bad):
        clauses = [f"{fail} unless {needed}"]
    return " ".join((*([enumerated(needs)] if needs and clauses else ()), ", ".join(clauses))).strip()


def _is_denial(needed: str, bad: str) -> bool:
    """Whether what is needed is only that the case in which something fails is not so: `unless … is false` is hard to read."""
    denied = (bad.replace(verb, not_so, 1) for verb, not_so in ((" is true", " is false"), *DENIALS))
    return bool(bad) and needed in denied


def _it(case: str, resolution: Resolution) -> str:
    """The case without the name of what it is about, where the reason has just said that or where it is too long to be read."""
    name = resolution.name
    if name not in resolution.reason and len(name) <= _LONG_NAME:
        return case
    return f"it{case.removeprefix(name)}" if case.startswith(f"{name} ") else case.replace(f" from {name} ", " from it ")


def _after(good: str, bad: str) -> str:
    """The case in which something fails, beside the one in which it holds: a subject that is code is not told twice."""
    if bad.startswith("no ") and bad.removeprefix("no ") == good.removeprefix("a "):
        return "none does"
    words, before = bad.split(" "), good.split(" ")
    common = next((at for at, (one, other) in enumerate(zip(words, before, strict=False)) if one != other), len(words))
    end = next((end for end in range(min(common, len(words) - 1), 0, -1) if words[end] in _VERBS), 0)
    return " ".join(("it", *words[end:])) if end and not "".join(words[:end]).isalpha() else bad


def resolution_sentence(resolution: Resolution, told: str = "") -> str:
    """`var.role_arn has no default: holds if it is …; give it with --var role_arn=…`; without the reason where that is what was told."""
    turns = depends_on(resolution)
    if resolution.reason == told:
        return "; ".join(filter(None, (f"it {turns}" if turns else "", resolution.hint)))
    return resolution.reason + (f": {turns}" if turns else "") + (f"; {resolution.hint}" if resolution.hint else "")


def unknown_sentence(verdict: Verdict) -> str:
    """All that is to be said of an unknown verdict, in one line."""
    told = [
        text if text.startswith(resolution.name) else capital(text)
        for resolution in verdict.resolved_by
        if (text := sentence(resolution_sentence(resolution, verdict.reason)))
    ]
    # `--var a=…` ends the last sentence, but parts no two of them
    resolved = " ".join((*(f"{text}." if text.endswith("=…") else text for text in told[:-1]), *told[-1:]))
    return f"{verdict.need.id} of '{verdict.subject.address}' is unknown: {sentence(verdict.reason)} {resolved}".strip()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to fix a finding: "fix" or, for what a person has to do, "help"; a sentence; and the lines to paste, which may be empty."""

    label: str
    sentence: str
    lines: str = ""

    def __str__(self) -> str:
        return f"{self.sentence}\n{self.lines}" if self.lines else self.sentence


def ways_to_fix(finding: Finding) -> list[Way]:
    """The ways to fix a finding: its fixes, then what a person can do."""
    ways = [
        Way("fix", f"{patch.title}{' (review first)' if patch.certainty is Certainty.NEEDS_REVIEW else ''}.", patch.text)
        for patch in finding.fixes
    ]
    opening, _, lines = finding.help.strip("\n").partition("\n")
    return [*ways, *([Way("help", opening, lines.strip("\n"))] if opening else [])]


def unreported(report: Report) -> tuple[InputError, ...]:
    """The errors that no finding of the rule `input-error` tells of already."""
    told = {finding.location for finding in report.findings if finding.rule == INPUT_ERROR}
    return tuple(error for error in report.errors if error.location not in told)


def nouns(resources: Iterable[Resource]) -> tuple[str, str]:
    """What one and several of some resources are called ("bucket", "buckets"); "resource" where they are of several kinds."""
    kinds = {(resource.NOUN, resource.PLURAL) for resource in resources}
    return kinds.pop() if len(kinds) == 1 else (Resource.NOUN, Resource.PLURAL)


_PHRASES = {
    Status.FAILS: ("fails", "fail"),
    Status.UNKNOWN: ("unknown", "unknown"),
    Status.HOLDS: ("holds", "hold"),
    Status.NOT_APPLICABLE: ("not applicable", "not applicable"),
}


def tally(counts: Mapping[Status, int]) -> str:
    """`4 fail, 1 unknown, 2 hold`; empty when there are no verdicts."""
    return ", ".join(counted(number, *_PHRASES[status]) for status in WORST_FIRST if (number := counts.get(status, 0)))


def summary(report: Report) -> str:
    """The counts of a report in one line, without a full stop."""
    counts = report.counts
    subjects = {(verdict.subject.root, verdict.subject.address): verdict.subject for verdict in report.verdicts}
    words = tally({status: counts[status.value] for status in Status})
    parts = [f"{counted(len(subjects), *nouns(subjects.values()))}: {words}"] if words else []
    if report.checked:
        parts.append(report.checked if report.findings or report.errors else f"{report.checked}: nothing found")
    if told := [finding for finding in report.findings if finding.rule != INPUT_ERROR]:
        parts.append(counted(len(told), "finding") + _severities(finding.severity for finding in told))
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed")
    if report.compared and report.compared.known:
        parts.append(f"{len(report.compared.known)} in the baseline")
    if report.errors:
        parts.append(f"{counted(len(report.errors), 'input')} not read")
    return "; ".join(parts) or "nothing was audited"


def _severities(severities: Iterable[Severity]) -> str:
    every = list(severities)
    words = [counted(every.count(severity), severity.value) for severity in SEVERITY_ORDER if severity in every]
    return f" ({', '.join(words)})"
