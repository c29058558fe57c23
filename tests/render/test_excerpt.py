from __future__ import annotations

import pytest

from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render.parts.excerpt import excerpt, mask
from auditor.render.parts.lines import SourceLines
from auditor.render.parts.terminal import Paint, clean, width_of, wrap


def shown(text: str, region: tuple[int, int, int, int], width: int = 60) -> str:
    lines = SourceLines(Texts({"x.tf": text.encode()}))
    return "\n".join(excerpt(lines, Location("x.tf", *region), width, Paint(enabled=False), mark=str))


def test_carets_stand_under_the_region() -> None:
    assert shown("a\nb = cde\n", (2, 5, 2, 8)) == " --> x.tf:2:5\n  |\n2 | b = cde\n  |     ^^^"


def test_tabs_are_expanded() -> None:
    assert shown("\tb\t= c\n", (1, 4, 1, 5)) == " --> x.tf:1:4\n  |\n1 |     b   = c\n  |         ^"


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert shown('日本 = "e\u0301x"\n', (1, 6, 1, 11)) == ' --> x.tf:1:6\n  |\n1 | 日本 = "e\u0301x"\n  |        ^^^^'


def test_a_long_line_is_cut_around_the_region() -> None:
    text = shown("x" * 200 + "HERE" + "y" * 200 + "\n", (1, 201, 1, 205), 60)
    source, carets = text.split("\n")[2:]
    assert source == "1 | …" + "x" * 14 + "HERE" + "y" * 36 + "…"
    assert carets == "  | " + " " * 15 + "^^^^"
    assert width_of(source) <= 60


def test_each_character_of_a_long_line_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr("auditor.render.parts.excerpt.clean", lambda text: looked.append(text) or clean(text))
    shown("\t" + "x\u00e9" * 3000 + "\n", (1, 1001, 1, 1003))
    assert sorted(one for one in looked if len(one) == 1) == ["x", "x", "\u00e9", "\u00e9"]


def test_carets_end_with_the_window() -> None:
    source, carets = shown("x" * 500 + "\n", (1, 1, 1, 501), 60).split("\n")[2:]
    assert source == "1 | " + "x" * 55 + "…"
    assert carets == "  | " + "^" * 55


def test_a_region_of_several_lines_has_a_bar() -> None:
    assert shown("a {\n  b\n}\n", (1, 1, 3, 2)) == " --> x.tf:1:1\n  |\n1 | | a {\n2 | |   b\n3 | | }"


def test_the_middle_of_a_long_region_is_left_out() -> None:
    text = "a {\n" + "  b\n" * 10 + "}\n"
    assert shown(text, (1, 1, 12, 2)) == "  --> x.tf:1:1\n   |\n 1 | | a {\n 2 | |   b\n...\n12 | | }"


def test_a_region_that_ends_at_the_start_of_a_line_leaves_that_line_out() -> None:
    assert shown("a\nb\n", (1, 1, 2, 1)) == " --> x.tf:1:1\n  |\n1 | a\n  | ^"


def test_only_the_place_where_there_is_no_text() -> None:
    assert shown("a\n", (9, 1, 9, 2)) == " --> x.tf:9:1"


def test_an_empty_region_beyond_the_line_has_one_caret() -> None:
    assert shown("ab\n", (1, 3, 1, 3)) == " --> x.tf:1:3\n  |\n1 | ab\n  |   ^"


def test_nothing_of_the_file_reaches_the_terminal_as_a_command() -> None:
    assert shown("a\x1b[2Jb\u202ec\n", (1, 1, 1, 2)).split("\n")[2] == "1 | a␛[2Jb\ufffdc"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('  password = "hunter2"', '  password = "*******"'),
        ('  "SecretKey": "abc",', '  "SecretKey": "***",'),
        ("  DB_TOKEN: abcdef", "  DB_TOKEN: ******"),
        ("  secret_key = 'a b'", "  secret_key = '***'"),
        ("  token = var.token", "  token = var.token"),
        ("  Password: 12345", "  Password: *****"),
        ('  token = "${var.token}"', '  token = "************"'),
        ('  key = "AKIAIOSFODNN7EXAMPLE"', '  key = "********************"'),
        ("-----BEGIN RSA PRIVATE KEY-----abc", "*" * 34),
        ('  bucket = "acme-images"', '  bucket = "acme-images"'),
        ('allowed_headers = ["x-amz-security-token"]', 'allowed_headers = ["x-amz-security-token"]'),
    ],
)
def test_secrets_are_masked(line: str, masked: str) -> None:
    assert mask(line) == masked
    assert shown(f"{line}\n", (1, 1, 1, 2), 120).split("\n")[2] == f"1 | {masked}"


def test_wrapping_never_tears_a_word() -> None:
    assert wrap("one two-three " + "x" * 30 + " four", 12) == ["one", "two-three", "x" * 30, "four"]
    assert wrap("日本 日本 日本", 9) == ["日本 日本", "日本"]
    assert wrap("", 9) == [""]


def test_clean_shows_controls() -> None:
    assert clean("a\tb\nc\x7f\x9b") == "a␉b␊c␡\ufffd"


def test_only_the_surroundings_of_a_region_are_looked_at() -> None:
    line = "x" * 1_000_000 + '"token": "abc"' + "y" * 1_000_000
    source, carets = shown(f"{line}\n", (1, 1_000_001, 1, 1_000_015)).split("\n")[2:]
    assert source == "1 | …" + "x" * 14 + '"token": "***"' + "y" * 26 + "…"
    assert carets == "  | " + " " * 15 + "^" * 14
