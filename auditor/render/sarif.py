"""SARIF 2.1.0 as GitHub code scanning wants it.

Sources: OASIS, "SARIF Version 2.1.0"; GitHub, "SARIF support for code scanning" (properties, limits); github/codeql-action,
`src/upload-lib.ts` and `src/fingerprints.ts` (what the upload refuses).

One run, no time stamps, no absolute paths, so that equal input gives equal bytes. GitHub knows a result by rule, file and line:
others on the same line are folded into the first. What could not be read is a result of the rule `input-error`, because
notifications alone would let GitHub close the alerts of that file. Suppressed results are left out unless asked for: GitHub opens
alerts for them. Where nothing at all was audited the execution is said to have failed: GitHub then refuses the upload and keeps every
alert, which an empty run would close.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.errors import enumerated
from auditor.foundation.location import Location
from auditor.foundation.version import __version__
from auditor.lazy.classes import dataclass
from auditor.render.parts.fingerprint import LineHashes
from auditor.render.parts.indented import indented
from auditor.render.parts.links import INFORMATION_URI, rule_page
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places, Region
from auditor.render.parts.wording import (
    SEVERITY_ORDER,
    one_line,
    sentence,
    unknown_sentence,
    unreported,
    ways_to_fix,
)
from auditor.report import Report
from auditor.rule import Problem, Rule
from auditor.verdict import Status

# Source: GitHub, "SARIF support for code scanning", on limits: 25 000 results are refused, the top 5 000 by severity are kept; 100
# locations of a result and 10 tags of a rule are shown; names have at most 255 characters and descriptions 1024.
MOST_RESULTS = 5000
MOST_LOCATIONS = 100
MOST_TAGS = 10
LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1024

_LINKED = 5
"""How many related places a message links to."""

_EXIT_CODES = {0: "nothing failed that counts", 1: "something fails", 2: "the audit is incomplete"}


def render(report: Report, options: RenderOptions) -> str:
    """The report as a SARIF log."""
    return indented(log_of(report, options))


def log_of(report: Report, options: RenderOptions, states: Mapping[Finding, str] | None = None) -> dict[str, Any]:
    """The report as a SARIF log.

    Args:
        report: it.
        options: how it is to be shown.
        states: what each finding is compared with a baseline (SARIF 2.1.0, 3.27.24); None without one.
    """
    return _Log(report, options, states).log()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A finding where GitHub is to show it.

    Attributes:
        finding: it.
        location: the nearest place that a reader of the repository can open.
        uri: of that place.
        suppressed: whether something holds it back.
    """

    finding: Finding
    location: Location
    uri: str
    suppressed: bool

    @property
    def key(self) -> tuple[str, str, int]:
        """What GitHub takes for its identity."""
        return self.finding.rule, self.uri, self.location.line

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts results by place, then rule."""
        place = (self.location.line, self.location.column, self.location.end_line, self.location.end_column)
        return (self.uri, *place, self.finding.rule, self.finding.bucket, self.finding.subject, self.finding.message)


class _Log:
    def __init__(self, report: Report, options: RenderOptions, states: Mapping[Finding, str] | None = None) -> None:
        self.states = states
        self.report = report
        self.options = options
        self.places = Places(report.texts, options.repository_root)
        self.rules = sorted({rule.id: rule for rule in report.rules}.values(), key=lambda rule: rule.id)
        self.hashes: dict[str, LineHashes | None] = {}

    def log(self) -> dict[str, Any]:
        groups = self._groups()
        kept = sorted(groups, key=lambda group: SEVERITY_ORDER[group[0].finding.severity])[:MOST_RESULTS]
        kept.sort(key=lambda group: group[0].order)
        code = self.report.exit_code(strict=self.options.strict, exit_zero=self.options.exit_zero)
        run: dict[str, Any] = {
            "tool": {
                "driver": {
                    "name": "auditor",
                    "version": __version__,
                    "semanticVersion": __version__,
                    "informationUri": INFORMATION_URI,
                    "rules": [_descriptor(rule) for rule in self.rules],
                }
            },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
            "invocations": [
                {
                    "executionSuccessful": not self.report.nothing,
                    "exitCode": code,
                    "exitCodeDescription": _EXIT_CODES[code],
                    "toolExecutionNotifications": list(self._notifications(len(groups) - len(kept))),
                }
            ],
            "results": [self._result(group) for group in kept],
        }
        if self.options.category:
            # what follows the last slash names the single run; the category is what stands before it
            run["automationDetails"] = {"id": self.options.category.rstrip("/") + "/"}
        return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}

    def _groups(self) -> list[list[_Placed]]:
        """The findings by identity, each group sorted; findings that are suppressed only where nothing else stands."""
        every = [self._placed(finding, suppressed=False) for finding in (*self.report.findings, *self._unread())]
        groups: dict[tuple[str, str, int], list[_Placed]] = {}
        for placed in sorted(every, key=lambda placed: placed.order):
            groups.setdefault(placed.key, []).append(placed)
        if self.options.show_suppressed:
            shown = set(groups)
            hidden = [self._placed(finding, suppressed=True) for finding in self.report.suppressed]
            for placed in sorted(hidden, key=lambda placed: placed.order):
                if placed.key not in shown:
                    groups.setdefault(placed.key, []).append(placed)
        return list(groups.values())

    def _unread(self) -> Iterator[Finding]:
        rule = next((rule for rule in self.rules if rule.id == INPUT_ERROR), None)
        if rule is None:
            return
        for error in unreported(self.report):
            yield rule.finding(Problem(f"This could not be read: {error.message}", error.location, subject=error.message))

    def _placed(self, finding: Finding, *, suppressed: bool) -> _Placed:
        chain = (finding.location, *(related.location for related in finding.related))
        location = next((location for location in chain if self.places.inside(location.path)), finding.location)
        return _Placed(finding, location, self.places.uri(location.path), suppressed)

    def _result(self, group: Sequence[_Placed]) -> dict[str, Any]:
        first, *others = [placed for placed in group if self._state([placed.finding]) != "absent"] or group
        finding = first.finding
        story = [(related.location, related.message) for related in finding.related if related.location != first.location]
        if first.location != finding.location:
            story.insert(0, (finding.location, "the place itself"))
        places = [*story, *((other.location, other.finding.message) for other in others)]
        related = self._related(places)
        text = plain(finding.message)
        if others:
            text = f"{text.rstrip('.')} (and {len(others)} more here)."
        if advice := _advice(finding):
            text += f" To fix it: {advice}"
        if related:
            links = [f"[{_label(location['message']['text'])}]({location['id']})" for location in related[:_LINKED]]
            text += f" See {enumerated(links)}."
        result: dict[str, Any] = {"ruleId": finding.rule}
        index = next((index for index, rule in enumerate(self.rules) if rule.id == finding.rule), None)
        if index is not None:
            result["ruleIndex"] = index
        if self.states is not None:
            result["baselineState"] = self._state([placed.finding for placed in group])
        result["level"] = finding.severity.value
        result["message"] = {"text": text}
        location: dict[str, Any] = {"physicalLocation": self._physical(first.location)}
        if finding.bucket:
            location["logicalLocations"] = [{"fullyQualifiedName": finding.bucket, "kind": "resource"}]
        result["locations"] = [location]
        if related:
            result["relatedLocations"] = related
        if story:
            steps = [*story[: MOST_LOCATIONS - 1], (first.location, finding.message)]
            flow = [
                {"location": {"physicalLocation": self._physical(place), "message": {"text": flat(said) or "here"}}}
                for place, said in steps
            ]
            result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
        fingerprint = self._hash(first)
        result["partialFingerprints"] = {
            **({"primaryLocationLineHash": fingerprint} if fingerprint else {}),
            "auditor/v1": self._identity(finding),
        }
        if first.suppressed:
            justification = {"justification": finding.justification} if finding.justification else {}
            result["suppressions"] = [{"kind": "inSource", **justification}]
        if fixes := self._fixes(finding):
            result["fixes"] = fixes
        if told := ways_to_fix(finding):
            result["properties"] = {"fix": "\n".join(map(str, told))}
        return result

    def _state(self, findings: Sequence[Finding]) -> str:
        """The state of a result that stands for some findings: what they have in common, else that it has changed."""
        states = {(self.states or {}).get(finding, "new") for finding in findings}
        return states.pop() if len(states) == 1 else "updated"

    def _fixes(self, finding: Finding) -> list[dict[str, Any]]:
        """The patches that a reader of the repository can apply. Source: SARIF 2.1.0, 3.55 to 3.57."""
        fixes = []
        for patch in finding.fixes:
            if not patch.edits or not all(self.places.inside(edit.location.path) for edit in patch.edits):
                continue
            changes: dict[str, list[dict[str, Any]]] = {}
            for edit in patch.edits:
                replacement: dict[str, Any] = {"deletedRegion": self._region(self.places.exactly(edit.location))}
                if edit.text:
                    replacement["insertedContent"] = {"text": edit.text}
                changes.setdefault(self.places.uri(edit.location.path), []).append(replacement)
            fix = {
                "description": {"text": plain(patch.title)},
                "artifactChanges": [
                    {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "replacements": replacements}
                    for uri, replacements in changes.items()
                ],
                "properties": {"certainty": patch.certainty.value},
            }
            if fix not in fixes:
                fixes.append(fix)
        return fixes

    def _related(self, places: Iterable[tuple[Location, str]]) -> list[dict[str, Any]]:
        unique = dict.fromkeys((location, flat(message) or "here") for location, message in places)
        return [
            {"id": number, "message": {"text": message}, "physicalLocation": self._physical(location)}
            for number, (location, message) in enumerate(list(unique)[: MOST_LOCATIONS - 1], 1)
        ]

    def _physical(self, location: Location) -> dict[str, Any]:
        return {
            "artifactLocation": {"uri": self.places.uri(location.path), "uriBaseId": "%SRCROOT%"},
            "region": self._region(self.places.region(location)),
        }

    @staticmethod
    def _region(region: Region) -> dict[str, Any]:
        return {
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        }

    def _identity(self, finding: Finding) -> str:
        """The finding's own fingerprint, with the path from the root of the repository: the same wherever the tool is started."""
        location = replace(finding.location, path=self.places.path(finding.location.path))
        return replace(finding, location=location).fingerprint

    def _hash(self, placed: _Placed) -> str | None:
        path = placed.location.path
        if not self.places.inside(path):
            return None  # the upload action would not find the file either
        if path not in self.hashes:
            try:
                self.hashes[path] = LineHashes(self.report.texts.read_bytes(path))
            except (OSError, ValueError):
                self.hashes[path] = None
        hashes = self.hashes[path]
        return hashes.of(placed.location.line) if hashes else None

    def _notifications(self, left_out: int) -> Iterator[dict[str, Any]]:
        for error in self.report.errors:
            yield self._notification("error", INPUT_ERROR, error.message, error.location)
        for verdict in self.report.verdicts:
            if verdict.status is Status.UNKNOWN:
                yield self._notification("note", "unknown-verdict", unknown_sentence(verdict), verdict.location)
        for note in self.report.notes:
            yield self._notification("note", "run", note)
        if left_out:
            yield self._notification(
                "warning", "too-many-results", f"{left_out} results are left out; the {MOST_RESULTS} most severe are kept"
            )

    def _notification(self, level: str, kind: str, text: str, location: Location | None = None) -> dict[str, Any]:
        shown: dict[str, Any] = {"level": level, "message": {"text": plain(text)}, "descriptor": {"id": kind}}
        if location:
            shown["locations"] = [{"physicalLocation": self._physical(location)}]
        return shown


