"""Where the text of a template was written: each word of what it becomes is found where it stands in a file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.foundation.value import Known, Symbol, Template, Value, text_parts
from tests.terraform.trees import local

_WORD = re.compile(r"word\d+")
_NAMES = """\
locals {
  yes     = true
  no      = false
  items   = ["a", "b"]
  nothing = []
  one     = "value"
  many    = <<-TEXT
    word1
      word2 ${local.one} word3
  TEXT
}

resource "aws_s3_bucket" "b" {}

"""
_MARKS = st.sampled_from(["", "~"])
_SPACE = st.sampled_from([" ", "\n", "\n  ", "\n\n    "])


@st.composite
def _templates(draw: st.DrawFn, names: Iterator[int], depth: int = 3) -> str:
    """A template with words of its own, values and directives."""
    pieces = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["word", "value"] if depth == 0 else ["word", "value", "if", "for"]))
        pieces.append(draw(_SPACE))
        if kind == "word":
            pieces.append(f"word{next(names)}")
        elif kind == "value":
            value = draw(st.sampled_from(["local.one", "local.many", "aws_s3_bucket.b.arn"]))
            pieces.append(_mark(draw, f"${{|{value}|}}"))
        else:
            subject = ("local.yes", "local.no") if kind == "if" else ("_ in local.items", "_ in local.nothing")
            pieces.append(_mark(draw, f"%{{|{kind} {draw(st.sampled_from(subject))}|}}"))
            pieces.append(draw(_templates(names, depth - 1)))
            if kind == "if" and draw(st.booleans()):
                pieces += [_mark(draw, "%{|else|}"), draw(_templates(names, depth - 1))]
            pieces.append(_mark(draw, f"%{{|end{kind}|}}"))
    return "".join(pieces)


def _mark(draw: st.DrawFn, sequence: str) -> str:
    opening, inside, closing = sequence.split("|")
    return f"{opening}{draw(_MARKS)} {inside} {draw(_MARKS)}{closing}"


def _words(value: Value, files: dict[str, str]) -> list[tuple[str, str]]:
    """Each word of a text beside what stands at the place that it is said to have."""
    assert isinstance(value, Known | Template), value
    text = "".join("·" if isinstance(part, Symbol) else part for part in text_parts(value))
    found = []
    for match in _WORD.finditer(text):
        assert value.source_map is not None
        place = value.source_map.locate(*match.span(), text)
        line = files[place.path.rpartition("/")[2]].split("\n")[place.line - 1]
        assert place.line == place.end_line
        found.append((match[0], line[place.column - 1 : place.end_column - 1]))
    return found


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("opening", ["<<EOT", "<<-EOT", "file"])
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_each_word_is_found_where_it_is_written(opening: str, ends: str, data: st.DataObject) -> None:
    template = data.draw(_templates(count(4))) + "\n"
    files = {"main.tf": f"{_NAMES}locals {{\n  x = {opening}\n{template}  EOT\n}}\n"}
    if opening == "file":
        template = template.replace("local.", "")
        files = {
            "main.tf": _NAMES
            + 'locals {\n  x = templatefile("${path.module}/text.tpl", {\n    yes = true, no = false, items = local.items, nothing = [],\n'
            "    one = local.one, many = local.many, aws_s3_bucket = { b = { arn = aws_s3_bucket.b.arn } }\n  })\n}\n",
            "text.tpl": template,
        }
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            (Path(directory) / name).write_bytes(text.replace("\n", ends).encode())
        value = local(Path(directory), files["main.tf"].replace("\n", ends))
    words = _words(value, files)
    assert [found for _, found in words] == [word for word, _ in words]
