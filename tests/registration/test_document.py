"""Reading requests: positions, forms, and texts of any kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.platforms.v7_darwin.check import RegistrationOptions, RegistrationResult, check
from auditor.platforms.v7_darwin.requests.document import NotJson, RequestLines, decode, json_pointer, locate, read

from .strategies import items, json_values, requests


def checked(text: str | bytes, **options: Any) -> RegistrationResult:
    content = text if isinstance(text, bytes) else text.encode()
    return check(["request.json"], RegistrationOptions(**options), Texts({"request.json": content}))


@settings(max_examples=300, deadline=None)
@given(value=st.one_of(requests("read-write"), requests("read-only"), requests("legacy"), json_values), read_only=st.booleans())
def test_any_json_gives_findings_or_none(value: Any, read_only: bool) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "replace").decode()
    result = checked(text, read_only=read_only, bucket="b")
    assert result.errors == ()
    for finding in result.findings:
        assert finding.message.encode()
        assert finding.subject.encode()
        assert finding.location.end_line <= text.count("\n") + 1


@settings(max_examples=100, deadline=None)
@given(value=st.lists(st.one_of(items("read-write"), items("read-only"), json_values), max_size=4))
def test_any_json_lines_give_findings_or_none(value: list[Any]) -> None:
    text = "\n".join(json.dumps(one) for one in value) or "[]"
    assert checked(text, dataset_slug="a", storage_slug="b").errors == ()


@settings(max_examples=300)
@given(text=st.text(alphabet='{}[]",:\\ \n\tu0aetrfalsn1-."items"'))
def test_what_json_refuses_gives_one_error_and_nothing_else(text: str) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            for line in lines:
                json.loads(line, parse_constant=refuse)
            is_json = bool(lines)
        except ValueError:
            is_json = None
    else:
        is_json = True
    result = checked(text)
    if is_json:
        assert result.errors == ()
    elif is_json is False or result.errors:
        assert len(result.errors) == 1
        assert result.findings == ()


@settings(max_examples=200)
@given(value=json_values, indent=st.sampled_from([None, 0, 3]), data=st.data())
def test_every_value_is_located(value: Any, indent: int | None, data: st.DataObject) -> None:
    text = "  " + json.dumps(value, indent=indent)
    path: list[str | int] = []
    while isinstance(value, (dict, list)) and value and data.draw(st.booleans()):
        step: Any = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        path.append(step)
        value = value[step]
    span = locate(text, 2, tuple(path))
    assert json.loads(text[span.start : span.end]) == value
    if path and isinstance(path[-1], str):
        assert json.loads(text[span.key_start : span.key_end]) == path[-1]


@settings(max_examples=200)
@given(text=st.text(alphabet="a\nä"), offsets=st.lists(st.integers(0, 30), max_size=6))
def test_lines_and_columns(text: str, offsets: list[int]) -> None:
    lines = RequestLines(text)
    for offset in (min(offset, len(text)) for offset in offsets):
        before = text[:offset].split("\n")
        assert lines.place(offset) == (len(before), len(before[-1]) + 1)


def test_json_pointers_are_escaped() -> None:
    assert json_pointer(("a/b", "~", 0, "\ud800")) == "/a~1b/~0/0/\\ud800"


def test_a_request_is_read_one_item_at_a_time() -> None:
    (request,) = read('{"items": [ {"name": "a"},\n 5], "dataset_slug": "d", "tags": ["x"]}')
    assert request.envelope == {"dataset_slug": "d", "tags": ["x"]}
    assert list(request.decoded('{"items": [ {"name": "a"},\n 5]')) == [(0, 12, {"name": "a"}), (1, 28, 5)]
    assert request.pointer_of(1) == ("items", 1)


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('[{"items": [1, 2]}, {"items": [3]}]', ["/0/items/0", "/0/items/1", "/1/items/0"]),
        ('[{"name": "a"}, {"storage_key": "b"}]', ["/0", "/1"]),
        ('{"items": [1]}\n\n{"items": [2]}\n', ["/items/0", "/items/0"]),
        ('{"name": "a"}\n{"slots": []}\n', ["", ""]),
        ('{\n"items": [1]}\n{"items":\n[2]}\n', ["/items/0", "/items/0"]),
        ('[{"items": [1]}, {"name": "a"}, 5]', ["/0/items/0", "/1", "/2"]),
        ('{"name": "a", "items": [1]}', ["/items/0"]),
        ('{"description": "all", "dataset_slug": "d"}', []),
    ],
)
def test_forms(text: str, pointers: list[str]) -> None:
    found = [json_pointer(request.pointer_of(index)) for request in read(text) for index, _, _ in request.decoded(text)]
    assert found == pointers


def test_a_byte_order_mark_does_not_count() -> None:
    result = checked("\ufeff[]")
    assert [finding.location for finding in result.findings] == [Location("request.json", 1, 1, 1, 2)] * 2


def test_what_is_not_utf_8_is_an_error() -> None:
    assert checked(b'{"a": "\xff"}').errors == (
        InputError(Location("request.json", 1, 8, 1, 9), "is not UTF-8: byte 0xff at offset 7"),
    )


def test_a_file_that_is_missing_is_an_error() -> None:
    assert check(["nowhere/request.json"]).errors == (
        InputError(Location("nowhere/request.json"), "cannot be read: No such file or directory"),
    )


@pytest.mark.parametrize(
    ("text", "message"), [("[" * 100_000, "the value is nested too deeply"), ("9" * 5000, "the number is too long")]
)
def test_what_python_refuses_is_an_error(text: str, message: str) -> None:
    assert checked('{"items": [' + text).errors == (InputError(Location("request.json", 1, 12, 1, 13), f"is not JSON: {message}"),)


def test_deep_items_are_checked() -> None:
    deep = "[" * 300 + "]" * 300
    item = f'{{"name": "a", "storage_key": "a.jpg", "metadata": {{"x": {deep}}}}}'
    result = checked(f'{{"dataset_slug": "d", "storage_slug": "s", "items": [{item}]}}')
    assert (result.findings, result.errors, result.items) == ((), (), 1)


def test_lone_surrogates_are_shown_as_escapes() -> None:
    result = checked(
        '{"dataset_slug": "d", "storage_slug": "s", "items": [{"name": "a\\ud800/b", "storage_key": "/\\udfff.jpg", "\\ud800": 1}]}'
    )
    assert [finding.message for finding in result.findings] == [
        (
            "'name' of item 'a\\ud800/b' (/items/0) is 'a\\ud800/b'; it must be non-empty text without a slash. "
            "So the platform answers 400 (bad request)."
        ),
        (
            "'storage_key' of item 'a\\ud800/b' (/items/0) is '/\\udfff.jpg', which starts with a slash. "
            "The platform looks for an object of exactly that key and answers 403."
        ),
        "Item 'a\\ud800/b' (/items/0) has the key '\\ud800', which is not a key of a registration request.",
    ]
    assert all(f"{finding.message}{finding.subject}{finding.pointer}{finding.help}".encode() for finding in result.findings)


def test_decode_says_where_json_ends() -> None:
    with pytest.raises(NotJson, match="'-Infinity' is not a JSON value") as caught:
        decode('{"a": "NaN", "b": -Infinity}', 0)
    assert caught.value.offset == 18
