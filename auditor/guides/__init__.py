"""The troubleshooting guides: one Markdown file for each symptom, in this directory.

A guide says what the platform shows, the causes with the likeliest first, which rules prove or exclude each from code,
and what only the live system can tell. Source of the causes: https://docs.v7labs.com/docs/external-storage-
troubleshooting
"""

from __future__ import annotations

import importlib.resources
import re
from dataclasses import dataclass

from auditor.rule import Rule, all_rules

_SYMPTOMS = ("401", "403", "404", "400", "cors", "kms", "slow", "misplaced", "ownership")
_SUBJECTS = {"kms": ("kms-",), "ownership": ("ownership-", "acl-", "acls-")}
"""Symptoms that are no `Symptom` of a rule, and how the ids of their rules begin."""

_cited = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`").findall


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do about one symptom.

    Attributes:
        symptom: its name, one of `symptoms()`.
        title: the symptom in words.
        text: the guide, Markdown, with the list of its rules at the end.
        rules: the ids of the rules that prove or exclude a cause from code, sorted.
    """

    symptom: str
    title: str
    text: str
    rules: tuple[str, ...]


def symptoms() -> tuple[str, ...]:
    """The symptoms that there is a guide for, in the order of the troubleshooting page."""
    return _SYMPTOMS


def guide(symptom: str) -> Guide:
    """The guide to a symptom.

    Raises:
        KeyError: there is none.
    """
    if symptom not in _SYMPTOMS:
        raise KeyError(symptom)
    text = importlib.resources.files("auditor.guides").joinpath(f"{symptom}.md").read_text("utf-8")
    cited = set(_cited(text))
    rules = [rule for rule in all_rules() if rule.id in cited or _belongs(rule, symptom)]
    listed = "".join(f"- `{rule.id}` ({rule.severity.value}): {rule.summary}\n" for rule in rules)
    title = text.partition("\n")[0].removeprefix("# ")
    return Guide(symptom, title, f"{text}\n## Rules\n\n{listed}" if rules else text, tuple(rule.id for rule in rules))


def _belongs(rule: Rule, symptom: str) -> bool:
    return any(one.value == symptom for one in rule.symptoms) or rule.id.startswith(_SUBJECTS.get(symptom, ("\0",)))
