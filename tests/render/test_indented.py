"""JSON for people is what the json module writes with an indent."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.render.parts.indented import Recurring, indented

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


@given(VALUES)
def test_it_is_what_the_json_module_writes(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def test_an_object_at_many_places_is_indented_as_each_wants() -> None:
    place = {"path": "main.tf", "line": 3, "of": {"column": 1}}
    whole = {"one": place, "more": [place, {"inner": place}, place], "empty": {}}
    shared = Recurring(place)
    assert indented({"one": shared, "more": [shared, {"inner": shared}, shared], "empty": Recurring({})}) == indented(whole)
