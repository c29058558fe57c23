"""Fixed files are written whole, by one name, and only over what was read."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest

from auditor.fixing import files
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
    assert patch(new, texts).text == "--- a/a.tf\n+++ b/a.tf\n@@ -1 +1 @@\n-old\n+new\n"
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
    shown = patch({"a.tf": "one\rtwo\x0c\u2028three\nfive".encode()}, read("a.tf")).text
    assert shown.partition("@@\n")[2] == " one\rtwo\x0c\u2028three\n-four\n+five\n\\ No newline at end of file\n"


def test_names_with_blanks_and_control_characters_are_written_as_git_reads_them(here: Path) -> None:
    headers = {}
    for name in ("a b.tf", 'a"\n.tf'):
        (here / name).write_bytes(b"old\n")
        headers[name] = patch({name: b"new\n"}, read(name)).text.partition("\n")[0]
    assert headers == {"a b.tf": "--- a/a b.tf\t", 'a"\n.tf': '--- "a/a\\"\\012.tf"'}


BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'


@pytest.mark.process
@pytest.mark.parametrize("by", ["patch", "git"])
@pytest.mark.parametrize(
    ("started_in", "named", "repository", "applied_in"),
    [
        ("tree", "{}/tree", False, "tree"),
        ("tree", "../tree", False, "tree"),
        ("tree/above", "..", True, "tree"),
        ("other", "{}/tree", True, "tree"),
        ("other", "{}/tree", False, "tree/in"),
        ("other", "../tree", False, "tree/in"),
    ],
)
def test_a_patch_can_be_applied_however_a_path_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started_in: str, named: str, repository: bool, applied_in: str, by: str
) -> None:
    for directory in ("tree/in", "tree/above", "other"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "tree/in/a.tf").write_text(BUCKET)
    if repository:
        subprocess.run(["git", "init", "-q", str(tmp_path / "tree")], check=True)
    monkeypatch.chdir(tmp_path / started_in)
    _, shown, told = run("--diff", named.format(tmp_path))
    said = [line for line in told.splitlines() if line.startswith("note: the patch")]
    assert said == ([] if started_in == applied_in else [f"note: the patch is to be applied in {tmp_path / applied_in}"])
    command = ["git", "apply", "-"] if by == "git" else ["patch", "-s", "-p1"]
    subprocess.run(command, input=shown.encode(), cwd=tmp_path / applied_in, check=True)
    assert "aws_s3_bucket_policy" in (tmp_path / "tree/in/a.tf").read_text()


def test_a_file_of_several_names_keeps_them(here: Path) -> None:
    os.link(here / "a.tf", here / "elsewhere")
    os.chmod(here / "a.tf", 0o640)
    written({"a.tf": b"longer than before\n"}, read("a.tf"))
    assert (here / "elsewhere").read_bytes() == b"longer than before\n"
    assert ((here / "a.tf").stat().st_nlink, (here / "a.tf").stat().st_mode & 0o777) == (2, 0o640)
    assert sorted(os.listdir(here)) == ["a.tf", "elsewhere"]


def test_a_file_keeps_its_extended_attributes(here: Path) -> None:
    try:
        os.setxattr(here / "a.tf", "user.reviewed", b"yes")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    written({"a.tf": b"new\n"}, read("a.tf"))
    assert ((here / "a.tf").read_bytes(), os.getxattr(here / "a.tf", "user.reviewed")) == (b"new\n", b"yes")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_keeps_its_owner(here: Path) -> None:
    os.chown(here / "a.tf", 1234, 4321)
    written({"a.tf": b"new\n"}, read("a.tf"))
    found = (here / "a.tf").stat()
    assert ((here / "a.tf").read_bytes(), found.st_uid, found.st_gid) == (b"new\n", 1234, 4321)


def test_a_file_of_several_names_is_as_before_where_writing_fails(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.link(here / "a.tf", here / "elsewhere")
    texts, put = read("a.tf"), files._put

    def full(stream: RawIOBase, content: bytes) -> None:
        put(stream, content[:2])
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(files, "_put", lambda stream, content: (full if content != b"old\n" else put)(stream, content))
    with pytest.raises(OSError, match="no space left"):
        written({"a.tf": b"new and longer\n"}, texts)
    assert ((here / "elsewhere").read_bytes(), sorted(os.listdir(here))) == (b"old\n", ["a.tf", "elsewhere"])


def test_nothing_is_written_where_a_disk_is_full(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "b.tf").write_bytes(b"old\n")
    texts, begin = read("a.tf", "b.tf"), tempfile.mkstemp
    begun: list[str] = []

    def full(**named: Any) -> tuple[int, str]:
        if begun:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle, name = begin(**named)
        begun.append(name)
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(OSError, match="No space left on device") as refused:
        written({"a.tf": b"new\n", "b.tf": b"new\n"}, texts)
    assert os.path.basename(refused.value.filename) == "b.tf"
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {"a.tf": b"old\n", "b.tf": b"old\n"}
