"""How the code at a place is written, and the edits that change it there.

Every function gives None where the code has a form that no edit can be made of safely; then a person has to do it.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import textwrap
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from auditor.finding import Edit
from auditor.fixes.fix import Content
from auditor.fixes.hcl import Blocks, Hcl
from auditor.fixes.json_syntax import Colons, Json, JsonBlocks, Substituted
from auditor.fixes.source import SourceFile, string_end
from auditor.fixes.writer import Writer
from auditor.fixes.xml_syntax import Xml
from auditor.fixes.yaml_syntax import Yaml
from auditor.foundation.location import Location, starts_of
from auditor.foundation.text import TERRAFORM_SUFFIXES, UNIT_FILE, VARIABLE_SUFFIXES
from auditor.lazy.expressions import regex

_JSON_KEY_BEFORE = regex(r'"[^"\n]*"(\s*):\s*(?:\[[^\[\]{}]*)?$')
_BLANK = r"(?:\s|(?:#|//)[^\n]*\n|/\*.*?\*/)*"
_JSON_KEY_INSIDE = regex(rf'\{{{_BLANK}"[^"\n]*"(\s*):', re.DOTALL)
_ARGUMENT_BEFORE = regex(r"\b[a-z_]+\s*=\s*(?:\[[^\[\]{}]*)?$")
_NULL_OR_REFERENCE = regex(r"null\b|(?:data\.)?[\w-]+(?:\.[\w-]+|\[\w+\])+\.(?:arn|id|bucket|key_id|name)")
# Source: AWS CloudFormation, "Intrinsic function reference": what may be a list, or no text.
_PERHAPS_LISTS = ("!If", "!Split", "!FindInMap", "!GetAZs", "!Cidr", "!Select", "!Transform")
_TEXT_OF_TEMPLATE = regex(r'(?:\{\s*)?"?Fn::(?:Sub|Join|GetAtt|ImportValue)"?\s*:')
_KEY_OF_API = regex(rf'\{{{_BLANK}"?[A-Z]\w*"?\s*[=:]', re.DOTALL)
_LIST_BEFORE = regex(r'"?\b(?:[Ss]tatement|cors_rules?|C(?:ors|ORS)Rules?)"?\s*[:=]\s*$')
_DASH_BEFORE = regex(r"(?:^|[\n-])( *)- *(?:\n *)?$")
_DASH_OF_ITEM = regex(r"\n[ \t]*- $")
_COMMA_BEFORE = regex(r",\s*$")
_COMMENT_BEHIND = regex(r",[ \t]*(?:#|//)[^\n]*")
_COMMA_AFTER = regex(r"\s*,[ \t]*")
_COLON_BEFORE = regex(r":\s*$")
_CONDITION_BEFORE = regex(r'"?Condition"?\s*[:=]\s*$')
_CHOICE_BEFORE = regex(r"""(\bStatement"?\s*[=:]\s*|[,(]\s*)([^\n\[\]{}(),]*\?\s*\[\s*)$""")
_QUOTED_KEY_BEFORE = regex(r'"[^"\n]*"\s*:\s*$')
_IN_QUOTES = regex(r'\{\s*\\"')
_WORD = regex(r"[\w-]+")
# Arguments whose values are texts, or lists of them.
_PLAIN_BLOCK = regex(r"""(?:\s|\w+[ \t]*=(?!=)|"[^"$%\n]*"|[\[\],]|(?:\#|//)[^\n]*)*""")
_PAIRS = regex(r"^(?:  )+")
_PLAIN_OF_YAML = regex(r"""(!\w+ |)([^\s"'\[{!&*|>].*)""")
_ARGUMENT = regex(r"([\w-]+)[ \t]*=[^=]")
_NAME_BEFORE = regex(r'(?:(?<![\w-])[\w-]+|"[^"]*")\s*[:=]\s*$')
_LONGEST_LINE = 120
_NEAR, _MOST_LINES = 2_000, 500  # as far back is it looked for the beginning of a resource
_LONGEST_RESOURCE = 50_000  # characters that are looked through
_BRACES = regex(r"[{}]")
_KEY_BEFORE = regex(r"""(\w+)["']?\s*:\s*$""")
_KEY_OF_BLOCK = regex(r"""[ \t]*["']?(\w+)["']?[ \t]*:""")
# A line of a list: an item, or a comment; YAML has no commas.
_LINE_OF_LIST = regex(
    r"""(?P<indent>[ \t]*(?:- +)?)(?P<item>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w.:*-]*[\w*]|)(?P<comma>,?)(?P<rest>[ \t]*(?:(?:\#|//).*|/\*[^*\n]*\*/[ \t]*)?)"""
)
_TEXT_OF_YAML = regex(r"""(!Sub[ \t]+|Fn::Sub[ \t]*:[ \t]*)?(?:[|>][-+0-9]*[ \t]*\n|["']\s*\{(?!\{))""")
_DIRECTIVE = regex(r"(?<!%)%\{~?\s*(if|for|endif|endfor)\b")
_ALIGNED = regex(r'([ \t]*)("[^"\n]*"|[\w-]+)([ \t]+)=[^=]')


