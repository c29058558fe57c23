"""The troubleshooting guides: one Markdown file for each symptom, in the folders of the platforms.

A guide says what the platform shows, the causes with the likeliest first, which rules prove or exclude each from code, and what only the live
system can tell.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from auditor.foundation.border import own, own_names
from auditor.foundation.platforms import platforms
from auditor.lazy.classes import dataclass
from auditor.rule import Rule, all_rules
from auditor.verdict import Status, Verdict

_SUBJECTS = {"kms": ("kms-",), "ownership": ("ownership-", "acl-", "acls-")}
"""Symptoms that are not a `Symptom` of a rule, and how the ids of their rules begin."""

_FOUND = (
    ("caused by", {Status.FAILS}),
    ("possibly caused by", {Status.UNKNOWN}),
    ("excluded as causes", {Status.HOLDS, Status.NOT_APPLICABLE}),
)

_needs = re.compile(r"`((?:s3|kms|cors):[A-Za-z]+|ownership)`").findall
_cited = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`").findall


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do about one symptom.

    Attributes:
        symptom: its name, one of `symptoms()`.
        title: the symptom in words.
        text: the guide, Markdown, with the list of its rules at the end; of several platforms, one after the other.
        rules: the ids of the rules that prove or exclude a cause from code, sorted.
        needs: what it names in the form of needs (`s3:GetObject`, `ownership`), sorted.
    """

    symptom: str
    title: str
    text: str
    rules: tuple[str, ...]
    needs: tuple[str, ...]


def symptoms() -> tuple[str, ...]:
    """The symptoms that there is a guide for, sorted."""
    return tuple(sorted({page.removesuffix(".md") for folder in platforms("guides") for page in own_names(folder, ".md")}))


def guide(symptom: str) -> Guide:
    """The guide to a symptom.

    Raises:
        KeyError: there is none.
    """
    if symptom not in symptoms():
        raise KeyError(symptom)
    pages = (os.path.join(folder, f"{symptom}.md") for folder in platforms("guides"))
    text = "\n".join(own(page) for page in pages if os.path.exists(page))
    cited = set(_cited(text))
    rules = [rule for rule in all_rules() if rule.id in cited or _belongs(rule, symptom)]
    listed = "".join(f"- `{rule.id}` ({rule.severity.value}): {rule.summary}\n" for rule in rules)
    title = text.partition("\n")[0].removeprefix("# ")
    page = f"{text}\n## Rules\n\n{listed}" if rules else text
    return Guide(symptom, title, page, tuple(rule.id for rule in rules), tuple(sorted(set(_needs(text)))))


def causes(symptom: str, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What the code says of the causes of a symptom: for each bucket a sentence with what causes it, may cause it, and is excluded.

    Args:
        symptom: its name.
        verdicts: of the needs behind it, bucket by bucket.
    """
    buckets = dict.fromkeys((verdict.subject.root, verdict.subject.address) for verdict in verdicts)
    sentences = []
    for bucket in buckets:
        of_bucket = [one for one in verdicts if (one.subject.root, one.subject.address) == bucket]
        parts = []
        for words, statuses in _FOUND:
            needs = [verdict.need.id for verdict in of_bucket if verdict.status in statuses]
            if needs:
                parts.append(f"{words} {', '.join(needs)}")
        sentences.append(f"{symptom} and {bucket[1]}: {'; '.join(parts)}")
    return tuple(sentences)


def _belongs(rule: Rule, symptom: str) -> bool:
    return any(one.value == symptom for one in rule.symptoms) or rule.id.startswith(_SUBJECTS.get(symptom, ("\0",)))
