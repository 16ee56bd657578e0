"""What a DiurnalController writes, when, and what it says. ``World`` does what is decided."""

import datetime
from typing import Any

import pytest

from router.controllers.diurnal.decide import decide
from router.controllers.diurnal.types import FINALIZER, Memory, Seen, Target
from router.facts.meta import Meta
from tests.support.diurnal import World, at, autoscaler, deployment, read, understood

DAY = """
timeZone: Europe/Berlin
base: {replicas: 2}
schedule: [{name: open, from: "08:00", to: "18:00", replicas: 10}]
"""
MINUTE = datetime.timedelta(minutes=1)


def reasons(decision: Any) -> list[tuple[str, str]]:
    return [(said.type, said.reason) for said in decision.says]


# level-based


def test_the_number_follows_from_the_time_alone() -> None:
    for replicas in (0, 2, 10, 99):
        assert World(DAY, deployment(replicas)).replicas(at("2026-11-23T12:00")) == 10
        assert World(DAY, deployment(replicas)).replicas(at("2026-11-23T20:00")) == 2


def test_a_missed_change_is_made_good_after_a_restart() -> None:
    world = World(DAY, deployment(2))
    world.step(at("2026-11-23T07:00"))
    world.restart()
    assert world.replicas(at("2026-11-23T11:00")) == 10


def test_a_write_that_failed_is_tried_again() -> None:
    world = World(DAY, deployment(2))
    for _ in range(3):
        assert world.step(at("2026-11-23T08:00"), fails=True).writes
    assert world.replicas(at("2026-11-23T08:01")) == 10
    assert world.step(at("2026-11-23T08:02")).writes == ()


@pytest.mark.parametrize("jump", ["2026-11-23T02:00", "2026-11-25T12:00", "2036-11-23T12:00", "1999-01-01T12:00"])
def test_a_clock_that_jumps_converges_at_the_first_look(jump: str) -> None:
    world = World(DAY, deployment(2))
    world.step(at("2026-11-23T12:00"))
    world.step(at(jump))
    assert world.replicas() == (10 if jump.endswith("12:00") else 2)
    assert world.replicas(at("2026-11-23T12:00")) == 10


def test_it_asks_to_look_again_at_the_change() -> None:
    decision = World(DAY).step(at("2026-11-23T17:30"))
    assert decision.again == at("2026-11-23T18:00")
    assert World(DAY).step(at("2026-11-23T12:00")).again == at("2026-11-23T13:00")


def test_a_whole_year_passes_on_a_clock_of_its_own() -> None:
    world, seen = World(DAY, deployment(2)), set()
    world.until(at("2026-01-01T00:00"), at("2027-01-01T00:00"), lambda now: seen.add((now.hour, world.replicas())))
    assert world.writes == 2 * 365


# drift


def test_what_somebody_else_writes_is_put_right() -> None:
    world = World(DAY)
    world.step(at("2026-11-23T12:00"))
    world.targets["Deployment/web"] = deployment(3)
    assert world.replicas(at("2026-11-23T12:01")) == 10


def test_with_drift_edge_it_stands_until_the_next_change_also_over_a_restart() -> None:
    world = World(DAY + "drift: edge\n")
    world.step(at("2026-11-23T12:00"))
    world.step(at("2026-11-23T12:01"))
    world.targets["Deployment/web"] = deployment(3)
    assert world.replicas(at("2026-11-23T12:02")) == 3
    assert world.status["targets"][0]["state"] == "Drifted"
    world.restart()
    assert world.replicas(at("2026-11-23T12:03")) == 3
    assert world.replicas(at("2026-11-23T18:00")) == 2


def test_with_drift_edge_a_change_whose_write_failed_is_not_lost() -> None:
    world = World(DAY + "drift: edge\n", deployment(2))
    world.step(at("2026-11-23T07:00"))
    world.step(at("2026-11-23T08:00"), fails=True)
    world.restart()
    assert world.replicas(at("2026-11-23T08:01")) == 10


# override, suspend


