"""Whether the site can be used: every link and anchor leads somewhere, nothing is loaded from elsewhere, and a reader who hears it is served.

python -m tests.site.check DIRECTORY
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src")}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_CSS = re.compile(r"(?:@import|url\()\s*[\"']?\s*(?:https?:)?//")


@dataclass(slots=True)
class Page:
    """What a page says of itself."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    language: str = ""
    title: str = ""
    landmarks: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[str] = []
        self._named: list[tuple[str, str, int]] = []  # links and buttons that are open: their tag, their name so far, and how deep
        self._labelled: set[str] = set()
        self._inputs: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page, given = self.page, {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        page.language = given.get("lang", page.language) if tag == "html" else page.language
        page.landmarks |= {tag, given.get("role", "")} & {"main"}
        if "id" in given:
            page.ids.append(given["id"])
        if re.fullmatch("h[1-6]", tag):
            page.headings.append(int(tag[1]))
        if tag == "label":
            self._labelled.add(given.get("for", ""))
        if tag == "a" and "href" in given:
            page.links.append(given["href"])
        for name, value in given.items():
            canonical = tag == "link" and given.get("rel") in {"canonical", "index", "search", "next", "prev"}
            if (tag, name) in LOADS and not canonical:
                page.loaded.append(value)
        if tag == "img" and "alt" not in given and given.get("role") != "presentation":
            page.faults.append(f"an image without alt: {given.get('src')}")
        said = given.get("aria-label", "") or given.get("title", "")
        if (tag == "a" and "href" in given) or tag in {"button", "th"}:
            self._named.append((tag, said, len(self._open)))
        elif said or (tag == "img" and given.get("alt")):
            self._name(said or given.get("alt", ""))
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit"} and not said:
            self._inputs.append((given.get("id", ""), given.get("name", "")))

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.page.title += data
        self._name(data)

    def _name(self, text: str) -> None:
        self._named = [(tag, said + text.strip(), depth) for tag, said, depth in self._named]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        while self._named and self._named[-1][2] > len(self._open):
            kind, said, _ = self._named.pop()
            if not said:
                self.page.faults.append(f"a {kind} without a name")

    def done(self) -> Page:
        self.page.faults += [f"an input without a label: {name}" for id_, name in self._inputs if id_ not in self._labelled]
        return self.page


def read(path: Path) -> Page:
    """A page, read."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader.done()


def faults(site: Path) -> Iterator[str]:
    """What is wrong with a site, one sentence each."""
    pages = {path.relative_to(site).as_posix(): read(path) for path in sorted(site.rglob("*.html"))}
    for name, page in pages.items():
        yield from (f"{name}: {fault}" for fault in (*page.faults, *_of_page(page), *_links(name, page, pages, site)))
    for path in sorted(site.rglob("*.css")):
        if _CSS.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site).as_posix()}: loads something from elsewhere"


def _of_page(page: Page) -> Iterator[str]:
    if not page.language:
        yield "no language"
    if not page.title.strip():
        yield "no title"
    if "main" not in page.landmarks:
        yield "no landmark 'main'"
    if page.headings.count(1) != 1:
        yield f"{page.headings.count(1)} headings of the first level"
    for above, below in zip(page.headings, page.headings[1:], strict=False):
        if below > above + 1:
            yield f"a heading of level {below} below one of level {above}"
    yield from (f"the id '{one}' is there {count} times" for one, count in Counter(page.ids).items() if count > 1)
    yield from (f"loads {one}" for one in page.loaded if re.match(r"(?:[a-z]+:)?//", one))


def _links(name: str, page: Page, pages: Mapping[str, Page], site: Path) -> Iterator[str]:
    for link in page.links:
        path, _, anchor = unquote(link).partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if target not in pages:
            if not (site / target).is_file():
                yield f"'{link}' leads nowhere"
        elif anchor and anchor not in pages[target].ids:
            yield f"'{link}' leads to no anchor"


def main() -> None:
    """Prints what is wrong, and exits with 1 where anything is."""
    site = Path(sys.argv[1])
    found = list(faults(site))
    count = sum(1 for _ in site.rglob("*.html"))
    sys.stdout.write("".join(f"{one}\n" for one in found) + f"{count} pages, {len(found)} faults\n")
    sys.exit(1 if found or not count else 0)


if __name__ == "__main__":
    main()
