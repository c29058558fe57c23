"""Registration requests for property tests: mostly right, then broken somewhere."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from auditor.platforms.v7_darwin.requests.schema import NAMES, document
from auditor.platforms.v7_darwin.requests.shape import subschemas

WORDS = sorted({name for schema in NAMES for one in subschemas(document(schema)) for name in one.get("properties", ())})
CONSTANTS = [
    1,
    2,
    3,
    "grid",
    "native",
    "image",
    "video",
    "true",
    "false",
    "png",
    "#EXTM3U\na/b.ts\n",
    "0",
    "a/b.jpg",
    "a.jpg",
    "/",
    "",
    "s3://b/k",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 5),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(CONSTANTS),
)
names = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(["0", "12", "Name", "storagekey", "thumbnail_key", "key"]), st.text(max_size=4)
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6))


json_values = st.recursive(scalars, _nested, max_leaves=25)


def _of_schema(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values near a schema: each member there or not, of the right kind or of any."""
    if "$ref" in schema:
        return _of_schema(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    right: st.SearchStrategy[Any] = scalars
    if "enum" in schema:
        right = st.sampled_from(schema["enum"])
    elif "properties" in schema:
        members = {name: _of_schema(one, root) for name, one in schema["properties"].items()}
        needed = [name for name in schema.get("required", ()) if name in members]
        optional = {name: one for name, one in members.items() if name not in needed}
        right = st.fixed_dictionaries({name: members[name] for name in needed}, optional=optional)
    elif schema.get("type") == "array":
        right = st.lists(_of_schema(schema["items"], root), min_size=0, max_size=3)
    elif schema.get("type") == "string":
        right = st.sampled_from(["a.jpg", "in/a.jpg", "1", "2", "a/b.mp4", ""])
    elif schema.get("type") in ("integer", "number"):
        right = st.integers(0, 3)
    return st.integers(0, 19).flatmap(lambda dice: right if dice else json_values)


def items(schema: str) -> st.SearchStrategy[Any]:
    """Items near one of the schemas."""
    root: dict[str, Any] = dict(document(schema))
    return _of_schema(root["$defs"]["item"], root)


def requests(schema: str) -> st.SearchStrategy[Any]:
    """Requests near one of the schemas."""
    return _of_schema(dict(document(schema)), dict(document(schema)))
