"""What the security policy promises and no other test holds: nothing is executed, and nothing is sent."""

from __future__ import annotations

import ast
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import auditor
from auditor.changes.revisions import changed_files
from tests.own_code import PROJECT, modules

pytestmark = pytest.mark.whole

# What sends, executes, or makes objects of bytes. Of the modules that may: git reads revisions; a fleet starts auditor itself; forks of the process
# hand over what they made; the pipeline makes bytes of a bucket, to tell it from another state of it, and never an object of bytes; the language
# server waits with asyncio, and the library that it is made with can listen on a port, which nothing asks it to; classes get their methods as the
# standard decorator makes them, of the names of their fields.
FORBIDDEN = {
    "asyncio", "code", "ctypes", "dbm", "ftplib", "http", "imaplib", "marshal", "multiprocessing", "pickle", "poplib", "pty", "runpy", "shelve",
    "smtplib", "socket", "socketserver", "ssl", "subprocess", "telnetlib", "urllib.request", "webbrowser", "xmlrpc",
}  # fmt: skip
ALLOWED = {
    ("auditor.changes.revisions", "subprocess"),
    ("auditor.fleet.unit", "subprocess"),
    ("auditor.host.workers", "os.fork"),
    ("auditor.host.workers", "pickle"),
    ("auditor.pipeline", "pickle"),
    ("auditor.lazy.classes", "exec"),
    ("auditor.lsp.session", "asyncio"),
}
LISTENS = {"start_tcp", "start_ws"}
CALLS = {"__import__", "eval", "exec"}
OF_OS = {"execv", "execve", "execvp", "fork", "popen", "posix_spawn", "spawnv", "startfile", "system"}
OF_YAML = {"load", "load_all", "unsafe_load", "full_load"}


def _used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield name
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in OF_OS:
                yield f"os.{name}"
            case ast.Attribute(value=ast.Name(id="yaml"), attr=name) if name in OF_YAML:
                yield f"yaml.{name}"
            case ast.Attribute(attr=name) if name in LISTENS:
                yield name


def test_the_pipeline_makes_no_objects_of_bytes() -> None:
    asked = {
        node.attr
        for node in ast.walk(modules()["auditor.pipeline"])
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pickle"
    }
    assert asked == {"dumps", "PicklingError"}


def test_the_code_has_nothing_to_execute_or_send_with() -> None:
    named = FORBIDDEN | CALLS | LISTENS | {f"os.{name}" for name in OF_OS} | {f"yaml.{name}" for name in OF_YAML}
    found = {
        (module, use)
        for module, tree in modules().items()
        for use in _used(tree)
        if use in named or use.partition(".")[0] in FORBIDDEN
    }
    assert found == ALLOWED


def test_an_audit_opens_no_connection_and_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.chdir(PROJECT)
    assert auditor.audit("fixtures/demo").counts["fails"] == 4


@pytest.mark.process
def test_git_starts_nothing_that_a_repository_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=here, check=True, capture_output=True)

    here = tmp_path / "repository"
    here.mkdir()
    (tmp_path / "started").write_text("")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho started >> '{tmp_path}/started'\n")
    program.chmod(0o755)
    git("init", "-q", "-b", "main")
    (here / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    (here / ".gitattributes").write_text("*.tf diff=own\n")
    git("add", "main.tf", ".gitattributes")
    git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "one")
    for key in ("core.fsmonitor", "diff.external", "diff.own.command", "diff.own.textconv", "core.pager"):
        git("config", key, str(program))
    (here / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n  acl    = "public-read"\n}\n')
    monkeypatch.chdir(here)
    assert changed_files(".", gone=False) == ("main.tf",)
    assert not auditor.diff("HEAD").is_empty
    assert (tmp_path / "started").read_text() == ""
