"""Where the elements of a CORS configuration in XML stand, and the edits that change them.

As in `place`, there are no edits where the text has a form that none can be made of safely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.finding import Edit
from auditor.fixes.fix import AddField, AddRule, Append, Remove, Replace
from auditor.fixes.place import indented
from auditor.fixes.source import SourceFile
from auditor.fixes.xml_syntax import Xml
from auditor.foundation.location import Location
from auditor.lazy.expressions import regex

RuleChange = Replace | Append | Remove | AddField | AddRule
"""What a fix changes in a configuration that is there."""

_START = regex(r"<(?P<prefix>[\w.-]+:)?(?P<name>\w+)[\s>]")
_ELEMENT = regex(r"<(?P<tag>(?:[\w.-]+:)?(?P<name>\w+))(?:\s[^<>]*)?>[^<]*</(?P=tag)\s*>")
_RULE = regex(r"<(?:[\w.-]+:)?CORSRule(?:\s[^<>]*)?>")
_RULE_END = regex(r"</(?:[\w.-]+:)?CORSRule\s*>")
_COMMENT = regex(r"<!--.*?-->", re.DOTALL)
_OTHER_FORMS = regex(r"<!\[CDATA\[|<\?(?!xml\s)")


def changed(source: SourceFile, change: RuleChange, where: Location, language: str) -> tuple[list[str], list[Edit]]:
    """The lines that a change puts into a configuration, and its edits; none of these where a person has to make them.

    Args:
        source: the file.
        change: the change.
        where: the element that it is about: an entry of a rule, the first entry of a list, or a rule.
        language: of the root.
    """
    page = _without_comments(source)
    start = _START.match(page.text, page.start(where))
    writer = Xml(language, (start["prefix"] or "") if start else "")
    entry = start["name"] if start else ""
    match change:
        case Replace(_, content, name):
            lines = writer.entry(name or entry, content)
            fields = _fields(page, where, entry) if isinstance(content, tuple) else [(page.start(where), page.end(where))]
            edits = _replaced(page, fields, lines)
        case Append(_, entries):
            lines = writer.entry(entry, entries)
            edits = _added(page, _fields(page, where, entry), lines)
        case Remove():
            lines, start_of, end_of = [], page.start(where), page.end(where)
            edits = [_removed(page, start_of, end_of)] if _ELEMENT.fullmatch(page.text[start_of:end_of]) else []
        case AddField(_, name, content):
            lines = writer.entry(name, content)
            edits = _added(page, _fields(page, where, ""), lines)
        case AddRule():
            lines = writer.mapping(change.content)
            edits = [_after(page, page.start(where), page.end(where), lines)]
    return lines, [] if start is None or _OTHER_FORMS.search(page.text) else edits


def _without_comments(source: SourceFile) -> SourceFile:
    """A file with blanks for its comments; one of several lines becomes signs, since nothing can be put behind its first line."""
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", "#" if "\n" in found[0] else " ", found[0]), source.text)
    return SourceFile(source.path, text, source.starts)


def _fields(page: SourceFile, where: Location, name: str) -> list[tuple[int, int]]:
    """Where the elements of a rule stand, or those of one name; the place is that of the rule or of one of them."""
    start = page.start(where)
    opening = [found for found in _RULE.finditer(page.text) if found.start() <= start]
    closing = _RULE_END.search(page.text, start)
    if not opening or closing is None:
        return []
    found = _ELEMENT.finditer(page.text, opening[-1].end(), closing.start())
    return [one.span() for one in found if name in ("", one["name"])]


def _replaced(page: SourceFile, fields: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[Edit]:
    """The edits that put elements in the place of others: of the first of them, and the rest goes."""
    if not fields or not all(_ELEMENT.fullmatch(page.text[start:end]) for start, end in fields):
        return []
    (start, end), *others = fields
    together = f"\n{page.indent(start)}" if page.begins_line(start) else ""
    return [page.edit(start, end, together.join(lines)), *(_removed(page, *other) for other in others)]


def _added(page: SourceFile, fields: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[Edit]:
    """The edits that put elements behind the last of some."""
    return [_after(page, *fields[-1], lines)] if fields else []


def _after(page: SourceFile, start: int, end: int, lines: Sequence[str]) -> Edit:
    """The edit that puts elements behind one."""
    if not page.begins_line(start):
        return page.edit(end, end, "".join(line.strip() for line in lines))
    indent = page.indent(start)
    line_end = page.line_end(end)
    offset = end if page.text[end:line_end].strip() else line_end
    return page.edit(offset, offset, f"\n{indent}{indented(lines, indent)}")


def _removed(page: SourceFile, start: int, end: int) -> Edit:
    """The edit that takes an element out, with its lines where it has them for itself."""
    line_end = page.line_end(end)
    if page.begins_line(start) and not page.text[end:line_end].strip():
        return page.edit(page.line_start(start), min(line_end + 1, len(page.text)), "")
    return page.edit(start, end, "")
