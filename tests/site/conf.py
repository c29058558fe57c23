"""How Sphinx builds the site: nothing is loaded from elsewhere, and every link and anchor must lead somewhere."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from auditor.foundation.version import __version__

project = "auditor"
author = "The maintainers of auditor"
copyright = author  # noqa: A001 - as Sphinx calls it
version = release = __version__
language = "en"

extensions = ["myst_parser"]
myst_heading_anchors = 6  # as GitHub makes them
myst_enable_extensions = ["attrs_inline"]
html_theme = "furo"
templates_path = ["templates"]
html_use_index = False
html_title = "auditor"
html_baseurl = "https://auditor-dev.github.io/auditor/"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = ""
nitpicky = True
suppress_warnings = ["myst.xref_ambiguous"]


# What the theme lacks for readers who hear the site or have no pointer (WCAG 2.2: 1.3.1, 2.1.1, 4.1.2); axe finds it.
_SERVED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    "<pre>": '<pre tabindex="0">',
}


def setup(app: Sphinx) -> None:
    """Serves everybody."""

    def serve(app: Sphinx, _: Exception | None) -> None:
        for path in Path(app.outdir).rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            for lacking, served in _SERVED.items():
                text = text.replace(lacking, served)
            path.write_text(text, encoding="utf-8")

    app.connect("build-finished", serve)
