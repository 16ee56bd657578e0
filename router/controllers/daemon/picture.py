"""What was seen, put in order: our pods by node, each node's place, the revisions, and which nodes get the new one.

Everything after this asks the picture and not the caches, so that all steps of one decision speak of the same world.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from router.base.frozen import Frozen
from router.controllers.daemon import choosing, placing, ports, revisions, standing
from router.controllers.daemon.owning import claim
from router.controllers.daemon.placing import Fit
from router.controllers.daemon.revisions import History
from router.controllers.daemon.types import Amount, DaemonController, HostPorts, Memory, Patch, Seen, Update
from router.facts.core import Node
from router.facts.pods import Pod


class Place(Frozen):
    """One node. ``eligible``: what the choice was made among. ``node`` is the fact, for its labels and its room."""

    node: Node
    fit: Fit
    eligible: bool

    @property
    def run(self) -> bool:
        return self.fit.run

    @property
    def stay(self) -> bool:
        return self.fit.stay


class Picture(Frozen):
    """``places``: by node name, sorted. ``pods``: ours by node, oldest first. ``homeless``: ours that never got to a node that is
    gone now. ``released``: nodes whose pod may be of the wanted revision; ``surge``: whether a new pod starts beside the old one;
    ``why_no_surge``: the end of a sentence, if it was asked for in vain; ``why_held``: why nothing is replaced."""

    now: float
    daemon: DaemonController
    places: Mapping[str, Place]
    pods: Mapping[str, tuple[Pod, ...]]
    homeless: tuple[Pod, ...]
    ours: tuple[Pod, ...]
    patches: tuple[Patch, ...]
    history: History
    released: frozenset[str]
    update: Update
    surge: bool
    why_no_surge: str = ""
    why_held: str = ""

    @property
    def desired(self) -> tuple[str, ...]:
        return tuple(name for name, place in self.places.items() if place.run)

    @property
    def max_unavailable(self) -> int:
        return self.update.max_unavailable.of(len(self.desired))

    def revision_for(self, node: str) -> str:
        return self.history.wanted if node in self.released else self.history.current

    def live(self, node: str) -> list[Pod]:
        """Pods on a node that are not leaving and have not ended."""
        return [pod for pod in self.pods.get(node, ()) if not standing.leaving(pod) and not pod.ended]

    def is_new(self, pod: Pod) -> bool:
        return standing.revision(pod) == self.history.wanted

    def is_available(self, pod: Pod) -> bool:
        return standing.available(pod, self.daemon.spec.min_ready, self.now)


def picture(now: float, seen: Seen, memory: Memory) -> Picture:
    daemon = seen.daemon
    ours, patches = claim(daemon, seen.pods)
    count = daemon.status.get("collisionCount")
    collisions = max(memory.collisions, count if isinstance(count, int) else 0)
    history = revisions.history(daemon, seen.revisions, ours, collisions)
    by_node, homeless = _by_node(ours, {node.metadata.name for node in seen.nodes})
    places = places_of(daemon, seen.nodes, by_node)
    drawn = Picture(
        now=now, daemon=daemon, places=places, pods=by_node, homeless=homeless, ours=ours, patches=patches, history=history,
        released=frozenset(), update=daemon.spec.update, surge=False,
    )  # fmt: skip
    drawn = _with_update(drawn)
    return msgspec.structs.replace(drawn, released=_released(drawn, seen.nodes))


def places_of(daemon: DaemonController, nodes: Iterable[Node], by_node: Mapping[str, Sequence[Pod]]) -> dict[str, Place]:
    """Fit first, then the choice among those that may run a pod. A node that may only keep its pod counts while it has it."""
    spec, salt = daemon.spec, f"{daemon.metadata.namespace}/{daemon.metadata.name}"
    fits = {node.metadata.name: (node, placing.fit(spec.template.spec, node)) for node in nodes}
    label = spec.choice.zone_label
    zones = {
        name: node.metadata.labels.get(label, "") if label else ""
        for name, (node, fit) in fits.items()
        if fit.run or (fit.stay and any(not standing.leaving(pod) for pod in by_node.get(name, ())))
    }
    chosen = choosing.choose(spec.choice, salt, zones)
    return {name: _place(*fits[name], name in zones, name in chosen, daemon) for name in sorted(fits)}


def _place(node: Node, fit: Fit, eligible: bool, chosen: bool, daemon: DaemonController) -> Place:
    if eligible and not chosen:
        detail = f"the node is not among the {daemon.spec.choice.nodes} that are chosen"
        fit = Fit(run=False, stay=False, reason=placing.NOT_CHOSEN, detail=detail)
    return Place(node=node, fit=fit, eligible=eligible)


def _by_node(ours: Iterable[Pod], nodes: set[str]) -> tuple[dict[str, tuple[Pod, ...]], tuple[Pod, ...]]:
    """A pod that has ended and is being deleted counts no more: nothing of it runs."""
    found: dict[str, list[Pod]] = {}
    homeless = []
    for pod in ours:
        name = placing.target(pod)
        if name and name not in nodes and not pod.spec.node_name:
            homeless.append(pod)
        elif name and not (pod.terminating and pod.ended):
            found.setdefault(name, []).append(pod)
    return {name: tuple(standing.by_age(pods)) for name, pods in sorted(found.items())}, tuple(homeless)


def _with_update(drawn: Picture) -> Picture:
    """The update as it can be done: where ports clash, a surge becomes delete-first with the same number, or is refused."""
    update, template = drawn.daemon.spec.update, drawn.daemon.spec.template.spec
    if update.held:
        return msgspec.structs.replace(drawn, surge=update.surges, why_held="a field of updateStrategy was not understood")
    if update.paused:
        return msgspec.structs.replace(drawn, surge=update.surges, why_held="it is paused")
    old = [pod for name in drawn.desired for pod in drawn.live(name) if not drawn.is_new(pod)]
    why = ports.why_no_surge(update, template, old)
    if not why:
        return msgspec.structs.replace(drawn, surge=update.surges)
    if update.host_ports is HostPorts.REFUSE:
        return msgspec.structs.replace(drawn, surge=False, why_no_surge=why, why_held=why)
    first = msgspec.structs.replace(update, max_unavailable=update.max_surge, max_surge=Amount(number=0))
    return msgspec.structs.replace(drawn, update=first, surge=False, why_no_surge=why)


def _released(drawn: Picture, nodes: Iterable[Node]) -> frozenset[str]:
    """Nodes whose pod may be of the wanted revision: all; or, with a partition or canaries, those that have it and then so many
    more, by name from the last; or, while the update is held, those that have it."""
    update, names = drawn.update, drawn.places
    if update.on_delete or drawn.history.current == drawn.history.wanted:
        return frozenset(names)
    having = {name for name in names if any(drawn.is_new(pod) for pod in drawn.live(name))}
    if drawn.why_held:
        return frozenset(having)
    canaries = placing.canaries(update.canary, nodes)
    desired = drawn.desired
    kept = update.partition.of(len(desired), up=False)
    if canaries is None and not kept:
        return frozenset(names)
    allowed = [
        name
        for name in sorted(desired, key=lambda n: (n in having, n), reverse=True)
        if canaries is None or name in canaries | having
    ]
    return frozenset(allowed[: max(0, len(desired) - kept)]) | having
