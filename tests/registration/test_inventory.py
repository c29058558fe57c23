"""Object listings in every form, and keys that nearly match."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.platforms.v7_darwin.check import RegistrationOptions, check
from auditor.platforms.v7_darwin.requests import inventory
from auditor.platforms.v7_darwin.requests.inventory import NearKey, NotAListing, batches, match

KEYS = ["in/a.jpg", "in/b c.jpg", "in/ü,1.jpg", " in/blank"]
FORMS = {
    "keys": "\n".join(KEYS) + "\n",
    "no newline at the end": "\n".join(KEYS),
    "windows": "\r\n".join(KEYS) + "\r\n",
    "uris": "".join(f"s3://my-bucket/{key}\n" for key in KEYS),
    "ls": "".join(f"2026-11-01 10:00:00 {size:>10} {key}\n" for size, key in zip((1, 22, 333, 12345678901), KEYS, strict=True)),
    "ls with a summary": "\n".join(
        [*(f"2026-11-01 10:00:00   10.5 KiB {key}" for key in KEYS), "", "Total Objects: 4", "   Total Size: 5 Bytes", ""]
    ),
    "list-objects-v2": json.dumps(
        {"Contents": [{"Key": key, "Size": 1} for key in KEYS], "KeyCount": 4, "IsTruncated": False}, indent=4
    ),
    "pages": "".join(json.dumps({"IsTruncated": key != KEYS[-1], "Contents": [{"Key": key}]}) + "\n" for key in KEYS),
    "query": json.dumps(KEYS),
    "objects": json.dumps([{"Key": key} for key in KEYS]),
    "inventory": "".join(f'"my-bucket","{key.replace(" ", "%20").replace("ü", "%C3%BC")}","12"\n' for key in KEYS),
    "inventory with versions": "".join(f'"b","{key.replace(",", "%2C")}","v1","true","false","12"\n' for key in KEYS)
    + '"b","in/old.jpg","v0","false","false","12"\n"b","in/gone.jpg","v2","true","true",""\n',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_forms(form: str, zipped: bool, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first piece tells the form, so it holds at least one line.
    monkeypatch.setattr(inventory, "_CHUNK", max(chunk, 60))
    monkeypatch.setattr(inventory, "_ROWS", 2)
    content = FORMS[form].encode()
    path = tmp_path / "listing"
    path.write_bytes(gzip.compress(content) if zipped else content)
    assert [key for batch in batches(str(path)) for key in batch] == KEYS


def test_a_plus_sign_in_an_inventory_is_read_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_text('"b","a+b%2Bc.jpg","1"\n', encoding="utf-8")
    assert [key for batch in batches(str(path)) for key in batch] == ["a b+c.jpg", "a+b+c.jpg"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, so it is not a listing"),
        (b"\x1f\x8b\x08\x00", "is not a complete gzip file"),
        (bytes.fromhex("1f8b08007e240808007e24086b02ff4bd44fd2cb2a48e74ad6466e"), "is not a complete gzip file"),
        (b"in/" + b"x" * (1 << 20), "has a line of more than 1,048,576 characters, so it is not a listing"),
        (b"a.jpg\nin/" + b"x" * (3 << 20) + b"\nb.jpg\n", "has a line of more than 1,048,576 characters, so it is not a listing"),
        (b'"b","a.jpg"\n"b","' + b"x" * (3 << 20) + b'"\n', "has a line of more than 1,048,576 characters, so it is not a listing"),
        (b"in/\xff.jpg\n", "is not UTF-8"),
        ("in/a.jpg\n".encode("utf-16"), "is UTF-16, as Windows PowerShell writes what a command prints: save it as UTF-8"),
        (
            b"                           PRE in/\n2026-11-01 10:00:00  1 a.jpg\n",
            "holds folders ('PRE'): make the listing with aws s3 ls --recursive",
        ),
        (
            b'{"Contents": [{"Key": "a"}], "IsTruncated": true}',
            "is not the complete listing: it says that more keys follow (IsTruncated, NextToken)",
        ),
        (
            b'{"Contents": [{"Key": "a"}], "NextToken": "x"}',
            "is not the complete listing: it says that more keys follow (IsTruncated, NextToken)",
        ),
        (b'<?xml version="1.0"?>\n<ListBucketResult/>\n', "is XML"),
        (b'CONTENTS\t"etag"\t2026-11-01T10:00:00\ta.jpg\t1\tSTANDARD\n', "is not JSON: make the listing with --output json"),
        (b"-----------------\n|  ListObjectsV2  |\n", "is not JSON: make the listing with --output json"),
        (b"Contents:\n- Key: a.jpg\n", "is not JSON: make the listing with --output json"),
        (
            b"acme,a.jpg,1\nacme,b.jpg,2\n",
            "looks like an S3 Inventory whose quotes were lost: give the file as S3 wrote it",
        ),
        (
            b'{"Versions": [{"Key": "a.jpg"}]}',
            "lists versions of objects: make the listing with aws s3api list-objects-v2",
        ),
        (
            b'{"sourceBucket": "acme", "fileSchema": "Bucket, Key", "files": []}',
            "is the manifest of an S3 Inventory: give the file that it names",
        ),
        (b'{"Buckets": []}', "is not a response of list-objects-v2: it has the key 'Buckets'"),
        (b'{"CommonPrefixes": [{"Prefix": "in/"}]}', "holds folders (CommonPrefixes): make the listing without --delimiter"),
        (b'{"EncodingType": "url", "Contents": []}', "holds encoded keys: make the listing without --encoding-type url"),
        (b'["a", 5]', "holds an entry that is neither a key nor an object with a 'Key'"),
        (b'["a"', "is not a JSON listing: the end where one of ,] must stand"),
        (b'"only-one-column"\n', "has a line without a second column, in which the key stands: 'only-one-column'"),
    ],
)
def test_what_is_no_listing(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_bytes(content)
    with pytest.raises(NotAListing) as caught:
        match(str(path), {"a"}, set())
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "content",
    ["acme,a.jpg\nother,b.jpg\na\n", "one,two,three.jpg\na\n", "Contents/x.jpg\na\n", '{"RequestCharged": null, "Prefix": ""}'],
)
def test_what_is_a_listing_though_it_looks_otherwise(content: str, tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_text(content, encoding="utf-8")
    assert match(str(path), {"a"}, set()).total == content.count("\n")


def test_a_listing_that_cannot_be_read_is_an_error_and_the_rest_is_checked() -> None:
    text = b'{"dataset_slug": "D", "storage_slug": "s", "items": [{"name": "a.jpg", "storage_key": "a.jpg"}]}'
    result = check(["r.json"], RegistrationOptions(inventory="nowhere"), Texts({"r.json": text}))
    assert result.errors == (InputError(Location("nowhere"), "cannot be read: No such file or directory"),)
    assert [finding.rule for finding in result.findings] == ["registration-slug"]


@pytest.mark.parametrize(
    ("key", "listed", "difference"),
    [
        ("in/A.jpg", "in/a.jpg", "in upper and lower case only"),
        ("/in/a.jpg", "in/a.jpg", "by a leading slash"),
        ("in/a.jpg", "/in/a.jpg", "by a leading slash"),
        ("in/a%20b.jpg", "in/a b.jpg", "in percent-encoding only"),
        ("in/a+b.jpg", "in/a b.jpg", "in percent-encoding only"),
        ("in/a b.jpg", "in/a%20b.jpg", "in percent-encoding only"),
        ("in/u\u0308.jpg", "in/\u00fc.jpg", "in Unicode normalisation only"),
        ("in/\u00fc.jpg", "in/u\u0308.jpg", "in Unicode normalisation only"),
        ("/IN/a%20b.jpg", "in/a b.jpg", "only in case, a leading slash, percent-encoding or Unicode normalisation together"),
        ("bucket/in/a.jpg", "in/a.jpg", "by 'bucket/' at its start"),
        ("s3://bucket/in/a.jpg", "in/a.jpg", "by 's3://bucket/' at its start"),
    ],
)
def test_near_misses(key: str, listed: str, difference: str, tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_text(f"else/x.jpg\n{listed}\nelse/y.jpg\n", encoding="utf-8")
    found = match(str(path), {key, "else/x.jpg"}, set())
    assert found.missing == {key}
    assert found.near == {key: NearKey(listed, difference)}
    assert found.total == 3


def test_the_nearest_of_several_is_named(tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_text("IN/A%20b.jpg\nin/a%20b.jpg\n", encoding="utf-8")
    assert match(str(path), {"in/a b.jpg"}, set()).near == {"in/a b.jpg": NearKey("in/a%20b.jpg", "in percent-encoding only")}


def test_directories_and_the_common_prefix(tmp_path: Path) -> None:
    path = tmp_path / "listing"
    path.write_text("in/v/sections/high/0.png\nin/v/sections/lower/0.png\n", encoding="utf-8")
    found = match(str(path), set(), {"in/v/sections/high", "in/v/sections/low"})
    assert found.empty == {"in/v/sections/low"}
    assert found.prefix == "in/v/sections/"


@settings(max_examples=100, deadline=None)
@given(
    listed=st.lists(st.text(alphabet="aA/%20+ üu\u0308", min_size=1).filter(str.strip), min_size=1),
    asked=st.sets(st.text(alphabet="aA/%20+ ü", min_size=1)),
)
def test_only_exact_keys_are_present(tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: set[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "listing"
    path.write_text(json.dumps(listed), encoding="utf-8")
    found = match(str(path), asked, set())
    assert set(found.missing) == asked - set(listed)
    assert set(found.near) <= set(found.missing)
    assert {near.key for near in found.near.values()} <= set(listed)
