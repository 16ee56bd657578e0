"""``plan``: what would be done where."""

from typing import Any

import msgspec
import pytest

from router.controllers.daemon.plan import plan, text, to_builtins
from tests.support import daemon_pages
from tests.support.daemon_world import START, World, manifest, node, nodes, pod


def test_the_page_is_as_it_was_blessed(bless: bool) -> None:
    daemon_pages.same(
        "plan.txt",
        text(
            plan(
                daemon_pages.NOON,
                daemon_pages.seen(),
            ),
            every=True,
        ),
        bless,
    )


def does(world: World) -> dict[str, int]:
    return {word: count for word, count in plan(world.now, world.seen()).counts().items() if count}


def test_a_first_look_starts_everywhere() -> None:
    assert does(World(manifest(nodeSelector={"a": "b"}), [*nodes(3, a="b"), node("x")])) == {"start": 3, "none": 1}


@pytest.mark.parametrize(
    ("rolling", "answer", "words"),
    [
        ({"maxUnavailable": 2}, {"replace": 5}, "at most 2 down at a time"),
        ({"maxUnavailable": 1, "strict": True}, {"replace": 5}, "at most 1 down at a time, strictly"),
        ({"maxSurge": "40%"}, {"replace": 5}, "at most 2 new pods beside old ones at a time"),
        ({"partition": 3}, {"replace": 2, "keep": 3}, "at most 1 down"),
        ({"paused": True}, {"keep": 5}, ""),
        ({"nodeSelector": {"a": "b"}}, {"keep": 5}, ""),
    ],
    ids=str,
)
def test_another_template_replaces_what_the_update_lets_it(rolling: dict[str, Any], answer: dict[str, int], words: str) -> None:
    world = World(manifest(rolling=rolling), nodes(5))
    world.settle()
    assert does(world) == {"keep": 5}
    world.image("edge:2")
    assert does(world) == answer
    assert words in text(plan(world.now, world.seen()))


def test_on_delete_replaces_nothing() -> None:
    world = World(manifest(spec={"updateStrategy": {"type": "OnDelete"}}), nodes(2))
    world.settle()
    world.image("edge:2")
    assert does(world) == {"keep": 2}


def test_fewer_nodes_stop_some() -> None:
    world = World(manifest(), nodes(10))
    world.settle()
    world.change(lambda spec: spec.update(nodes="30%"))
    assert does(world) == {"stop": 7, "keep": 3}


def test_the_plan_is_what_happens() -> None:
    world = World(manifest(spec={"nodes": 4}), nodes(10))
    world.settle()
    world.change(lambda spec: spec.update(nodes=2, choice={"salt": "another"}))
    rows = {row.node: row.does for row in plan(world.now, world.seen()).rows}
    before = world.running()
    world.settle()
    assert {name for name, what in rows.items() if what == "start"} == world.running() - before
    assert {name for name, what in rows.items() if what == "stop"} == before - world.running()


def test_the_room_of_a_pod_that_ends_is_free_for_the_next() -> None:
    asks = {"containers": [{"name": "edge", "image": "edge:1", "resources": {"requests": {"cpu": "2"}}}]}
    world = World(manifest(**asks), [node("n", cpu="2", pods="10")])
    world.add(pod("old", on="n", spec=asks, metadata={"deletionTimestamp": "2027-01-01T00:00:00Z"}))
    (row,) = plan(world.now, world.seen()).rows
    assert (row.does, row.why, row.lacks) == ("start", "after old is gone", "")


def test_no_nodes_are_no_plan() -> None:
    assert text(plan(START, World(manifest()).seen())) == "There are no nodes.\n"


def test_the_json_form_can_be_written() -> None:
    made = to_builtins(plan(daemon_pages.NOON, daemon_pages.seen()))
    assert msgspec.json.decode(msgspec.json.encode(made)) == made
    assert made["makesRoom"] is True and {n["does"] for n in made["nodes"]} >= {"stop", "keep"}
