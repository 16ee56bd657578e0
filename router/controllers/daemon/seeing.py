"""The world of one DaemonController, cut out of what is followed. What has not changed is the same object as before."""

from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, Generic, TypeVar

import msgspec

from router.controllers.daemon.kinds import DAEMONS
from router.controllers.daemon.types import DaemonController, Seen
from router.controllers.kit.following import Following
from router.controllers.kit.kinds import BUDGETS, NODES, PODS, PRIORITIES, REVISIONS, WORKLOADS
from router.facts.core import Node
from router.facts.meta import Fact, Key

F = TypeVar("F", bound=Fact)


class _Groups(Generic[F]):
    """Objects by namespace, sorted by name. A group in which nothing changed is the same tuple as before."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[F, ...]] = {}

    def take(self, items: Iterable[Mapping[Key, F]]) -> None:
        found: dict[str, list[F]] = {}
        for mapping in items:
            for key in sorted(mapping):
                found.setdefault(key[0], []).append(mapping[key])
        self._groups = {namespace: _kept(self._groups.get(namespace, ()), tuple(group)) for namespace, group in found.items()}

    def of(self, namespace: str) -> tuple[F, ...]:
        return self._groups.get(namespace, ())

    def others(self, namespace: str) -> tuple[F, ...]:
        return tuple(item for name in sorted(self._groups) if name != namespace for item in self._groups[name])

    @property
    def all(self) -> tuple[F, ...]:
        return self.others("")


def _kept(old: tuple[F, ...], new: tuple[F, ...]) -> tuple[F, ...]:
    return old if len(old) == len(new) and all(map(is_, old, new)) else new


class Sight:
    """``take`` after something changed; then ``inputs`` tells whether a DaemonController must be decided on anew."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._pods, self._revisions, self._workloads = _Groups[Any](), _Groups[Any](), _Groups[Any]()
        self._daemons, self._budgets = _Groups[Any](), _Groups[Any]()
        self._nodes: dict[str, Node] = {}
        self._shown: tuple[Node, ...] = ()
        self._every_budget: tuple[Any, ...] = ()
        self._priorities: tuple[Any, ...] = ()

    def take(self) -> None:
        follow = self._following.of
        self._pods.take([follow(PODS)])
        self._revisions.take([follow(REVISIONS)])
        self._workloads.take([follow(kind) for kind in WORKLOADS.values()])
        self._daemons.take([follow(DAEMONS)])
        self._budgets.take([follow(BUDGETS)])
        self._every_budget = _kept(self._every_budget, self._budgets.all)
        self._priorities = _kept(self._priorities, tuple(item for _, item in sorted(follow(PRIORITIES).items())))
        self._nodes = {name: _calm(node, self._nodes.get(name)) for (_, name), node in sorted(follow(NODES).items())}
        self._shown = _kept(self._shown, tuple(self._nodes.values()))

    def inputs(self, daemon: DaemonController) -> tuple[object, ...]:
        """To be compared by identity. Pods of other namespaces are left out: they change all the time and seldom matter."""
        here = daemon.metadata.namespace
        return (
            daemon, self._pods.of(here), self._shown, self._revisions.of(here), self._workloads.of(here), self._daemons.of(here),
            self._every_budget, self._priorities,
        )  # fmt: skip

    def seen(self, daemon: DaemonController, *, settled: bool, drained: frozenset[str], terminating: bool) -> Seen:
        here = daemon.metadata.namespace
        return Seen(
            daemon=daemon,
            nodes=self._shown,
            pods=self._pods.of(here),
            neighbours=self._pods.others(here),
            revisions=self._revisions.of(here),
            workloads=self._workloads.of(here),
            daemons=tuple(other for other in self._daemons.of(here) if other is not daemon),
            budgets=self._every_budget,
            priorities=self._priorities,
            namespace_terminating=terminating,
            drained=drained,
            settled=settled,
        )


def _calm(node: Node, before: Node | None) -> Node:
    """Without its version: a heartbeat is no news."""
    plain = msgspec.structs.replace(node, metadata=msgspec.structs.replace(node.metadata, resource_version=""))
    return before if before == plain else plain