def _advice(finding: Finding) -> str:
    """The first way to fix it in one sentence, with what is to be pasted; empty where that is long, or has what GitHub does not show."""
    for way in ways_to_fix(finding)[:1]:
        lines = [line.strip() for line in way.lines.split("\n")] if way.lines else []
        text = f"{way.sentence.rstrip('.:')}: {lines[0]}" if len(lines) == 1 else way.sentence
        return "" if len(lines) > 1 or re.search(r"[{}`]", text) else plain(text)
    return ""


def plain(text: str) -> str:
    """Text for `message.text`: sentences without backticks and braces (GitHub shows neither rightly) and nothing like a link."""
    return sentence(flat(text)) or "."


def flat(text: str) -> str:
    """The same without the full stop, for labels."""
    return one_line(text).replace("`", "'").replace("${", "{").replace("{", "(").replace("}", ")").replace("](", "] (")


def _label(text: str) -> str:
    """Text inside a link. Source: SARIF 2.1.0, 3.11.6: backslash and brackets are escaped there."""
    return re.sub(r"([\[\]\\])", r"\\\1", text.rstrip("."))


def _descriptor(rule: Rule) -> dict[str, Any]:
    summary = sentence(one_line(rule.summary.replace("`", "'"))) or sentence(rule.id)
    paragraphs = [one_line(paragraph.replace("`", "'")) for paragraph in re.split(r"\n\s*\n", rule.documentation.strip())]
    about = next((paragraph for paragraph in paragraphs[1:] if paragraph and not paragraph.startswith("#")), summary)
    page = rule_page(rule.id)
    references = "\n".join((page, *rule.references))
    links = "\n".join(f"- [{reference}]({reference})" for reference in rule.references)
    security = rule.security
    tags = [
        *(("security", f"external/cwe/cwe-{security.weakness}") if security else ()),
        *(symptom.value for symptom in rule.symptoms),
    ]
    properties: dict[str, Any] = {
        "tags": list(dict.fromkeys(tags))[:MOST_TAGS],
        "precision": "very-high" if rule.severity is Severity.ERROR else "high",
        "problem.severity": "recommendation" if rule.severity is Severity.NOTE else rule.severity.value,
    }
    if security:
        properties["security-severity"] = str(security.severity)
    return {
        "id": rule.id,
        "name": _name(rule.id),
        "shortDescription": {"text": shortened(summary, LONGEST_DESCRIPTION)},
        "fullDescription": {"text": shortened(about, LONGEST_DESCRIPTION)},
        "help": {
            "text": f"{rule.documentation.strip() or summary}\n\nMore:\n{references}",
            "markdown": f"# {rule.id}\n\n{rule.documentation.strip() or summary}\n\nMore: [{rule.id}]({page})"
            + (f"\n\n{links}" if links else ""),
        },
        "helpUri": page,
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": properties,
    }


def _name(rule: str) -> str:
    name = "".join(word.capitalize() for word in re.findall(r"\w+", rule))
    return shortened(name if name != rule else f"{name}Rule", LONGEST_NAME)


def shortened(text: str, longest: int) -> str:
    """The text, cut at a word with an ellipsis when it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.") + "…"
