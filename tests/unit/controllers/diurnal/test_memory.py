"""What comes back from a status."""

import pytest

from router.controllers.diurnal.memory import remembered
from router.controllers.diurnal.types import Memory, Moved
from tests.support.diurnal import World, at


def test_what_is_remembered_is_what_was_written() -> None:
    world = World("base: {replicas: 5}\nlimits: {step: 2}")
    world.step(at("2026-11-23T12:00"))
    assert remembered(world.status) == world.memory != Memory()


@pytest.mark.parametrize(
    "status", [{}, {"targets": None}, {"targets": [5]}, {"targets": [{"target": 5}]}, {"targets": {"a": "b"}}]
)
def test_nonsense_is_nothing(status: dict[str, object]) -> None:
    assert remembered(status) == Memory()


def test_a_time_that_is_no_time_is_long_ago() -> None:
    assert remembered({"targets": [{"target": "a", "changed": "soon"}]}).moved == {"a": Moved()}
