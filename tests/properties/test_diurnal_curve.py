"""Schedules as hypothesis makes them: the number at an instant follows from the schedule alone, and whatever happens, it comes to stand."""

import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.controllers.diurnal import curve, zones
from router.controllers.diurnal.plan import plan
from router.controllers.diurnal.reading import read
from router.controllers.diurnal.types import DiurnalController
from tests.support.diurnal import World, deployment
from tests.support.properties import examples

ZONES = ["Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "Pacific/Apia", "America/St_Johns"]
DAY = 86400
NEAR = [
    zones.seconds(datetime.datetime(2026, m, d, tzinfo=datetime.UTC))
    for m, d in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1), (7, 1))
]
INSTANTS = st.builds(lambda day, n: day + n, st.sampled_from(NEAR), st.integers(-2 * DAY, 3 * DAY))
CLOCKS = st.builds(
    lambda m: f"{m // 60:02}:{m % 60:02}", st.integers(0, 1439) | st.sampled_from([0, 60, 90, 120, 150, 180, 1410])
)
DAYS = st.sampled_from([None, "Mon-Fri", "Sat,Sun", "Sun", "Fri-Mon", "Wed"])
RAMPS = st.sampled_from(
    [None, None, {"over": "20m"}, {"over": "90m", "shape": "cosine"}, {"over": "2h", "shape": "steps", "steps": 3, "side": "end"}]
)
NUMBERS = st.integers(0, 30)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {"replicas": draw(NUMBERS), "days": draw(DAYS), "ramp": draw(RAMPS)}
    kind = draw(st.sampled_from(["at", "window", "day", "event", "formula"]))
    if kind == "at":
        made["at"] = draw(CLOCKS)
    elif kind == "window":
        made |= {"from": draw(CLOCKS), "to": draw(CLOCKS)}
    elif kind == "event":
        month = draw(st.sampled_from(["03-28", "10-24", "11-01"]))
        made = {"from": f"2026-{month}T{draw(CLOCKS)}", "to": f"2026-{month[:2]}-30T{draw(CLOCKS)}", "replicas": draw(NUMBERS)}
    elif kind == "formula":
        made = {"from": draw(CLOCKS), "to": draw(CLOCKS), "formula": "10 + 9*sin(3*t)", "every": "30m"}
    return made | {"priority": draw(st.sampled_from([None, 0, 10, 15]))}


@st.composite
def specs(draw: st.DrawFn) -> DiurnalController:
    base = draw(st.none() | NUMBERS)
    lines = draw(st.lists(entries(), min_size=1, max_size=4))
    spec = {
        "target": {"kind": "Deployment", "name": "web"}, "timeZone": draw(st.sampled_from(ZONES)), "schedule": lines,
        "base": None if base is None else {"replicas": base}, "ramp": draw(RAMPS), "gap": draw(st.sampled_from(["endOfGap", "shift", "skip"])),
        "repeat": draw(st.sampled_from(["first", "second", "both"])), "overlap": draw(st.sampled_from(["max", "min", "latest"])),
    }  # fmt: skip
    found = read({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
    assert found.object, found.findings
    return found.object


def level(spec: DiurnalController, now: int, since: int) -> object:
    found = curve.steps(spec, {}, now - since, now + 1)
    assert not isinstance(found, Bad)
    return found[-1].level


@examples(150)
@given(specs(), INSTANTS, st.integers(1, 9 * DAY))
def test_the_number_does_not_depend_on_since_when_one_looks(spec: DiurnalController, now: int, since: int) -> None:
    assert level(spec, now, 0) == level(spec, now, since) == level(spec, now, DAY)


@examples(100)
@given(specs(), INSTANTS)
def test_between_now_and_the_change_that_is_told_nothing_changes(spec: DiurnalController, now: int) -> None:
    found = plan(spec, {}, now)
    assert not isinstance(found, Bad)
    until = min(found.change or now + DAY, now + 3 * DAY)
    for share in (0.25, 0.5, 0.75):
        assert level(spec, now + int((until - now) * share), 0) == found.level
    assert level(spec, until - 1, 0) == found.level
    assert found.change is None or level(spec, found.change, 0) != found.level


HAPPENINGS = st.lists(st.sampled_from(["step", "lost", "edit", "restart", "forget", "jump", "back"]), max_size=12)


@examples(100)
@given(specs(), INSTANTS, HAPPENINGS)
def test_whatever_happened_the_number_comes_to_stand(spec: DiurnalController, now: int, happenings: list[str]) -> None:
    world = World("base: {replicas: 1}", deployment(7))
    world.reading = world.reading.__class__(meta=spec.meta, object=spec, deleting=False, finalizers=(), status={}, findings=())
    for happening in happenings:
        now += {"jump": 40 * DAY, "back": -3 * DAY}.get(happening, 900)
        if happening == "edit":
            world.targets["Deployment/web"] = deployment(99)
        elif happening in ("restart", "forget"):
            world.restart()
            world.status = world.status if happening == "restart" else {}
        else:
            world.step(zones.local(now, datetime.UTC), fails=happening == "lost")
    world.step(zones.local(now, datetime.UTC))
    found = plan(spec, {}, now)
    assert not isinstance(found, Bad)
    assert found.level is None or world.replicas() == found.level.low
    assert world.step(zones.local(now, datetime.UTC)).writes == ()
