"""Values, and texts of several lines."""

from __future__ import annotations

import itertools

import pytest

from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Meaning,
    SourceMap,
    Symbol,
    Template,
    Truth,
    Unknown,
    When,
    _line_ends,
    all_of,
    alternatives,
    any_of,
    cannot_be_last,
    children,
    is_text,
    negate,
    origin_of,
    scalar_text,
    shown,
    symbols_in,
    text_of,
    text_parts,
)
from auditor.sources.naming import derived, is_constant, item_at, name_of, some_item

A, B = Symbol("var.a", "it has no default"), Symbol("var.b", "it has no default")
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def test_kleene_logic() -> None:
    assert [all_of(pair) for pair in ((), (T, T), (T, U), (U, F), (F, T))] == [T, T, U, F, F]
    assert [any_of(pair) for pair in ((), (F, F), (F, U), (U, T), (T, F))] == [F, F, U, T, T]
    assert [negate(truth) for truth in (T, F, U)] == [F, T, U]


@pytest.mark.parametrize(("scalar", "text"), [(None, ""), (True, "true"), (12, "12"), (1.5, "1.5"), (2.0, "2"), ("x", "x")])
def test_scalars_as_text(scalar: object, text: str) -> None:
    assert scalar_text(scalar) == text  # type: ignore[arg-type]


def test_the_simplest_text_is_built() -> None:
    assert text_of(("a", "b", "")) == Known("ab")
    assert text_of(()) == Known("")
    assert text_of((A,)) == Unknown(A)
    assert text_of(("a", "b", A, "c")) == Template(("ab", A, "c"))
    assert text_parts(Known("")) == ()


def test_equality_ignores_places() -> None:
    assert Known("x", Location("a.tf", 3, 1, 3, 2)) == Known("x", origin="aws_s3_bucket.b")
    assert Unknown(A) != Unknown(B)


def test_alternatives_leave_out_what_contradicts_itself() -> None:
    value = Choice(A, Choice(A, Known(1), Known(2)), Choice(B, Known(3), NULL))
    assert list(alternatives(value)) == [
        (When(frozenset({(A, True)})), Known(1)),
        (When(frozenset({(A, False), (B, True)})), Known(3)),
        (When(frozenset({(A, False), (B, False)})), NULL),
    ]


def test_a_negated_condition_is_the_same_condition() -> None:
    assert ALWAYS.and_(Symbol("!var.a", "")) == ALWAYS.and_(A, False)
    assert ALWAYS.and_(A).also(ALWAYS.and_(Symbol("!var.a", ""))).contradictory


def test_what_equals_a_constant_is_not_said_to_equal_no_other() -> None:
    x, y, other = (is_constant(Unknown(one), Known(text)).symbol for one, text in ((A, "x"), (A, "y"), (B, "x")))
    assert ALWAYS.and_(x, False).and_(other, False).and_(y) == When(frozenset({(other, False), (y, True)}))
    assert ALWAYS.and_(y).and_(x, False) == When(frozenset({(x, False), (y, True)}))
    assert ALWAYS.and_(x, False).and_(x).contradictory
    assert ALWAYS.and_(x).and_(y).contradictory


def test_symbols_are_found_everywhere() -> None:
    assert list(symbols_in(ListValue((Choice(A, Template(("x", B)), Known(1)),), rest=A))) == [A, B, A]


def test_the_lines_of_a_text_are_counted_once_for_all_that_stands_in_it() -> None:
    text = "x\n" * 5000
    before = _line_ends.cache_info().misses
    found = [SourceMap.of_file("p.json").place(offset, text) for offset in range(0, len(text), 2)]
    assert found == [(line, 1) for line in range(1, 5001)]
    assert _line_ends.cache_info().misses == before + 1


def test_a_source_map_places_each_line() -> None:
    text = "one\ntwo three\n"
    source_map = SourceMap("a.tf", ((0, 5, 3), (4, 6, 3)))
    assert source_map.locate(0, 3, text) == Location("a.tf", 5, 3, 5, 6)
    assert source_map.locate(8, 13, text) == Location("a.tf", 6, 7, 6, 12)


