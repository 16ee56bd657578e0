"""``explain NODE``, as it is printed."""

import pytest

from router.controllers.daemon.explain import explain, text, to_builtins
from tests.support import daemon_pages
from tests.support.daemon_world import START, World, manifest, nodes


def test_every_node_is_explained_as_it_was_blessed(bless: bool) -> None:
    seen = daemon_pages.seen()
    found = [explain(daemon_pages.NOON, seen, node.metadata.name) for node in seen.nodes]
    daemon_pages.same("explain.txt", "\n".join(text(e) for e in found if e), bless)


def test_a_node_that_is_not_there_is_not_explained() -> None:
    assert explain(START, World(manifest(), nodes(1)).seen(), "nowhere") is None


def test_the_json_form_is_stable() -> None:
    world = World(manifest(nodeName="node-01"), nodes(2))
    found = explain(START, world.seen(), "node-00")
    assert found
    assert to_builtins(found) == {
        "node": "node-00", "should": False, "available": False, "reason": "NotSelected", "detail": "the template names the node node-01",
        "lines": [
            {"what": "NotSelected", "said": "the template names the node node-01"}, {"what": "Pods", "said": "none is there"},
            {"what": "Next", "said": "nothing"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("salt", ["", "other"])
def test_the_rank_that_is_told_is_the_one_that_is_chosen_by(salt: str) -> None:
    world = World(manifest(spec={"nodes": 3, "choice": {"salt": salt}}), nodes(10))
    world.settle()
    for name in world.nodes:
        found = explain(world.now, world.seen(), name)
        assert found
        said = dict(found.lines)["Choice"]
        number = int(said.partition("number ")[2].partition(" ")[0])
        assert (number <= 3) is (name in world.running())
