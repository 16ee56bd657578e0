"""One pod on each node that should run one: the tables of 2015 and of today."""

from typing import Any

import pytest

from router.controllers.daemon.keeping import LONGEST
from router.controllers.daemon.standing import stamp
from router.controllers.daemon.types import DRAIN
from router.facts.core import Node
from router.facts.pods import Pod
from tests.support.daemon_world import START, World, manifest, node, nodes, pod, readiness

SELECTED = {"nodeSelector": {"color": "red"}}


def reds(plain: int, red: int) -> list[Node]:
    return [*nodes(plain), *(node(f"red-{i}", {"color": "red"}) for i in range(red))]


def mine(count: int, on: str) -> list[Pod]:
    return [pod(f"mine-{on}-{i}", on=on) for i in range(count)]


def foreign(count: int, on: str) -> list[Pod]:
    return [pod(f"foreign-{on}-{i}", on=on, owner="another", labels={"app": "other"}) for i in range(count)]


def counts(world: World) -> tuple[int, int]:
    """Creates and deletes; without those of pods that are merely old."""
    decision = world.decide()
    return len(decision.creates), sum(d.reason != "Outdated" for d in decision.deletes)


@pytest.mark.parametrize(
    ("spec", "there", "pods", "answer"),
    [
        ({}, nodes(5), [], (5, 0)),
        ({}, [], [], (0, 0)),
        ({}, nodes(1), [], (1, 0)),
        ({}, nodes(5), [*mine(1, "node-00"), *mine(2, "node-01"), *mine(5, "node-02"), *foreign(2, "node-04")], (2, 5)),
        (SELECTED, reds(4, 3), [], (3, 0)),
        (SELECTED, reds(4, 3), [*mine(3, "node-00"), *mine(1, "node-01"), *mine(1, "red-0"), *foreign(2, "node-02")], (2, 4)),
        (SELECTED, reds(4, 5), [*mine(3, "node-00"), *mine(3, "node-01"), *mine(3, "node-02"), *mine(12, "red-0"), *mine(1, "red-1")], (3, 20)),
        ({"nodeSelector": {"color": "green"}}, reds(4, 3), [], (0, 0)),
        ({"nodeName": "node-00"}, nodes(5), [], (1, 0)),
        ({"nodeName": "unknown"}, nodes(5), [], (0, 0)),
        ({**SELECTED, "nodeName": "red-0"}, reds(4, 3), [], (1, 0)),
        ({**SELECTED, "nodeName": "node-00"}, reds(4, 3), [], (0, 0)),
    ],
    ids=["5 nodes", "no node", "1 node", "dupes beside foreign pods", "a selector", "strays", "strays and dupes", "a selector of nobody",
         "a node by name", "an unknown node", "name and selector agree", "name and selector disagree"],
)  # fmt: skip
def test_the_table_of_2015(spec: dict[str, Any], there: list[Node], pods: list[Pod], answer: tuple[int, int]) -> None:
    world = World(manifest(**spec), there)
    world.add(*pods)
    assert counts(world) == answer


@pytest.mark.parametrize("selector", [{}, {"app": "other"}], ids=["empty", "not of the template"])
def test_a_selector_that_can_not_be_meant_touches_nothing(selector: dict[str, str]) -> None:
    world = World(manifest(spec={"selector": selector}), nodes(3))
    world.add(*mine(2, "node-00"))
    decision = world.decide()
    assert not (decision.creates or decision.deletes or decision.patches)
    assert decision.sayings[0].reason == ("InvalidSpec" if selector else "SelectingAll")


def test_terms_of_node_affinity_are_alternatives() -> None:
    terms = [{"matchExpressions": [{"key": key, "operator": "Exists"}]} for key in ("a", "b")]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    world = World(manifest(affinity=affinity), [node("x", {"a": ""}), node("y", {"b": ""}), node("z")])
    assert [c.node for c in world.decide().creates] == ["x", "y"]


@pytest.mark.parametrize("ready", [True, False])
def test_a_node_that_is_not_ready_or_cordoned_runs_a_daemon(ready: bool) -> None:
    taints = ("node.kubernetes.io/unschedulable:NoSchedule",) if ready else ("node.kubernetes.io/not-ready:NoExecute",)
    assert counts(World(manifest(), [node("n", taints=taints)])) == (1, 0)


