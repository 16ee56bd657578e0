"""All of it together: what is never done, and what is done first."""

from router.controllers.daemon.decide import decide
from router.controllers.daemon.types import Decision, Memory
from tests.support.daemon_world import START, World, manifest, node, nodes, pod


def test_an_object_that_is_being_deleted_is_left_alone() -> None:
    world = World(manifest(), nodes(3))
    world.document["metadata"]["deletionTimestamp"] = "2027-01-01T00:00:00Z"
    world.add(pod("orphan", on="node-00", owner=""), pod("stray", on="gone"))
    assert world.decide() == Decision(memory=Memory())


def test_while_writes_of_ours_are_missing_only_status_is_decided() -> None:
    decision = World(manifest(), nodes(3)).decide(settled=False)
    assert decision.status and not (decision.creates or decision.patches or decision.revision_create or decision.sayings)


def test_an_object_that_can_not_be_used_touches_nothing_and_says_why() -> None:
    world = World(manifest(spec={"nodes": "some"}), nodes(3))
    world.add(pod("a", on="node-00"), pod("b", on="node-00"))
    decision = world.sync()
    assert not (decision.creates or decision.deletes)
    assert world.condition("Degraded")["reason"] == "InvalidSpec" and world.status["observedGeneration"] == 1
    assert world.decide().status is None and not world.decide().sayings


def test_the_same_sight_makes_the_same_decision() -> None:
    world = World(manifest(), nodes(5))
    assert world.decide() == world.decide() == decide(START, world.seen(), Memory())


def test_a_late_watch_makes_no_second_pod() -> None:
    """The decision from an old sight asks for the same names, which the API server refuses."""
    world = World(manifest(), nodes(3))
    stale = world.seen()
    first = {c.name for c in world.sync().creates}
    assert {c.name for c in decide(world.now, stale, world.memory).creates} == first == set(world.pods)


def test_a_refused_pod_is_asked_for_again_and_the_node_says_why() -> None:
    world = World(manifest(), nodes(3))
    world.refuse = lambda name: "exceeded quota" if name == "node-01" else ""
    for _ in range(4):
        world.sync()
        world.kubelet()
    assert len(world.pods) == 2
    assert world.status["nodes"] == [
        {"reason": "CreateRefused", "count": 1, "names": ["node-01"], "message": "the API server refused the pod: exceeded quota"}
    ]
    world.refuse = lambda _: ""
    world.settle()
    assert len(world.pods) == 3 and not world.status["nodes"]


def test_a_node_that_can_not_get_a_pod_does_not_stop_the_rollout_of_the_others() -> None:
    world = World(manifest(rolling={"maxUnavailable": 2}), nodes(3))
    world.settle()
    world.nodes["node-09"] = node("node-09")
    world.refuse = lambda name: "exceeded quota" if name == "node-09" else ""
    world.image("edge:2")
    for _ in range(30):
        world.sync()
        world.kubelet()
    assert [images for name, images in world.by_node().items() if name != "node-09"] == [["edge:2"]] * 3


def test_an_orphan_that_matches_is_adopted_and_counts() -> None:
    world = World(manifest(spec={"updateStrategy": {"type": "OnDelete"}}), nodes(1))
    world.add(pod("a", on="node-00", owner=""))
    decision = world.sync()
    assert [p.verb for p in decision.patches] == ["adopt"] and not decision.creates
    owner = world.pods["a"].metadata.controller
    assert owner and owner.uid == "daemon-uid"


def test_a_pod_that_is_relabelled_is_let_go_and_replaced() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("a", on="node-00", labels={"app": "debug"}))
    decision = world.sync()
    assert [p.verb for p in decision.patches] == ["release"] and len(decision.creates) == 1
    assert world.pods["a"].metadata.controller is None


def test_the_demo_of_2015() -> None:
    """No selector: everywhere. With one: where the label is. Relabel a node: the pod goes."""
    world = World(manifest(), nodes(4))
    world.settle()
    assert world.status["desiredNumberScheduled"] == world.status["currentNumberScheduled"] == 4
    world = World(manifest(nodeSelector={"color": "red"}), nodes(4))
    world.settle()
    assert world.status["desiredNumberScheduled"] == 0 and not world.pods
    world.nodes["node-02"] = node("node-02", {"color": "red"})
    world.settle()
    assert world.running() == {"node-02"}
    world.nodes["node-02"] = node("node-02", {"color": "grey"})
    world.settle()
    assert not world.pods


def test_another_selector_moves_the_pods() -> None:
    """Blue to green, as upstream's complex daemon."""
    there = [node("a", {"color": "blue"}), node("b", {"color": "green"})]
    world = World(manifest(nodeSelector={"color": "blue"}), there)
    world.settle()
    world.change(lambda spec: spec["template"]["spec"].update(nodeSelector={"color": "green"}))
    world.settle()
    assert world.running() == {"b"} and world.status["numberMisscheduled"] == 0