OVERRIDE = DAY + 'override: {until: "2026-11-23T12:00:00Z", replicas: 30, reason: fair}\n'


def test_an_override_holds_and_ends_by_itself_also_over_a_restart() -> None:
    world = World(OVERRIDE)
    decision = world.step(at("2026-11-23T12:30"))
    assert world.replicas() == 30 and decision.again == at("2026-11-23T13:00")
    assert world.condition("Overridden") == ("True", "Override")
    assert world.status["current"]["why"] == "override until 2026-11-23T12:00:00Z: fair"
    assert world.status["next"]["time"] == "2026-11-23T12:00:00Z" and world.status["next"]["value"] == "10"
    world.restart()
    assert world.replicas(at("2026-11-23T12:59:59")) == 30
    ended = world.step(at("2026-11-23T13:00"))
    assert world.replicas() == 10 and world.condition("Overridden") == ("False", "Schedule")
    assert ("Normal", "OverrideEnded") in reasons(ended)


def test_suspended_nothing_is_written_and_the_schedule_is_still_told() -> None:
    world = World(DAY + "suspend: true\n", deployment(5))
    world.step(at("2026-11-23T12:00"))
    assert world.replicas() == 5 and world.condition("Suspended") == ("True", "Suspended")
    assert world.status["next"]["value"] == "2"
    world.respec(DAY)
    assert world.replicas(at("2026-11-23T12:01")) == 10


# closed when in doubt


def test_an_object_that_is_not_understood_keeps_the_last_value() -> None:
    world = World(DAY, deployment(10))
    world.step(at("2026-11-23T12:00"))
    world.respec(DAY.replace("Berlin", "Berlim"))
    decision = world.step(at("2026-11-23T20:00"))
    assert world.replicas() == 10 and world.condition("Ready") == ("False", "BadSpec")
    assert ("Warning", "BadSpec") in reasons(decision)
    assert world.status["current"]["value"] == "10" and "next" not in world.status


CALENDAR = """
timeZone: Europe/Berlin
base: {replicas: 2}
calendars: [{name: de, configMap: {name: holidays, key: de}}]
schedule: [{from: "08:00", to: "18:00", class: workday, replicas: 10}]
"""


