"""The numbers of status are upstream's."""

from typing import Any

import pytest

from tests.support.daemon_world import START, World, manifest, node, nodes, pod, readiness


def status(world: World, **also: Any) -> dict[str, Any]:
    found = world.decide(**also).status
    assert found is not None
    return dict(found)


def numbers(world: World) -> tuple[int, ...]:
    """desired, current, misscheduled, ready, available, unavailable, updated"""
    keys = (
        "desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady", "numberAvailable",
        "numberUnavailable", "updatedNumberScheduled",
    )  # fmt: skip
    made = status(world)
    return tuple(made[key] for key in keys)


def new(world: World) -> dict[str, str]:
    return {"app": "edge", "controller-revision-hash": status(world)["updateRevision"]}


def test_nothing_runs_yet() -> None:
    assert numbers(World(manifest(), nodes(3))) == (3, 0, 0, 0, 0, 3, 0)


def test_waiting_ready_and_available_pods_are_counted_apart() -> None:
    world = World(manifest(spec={"minReadySeconds": 10}), nodes(4))
    labels = new(world)
    world.add(
        pod("a", on="node-00", labels=labels),
        pod("b", on="node-01", labels=labels, status=readiness(START - 5)),
        pod("c", on="node-02", labels=labels, status=readiness(START - 10)),
    )
    assert numbers(world) == (4, 3, 0, 2, 1, 3, 3)


def test_a_pod_on_a_wrong_node_is_misscheduled_and_counts_nowhere_else() -> None:
    world = World(manifest(nodeName="node-00"), nodes(2))
    world.add(pod("a", on="node-01", status=readiness(START)))
    assert numbers(world) == (1, 0, 1, 0, 0, 1, 0)


def test_what_node_name_leaves_out_is_not_desired() -> None:
    """In 2015 it was counted."""
    assert numbers(World(manifest(nodeName="node-00"), nodes(5)))[0] == 1


def test_a_node_with_two_pods_is_current() -> None:
    """In 2015 it was not."""
    world = World(manifest(), nodes(1))
    world.add(pod("a", on="node-00"), pod("b", on="node-00"))
    assert numbers(world)[1] == 1


def test_a_node_that_forbids_scheduling_is_not_desired_and_its_pod_misscheduled() -> None:
    world = World(manifest(), [node("n", taints=("a=b:NoSchedule",))])
    world.add(pod("a", on="n"))
    assert numbers(world)[:3] == (0, 0, 1)


def test_while_surging_a_node_shows_its_old_pod() -> None:
    world = World(manifest(rolling={"maxSurge": 1}), nodes(1))
    later = {"creationTimestamp": "2028-01-01T00:00:00Z"}
    world.add(pod("old", on="node-00", status=readiness(START)), pod("new", on="node-00", labels=new(world), metadata=later))
    assert numbers(world) == (1, 1, 0, 1, 1, 0, 0)


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_ended_is_there_but_not_ready(phase: str) -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("a", on="node-00", status={"phase": phase}))
    assert numbers(world)[:5] == (1, 1, 0, 0, 0)


def test_the_choice_is_shown() -> None:
    made = status(
        World(manifest(spec={"nodes": "30%"}, nodeSelector={"a": "b"}), [*nodes(10, a="b"), *(node(f"x{i}") for i in range(5))])
    )
    assert (made["eligibleNodes"], made["chosenNodes"], made["desiredNumberScheduled"]) == (10, 3, 3)
    assert [(n["reason"], n["count"]) for n in made["nodes"]] == [("NotChosen", 7), ("NotSelected", 5), ("Starting", 3)]
    assert len(made["nodes"][0]["names"]) == 7 and "30%" in made["nodes"][0]["message"]


def test_the_generation_is_observed_only_when_all_our_writes_were_seen() -> None:
    world = World(manifest(), nodes(1))
    world.document["status"] = {"observedGeneration": 0}
    assert status(world, settled=False)["observedGeneration"] == 0
    assert status(world)["observedGeneration"] == 1


def test_a_status_that_says_the_same_is_not_written() -> None:
    world = World(manifest(), nodes(2))
    world.settle()
    assert world.decide().status is None
    world.now += 1000
    assert world.decide().status is None


def test_a_condition_keeps_its_time_while_its_status_is_the_same() -> None:
    world = World(manifest(), nodes(2))
    world.settle()
    since = world.condition("Available")["lastTransitionTime"]
    world.now += 100
    world.image("edge:2")
    world.sync()
    assert world.condition("Available")["lastTransitionTime"] == since
    assert world.condition("Progressing")["lastTransitionTime"] != since


def test_the_revision_of_now_is_current_when_it_is_everywhere() -> None:
    world = World(manifest(), nodes(2))
    world.settle()
    first = world.status["currentRevision"]
    world.image("edge:2")
    world.sync()
    assert world.status["currentRevision"] == first != world.status["updateRevision"]
    world.settle()
    assert world.status["currentRevision"] == world.status["updateRevision"]


def test_a_new_node_does_not_make_the_old_revision_current_again() -> None:
    world = World(manifest(rolling={"paused": True}), nodes(2))
    world.settle()
    first = world.status["currentRevision"]
    world.nodes["node-02"] = node("node-02")
    world.sync()
    assert world.status["currentRevision"] == first


def test_collisions_are_remembered_in_status() -> None:
    world = World(manifest(), nodes(1))
    world.document["status"] = {"collisionCount": 2}
    assert status(world)["collisionCount"] == 2
