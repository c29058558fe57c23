"""What is decided of a text with unresolved parts is so for everything that can stand in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.aws.holes import alphabet_of, begins, contains, cut, ends, in_bucket_name, may_cross
from auditor.foundation.value import Domain, Known, Meaning, Symbol, Template, Truth, Unknown, text_of, text_parts

ACCOUNT = Symbol("account", "", domain=Domain.ACCOUNT)
REGION = Symbol("region", "", domain=Domain.REGION)
BUCKET = Symbol("bucket", "", domain=Domain.BUCKET)
KEY = Symbol("key", "", domain=Domain.KEY)
ANY = Symbol("any", "")
NAMED = Symbol("named", "", meaning=Meaning("named", in_name=True))
PLAIN = Symbol("plain", "", meaning=Meaning("plain", plain=True))
MADE_UP = Symbol("made up", "", domain=Domain.BUCKET, meaning=Meaning("made up", made_up=True))
LISTED = Symbol("listed", "", meaning=Meaning("listed", possible=('"a:"', '""')))
# Of a few characters each, so that what is looked for is often there.
SAMPLES = {
    ACCOUNT: st.text("12", min_size=1, max_size=3),
    REGION: st.text("as-1", min_size=1, max_size=3),
    BUCKET: st.text("as-.1", min_size=1, max_size=3),
    KEY: st.text("as-1", min_size=1, max_size=3),
    ANY: st.text("as:-./1", max_size=3),
    NAMED: st.text("as-.1", max_size=3),
    PLAIN: st.text("as-1", max_size=3),
    MADE_UP: st.text("as-1", min_size=1, max_size=3),
    LISTED: st.sampled_from(("a:", "")),
}
texts = st.text("as:-/1", min_size=1, max_size=3)


@st.composite
def filled(draw: st.DrawFn) -> tuple[tuple[str | Symbol, ...], dict[Symbol, str]]:
    parts = draw(st.lists(st.one_of(texts, st.sampled_from(tuple(SAMPLES))), min_size=1, max_size=5))
    return text_parts(text_of(parts)), {hole: draw(SAMPLES[hole]) for hole in SAMPLES}


def put(parts: list[str | Symbol] | tuple[str | Symbol, ...], values: dict[Symbol, str]) -> str:
    return "".join(part if isinstance(part, str) else values[part] for part in parts)


@given(filled(), texts)
def test_what_is_decided_is_so_whatever_stands_in_the_holes(
    given_: tuple[tuple[str | Symbol, ...], dict[Symbol, str]], text: str
) -> None:
    parts, values = given_
    whole = put(parts, values)
    for test, is_so in ((contains, text in whole), (begins, whole.startswith(text)), (ends, whole.endswith(text))):
        assert test(parts, text) in (Truth.UNKNOWN, Truth.of(is_so))
    pieces = cut(parts, text)
    assert pieces is None or [put(piece, values) for piece in pieces] == whole.split(text)
    if not may_cross(parts, text) and all(values.values()):
        assert any(text in values[part] if isinstance(part, Symbol) else text in part for part in parts) or text not in whole


@pytest.mark.parametrize(
    ("parts", "text", "found"),
    [
        (("arn:aws:s3:::", BUCKET), "arn:aws:s3:::", (Truth.TRUE, Truth.TRUE, Truth.FALSE)),
        (("arn:aws:s3:::", NAMED, "-images"), ":", (Truth.TRUE, Truth.FALSE, Truth.FALSE)),
        (("arn:aws:s3:::", ANY), ":", (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN)),
        ((BUCKET,), "/", (Truth.FALSE, Truth.FALSE, Truth.FALSE)),
        ((BUCKET,), "acme-", (Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN)),
        ((BUCKET, "/*"), "/*", (Truth.TRUE, Truth.FALSE, Truth.TRUE)),
        (("x", ACCOUNT), "x1", (Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN)),
        (("a:", ACCOUNT, ":b"), "::", (Truth.FALSE, Truth.FALSE, Truth.FALSE)),
        (("a:", NAMED, ":b"), "::", (Truth.UNKNOWN, Truth.FALSE, Truth.FALSE)),
        ((LISTED, "b"), "/", (Truth.FALSE, Truth.FALSE, Truth.FALSE)),
        ((ANY,), "", (Truth.TRUE, Truth.TRUE, Truth.TRUE)),
        ((), "a", (Truth.FALSE, Truth.FALSE, Truth.FALSE)),
        ((BUCKET,), ":" * 201, (Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN)),
        ((BUCKET, ":" * 201), ":" * 201, (Truth.TRUE, Truth.UNKNOWN, Truth.TRUE)),
    ],
)
def test_what_may_stand_in_a_hole_decides(parts: tuple[str | Symbol, ...], text: str, found: tuple[Truth, Truth, Truth]) -> None:
    assert (contains(parts, text), begins(parts, text), ends(parts, text)) == found


def test_a_text_is_cut_where_no_hole_may_hold_what_it_is_cut_at() -> None:
    assert cut(("arn:aws:s3:::", BUCKET, "/a:b"), ":::") == [["arn:aws:s3"], ["", BUCKET, "/a:b"]]
    assert cut((BUCKET,), ":") == [[BUCKET]]
    assert cut((BUCKET, "-a"), "-") is None
    assert cut((BUCKET,), "") is None


def test_the_parts_of_the_name_of_a_bucket_hold_no_colon_and_keep_what_is_known_of_them() -> None:
    named = in_bucket_name(Template(("a-", ANY, PLAIN, ACCOUNT)))
    assert isinstance(named, Template)
    assert [alphabet_of(part) for part in named.parts if isinstance(part, Symbol)] == [
        alphabet_of(NAMED),
        alphabet_of(PLAIN),
        alphabet_of(ACCOUNT),
    ]
    assert in_bucket_name(Known("acme")) == Known("acme")
    alone = in_bucket_name(Unknown(ANY))
    assert isinstance(alone, Unknown)
    assert contains((alone.symbol,), ":") is Truth.FALSE
