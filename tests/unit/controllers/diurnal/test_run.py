"""The diurnal controller at work, on a clock that tests turn: a day passes in a moment."""

import datetime
from typing import Any

import pytest

from router.sources.kubernetes.transport import ApiError
from tests.support.clock import FakeClock
from tests.support.fake_cluster import AUTOSCALERS, DAEMONS, DEPLOYMENTS, DIURNALS
from tests.support.hosted import Hosted, hosted

NEW_YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
HOUR = 3600
CONFIG_MAPS = "/api/v1/configmaps"
TIMES = {"times": "06:00Z,09:00Z,17:00Z,22:00Z", "counts": "15,20,13,6"}


def deployment(h: Hosted, name: str = "web", replicas: int = 1, **labels: str) -> None:
    meta = {"name": name, "namespace": "shop", "labels": labels}
    template = {"metadata": {"labels": {"app": name}}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    h.api.put(DEPLOYMENTS, {"metadata": meta, "spec": spec})


def diurnal(h: Hosted, name: str = "day", **spec: Any) -> None:
    aim = {} if {"target", "targets", "selector"} & spec.keys() else {"target": {"kind": "Deployment", "name": "web"}}
    h.api.put(DIURNALS, {"metadata": {"name": name, "namespace": "shop"}, "spec": {**aim, **spec}})


def replicas(h: Hosted, name: str = "web") -> int:
    return int(h.api.objects[DEPLOYMENTS]["shop", name]["spec"]["replicas"])


def status(h: Hosted, name: str = "day") -> dict[str, Any]:
    return dict(h.api.objects[DIURNALS]["shop", name].get("status", {}))


def condition(h: Hosted, kind: str, name: str = "day") -> dict[str, Any]:
    return next((c for c in status(h, name).get("conditions", ()) if c["type"] == kind), {})


@pytest.fixture
def h() -> Hosted:
    return Hosted(FakeClock(NEW_YEAR))


async def test_a_day_is_followed_hour_by_hour(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, **TIMES)
        seen = []
        await h.clock.advance(60)
        for _ in range(26):
            seen.append(replicas(h))
            await h.clock.advance(HOUR)
        day = [6] * 6 + [15] * 3 + [20] * 8 + [13] * 5 + [6] * 2
        assert seen == [*day, 6, 6]
        assert h.api.count("PATCH", "/deployments/web") == 5
        assert "Scaled" in h.events()


async def test_the_entry_of_midnight_holds_every_day(h: Hosted) -> None:
    """The loop of 2015 applied it once and never again."""
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, times="00:00Z,12:00Z", counts="6,10")
        seen = []
        for _ in range(3):
            await h.clock.advance(12 * HOUR)
            await h.clock.advance(1)
            seen.append(replicas(h))
        assert seen == [10, 6, 10]


async def test_whoever_starts_late_catches_up_and_what_is_changed_by_hand_is_put_right(h: Hosted) -> None:
    deployment(h)
    diurnal(h, **TIMES)
    await h.clock.advance(10 * HOUR)
    async with hosted(h, daemon=False, diurnal=True):
        await h.clock.advance(1)
        assert replicas(h) == 20
        h.api.change(DEPLOYMENTS, "web", {"spec": {"replicas": 3}})
        await h.clock.advance(2)
        assert replicas(h) == 20


async def test_calls_that_fail_at_a_transition_are_made_good(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, **TIMES)
        await h.clock.advance(6 * HOUR - 60)
        wrong: list[Exception] = [ApiError(409, "changed"), ApiError(500, "no"), ConnectionResetError(), TimeoutError()]

        def fails(method: str, path: str) -> None:
            if method == "PATCH" and path.endswith("/deployments/web") and wrong:
                raise wrong.pop()

        h.api.fails = fails
        await h.clock.advance(180)
        assert wrong == []
        assert replicas(h) == 15


async def test_a_write_that_is_refused_is_told_in_the_status(h: Hosted) -> None:
    def fails(method: str, path: str) -> None:
        if method == "PATCH" and path.endswith("/deployments/web"):
            raise ApiError(403, "forbidden: may not patch deployments")

    async with hosted(h, daemon=False, diurnal=True):
        h.api.fails = fails
        deployment(h)
        diurnal(h, **TIMES)
        await h.clock.advance(120)
        assert condition(h, "Ready")["status"] == "False"
        assert "may not patch deployments" in str(status(h))
        h.api.fails = lambda method, path: None
        await h.clock.advance(600)
        assert replicas(h) == 6
        assert condition(h, "Ready")["status"] == "True"


async def test_two_objects_of_one_target_do_not_fight(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, "one", base={"replicas": 3}, priority=5)
        diurnal(h, "two", base={"replicas": 9})
        await h.clock.advance(300)
        assert replicas(h) == 3
        assert h.api.count("PATCH", "/deployments/web") == 1
        assert condition(h, "Conflict", "one")["status"] == condition(h, "Conflict", "two")["status"] == "True"


