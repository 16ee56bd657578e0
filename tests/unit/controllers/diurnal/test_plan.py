"""What is told of now and next."""

import pytest

from router.controllers.diurnal import zones
from router.controllers.diurnal.plan import Plan, level_text, plan
from router.controllers.diurnal.types import Level
from tests.support.diurnal import at, understood

SPEC = """
timeZone: Europe/Berlin
base: {replicas: 2}
schedule: [{name: open, from: "08:00", to: "18:00", days: Mon-Fri, replicas: 10, ramp: {over: 30m}}]
"""


def of(spec: str, local: str) -> Plan:
    found = plan(understood(spec), {}, zones.seconds(at(local)))
    assert isinstance(found, Plan)
    return found


def told(spec: str, local: str) -> tuple[str, str, str]:
    """(why, next value, next local time)"""
    found = of(spec, local)
    coming = found.next
    if coming is None:
        return found.why, "", ""
    return found.why, level_text(coming.level, "count"), zones.local(coming.instant, zones.zone("Europe/Berlin")).isoformat()[:16]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23T07:00", ("base", "10", "2026-11-23T08:00")),
        ("2026-11-23T08:10", ("open, on the way to 10", "2", "2026-11-23T18:00")),
        ("2026-11-23T12:00", ("open", "2", "2026-11-23T18:00")),
        ("2026-11-27T18:10", ("base, on the way to 2", "10", "2026-11-30T08:00")),
    ],
)
def test_the_next_change_is_where_a_ramp_begins_also_over_a_weekend(local: str, expected: tuple[str, str, str]) -> None:
    assert told(SPEC, local) == expected


def test_a_change_of_a_year_away_is_found() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{dates: "11-22", replicas: 5}]'
    assert told(spec, "2026-11-23T12:00") == ("base", "5", "2027-11-22T00:00")


def test_what_never_changes_has_no_next() -> None:
    found = of("base: {replicas: 3}", "2026-11-23T12:00")
    assert found.next is None and found.change is None and found.level == Level(low=3, high=3)


def test_the_next_look_is_at_the_next_step_of_the_ramp() -> None:
    found = of(SPEC, "2026-11-23T08:00")
    assert found.change is not None and found.change - zones.seconds(at("2026-11-23T08:00")) == 113


def test_after_an_override_comes_what_the_schedule_says_then() -> None:
    spec = SPEC + 'override: {until: "2026-11-23T19:00:00Z", replicas: 30}'
    assert told(spec, "2026-11-23T12:00") == ("override until 2026-11-23T19:00:00Z", "2", "2026-11-23T20:00")


@pytest.mark.parametrize(
    ("level", "unit", "text"),
    [(None, "count", "-"), (Level(low=5, high=5), "count", "5"), (Level(low=30, high=30), "percent", "30%"), (Level(low=2, high=9), "count", "2..9"),
     (Level(low=2), "count", "2.."), (Level(high=9), "count", "..9"), (Level(low=0, high=0), "count", "0")],
)  # fmt: skip
def test_levels_have_a_short_notation(level: Level | None, unit: str, text: str) -> None:
    assert level_text(level, unit) == text
