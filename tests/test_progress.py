"""Whoever waits at a terminal sees what is being done; nobody else sees anything of it."""

from __future__ import annotations

import io
import signal
import sys

import pytest

from auditor.console import watched
from auditor.host.progress import Doing
from auditor.host.workers import shared_out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _seen(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, quiet: bool = False) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with watched(quiet=quiet):
        shared_out(
            lambda _: signal.raise_signal(signal.SIGALRM) if signal.getsignal(signal.SIGALRM) else None,
            ["a\x1b[31m", "b" * 200],
            1,
            "reading",
        )
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    return stream.getvalue()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here, so nothing is shown")
def test_a_terminal_shows_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    first, second, last = _seen(monkeypatch, _Terminal()).split("\r\x1b[2K")[1:]
    assert first == "reading 1/2: a␛[31m"
    assert second == f"reading 2/2: {'b' * 200}"[:99]
    assert last == Doing.now == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here, so nothing is shown")
@pytest.mark.parametrize("silent", ["CI", "TERM", "quiet", "no terminal"])
def test_nobody_else_sees_anything(monkeypatch: pytest.MonkeyPatch, silent: str) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if silent.isupper():
        monkeypatch.setenv(silent, "dumb")
    ignored = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        assert _seen(monkeypatch, io.StringIO() if silent == "no terminal" else _Terminal(), quiet=silent == "quiet") == ""
    finally:
        signal.signal(signal.SIGALRM, ignored)
