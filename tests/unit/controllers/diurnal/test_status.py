"""The status as users see it."""

from router.controllers.diurnal import zones
from tests.support.diurnal import World, at, deployment

SPEC = """
timeZone: Europe/Berlin
base: {replicas: 2}
schedule:
- {name: open, from: "08:00", to: "18:00", replicas: 10, ramp: {over: 30m}}
- {name: lunch, from: "12:00", to: "13:00", replicas: 8}
"""


def test_the_status_tells_current_why_and_next() -> None:
    world = World(SPEC, deployment(10))
    world.step(at("2026-11-23T12:30"))
    assert {k: v for k, v in world.status.items() if k != "conditions"} == {
        "observedGeneration": 1,
        "timeZone": "Europe/Berlin",
        "timeZoneData": zones.VERSION,
        "current": {
            "value": "10", "replicas": 10, "entry": "open", "why": "open (over lunch)", "since": "2026-11-23T07:00:00Z",
        },
        "next": {
            "time": "2026-11-23T17:00:00Z", "local": "2026-11-23T18:00:00+01:00", "value": "2", "replicas": 2, "entry": "base",
        },
        "overlap": {"rule": "max", "entries": ["lunch"]},
        "targets": [{"target": "Deployment/web", "state": "Settled", "wanted": "replicas 10", "settled": "10"}],
    }  # fmt: skip


def test_on_a_ramp_the_goal_is_told() -> None:
    world = World(SPEC, deployment(2))
    world.step(at("2026-11-23T08:15"))
    assert world.status["current"]["value"] == "6" and world.status["current"]["goal"] == "10"


def test_bounds_have_no_single_number() -> None:
    world = World("mode: bounds\nbase: {min: 2, max: 9}")
    world.step(at("2026-11-23T08:15"))
    assert world.status["current"] == {"value": "2..9", "entry": "base", "why": "base"}
