"""Suggestions as review comments on a pull request, one JSON object a line.

Sources: GitHub REST API, "Create a review comment for a pull request" (path, line, side, start_line, start_side, body); GitHub Docs,
"Incorporating feedback in your pull request": a fenced block `suggestion` is put in place of the lines of its comment.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from auditor.fixing.suggest import Suggestion
from auditor.foundation.repository import RepositoryPaths
from auditor.render.markdown import inline
from auditor.render.parts.links import rule_page

MARKER = "auditor suggestion"
"""What begins the hidden comment in a body; the rest tells equal suggestions."""


def render(suggestions: Sequence[Suggestion], top: str | None = None) -> str:
    """One comment a line; empty where there are none.

    Args:
        suggestions: of the work tree.
        top: of the repository, which paths are told from.
    """
    paths = RepositoryPaths(top)
    return "".join(json.dumps(_comment(one, paths.of(one.path)), ensure_ascii=False) + "\n" for one in suggestions)


def _comment(one: Suggestion, path: str) -> dict[str, str | int]:
    lines = "\n".join(one.lines)
    same = hashlib.sha256(f"{path}\0{one.patch.title}\0{lines}".encode()).hexdigest()[:16]
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", lines)), default=0))
    body = (
        f"<!-- {MARKER} {same} -->\n{inline(one.finding.message)} ([{inline(one.finding.rule)}]({rule_page(one.finding.rule)}))\n\n"
        f"{inline(one.patch.title)}:\n\n{fence}suggestion\n{lines}\n{fence}\n"
    )
    several: dict[str, str | int] = {"start_line": one.first, "start_side": "RIGHT"} if one.first < one.last else {}
    return {"path": path, **several, "line": one.last, "side": "RIGHT", "body": body}