def test_a_region_lies_within_itself_and_what_is_around_it() -> None:
    block = Location("m.tf", 2, 5, 4, 6)
    assert block.within(block)
    assert Location("m.tf", 3, 1, 3, 90).within(block)
    assert not Location("m.tf", 2, 4, 3, 1).within(block)
    assert not Location("m.tf", 3, 1, 4, 7).within(block)
    assert not Location("n.tf", 3, 1, 3, 2).within(block)


@pytest.mark.parametrize("numbers", [(0, 1, 1, 1), (2, 1, 1, 1), (1, 5, 1, 4)])
def test_a_location_refuses_nonsense(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="a location"):
        Location("a.tf", *numbers)


def test_a_text_is_shown_with_its_holes_by_name() -> None:
    assert shown(("a-", A, "/*")) == "a-<var.a>/*"
    assert shown((A,)) == "var.a"
    assert shown(("a-", A), "<{}>") == "a-<var.a>"
    assert shown(()) == ""


def test_what_a_value_is_made_of_and_read_from() -> None:
    read = Known("x", origin="aws_s3_bucket.b")
    whole = MapValue({"a": ListValue((read, Choice(A, NULL, Unknown(B)))), "b": JsonText(read, origin="data.d")})
    items, text = children(whole)
    assert [origin_of(value) for value in (whole, items, text, read)] == [None, None, "data.d", "aws_s3_bucket.b"]
    assert list(children(items)) == [read, Choice(A, NULL, Unknown(B))]
    assert list(children(Choice(A, NULL, Unknown(B)))) == [NULL, Unknown(B)]
    assert list(children(text)) == [read]
    assert [is_text(value) for value in (read, Unknown(A), Template(("a", A)), text, items)] == [True, True, True, False, False]
    assert not list(children(read))


def test_the_name_of_something_unknown_is_shown_without_what_tells_it_from_others() -> None:
    variable = Unknown(Symbol("var.x", "var.x has no default"))
    maps = [MapValue({"Sid": Known("a" * 400), "Version": Known(number)}) for number in (1, 2)]
    one, other = (derived(f"merge({name_of(value)}, var.x)", variable).symbol for value in maps)
    assert one != other
    assert one.written == other.written == f'merge({{"Sid" = "{"a" * 83}…'
    assert Symbol("var.env", "").written == "var.env"


# The last of several


ORDERS = [order for count in range(4) for order in itertools.permutations("abc", count)]
AMONG = [frozenset(some) for count in (1, 2, 3) for some in itertools.combinations("abc", count)]
LAST = [Meaning("", "x", one, among=among) for among in AMONG for one in sorted(among)]


def is_last(meaning: Meaning, order: tuple[str, ...]) -> bool:
    """Whether what is given in an order ends, of those that are meant, with the one that is meant."""
    return [one for one in order if one in meaning.among][-1:] == [meaning.constant]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_cannot_be_last_is_last_in_no_order(count: int) -> None:
    for some in itertools.combinations(LAST, count):
        for truths in itertools.product((True, False), repeat=count):
            taken = [*zip(some, truths, strict=True)]
            possible = any(all(is_last(meaning, order) is truth for meaning, truth in taken) for order in ORDERS)
            assert cannot_be_last(taken) is not possible, taken


def test_items_at_two_positions_have_names_of_their_own() -> None:
    item = some_item(Unknown(Symbol("var.ids", "")))
    cut = derived(f"lower({'x' * 250}, {name_of(item)}, {'y' * 90})", item)
    assert "some" not in cut.symbol.name
    each = Template(("arn:", item.symbol, ":", cut.symbol, ":", Symbol("account", "")))
    first, second = ({*symbols_in(item_at(each, Known(at)))} for at in range(2))
    assert first - second == {Symbol(f"{one.symbol.name} at 0", "") for one in (item, cut)}
    assert first & second == {Symbol("account", "")}
