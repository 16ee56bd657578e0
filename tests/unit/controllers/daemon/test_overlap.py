"""Whose selectors match whose pods, and that both hear of it."""

from typing import Any

import pytest

from router.controllers.daemon.overlap import overlaps, words
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.types import Seen
from router.facts.owners import workload
from router.facts.pods import Workload
from tests.support.daemon_world import NAMESPACE, World, manifest, nodes, pod


def other(
    selector: dict[str, str] | None,
    labels: dict[str, str],
    kind: str = "ReplicationController",
    namespace: str = NAMESPACE,
    **meta: Any,
) -> Workload:
    version = {"ReplicationController": "v1"}.get(kind, "apps/v1")
    template = {"metadata": {"labels": labels}}
    spec = {
        "template": template,
        **({} if selector is None else {"selector": selector if version == "v1" else {"matchLabels": selector}}),
    }
    return workload(
        {
            "apiVersion": version,
            "kind": kind,
            "metadata": {"name": "web", "namespace": namespace, "uid": "w", **meta},
            "spec": spec,
        }
    )


def seen(*workloads: Workload, **also: Any) -> Seen:
    return Seen(daemon=daemon_controller(manifest()), workloads=workloads, **also)


@pytest.mark.parametrize(
    ("one", "ours", "theirs"),
    [
        (other({"app": "web"}, {"app": "web"}), False, False),
        (other({"app": "edge"}, {"app": "edge"}), True, True),
        (other({"app": "edge", "tier": "x"}, {"app": "edge", "tier": "x"}), True, False),
        (other({"app": "edge"}, {"app": "edge"}, kind="Deployment"), True, True),
        (other({"app": "edge"}, {"app": "edge"}, kind="StatefulSet"), True, True),
        (other({"app": "edge"}, {"app": "edge"}, kind="DaemonSet"), True, True),
        (other(None, {"app": "edge"}), True, True),
        (other({"app": "edge"}, {"app": "web"}), False, True),
        (other({"app": "edge"}, {"app": "edge"}, namespace="elsewhere"), False, False),
        (other({"app": "edge"}, {"app": "edge"}, kind="ReplicaSet", ownerReferences=[{"kind": "Deployment", "uid": "d", "controller": True}]), False, False),
        (other({"app": "edge"}, {"app": "edge"}, deletionTimestamp="2027-01-01T00:00:00Z"), False, False),
    ],
)  # fmt: skip
def test_selectors_that_can_match_each_others_pods_overlap(one: Workload, ours: bool, theirs: bool) -> None:
    found = overlaps(seen(one))
    assert [(o.ours, o.theirs) for o in found] == ([(ours, theirs)] if ours or theirs else [])


def test_another_daemon_controller_overlaps_too_and_oneself_does_not() -> None:
    document = manifest()
    document["metadata"] = {**document["metadata"], "name": "second", "uid": "second"}
    found = overlaps(seen(daemons=(daemon_controller(document), daemon_controller(manifest()))))
    assert words(found) == "DaemonController shop/second"


def test_both_owners_are_told_in_their_own_sentence() -> None:
    world = World(manifest(), nodes(1))
    world.others = {"workloads": (other({"app": "edge", "tier": "x"}, {"app": "edge", "tier": "x"}),)}
    world.sync()
    assert world.said == [
        ("DaemonController shop/edge", "SelectorsOverlap",
         "The selector of DaemonController shop/edge matches the pods of ReplicationController shop/web. "
         "Each keeps to the pods that it controls; give one of them other labels."),
        ("ReplicationController shop/web", "SelectorsOverlap",
         "The selector of DaemonController shop/edge matches the pods of ReplicationController shop/web. "
         "Each keeps to the pods that it controls; give one of them other labels."),
    ]  # fmt: skip
    conflict = world.condition("Conflict")
    assert (conflict["status"], conflict["reason"]) == ("True", "SelectorsOverlap")
    world.others = {}
    world.sync()
    assert world.condition("Conflict")["status"] == "False"


def test_nobody_fights() -> None:
    """The demo of 2015: a ReplicationController of one pod with the daemon's labels."""
    world = World(manifest(), nodes(3))
    world.others = {"workloads": (other({"app": "edge"}, {"app": "edge"}),)}
    world.add(pod("web-1", on="node-00", owner="w"))
    world.settle()
    assert "web-1" in world.pods and len(world.pods) == 4
    assert not world.deleted


def test_the_other_sides_sentence_is_turned() -> None:
    (found,) = overlaps(seen(other({"app": "edge"}, {"app": "web"})))
    me = daemon_controller(manifest()).ref
    assert found.sentence(me).startswith("the selector of ReplicationController shop/web matches the pods of DaemonController")
    assert found.sentence(me, them=True).startswith(
        "the selector of ReplicationController shop/web matches the pods of DaemonController"
    )
