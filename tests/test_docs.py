"""The pages: their links lead somewhere, what they quote is what is printed, and what they promise is held by a test."""

from __future__ import annotations

import ast
import posixpath
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from auditor import audit, format_report
from auditor.foundation.version import __version__
from tests import releasing
from tests.own_code import PROJECT

TOP = "https://github.com/auditor-dev/auditor/blob/main/"
PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for folder in (PROJECT, PROJECT / "docs", PROJECT / ".github", PROJECT / "rules", PROJECT / "auditor")
    for path in (folder.glob("*.md") if folder == PROJECT else folder.rglob("*.md"))
)
_CODE = re.compile(r"^ *(`{3,})[\s\S]*?^ *\1|`[^`\n]*`", re.MULTILINE)


@cache
def text(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


@cache
def anchors(page: str) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.+)$", re.sub(r"^ *(`{3,})[\s\S]*?^ *\1", "", text(page), flags=re.MULTILINE), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def links(page: str) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", _CODE.sub("", text(page)))
    return [link.replace(TOP, posixpath.relpath(".", posixpath.dirname(page) or ".") + "/") for link in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    lost = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
        if not (PROJECT / target).exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_the_readme_has_only_links_that_work_on_a_package_index() -> None:
    assert [link for link in re.findall(r"\]\(([^)\s]+)\)", text("README.md")) if not re.match("https://|#", link)] == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, todo = set[str](), ["docs/index.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.endswith(".md") and (PROJECT / page).exists():
            reached.add(page)
            todo += [
                posixpath.normpath(posixpath.join(posixpath.dirname(page), link.partition("#")[0]))
                for link in links(page)
                if ":" not in link and not link.startswith("#")
            ]
    assert [page for page in PAGES if page.startswith("docs/") and page not in reached] == []


def test_the_version_that_pages_install_is_the_present_one() -> None:
    named = {(page, version) for page in releasing.PAGES for version in releasing.NAMED.findall(text(page))}
    assert named
    assert {version for _, version in named} == {__version__}


def test_the_reasons_of_the_page_on_unknowns_are_printed() -> None:
    """Each reason in the left column is in the source, the variable part as an ellipsis."""
    source = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "auditor").rglob("*.py"))
    source = re.sub(r"[\"']\s*\n\s*f?[\"']", "", source)
    reasons = re.findall(r"^\| `([^`]+)`", text("docs/unknowns.md"), re.MULTILINE)
    assert len(reasons) >= 15
    lost = []
    for reason in reasons:
        parts = [re.escape(part) for part in reason.split("…") if part.strip()]
        if not re.search(r"\{?[^\n]{0,80}?".join(parts), source):
            lost.append(reason)
    assert lost == []


def test_what_the_page_on_reports_quotes_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    report = audit("fixtures/demo")
    printed = " ".join(format_report(report, "human", width=160).split())
    printed = re.sub(r" \[\d+\] (unknown|error)", r" [N] \1", printed)
    quoted = re.findall(r"^```text\n(.*?)^```", text("docs/reading-a-report.md"), re.MULTILINE | re.DOTALL)
    assert len(quoted) == 4
    for line in (line for block in quoted for line in block.splitlines()):
        for part in line.split(" …"):
            shown = re.sub(r"^\[\d+\] (unknown|error)", r"[N] \1", " ".join(part.split()))
            assert re.sub(r" \[\d\]$", "", shown) in printed, line


def test_every_promise_of_the_security_policy_is_held_by_a_test() -> None:
    rows = re.findall(
        r"^\| (?!promise|---)(.+) \| (.+) \|$", text("SECURITY.md").partition("## What does not hold")[0], re.MULTILINE
    )
    assert len(rows) >= 8
    for promise, tests in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
        assert named, promise
        for path, name in named:
            functions = {node.name for node in ast.walk(ast.parse(text(path))) if isinstance(node, ast.FunctionDef)}
            assert name in functions, (promise, name)


@pytest.mark.parametrize("path", sorted(Path(PROJECT, ".github").rglob("*.y*ml")), ids=lambda path: path.name)
def test_the_files_of_github_are_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
