"""What the check says beyond single findings: floods, policies, several files, progress, split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from auditor.finding import Related, Severity
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.object_access import KeyAnswer
from auditor.platforms.v7_darwin.check import RegistrationOptions, RegistrationResult, check
from auditor.platforms.v7_darwin.split import split
from auditor.verdict import Status


def request(*items: Any, **envelope: Any) -> dict[str, Any]:
    return {"dataset_slug": "d", "storage_slug": "s", "items": list(items), **envelope}


def checked(value: Any, **options: Any) -> RegistrationResult:
    return check(["r.json"], RegistrationOptions(**options), Texts({"r.json": json.dumps(value).encode()}))


def test_findings_that_are_alike_are_counted_and_not_listed() -> None:
    items = [{"name": f"{index}.jpg", "storage_key": f"/{index}.jpg"} for index in range(90)]
    findings = checked(request(*items)).findings
    assert [finding.pointer for finding in findings] == [f"/items/{index}/storage_key" for index in range(20)]
    assert findings[18].message.endswith("answers 403.")
    assert findings[19].message.endswith("answers 403. 70 more findings in this file are like this one.")
    assert len(checked(request(*items), limit=None).findings) == 90
    assert (
        checked(request(*items), limit=89)
        .findings[-1]
        .message.endswith("answers 403. One more finding in this file is like this one.")
    )


@pytest.mark.parametrize("wrapper", ["payload", "body"])
def test_a_request_inside_something_else_is_told_once(wrapper: str) -> None:
    (finding,) = checked({wrapper: request({"name": "a.jpg", "storage_key": "a.jpg"})}).findings
    assert (finding.rule, finding.pointer) == ("registration-schema", f"/{wrapper}")
    assert finding.message == f"The request stands inside '{wrapper}', so the platform answers 400 (bad request)."
    assert finding.help == f"Send what '{wrapper}' holds, alone."


KEY = "relative to the bucket"
LIKELY = " if that is the object's key"


@pytest.mark.parametrize(
    ("key", "what", "fix"),
    [
        ("s3:/acme/in/a.jpg", f"a URI with the bucket's name and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://acme.s3.amazonaws.com/in/a%20b.jpg?X-Amz-Date=1", f"a URL and not a key {KEY}", "Write 'in/a b.jpg'."),
        ("https://s3.eu-west-1.amazonaws.com/acme/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://s3.dualstack.eu-west-1.amazonaws.com/acme/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://s3-eu-west-1.amazonaws.com/acme/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://acme.s3-accelerate.amazonaws.com/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://point-1.s3-accesspoint.eu-west-1.amazonaws.com/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://storage.googleapis.com/acme/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("https://cdn.acme.com/in/a.jpg", f"a URL and not a key {KEY}", f"Write 'in/a.jpg'{LIKELY}."),
        ("https://cdn.acme.com/acme/in/a.jpg", f"a URL and not a key {KEY}", f"Write 'in/a.jpg'{LIKELY}."),
        (
            "https://s3.console.aws.amazon.com/s3/object/acme?region=eu-west-1&prefix=in/a.jpg",
            f"the address of a page of the console and not a key {KEY}",
            "Write 'in/a.jpg'.",
        ),
        ("https://[", f"a URL and not a key {KEY}", f"Write the object's key, {KEY}."),
        ("arn:aws:s3::acme/in/a.jpg", f"an ARN and not a key {KEY}", "Write 'in/a.jpg'."),
        ("arn:aws:s3:::acme", f"an ARN and not a key {KEY}", f"Write the object's key, {KEY}."),
        (
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/point/object/in/a.jpg",
            f"the ARN of an access point and not a key {KEY}",
            "Write 'in/a.jpg'.",
        ),
        (
            "https://s3.amazonaws.com/other/in/a.jpg",
            "which names the bucket 'other' and not 'acme'",
            "Register the object with the storage of the bucket 'other', as 'in/a.jpg'.",
        ),
        (
            "s3://other",
            "which names the bucket 'other' and not 'acme'",
            "Register the object with the storage of the bucket 'other'.",
        ),
        ("file:///in/a.jpg", f"the address of a local file and not a key {KEY}", f"Write 'in/a.jpg'{LIKELY}."),
        ("//acme.s3.amazonaws.com/in/a.jpg", f"a URL and not a key {KEY}", "Write 'in/a.jpg'."),
        ("/acme/in/a.jpg", "which starts with a slash", "Write 'in/a.jpg'."),
        ("ä" * 513, "which is longer than the 1,024 bytes that a key can have", "Compare it with the object's key."),
    ],
)
def test_what_is_no_key_is_told_with_the_key_that_it_names(key: str, what: str, fix: str) -> None:
    (finding,) = checked(request({"name": "a", "type": "image", "storage_key": key}), bucket="acme").findings
    shown = f"{key[:80]}…" if len(key) > 80 else key
    assert finding.rule == "registration-storage-key"
    assert finding.message == (
        f"'storage_key' of item 'a' (/items/0) is '{shown}', {what}. The platform looks for an object of exactly that key and answers 403."
    )
    assert finding.help == fix


@pytest.mark.parametrize(
    ("key", "what", "right"),
    [
        ("acme.s3.amazonaws.com/in/a.jpg", "which looks like a URL without its scheme", "in/a.jpg"),
        ("C:\\in\\a.jpg", "which looks like a path on a drive", "in/a.jpg"),
        ("in/a.jpg?x-id=GetObject", "which ends with the query of a URL", "in/a.jpg"),
        ("'in/a.jpg'", "which stands in quotation marks", "in/a.jpg"),
        ("“in/a.jpg”", "which stands in quotation marks", "in/a.jpg"),
        ("in/a&amp;b.jpg", "which looks escaped for HTML or XML", "in/a&b.jpg"),
        ("in/\u200ba.jpg", "which contains an invisible character", "in/a.jpg"),
        ("in/a\u00a0b.jpg", "which contains an invisible character", "in/a b.jpg"),
        ("./in/a.jpg", "which contains a step such as ./ or ../", "in/a.jpg"),
        ("../in/a.jpg", "which contains a step such as ./ or ../", ""),
        ("in/*.jpg", "which contains a wildcard, where one file must be named", ""),
        ("in/${name}.jpg", "which looks like a placeholder", ""),
        ("in/{}.jpg", "which looks like a placeholder", ""),
        ("<storage_key>", "which looks like a placeholder", ""),
    ],
)
def test_a_key_that_is_rarely_meant_is_told_with_the_one_that_is(key: str, what: str, right: str) -> None:
    (finding,) = checked(request({"name": "a", "type": "image", "storage_key": key}), bucket="acme").findings
    assert finding.rule == "registration-storage-key-form"
    assert f", {what}. " in finding.message
    assert finding.help == (f"Write '{right}'{LIKELY}." if right else "Compare it with the object's key.")


@pytest.mark.parametrize(
    "key", ["in/a b.jpg", "in/a+b.jpg", "in/ü.jpg", "in/a#1.jpg", "in/it's.jpg", "in/a&b.jpg", "a" * 1024, "in/a~b.jpg"]
)
def test_a_key_that_may_be_meant_is_not_reported(key: str) -> None:
    assert not checked(request({"name": "a", "type": "image", "storage_key": key}), bucket="acme").findings


@pytest.mark.parametrize(
    ("member", "value", "fix"),
    [
        ("type", "Image", 'Write "image".'),
        ("type", "image/jpeg", 'Write "image".'),
        ("type", "photo", ""),
        ("as_frames", "True", "Write true without quotes."),
        ("as_frames", 1, "Write true."),
        ("as_frames", None, "Leave 'as_frames' out."),
        ("fps", "29.97", "Write 29.97 without quotes."),
        ("fps", "Native", 'Write "native".'),
        ("file_name", 7, 'Write "7".'),
        ("file_name", True, ""),
        ("tags", "cat", "Put it into a list."),
        ("slots", {"slot_name": "0"}, "Put it into a list."),
        ("slots", {"0": {"slot_name": "0"}}, ""),
        ("slots", [], ""),
        ("storage_key", None, ""),
    ],
)
def test_a_value_that_is_refused_comes_with_the_one_that_is_taken(member: str, value: Any, fix: str) -> None:
    result = checked(request({"name": "a", "type": "video", "storage_key": "a.mp4", member: value}))
    assert [finding.help for finding in result.findings if finding.pointer == f"/items/0/{member}"] == [fix]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("// the request\n{}", "has a comment here, and JSON has none: remove it"),
        ("```json\n{}\n```", "has a Markdown fence here: remove it"),
        ("{'items': []}", "has text in single quotes here: JSON has double quotes"),
        ("{“items”: []}", "has typographic quotation marks here: JSON has straight ones"),
        ('{"items": None}', "has 'None' here: JSON has true, false and null"),
        ('{"items" => []}', "has '=>' here: JSON has ':' between a key and its value"),
        ("items: []", "has 'items' without quotes here: JSON has double quotes around each key and text"),
        ("\u00a0{}", "has a space here that JSON does not take between values: replace it"),
    ],
)
def test_what_people_write_in_place_of_json_is_told(written: str, told: str) -> None:
    (error,) = check(["r.json"], None, Texts({"r.json": written.encode()})).errors
    assert error.message == f"is not JSON: {told}"


def test_tiles_are_named_by_keys_too() -> None:
    metadata = {"base_key": "s3://acme/tiles", "levels": {"base_key": "/tiles"}}
    findings = checked(request({"name": "a", "type": "image", "storage_key": "a.svs", "metadata": metadata})).findings
    assert [(finding.pointer, finding.help) for finding in findings] == [
        ("/items/0/metadata/base_key", "Write 'tiles'."),
        ("/items/0/metadata/levels/base_key", "Write 'tiles'."),
    ]


def test_kinds_of_unknown_keys_do_not_grow_without_bound() -> None:
    items = [{"name": f"{index}.jpg", "storage_key": f"{index}.jpg", f"{'x' * 9}{index}": 1} for index in range(90)]
    findings = checked(request(*items), limit=2).findings
    assert len(findings) == 64 + 2
    assert findings[-1].message.endswith("24 more findings in this file are like this one.")


def test_names_are_compared_across_files() -> None:
    one = json.dumps(request({"name": "a.jpg", "path": "/x/", "storage_key": "1.jpg"})).encode()
    two = json.dumps(request({"name": "a.jpg", "path": "x", "storage_key": "2.jpg"})).encode()
    (finding,) = check(["1.json", "2.json"], None, Texts({"1.json": one, "2.json": two})).findings
    assert finding.location.path == "2.json"
    assert finding.message == (
        "Item 'a.jpg' (/items/0) has the name and folder ('/x') that 1.json has at /items/0; "
        "a name is unique in its folder, so the platform blocks this item."
    )
    assert finding.related == (Related(Location("1.json"), "the item with the same name and folder"),)


def test_names_of_unnamed_datasets_are_compared_within_their_request() -> None:
    item = {"name": "a.jpg", "storage_key": "1.jpg"}
    two = [{"storage_slug": "s", "items": [item]}, {"storage_slug": "s", "items": [item, item]}]
    assert [finding.pointer for finding in checked(two).findings if finding.rule == "registration-duplicate-name"] == [
        "/1/items/1/name"
    ]


@dataclass(frozen=True)
class Folder:
    """A policy that allows one folder, says nothing of another, and refuses the rest."""

    bucket: str = "aws_s3_bucket.images"

    def decide(self, keys: Sequence[str]) -> Sequence[KeyAnswer]:
        return [self._answer(key) for key in keys]

    def _answer(self, key: str) -> KeyAnswer:
        if key.startswith("in/"):
            return KeyAnswer(Status.HOLDS, "", "")
        if key.startswith("perhaps/"):
            return KeyAnswer(Status.UNKNOWN, "var.prefix has no default", "unknown")
        return KeyAnswer(Status.FAILS, "no statement allows it", "no allow", "Allow it.", Location("main.tf", 3, 1, 3, 9))


def test_a_policy_makes_one_finding_of_each_class_of_keys() -> None:
    sections = [{"section_index": 1, "width": 1, "height": 1, "storage_hq_key": "out/hq.jpg", "storage_lq_key": "in/lq.jpg"}]
    hls = {"high_quality": {"index": "#EXTM3U\nout/0.ts\n", "bitrate": 1}}
    result = checked(
        request(
            {"name": "a.jpg", "storage_key": "in/a.jpg", "storage_thumbnail_key": "perhaps/t.jpg", "width": 1, "height": 1},
            {"name": "v.mp4", "storage_key": "in/v.mp4", "storage_thumbnail_key": "in/v.jpg", "sections": sections},
            {"name": "w.mp4", "storage_key": "in/w.mp4", "hls_segments": hls},
        ),
        read_only=True,
        policy=Folder(),
    )
    found = [finding for finding in result.findings if "-key-" in finding.rule]
    assert [(finding.rule, finding.severity, finding.pointer, finding.bucket) for finding in found] == [
        ("registration-key-unproven", Severity.WARNING, "/items/0/storage_thumbnail_key", "aws_s3_bucket.images"),
        ("registration-key-denied", Severity.ERROR, "/items/1/sections/0/storage_hq_key", "aws_s3_bucket.images"),
    ]
    assert found[0].message == (
        "'storage_thumbnail_key' of item 'a.jpg' (/items/0) is 'perhaps/t.jpg'; whether reading it from aws_s3_bucket.images "
        "will answer 403 is unknown: var.prefix has no default."
    )
    assert found[1].message == (
        "'sections/0/storage_hq_key' of item 'v.mp4' (/items/1) is 'out/hq.jpg'; reading it from aws_s3_bucket.images "
        "will answer 403, because no statement allows it. One more finding in this file is like this one."
    )
    assert found[1].help == "Allow it."
    assert found[1].related == (Related(Location("main.tf", 3, 1, 3, 9), "decides"),)


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int | None]] = []
    items = [{"name": f"{index}.jpg", "storage_key": f"{index}.jpg"} for index in range(5000)]
    text = json.dumps(request(*items)).encode()
    check(["r.json"], None, Texts({"r.json": text}), lambda what, done, total: told.append((what, done, total)))
    assert [what for what, _, _ in told] == ["checking r.json"] * 4
    assert told[-1][1] == len(text)
    assert all(before < after for (_, before, _), (_, after, _) in pairwise(told))
    assert {total for _, _, total in told} == {len(text)}


def test_the_mode_is_told() -> None:
    assert checked([], read_only=True).notes == (
        "The requests were checked as read-only (--with access=read-only): the two kinds of registration take different keys.",
    )


def sizes(requests: Iterator[dict[str, Any]]) -> list[int]:
    return [len(one["items"]) for one in requests]


def test_split_keeps_items_and_envelope() -> None:
    whole = request(*({"name": str(index)} for index in range(7)), more=[1])
    parts = list(split(json.dumps(whole), 3))
    assert sizes(iter(parts)) == [3, 3, 1]
    assert [item for part in parts for item in part["items"]] == whole["items"]
    assert all(part | {"items": []} == whole | {"items": []} for part in parts)


def test_split_of_lists_and_lines() -> None:
    item = {"name": "a"}
    assert sizes(split(json.dumps([request(item, item), request(item)]), 5)) == [2, 1]
    assert sizes(split("\n".join([json.dumps(item)] * 5), 2, dataset_slug="d", storage_slug="s")) == [2, 2, 1]
    assert next(split("\ufeff" + json.dumps([item]), 2, dataset_slug="d", storage_slug="s")) == request(item)


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        ("[]", 1, "bare items need --dataset-slug and --storage-slug"),
        ('{"items": 5}', 1, "something is not a registration request: it has no list of items"),
        ("[]", 0, "a request has at least one item"),
    ],
)
def test_what_cannot_be_split(text: str, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(split(text, size))