def syntax_of(path: str, text: str, language: str) -> type[Writer]:
    """The syntax of a file as a whole."""
    if language == "json" and text.lstrip().startswith("<"):
        return Xml
    if language == "terraform" and path.endswith(TERRAFORM_SUFFIXES) and path.endswith(".json"):
        return JsonBlocks
    start = text.lstrip("\ufeff \t\r\n")[:1]
    # A template in a file of JSON may be in YAML: `cdk synth > template.json` makes one.
    if language == "json" or (path.endswith(".json") and (language != "cloudformation" or not start)):
        return Json
    if language == "terraform":
        return Hcl
    return Json if start == "{" else Yaml


def language_at(path: str, language: str) -> str:
    """The language of a file of a root: a text that Terraform only reads, as `file` and `templatefile` do, can name nothing of its code."""
    is_code = path.endswith((*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES, UNIT_FILE))
    return "json" if language == "terraform" and not is_code else language


def writer_at(source: SourceFile, place: Location, language: str) -> Writer:
    """The writer for the syntax at a place; JSON text inside Terraform or YAML is JSON."""
    language = language_at(source.path, language)
    kind = syntax_of(source.path, source.text, language)
    here = source.at(place)
    if kind is Yaml and (text := _TEXT_OF_YAML.match(here)):
        return Substituted(language) if text[1] else Json("json")
    if kind is JsonBlocks and not here.startswith(("{", "[")) and (not here.startswith('"') or "\\" in here):
        return (Json if here.startswith('"') else Hcl)(language)  # in a text: its own JSON, or an expression
    if kind is Hcl:
        before = source.text[max(0, source.start(place) - 2000) : source.start(place)]
        if here in ("statement", "principals") or here.startswith(("cors_rule", "dynamic ")):
            kind = Blocks
        elif here.startswith('"') and '\\"' in here:
            kind = Json
        elif _ARGUMENT_BEFORE.search(before) and not _KEY_OF_API.match(here):
            kind = Blocks
        elif key := _JSON_KEY_INSIDE.match(here) if here.startswith("{") else _JSON_KEY_BEFORE.search(before):
            kind = Colons if key[1] else Json
    return kind(language)


