"""What an editor may send, and what may break: every request is answered, one file harms no other, and nobody waits for a server that ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the extra 'lsp' is not installed")

from auditor.lsp import project
from auditor.lsp.project import Project
from auditor.settings.find import territories
from tests.own_code import PROJECT

CODE = (PROJECT / "fixtures/demo/scans.tf").read_bytes()
LINE = (sys.executable, "-m", "auditor", "lsp")


class Server:
    """A server that is sent whatever somebody wants to send."""

    def __init__(self, here: Path, line: tuple[str, ...] = LINE, **streams: Any) -> None:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        self.process = subprocess.Popen(line, cwd=here, **streams)

    def send(self, content: bytes | dict[str, Any]) -> None:
        body = content if isinstance(content, bytes) else json.dumps({"jsonrpc": "2.0", **content}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def raw(self, message: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(message)
        self.process.stdin.flush()

    def ask(self, at: int, method: str, **params: Any) -> None:
        self.send({"id": at, "method": method, "params": params})

    def messages(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        while header := self.process.stdout.readline():
            if header.startswith(b"Content-Length"):
                length = int(header.split()[1])
                while self.process.stdout.readline().strip():
                    pass
                yield json.loads(self.process.stdout.read(length))

    def answer(self, at: int) -> dict[str, Any]:
        return next(one for one in self.messages() if one.get("id") == at and "method" not in one)

    def code(self, at: int) -> int:
        """The code of the error that answers a request; 0 where none does."""
        return int(self.answer(at).get("error", {}).get("code", 0))

    def shown(self, address: str) -> list[str]:
        """The codes of the diagnostics that come next for a file."""
        return next(
            [one["code"] for one in message["params"]["diagnostics"]]
            for message in self.messages()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == address
        )

    def open(self, address: str) -> None:
        item = {"uri": address, "languageId": "terraform", "version": 1, "text": CODE.decode()}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def hover(self, at: int) -> None:
        self.ask(at, "textDocument/hover", textDocument={"uri": "file:///x.tf"}, position={"line": 0, "character": 0})

    def end(self) -> tuple[int, str]:
        """How the process ends, and what it said."""
        try:
            said = self.process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, said.decode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "scans.tf").write_bytes(CODE)
    one = Server(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


@pytest.mark.process
def test_every_request_is_answered_whatever_it_is_and_whenever_it_comes(server: Server, tmp_path: Path) -> None:
    server.hover(1)
    server.open("file:///x.tf")
    assert server.code(1) == -32002
    server.ask(2, "initialize", processId=None, rootUri=tmp_path.as_uri(), capabilities={})
    assert server.code(2) == 0
    server.ask(3, "initialize", processId=None, rootUri=None, capabilities={})
    assert server.code(3) == -32600
    server.ask(4, "textDocument/hover", textDocument=5, position="x")
    assert server.code(4) == -32602
    server.ask(5, "textDocument/hover", textDocument={"uri": "file:///x.tf"}, position={"line": 10**30, "character": -1})
    assert server.code(5) == -32602
    for message in (b"hello", b"5", b"[]", b"{}", b"\xff", b"[" * 100_000, b"[" + b"9" * 6000 + b"]"):
        server.send(message)
    for told in ({"id": {}, "result": 1}, {"id": [1], "method": "x"}, {"method": "$/cancelRequest", "params": {"id": [1]}}):
        server.send(told)
    server.send({"id": 6, "method": 5})
    assert server.code(6) == -32603
    server.hover(7)
    assert server.answer(7) == {"id": 7, "jsonrpc": "2.0", "result": None}
    server.ask(8, "shutdown")
    server.hover(9)
    assert server.code(9) == -32600
    server.send({"method": "exit"})
    code, said = server.end()
    assert code == 0
    assert set(said.splitlines()) <= {"error: Unable to handle message", "error: Unable to deserialize message"}


@pytest.mark.process
def test_a_document_that_can_be_no_file_harms_no_other(server: Server, tmp_path: Path) -> None:
    server.ask(1, "initialize", processId=None, rootUri=tmp_path.as_uri(), capabilities={})
    for address in (
        "untitled:1",
        "file:///",
        "file://",
        "",
        "file:///%00.tf",
        "file:///\ud800.tf",
        tmp_path.as_uri(),
        "file://host/x.tf",
    ):
        server.open(address)
    server.open((tmp_path / "scans.tf").as_uri())
    assert "acls-enabled" in server.shown((tmp_path / "scans.tf").as_uri())


@pytest.mark.process
@pytest.mark.parametrize("root", ["folder", "none"])
def test_of_a_file_outside_of_all_that_bounds_it_its_directory_is_read(server: Server, tmp_path: Path, root: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "below/deep").mkdir(parents=True)
    (tmp_path / "below/.auditor.yaml").write_text("version: [\n")  # which a walk would find
    address = (tmp_path / "scans.tf").as_uri()
    folder = None if root == "none" else (tmp_path / root).as_uri()
    server.ask(1, "initialize", processId=None, rootUri=folder, capabilities={})
    server.open(address)
    assert "acls-enabled" in server.shown(address)


def test_the_search_for_settings_ends_at_the_root_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(os.sep)
    assert territories([str(tmp_path.relative_to(os.sep))], changed=False) == ()


@pytest.mark.parametrize("stage", ["reached", "read_settings", "read_inputs", "audit"])
@pytest.mark.parametrize("fault", [ValueError("x"), OSError(5, "x"), MemoryError(), RecursionError()], ids=repr)
def test_what_breaks_on_one_file_is_told_there_and_the_others_are_audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, fault: Exception
) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scans.tf").write_bytes(CODE)
    monkeypatch.chdir(tmp_path)
    sound = getattr(project, stage)

    def broken(*given: Any, **named: Any) -> Any:
        first = given[0].paths if stage == "audit" else given[0]
        if "one/scans.tf" in first:
            raise fault
        return sound(*given, **named)

    monkeypatch.setattr(project, stage, broken)
    one, two = sorted(
        Project().answers({f"{name}/scans.tf": CODE for name in ("one", "two")}, None), key=lambda answer: sorted(answer.documents)
    )
    assert [(str(error.location), error.message) for error in one.problems] == [
        ("one/scans.tf:1:1", f"internal error while reading ({fault!r}); please report this")
    ]
    assert (two.problems, two.trouble, bool(two.report and two.report.findings)) == ((), "", True)


@pytest.mark.process
def test_what_cannot_be_shown_of_one_answer_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scans.tf").write_bytes(CODE)
    program = (
        "import sys; from auditor.lsp.places import EditorPlaces; seen = EditorPlaces.seen; sys.argv = ['auditor', 'lsp']\n"
        "def broken(self, location):\n"
        "    if 'one/' in location.path: raise ValueError('x')\n"
        "    return seen(self, location)\n"
        "EditorPlaces.seen = broken\n"
        "from auditor.__main__ import main; main()\n"
    )
    server = Server(tmp_path, (sys.executable, "-c", program))
    server.ask(1, "initialize", processId=None, rootUri=tmp_path.as_uri(), capabilities={})
    one, two = ((tmp_path / name / "scans.tf").as_uri() for name in ("one", "two"))
    server.open(one)
    server.open(two)
    assert "acls-enabled" in server.shown(two)
    assert server.end()[0] == 1  # it was not asked to shut down


@pytest.mark.process
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_the_server_does_not_wait(server: Server, tmp_path: Path, sent: signal.Signals) -> None:
    server.ask(1, "initialize", processId=None, rootUri=tmp_path.as_uri(), capabilities={})
    server.answer(1)
    begun = time.monotonic()
    server.process.send_signal(sent)
    assert server.process.wait(60) == -sent
    assert time.monotonic() - begun < 30


@pytest.mark.process
@pytest.mark.parametrize("length", ["9" * 30, "9" * 5000])
def test_a_message_without_measure_ends_the_server_with_a_word(server: Server, length: str) -> None:
    server.raw(f"Content-Length: {length}\r\n\r\n{{}}".encode())
    code, said = server.end()
    assert (code, said.partition(" (")[0]) == (2, "error: standard input: a message that is too long, or not a valid one")


@pytest.mark.process
@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_closed_stream_is_told(tmp_path: Path, closed: str) -> None:
    server = Server(tmp_path, ("sh", "-c", f'exec "$0" -m auditor lsp {closed}', sys.executable))
    said = "error: standard input or output is closed: that is where an editor talks with the server\n"
    assert server.end() == (2, said)


@pytest.mark.process
def test_a_server_that_nobody_hears_ends(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    gone = Server(tmp_path, stdout=writes)
    os.close(writes)
    os.close(reads)
    gone.ask(1, "initialize", processId=None, rootUri=None, capabilities={})
    assert (gone.process.wait(60), gone.end()[1]) == (1, "")
    with open("/dev/full", "wb") as full:
        unheard = Server(tmp_path, stdout=full)
        unheard.ask(1, "initialize", processId=None, rootUri=None, capabilities={})
        assert unheard.process.wait(60) == 2
    assert unheard.end()[1] == "error: standard output: cannot be written: No space left on device\n"
