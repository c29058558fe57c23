"""What values refer to: by origin, by a name that is a word of its own, by a composed name; and each value is walked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from auditor.foundation.mentions import Mentions
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Template, Text, Unknown, Value

STAGE, OTHER = Symbol("var.stage", "no default"), Symbol("var.other", "no default")


@pytest.mark.parametrize(
    ("value", "name", "refers"),
    [
        pytest.param(Known("arn:aws:s3:::acme/*"), Known("acme"), True, id="a word of an ARN"),
        pytest.param(Known("acme-logs"), Known("acme"), False, id="the beginning of another name"),
        pytest.param(Known("my.acme"), Known("acme"), False, id="the end of another name"),
        pytest.param(
            Template(("arn:aws:s3:::acme-", STAGE, "/x")), Template(("acme-", STAGE)), True, id="a composed name in an ARN"
        ),
        pytest.param(Template(("acme-", STAGE, "-logs")), Template(("acme-", STAGE)), False, id="the beginning of a composed name"),
        pytest.param(Template(("acme-", STAGE, "-uploads-logs")), Template(("acme-", STAGE, "-uploads")), False, id="likewise"),
        pytest.param(Template(("my-acme-", STAGE)), Template(("acme-", STAGE)), False, id="the end of a composed name"),
        pytest.param(Template(("acme-", STAGE, OTHER)), Template(("acme-", STAGE)), True, id="a hole that may be empty"),
        pytest.param(Template(("logs-of-", STAGE)), Unknown(STAGE), False, id="the end of a name, unresolved"),
        pytest.param(Template(("arn:aws:s3:::acme-", OTHER)), Template(("acme-", STAGE)), False, id="another hole"),
        pytest.param(Template(("x-", STAGE)), Template(("acme-", STAGE)), False, id="another beginning"),
        pytest.param(Unknown(STAGE), Unknown(STAGE), True, id="the same unresolved value"),
        pytest.param(Template(("a ", STAGE, " acme")), Known("acme"), True, id="a literal part"),
        pytest.param(Known("x"), Known(""), False, id="a blank name"),
        pytest.param(Known("x", origin="aws_s3_bucket.b"), Known("acme"), True, id="an origin"),
    ],
)
def test_what_refers(value: Value, name: Text, refers: bool) -> None:
    for held in (value, ListValue((Known("y"), MapValue({"a": value})))):
        assert Mentions((held,)).refer_to("aws_s3_bucket.b", (name,)) is refers


class Counted(Mapping[str, Value]):
    """Entries that count how often they are read."""

    def __init__(self) -> None:
        self.reads = 0

    def __getitem__(self, key: str) -> Value:
        self.reads += 1
        return Known(f"x-{key}")

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, range(50)))

    def __len__(self) -> int:
        return 50


def test_values_are_walked_once_however_many_ask_and_not_before() -> None:
    entries = Counted()
    mentions = Mentions((MapValue(entries),))
    assert entries.reads == 0
    assert [mentions.refer_to(f"aws_s3_bucket.b{at}", (Known(f"x-{at}"),)) for at in range(100)] == [at < 50 for at in range(100)]
    assert entries.reads == 50
