"""Rolling update: which old pods go now, and where a new one starts beside the old.

Only nodes that should run a pod count. A node that ``keep`` is at, or that has no pod or several, counts as unavailable and is
left alone. Old pods that are not available are replaced at once, and count; available ones go while fewer than ``maxUnavailable``
are down. Nodes go by name from the last, so that a rollout that stops has a shape.
"""

from router.base.frozen import Frozen
from router.controllers.daemon.keeping import Departure
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.standing import available_in, leaving
from router.facts.pods import Pod


class Updated(Frozen):
    """``again``: seconds until a pod becomes available by the clock alone; None if none is about to."""

    starts: tuple[str, ...] = ()
    departures: tuple[Departure, ...] = ()
    again: float | None = None


class _Nodes:
    """The nodes that should run a pod, sorted into what an update can do with them."""

    def __init__(self, picture: Picture, touched: frozenset[str]) -> None:
        self.picture = picture
        self.down = 0
        """not available"""
        self.unready = 0
        self.broken: list[tuple[str, Pod]] = []
        """old, to be replaced at once"""
        self.young: list[tuple[str, Pod]] = []
        """old, ready, not available yet"""
        self.good: list[tuple[str, Pod]] = []
        for name in reversed(picture.desired):
            self._sort(name, name in touched)

    def _sort(self, name: str, touched: bool) -> None:
        live = self.picture.live(name)
        if touched or len(live) != 1:
            self.down += 1
            self.unready += not any(pod.ready for pod in live)
            return
        pod = live[0]
        available = self.picture.is_available(pod)
        self.down += not available
        self.unready += not pod.ready
        if self.picture.is_new(pod) or name not in self.picture.released:
            return
        (self.good if available else self.young if pod.ready else self.broken).append((name, pod))


def update(picture: Picture, touched: frozenset[str]) -> Updated:
    """``touched``: nodes where ``keep`` does something in the same decision."""
    again = _next_available(picture)
    if picture.why_held or picture.update.on_delete:
        return Updated(again=again)
    if picture.surge:
        return Updated(starts=_surge(picture, touched), again=again)
    gone = _strict(picture, touched) if picture.update.strict else _replaced(picture, touched)
    return Updated(departures=tuple(_departure(*pair) for pair in gone), again=again)


def _departure(node: str, pod: Pod) -> Departure:
    return Departure(pod=pod, node=node, reason="Outdated")


def _replaced(picture: Picture, touched: frozenset[str]) -> list[tuple[str, Pod]]:
    nodes = _Nodes(picture, touched)
    room = max(0, picture.max_unavailable - nodes.down)
    return [*nodes.broken, *nodes.young, *nodes.good[:room]]


def _strict(picture: Picture, touched: frozenset[str]) -> list[tuple[str, Pod]]:
    """A pod that is ready serves, however young: it goes only while fewer than ``maxUnavailable`` nodes have no ready pod."""
    nodes = _Nodes(picture, touched)
    room = max(0, picture.max_unavailable - nodes.unready)
    young = nodes.young[:room]
    room = max(0, min(room - len(young), picture.max_unavailable - nodes.down))
    return [*nodes.broken, *young, *nodes.good[:room]]


def _surge(picture: Picture, touched: frozenset[str]) -> tuple[str, ...]:
    """Nodes where a new pod starts: beside an old one that is not available at once, beside the others while fewer than
    ``maxSurge`` new ones are on their way. ``keep`` takes the old one away when the new one is available."""
    most, waiting = picture.update.max_surge.of(len(picture.desired)), 0
    at_once, others = list[str](), list[str]()
    for name in reversed(picture.desired):
        live = picture.live(name)
        new = [pod for pod in live if picture.is_new(pod)]
        old = [pod for pod in live if not picture.is_new(pod)]
        if name in touched or len(live) > 2 or len(new) > 1 or len(old) > 1:
            waiting += 1
        elif new and old:
            waiting += not picture.is_available(new[0])
        elif old and name in picture.released and not _blocked(picture, name):
            (others if picture.is_available(old[0]) else at_once).append(name)
    return (*at_once, *others[: max(0, most - waiting)])


def _blocked(picture: Picture, name: str) -> bool:
    """A new pod that is leaving still has the node: never more than one old and one new."""
    return any(leaving(pod) and picture.is_new(pod) for pod in picture.pods.get(name, ()))


def _next_available(picture: Picture) -> float | None:
    if not picture.daemon.spec.min_ready:
        return None
    waits = (
        available_in(pod, picture.daemon.spec.min_ready, picture.now) for name in picture.places for pod in picture.live(name)
    )
    return min((wait for wait in waits if wait), default=None)
