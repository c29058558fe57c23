"""How many values one is made of, and whether it may fail, is found out once for each value and is what going through all of it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.value import Choice, Compound, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value
from auditor.sources.terraform.values.failure import Doubtful, Failed, extent, failed, may_fail
from auditor.sources.terraform.values.resource_value import Attributes

HOLE = Symbol("var.hole", "it has no default")
LEAVES = st.sampled_from(
    [
        Known("a"), Known(1), Known(None), Known("x" * 5000), Unknown(HOLE), Template(("a", HOLE)), failed("no"), Doubtful(HOLE),
        MapValue(Attributes("aws_s3_bucket.b", Known, lambda: ("id",)), None, HOLE),
    ]
)  # fmt: skip


def _made_of(parts: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(parts, max_size=4).map(lambda items: ListValue(tuple(items))),
        st.dictionaries(st.text("ab", max_size=2), parts, max_size=4).map(MapValue),
        st.tuples(parts, parts).map(lambda both: Choice(HOLE, *both)),
        parts.map(JsonText),
        parts.map(lambda one: ListValue((one, one))),
    )


def _counted(value: Value) -> int | None:
    """All of it, gone through anew."""
    parts: tuple[Value, ...] = ()
    match value:
        case Failed() | Doubtful():
            return None
        case Known(str() as text):
            return 1 + len(text) // 1024
        case MapValue(dict() as entries):
            parts = tuple(entries.values())
        case ListValue(items):
            parts = items
        case Choice(_, then, otherwise):
            parts = (then, otherwise)
        case JsonText(content):
            parts = (content,)
    counts = [_counted(part) for part in parts]
    return None if None in counts else 1 + sum(count or 0 for count in counts)


@given(st.lists(st.recursive(LEAVES, _made_of, max_leaves=20), min_size=1, max_size=3))
def test_each_is_counted_as_if_anew(values: list[Value]) -> None:
    for value in (*values, ListValue(tuple(values)), *values):
        assert extent(value) == _counted(value)
        assert may_fail(value) is (_counted(value) is None)


def test_what_was_counted_is_not_gone_through_again() -> None:
    value: Value = Known("a")
    for _ in range(2000):  # which doubles each time, and is too deep for what calls itself
        value = ListValue((value, value))
        assert extent(value)
    assert extent(value) == 2**2001 - 1


def test_what_was_counted_stays_with_one_value_alone() -> None:
    import pickle
    from dataclasses import replace

    counted, plain = ListValue((Known("a"),)), ListValue((Known("a"),))
    assert extent(counted) == 2
    assert counted == plain
    assert repr(counted) == repr(plain)
    assert pickle.dumps(counted) == pickle.dumps(plain)
    assert not hasattr(replace(counted, items=()), "extent")
    assert issubclass(ListValue, Compound)
