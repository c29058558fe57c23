"""An answer that is given again is the one that would be given anew."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import auditor.pipeline
from auditor.cli import main
from auditor.foundation.border import Disk, border_of
from auditor.foundation.text import Texts
from auditor.host import cache
from auditor.host.cache import CachedOutput, answered

_CODE = """
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
variable "name" {}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = fileexists("policy.json") ? file("policy.json") : "{}"
}
"""


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything is kept, however little it cost and whenever the files were made."""
    monkeypatch.setattr(cache, "_WORTH", -1.0)
    monkeypatch.setattr(cache, "_TICK", -(10**15))
    monkeypatch.setattr(cache, "_version", lambda: "this")
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "kept"))
    (tmp_path / "code").mkdir()
    monkeypatch.chdir(tmp_path / "code")
    return tmp_path / "kept"


def _run(*arguments: str) -> tuple[int, str, str]:
    result: Result = CliRunner().invoke(main, ["check", ".", "--format", "json", *arguments])
    return result.exit_code, result.stdout, result.stderr


def _is_kept(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> bool:
    """Whether a run gives an answer without an audit."""
    audits = []
    audit = auditor.pipeline.audit
    with monkeypatch.context() as patch:
        patch.setattr(auditor.pipeline, "audit", lambda *given: audits.append(given) or audit(*given))
        run()
    return not audits


_EDITS: tuple[Callable[[], object], ...] = (
    lambda: Path("terraform.tfvars").write_text('name = "a-bucket"\n'),
    lambda: Path("policy.json").write_text('{"Statement": []}'),
    lambda: Path("other.tf").write_text('module "m" {\n  source = "./.hidden"\n}\n'),
    lambda: Path(".hidden").mkdir(),
    lambda: Path(".hidden/main.tf").write_text('resource "aws_s3_bucket" "hidden" {}\n'),
    lambda: Path(".auditor.yaml").write_text("version: 1\nexclude: [nothing]\n"),
    lambda: os.chmod("policy.json", 0),
    lambda: Path("policy.json").unlink(),
    lambda: os.symlink(".hidden/main.tf", "linked.tf"),
    lambda: Path(".hidden/main.tf").rename(".hidden/away"),
    lambda: Path("main.tf").write_text(_CODE.replace('"b"', '"c"', 1)),
)


def test_whatever_is_edited_the_answer_is_that_of_an_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("main.tf").write_text(_CODE)
    for edit in (lambda: None, *_EDITS):
        edit()
        anew = _run("--no-cache")
        assert _run() == anew
        if anew[1]:  # else there was no answer
            assert _is_kept(monkeypatch, lambda anew=anew: _run() == anew or pytest.fail("the kept answer is another one"))


def test_an_answer_is_to_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("main.tf").write_text(_CODE)
    Path("values").write_text("")
    _run()
    assert _is_kept(monkeypatch, lambda: _run("--jobs", "2"))
    for other in (
        ["--strict"],
        ["--var", "name=x"],
        ["--var-file", "values"],
        ["--format", "sarif=out.sarif"],
        ["--account", "1" * 12],
    ):
        assert not _is_kept(monkeypatch, lambda other=other: _run(*other))
    for name, value in (("TF_VAR_name", "b"), ("COLUMNS", "80"), ("FORCE_COLOR", "1")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not _is_kept(monkeypatch, _run)
    with monkeypatch.context() as patch:
        patch.setattr("auditor.commands.check.clock", lambda: dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
        assert not _is_kept(monkeypatch, _run)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_version", lambda: "another")
        assert not _is_kept(monkeypatch, _run)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', "[" * 100_000, '{"a": "\\ud800"}'])
def test_what_is_no_entry_is_none(kept: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    Path("main.tf").write_text(_CODE)
    first = _run()
    (entry,) = kept.iterdir()
    for damaged in (content, entry.read_text()[:-20]):
        entry.write_text(damaged)
        assert not _is_kept(monkeypatch, lambda: _run() == first or pytest.fail("another answer"))
        assert _is_kept(monkeypatch, _run)
    shutil.rmtree(kept)
    assert _run() == first


def test_no_byte_of_an_entry_can_change_without_making_it_none(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("main.tf").write_text(_CODE)
    _run()
    (entry,) = kept.iterdir()
    whole = entry.read_bytes()
    assert cache._entry(str(entry)) is not None
    for at in {*range(100), *range(100, len(whole), len(whole) // 200)}:
        entry.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert cache._entry(str(entry)) is None
    assert not _is_kept(monkeypatch, _run)


def test_nothing_is_kept_where_it_is_not_to_be(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("main.tf").write_text(_CODE)
    _run("--no-cache")
    _run("--changed", "main.tf")
    monkeypatch.setenv("AUDITOR_CACHE", "")
    _run()
    assert not kept.exists()
    kept.write_text("a file")
    monkeypatch.setenv("AUDITOR_CACHE", str(kept))
    assert _run() == _run("--no-cache")
    assert kept.read_text() == "a file"


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [("aws:CurrentTime", False), ("AWS:EPOCHTIME", False), (r"aws:Current\u0054ime", False), ("CURRENT_TIMESTAMP", True)],
)
def test_an_answer_that_depends_on_the_hour_is_not_kept(kept: Path, said: str, is_kept: bool) -> None:
    Path("main.tf").write_text(f"{_CODE}# {said}\n")
    _run()
    assert kept.exists() is is_kept


def test_an_answer_during_which_files_came_or_went_is_not_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_TICK", 20_000_000)
    answered(str(kept), (), (".",), lambda: Path("new").write_text("") or CachedOutput((), (), 0))
    assert not kept.exists()


def test_what_was_not_used_for_longest_makes_room(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        answered(str(kept), (str(number),), (".",), lambda: CachedOutput(("x" * 1000,), (), 0))
        for entry in kept.iterdir():
            os.utime(entry, (entry.stat().st_mtime - 100,) * 2)
    (kept / "left.part").write_text("")
    os.utime(kept / "left.part", (0, 0))
    monkeypatch.setattr(cache, "_MOST_BYTES", 3000)
    answered(str(kept), ("3",), (".",), lambda: CachedOutput(("x" * 1000,), (), 0))
    assert len(list(kept.iterdir())) == 2
    assert not (kept / "left.part").exists()


def test_where_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDITOR_CACHE")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    found = []
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr("sys.platform", platform)
        found.append(cache.directory())
    assert found == [f"{home}/auditor/answers" for home in ("/home/me/.cache", "/home/me/Library/Caches", "/local")]
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert cache.directory() == "/cache/auditor/answers"


def _looks() -> CachedOutput:
    """Looks at a tree as the readers do: names, kinds, and some of the contents."""
    texts = Texts(border=border_of((".",)))
    seen: list[str] = []
    for directory, below, files in texts.disk.walk("."):
        below.sort()
        for name in sorted(files):
            path = os.path.join(directory, name)
            seen.append(f"{path} {os.path.isfile(path)} {os.path.exists(path)}")
            if name in ("a", "b"):
                seen.append(str(texts.read(path)))
        seen.extend(f"{name} {os.path.islink(os.path.join(directory, name))}" for name in below)
    return CachedOutput(tuple(seen), (), 0)


_PLACES = ("a", "b", "c", "d/a", "d/e/b", ".git/a")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])  # the tree is emptied
@given(
    st.lists(
        st.tuples(st.sampled_from(_PLACES), st.sampled_from(("write", "delete", "link", "directory")), st.integers(0, 2)),
        max_size=8,
    )
)
def test_after_any_edits_what_is_kept_is_right(kept: Path, edits: list[tuple[str, str, int]]) -> None:
    shutil.rmtree(".git", ignore_errors=True)
    for name in os.listdir():
        shutil.rmtree(name) if os.path.isdir(name) and not os.path.islink(name) else os.unlink(name)
    for place, edit, number in edits:
        path = Path(place)
        if edit != "delete" and not os.path.lexists(place):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.mkdir() if edit == "directory" else path.symlink_to("../" * number + "a") if edit == "link" else None
            except OSError:
                continue
        if edit == "write" and not path.is_dir():
            try:
                path.write_text(str(number))
            except OSError:
                continue
        if edit == "delete" and os.path.lexists(place):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        assert answered(str(kept), (), (".",), _looks) == _looks()
        assert Disk.read is None


def test_an_entry_executes_nothing_and_says_what_it_rests_on(kept: Path) -> None:
    Path("main.tf").write_text(_CODE)
    _run()
    (entry,) = kept.iterdir()
    assert entry.stat().st_mode & 0o077 == 0
    written = json.loads(entry.read_text().partition("\n")[2])
    assert sorted(written) == ["code", "read", "state", "texts", "told", "version"]
    assert [os.path.basename(path) for path in written["read"] if path.startswith(os.getcwd())] == ["main.tf"]


def test_the_code_is_told_from_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    version = cache._version()
    assert cache._version() == version
    monkeypatch.setattr(cache, "__version__", "0.0.0")
    assert cache._version() != version
