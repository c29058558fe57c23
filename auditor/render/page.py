"""Documentation on a terminal: Markdown laid out to be read there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.lazy.expressions import regex
from auditor.render.parts.links import rule_page
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.terminal import Paint, clean, wrap
from auditor.rule import Rule

_ITEM = regex(r"(\s*)([-*+]|\d+[.)])\s+(.*)")
_LINK = regex(r"\[([^\]]+)\]\(([^)\s]+)\)")
_STRONG = regex(r"\*\*(.+?)\*\*")
_EMPHASIS = regex(r"(?<![*\w])\*([^*\s](?:[^*]*[^*\s])?)\*(?![*\w])")
_CODE = regex(r"`([^`]+)`")


def render_rule(rule: Rule, options: RenderOptions) -> str:
    """The page of a rule: its id, severity and symptoms, its documentation, and where to read on."""
    paint = Paint(options.color)
    symptoms = ", ".join(symptom.value for symptom in rule.symptoms)
    about = f"{rule.severity.value}" + (f"; the platform shows: {symptoms}" if symptoms else "")
    heading = f"{paint.bold(clean(rule.id))}  {paint.dim(about)}"
    references = "".join(f"\n- {reference}" for reference in (*rule.references, rule_page(rule.id)))
    documentation = render(f"{rule.documentation.strip()}\n\n## References\n{references}", options)
    return f"{heading}\n\n{documentation}"


def render(text: str, options: RenderOptions) -> str:
    """Markdown for a terminal: headings bold, paragraphs and lists filled to the width, code indented, links spelled out.

    Args:
        text: paragraphs, headings with `#`, lists, fenced and indented code, inline code, strong text and links.
        options: colour and width.
    """
    lines = list(_blocks(text.strip("\n").split("\n"), options))
    shown = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", shown) + "\n"


def _blocks(lines: list[str], options: RenderOptions) -> Iterator[str]:
    paint = Paint(options.color)
    width = max(40, options.width)
    filled: list[str] = []
    hanging = first = ""
    fence = ""

    def flush() -> Iterator[str]:
        nonlocal first, hanging
        if filled:
            for index, line in enumerate(wrap(_LINK.sub(r"\1 (\2)", " ".join(filled)), width - len(hanging))):
                yield (hanging if index else first) + _inline(line, paint)
            filled.clear()
        first = hanging = ""

    for line in lines:
        item = _ITEM.fullmatch(line)
        if fence:
            if line.strip().startswith(fence):
                fence = ""
            else:
                yield f"    {paint.cyan(clean(line.expandtabs(4)))}".rstrip()
        elif match := re.match(r"\s*(`{3,}|~{3,})", line):
            yield from flush()
            fence = match[1]
        elif line.startswith("#"):
            yield from flush()
            yield ""
            yield paint.bold(clean(line.lstrip("#").strip().replace("`", "")))
            yield ""
        elif not line.strip():
            yield from flush()
            yield ""
        elif line.startswith("    ") and not filled:
            yield f"    {paint.cyan(clean(line[4:].expandtabs(4)))}"
        elif item:
            yield from flush()
            first = f"{item[1]}{paint.dim(item[2] if item[2][0].isdigit() else '·')} "
            hanging = " " * (len(item[1]) + (len(item[2]) if item[2][0].isdigit() else 1) + 1)
            filled.append(item[3])
        else:
            filled.append(line.strip())
    yield from flush()


def _inline(line: str, paint: Paint) -> str:
    """A line with its marks turned into colour; without colour the backticks stay, because they say where code begins and ends."""
    pieces = _CODE.split(line)
    return "".join(
        (paint.cyan(piece) if paint.enabled else f"`{piece}`")
        if index % 2
        else _EMPHASIS.sub(r"\1", _STRONG.sub(lambda match: paint.bold(match[1]), piece))
        for index, piece in enumerate(pieces)
    )
