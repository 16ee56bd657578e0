"""A day on a clock of our own."""

import datetime
from typing import Any

from router.controllers.diurnal.course import Course, local_days, rates
from router.controllers.diurnal.manifests import World
from router.controllers.diurnal.simulate import simulate
from router.sources.directory import documents

DAY = """
apiVersion: tidegate.dev/v1alpha1
kind: DiurnalController
metadata: {name: web, namespace: shop}
spec:
  target: {kind: Deployment, name: web}
  timeZone: Europe/Berlin
  base: {replicas: 2}
  schedule: [{name: open, from: "08:00", to: "18:00", replicas: 10}]
"""


def run(text: str, day: str = "2026-11-23", count: int = 1) -> Course:
    found: list[Any] = [d.value for d in documents.read("x", text.encode()).documents]
    start, end = local_days(datetime.date.fromisoformat(day), count, "Europe/Berlin")
    return simulate(World(found, "shop"), start, end, "Europe/Berlin")


def moves(course: Course) -> list[tuple[float, str, Any, Any]]:
    """(hours since the start, target, before, after)"""
    return [((c.instant - course.start) / 3600, c.target, c.before, c.after) for c in course.changes]


def test_every_change_of_the_day_is_kept_and_what_stood_when_it_began() -> None:
    assert moves(run(DAY)) == [(0, "Deployment/web", None, 2), (8, "Deployment/web", 2, 10), (18, "Deployment/web", 10, 2)]
    assert len(moves(run(DAY, count=30))) == 61


def test_what_was_found_at_the_start_is_not_a_change() -> None:
    there = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 77}\n"
    assert moves(run(DAY + there))[0] == (0, "Deployment/web", None, 2)


def test_limits_count() -> None:
    course = run(DAY + "  limits: {step: 3, every: 10m}\n")
    assert [after for _, _, _, after in moves(course)] == [2, 5, 8, 10, 7, 4, 2]
    assert rates(course)[0][2] == 3


def test_an_override_counts_and_ends() -> None:
    course = run(DAY + '  override: {until: "2026-11-23T12:00:00Z", replicas: 30}\n')
    assert [(hour, after) for hour, _, _, after in moves(course)] == [(0, 30), (13, 10), (18, 2)]


def test_two_objects_on_one_target_are_told_and_one_writes() -> None:
    course = run(DAY + "---" + DAY.replace("name: web, namespace", "name: web2, namespace").replace("10", "7"))
    assert {after for _, _, _, after in moves(course)} == {2, 10}
    assert {(t.object, t.reason, t.grave) for t in course.troubles} == {
        ("web", "SharedTarget", True),
        ("web2", "SharedTarget", True),
    }


def test_an_overlap_is_told_but_is_no_failure() -> None:
    course = run(DAY.replace("replicas: 10}", 'replicas: 10}, {name: noon, from: "12:00", to: "13:00", replicas: 5}'))
    (trouble,) = course.troubles
    assert (trouble.reason, trouble.grave) == ("Overlap", False)
    assert "open over noon" in trouble.message


def test_a_calendar_that_is_not_in_the_manifests_fails() -> None:
    course = run(DAY + "  calendars: [{name: a, configMap: {name: b}}]\n")
    assert [t.reason for t in course.troubles] == ["BadCalendar"]


def test_an_autoscaler_in_the_manifests_is_what_varies() -> None:
    scaler = """---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {minReplicas: 3, maxReplicas: 8, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""
    course = run(DAY + "  mode: floor\n" + scaler)
    assert [(c.field, c.after) for c in course.changes] == [
        ("maxReplicas", 8),
        ("minReplicas", 3),
        ("minReplicas", 8),
        ("minReplicas", 3),
    ]
    assert [t.reason for t in course.troubles] == ["Capped"]


def test_labels_that_hit_nothing_make_one_target_up() -> None:
    text = DAY.replace("target: {kind: Deployment, name: web}", "selector: {name: redis, tier: db}")
    assert moves(run(text))[0][1] == "ReplicationController/redis-db"


def test_a_share_of_nodes_is_a_number_too() -> None:
    text = DAY.replace("kind: Deployment, name: web", "kind: DaemonController, name: edge").replace("replicas", "percent")
    course = run(text)
    assert [after for _, _, _, after in moves(course)] == ["2%", "10%", "2%"]
    assert rates(course)[0][2] == 8
