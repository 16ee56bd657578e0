"""From a level to fields, and step by step."""

from itertools import product

import pytest

from router.base.parse import Bad
from router.controllers.diurnal import numbers
from router.controllers.diurnal.types import Level, Limits, Target
from tests.support.diurnal import autoscaler, deployment, understood

BASE = "base: {replicas: 1}\n"


def both(n: int) -> Level:
    return Level(low=n, high=n)


@pytest.mark.parametrize(
    ("mode", "level", "now", "expected"),
    [("set", both(5), 9, 5), ("floor", both(5), 9, 9), ("floor", both(5), 2, 5), ("ceiling", both(5), 9, 5), ("ceiling", both(5), 2, 2),
     ("floor", Level(low=3), 1, 3), ("set", both(0), 9, 0)],
)  # fmt: skip
def test_replicas_by_mode(mode: str, level: Level, now: int, expected: int) -> None:
    assert numbers.wanted(understood(BASE + f"mode: {mode}"), level, deployment(now)) == {"replicas": expected}


@pytest.mark.parametrize(
    ("mode", "level", "had", "expected"),
    [
        ("floor", both(5), (2, 9), (5, 9)), ("floor", both(1), (2, 9), (2, 9)), ("floor", both(50), (2, 9), (9, 9)), ("floor", both(0), (None, 9), (None, 9)),
        ("ceiling", both(5), (2, 9), (2, 5)), ("ceiling", both(1), (2, 9), (2, 2)), ("ceiling", both(50), (2, 9), (2, 9)),
        ("bounds", both(5), (2, 9), (5, 5)), ("bounds", Level(low=5), (2, 9), (5, 9)), ("bounds", Level(high=5), (2, 9), (2, 5)),
        ("bounds", Level(low=20), (2, 9), (20, 20)), ("bounds", Level(high=1), (2, 9), (1, 1)), ("bounds", both(0), (2, 9), (1, 1)),
        ("bounds", Level(low=3, high=30), (2, 9), (3, 30)),
    ],
)  # fmt: skip
def test_bounds_of_an_autoscaler_by_mode(
    mode: str, level: Level, had: tuple[int | None, int], expected: tuple[int | None, int]
) -> None:
    found = numbers.wanted(understood(BASE + f"mode: {mode}"), level, autoscaler(*had))
    assert found == {"minReplicas": expected[0], "maxReplicas": expected[1]}


def test_the_api_server_would_take_every_bound() -> None:
    for mode, low, high, a, b in product(
        ("floor", "ceiling", "bounds"), (None, 1, 4), (1, 4, 9), (None, 0, 3, 20), (None, 0, 3, 20)
    ):
        if (low or 1) <= high and (a is None or b is None or a <= b) and (a, b) != (None, None):
            found = numbers.wanted(understood(BASE + f"mode: {mode}"), Level(low=a, high=b), autoscaler(low, high))
            assert not isinstance(found, Bad)
            assert 1 <= int(found["minReplicas"] or 1) <= int(found["maxReplicas"] or 0), (mode, low, high, a, b)


def test_nodes_are_a_number_or_a_percentage() -> None:
    daemon = Target(api_version="tidegate.dev/v1alpha1", kind="DaemonController", name="edge")
    target = "target: {kind: DaemonController, name: edge}\n"
    assert numbers.wanted(understood(target + "base: {percent: 30}"), both(30), daemon) == {"nodes": "30%"}
    assert numbers.wanted(understood(target + "base: {replicas: 3}"), both(3), daemon) == {"nodes": 3}


def test_bounds_without_an_autoscaler_and_a_target_without_replicas_are_told() -> None:
    assert isinstance(numbers.wanted(understood(BASE + "mode: bounds"), both(3), deployment(1)), Bad)
    assert isinstance(numbers.wanted(understood(BASE), both(3), Target(api_version="v1", kind="Thing", name="x")), Bad)


@pytest.mark.parametrize(
    ("now", "want", "expected"),
    [
        (2, 10, 5),
        (10, 2, 7),
        (2, 4, 4),
        ("100%", "30%", "97%"),
        (None, "30%", "97%"),
        (None, 5, 5),
        ("30%", 4, 4),
        (7, "30%", "30%"),
    ],
)
def test_a_step_goes_as_far_as_it_may(now: int | str | None, want: int | str, expected: int | str) -> None:
    assert numbers.limited(Limits(step=3), {"x": now}, {"x": want}) == {"x": expected}
    assert numbers.limited(None, {"x": now}, {"x": want}) == {"x": want}


@pytest.mark.parametrize(
    ("now", "want", "expected"), [(2, 10, 8), ("30%", "50%", 20), (None, "30%", 70), (5, None, 0), (5, "30%", 0)]
)
def test_the_distance_of_two_values(now: int | str | None, want: int | str | None, expected: int) -> None:
    assert numbers.distance({"x": now}, {"x": want}) == expected
