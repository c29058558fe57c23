"""The pages of the site: those of `docs/` and the top, and one for each rule, symptom and format, from what the tool says of itself.

python -m tests.site.pages DIRECTORY
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor import audit, format_report
from auditor.guides import guide, symptoms
from auditor.render import FORMATS
from auditor.rule import Rule, all_rules
from tests.own_code import PROJECT

HOME = "https://github.com/auditor-dev/auditor/blob/main/"
TOP = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "rules/README.md": "rules/index.md",
}
"""The pages that are not in `docs/`, by their paths in the repository."""

NAVIGATION: Mapping[str, tuple[str, ...]] = {
    "Start": (
        "Overview <overview>",
        "reading-a-report",
        "unknowns",
        "assumptions",
        "V7's troubleshooting page <troubleshooting>",
        "symptoms/index",
    ),
    "Using it": (
        "Configuration <configuration>",
        "suppression",
        "Baseline <baseline>",
        "diff",
        "scaffold",
        "Live buckets <live-bucket>",
        "editors",
        "ci",
        "fleet",
    ),
    "Reference": ("rules/index", "contracts", "writing-contracts", "needs", "output", "formats/index", "api", "glossary"),
    "Behind it": ("how-proofs-work", "architecture", "contributing", "changelog", "security", "conduct"),
}
"""What is in the side bar; every page is in it or below one that is."""

_CODE = re.compile(r"^ *(`{3,})[\s\S]*?^ *\1|`[^`\n]*`", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHOWN = 60
"""How many lines of a report an example has."""


def pages() -> dict[str, str]:
    """Every page by its path in the site."""
    documents = {path.relative_to(PROJECT).as_posix(): path for path in (PROJECT / "docs").rglob("*.md")}
    written = {name: (PROJECT / name).read_text(encoding="utf-8") for name in (*TOP, *documents)}
    found = {_place(name): _relinked(text, name) for name, text in written.items()}
    found |= dict(_rules()) | dict(_symptoms()) | dict(_formats())
    found["index.md"] += _navigation("", NAVIGATION)
    below = {"rules/index.md": "rules/", "symptoms/index.md": "symptoms/", "formats/index.md": "formats/"}
    for page, folder in below.items():
        names = sorted(one.removeprefix(folder).removesuffix(".md") for one in found if one.startswith(folder) and one != page)
        found[page] += _navigation("", {"": tuple(names)})
    contracts = sorted(one.removesuffix(".md") for one in found if one.startswith("contracts/"))
    found["contracts.md"] += _navigation("", {"": tuple(contracts)})
    return found


def _place(name: str) -> str:
    """Where a page of the repository is in the site."""
    return TOP.get(name, name.removeprefix("docs/"))


def _relinked(text: str, name: str) -> str:
    """A page with its links to other files as they are in the site: to a page, or to the file in the repository."""

    def link(found: re.Match[str]) -> str:
        written = found[1].removeprefix(HOME)
        if re.match(r"[a-z]+:|#", written):
            return found[0]
        path, _, anchor = written.partition("#")
        base = "" if found[1].startswith(HOME) else posixpath.dirname(name)
        target = posixpath.normpath(posixpath.join(base, path))
        if target == "rules/README.md" and anchor:
            target, anchor = f"rules/{anchor}.md", ""
        elif target not in TOP and not (target.startswith("docs/") and target.endswith(".md")):
            return f"]({HOME}{target}{anchor and f'#{anchor}'})"
        page = posixpath.relpath(_place(target), posixpath.dirname(_place(name)) or ".")
        return f"]({page}{anchor and f'#{anchor}'})"

    pieces, end = [], 0
    for code in _CODE.finditer(text):
        pieces += [_LINK.sub(link, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join((*pieces, _LINK.sub(link, text[end:])))


def _navigation(title: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The lists of pages that a page leads to, as Sphinx has them in the side bar alone."""
    shown = "".join(
        "\n```{toctree}\n:hidden:\n" + (f":caption: {caption}\n" if caption else "") + "\n" + "\n".join(names) + "\n```\n"
        for caption, names in groups.items()
    )
    return f"\n{title}{shown}"