async def test_an_autoscaler_gets_its_bounds_back_when_the_object_goes(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        aim = {"kind": "Deployment", "name": "web"}
        spec = {"minReplicas": 2, "maxReplicas": 10, "scaleTargetRef": aim}
        h.api.put(AUTOSCALERS, {"metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
        deployment(h, replicas=8)
        diurnal(h, mode="floor", base={"min": 5})
        await h.clock.advance(5)
        scaler = h.api.objects[AUTOSCALERS]["shop", "web"]
        assert (scaler["spec"]["minReplicas"], replicas(h)) == (5, 8), "in floor mode nobody scales in"
        assert h.api.objects[DIURNALS]["shop", "day"]["metadata"]["finalizers"] == ["tidegate.dev/diurnal"]
        h.api.change(DIURNALS, "day", {"metadata": {"deletionTimestamp": "2026-01-01T00:00:10Z"}})
        await h.clock.advance(10)
        scaler = h.api.objects[AUTOSCALERS]["shop", "web"]
        assert scaler["spec"]["minReplicas"] == 2
        assert "tidegate.dev/diurnal" not in scaler["metadata"].get("annotations", {})
        assert h.api.objects[DIURNALS] == {}


async def test_the_fraction_of_nodes_of_a_daemon_varies(h: Hosted) -> None:
    async with hosted(h, daemon=True, diurnal=True):
        h.nodes(10)
        h.daemon()
        diurnal(h, target={"kind": "DaemonController", "name": "edge"},
                schedule=[{"at": "08:00", "percent": 80}, {"at": "20:00", "percent": 30}])  # fmt: skip
        counts = []
        for _ in range(4):
            for _ in range(4):
                await h.turn(10)
            counts.append((h.api.objects[DAEMONS]["shop", "edge"]["spec"]["nodes"], len(h.pods())))
            await h.clock.advance(12 * HOUR - 40)
        assert counts == [("30%", 3), ("80%", 8), ("30%", 3), ("80%", 8)]


async def test_a_kind_of_others_is_scaled_through_its_scale(h: Hosted) -> None:
    things = "/apis/example.com/v1/things"
    h.api.resources["/apis/example.com/v1"] = [{"name": "things", "kind": "Thing"}, {"name": "things/scale", "kind": "Scale"}]
    async with hosted(h, daemon=False, diurnal=True):
        h.api.put(things, {"metadata": {"name": "one", "namespace": "shop", "labels": {"a": "b"}}, "spec": {"replicas": 1}})
        h.api.put(things, {"metadata": {"name": "two", "namespace": "shop"}, "spec": {"replicas": 1}})
        diurnal(h, target={"apiVersion": "example.com/v1", "kind": "Thing", "matchLabels": {"a": "b"}}, base={"replicas": 4})
        await h.clock.advance(60)
        assert [item["spec"]["replicas"] for item in h.api.items(things)] == [4, 1]
        assert h.api.count("PATCH", "/things/one") == h.api.count("PATCH", "/things/one/scale") == 1


async def test_a_holiday_comes_from_a_calendar_in_a_config_map(h: Hosted) -> None:
    text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n" \
        "DTSTART;VALUE=DATE:20260102\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"  # fmt: skip
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, base={"replicas": 9}, schedule=[{"class": "holiday", "replicas": 1}],
                calendars=[{"name": "de", "configMap": {"name": "holidays"}}])  # fmt: skip
        await h.clock.advance(60)
        assert replicas(h) == 1, "nothing is written before the calendar is there"
        assert condition(h, "Ready")["status"] == "False"
        h.api.put(CONFIG_MAPS, {"metadata": {"name": "holidays", "namespace": "shop"}, "data": {"calendar.ics": text}})
        await h.clock.advance(60)
        assert replicas(h) == 9
        await h.clock.advance(24 * HOUR)
        assert replicas(h) == 1


async def test_a_spec_that_is_not_understood_changes_nothing_and_says_so(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h, replicas=7)
        diurnal(h, base={"replicas": 3}, timeZone="Europe/Atlantis")
        await h.clock.advance(120)
        assert replicas(h) == 7
        assert condition(h, "Ready")["status"] == "False"
        assert "Atlantis" in condition(h, "Ready")["message"]


async def test_a_world_that_does_not_change_costs_no_write(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        diurnal(h, **TIMES)
        await h.clock.advance(60)
        before = len(h.api.calls)
        await h.clock.advance(5 * HOUR)
        assert h.api.calls[before:] == []


async def test_a_late_watch_does_not_hurry_a_limited_change(h: Hosted) -> None:
    async with hosted(h, daemon=False, diurnal=True):
        deployment(h)
        await h.clock.advance(2)
        h.api.held.add(DEPLOYMENTS)
        diurnal(h, base={"replicas": 9}, limits={"step": 2, "every": "30s"})
        await h.clock.advance(120)
        assert replicas(h) == 3
        await h.api.release()
        await h.clock.advance(200)
        assert replicas(h) == 9
