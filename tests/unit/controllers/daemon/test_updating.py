"""The rolling update: how many at once, which first, and what stops it."""

from typing import Any

import pytest

from router.controllers.daemon.standing import stamp
from router.facts.pods import Pod
from tests.support.daemon_world import START, World, manifest, node, nodes, pod, readiness


def waves(world: World, rounds: int = 60) -> list[int]:
    """How many pods were taken away in each step that took some."""
    found = []
    for _ in range(rounds):
        decision = world.sync()
        if decision.deletes:
            found.append(len(decision.deletes))
        world.kubelet()
        world.now += 1
    return found


def rolled(rolling: dict[str, Any], count: int = 5, **also: Any) -> World:
    """A world that has settled on edge:1 and is told to run edge:2."""
    world = World(manifest(rolling=rolling, **also), nodes(count))
    world.settle()
    world.image("edge:2")
    return world


def updated(world: World) -> list[str]:
    return [name for name, images in world.by_node().items() if images == ["edge:2"]]


def test_five_nodes_with_two_down_at_most_go_two_two_one() -> None:
    world = rolled({"maxUnavailable": 2})
    assert waves(world) == [2, 2, 1]
    assert len(updated(world)) == 5
    assert world.condition("Progressing")["reason"] == "Complete"


@pytest.mark.parametrize(("unavailable", "steps"), [("20%", 5), ("30%", 3), ("100%", 1), (1, 5), (3, 2), (9, 1)])
def test_a_percentage_of_the_nodes_is_rounded_up(unavailable: str | int, steps: int) -> None:
    assert len(waves(rolled({"maxUnavailable": unavailable}))) == steps


def test_nothing_is_replaced_when_the_template_is_the_same() -> None:
    world = World(manifest(), nodes(5))
    world.settle()
    world.change(lambda spec: spec.update(minReadySeconds=1))
    assert waves(world) == []


def test_new_pods_that_do_not_become_ready_stop_the_rollout() -> None:
    world = rolled({"maxUnavailable": 3})
    world.becomes_ready = lambda p: p.spec.containers[0].image != "edge:2"
    assert waves(world) == [3]
    assert world.condition("Progressing")["status"] == "True" and world.condition("Degraded")["reason"] == "NotReady"


def test_old_pods_that_are_not_ready_are_replaced_at_once() -> None:
    world = World(manifest(rolling={"maxUnavailable": 1}), nodes(5))
    world.becomes_ready = lambda _: False
    for _ in range(4):
        world.sync()
        world.kubelet()
    world.image("edge:2")
    assert waves(world, 1) == [5]


def test_old_pods_that_are_not_ready_count() -> None:
    """Three bad rollouts in a row leave the pods alone that still serve."""
    world = World(manifest(rolling={"maxUnavailable": 1}), nodes(5))
    world.settle()
    world.becomes_ready = lambda p: p.spec.containers[0].image == "edge:1"
    for image in ("edge:2", "edge:3", "edge:4"):
        world.image(image)
        waves(world, 10)
        assert world.available_nodes() == 4


@pytest.mark.parametrize(
    ("states", "taken"),
    [
        (["none", "none", "good", "good"], 0),
        (["none", "good", "good", "good"], 1),
        (["good", "good", "good", "good"], 2),
        (["ending", "good", "good", "good"], 1),
        (["ending", "ending", "good", "good"], 0),
        (["two", "good", "good", "good"], 1),
        (["failed", "good", "good", "good"], 1),
    ],
    ids=str,
)
def test_what_is_down_already_counts_against_max_unavailable(states: list[str], taken: int) -> None:
    world = World(manifest(rolling={"maxUnavailable": "50%"}), nodes(4))
    for i, state in enumerate(states):
        for name in (f"a{i}", f"b{i}") if state == "two" else () if state == "none" else (f"a{i}",):
            meta = {"deletionTimestamp": stamp(START)} if state == "ending" else {}
            status = {"phase": "Failed"} if state == "failed" else readiness(START)
            labels = {"app": "edge", "controller-revision-hash": "old"}
            world.add(pod(name, on=f"node-{i:02}", labels=labels, metadata=meta, status=status))
    assert sum(d.reason == "Outdated" for d in world.decide().deletes) == taken


def test_a_node_that_lost_its_pod_counts_as_down() -> None:
    world = rolled({"maxUnavailable": 1})
    gone = world.on("node-00")[0]
    world.pods[gone.metadata.name] = pod(gone.metadata.name, on="node-00", metadata={"deletionTimestamp": stamp(START)})
    world.ends = lambda p: p.metadata.name != gone.metadata.name
    assert waves(world, 20) == []


