"""How a pod goes: at once, or when it is drained."""

from typing import Any

import pytest

from router.controllers.daemon.draining import Going, go, marked
from router.controllers.daemon.keeping import Departure
from router.controllers.daemon.standing import stamp
from router.controllers.daemon.types import DRAIN, PreDelete
from tests.support.daemon_world import START, World, manifest, nodes, pod, readiness

HTTP = PreDelete(port=9090, path="/drain", timeout=60)
LABELS = PreDelete(labels={"busy": "yes"}, timeout=60)
BOTH = PreDelete(labels={"busy": "yes"}, port=9090, path="/drain", timeout=0)


def gone(hook: PreDelete | None, since: float | None, drained: bool = False, busy: bool = False, phase: str = "Running") -> Going:
    metadata: dict[str, Any] = {} if since is None else {"annotations": {DRAIN: stamp(START - since)}}
    labels = {"app": "edge", "busy": "yes"} if busy else {"app": "edge"}
    one = pod("a", on="n", labels=labels, metadata=metadata, status={"phase": phase})
    return go(START, [Departure(pod=one, node="n", reason="Outdated")], hook, frozenset(["uid-a"] if drained else []))


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (gone(None, None), "Outdated"),
        (gone(None, 5), "Outdated"),
        (gone(HTTP, None), ""),
        (gone(HTTP, 5), ""),
        (gone(HTTP, 5, drained=True), "Outdated"),
        (gone(HTTP, 60), "DrainTimeout"),
        (gone(HTTP, None, phase="Pending"), "Outdated"),
        (gone(HTTP, None, phase="Failed"), "Outdated"),
        (gone(LABELS, None, busy=False), ""),
        (gone(LABELS, 5, busy=True), ""),
        (gone(LABELS, 5, busy=False), "Outdated"),
        (gone(LABELS, 61, busy=True), "DrainTimeout"),
        (gone(BOTH, 5, drained=True, busy=True), ""),
        (gone(BOTH, 5, drained=False, busy=False), ""),
        (gone(BOTH, 5, drained=True, busy=False), "Outdated"),
        (gone(BOTH, 10**6, drained=True, busy=True), ""),
    ],
)
def test_a_pod_is_deleted_when_the_hook_lets_it_go(made: Going, reason: str) -> None:
    assert [d.reason for d in made.deletes] == ([reason] if reason else [])
    assert len(made.drains) == (not reason)


def test_the_mark_is_written_once_and_the_pod_is_asked_until_it_answers() -> None:
    (first,) = gone(HTTP, None).drains
    assert first.patch == {"metadata": {"uid": "uid-a", "annotations": {DRAIN: stamp(START)}}} and first.ask == (9090, "/drain")
    (again,) = gone(HTTP, 5).drains
    assert again.patch is None and again.ask == (9090, "/drain")
    assert gone(LABELS, 5, busy=True).drains[0].ask is None


@pytest.mark.parametrize(
    ("made", "again"), [(gone(HTTP, None), 60.0), (gone(HTTP, 5), 55.0), (gone(BOTH, 5), None), (gone(None, 5), None)]
)
def test_the_clock_wakes_at_the_end_of_the_patience(made: Going, again: float | None) -> None:
    assert made.again == again


def test_pods_that_were_told_to_go_still_go() -> None:
    told = pod("a", on="n", metadata={"annotations": {DRAIN: stamp(START)}})
    ending = pod("b", on="n", metadata={"annotations": {DRAIN: stamp(START)}, "deletionTimestamp": stamp(START)})
    assert [(d.pod.metadata.name, d.node) for d in marked([told, ending, pod("c", on="n")], {"uid-a": "n"})] == [("a", "n")]


def test_a_rollout_waits_for_each_drain_and_keeps_to_its_limit() -> None:
    hook = {"preDelete": {"http": {"port": 9090, "path": "/drain"}}}
    world = World(manifest(spec=hook, rolling={"maxUnavailable": 1}), nodes(3))
    world.settle()
    world.image("edge:2")
    for number in range(1, 4):
        for _ in range(10):
            decision = world.sync()
            world.kubelet()
            world.now += 1
        assert len(decision.drains) == 1 and decision.drains[0].ask == (9090, "/drain") and len(world.deleted) == number - 1
        world.drained.add(decision.drains[0].uid)
        for _ in range(2):
            world.sync()
            world.kubelet()
    world.settle()
    assert [reason for _, reason in world.deleted] == ["Drained"] * 3
    assert all(images == ["edge:2"] for images in world.by_node().values())


def test_a_node_that_is_not_chosen_any_more_is_drained_first() -> None:
    world = World(manifest(spec={"nodes": "100%", "preDelete": {"labels": {"busy": "yes"}, "timeoutSeconds": 30}}), [])
    world.nodes = {n.metadata.name: n for n in nodes(4)}
    world.settle()
    world.change(lambda spec: spec.update(nodes=1))
    decision = world.sync()
    assert len(decision.drains) == 3 and not decision.deletes
    world.settle()
    assert len(world.pods) == 1


def test_a_hook_that_is_taken_away_holds_nobody() -> None:
    world = World(manifest(spec={"preDelete": {"http": {"port": 1}, "timeoutSeconds": 0}}, nodeName="other"), nodes(1))
    world.add(pod("a", on="node-00", status=readiness(START)))
    world.sync()
    assert world.sync().deletes == ()
    world.change(lambda spec: spec.pop("preDelete"))
    assert [d.name for d in world.sync().deletes] == ["a"]
