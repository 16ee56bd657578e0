"""``history`` and ``rollback``."""

import msgspec
import pytest

from router.base.parse import Bad
from router.controllers.daemon import history
from router.facts.pods import ControllerRevision
from tests.support import daemon_pages
from tests.support.daemon_world import World, manifest, nodes


def worlds() -> World:
    world = World(manifest("edge:1", rolling={"maxUnavailable": "100%"}), nodes(2))
    for image in ("edge:1", "edge:2", "edge:3"):
        if image != "edge:1":
            world.image(image)
        world.settle()
    return world


def chosen(world: World, number: int = 0) -> ControllerRevision:
    found = history.back_to(world.seen(), number)
    assert not isinstance(found, Bad)
    return found


def test_the_page_is_as_it_was_blessed(bless: bool) -> None:
    daemon_pages.same("history.txt", history.text(daemon_pages.seen()), bless)


def test_the_wanted_revision_has_a_star_and_pods_are_counted() -> None:
    lines = history.text(worlds().seen()).splitlines()
    assert [line.split()[0] for line in lines] == ["REVISION", "1", "2", "3*"]
    assert [line.split()[2] for line in lines[1:]] == ["0", "0", "2"]


def test_the_one_before_is_what_one_goes_back_to() -> None:
    world = worlds()
    assert history.images(chosen(world)) == "edge:2"
    assert history.images(chosen(world, 1)) == "edge:1"
    missing = history.back_to(world.seen(), 7)
    assert isinstance(missing, Bad) and missing.why == "there is no revision 7; there are: 1, 2, 3"


def test_without_history_there_is_no_way_back() -> None:
    world = World(manifest(), nodes(1))
    assert isinstance(history.back_to(world.seen()), Bad)
    world.settle()
    assert isinstance(history.back_to(world.seen()), Bad)
    assert history.text(World(manifest()).seen()) == "No revision is recorded yet.\n"


def test_a_rollback_replaces_the_whole_template_if_nobody_was_faster() -> None:
    world = worlds()
    world.document["metadata"]["resourceVersion"] = "9"
    patch = history.patch(world.daemon, chosen(world, 1))
    assert not isinstance(patch, Bad)
    assert patch[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "9"}
    assert patch[1]["path"] == "/spec/template" and patch[1]["value"]["spec"]["containers"] == [
        {"image": "edge:1", "name": "edge"}
    ]
    assert "$patch" not in str(patch)


def test_what_is_there_already_needs_no_patch() -> None:
    world = worlds()
    assert history.patch(world.daemon, chosen(world, 3)) == ()


def test_after_a_rollback_the_old_revision_is_renumbered_and_wanted() -> None:
    world = worlds()
    back = chosen(world, 1)
    assert history.after(world.seen(), back).daemon.spec.template.spec.containers[0].image == "edge:1"
    patch = history.patch(world.daemon, back)
    assert not isinstance(patch, Bad)
    world.change(lambda spec: spec.update(template=patch[-1]["value"]))
    world.settle()
    assert [r["revision"] for r in history.to_builtins(world.seen()) if r["wanted"]] == [4]
    assert set(world.by_node()["node-00"]) == {"edge:1"}


@pytest.mark.parametrize("data", [{}, {"spec": {"template": "x"}}, {"spec": {"template": {"spec": 1}}}])
def test_data_that_are_no_template_are_refused(data: dict[str, object]) -> None:
    world = worlds()
    broken = msgspec.structs.replace(chosen(world, 1), data=data)
    assert history.images(broken) == "<unknown>" or history.images(broken) == "<none>"
    if not isinstance(data.get("spec"), dict) or data["spec"] == {"template": "x"}:
        assert isinstance(history.patch(world.daemon, broken), Bad)
