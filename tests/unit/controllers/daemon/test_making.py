"""Where room is made, and when."""

import itertools
from typing import Any

import msgspec

from router.controllers.daemon.making import waiting_since
from router.controllers.daemon.standing import stamp
from router.facts.owners import budget
from router.facts.pods import Pod
from tests.support.daemon_world import START, World, manifest, node, pod

ASKS = {"containers": [{"name": "edge", "image": "edge:1", "resources": {"requests": {"cpu": "1"}}}]}


def tenant(on: str, **metadata: Any) -> Pod:
    owner = {"kind": "ReplicaSet", "name": "rs", "uid": "rs", "controller": True}
    meta = {"namespace": "tenants", "ownerReferences": [owner], **metadata}
    spec = {"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}
    return pod(f"tenant-{on}", on=on, owner="", labels={"app": "tenant"}, metadata=meta, spec=spec)


def full(count: int, **make_room: Any) -> World:
    """Nodes on which a tenant has all there is."""
    spec = {"makeRoom": {"enabled": True, **make_room}} if make_room is not None else {}
    world = World(manifest(spec=spec, **ASKS), [node(f"n{i}", cpu="2", pods="10") for i in range(count)])
    world.neighbours = [tenant(f"n{i}") for i in range(count)]
    world.sync()
    world.kubelet()
    return world


def test_a_pod_that_waits_too_long_gets_room_and_runs() -> None:
    world = full(1, afterSeconds=30)
    decision = world.sync()
    assert not decision.evictions and decision.again_in == 30
    world.now += 30
    decision = world.sync()
    assert [(e.key, e.node, e.room_for) for e in decision.evictions] == [(("tenants", "tenant-n0"), "n0", next(iter(world.pods)))]
    assert ("DaemonController shop/edge", "MakingRoom") in [(s[0], s[1]) for s in world.said]
    world.neighbours = []
    for _ in range(3):
        world.kubelet()
        world.sync()
    assert world.status["numberAvailable"] == 1


def test_room_that_is_made_is_kept_until_the_pod_has_it() -> None:
    """The scheduler takes the name away when it tries the pod too early; it is written again while the victim ends."""
    world = full(1)
    world.now += 30
    decision = world.sync()
    (mine,) = world.pods.values()
    assert [(n.node, n.uid) for n in decision.nominations] == [("n0", mine.metadata.uid)] and decision.evictions
    world.neighbours = [tenant("n0", deletionTimestamp=stamp(START))]
    assert not world.sync().nominations, "it stands there"
    world.add(msgspec.structs.replace(mine, status=msgspec.structs.replace(mine.status, nominated_node_name="")))
    assert [n.node for n in world.sync().nominations] == ["n0"] and not world.memory.rooms["n0"].at > world.now


def test_the_room_of_what_somebody_else_ends_is_kept_too_if_it_is_enough() -> None:
    world = full(2)
    world.neighbours = [tenant(f"n{i}", deletionTimestamp=stamp(START)) for i in range(2)]
    world.neighbours.append(tenant("n1", name="stays"))
    assert not world.sync().nominations, "the pods have not waited yet"
    world.now += 30
    assert [n.node for n in world.sync().nominations] == ["n0"]


def test_a_node_that_somebody_else_has_named_stays_named() -> None:
    world = full(1)
    (mine,) = world.pods.values()
    world.add(msgspec.structs.replace(mine, status=msgspec.structs.replace(mine.status, nominated_node_name="n7")))
    world.now += 30
    decision = world.sync()
    assert decision.evictions and not decision.nominations


def test_without_the_wish_a_full_node_stays_full() -> None:
    world = full(1)
    world.change(lambda spec: spec.pop("makeRoom"))
    world.now += 1000
    assert not world.sync().evictions
    assert world.status["nodes"][0]["reason"] == "NodeFull" and world.condition("Degraded")["reason"] == "NodeFull"


def test_room_is_made_on_so_many_nodes_at_a_time() -> None:
    world = full(3, maxEvictions=2)
    world.now += 60
    assert [e.node for e in world.sync().evictions] == ["n0", "n1"]
    world.neighbours[:2] = [tenant(f"n{i}", deletionTimestamp=stamp(START)) for i in (0, 1)]
    assert not world.sync().evictions
    world.neighbours[:1] = []
    world.kubelet()
    assert [e.node for e in world.sync().evictions] == ["n2"]


def test_a_victim_that_comes_back_is_not_hunted() -> None:
    world = full(1, afterSeconds=10)
    moments = []
    for _ in range(4000):
        if world.sync().evictions:
            moments.append(world.now)
        world.now += 1
    assert [b - a for a, b in itertools.pairwise(moments)] == [30, 60, 120, 240, 480, 960, 1920]


def test_a_budget_at_its_limit_evicts_nobody() -> None:
    world = full(1)
    kept = budget(
        {"metadata": {"name": "b", "namespace": "tenants"}, "spec": {"selector": {}}, "status": {"disruptionsAllowed": 0}}
    )
    world.others = {"budgets": (kept,)}
    world.now += 60
    decision = world.sync()
    assert not decision.evictions and decision.again_in == 10


def test_a_budget_for_two_nodes_is_spent_once() -> None:
    world = full(2, maxEvictions=2)
    one = budget(
        {"metadata": {"name": "b", "namespace": "tenants"}, "spec": {"selector": {}}, "status": {"disruptionsAllowed": 1}}
    )
    world.others = {"budgets": (one,)}
    world.now += 60
    assert [e.node for e in world.sync().evictions] == ["n0"]


def test_nothing_is_evicted_in_a_namespace_that_ends() -> None:
    world = full(1)
    world.now += 60
    assert not world.decide(namespace_terminating=True).evictions


def test_a_pod_waits_since_the_scheduler_said_so_or_since_it_was_made() -> None:
    said = {"conditions": [{"type": "PodScheduled", "status": "False", "lastTransitionTime": stamp(START + 5)}]}
    assert waiting_since(pod("a", status=said)) == START + 5
    assert waiting_since(pod("a")) == START
