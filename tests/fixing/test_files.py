"""Fixed files are written whole, by one name, and only over what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.fixing.files import patch, written
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from tests.fixing.test_fix import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tf").write_bytes(b"old\n")
    return tmp_path


def read(*paths: str) -> Texts:
    texts = Texts(border=border_of((".",)))
    for path in paths:
        texts.read_bytes(path)
    return texts


def test_a_link_stays_a_link_and_its_file_is_written_once(here: Path) -> None:
    (here / "b.tf").symlink_to("a.tf")
    texts = read("a.tf", "b.tf")
    new = {"a.tf": b"new\n", "b.tf": b"new\n"}
    assert patch(new, texts) == "--- a/a.tf\n+++ b/a.tf\n@@ -1 +1 @@\n-old\n+new\n"
    written(new, texts)
    assert ((here / "b.tf").is_symlink(), (here / "a.tf").read_bytes()) == (True, b"new\n")


def test_a_file_of_two_names_does_not_become_two_things(here: Path) -> None:
    (here / "b.tf").symlink_to("a.tf")
    texts = read("a.tf", "b.tf")
    with pytest.raises(OSError, match=r"b\.tf is the same file, and would change in another way") as refused:
        written({"a.tf": b"new\n", "b.tf": b"other\n"}, texts)
    assert (refused.value.filename, (here / "a.tf").read_bytes()) == ("a.tf", b"old\n")


def test_nothing_is_written_where_a_file_changed_meanwhile(here: Path) -> None:
    (here / "b.tf").write_bytes(b"old\n")
    texts = read("a.tf", "b.tf")
    (here / "b.tf").write_bytes(b"changed\n")
    with pytest.raises(OSError, match="it changed while it was audited"):
        written({"a.tf": b"new\n", "b.tf": b"new\n"}, texts)
    assert ((here / "a.tf").read_bytes(), (here / "b.tf").read_bytes()) == (b"old\n", b"changed\n")


def test_a_file_that_is_read_only_stays_as_it_is(here: Path) -> None:
    (here / "a.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n')
    os.chmod(here / "a.tf", 0o444)
    code, _, told = run("--fix", ".")
    assert (code, told.splitlines()[-1]) == (2, "error: a.tf: cannot be written: it is read-only")
    assert "policy" not in (here / "a.tf").read_text()


def test_a_patch_says_what_was_not_read(here: Path) -> None:
    (here / "a.tf").write_bytes(b"# caf\xe9\n")
    code, shown, told = run("--diff", ".")
    assert (code, shown) == (2, "")
    assert told == "no safe fix to apply\na.tf:1:6: not read: is not UTF-8: byte 0xe9 at offset 5\n"


def test_lines_of_a_patch_end_where_git_ends_them(here: Path) -> None:
    (here / "a.tf").write_bytes("one\rtwo\x0c\u2028three\nfour\n".encode())
    shown = patch({"a.tf": "one\rtwo\x0c\u2028three\nfive".encode()}, read("a.tf"))
    assert shown.partition("@@\n")[2] == " one\rtwo\x0c\u2028three\n-four\n+five\n\\ No newline at end of file\n"


def test_names_with_blanks_and_control_characters_are_written_as_git_reads_them(here: Path) -> None:
    headers = {}
    for name in ("a b.tf", 'a"\n.tf'):
        (here / name).write_bytes(b"old\n")
        headers[name] = patch({name: b"new\n"}, read(name)).partition("\n")[0]
    assert headers == {"a b.tf": "--- a/a b.tf\t", 'a"\n.tf': '--- "a/a\\"\\012.tf"'}
