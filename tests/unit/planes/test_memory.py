"""What a driver remembers."""

import weakref
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from router.planes import memory
from router.planes.memory import Memory


def double(value: list[int]) -> list[int]:
    return [2 * n for n in value]


@given(st.lists(st.integers(), max_size=40), st.integers(1, 5))
def test_runs_are_all_values_in_order_whatever_their_length(numbers: list[int], length: int) -> None:
    with mock.patch.object(memory, "RUN", length):
        runs = Memory().runs([[n] for n in numbers])
    assert [value for run in runs for (value,) in run] == numbers
    assert all(runs)


def test_a_change_of_one_value_leaves_the_other_runs_the_very_same() -> None:
    made, values = Memory(), [object() for _ in range(5000)]
    before = made.runs(values)
    assert 20 < len(before) < 500
    values[2500] = object()
    after = made.runs(values)
    assert len({id(run) for run in after} - {id(run) for run in before}) <= 2
    values.insert(100, object())
    again = made.runs(values)
    assert len({id(run) for run in again} - {id(run) for run in after}) <= 2


def test_a_pass_with_the_same_arguments_is_not_made_again_and_another_one_forgets() -> None:
    made, one, other = Memory(), [1], [2]
    kept = made.of(double, one)
    assert made.once(double, one) is made.once(double, one)
    assert made.of(double, one) is kept
    made.once(double, other)
    made.once(double, one)
    made.once(double, other)
    assert made.size == 0


def test_an_equal_value_is_the_one_of_before() -> None:
    made = Memory()
    first = made.kept("a", (1, 2))
    assert made.kept("a", tuple(n for n in (1, 2))) is first
    assert made.kept("a", (3,)) == (3,)
    each = made.kept_each("b", {"x": (1, 2), "y": (1,)})
    again = made.kept_each("b", {"x": tuple(n for n in (1, 2)), "y": (2,)})
    assert again == {"x": (1, 2), "y": (2,)}
    assert again["x"] is each["x"]
    values = (object(), object())
    assert made.same(values) is made.same(tuple(value for value in values))


def test_one_last_result_stands_under_a_name_and_the_one_before_is_given_up() -> None:
    memory, made = Memory(), list[tuple[object, ...]]()

    def make(*values: object) -> frozenset[object]:
        made.append(values)
        return frozenset(values)

    first, second = "first text", "second text"
    assert memory.last("none", make) == frozenset()
    kept = weakref.ref(memory.last("a", make, first))
    assert memory.last("a", make, first) is kept()
    assert memory.last("b", make, first) is not kept()
    assert memory.last("a", make, first, second) == {first, second}
    assert kept() is None
    assert made == [(), (first,), (first,), (first, second)]
    assert memory.size == 3
    for value in ("one", "other"):
        memory.once(lambda _: memory.last("a", make, first), value)
    assert memory.size == 1