def indented(lines: Sequence[str], indent: str) -> str:
    """Lines, all but the first behind an indentation, and with tabs where that has some."""
    if "\t" in indent:
        lines = [_PAIRS.sub(lambda pairs: "\t" * (len(pairs[0]) // 2), line) for line in lines]
    return "\n".join(f"{indent}{line}" if line and number else line for number, line in enumerate(lines))


def value_at(source: SourceFile, place: Location) -> Location:
    """The place of a value: a place that is an argument's name, where its value has none of its own, becomes that of the value."""
    start, end = source.start(place), source.end(place)
    equals = re.compile(r"\s*=\s*").match(source.text, end)
    if equals is None or not _WORD.fullmatch(source.at(place).strip('"')):
        return place
    reference = _NULL_OR_REFERENCE.match(source.text, equals.end())
    closing = source.closing(equals.end()) if source.text[equals.end()] in "[{" else None
    after = reference.end() if reference else closing + 1 if closing is not None else start
    return source.edit(equals.end(), after, "").location if after > equals.end() else place


def is_value(source: SourceFile, place: Location, writer: Writer) -> bool:
    """Whether a whole value that can be replaced is written at a place."""
    text, start = source.at(place), source.start(place)
    if not text or text.startswith("\\") or source.text[start - 1 : start] == "\\":
        return False  # inside a text with escapes
    if text.startswith('"'):
        # A text that holds quotes holds a whole document, whose parts have no places of their own.
        return string_end(text, 0) == len(text) and '\\"' not in text
    if text.startswith(("[", "{")):
        return source.closing(start) == source.end(place) - 1
    if isinstance(writer, Yaml):
        return not text.startswith(("*", "&", "|", ">", *_PERHAPS_LISTS)) and not set(text) & set("\n{") - (
            {"{"} if text.startswith("!Sub ") else set()
        )
    return _NULL_OR_REFERENCE.fullmatch(text) is not None or text in ("true", "false")


def replaced(source: SourceFile, place: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts lines in the place of a value."""
    if not is_value(source, place, writer):
        return None
    start = source.start(place)
    if isinstance(writer, Yaml) and source.at(place).startswith("- "):
        return None
    return source.edit(start, source.end(place), indented(lines, source.indent(start)))


def relisted(source: SourceFile, place: Location, items: Sequence[str]) -> Edit | None:
    """The edit that gives a list with one item in each line other items; what stays keeps its line, and comments stay."""
    start, text = source.line_start(source.start(place)), source.at(place)
    if "\n" not in text or not text.startswith(("[", "- ")):
        return None
    lines = source.text[start : source.line_end(source.end(place))].split("\n")
    if text.startswith("["):
        opened, *_, closed = text[1:].split("\n")
        first = _LINE_OF_LIST.fullmatch(opened)
        if first is None or first["item"] or closed.strip() != "]":
            return None
        start, lines = start + len(lines[0]) + 1, lines[1:-1]
    found = [line for line in map(_LINE_OF_LIST.fullmatch, lines) if line and (line["item"] or not line["comma"])]
    dashes = {"-" in line["indent"] for line in found if line["item"]}
    if len(found) < len(lines) or dashes != {text.startswith("-")}:
        return None
    return source.edit(start, start + len("\n".join(lines)), "\n".join(_relisted(found, items)))


def _relisted(lines: Sequence[re.Match[str]], items: Sequence[str]) -> Iterator[str]:
    """The lines of a list with other items: new ones in the place of those that are gone, else at the end."""
    there = [line for line in lines if line["item"]]
    old, wanted = ({text.strip("\"'"): text for text in texts} for texts in ([line["item"] for line in there], items))
    new = [text for bare, text in wanted.items() if bare not in old]
    kept: list[tuple[str, str, str]] = []
    for line in lines:
        stays = not line["item"] or line["item"].strip("\"'") in wanted
        texts = [line["item"]] if stays else [new.pop(0)] if new else []
        kept += [(line["indent"], text, line["rest"]) for text in texts]
    kept += [(there[-1]["indent"], text, "") for text in new]
    last = max(number for number, (_, text, _) in enumerate(kept) if text)
    comma = there[0]["comma"] if len(there) > 1 else "" if "-" in there[0]["indent"] else ","
    for number, (indent, text, rest) in enumerate(kept):
        yield f"{indent}{text}{(there[-1]['comma'] if number == last else comma) if text else ''}{rest}"


def block_replaced(source: SourceFile, place: Location, lines: Sequence[str]) -> Edit | None:
    """The edit that puts a block in the place of the one whose header is at a place.

    None for a value, for a block beside others of its name, and for one that says more than texts.
    """
    header, start = source.at(place), source.start(place)
    opening = source.opening(start) if _WORD.fullmatch(header) and source.begins_line(start) else None
    closing = source.closing(opening) if opening is not None else None
    if opening is None or closing is None or source.text[source.end(place) : opening].strip():
        return None
    if not _PLAIN_BLOCK.fullmatch(source.text, opening + 1, closing):
        return None  # what an expression says in other cases would be gone
    alike = re.compile(rf'(?:dynamic[ \t]+"{header}"|{header})[ \t]*{{')
    if any(map(alike.match, _siblings(source, start))):
        return None
    return source.edit(start, closing + 1, indented(lines, source.indent(start)))


def _siblings(source: SourceFile, start: int) -> Iterator[str]:
    """The other lines as far in as that of an offset, without their indentation, up to those on both sides that are less far in."""
    indent = source.indent(start)
    for step in (-1, 1):
        for line in _lines(source, start, step):
            if line.strip() and not line.startswith(indent):
                break
            if line.startswith(indent) and not line[len(indent) :].startswith((" ", "\t")):
                yield line[len(indent) :]


def _lines(source: SourceFile, start: int, step: int) -> Iterator[str]:
    """The lines above the one of an offset, or below it, the nearest first."""
    number = bisect_right(source.starts, start) - 1 + step
    while 0 <= number < len(source.starts):
        yield source.text[source.starts[number] : source.line_end(source.starts[number])]
        number += step


def appended(source: SourceFile, place: Location, items: Sequence[Sequence[str]], writer: Writer) -> Edit | None:
    """The edit that puts items at the end of a list, or makes a list of a single value."""
    start, end = source.start(place), source.end(place)
    text = source.at(place)
    if isinstance(writer, Yaml) and text.startswith("- "):
        return _below(source, place, [line for item in items for line in _dashed(item)])
    in_block = isinstance(writer, Yaml) and not text.startswith("{") and _TEXT_OF_TEMPLATE.match(text) is not None
    if in_block and "\n" not in text and source.begins_line(start):
        lines = [line for item in ([text], *items) for line in _dashed(item)]
        return source.edit(start, end, indented(lines, source.indent(start)))
    if not is_value(source, place, writer):
        return None
    if not text.startswith("["):
        return _listed(source, place, [item[0] for item in items], writer) if all(len(item) == 1 for item in items) else None
    closing = end - 1
    last = source.last(start + 1, closing)
    comma = source.text[last - 1] == ","
    if "\n" not in source.text[start:closing]:
        before = " " if comma else ", " if last > start + 1 else ""
        return source.edit(last, last, before + ", ".join(indented(item, source.indent(start)) for item in items))
    first = re.compile(r"\S").search(source.text, start + 1)
    if first and first.start() < closing and not source.begins_line(first.start()):  # `[{`
        indent = source.indent(last)
        return source.edit(last, last, (" " if comma else ", ") + ", ".join(indented(item, indent) for item in items))
    indent = source.indent(first.start()) if first and first.start() < closing else source.indent(start) + "  "
    added = (",\n" + indent).join(indented(item, indent) for item in items)
    if comma and (comment := _COMMENT_BEHIND.match(source.text, last - 1)):  # it stays with its item
        return source.edit(comment.end(), comment.end(), f"\n{indent}{added},")
    return source.edit(last, last, f"{'' if comma or last == start + 1 else ','}\n{indent}{added}{',' if comma else ''}")


def _listed(source: SourceFile, place: Location, items: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that makes a list of a single value and further ones."""
    start, text = source.start(place), source.at(place)
    if isinstance(writer, Yaml) and (plain := _PLAIN_OF_YAML.fullmatch(text)) and set(plain[2]) & set("{}[],"):
        text = f"{plain[1]}{json.dumps(plain[2], ensure_ascii=False)}"  # in flow style these signs mean something
    if text.startswith("{") and not _TEXT_OF_TEMPLATE.match(text):
        return None
    if "\n" not in text:
        return source.edit(start, source.end(place), "[" + ", ".join((text, *items)) + "]")
    indent = source.indent(start)
    inner = f",\n{indent}  ".join((text.replace("\n", "\n  "), *items))
    return source.edit(start, source.end(place), f"[\n{indent}  {inner}\n{indent}]")


def first_of_document(source: SourceFile, place: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts the first statement into a data source of Terraform's JSON, whose label the place is."""
    found = _in_entry(source, source.start(place), "statement", "[", lines)
    if found is None or isinstance(found, Edit):
        return found
    start, end = found
    return first_item(source, source.edit(start, end + 1, "").location, lines, writer)


def _in_entry(source: SourceFile, start: int, name: str, bracket: str, lines: Sequence[str]) -> Edit | tuple[int, int] | None:
    """Where the brackets of an entry of the next JSON object are; the edit that writes the entry with some lines where there is none."""
    opening = source.opening(start)
    closing = source.closing(opening) if opening is not None else None
    if opening is None or closing is None:
        return None
    found = source.entries(opening, closing).get(name)
    if found is None:
        end_bracket = {"[": "]", "{": "}"}[bracket]
        return _into_object(source, opening, closing, [f'"{name}": {bracket}', *(f"  {line}" for line in lines), end_bracket])
    end = source.closing(found) if source.text[found] == bracket else None
    return None if end is None else (found, end)


def first_item(source: SourceFile, place: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts an item into an empty list; lines in block style where the file is YAML."""
    start = source.start(place)
    if not source.at(place).startswith("["):
        return None
    if not isinstance(writer, Yaml):
        return appended(source, place, [lines], writer)
    key = re.fullmatch(r"([ \t]*)[\w-]+:( +)", source.text[source.line_start(start) : start])
    if key is None or source.text[source.end(place) : source.line_end(start)].strip():
        return None
    return source.edit(start - len(key[2]), source.end(place), "".join(f"\n{key[1]}  {line}" for line in lines))


def apart(source: SourceFile, place: Location, writer: Writer) -> list[Edit]:
    """The edits that align the neighbours of an argument of HCL without it, since its value takes several lines now."""
    if not isinstance(writer, Hcl):
        return []
    own = _argument(source, place.line)
    runs = ([own] if own else [], *(list(_neighbours(source, place.line, step)) for step in (-1, 1)))
    edits = []
    for run in runs:
        width = max((len(argument[2]) for argument in run), default=0)
        for argument in run:
            blanks = " " * (width - len(argument[2]) + 1)
            if blanks != argument[3]:
                edits.append(source.edit(argument.start(3), argument.end(3), blanks))
    return edits


def _neighbours(source: SourceFile, line: int, step: int) -> Iterator[re.Match[str]]:
    """The arguments in the lines next to one, upwards or downwards, as far as each line holds a whole one at the same depth."""
    indent = source.indent(source.starts[line - 1])
    while (found := _argument(source, line := line + step)) and found[1] == indent:
        if source.text[found.start() : source.line_end(found.start())].rstrip().endswith(("[", "{", "(")):
            return
        yield found


def _argument(source: SourceFile, line: int) -> re.Match[str] | None:
    return _ALIGNED.match(source.text, source.starts[line - 1]) if 0 < line <= len(source.starts) else None


def removed(source: SourceFile, place: Location) -> Edit | None:
    """The edit that takes an entry out of a list, with its comma or its line."""
    start, end = source.start(place), source.end(place)
    if dash := source.before(_DASH_OF_ITEM, start):
        alone = not source.text[end : source.line_end(end)].strip()
        return source.edit(dash.start() + 1, source.line_end(end) + 1, "") if alone else None
    if comma := _COMMA_AFTER.match(source.text, end):
        whole = source.begins_line(start) and source.text.startswith("\n", comma.end())
        return source.edit(source.line_start(start) if whole else start, comma.end() + (1 if whole else 0), "")
    if comma := source.before(_COMMA_BEFORE, start):
        return source.edit(comma.start(), end, "")
    return None


def added_lines(source: SourceFile, listed: Location, edit: Edit) -> list[str]:
    """What an edit adds to a list, such that a reader sees to which: the list with its name, or the items of YAML; empty where neither is short."""
    start, end = source.start(listed), source.end(listed)
    if source.at(listed).startswith("- "):
        return textwrap.dedent(edit.text.strip("\n")).split("\n")
    after = source.text[start : source.start(edit.location)] + edit.text + source.text[source.end(edit.location) : end]
    name = _NAME_BEFORE.search(source.text[source.line_start(start) : start])
    return [f"{name[0]}{after}"] if name and "\n" not in after and len(after) <= _LONGEST_LINE else []


def element_added(source: SourceFile, place: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts an entry at the end of a map: an object, a block (whose header the place is), or a map in block style."""
    start, text = source.start(place), source.at(place)
    if isinstance(writer, Blocks):
        return into_block(source, start, lines)
    if not text.startswith("{"):
        return _below(source, place, lines) if isinstance(writer, Yaml) and _is_block(text) else None
    closing = source.closing(start)
    if closing is None or _IN_QUOTES.match(text):
        return None
    last = source.last(start + 1, closing)
    comma = source.text[last - 1] == ","
    if "\n" not in source.text[start:closing]:
        if len(lines) > 1:
            return None
        return source.edit(last, last, f"{'' if last == start + 1 else ' ' if comma else ', '}{lines[0]}")
    first = re.compile(r"\S").search(source.text, start + 1)
    indent = source.indent(first.start()) if first else ""
    separator = "" if comma or isinstance(writer, Hcl) or last == start + 1 else ","
    return source.edit(last, last, f"{separator}\n{indent}{indented(lines, indent)}")


def into_block(source: SourceFile, start: int, lines: Sequence[str], *, apart: bool = False) -> Edit | None:
    """The edit that puts lines before the closing brace of the block whose header stands at an offset; `apart` behind an empty line.

    None where the block has an argument already that the lines begin.
    """
    opening = source.opening(start)
    closing = source.closing(opening) if opening is not None else None
    if opening is None or closing is None or source.text.startswith("dynamic ", start):
        return None
    if not source.text[opening + 1 : closing].strip():
        outer = source.indent(start)
        return source.edit(opening + 1, closing, f"\n{outer}  {indented(lines, f'{outer}  ')}\n{outer}")
    if not source.begins_line(closing) or any(_has_argument(source.text[opening:closing], line) for line in lines):
        return None
    outer = source.indent(closing)
    line = source.line_start(closing)
    nested = (apart or lines[0].endswith("{")) and not source.text.endswith("{\n", 0, line)
    added = indented(lines, f"{outer}  ")
    return source.edit(line, line, ("\n" if nested else "") + f"{outer}  {added}\n")


def _has_argument(block: str, line: str) -> bool:
    """Whether a block, of which the text inside its braces is given, has the argument already that a line begins, as a null perhaps."""
    named, first = _ARGUMENT.match(line), re.search(r"\n([ \t]*)[^\s#/]", block)
    return bool(named and first and re.search(rf"^{first[1]}{named[1]}[ \t]*=[^=]", block, re.MULTILINE))


def after_block(source: SourceFile, start: int, lines: Sequence[str]) -> Edit:
    """The edit that puts a block below the one whose header stands at an offset; at the end of the file where that one has no end."""
    opening = source.opening(start)
    closing = source.closing(opening) if opening is not None else None
    end = source.line_end(closing) if closing is not None else len(source.text.rstrip("\n"))
    return source.edit(end, end, "\n\n" + "\n".join(lines))


def beside(source: SourceFile, place: Location, items: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts a statement (or rule) after the one at a place, in the list in which that one is."""
    start, text = source.start(place), source.at(place)
    if isinstance(writer, Blocks):
        opening = source.opening(start)
        closing = source.closing(opening) if opening is not None else None
        if closing is None:
            return None
        return source.edit(closing + 1, closing + 1, "\n\n" + source.indent(start) + indented(items, source.indent(start)))
    if text.startswith("{"):
        if source.closing(start) != source.end(place) - 1:
            return None
        end, before = source.end(place), source.last(source.block_start(start), start)
        indent = source.indent(end - 1)
        if isinstance(writer, Yaml) and source.text.endswith("- ", 0, start):
            return _below(source, place, [f"- {items[0]}", *items[1:]], place.column - 2)
        if source.text.endswith(("[", ","), 0, before):
            if source.begins_line(start) and (comment := _COMMENT_BEHIND.match(source.text, end)):  # it stays with its item
                return source.edit(comment.end(), comment.end(), f"\n{indent}{indented(items, indent)},")
            separator = f",\n{indent}" if source.begins_line(start) else ", "
            return source.edit(end, end, separator + indented(items, indent))
        if source.before(_LIST_BEFORE, before):  # one item in the place of a list
            deeper = "".join(edit.text for edit in further_in(source, place, writer))
            line = source.line_start(end - 1) if deeper else start
            return source.edit(start, end, f"[{source.text[start:line]}{deeper}{source.text[line:end]}, {indented(items, indent)}]")
        return None
    return _beside_in_block(source, place, items) if isinstance(writer, Yaml) and _is_block(text) else None


def further_in(source: SourceFile, place: Location, writer: Writer) -> list[Edit]:
    """The edit that puts the brace of an object of HCL, which begins in the line of its list, where `terraform fmt` has it with another behind (`}, {`)."""
    start, brace = source.start(place), source.end(place) - 1
    if not isinstance(writer, Hcl | Colons) or isinstance(writer, Blocks) or not source.at(place).startswith("{"):
        return []
    if source.begins_line(start) or not source.begins_line(brace):
        return []
    line = source.line_start(brace)
    return [source.edit(line, line, "\t" if "\t" in source.indent(brace) else "  ")]


def into_text(source: SourceFile, place: Location, statement: str) -> Edit | None:
    """The edit that puts a statement at the end of a policy that is JSON in quotes; the place is in these, or that of the whole text."""
    start = source.start(place)
    if not source.at(place).startswith('"') and not _IN_QUOTES.match(source.at(place)):
        return None
    while start >= 0 and (source.text[start] != '"' or source.text[start - 1 : start] == "\\"):
        start -= 1
    written = source.text[start : string_end(source.text, start)] if start >= 0 else ""
    try:
        text = json.loads(written)
    except ValueError:
        return None
    encode = next((one for one in (json.dumps, functools.partial(json.dumps, ensure_ascii=False)) if one(text) == written), None)
    if encode is None or not isinstance(text, str) or not text.startswith("{"):
        return None
    policy = SourceFile("policy.json", text, tuple(starts_of(text)))
    found = policy.entries(0, policy.closing(0) or 0).get("Statement")
    closing = policy.closing(found) if found is not None and text[found] in "[{" else None
    if found is None or closing is None:
        return None
    if text[found] == "{":
        changed = f"{text[:found]}[{text[found : closing + 1]}, {statement}]{text[closing + 1 :]}"
    else:
        last = policy.last(found + 1, closing)
        changed = f"{text[:last]}{', ' if last > found + 1 else ''}{statement}{text[last:]}"
    return source.edit(start, start + len(written), encode(changed))


def _beside_in_block(source: SourceFile, place: Location, items: Sequence[str]) -> Edit | None:
    """Likewise, for a statement in block style: below it, in the list that it becomes an item of where it is the only one."""
    start, end = source.start(place), source.line_end(source.end(place))
    if dash := source.before(_DASH_BEFORE, start):
        indent = " " * (dash.end(1) - source.line_start(dash.end(1)))
        return source.edit(end, end, "\n" + "\n".join(f"{indent}{line}" if line else line for line in items))
    if not source.begins_line(start) or not source.before(_LIST_BEFORE, source.last(source.block_start(start), start)):
        return None
    first, indent = source.line_start(start), source.indent(start)
    one = [
        f"{indent}{'  ' if number else '- '}{line[len(indent) :]}" if line.startswith(indent) and line.strip() else line
        for number, line in enumerate(source.text[first:end].split("\n"))  # a comment may be less far in
    ]
    return source.edit(first, end, "\n".join((*one, *(f"{indent}{line}" if line else line for line in items))))


def is_inside(source: SourceFile, part: tuple[int, int], where: Location, text: str) -> bool:
    """Whether a place, or lines that are put there, belong to a part of a file of YAML, whose offsets are given; at its end the indentation tells."""
    offset, (start, end) = source.start(where), part
    if offset != end:
        return start <= offset < end
    line, outer = text.lstrip("\n"), len(source.indent(start))
    indent = len(line) - len(line.lstrip(" "))
    return indent > outer or (indent == outer and line.lstrip(" ").startswith("- "))


def is_named(source: SourceFile, statement: Location) -> bool:
    """Whether a statement of Terraform is written as a value with a name, which several policies may hold."""
    return source.text.startswith(("locals", "variable"), source.block_start(source.start(statement)))


def beside_choice(source: SourceFile, place: Location, lines: Sequence[str]) -> Edit | None:
    """The edit that puts a statement behind a list that a condition of Terraform chooses (`c ? [statement] : []`).

    Source: developer.hashicorp.com/terraform/language/expressions/conditionals, "Result Types": both results need a common type, which statements of
    several shapes in one list do not leave.
    """
    start, end = source.start(place), source.end(place)
    before = source.before(_CHOICE_BEFORE, start)
    after = re.compile(r"\s*,?\s*\]\s*:\s*\[\s*\]").match(source.text, end)
    if before is None or after is None:
        return None
    item = indented(lines, source.indent(start))
    if before[1].startswith("Statement"):
        return source.edit(before.start(2), after.end(), f"concat({source.text[before.start(2) : after.end()]}, [{item}])")
    joined = re.search(r"""\bStatement"?\s*[=:]\s*concat\(""", source.text[source.block_start(start) : start])
    closing = source.closing(source.block_start(start) + joined.end() - 1) if joined else None
    return source.edit(after.end(), after.end(), f", [{item}]") if closing is not None and closing >= after.end() else None


def directive(source: SourceFile, where: Location) -> str:
    """In which directive of a template of Terraform a place is: `for` in a loop, `if` in conditions only; empty in none."""
    offsets, kinds = _directives(source.text) if "%{" in source.text else ((), ())
    at = bisect_left(offsets, source.start(where))
    return kinds[at - 1] if at else ""


@functools.lru_cache(maxsize=8)
def _directives(text: str) -> tuple[Sequence[int], Sequence[str]]:
    """Where directives of a text begin and end, and in which one is what follows each."""
    offsets, kinds = array("I"), []
    loops = conditions = 0
    for match in _DIRECTIVE.finditer(text):
        loops = max(0, loops + {"for": 1, "endfor": -1}.get(match[1], 0))
        conditions = max(0, conditions + {"if": 1, "endif": -1}.get(match[1], 0))
        offsets.append(match.start())
        kinds.append("for" if loops else "if" if conditions else "")
    return offsets, kinds


def is_repeated(source: SourceFile, statement: Location) -> bool:
    """Whether a statement of Terraform is what a loop or a choice makes, so that a change of it may change others."""
    start = source.start(statement)
    is_after_colon = source.before(_COLON_BEFORE, start) is not None and source.before(_QUOTED_KEY_BEFORE, start) is None
    return source.at(statement).startswith("dynamic ") or is_after_colon


def conditions_removed(source: SourceFile, place: Location | None, tests: Sequence[Location]) -> list[Edit] | None:
    """The edits that take the conditions out of a statement: its blocks, or its element."""
    if tests and all(source.at(test) == "condition" for test in tests):
        edits = []
        for test in tests:
            opening = source.opening(source.start(test))
            closing = source.closing(opening) if opening is not None else None
            if closing is None:
                return None
            start = source.line_start(source.start(test))
            if source.text.endswith("\n\n", 0, start):
                start -= 1
            edits.append(source.edit(start, min(source.line_end(closing) + 1, len(source.text)), ""))
        return edits
    if place is None or not source.at(place).startswith("{") or source.closing(source.start(place)) != source.end(place) - 1:
        return None
    key = source.before(_CONDITION_BEFORE, source.start(place))
    if key is None or not source.begins_line(key.start()):
        return None
    end = source.end(place)
    comma = re.compile(r"[ \t]*,").match(source.text, end)
    end = comma.end() if comma else end
    if source.text[end : source.line_end(end)].strip():
        return None
    start = source.line_start(key.start())
    earlier = source.text[:start].rstrip()
    if comma is None and earlier.endswith(","):
        start = len(earlier) - 1
        return [source.edit(start, end, "")]
    return [source.edit(start, source.line_end(end) + 1, "")]


def _is_block(text: str) -> bool:
    """Whether a text is a map in block style: it begins with a key, not with quotes or a sign of another style."""
    return re.match(r"""([\w:.-]+|"[\w:.-]+"|'[\w:.-]+'):\s""", text) is not None


def _dashed(item: Sequence[str]) -> list[str]:
    return [f"- {item[0]}", *(f"  {line}" for line in item[1:])]


def _below(source: SourceFile, place: Location, lines: Sequence[str], column: int = 0) -> Edit | None:
    """Lines below a map or list in block style, as far in as it is, or from a column on."""
    end = source.end(place)
    rest = source.text[end : source.line_end(end)].strip()
    if rest and not rest.startswith("#"):
        return None
    end = source.line_end(end)
    indent = " " * ((column or place.column) - 1)
    return source.edit(end, end, "\n" + "\n".join(f"{indent}{line}" if line else line for line in lines))


def resource_added(source: SourceFile, header: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
    """The edit that puts a resource beside the one of a template whose logical id stands at a place."""
    start = source.start(header)
    if not source.begins_line(start):
        return None
    indent = source.indent(start)
    if isinstance(writer, Yaml):
        end = _block_end(source, start)
        return source.edit(end, end, "\n" + "\n".join(f"{indent}{line}" if line else line for line in lines))
    return source.edit(start, start, indented(lines, indent) + f",\n{indent}")


def property_added(source: SourceFile, header: Location, lines: Sequence[str], writer: Writer, flow: str = "") -> Edit | None:
    """The edit that gives a property to the resource of a template whose logical id stands at a place; `flow` is it in flow style, where JSON is YAML."""
    start = source.start(header)
    if isinstance(writer, Yaml):
        return _yaml_property(source, start, lines, flow)
    found = _in_entry(source, start, "Properties", "{", lines)
    return found if found is None or isinstance(found, Edit) else _into_object(source, *found, lines)


def declared(source: SourceFile, tree: Mapping[str, Content], writer: Writer, opening: int | None = None) -> list[Edit] | None:
    """The edits that put entries into a file of JSON, or into the object that opens at an offset of it, each where its keys lead.

    None where something is written there already, and where an object on the way is written otherwise.
    """
    opening = len(source.text) - len(source.text.lstrip()) if opening is None else opening
    closing = source.closing(opening) if source.text.startswith("{", opening) else None
    if closing is None:
        return None
    edits: list[Edit] = []
    for key, content in tree.items():
        found = source.entries(opening, closing).get(key)
        if found is None:
            inside: list[Edit] | None = [_into_object(source, opening, closing, writer.entry(key, content))]
        else:
            inside = declared(source, content, writer, found) if isinstance(content, Mapping) else None
        if inside is None:
            return None
        edits += inside
    return edits


def _into_object(source: SourceFile, opening: int, closing: int, lines: Sequence[str]) -> Edit:
    """The edit that puts an entry at the end of an object of JSON."""
    last = source.last(opening + 1, closing)
    comma = "," if last > opening + 1 else ""
    if source.text.find("\n", opening, closing) < 0:
        return source.edit(last, last, f"{comma}{' ' if comma else ''}{indented(lines, source.indent(opening))}")
    first = re.compile(r"\S").search(source.text, opening + 1, closing)
    indent = source.indent(first.start() if first else closing) + ("" if first else "  ")
    return source.edit(last, last, f"{comma}\n{indent}{indented(lines, indent)}")


def has_property(source: SourceFile, header: Location, name: str) -> bool:
    """Whether something of a name is written in the resource of a template whose logical id stands at a place."""
    start = source.start(header)
    opening = source.opening(start)
    closing = source.closing(opening) if opening is not None else None
    end = _block_end(source, start) if closing is None else max(closing, source.line_end(start))
    return re.search(rf"""\b{name}["']?\s*:""", source.text[start:end]) is not None


def _yaml_property(source: SourceFile, start: int, lines: Sequence[str], flow: str) -> Edit | None:
    indent = source.indent(start)
    end = _block_end(source, start)
    within = source.text[source.line_end(start) : end]
    inner = re.search(r"\n([ \t]+)[^\s#]", within)
    if inner is None or len(inner[1]) <= len(indent):
        return None
    found = re.search(rf"""\n{inner[1]}["']?Properties["']?:([^\n]*)""", within)
    if found is None:
        below = ["Properties:", *(f"  {line}" for line in lines)]
        return source.edit(end, end, "\n" + "\n".join(f"{inner[1]}{line}" for line in below))
    written = found[1].split("#")[0].strip()
    if found[1].strip() == "{}":
        start = source.line_end(start) + found.start(1)
        return source.edit(start, start + len(found[1]), "\n" + "\n".join(f"{inner[1]}  {line}" for line in lines))
    if written:
        opening = source.text.index(written, source.line_end(start) + found.start(1))
        closing = source.closing(opening) if written.startswith("{") else None
        last = source.last(opening + 1, closing) if closing is not None else 0
        comma = "" if last == opening + 1 else " " if source.text[last - 1 : last] == "," else ", "
        return source.edit(last, last, comma + flow) if last else None
    first = re.compile(r"(?:\n[ \t]*(?:#[^\n]*)?)*\n([ \t]+)[^\s#]").match(within, found.end())
    deeper = first[1] if first and len(first[1]) > len(inner[1]) else f"{inner[1]}  "
    offset = source.line_end(start) + found.end()
    return source.edit(offset, offset, "\n" + "\n".join(f"{deeper}{line}" if line else line for line in lines))


def resource_around(source: SourceFile, offset: int) -> tuple[str, str]:
    """The logical id of the resource of a template in which an entry stands at an offset, and its text; both empty where no end of it is found."""
    opening = _open_at(source, offset)
    if opening is not None:
        closing, key = source.closing(opening), source.before(_KEY_BEFORE, opening)
        return (key[1], source.text[opening : closing + 1]) if closing is not None and key else ("", "")
    indent = source.indent(offset)
    above = itertools.islice(_above(source, offset), _MOST_LINES)
    start = next((start for start, line in above if not line.startswith(indent) and line[:1] != "#"), None)
    header = _KEY_OF_BLOCK.match(source.text, start) if start is not None else None
    if header is None:
        return "", ""
    most = header.end() + _LONGEST_RESOURCE
    over = re.compile(rf"\n {{0,{len(source.indent(header.start()))}}}[^\s#]").search(source.text, header.end(), most)
    return header[1], source.text[header.end() : over.start() if over else most]


def _open_at(source: SourceFile, offset: int) -> int | None:
    """The offset of the `{` that is open at an offset, not far before it; None in block style."""
    depth = 0
    for bracket in _BRACES.finditer(source.text[max(0, offset - _NEAR) : offset][::-1]):
        depth += 1 if bracket[0] == "}" else -1
        if depth < 0:
            return offset - bracket.end()
    return None


def _above(source: SourceFile, offset: int) -> Iterator[tuple[int, str]]:
    """The lines above that of an offset that are not blank, each with its offset, the nearest first."""
    for number in range(bisect_right(source.starts, offset) - 2, -1, -1):
        start = source.starts[number]
        if (line := source.text[start : source.line_end(start)]).strip():
            yield start, line


def condition_of(source: SourceFile, name: str) -> str:
    """Under which condition a resource of a template in block style is, as a clause; empty where it is under none."""
    header = re.search(rf"""^[ ]*["']?{name}["']?:[ ]*$""", source.text, re.MULTILINE)
    within = source.text[header.start() : _block_end(source, header.start())] if header else ""
    found = re.search(r"^[ ]+Condition:[ ]*(\w+)[ ]*$", within, re.MULTILINE)
    return f" (under the condition {found[1]})" if found else ""


def _block_end(source: SourceFile, start: int) -> int:
    """The end of the last line that belongs to the block whose key stands at an offset."""
    indent = len(source.indent(start))
    end = position = source.line_end(start)
    while position < len(source.text):
        after = source.line_end(position + 1)
        line = source.text[position + 1 : after]
        if line.strip() and not line.lstrip().startswith("#"):
            if len(line) - len(line.lstrip(" ")) <= indent:
                break
            end = after
        position = after
    return end
