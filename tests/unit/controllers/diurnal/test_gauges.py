"""The numbers of an object, for the metrics."""

from typing import Any

import pytest

from router.controllers.diurnal.gauges import gauges
from tests.support.diurnal import World, at

SPEC = 'timeZone: Europe/Berlin\nbase: {replicas: 2}\nschedule: [{from: "08:00", to: "18:00", replicas: 10}]'


def test_now_next_when_and_every_condition_are_numbers() -> None:
    world = World(SPEC)
    world.step(at("2026-11-23T12:00"))
    found = {
        (g.name.removeprefix("tidegate_diurnal_"), dict(g.labels).get("type", "")): g.value
        for g in gauges("shop", "web", world.status)
    }
    assert found == {
        ("level", ""): 10, ("next_level", ""): 2, ("next_timestamp_seconds", ""): at("2026-11-23T18:00").timestamp(),
        ("condition", "Ready"): 1, ("condition", "Active"): 1, ("condition", "Conflict"): 0, ("condition", "Suspended"): 0,
        ("condition", "Overridden"): 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"current": 5, "next": [], "conditions": "x"},
        {"current": {"value": "2..9"}, "next": {"time": "soon"}, "conditions": [5]},
    ],
)
def test_a_status_of_nonsense_has_no_numbers(status: dict[str, Any]) -> None:
    assert list(gauges("shop", "web", status)) == []
