"""Classes whose methods are compiled on first use behave as the standard decorator's do."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pathlib
import pickle
import pkgutil
import re
import subprocess
import sys
import typing
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder, SourceFileLoader
from typing import Any, ClassVar

import pytest

import auditor
from auditor.lazy import classes, expressions, finder, modules


def _classes(decorator: Any) -> tuple[Any, Any, Any]:
    @decorator(frozen=True, slots=True, order=True)
    class Point:
        x: int
        y: int = 2
        tags: list[str] = dataclasses.field(default_factory=list, hash=False)
        note: str = dataclasses.field(default="", compare=False)

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("x is negative")

    @decorator(frozen=True, slots=True)
    class Named(Point):
        name: str = dataclasses.field(kw_only=True, repr=False)

        def __repr__(self) -> str:
            return f"<{self.name}>"

    @decorator(slots=True)
    class Counter:
        count: int = 0
        _seen: dict[str, int] = dataclasses.field(default_factory=dict)
        twice: int = dataclasses.field(init=False)
        known: bool = dataclasses.field(default=True, init=False)
        names: list[str] = dataclasses.field(default_factory=list, init=False)

        def __post_init__(self) -> None:
            self.twice = 2 * self.count

    return Point, Named, Counter


def _made_often() -> tuple[Any, Any, Any]:
    point, named, counter = _classes(classes._dataclass)
    for number in range(classes._FEW + 1):
        assert (point(number).x, named(number, name="n").x, counter(number).count) == (number, number, number)
        assert (point(number) == point(number), hash(named(1, name="n")), counter() == counter()) == (True, hash((1, 2, "n")), True)
    return point, named, counter


CLASSES = {"standard": _classes(dataclasses.dataclass), "lazy": _classes(classes._dataclass), "made often": _made_often()}


@pytest.fixture(params=CLASSES)
def both(request: pytest.FixtureRequest) -> tuple[Any, Any, Any]:
    return CLASSES[request.param]


def test_values_are_made_shown_compared_and_hashed(both: tuple[Any, Any, Any]) -> None:
    point, named, counter = both
    assert repr(point(1, tags=["a"])) == "_classes.<locals>.Point(x=1, y=2, tags=['a'], note='')"
    assert repr(named(1, name="n")) == "<n>"
    assert point(1, note="a") == point(1, note="b")
    assert point(1) != point(1, 3)
    assert point(1) != named(1, name="n")
    assert (point(1) < point(2), point(1) <= point(1), point(2) > point(1), point(1) >= point(2)) == (True, True, True, False)
    assert hash(point(1, tags=["a"])) == hash((1, 2))
    assert len({named(1, name="n").name, named(1, name="m").name}) == 2
    assert point(1).tags is not point(1).tags
    one = counter()
    one.count = 3
    assert (counter(3).twice, one._seen, one.known, one.names, counter.__hash__) == (6, {}, True, [], None)


def test_what_the_standard_library_does_with_dataclasses_works(both: tuple[Any, Any, Any]) -> None:
    point, named, _ = both
    assert dataclasses.replace(point(1), y=5) == point(1, 5)
    assert dataclasses.asdict(named(1, name="n")) == {"x": 1, "y": 2, "tags": [], "note": "", "name": "n"}
    assert [field.name for field in dataclasses.fields(named)] == ["x", "y", "tags", "note", "name"]
    assert copy.copy(point(3, 4)) == point(3, 4)
    match point(7, 8):
        case point(x, y):
            assert (x, y) == (7, 8)


def test_mistakes_are_refused(both: tuple[Any, Any, Any]) -> None:
    point, named, _ = both
    for change in (lambda: setattr(point(1), "x", 2), lambda: delattr(point(1), "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(TypeError, match=r"Point\.__init__\(\) missing 1 required positional argument: 'x'"):
        point()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        point(1, z=2)
    with pytest.raises(TypeError, match="takes from 2 to 5 positional arguments but 6 were given"):
        point(1, 2, [], "", 5)
    with pytest.raises(TypeError, match="multiple values for argument 'x'"):
        point(1, x=2)
    with pytest.raises(TypeError, match="'name'"):
        named(1)
    with pytest.raises(ValueError, match="x is negative"):
        point(-1)
    with pytest.raises(TypeError, match="not supported between"):
        assert point(1) < 1


@classes.dataclass(frozen=True, slots=True)
class Kept:
    """A value that is sent to another process."""

    what: str


def test_a_frozen_value_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept("a"))) == Kept("a")  # noqa: S301 - its own bytes


@classes.unguarded
class Light:
    """A value of which there are many."""

    what: str
    seen: str = dataclasses.field(default="", compare=False)


def test_an_unguarded_value_is_one_like_others() -> None:
    one = Light("a", "b")
    assert (one, hash(one), len({one, Light("a")})) == (Light("a"), hash(Light("a")), 1)
    carried = pickle.loads(pickle.dumps(one))  # noqa: S301 - its own bytes
    assert (carried, carried.seen, dataclasses.replace(one, what="c").seen) == (one, "b", "b")


def test_fields_of_every_sort_are_pickled_and_copied() -> None:
    point, named, _ = _classes(classes._dataclass)
    for one in (point(1, tags=["a"], note="n"), named(1, name="b")):
        assert [getattr(copy.copy(one), field.name) for field in dataclasses.fields(one)] == [*one.__getstate__()]
    assert named(2, name="c").__getstate__() == (2, 2, [], "", "c")
    with pytest.raises(ValueError, match="shorter"):
        point(1).__setstate__((1, 2))


def test_a_method_is_compiled_once_when_it_is_called_often() -> None:
    assert [hash(Kept("a")) for _ in range(classes._FEW)] == [hash(("a",))] * classes._FEW
    assert Kept.__hash__.__qualname__ != "Kept.__hash__"
    hash(Kept("a"))
    first = Kept.__hash__
    hash(Kept("b"))
    assert Kept.__hash__ is first
    assert first.__qualname__ == "Kept.__hash__"


def test_what_makes_objects_is_compiled_when_there_are_many() -> None:
    point, _, counter = _classes(classes._dataclass)
    few = point.__init__, counter.__init__
    for number in range(classes._FEW):
        assert (point(number).y, counter(number).twice) == (2, 2 * number)
    assert (point.__init__, counter.__init__) == few
    point(1)
    counter(1)
    assert [made.__init__.__qualname__ for made in (point, counter)] == [
        f"{made.__qualname__}.__init__" for made in (point, counter)
    ]


def test_a_regular_expression_is_compiled_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []
    real = expressions._compiled
    monkeypatch.setattr(expressions, "_compiled", lambda *given: compiled.append(given) or real(*given))
    expression = expressions.regex("a(b)", re.IGNORECASE)
    assert compiled == []
    assert [found[1] for found in expression.finditer("xAB ab")] == ["B", "b"]
    assert expression.fullmatch("abc") is None
    assert expression.pattern == "a(b)"
    first = len(compiled)
    assert expression.fullmatch("ab")
    assert len(compiled) == first


def test_a_class_variable_and_a_default_that_a_field_describes_are_no_slots() -> None:
    for decorator in (dataclasses.dataclass, classes._dataclass):

        @decorator(frozen=True, slots=True)
        class Base:
            kind: ClassVar[str] = "base"
            x: int = dataclasses.field(default=1, kw_only=True)

        class Further(Base):
            pass

        @decorator(frozen=True, slots=True)
        class Last(Base):
            kind: ClassVar[str] = "last"
            x: int = 2
            y: int = 3

        assert (Base.__match_args__, Last.__match_args__) == ((), ("x", "y"))
        assert (Base.__slots__, Last.__slots__) == (("x",), ("y",))
        assert [(one.name, one.type, one.default, one.kw_only) for one in dataclasses.fields(Last)] == [
            ("x", "int", 2, False),
            ("y", "int", 3, False),
        ]
        assert (Further().x, Last(5).x, Last().kind, dataclasses.is_dataclass(Further)) == (1, 5, "last", True)


def test_expressions_of_an_imported_module_are_compiled_when_they_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "lazily_read.py").write_text("import re\nWORD = re.compile('[a-z]+', re.I)\nassert WORD is not None\n")
    monkeypatch.syspath_prepend(tmp_path)
    real = re.compile
    module = expressions.imported("lazily_read")
    assert re.compile is real
    assert not isinstance(module.WORD, re.Pattern)
    assert module.WORD.fullmatch("Ab")
    assert expressions.imported("lazily_read") is module


def test_types_of_an_imported_module_that_are_declared_as_text_stay_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "of_a_pair.py").write_text("import typing\nclass Pair(typing.NamedTuple):\n  one: 'int'\n  other: 'Pair'\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = expressions.imported("of_a_pair")
    assert not hasattr(typing, "compile")
    assert module.Pair(1, 2) == (1, 2)
    assert typing.get_type_hints(module.Pair) == {"one": int, "other": module.Pair}


def test_a_postponed_module_runs_when_something_of_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "seldom_used.py").write_text("RAN = True\ndef there(): return 'real'\ndef other(): return there()\n")
    monkeypatch.syspath_prepend(tmp_path)
    modules.postponed("seldom_used", there=lambda: "stand-in")
    here = importlib.import_module("seldom_used")
    assert here is importlib.import_module("seldom_used")
    assert ("RAN" in vars(here), here.there()) == (False, "stand-in")
    assert (here.RAN, here.there(), here.other()) == (True, "real", "real")
    with pytest.raises(AttributeError, match="module 'seldom_used' has no attribute 'nothing'"):
        assert here.nothing
    monkeypatch.setitem(sys.modules, "there_is_no_such_module", None)
    del sys.modules["there_is_no_such_module"]
    modules.postponed("there_is_no_such_module")
    with pytest.raises(ModuleNotFoundError, match="No module named 'there_is_no_such_module'"):
        assert sys.modules["there_is_no_such_module"].nothing


@pytest.mark.parametrize(
    "text", ["", "One line", "  First\n    second\n\n      third\n    ", "\n\n    Both\n\tindented\n", "First\n  \n second"]
)
def test_documentation_is_cleaned_as_inspect_does(text: str) -> None:
    assert modules.cleandoc(text) == inspect.cleandoc(text)


HOLDS = pathlib.Path(__file__).parent.parent / "fixtures" / "contracts" / "v7-darwin"
NEVER = (
    "ast base64 csv dis hashlib hcl2 inspect ipaddress jsonschema lark logging pkgutil random shutil string subprocess tempfile textwrap tokenize zipfile "
    "zoneinfo auditor.diagnosis.grants auditor.diagnosis.trust_policy auditor.fixes.references auditor.fixes.write auditor.link.another_root "
    "auditor.policy.refusals.identities auditor.proofs.about auditor.proofs.trust auditor.render.parts.excerpt auditor.rules.access_grant_missing "
    "auditor.sources.nothing auditor.sources.reach "
)


@pytest.mark.process
@pytest.mark.parametrize(
    ("file", "other"),
    [("holds.tf", "yaml auditor.sources.cloudformation.stack"), ("holds.yaml", "decimal auditor.sources.terraform.modules.module")],
)
def test_what_a_run_does_not_need_is_not_loaded_and_garbage_not_looked_for(file: str, other: str) -> None:
    program = (
        "import gc, sys\n"
        f"heavy, sys.argv = {(NEVER + other).split()}, ['auditor', 'check', '{file}', '--no-cache']\n"
        "for name in (*heavy, 'pathlib', 'urllib.parse'):\n"
        "  sys.modules.pop(name, None)\n"  # what Python itself has loaded to find an installation that is developed
        "from auditor.__main__ import main\n"
        "def looked():\n  return sum(one['collections'] for one in gc.get_stats())\n"
        "collected = looked()\n"
        "try:\n  main()\nexcept SystemExit:\n  pass\n"
        "loaded = [name for name in heavy if type(sys.modules.get(name)) is type(sys)]\n"
        "print(loaded, looked() - collected, gc.get_freeze_count() > 0, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=HOLDS, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "✓ 1 bucket: 10 hold."
    assert done.stderr.splitlines()[-1] == "[] 0 True"


def test_the_modules_of_the_package_are_found_as_python_finds_them() -> None:
    packages = [("auditor", [str(pathlib.Path(auditor.__file__).parent)])]
    found = 0
    for package, path in packages:
        for one in pkgutil.iter_modules(path):
            name = f"{package}.{one.name}"
            theirs, ours = PathFinder.find_spec(name, path), finder._Finder.find_spec(name, path)
            assert theirs is not None
            assert ours is not None
            assert vars(ours).keys() == vars(theirs).keys()
            assert (ours.origin, ours.cached, ours.parent, ours.has_location, ours.submodule_search_locations) == (
                (theirs.origin, theirs.cached, theirs.parent, theirs.has_location, theirs.submodule_search_locations)
            )
            assert isinstance(ours.loader, finder._Loader)
            assert (type(theirs.loader), vars(ours.loader)) == (SourceFileLoader, vars(theirs.loader))
            assert ours.loader.get_data(str(ours.origin)) == pathlib.Path(str(theirs.origin)).read_bytes()
            found += 1
            if one.ispkg:
                packages.append((name, list(theirs.submodule_search_locations or ())))
    assert found > 400


def test_what_is_not_the_package_or_not_plain_source_is_left_to_python(tmp_path: pathlib.Path) -> None:
    for made in ("plain/__init__.py", "plain/inner/data.txt", "compiled/quick.py", f"compiled/slow{EXTENSION_SUFFIXES[0]}"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    asked = [
        ("other.plain", [str(tmp_path)]),
        ("auditor", None),
        ("auditor.absent", [str(tmp_path)]),
        ("auditor.inner", [str(tmp_path / "plain")]),
        ("auditor.quick", [str(tmp_path / "compiled")]),
        ("auditor.plain", [str(tmp_path / "archive.zip" / "auditor")]),
    ]
    assert [finder._Finder.find_spec(*one) for one in asked] == [None] * len(asked)
    assert finder._Finder.find_spec("auditor.plain", [str(tmp_path)]) is not None


def test_it_is_asked_before_python_looks_and_once() -> None:
    before = [*sys.meta_path]
    try:
        finder.install()
        finder.install()
        assert sys.meta_path[sys.meta_path.index(PathFinder) - 1] is finder._Finder
        assert sys.meta_path.count(finder._Finder) == 1
    finally:
        sys.meta_path[:] = before


@pytest.mark.process
def test_members_of_enumerations_are_attributes_of_their_classes() -> None:
    """In a run nothing stands in for them, and none needs it."""
    program = """
import enum, sys
sys.argv = ["auditor", "check", "holds.tf", "--no-cache"]
from auditor.__main__ import main
try:
    main()
except SystemExit:
    pass
pending, found = [enum.Enum], []
while pending:
    one = pending.pop()
    found += [getattr(one, name) is one[name] for name in one.__members__]
    pending += one.__subclasses__()
assert len(found) > 200 and all(found)
assert "__getattr__" not in vars(enum.EnumType) and not hasattr(enum.FlagBoundary, "MISSPELT")
"""
    subprocess.run([sys.executable, "-c", program], cwd=HOLDS, capture_output=True, check=True)
