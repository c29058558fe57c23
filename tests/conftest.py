"""Options and surroundings of the test run."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# `make test` looks for the common mistake, `make oracle` for the rare one, both at the same places each time, so that a change is what breaks
# them. HYPOTHESIS_PROFILE=search looks at new places.
settings.register_profile("default", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=600, deadline=None, derandomize=True)
settings.register_profile("search", max_examples=600, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Tests that run in the background of a shell start with SIGINT ignored, and what they start would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write the expected output of the fixtures anew; read the difference afterwards"
    )
    parser.addoption("--rule", metavar="ID", help="of the rules and of the tests marked 'whole', run only those of this rule")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the properties, and passes over the rules that were not asked for."""
    for item in items:
        if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.property)
    asked = config.getoption("--rule")
    if asked:
        others = [item for item in items if (_rule_of(item) or (None if item.get_closest_marker("whole") else asked)) != asked]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def pytest_configure() -> None:
    """What is imported and made stays, as in a run of the command line: it is seldom looked through for garbage."""
    gc.set_threshold(200_000, 50, 50)


def pytest_collection_finish() -> None:
    """What was collected stays until the end: the garbage collector need not look at it again and again."""
    gc.freeze()


def _rule_of(item: pytest.Item) -> str | None:
    """The id of the rule that a test is about, if it is one of many about one rule each."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    case, rule = parameters.get("case"), parameters.get("rule")
    if isinstance(case, Path) and case.parent.parent.name == "rules":
        return case.parent.name
    return getattr(rule, "id", None)


@pytest.fixture(scope="session", autouse=True)
def surroundings() -> Iterator[None]:
    """The same width, colours and variables wherever the tests run: a worker of pytest-xdist has 80 columns, a terminal any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        patch.setenv("AUDITOR_CACHE", "")  # nothing is kept, above all not in the cache of whoever runs the tests
        for name in os.environ:
            if name in {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TF_WORKSPACE"} or name.startswith(
                ("TF_VAR_", "GITHUB_")
            ):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def no_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that starts a process says so by its marker, so that the quick run stays quick."""
    if any(request.node.get_closest_marker(marker) for marker in ("process", "oracle")):
        yield
        return

    def refused(*_: Any, **__: Any) -> None:
        pytest.fail("a test that starts a process is marked 'process' or 'oracle'")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", refused)
        yield


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(__file__).parent.parent