def test_nobody_is_replaced_on_delete_until_somebody_deletes() -> None:
    world = World(manifest(spec={"updateStrategy": {"type": "OnDelete"}}), nodes(3))
    world.settle()
    world.image("edge:2")
    assert waves(world) == [] and len(world.revisions) == 2
    del world.pods[world.on("node-01")[0].metadata.name]
    world.settle()
    assert updated(world) == ["node-01"]


def test_a_tainted_node_keeps_its_old_pod() -> None:
    """It could not get a new one."""
    world = World(manifest(rolling={"maxUnavailable": "100%"}), nodes(2))
    world.settle()
    world.nodes["node-00"] = node("node-00", taints=("a=b:NoSchedule",))
    world.image("edge:2")
    waves(world)
    assert world.by_node() == {"node-00": ["edge:1"], "node-01": ["edge:2"]}


@pytest.mark.parametrize(
    ("rolling", "names"),
    [
        ({"partition": 3}, ["node-03", "node-04"]),
        ({"partition": "50%"}, ["node-02", "node-03", "node-04"]),
        ({"partition": 0}, ["node-00", "node-01", "node-02", "node-03", "node-04"]),
        ({"partition": "100%"}, []),
        ({"partition": 9}, []),
        ({"nodeSelector": {"canary": "yes"}}, ["node-01", "node-02"]),
        ({"nodeSelector": {"matchLabels": {"canary": "yes"}}, "partition": 4}, ["node-02"]),
        ({"nodeSelector": {"canary": "no"}}, []),
        ({"paused": True}, []),
        ({"paused": "yes"}, []),
        ({"partition": 3, "maxSurge": 1}, ["node-03", "node-04"]),
        ({"nodeSelector": {"canary": "yes"}, "maxSurge": 2}, ["node-01", "node-02"]),
    ],
    ids=str,
)
def test_only_some_nodes_get_the_new_pod(rolling: dict[str, Any], names: list[str]) -> None:
    there = [node(f"node-{i:02}", {"canary": "yes"} if i in (1, 2) else {}) for i in range(5)]
    world = World(manifest(rolling=rolling), there)
    world.settle()
    world.image("edge:2")
    world.settle()
    assert updated(world) == names
    assert world.status["updatedNumberScheduled"] == len(names) and world.status["numberAvailable"] == 5


@pytest.mark.parametrize("rolling", [{"partition": 3}, {"nodeSelector": {"canary": "yes"}}, {"paused": True}], ids=str)
def test_a_pod_that_is_lost_comes_back_as_what_its_node_should_have(rolling: dict[str, Any]) -> None:
    world = World(manifest(rolling=rolling), [node(f"node-{i:02}", {"canary": "yes"} if i > 2 else {}) for i in range(5)])
    world.settle()
    world.image("edge:2")
    world.settle()
    before = world.by_node()
    for name in ("node-00", "node-04"):
        del world.pods[world.on(name)[0].metadata.name]
    world.settle()
    assert world.by_node() == before
    world.nodes["node-00b"] = node("node-00b")
    world.settle()
    assert world.by_node()["node-00b"] == ["edge:1"]


def test_a_partition_that_shrinks_lets_the_rollout_go_on() -> None:
    world = World(manifest(rolling={"partition": 4, "maxUnavailable": 1}), nodes(5))
    world.settle()
    world.image("edge:2")
    world.settle()
    assert world.condition("Progressing")["reason"] == "Partial"
    world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(partition=1))
    world.settle()
    assert updated(world) == ["node-01", "node-02", "node-03", "node-04"]
    world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(partition=0))
    world.settle()
    assert (
        world.condition("Progressing")["reason"] == "Complete"
        and world.status["currentRevision"] == world.status["updateRevision"]
    )


def test_a_pause_stops_the_update_and_nothing_else() -> None:
    world = rolled({"maxUnavailable": 1})
    waves(world, 4)
    world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(paused=True))
    world.settle()
    assert 0 < len(updated(world)) < 5
    assert world.condition("Progressing") | {"lastTransitionTime": "", "message": ""} == {
        "type": "Progressing", "status": "False", "reason": "Paused", "message": "", "observedGeneration": 3, "lastTransitionTime": "",
    }  # fmt: skip
    world.nodes["node-09"] = node("node-09")
    world.settle()
    assert world.by_node()["node-09"] == ["edge:1"]


def test_a_surge_starts_new_pods_first_and_so_many_at_once() -> None:
    world = rolled({"maxSurge": 2})
    least, most = [], []

    def look() -> None:
        least.append(world.available_nodes())
        most.append(sum(len(images) > 1 for images in world.by_node().values()))

    world.after_sync = look
    world.settle()
    assert min(least) == 5 and max(most) == 2 and len(updated(world)) == 5


