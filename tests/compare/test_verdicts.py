from __future__ import annotations

from typing import Any

from tests.compare.verdicts import decided, differences


def report(key: str, *statuses: str, errors: tuple[Any, ...] = ()) -> dict[str, Any]:
    verdicts = [{"root": ".", key: "aws_s3_bucket.b", "need": "ownership", "status": status} for status in statuses]
    return {"verdicts": verdicts, "errors": list(errors)}


def test_what_was_called_otherwise_is_the_same() -> None:
    old, new = report("bucket", "open", "holds"), report("resource", "holds", "unknown")
    assert list(differences("a", decided(old), decided(new))) == []


def test_a_resource_may_be_told_with_its_kind() -> None:
    old, new = report("bucket", "holds"), report("bucket", "holds")
    new["verdicts"][0]["resource"] = {"kind": "bucket", "address": new["verdicts"][0].pop("bucket")}
    assert list(differences("a", decided(old), decided(new))) == []


def test_another_status_is_a_difference() -> None:
    old, new = report("bucket", "holds", "holds"), report("bucket", "holds", "fails")
    assert list(differences("a", decided(old), decided(new))) == ["a: . aws_s3_bucket.b ownership: holds, holds → fails, holds"]


def test_what_is_no_longer_read_is_a_difference() -> None:
    old, new = report("bucket", "holds"), report("bucket", errors=({"location": {"path": "main.tf", "line": 3}},))
    assert list(differences("a", decided(old), decided(new))) == [
        "a: . aws_s3_bucket.b ownership: holds → nothing",
        "a: not read main.tf 3: nothing → error",
    ]


def test_a_run_that_breaks_down_is_a_difference() -> None:
    assert list(differences("a", decided(report("bucket")), decided({"refused": "KeyError: 'x'"}))) == [
        "a: refused: nothing → KeyError: 'x'"
    ]
