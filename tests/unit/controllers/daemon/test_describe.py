"""``describe``, as it is printed."""

import pytest

from router.controllers.daemon.decide import decide
from router.controllers.daemon.describe import describe, selector_text, update_text
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.types import Memory
from router.facts.owners import selector
from tests.support import daemon_pages
from tests.support.daemon_world import START, World, manifest, nodes, pod


def test_the_page_is_as_it_was_blessed(bless: bool) -> None:
    seen, objects = daemon_pages.seen(), daemon_pages.objects()
    status = decide(daemon_pages.NOON, seen, Memory()).status
    assert status
    daemon_pages.same("describe.txt", describe(daemon_pages.NOON, seen, objects.told(seen.daemon), status), bless)


def test_the_fields_of_2015_come_first_and_in_their_order() -> None:
    world = World(manifest(nodeSelector={"a": "b"}), nodes(2, a="b"))
    world.settle()
    text = describe(world.now, world.seen(), [], world.status)
    assert [line.partition(":")[0] for line in text.splitlines()[:9]] == [
        "Name", "Image(s)", "Selector", "Node-Selector", "Labels", "Desired Number of Nodes Scheduled",
        "Current Number of Nodes Scheduled", "Number of Nodes Misscheduled", "Pods Status",
    ]  # fmt: skip
    assert text.splitlines()[8] == "Pods Status:    2 Running / 0 Waiting / 0 Succeeded / 0 Failed"
    assert text.endswith("No events.\n")


def test_pods_are_counted_by_phase() -> None:
    world = World(manifest(), nodes(1))
    world.add(
        *(
            pod(phase.lower() or "none", on="node-00", status={"phase": phase})
            for phase in ("Running", "Pending", "Failed", "Succeeded", "")
        )
    )
    assert "Pods Status:    1 Running / 2 Waiting / 1 Succeeded / 1 Failed\n" in describe(world.now, world.seen(), [], {})


def test_selectors_are_written_as_kubectl_takes_them() -> None:
    needs = [
        {"key": "a", "operator": "In", "values": ["1", "2"]}, {"key": "b", "operator": "NotIn", "values": ["3"]},
        {"key": "c", "operator": "Exists"}, {"key": "d", "operator": "DoesNotExist"},
    ]  # fmt: skip
    assert selector_text(selector({"matchLabels": {"x": "y"}, "matchExpressions": needs})) == "x=y,a in (1,2),b notin (3),c,!d"
    assert selector_text(selector({})) == "<none>"


@pytest.mark.parametrize(
    ("rolling", "text"),
    [
        ({}, "RollingUpdate, at most 1 unavailable"),
        ({"maxSurge": "10%"}, "RollingUpdate, at most 10% more"),
        ({"strict": True, "partition": 3, "paused": True, "nodeSelector": {"a": "b"}},
         "RollingUpdate, at most 1 unavailable, strictly, 3 keep the old pod, only on a=b, paused"),
        ({"maxUnavailable": "x"}, "RollingUpdate, at most 1 unavailable, held: a field is wrong"),
    ],
)  # fmt: skip
def test_the_update_is_one_line(rolling: dict[str, object], text: str) -> None:
    assert update_text(daemon_controller(manifest(rolling=rolling)).spec.update) == text


def test_what_kubectl_applied_last_is_left_out() -> None:
    document = manifest()
    document["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b"}
    daemon = World(document).daemon
    page = describe(START, World(document).seen(), [], {})
    assert daemon.metadata.annotations.keys() > {"a"} and "Annotations:    a=b\n" in page
