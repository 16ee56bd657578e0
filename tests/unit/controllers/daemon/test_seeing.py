"""What has not changed is the same object, so nobody is decided on for nothing."""

from collections.abc import Mapping
from operator import is_
from typing import Any, cast

from router.controllers.daemon.kinds import DAEMONS, KINDS
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.seeing import Sight
from router.controllers.kit.following import Following, Kind
from router.controllers.kit.kinds import NODES, PODS
from router.facts.core import Node
from router.facts.decode import decode
from router.facts.meta import Fact, Key
from tests.support.daemon_world import manifest, pod


class Follows:
    def __init__(self) -> None:
        self.known: dict[Kind, dict[Key, Fact]] = {kind: {} for kind in KINDS}

    def of(self, kind: Kind) -> Mapping[Key, Fact]:
        return self.known[kind]

    def put(self, kind: Kind, item: Any) -> None:
        self.known[kind][item.key] = item


def node(version: str, **labels: str) -> Node:
    return decode({"metadata": {"name": "n1", "resourceVersion": version, "labels": labels}}, Node)


def changes(follows: Follows, sight: Sight, daemon: Any, item: tuple[Kind, Any]) -> bool:
    before = sight.inputs(daemon)
    follows.put(*item)
    sight.take()
    return not all(map(is_, before, sight.inputs(daemon)))


def test_only_what_matters_is_a_change() -> None:
    follows = Follows()
    sight = Sight(cast(Following, follows))
    daemon = daemon_controller(manifest())
    follows.put(DAEMONS, daemon)
    follows.put(NODES, node("1"))
    sight.take()
    assert not changes(follows, sight, daemon, (NODES, node("2"))), "a heartbeat"
    assert changes(follows, sight, daemon, (NODES, node("3", color="red")))
    ours, theirs = pod("a"), decode({"metadata": {"name": "b", "namespace": "other"}}, type(pod("a")))
    assert changes(follows, sight, daemon, (PODS, ours))
    assert not changes(follows, sight, daemon, (PODS, theirs)), "a pod of another namespace"
    seen = sight.seen(daemon, settled=True, drained=frozenset(), terminating=False)
    assert (seen.pods, seen.neighbours, seen.daemons) == ((ours,), (theirs,), ())
