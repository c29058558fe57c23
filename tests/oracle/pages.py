"""Chromium as the judge of the pages: they render, run nothing, fetch nothing, and suit light, dark and paper.

    python -m tests.oracle.pages CHROMIUM [DIRECTORY]

Each page is of a fixture, or of the difference of two. The browser's log of the network has every request that it makes; what it drew is in
DIRECTORY, where one is given.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.render.test_pictures import CODE

PROJECT = Path(__file__).parents[2]
_WHITE, _DARK = b"\xff\xff\xff", b"\x0d\x11\x17"  # --ground of both schemes


def pages(directory: Path) -> Iterator[Path]:
    """The pages, written there: of three buckets, of hostile names, of much and of a change."""
    (directory / "hostile").mkdir()
    (directory / "hostile/main.tf").write_text(CODE, encoding="utf-8")
    asked = {
        "demo": ["check", "fixtures/demo"],
        "hostile": ["check", str(directory / "hostile")],
        "rules": ["check", "fixtures/rules", "--all-buckets"],
        "change": ["diff", "fixtures/rules/kms-grant-missing", "fixtures/rules/access-grant-missing", "--contract", "v7-darwin"],
    }
    for name, arguments in asked.items():
        page = directory / f"{name}.html"
        subprocess.run(
            [sys.executable, "-m", "auditor", *arguments, "--format", f"html={page}"],
            cwd=PROJECT,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        yield page


class Browser:
    """Chromium without a window.

    Args:
        program: its path.
        directory: for what it writes.
    """

    def __init__(self, program: str, directory: Path) -> None:
        self._program, self._directory = program, directory

    def run(self, page: Path, *arguments: str) -> str:
        """What it prints of a page."""
        profile = self._directory / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        ran = subprocess.run(
            [
                self._program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}",
                *arguments, page.as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if ran.returncode:
            raise SystemExit(f"{self._program}: {ran.stderr[-1500:]}")
        return ran.stdout

    def ground(self, page: Path, *arguments: str) -> bytes:
        """The colour of the first pixel of what it draws."""
        image = page.with_suffix(".png")
        self.run(page, f"--screenshot={image}", "--window-size=1000,1400", *arguments)
        return first_pixel(image.read_bytes())


def first_pixel(image: bytes) -> bytes:
    """The colour of the first pixel of a PNG of eight bits a channel, which no filter changes: to its left and above is nothing."""
    import zlib

    at, data, channels = 8, b"", 3
    while at < len(image):
        length, kind = int.from_bytes(image[at : at + 4]), image[at + 4 : at + 8]
        if kind == b"IHDR":
            channels = 4 if image[at + 8 + 9] == 6 else 3
        if kind == b"IDAT":
            data += image[at + 8 : at + 8 + length]
        at += length + 12
    return zlib.decompress(data)[1 : 1 + channels][:3]


def faults(browser: Browser, page: Path) -> Iterator[str]:
    """What is wrong with a page in the browser."""
    log = page.with_suffix(".net.json")
    drawn = browser.run(page, "--dump-dom", f"--log-net-log={log}")
    source = page.read_text(encoding="utf-8")
    for tag in ("<h1", "<h2", "<svg", "<article", "<td"):
        if drawn.count(tag) != source.count(tag):
            yield f"{drawn.count(tag)} of {source.count(tag)} {tag}> were drawn"
    if "<script" in drawn:
        yield "there is a script"
    if asked := requested(log):
        yield f"it asks for {', '.join(asked)}"
    for scheme, arguments, expected in (("light", (), _WHITE), ("dark", ("--blink-settings=preferredColorScheme=0",), _DARK)):
        if (ground := browser.ground(page, *arguments)) != expected:
            yield f"the ground is {ground.hex()} where the reader wants it {scheme}"
    paper = page.with_suffix(".pdf")
    browser.run(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    if not paper.read_bytes().startswith(b"%PDF-"):
        yield "it cannot be printed"


# What the browser asks for by itself, whatever page it shows.
_ITS_OWN = re.compile(r"(?:chrome|data|about|file):|https?://[\w.-]+\.(?:google|googleapis|gstatic)\.com/")


def requested(log: Path) -> Sequence[str]:
    """The addresses in the browser's log of its network, but for those that it asks for by itself."""
    text = log.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except ValueError:
        document = json.loads(text.rstrip().rstrip(",") + "]}")  # it is cut off where the browser ends at once
    urls = (event.get("params", {}).get("url") for event in document["events"])
    return sorted({url for url in urls if isinstance(url, str) and not _ITS_OWN.match(url)})


def is_seen(browser: Browser, directory: Path) -> bool:
    """Whether a request of a page would be seen at all."""
    page, log = directory / "control.html", directory / "control.json"
    page.write_text('<h1>x</h1><img src="http://127.0.0.1:9/picture.png">', encoding="utf-8")
    browser.run(page, "--dump-dom", f"--log-net-log={log}")
    return requested(log) == ["http://127.0.0.1:9/picture.png"]


def main(program: str, kept: str = "") -> int:
    """How many pages are wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="auditor-pages-") as place:
        directory = Path(place)
        browser = Browser(program, directory)
        if not is_seen(browser, directory):
            raise SystemExit(f"{program}: its log does not show what a page asks for")
        for page in pages(directory):
            for fault in faults(browser, page):
                wrong += 1
                sys.stdout.write(f"{page.stem}: {fault}\n")
            sys.stdout.write(f"{page.stem}: drawn, {page.stat().st_size:,} bytes\n")
            if kept:
                Path(kept).mkdir(parents=True, exist_ok=True)
                for suffix in (".html", ".png", ".pdf"):
                    shutil.copy(page.with_suffix(suffix), kept)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
