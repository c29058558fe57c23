"""How a report is to be shown; the same for every format."""

from __future__ import annotations

from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What the command line resolves about the output. None of it changes what was found.

    Attributes:
        color: whether terminal formats use ANSI colour.
        width: the columns of the terminal.
        explain: show the steps of each verdict, and all assumptions.
        verbose: tell of every bucket in full, whether something is to be done about it or not, and all assumptions.
        summary: tell of every bucket in one line.
        strict: unknown verdicts count as failures.
        exit_zero: nothing that fails makes the exit code 1.
        show_suppressed: show the suppressed findings, marked as such.
        category: the category of a code scanning upload; None leaves it to the uploader.
        again: what follows `auditor explain NUMBER` for the same audit; None where that command cannot make it.
        repository_root: what paths are relative to; None means the nearest directory with `.git` above each file.
    """

    color: bool = False
    width: int = 100
    explain: bool = False
    verbose: bool = False
    summary: bool = False
    strict: bool = False
    exit_zero: bool = False
    show_suppressed: bool = False
    category: str | None = None
    repository_root: str | None = None
    again: str | None = None