def test_a_full_node_gets_a_pod_all_the_same_and_it_waits() -> None:
    full = node("n", cpu="1", pods="10")
    containers = [{"name": "edge", "image": "edge:1", "resources": {"requests": {"cpu": "2"}}}]
    world = World(manifest(containers=containers), [full])
    for _ in range(4):
        world.sync()
        world.kubelet()
    assert len(world.pods) == 1 and not any(p.spec.node_name for p in world.pods.values())
    assert world.status["desiredNumberScheduled"] == 1 and world.status["nodes"][0]["reason"] == "NodeFull"


def test_a_pod_whose_port_another_daemons_pod_holds_is_made_and_nobody_is_deleted() -> None:
    containers = [{"name": "edge", "image": "i", "ports": [{"containerPort": 80, "hostPort": 80}]}]
    world = World(manifest(containers=containers), [node("n")])
    world.add(pod("other", on="n", owner="another", labels={"x": "y"}, spec={"containers": containers}))
    assert counts(world) == (1, 0)
    world.add(pod("own", on="n", spec={"containers": containers}))
    assert counts(world) == (0, 0)


def test_an_untolerated_taint_that_forbids_scheduling_neither_starts_nor_kills() -> None:
    world = World(manifest(), [node("n", taints=("a=b:NoSchedule",))])
    assert counts(world) == (0, 0)
    world.add(*mine(1, "n"))
    assert counts(world) == (0, 0)
    world.add(*mine(2, "n"))
    assert counts(world) == (0, 1)


def test_an_untolerated_taint_that_forbids_running_kills() -> None:
    world = World(manifest(), [node("n", taints=("a=b:NoExecute",))])
    world.add(*mine(1, "n"))
    assert counts(world) == (0, 1)


def test_a_pod_that_ends_keeps_its_node() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("a", on="node-00", metadata={"deletionTimestamp": stamp(START)}))
    assert counts(world) == (0, 0)


def test_a_pod_that_has_ended_and_is_being_deleted_keeps_nothing() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("a", on="node-00", metadata={"deletionTimestamp": stamp(START)}, status={"phase": "Failed"}))
    assert counts(world) == (1, 0)


@pytest.mark.parametrize(
    ("phases", "deletes"), [(["Failed"], 1), (["Failed", "Running"], 1), (["Failed", "Failed"], 1), (["Running", "Running"], 1)]
)  # fmt: skip
def test_failed_pods_go_one_at_a_time_and_double_ones_too(phases: list[str], deletes: int) -> None:
    world = World(manifest(), nodes(1))
    world.add(*(pod(f"p{i}", on="node-00", status={"phase": phase}) for i, phase in enumerate(phases)))
    assert counts(world) == (0, deletes)


def test_a_failed_pod_is_made_anew_and_each_time_later() -> None:
    world = World(manifest(), nodes(1))
    waits = []
    for _ in range(13):
        world.add(pod("p", on="node-00", status={"phase": "Failed"}))
        waited = 0.0
        while not (decision := world.sync()).deletes:
            assert decision.again_in
            world.now += decision.again_in
            waited += decision.again_in
        waits.append(waited)
        world.pods.clear()
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST, LONGEST]


def test_the_back_off_ends_to_the_instant() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("p", on="node-00", status={"phase": "Failed"}))
    world.sync()
    world.add(pod("q", on="node-00", status={"phase": "Failed"}))
    world.now = START + 1 - 1e-6
    assert counts(world)[1] == 0
    world.now = START + 1
    assert counts(world)[1] == 1


def test_a_new_generation_and_a_long_peace_forget_the_back_off() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("p", on="node-00", status={"phase": "Failed"}))
    world.sync()
    world.add(pod("q", on="node-00", status={"phase": "Failed"}))
    assert counts(world)[1] == 0
    world.change(lambda spec: spec.update(minReadySeconds=1))
    assert counts(world)[1] == 1
    world.now += 2 * LONGEST + 1
    assert not [f for f in world.decide().memory.failures.values() if f.at == START]


def test_who_failed_and_who_ended_is_said_once() -> None:
    world = World(manifest(), nodes(2))
    world.add(pod("p", on="node-00", status={"phase": "Failed"}), pod("q", on="node-01", status={"phase": "Succeeded"}))
    said = {s.reason: s.type for s in world.decide().sayings}
    assert said == {"FailedDaemonPod": "Warning", "SucceededDaemonPod": "Normal"}
    world.memory = world.decide().memory
    assert not world.decide().sayings