def test_a_surge_replaces_what_does_not_serve_beyond_its_limit() -> None:
    world = World(manifest(rolling={"maxSurge": 1}), nodes(5))
    world.becomes_ready = lambda _: False
    for _ in range(4):
        world.sync()
        world.kubelet()
    world.image("edge:2")
    assert len(world.sync().creates) == 5


def test_a_surge_waits_for_min_ready_seconds() -> None:
    world = World(manifest(spec={"minReadySeconds": 30}, rolling={"maxSurge": 1}), nodes(2))
    world.settle(300)
    world.image("edge:2")
    began = world.now
    world.settle(300)
    assert world.now - began > 60 and len(updated(world)) == 2


def test_the_clock_alone_wakes_the_controller_when_a_pod_becomes_available() -> None:
    world = World(manifest(spec={"minReadySeconds": 30}), nodes(1))
    world.add(pod("p", on="node-00", status=readiness(START - 10)))
    assert world.decide().again_in == 20.0
    world.now += 20
    assert world.decide().again_in is None


PORTS = {"containers": [{"name": "edge", "image": "edge:1", "ports": [{"containerPort": 80, "hostPort": 80}]}]}


def test_a_surge_with_host_ports_deletes_first_says_so_and_completes() -> None:
    world = rolled({"maxSurge": 2}, **PORTS)
    assert waves(world) == [2, 2, 1]
    assert len(updated(world)) == 5 and world.condition("Progressing")["reason"] == "Complete"
    surging = world.condition("Surging")
    assert (surging["status"], surging["reason"]) == ("False", "PortClash") and "80/TCP" in surging["message"]
    assert [reason for _, reason, _ in world.said] == ["PortClash"]


def test_a_surge_with_host_ports_that_is_refused_replaces_nothing() -> None:
    world = rolled({"maxSurge": 1, "hostPorts": "Refuse"}, **PORTS)
    assert waves(world) == []
    progressing = world.condition("Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "PortClash")


def test_pods_that_share_their_ports_surge() -> None:
    world = rolled({"maxSurge": 1, "hostPorts": "Share"}, hostNetwork=True, **PORTS)
    least = []
    world.after_sync = lambda: least.append(world.available_nodes())
    world.settle()
    assert min(least) == 5 and world.condition("Surging")["status"] == "True"


def twice(strict: bool, minimum: int = 20) -> list[tuple[int, int]]:
    """Two updates within minReadySeconds: (available, ready) nodes at every step from then on."""
    world = World(manifest(spec={"minReadySeconds": minimum}, rolling={"maxUnavailable": 2, "strict": strict}), nodes(6))
    world.settle(500)
    seen: list[tuple[int, int]] = []
    world.after_sync = lambda: seen.append((world.available_nodes(), world.ready_nodes()))
    for image in ("edge:2", "edge:3", "edge:4"):
        world.image(image)
        for _ in range(5):
            world.sync()
            world.kubelet()
            world.now += 1
    world.settle(500)
    assert all(images == ["edge:4"] for images in world.by_node().values())
    return seen


@pytest.mark.parametrize("strict", [False, True])
def test_two_updates_within_min_ready_seconds_leave_enough_available(strict: bool) -> None:
    assert min(available for available, _ in twice(strict)) == 4


def test_strictly_no_more_than_max_unavailable_lack_a_ready_pod() -> None:
    assert min(ready for _, ready in twice(True)) == 4


def test_strictly_a_young_pod_is_spared_while_another_node_is_down() -> None:
    def make(strict: bool) -> World:
        rolling = {"maxUnavailable": 1, "strict": strict}
        world = World(manifest(spec={"minReadySeconds": 60}, rolling=rolling), nodes(3))
        states = (readiness(START), readiness(START), {"phase": "Pending"})
        world.add(*(_old(i, status) for i, status in enumerate(states)))
        return world

    assert [d.name for d in make(False).decide().deletes] == ["p2", "p1", "p0"]
    assert [d.name for d in make(True).decide().deletes] == ["p2"]


def _old(i: int, status: dict[str, Any]) -> Pod:
    return pod(f"p{i}", on=f"node-{i:02}", labels={"app": "edge", "controller-revision-hash": "old"}, status=status)


def test_a_surge_waits_until_a_new_pod_that_ends_is_gone() -> None:
    world = World(manifest(rolling={"maxSurge": 1}), nodes(1))
    wanted = world.decide().status["updateRevision"]  # type: ignore[index]
    ending = {"deletionTimestamp": stamp(START)}
    world.add(
        _old(0, readiness(START)),
        pod("new", on="node-00", labels={"app": "edge", "controller-revision-hash": wanted}, metadata=ending),
    )
    assert not world.decide().creates
    del world.pods["new"]
    assert len(world.decide().creates) == 1
