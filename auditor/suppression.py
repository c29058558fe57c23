"""Suppression comments: `# auditor: ignore[rule-id, …] until=2027-03-01 -- reason`.

A suppression holds for the line or block that its directive applies to: a finding there, or one whose module call or nested stack is there. One that is
unused, expired or malformed is itself a finding.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Sequence

from auditor.finding import Finding
from auditor.foundation.errors import did_you_mean
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Directive
from auditor.rule import RENAMED, Problem, Rule, current

MODULE_CALL = "module call"
NESTED_STACK = "nested stack"
_IGNORE = regex(r"ignore\[(?P<rules>[^\]]*)\](?P<options>.*?)(?:\s--\s(?P<reason>.*))?", re.DOTALL)
_KNOWN_WORDS = ("ignore", "contract")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One `ignore[…]` directive, read.

    Attributes:
        rules: the ids that it names.
        until: the last day on which it holds, None when it has no end.
        directive: where it stands and what it applies to.
        reason: what stands behind `--`; empty when nothing does.
    """

    rules: tuple[str, ...]
    until: dt.date | None
    directive: Directive
    reason: str = ""


def renamed(directives: Sequence[Directive]) -> Iterator[str]:
    """A note on each comment that calls a rule by a former id."""
    for directive in directives:
        match = _IGNORE.fullmatch(directive.text.strip())
        for name in (name.strip() for name in match["rules"].split(",")) if match else ():
            if name in RENAMED:
                yield f"{directive.location}: the rule '{name}' is now called '{RENAMED[name]}'"


def read(directive: Directive, known: Sequence[str]) -> Suppression | str | None:
    """The suppression that a directive is; why it is malformed; or None when it is another directive, well formed.

    Args:
        directive: the comment.
        known: the ids of all rules.
    """
    word = re.match(r"[a-z-]*", directive.text)
    if word and word[0] == "contract":
        return None
    match = _IGNORE.fullmatch(directive.text.strip())
    if not match:
        hint = did_you_mean(word[0], _KNOWN_WORDS) if word and word[0] not in _KNOWN_WORDS else ""
        return f"'auditor: {directive.text}' is neither ignore[rule-id] nor contract=name{hint}"
    names = tuple(current(name.strip()) for name in match["rules"].split(",") if name.strip())
    if not names:
        return "ignore[] names no rule"
    for name in names:
        if name not in known:
            return f"there is no rule '{name}'{did_you_mean(name, known)}"
    until = None
    for option in match["options"].split():
        key, _, value = option.partition("=")
        if key != "until":
            return f"unknown option '{option}'; the only option is until=YYYY-MM-DD"
        try:
            until = dt.date.fromisoformat(value)
        except ValueError:
            return f"'{value}' is not a valid date; write until=YYYY-MM-DD"
    return Suppression(names, until, directive, (match["reason"] or "").strip())


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Findings after suppression.

    Attributes:
        findings: those that stay, with those about suppressions themselves.
        suppressed: the others, with the reason.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]


def apply_suppressions(
    findings: Sequence[Finding],
    directives: Sequence[Directive],
    rules: Sequence[Rule],
    today: dt.date,
    examined: Sequence[Location] | None = None,
) -> Suppressed:
    """Separates the suppressed findings from the others, and reports suppressions that have no effect.

    Args:
        findings: all findings.
        directives: the comments that speak to the tool.
        rules: the whole catalogue.
        today: the day that `until` is compared with.
        examined: the places that the audit looked at; of a suppression elsewhere nobody can say that it is unused. None: everything.
    """
    catalogue = {rule.id: rule for rule in rules} if directives else {}
    suppressions, about = _parsed(directives, catalogue, today)
    used: set[Directive] = set()
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        holding = [one for one in suppressions if finding.rule in one.rules and _covers(one.directive.applies_to, finding)]
        used.update(one.directive for one in holding)
        if holding:
            suppressed.append(dataclasses.replace(finding, justification=next((one.reason for one in holding if one.reason), "")))
        else:
            kept.append(finding)
    for one in suppressions:
        looked_at = examined is None or any(_overlap(one.directive.applies_to, place) for place in examined)
        if one.directive not in used and looked_at:
            names = ", ".join(f"'{name}'" for name in one.rules)
            message = f"{names} finds nothing here: this suppression has no effect."
            about.append(_finding(catalogue, "suppression-unused", message, one.directive))
    return Suppressed((*kept, *about), tuple(suppressed))


def _parsed(directives: Sequence[Directive], catalogue: dict[str, Rule], today: dt.date) -> tuple[list[Suppression], list[Finding]]:
    """The suppressions that apply today, and findings about malformed and expired ones."""
    suppressions: list[Suppression] = []
    about: list[Finding] = []
    for directive in dict.fromkeys(directives):
        answer = read(directive, tuple(catalogue))
        if isinstance(answer, str):
            about.append(_finding(catalogue, "suppression-malformed", f"This suppression is malformed: {answer}.", directive))
        elif answer is not None and answer.until is not None and answer.until < today:
            message = f"This suppression expired on {answer.until.isoformat()} and no longer applies."
            about.append(_finding(catalogue, "suppression-expired", message, directive))
        elif answer is not None:
            suppressions.append(answer)
    return suppressions, about


def _covers(applies_to: Location, finding: Finding) -> bool:
    return any(_overlap(applies_to, place) for place in _places(finding))


def _overlap(one: Location, other: Location) -> bool:
    """Whether two regions share a line."""
    return one.path == other.path and one.line <= other.end_line and one.end_line >= other.line


def _places(finding: Finding) -> Iterator[Location]:
    yield finding.location
    yield from (related.location for related in finding.related if related.message in (MODULE_CALL, NESTED_STACK))


def _finding(catalogue: dict[str, Rule], rule: str, message: str, directive: Directive) -> Finding:
    return catalogue[rule].finding(
        Problem(message, directive.location, help="Correct or remove the comment.", subject=directive.text)
    )