def test_a_pod_that_never_reached_its_node_goes_when_the_node_is_gone() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gone"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    world = World(manifest(), nodes(1))
    world.add(*mine(1, "node-00"), pod("waits", spec={"affinity": affinity}, status={"phase": "Pending"}), pod("ran", on="gone"))
    assert [d.name for d in world.decide().deletes if d.reason == "NodeGone"] == ["waits"]
    assert not [d for d in world.decide().deletes if d.name == "ran"]


def test_many_are_made_and_deleted_in_bursts() -> None:
    world = World(manifest(), [node(f"n{i}") for i in range(300)])
    decision = world.decide()
    assert len(decision.creates) == 250 and decision.again_in == 0
    world = World(manifest(nodeName="none"), [node(f"n{i}") for i in range(300)])
    world.add(*(pod(f"p{i}", on=f"n{i}") for i in range(300)))
    assert len(world.decide().deletes) == 250


def test_nothing_is_made_in_a_namespace_that_ends() -> None:
    decision = World(manifest(), nodes(3)).decide(namespace_terminating=True)
    assert not decision.creates and decision.revision_create is None


def labelled(world: World, new: bool) -> dict[str, str]:
    return {"app": "edge", "controller-revision-hash": world.decide().status["updateRevision"] if new else "old"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "min_ready", "creates", "deletes"),
    [
        (None, None, 0, 1, []),
        (True, None, 0, 1, []),
        (True, False, 0, 0, []),
        (True, True, 0, 0, ["old"]),
        (True, True, 30, 0, []),
        (False, False, 0, 0, ["old"]),
        (False, True, 0, 0, ["old"]),
        (None, True, 0, 0, []),
    ],
)
def test_while_surging_the_old_one_stays_until_the_new_one_is_available(
    old: bool | None, new: bool | None, min_ready: int, creates: int, deletes: list[str]
) -> None:
    """``old``, ``new``: ready or not; None: there is none."""
    world = World(manifest(spec={"minReadySeconds": min_ready}, rolling={"maxSurge": 1}), nodes(1))
    for name, ready in (("old", old), ("new", new)):
        if ready is not None:
            since = START - 100 if name == "old" else START
            world.add(pod(name, on="node-00", labels=labelled(world, name == "new"), status=readiness(since, word=ready)))
    decision = world.decide()
    assert (len(decision.creates), [d.name for d in decision.deletes]) == (creates, deletes)


def test_a_surge_starts_the_new_pod_while_the_only_other_ends() -> None:
    world = World(manifest(rolling={"maxSurge": 1}), nodes(1))
    world.add(pod("old", on="node-00", labels=labelled(world, False), metadata={"deletionTimestamp": stamp(START)}))
    assert counts(world) == (1, 0)


def test_a_surge_keeps_one_old_and_one_new_of_many() -> None:
    world = World(manifest(rolling={"maxSurge": 1}), nodes(1))
    for name in ("old-1", "old-2", "new-1", "new-2"):
        world.add(pod(name, on="node-00", labels=labelled(world, "new" in name), status=readiness(START, word="old" in name)))
    assert [d.name for d in world.decide().deletes] == ["new-2", "old-2"]


def test_who_may_surge_keeps_what_runs_until_the_nodes_of_now_run_as_many() -> None:
    world = World(manifest(rolling={"maxSurge": 1}, **SELECTED), reds(2, 2))
    world.settle()
    world.nodes = {
        n.metadata.name: n
        for n in (node("node-00", {"color": "red"}), node("node-01", {"color": "red"}), node("red-0"), node("red-1"))
    }
    least = []
    world.after_sync = lambda: least.append(world.available_nodes())
    world.settle()
    assert min(least) == 2 and world.running() == {"node-00", "node-01"}


def test_a_pod_that_drains_is_as_good_as_gone() -> None:
    hook = {"preDelete": {"labels": {"busy": "yes"}}}
    world = World(manifest(spec=hook), nodes(1))
    world.add(pod("a", on="node-00", labels={"app": "edge", "busy": "yes"}, metadata={"annotations": {DRAIN: stamp(START)}}))
    decision = world.decide()
    assert not decision.creates and not decision.deletes and [d.name for d in decision.drains] == ["a"]