def _rules() -> Iterator[tuple[str, str]]:
    """The list of the rules, and a page for each."""
    rules = all_rules()
    rows = "".join(f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {_shows(rule)} | {rule.summary} |\n" for rule in rules)
    yield (
        "rules/index.md",
        (
            "# Rules\n\n`auditor explain RULE` shows the page of a rule on a terminal.\n\n"
            f"| rule | severity | shows as | finds |\n|---|---|---|---|\n{rows}"
        ),
    )
    for rule in rules:
        facts = f"Severity: **{rule.severity.value}**. The platform shows: {_shows(rule)}.\n"
        first, _, rest = rule.documentation.rstrip().partition("\n")
        cited = "".join(f"- <{reference}>\n" for reference in rule.references)
        sources = f"\n## Sources\n\n{cited}" if cited else ""
        text = _with_rules(f"{first}\n\n{facts}{rest}\n", "", rule.id)
        yield f"rules/{rule.id}.md", f"# {rule.id}\n\n{text}{sources}"


def _shows(rule: Rule) -> str:
    known = symptoms()
    named = (f"[{one.value}](../symptoms/{one.value}.md)" if one.value in known else f"`{one.value}`" for one in rule.symptoms)
    return ", ".join(named) or "nothing of its own"


def _symptoms() -> Iterator[tuple[str, str]]:
    """The list of the symptoms, and a page for each: what `auditor explain` prints."""
    guides = [guide(symptom) for symptom in symptoms()]
    rows = "".join(f"- [{one.symptom}]({one.symptom}.md): {one.title}\n" for one in guides)
    yield "symptoms/index.md", f"# Symptoms\n\nWhat a platform shows, and its causes: `auditor explain SYMPTOM`.\n\n{rows}"
    for one in guides:
        yield f"symptoms/{one.symptom}.md", _with_rules(one.text, "../rules/")


def _with_rules(text: str, folder: str, but: str = "") -> str:
    """A text in which the ids of rules lead to their pages."""
    ids = {rule.id for rule in all_rules()} - {but}
    return re.sub(
        r"(?<![`\[])`([a-z0-9-]+)`(?!`)",
        lambda found: f"[{found[0]}]({folder}{found[1]}.md)" if found[1] in ids else found[0],
        text,
    )


def _formats() -> Iterator[tuple[str, str]]:
    """The list of the formats, and a page for each with what it makes of the example."""
    table = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", (PROJECT / "docs/output.md").read_text(encoding="utf-8"), re.MULTILINE)
    purposes = {name: purpose.strip() for name, purpose in table if name in FORMATS}
    with contextlib.chdir(PROJECT):
        report = audit("fixtures/demo", buckets=["aws_s3_bucket.scans"])
    rows = "".join(f"- [{name}]({name}.md): {purpose}\n" for name, purpose in purposes.items())
    yield "formats/index.md", f"# Formats\n\n[Output](../output.md) says what all of them have in common.\n\n{rows}"
    for name, purpose in purposes.items():
        with contextlib.chdir(PROJECT):
            lines = format_report(report, name, width=90).splitlines()
        more = f"\n\n… and {len(lines) - _SHOWN} more lines." if len(lines) > _SHOWN else ""
        shown = "\n".join(line[:400] for line in lines[:_SHOWN])
        yield (
            f"formats/{name}.md",
            (
                f"# {name}\n\nFor: {purpose}.\n\n`auditor check fixtures/demo --bucket aws_s3_bucket.scans --format {name}` prints:\n\n"
                f"````text\n{shown}\n````{more}\n"
            ),
        )


def main() -> None:
    """Writes every page below a directory, in place of what was there."""
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
