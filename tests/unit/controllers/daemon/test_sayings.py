"""What is said as Events."""

from router.controllers.daemon import sayings
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.types import Evict
from tests.support.daemon_world import World, manifest, nodes


def test_an_empty_selector_has_upstreams_word() -> None:
    daemon = daemon_controller(manifest(spec={"selector": {}}))
    (said,) = sayings.invalid(daemon)
    assert (said.type, said.reason, said.uid) == ("Warning", "SelectingAll", "daemon-uid")
    (said,) = sayings.invalid(daemon_controller(manifest(spec={"selector": {"x": "y"}})))
    assert said.reason == "InvalidSpec"


def test_what_holds_on_is_said_once_and_again_when_it_comes_back() -> None:
    world = World(manifest(rolling={"maxUnavailable": "x"}), nodes(1))
    world.sync()
    world.sync()
    assert len(world.said) == 1
    world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(maxUnavailable=1))
    world.sync()
    world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(maxUnavailable="x"))
    world.sync()
    assert len(world.said) == 2


def test_an_eviction_says_who_and_for_whom() -> None:
    daemon = daemon_controller(manifest())
    (said,) = sayings.evicted(daemon, [Evict(key=("t", "p"), uid="u", node="n", room_for="edge-1")])
    assert said.note == "Evicting t/p from node n to make room for edge-1."
