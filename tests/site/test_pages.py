"""The pages of the site, before they are built; and what the checker of the built ones finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.contract.load import names
from auditor.guides import symptoms
from auditor.render import FORMATS
from auditor.rule import all_rules
from tests.site import pages as site
from tests.site.check import faults


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return site.pages()


@pytest.mark.whole
def test_there_is_a_page_for_each_rule_contract_format_and_symptom(pages: dict[str, str]) -> None:
    wanted = {
        *(f"rules/{rule.id}.md" for rule in all_rules()),
        *(f"contracts/{name}.md" for name in names()),
        *(f"formats/{name}.md" for name in FORMATS),
        *(f"symptoms/{name}.md" for name in symptoms()),
    }
    assert wanted - pages.keys() == set()


@pytest.mark.whole
def test_every_page_is_in_the_navigation(pages: dict[str, str]) -> None:
    listed = {
        f"{folder}{line.rpartition('<')[2].rstrip('>')}.md"
        for page, text in pages.items()
        for folder in [page.rpartition("/")[0] + "/" if "/" in page else ""]
        for block in re.findall(r"```\{toctree\}\n(.*?)\n```", text, re.DOTALL)
        for line in block.splitlines()
        if line and not line.startswith(":")
    }
    assert pages.keys() - listed == {"index.md"}
    assert listed - pages.keys() == set()


@pytest.mark.whole
def test_every_column_of_a_table_has_a_name(pages: dict[str, str]) -> None:
    unnamed = {
        (page, header)
        for page, text in pages.items()
        for header in re.findall(r"^(\|.*\|)\n\|(?:-+\|)+$", text, re.MULTILINE)
        if not all(cell.strip() for cell in header.strip("|").split("|"))
    }
    assert unnamed == set()


def test_links_lead_to_pages_of_the_site_and_else_to_the_repository() -> None:
    text = (
        "[a](../rules/README.md#acls-enabled) [b](ci.md#github) [c](../auditor/cli.py) `[d](x.md)` [e](#here) [f](https://x.test)"
    )
    assert site._relinked(text, "docs/index.md") == (
        "[a](rules/acls-enabled.md) [b](ci.md#github) [c](https://github.com/auditor-dev/auditor/blob/main/auditor/cli.py) "
        "`[d](x.md)` [e](#here) [f](https://x.test)"
    )
    assert site._relinked(f"[a]({site.HOME}docs/contracts/uppy.md) [b]({site.HOME}LICENSE)", "README.md") == (
        f"[a](contracts/uppy.md) [b]({site.HOME}LICENSE)"
    )
    assert site._relinked("[a](../assumptions.md)", "docs/contracts/uppy.md") == "[a](../assumptions.md)"


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text(
        '<html lang="en"><head><title>Good</title><link rel="stylesheet" href="x.css"></head><body><main><h1 id="a">Good</h1>'
        '<a href="bad.html#here">x</a><label for="q">Search</label><input id="q"><img src="x.png" alt=""></main></body></html>'
    )
    (tmp_path / "x.css").write_text("@import url(https://fonts.test/x.css);")
    (tmp_path / "bad.html").write_text(
        '<html><head><script src="https://cdn.test/x.js"></script></head><body><h2>Bad</h2><h4 id="b" >x</h4><p id="b"></p><table><th></th></table>'
        '<a href="gone.html">x</a><a href="good.html#gone">x</a><a href="#b"></a><input name="q"><img src="x.png"></body></html>'
    )
    assert list(faults(tmp_path)) == [
        "bad.html: a th without a name",
        "bad.html: a a without a name",
        "bad.html: an image without alt: x.png",
        "bad.html: an input without a label: q",
        "bad.html: no language",
        "bad.html: no title",
        "bad.html: no landmark 'main'",
        "bad.html: 0 headings of the first level",
        "bad.html: a heading of level 4 below one of level 2",
        "bad.html: the id 'b' is there 2 times",
        "bad.html: loads https://cdn.test/x.js",
        "bad.html: 'gone.html' leads nowhere",
        "bad.html: 'good.html#gone' leads to no anchor",
        "good.html: 'bad.html#here' leads to no anchor",
        "x.css: loads something from elsewhere",
    ]
