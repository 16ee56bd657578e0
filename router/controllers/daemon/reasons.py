"""Why a node has no available pod: one word and the end of a sentence, for status, ``explain`` and events."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from router.base.frozen import Frozen
from router.controllers.daemon import room, standing
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.types import Memory, Seen
from router.facts.pods import Pod

STARTING = "Starting"
LEAVING = "Leaving"
FAILED = "PodFailed"
REFUSED = "CreateRefused"
NODE_FULL = "NodeFull"
PORT_CLASH = "PortClash"
UNSCHEDULED = "Unscheduled"
NOT_READY = "NotReady"
YOUNG = "NotAvailableYet"
TROUBLE = frozenset({FAILED, REFUSED, NODE_FULL, PORT_CLASH, UNSCHEDULED, NOT_READY})
"""Reasons that do not go away by waiting a moment."""


class Why(Frozen):
    """``reason``: one word, empty if the node has an available pod."""

    reason: str = ""
    detail: str = ""


class OnNodes:
    """All pods that are bound to each node and have not ended; looked up by node, so made once and only when asked."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    @cached_property
    def _by_node(self) -> Mapping[str, list[Pod]]:
        found: dict[str, list[Pod]] = {}
        for pods in (self._seen.pods, self._seen.neighbours):
            for pod in pods:
                if pod.spec.node_name and not pod.ended:
                    found.setdefault(pod.spec.node_name, []).append(pod)
        return found

    def of(self, node: str) -> list[Pod]:
        return self._by_node.get(node, [])


def reasons(picture: Picture, memory: Memory, on_nodes: OnNodes) -> dict[str, Why]:
    """For every node, in the order of names."""
    return {name: why(picture, name, memory, on_nodes) for name in picture.places}


def why(picture: Picture, name: str, memory: Memory, on_nodes: OnNodes) -> Why:
    place, live = picture.places[name], picture.live(name)
    if not place.run:
        return Why(reason=place.fit.reason, detail=place.fit.detail)
    if any(picture.is_available(pod) for pod in live):
        return Why()
    if not live:
        return _none(picture, name, memory)
    pod = live[0]
    if not pod.spec.node_name:
        return unscheduled(picture, pod, name, on_nodes)
    if pod.ready:
        return Why(reason=YOUNG, detail=f"{pod.metadata.name} is ready, but not yet for {picture.daemon.spec.min_ready} s")
    condition = pod.condition("Ready")
    if condition is None:
        return Why(reason=STARTING, detail=f"{pod.metadata.name} starts")
    said = condition.message or condition.reason
    return Why(reason=NOT_READY, detail=f"{pod.metadata.name} is not ready{f': {said}' if said else ''}")


def _none(picture: Picture, name: str, memory: Memory) -> Why:
    there = picture.pods.get(name, ())
    if gone := [pod for pod in there if standing.leaving(pod)]:
        how = "is drained" if not gone[0].terminating else "ends"
        return Why(reason=LEAVING, detail=f"{gone[0].metadata.name} {how} first")
    if there:
        pod = there[0]
        said = pod.status.message or pod.status.reason
        return Why(reason=FAILED, detail=f"{pod.metadata.name} {pod.status.phase.lower()}{f': {said}' if said else ''}")
    if refusal := memory.create_errors.get(name):
        return Why(reason=REFUSED, detail=f"the API server refused the pod: {refusal}")
    return Why(reason=STARTING, detail="a pod is being created")


def unscheduled(picture: Picture, pod: Pod, node: str, on_nodes: OnNodes) -> Why:
    """A pod that waits for its node. What we reckon counts first: the scheduler's sentence speaks of all nodes at once."""
    lack = room.lack(pod.spec, picture.places[node].node, on_nodes.of(node))
    if lack.reason:
        return Why(reason=lack.reason, detail=f"{pod.metadata.name} waits: {lack.words()}")
    condition = pod.condition("PodScheduled")
    if condition is None or condition.status != "False":
        return Why(reason=STARTING, detail=f"{pod.metadata.name} waits for the scheduler")
    return Why(reason=UNSCHEDULED, detail=f"{pod.metadata.name} waits: {condition.message or condition.reason}")


def grouped(whys: Mapping[str, Why], wanted: Iterable[str] = ()) -> dict[str, list[str]]:
    """reason -> nodes, without those that are well; only reasons in ``wanted`` if it is given."""
    chosen, found = frozenset(wanted), dict[str, list[str]]()
    for name, said in whys.items():
        if said.reason and (not chosen or said.reason in chosen):
            found.setdefault(said.reason, []).append(name)
    return dict(sorted(found.items()))


def names(nodes: list[str], most: int = 5) -> str:
    """``node-1, node-2 and 3 more``"""
    shown = ", ".join(nodes[:most])
    return shown if len(nodes) <= most else f"{shown} and {len(nodes) - most} more"
