"""How the house is kept: no long function, no crowded room, no name for two classes, no import circle."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from auditor.render import FORMATS
from tests.own_code import modules, packages

pytestmark = pytest.mark.whole

LONGEST_FUNCTION = 50  # lines
LARGEST_PACKAGE = 15  # modules


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{module}.{node.name}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    }
    assert sorted(long) == []


def test_no_package_has_more_modules_than_one_can_know() -> None:
    one_file_each = {"auditor.rules", "auditor.sources.terraform.functions"}  # by design, as formats are
    sizes = Counter(name.rpartition(".")[0] for name in modules() if name not in packages())
    sizes["auditor.render"] -= len(FORMATS)
    crowded = {package for package, count in sizes.items() if count > LARGEST_PACKAGE}
    assert sorted(crowded - one_file_each) == []


def test_no_two_classes_have_the_same_name() -> None:
    public = Counter(
        node.name
        for tree in modules().values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert sorted(name for name, count in public.items() if count > 1) == []


def _imported(name: str, tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports, wherever and for whatever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom):
            above = node.level - (name in packages())
            package = name.split(".")[: len(name.split(".")) - above] if node.level else []
            source = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                found = f"{source}.{alias.name}"
                yield from (module for module in (found if found in modules() else source,) if module in modules())


def test_no_import_leads_back() -> None:
    arrows = {name: {other for other in _imported(name, tree) if other != name} for name, tree in modules().items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))
    assert sum(map(len, arrows.values())) > len(modules())


# What opens or lists, and who else may: what is written is opened too, and the finder lists the package itself.
READING = {"open", "fdopen", "read_text", "iterdir", "glob", "rglob", "listdir", "scandir"}
WRITERS = {
    "auditor.console": {"open"},
    "auditor.fixing.files": {"open"},
    "auditor.host.cache": {"open", "scandir", "walk"},
    "auditor.lazy.finder": {"listdir"},
    "auditor.fleet.unit": {"read_bytes"},
    "auditor.foundation.border": {"open", "scandir"},
}


def _reads(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in READING:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in READING:
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="walk")):
                yield "walk"
            case ast.Call(func=ast.Attribute(attr="read_bytes"), args=[]):
                yield "read_bytes"


def test_there_is_one_way_in() -> None:
    assert {module: found for module, tree in modules().items() if (found := set(_reads(tree)))} == WRITERS


def test_classes_and_expressions_are_completed_on_first_use() -> None:
    at_once = {
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        if module != "auditor.lazy.classes"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and "dataclass" in {alias.name for alias in node.names}
    }
    assert sorted(at_once) == []
