"""Mappings made from mappings: what a comprehension gives, with unchanged objects kept."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.base.rows import Each, Grouped, Joined, Ordered, Same, changed

Row = tuple[str, tuple[str, ...]]
"""(text, names): a value that changes, and what it asks of others"""
letters = st.sampled_from("abcd")
rows = st.dictionaries(letters, st.tuples(st.sampled_from(["x", "y", ""]), st.lists(letters, max_size=3).map(tuple)), max_size=4)
histories = st.lists(st.tuples(rows, st.dictionaries(letters, st.sampled_from(["1", "2"]), max_size=4), letters), max_size=6)


class Interned:
    """Equal values of one history are one object, or two: ``of`` gives another object for some that are equal."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._known.setdefault((key, value), value) for key, value in mapping.items()}


def upper(row: Row, shared: str = "") -> str | None:
    return row[0].upper() + shared if row[0] else None


def asked(row: Row, found: list[str | None], shared: str) -> tuple[str, tuple[str | None, ...], str] | None:
    return (row[0], tuple(found), shared) if row[0] else None


def names(row: Row) -> tuple[str, ...]:
    return row[1]


def parts(row: Row) -> dict[str, str]:
    return dict.fromkeys(row[1], row[0])


@given(histories)
def test_each_gives_what_the_comprehension_gives(history: list[tuple[dict[str, Row], dict[str, str], str]]) -> None:
    each, known = Each[str, Row, str](upper), Interned()
    for found, _, shared in history:
        values = known.of(found)
        assert each.of(values, shared) == {k: upper(v, shared) for k, v in values.items() if upper(v, shared)}


@given(histories)
def test_joined_gives_what_the_comprehension_gives(history: list[tuple[dict[str, Row], dict[str, str], str]]) -> None:
    joined, known = Joined[str, Row, str, str, Any](names, asked), Interned()
    for found, others, shared in history:
        values = known.of(found)
        wanted = {k: asked(v, [others.get(n) for n in v[1]], shared) for k, v in values.items()}
        assert joined.of(values, others, shared) == {k: v for k, v in wanted.items() if v}


@given(histories)
def test_grouped_gives_what_the_comprehension_gives(history: list[tuple[dict[str, Row], dict[str, str], str]]) -> None:
    grouped, known = Grouped[str, Row, str, str](parts), Interned()
    for found, others, _ in history:
        values, more = known.of(found), {k: (v, ("a", k)) for k, v in others.items()}
        wanted: dict[str, list[tuple[int, str, str]]] = {}
        for number, mapping in enumerate((values, more)):
            for key, row in mapping.items():
                for group, part in parts(row).items():
                    wanted.setdefault(group, []).append((number, key, part))
        assert grouped.of(values, more) == {group: tuple(sorted(found)) for group, found in wanted.items()}


@given(st.lists(st.dictionaries(st.integers(0, 300), letters), max_size=5))
def test_ordered_gives_what_sorting_gives(history: list[dict[int, str]]) -> None:
    ordered = Ordered[int, str](lambda key: -key)
    for values in history:
        assert ordered.of(values) == tuple(values[key] for key in sorted(values, reverse=True))


def test_a_single_key_that_comes_and_goes_keeps_a_large_order() -> None:
    ordered = Ordered[int, int](lambda key: -key)
    many = {n: n for n in range(1000)}
    for values in (many, many | {5000: 1, -3: 2}, many, {n: n for n in range(1000) if n != 500}):
        assert ordered.of(values) == tuple(values[key] for key in sorted(values, reverse=True))


@given(rows, rows)
def test_what_changed_is_told_by_identity(one: dict[str, Row], two: dict[str, Row]) -> None:
    wanted = {key for key in one | two if one.get(key) is not two.get(key)}
    assert sorted(changed(one, two)) == sorted(wanted)
    assert changed(one, dict(one)) == []


def test_a_value_is_made_once_and_its_result_stays_the_same_object() -> None:
    calls: list[str] = []

    def make(value: list[str]) -> list[str]:
        calls.extend(value)
        return list(value)

    each = Each[str, list[str], list[str]](make)
    values = {"a": ["a"], "b": ["b"]}
    first = each.of(values)
    assert each.of(dict(values)) is first
    second = each.of(values | {"b": ["c"]})
    assert calls == ["a", "b", "c"]
    assert second["a"] is first["a"]


def test_an_equal_result_is_the_result_of_before() -> None:
    each = Each[str, int, list[bool]](lambda value: [value > 0])
    first = each.of({"a": 1})
    assert each.of({"a": 2}) is first
    assert each.of({"a": -2}) is not first


def test_a_failure_changes_nothing_that_is_known() -> None:
    def make(value: int) -> float:
        return 1 / value

    each = Each[str, int, float](make)
    each.of({"a": 1, "b": 2})
    for _ in range(2):
        try:
            each.of({"a": 4, "b": 0})
        except ZeroDivisionError:
            continue
        raise AssertionError
    assert each.of({"a": 4, "b": 5}) == {"a": 0.25, "b": 0.2}


def test_only_those_who_ask_for_a_name_are_made_anew() -> None:
    made: list[str] = []

    def make(value: Row, found: list[str | None]) -> tuple[str, tuple[str | None, ...]]:
        made.append(value[0])
        return value[0], tuple(found)

    joined = Joined[str, Row, str, str, Any](names, make)
    values: dict[str, Row] = {"1": ("x", ("a",)), "2": ("y", ("b",)), "3": ("z", ())}
    joined.of(values, {"a": "A"})
    made.clear()
    assert joined.of(values, {"a": "A", "b": "B"})["2"] == ("y", ("B",))
    assert made == ["y"]


def test_nothing_is_kept_of_what_is_gone() -> None:
    joined, grouped = Joined[str, Row, str, str, Any](names, asked), Grouped[str, Row, str, str](parts)
    for number in range(50):
        values: dict[str, Row] = {str(number): ("x", (str(number),))}
        joined.of(values, {}, "")
        assert len(joined._users) == len(joined._made) == len(grouped.of(values)) == 1


def test_an_equal_value_is_the_value_of_before() -> None:
    same, first = Same[list[int]](), [1]
    assert same.of(first) is first
    assert same.of([1]) is first
    assert same.of([2]) == [2]


def test_who_missed_a_result_finds_out_all_the_same() -> None:
    first, late, values = Each[str, int, int](lambda value: value), Each[str, int, int](lambda value: value), {"a": 1, "b": 2}
    late.of(first.of(values))
    first.of(values | {"a": 3})
    assert late.of(first.of(values | {"a": 3, "b": 4})) == {"a": 3, "b": 4}
    assert sorted(changed({}, first.of(values))) == ["a", "b"]
