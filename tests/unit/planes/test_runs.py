"""Long tuples cut into runs, and what is made of each."""

from hypothesis import given
from hypothesis import strategies as st

from router.planes.runs import Made, Run, Runs, alike

histories = st.lists(st.lists(st.integers(0, 12), max_size=40), min_size=1, max_size=6)


@given(histories, st.integers(1, 5))
def test_runs_are_all_values_in_order_whatever_came_before_and_however_long_they_are(
    history: list[list[int]], length: int
) -> None:
    cut, objects = Runs[object](), [object() for _ in range(13)]
    for numbers in history:
        values = tuple(objects[n] for n in numbers)
        runs = cut.of(values, length)
        assert alike([value for run in runs for value in run], values)
        assert all(runs)
        assert len(cut) == len(runs)


def test_a_change_of_one_value_leaves_the_other_runs_the_very_same() -> None:
    cut, values = Runs[object](), [object() for _ in range(5000)]
    before = cut.of(tuple(values), 61)
    assert 20 < len(before) < 500
    assert cut.of(tuple(values), 61) is before
    values[2500] = object()
    after = cut.of(tuple(values), 61)
    assert len({id(run) for run in after} - {id(run) for run in before}) <= 2
    values.insert(100, object())
    again = cut.of(tuple(values), 61)
    assert len({id(run) for run in again} - {id(run) for run in after}) <= 2


def pair(run: Run[object], shared: object, *needed: object) -> list[object]:
    return [run, shared, needed]


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 4), max_size=5), st.integers(0, 1), st.lists(st.integers(0, 1), min_size=5, max_size=5))
    )
)
def test_what_is_made_of_runs_is_as_if_nothing_were_remembered(history: list[tuple[list[int], int, list[int]]]) -> None:
    """Of the runs that are there, of what they share, and of the others that each needs, whichever of them changes."""
    runs, made = [(n,) for n in range(5)], Made[int, list[object]]()
    for numbers, shared, values in history:
        others = {str(n): value for n, value in enumerate(values)}
        now, names = tuple(runs[n] for n in numbers), tuple((str(n), str((n + 1) % 5)) for n in numbers)
        wanted = [pair(runs[n], shared, values[n], values[(n + 1) % 5]) for n in numbers]
        assert [*made.of(pair, now, (shared,), names, others)] == wanted


def test_only_what_changed_is_made_again() -> None:
    asked = list[Run[str]]()

    def make(run: Run[str], *more: object) -> tuple[object, ...]:
        asked.append(run)
        return (run, *more)

    made, one, two, three = Made[str, tuple[object, ...]](), ("one",), ("two",), ("three",)
    names, others = (("a",), ("b",)), {"a": object(), "b": object()}
    first = made.of(make, (one, two), (), names, others)
    assert made.of(make, (one, two), (), names, dict(others)) is first
    assert asked == [one, two]
    made.of(make, (one, two), (), names, others | {"b": object()})
    assert asked == [one, two, two]
    made.of(make, (three, one), (), (("a",), ("a",)), others)
    assert asked == [one, two, two, three]
    made.of(make, (three, one), ("shared",), (("a",), ("a",)), others)
    assert asked == [one, two, two, three, three, one]