@pytest.mark.parametrize("text", [None, "", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VCALENDAR\nnonsense", "next monday"])
def test_a_calendar_that_is_not_there_or_broken_keeps_the_last_value(text: str | None) -> None:
    world = World(CALENDAR, deployment(7), calendars={("holidays", "de"): text})
    world.step(at("2026-11-23T12:00"))
    assert world.replicas() == 7 and world.condition("Ready") == ("False", "BadCalendar")
    world.more["calendars"] = {("holidays", "de"): "2026-12-25 # Christmas\n"}
    assert world.replicas(at("2026-11-23T12:05")) == 10


def test_nothing_understood_writes_nothing() -> None:
    made = decide(at("2026-11-23T12:00"), Seen(meta=Meta(name="web"), object=None), Memory())
    assert made.writes == () and made.status["conditions"][0]["reason"] == "BadSpec"


def test_a_target_that_is_not_there_is_told() -> None:
    world = World(DAY, deployment(1, "other"))
    world.step(at("2026-11-23T12:00"))
    assert world.condition("Ready") == ("False", "NoTarget")
    assert world.status["conditions"][0]["message"] == "not found: Deployment web"


def test_a_write_that_the_api_server_refuses_is_told() -> None:
    world = World(DAY, deployment(2), failures={"Deployment/web": "403 forbidden"})
    world.step(at("2026-11-23T12:00"))
    assert world.condition("Ready") == ("False", "WriteFailed")


# targets


def test_labels_mean_every_object_that_has_them_and_all_get_the_number() -> None:
    kind = "ReplicationController"
    found = [
        Target(api_version="v1", kind=kind, name=n, labels={"name": n[:5], "x": "y"}, replicas=1)
        for n in ("redis1", "redis2", "other")
    ]
    world = World('selector: {name: redis}\ntimes: "00:00Z"\ncounts: "4"\n', *found)
    world.step(at("2026-11-23T12:00"))
    assert {t.name: t.replicas for t in world.targets.values()} == {"redis1": 4, "redis2": 4, "other": 1}


def test_anything_with_a_scale_is_a_target() -> None:
    thing = Target(api_version="example.com/v1", kind="Thing", name="x", replicas=1)
    world = World("target: {apiVersion: example.com/v1, kind: Thing, name: x}\nbase: {replicas: 3}\noutside: restore", thing)
    (write,) = world.step(at("2026-11-23T12:00")).writes
    assert dict(write.fields) == {"replicas": 3} and write.note is None


def test_the_share_of_the_nodes_of_a_daemon_controller_varies() -> None:
    daemon = Target(api_version="tidegate.dev/v1alpha1", kind="DaemonController", name="edge", nodes=None)
    world = World("""
target: {kind: DaemonController, name: edge}
timeZone: Europe/Berlin
base: {percent: 30}
schedule: [{from: "08:00", to: "18:00", percent: 100, ramp: {over: 30m}}]
limits: {step: 20, every: 5m}
""", daemon)  # fmt: skip
    shares: list[str | int | None] = []
    world.until(
        at("2026-11-23T00:00"), at("2026-11-24T00:00"), lambda _: shares.append(world.targets["DaemonController/edge"].nodes)
    )
    seen = [int(str(n).rstrip("%")) for n in shares]
    assert (min(seen), max(seen), seen[-1]) == (30, 100, 30)
    assert all(abs(a - b) <= 20 for a, b in zip([100, *seen], seen, strict=False))


# limits


def test_limits_bound_each_step_and_the_time_between_two() -> None:
    world, moves = World(DAY + "limits: {step: 3, every: 2m}\n", deployment(2)), []
    start = at("2026-11-23T07:59")
    world.until(start, at("2026-11-23T08:30"), lambda now: moves.append(((now - start) // MINUTE, world.replicas())))
    numbers = [replicas for _, replicas in moves]
    assert list(dict.fromkeys(numbers)) == [2, 5, 8, 10]
    assert world.writes == 3


def test_a_restart_does_not_make_it_faster() -> None:
    world = World(DAY + "limits: {step: 3, every: 2m}\n", deployment(2))
    world.step(at("2026-11-23T08:00"))
    world.restart()
    decision = world.step(at("2026-11-23T08:01"))
    assert decision.writes == () and decision.again == at("2026-11-23T08:02")
    assert world.status["targets"][0]["state"] == "Waiting"


# autoscalers


FLOOR = DAY.replace("base: {replicas: 2}", "") + "mode: floor\n"


def test_a_floor_raises_the_minimum_of_the_autoscaler_and_gives_it_back() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20), finalizers=(FINALIZER,))
    assert world.step(at("2026-11-23T12:00")).writes
    scaler = world.targets["HorizontalPodAutoscaler/web"]
    assert (scaler.low, scaler.high) == (10, 20) and world.replicas() == 8
    assert world.step(at("2026-11-23T12:01")).writes == ()
    world.step(at("2026-11-23T18:00"))
    scaler = world.targets["HorizontalPodAutoscaler/web"]
    assert (scaler.low, scaler.high, scaler.note) == (2, 20, "")


def test_a_floor_below_what_the_autoscaler_does_changes_no_replicas() -> None:
    """The autoscaler is at 8, the window says 5: nobody scales in."""
    world = World(FLOOR.replace("10", "5"), deployment(8), autoscaler(1, 20))
    world.step(at("2026-11-23T12:00"))
    assert world.replicas() == 8 and world.targets["HorizontalPodAutoscaler/web"].low == 5


def test_originals_come_from_the_target_itself_so_a_restart_loses_nothing() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    world.memory, world.status = Memory(), {}
    world.step(at("2026-11-23T18:00"))
    assert world.targets["HorizontalPodAutoscaler/web"].low == 2


def test_what_somebody_writes_into_the_autoscaler_meanwhile_is_the_new_original() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    mine = world.targets["HorizontalPodAutoscaler/web"]
    world.targets[mine.id] = autoscaler(4, 30, note=mine.note)
    world.step(at("2026-11-23T12:01"))
    assert (world.targets[mine.id].low, world.targets[mine.id].high) == (10, 30)
    world.step(at("2026-11-23T18:00"))
    assert (world.targets[mine.id].low, world.targets[mine.id].high) == (4, 30)


def test_set_beside_an_autoscaler_writes_nothing_and_says_what_to_write() -> None:
    world = World(DAY, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    assert world.writes == 0 and world.condition("Ready") == ("False", "AutoscalerPresent")
    assert "mode: floor" in world.status["conditions"][0]["message"]


def test_a_floor_above_the_maximum_is_capped_and_told() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 6))
    world.step(at("2026-11-23T12:00"))
    world.step(at("2026-11-23T12:01"))
    assert world.targets["HorizontalPodAutoscaler/web"].low == 6 and world.condition("Ready") == ("False", "Capped")


def test_bounds_write_both_and_restore_both() -> None:
    spec = 'timeZone: Europe/Berlin\nmode: bounds\nschedule: [{from: "08:00", to: "18:00", min: 10, max: 50}, {from: "22:00", to: "06:00", max: 5}]'
    world, seen = World(spec, deployment(8), autoscaler(None, 20)), []
    for time in ("12:00", "19:00", "23:00", "07:00"):
        world.step(at(f"2026-11-23T{time}"))
        seen.append((world.targets["HorizontalPodAutoscaler/web"].low, world.targets["HorizontalPodAutoscaler/web"].high))
    assert seen == [(10, 50), (None, 20), (1, 5), (None, 20)]


def test_deleted_it_gives_the_originals_back_before_its_finalizer_goes() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    assert world.step(at("2026-11-23T12:00")).finalizer is True
    world.more = {"deleting": True, "finalizers": (FINALIZER,)}
    decision = world.step(at("2026-11-23T12:01"))
    assert decision.finalizer is False
    assert (world.targets["HorizontalPodAutoscaler/web"].low, world.targets["HorizontalPodAutoscaler/web"].note) == (2, "")


def test_deleted_without_a_readable_spec_it_does_so_too() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    world.respec("timeZone: Nowhere")
    world.more = {"deleting": True, "finalizers": (FINALIZER,)}
    world.step(at("2026-11-23T12:01"))
    assert world.targets["HorizontalPodAutoscaler/web"].low == 2


def test_a_target_that_is_not_meant_any_more_gets_its_originals_back() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    world.respec(FLOOR + "target: {kind: Deployment, name: other}\n")
    world.step(at("2026-11-23T12:01"))
    assert world.targets["HorizontalPodAutoscaler/web"].low == 2


def test_a_mode_that_does_not_move_bounds_any_more_gives_them_back() -> None:
    for mode in ("set", "publish"):
        world = World(FLOOR, deployment(8), autoscaler(2, 20))
        world.step(at("2026-11-23T12:00"))
        world.respec(FLOOR.replace("mode: floor", f"mode: {mode}"))
        world.step(at("2026-11-23T12:01"))
        assert (world.targets["HorizontalPodAutoscaler/web"].low, world.replicas()) == (2, 8)


def test_another_mode_works_from_the_originals() -> None:
    world = World(FLOOR, deployment(8), autoscaler(2, 20))
    world.step(at("2026-11-23T12:00"))
    world.respec(FLOOR.replace("mode: floor", "mode: ceiling"))
    world.step(at("2026-11-23T12:01"))
    scaler = world.targets["HorizontalPodAutoscaler/web"]
    assert (scaler.low, scaler.high) == (2, 10)


def test_outside_restore_gives_back_the_replicas_too() -> None:
    world = World(DAY.replace("base: {replicas: 2}", "outside: restore"), deployment(4))
    assert [world.replicas(at(f"2026-11-23T{t}")) for t in ("07:00", "12:00", "18:00")] == [4, 10, 4]


def test_outside_leave_touches_nothing() -> None:
    world = World(DAY.replace("base: {replicas: 2}", ""), deployment(4))
    assert [world.replicas(at(f"2026-11-23T{t}")) for t in ("07:00", "12:00", "18:00")] == [4, 10, 10]
    assert world.status["targets"][0]["state"] == "LeftAlone"


def test_publish_writes_the_status_only() -> None:
    world = World(DAY + "mode: publish\n", deployment(4), autoscaler(1, 9))
    world.step(at("2026-11-23T12:00"))
    assert world.writes == 0 and world.status["current"]["replicas"] == 10


# two objects, one target


@pytest.mark.parametrize(
    ("mine", "theirs", "wins"),
    [({}, {}, True), ({"creationTimestamp": "2026-02-01T00:00:00Z"}, {"creationTimestamp": "2026-01-01T00:00:00Z"}, False)],
)
def test_of_two_objects_on_one_target_one_wins_by_rule_and_both_are_told(
    mine: dict[str, str], theirs: dict[str, str], wins: bool
) -> None:
    a, b = (DAY, {"name": "web", **mine}), (DAY.replace("10", "7"), {"name": "web2", **theirs})
    writers = []
    for (spec, meta), (other, its) in ((a, b), (b, a)):
        found = read(spec, **meta)
        seen = Seen(meta=found.meta, object=found.object, others=(understood(other, **its),), targets=(deployment(1),))
        made = decide(at("2026-11-23T12:00"), seen, Memory())
        conflict = next(c for c in made.status["conditions"] if c["type"] == "Conflict")
        assert conflict["status"] == "True" and ("Warning", "SharedTarget") in reasons(made)
        writers += [found.meta.name] if made.writes else []
    assert writers == (["web"] if wins else ["web2"])


def test_the_higher_priority_wins() -> None:
    world = World(DAY, deployment(1), others=(understood(DAY + "priority: 1\n", name="aaa"),))
    assert world.step(at("2026-11-23T12:00")).writes == ()
    world = World(DAY + "priority: 2\n", deployment(1), others=(understood(DAY + "priority: 1\n", name="aaa"),))
    assert world.step(at("2026-11-23T12:00")).writes != ()


@pytest.mark.parametrize("more", ["suspend: true\n", "mode: publish\n"])
def test_who_writes_nothing_is_no_rival(more: str) -> None:
    world = World(DAY, deployment(1), others=(understood(DAY + more, name="aaa"),))
    world.step(at("2026-11-23T12:00"))
    assert world.replicas() == 10 and world.condition("Conflict") == ("False", "NoRival")


def test_an_autoscaler_and_what_it_scales_are_one_target() -> None:
    other = understood(FLOOR + "target: {kind: HorizontalPodAutoscaler, name: web}\n", name="aaa")
    world = World(FLOOR, deployment(1), autoscaler(1, 20), others=(other,))
    world.step(at("2026-11-23T12:00"))
    assert world.condition("Conflict") == ("True", "SharedTarget") and world.writes == 0


# what is said


def test_a_write_is_an_event_with_before_after_and_why() -> None:
    decision = World(DAY, deployment(2)).step(at("2026-11-23T12:00"))
    assert [s.note for s in decision.says] == ["Deployment/web: replicas 2 -> 10 (open)"]


def test_a_status_that_says_the_same_is_the_same_bytes() -> None:
    world = World(DAY, deployment(2))
    world.step(at("2026-11-23T12:00"))
    first = world.step(at("2026-11-23T12:01")).status
    assert world.step(at("2026-11-23T12:02")).status == first


def test_nothing_is_said_twice() -> None:
    world = World(DAY, deployment(1, "other"))
    assert reasons(world.step(at("2026-11-23T12:00"))) == [("Warning", "NoTarget")]
    assert reasons(world.step(at("2026-11-23T12:01"))) == []
    world.targets["Deployment/web"] = deployment(10)
    assert reasons(world.step(at("2026-11-23T12:02"))) == [("Normal", "Ready")]
