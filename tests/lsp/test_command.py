"""`auditor lsp` where its packages are not installed."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.foundation.version import __version__
from auditor.lsp import diagnostics
from auditor.rule import all_rules


def test_what_is_missing_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = CliRunner().invoke(main, ["lsp"])
    assert ran.exit_code == 2
    assert ran.stderr == (
        "error: the language server needs packages that are not installed: python -m pip install "
        f"'auditor[lsp] @ https://github.com/auditor-dev/auditor/archive/refs/tags/v{__version__}.tar.gz'\n"
    )


def test_the_rules_that_are_faded_exist() -> None:
    assert {rule.id for rule in all_rules()} >= diagnostics.WITHOUT_EFFECT
