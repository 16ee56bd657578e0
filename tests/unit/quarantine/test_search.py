"""The search for the guilty: exactly them, with few trials, whatever fails together, and with an end."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.quarantine.search import Search, Trial, most_trials

Refuses = Callable[[Trial[int]], bool]


def run(search: Search[int], refuses: Refuses, budget: int = 100_000, steps: Any = None) -> int:
    """Drive a search; how many trials it took."""
    asked, steps = 0, steps or search.steps()
    try:
        trial = next(steps)
        while asked < budget:
            asked += 1
            trial = steps.send(refuses(trial))
    except StopIteration:
        pass
    return asked


sizes = st.integers(1, 300)


@given(st.data())
def test_exactly_the_guilty_are_found(data: st.DataObject) -> None:
    n = data.draw(sizes)
    guilty = data.draw(st.sets(st.integers(0, n - 1), max_size=12))
    search = Search[int](range(n))
    asked = run(search, lambda t: not set(t.whole).isdisjoint(guilty), steps=search.again())
    assert sorted(search.alone) == sorted(guilty)
    if guilty:
        assert asked <= most_trials(n, len(guilty)) + 1


@given(st.data())
def test_what_fails_only_together_is_ended_by_leaving_out_the_younger(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 60))
    pairs = data.draw(
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]), max_size=4)
    )
    known = data.draw(st.integers(0, n - 1))
    guilty = data.draw(st.sets(st.integers(known, n - 1), max_size=3))
    search = Search(range(known, n), range(known))

    def refuses(trial: Trial[int]) -> bool:
        left = set(range(n)) - set(trial.shut) - set(search.out) if trial.everything else set(trial.whole)
        return not left.isdisjoint(guilty) or any({a, b} <= left for a, b in pairs)

    run(search, refuses)
    gone = set(search.alone) | set(search.younger)
    assert set(search.alone) == guilty
    assert not search.ours
    assert not any({a, b}.isdisjoint(gone) for a, b in pairs)
    assert all(any(one == max(pair) for pair in pairs) for one in search.younger)


@given(st.data())
def test_what_is_refused_even_shut_is_left_out_entirely(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    guilty = data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=6))
    hopeless = data.draw(st.sets(st.sampled_from(sorted(guilty))))
    search = Search[int](range(n))

    def refuses(trial: Trial[int]) -> bool:
        shut = set(trial.shut)
        left = set(range(n)) - shut - set(search.out) if trial.everything else set(trial.whole)
        return not left.isdisjoint(guilty) or not shut.isdisjoint(hopeless)

    run(search, refuses)
    assert set(search.alone) == guilty
    assert set(search.out) == hopeless


def test_if_the_empty_table_is_refused_nobody_is_blamed() -> None:
    search = Search[int](range(100))
    assert run(search, lambda trial: True) == 1
    assert search.ours
    assert search.alone == []


def test_if_what_no_object_made_is_refused_nobody_is_blamed() -> None:
    search = Search[int](range(100))
    run(search, lambda trial: trial.everything)
    assert search.ours
    assert (search.alone, search.younger) == ([], [])


@given(st.sets(st.integers(0, 999), min_size=1, max_size=20), st.integers(1, 200))
def test_when_the_budget_ends_the_guilty_are_found_or_in_a_group(guilty: set[int], budget: int) -> None:
    search = Search[int](range(1000))
    run(search, lambda t: not set(t.whole).isdisjoint(guilty), budget, search.again())
    suspected = {x for group in search.groups for x in group}
    assert guilty <= suspected | set(search.alone)
    assert suspected.isdisjoint(search.alone)
    assert set(search.alone) <= guilty


def test_known_ones_are_not_tried_again_when_a_suspect_is_found() -> None:
    search = Search([1000], range(1000))
    tried: list[int] = []

    def refuses(trial: Trial[int]) -> bool:
        tried.append(len(trial.whole))
        return 1000 in trial.whole

    run(search, refuses)
    assert search.alone == [1000]
    assert tried == [0, 1, 0, 0, 0]


@given(st.integers(1, 200), st.randoms(use_true_random=False))
def test_a_plane_that_answers_at_random_ends_the_search_too(n: int, dice: Any) -> None:
    search = Search[int](range(n))
    assert run(search, lambda trial: dice.random() < 0.5, budget=20_000) < 20_000


def test_when_the_empty_table_fails_in_the_end_the_search_says_that_it_is_doubtful() -> None:
    search = Search[int](range(10))
    empty: list[bool] = []

    def refuses(trial: Trial[int]) -> bool:
        if not trial.whole and not trial.shut and not trial.everything:
            empty.append(len(empty) > 0)
            return empty[-1]
        return 3 in trial.whole

    run(search, refuses)
    assert search.doubtful
