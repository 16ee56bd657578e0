"""Ramps as lists of changes."""

import pytest

from router.controllers.diurnal import ramps
from router.controllers.diurnal.types import Level, Ramp


def both(n: int) -> Level:
    return Level(low=n, high=n)


def way(old: int, new: int, ramp: Ramp, end: int = 10_000) -> list[tuple[int, int | None]]:
    return [(at, level.low) for at, level in ramps.way(both(old), both(new), ramp, 0, end)]


def test_a_linear_ramp_changes_halfway_between_its_values() -> None:
    assert way(0, 4, Ramp(over=400)) == [(50, 1), (150, 2), (250, 3), (350, 4)]
    assert way(4, 0, Ramp(over=400)) == [(51, 3), (151, 2), (251, 1), (351, 0)]


def test_steps_are_equal_and_the_first_is_at_once() -> None:
    assert way(10, 2, Ramp(over=600, shape="steps", steps=4)) == [(0, 8), (150, 6), (300, 4), (450, 2)]
    assert way(0, 10, Ramp(over=90, shape="steps", steps=3)) == [(0, 3), (30, 7), (60, 10)]


def test_a_cosine_begins_and_ends_slowly() -> None:
    times = [at for at, _ in way(0, 10, Ramp(over=1000, shape="cosine"))]
    assert times[1] - times[0] > times[5] - times[4] and times[0] > 100 and times[-1] < 900


def test_it_is_over_when_what_it_leads_to_is() -> None:
    assert way(0, 4, Ramp(over=400), end=100)[-1] == (88, 4)


def test_a_long_way_has_not_a_step_for_each_replica() -> None:
    found = way(0, 100_000, Ramp(over=86400))
    assert len(found) <= 2 * ramps.FINEST + 1 and found[-1][1] == 100_000


def test_a_bound_that_is_on_one_side_only_jumps() -> None:
    found = ramps.way(Level(low=2), Level(low=6, high=20), Ramp(over=400), 0, 1000)
    assert found[0] == (0, Level(low=2, high=20)) and found[-1][1] == Level(low=6, high=20)


@pytest.mark.parametrize("ramp", [Ramp(over=100), Ramp(over=100, shape="cosine"), Ramp(over=100, shape="steps", steps=3)])
def test_the_share_rises_from_nothing_to_all(ramp: Ramp) -> None:
    shares = [ramps.share(ramp, n / 100) for n in range(102)]
    assert shares == sorted(shares) and shares[-1] == 1.0 and shares[0] <= 1 / 3
