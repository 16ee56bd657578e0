"""One pod on each node that should run one, and none elsewhere: what is missing, what failed, what is double, what strayed.

A pod that is leaving keeps its node until it is gone, so two never run at once; only a surge starts the next one beside it.
"""

from collections.abc import Iterable, Mapping

from router.base.frozen import Frozen
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.standing import by_age, leaving
from router.controllers.daemon.types import Failure
from router.facts.pods import Pod

FIRST, LONGEST = 1.0, 900.0
"""Seconds between two deletions of failed pods on a node: doubled each time (upstream's back-off)."""


class Departure(Frozen):
    """A pod that is to go. ``reason``: one word."""

    pod: Pod
    node: str
    reason: str


class Kept(Frozen):
    """``starts``: nodes that lack a pod. ``again``: seconds until a failed pod may be deleted; None if none waits."""

    starts: tuple[str, ...] = ()
    departures: tuple[Departure, ...] = ()
    failures: Mapping[str, Failure] = {}
    again: float | None = None

    @property
    def touched(self) -> frozenset[str]:
        return frozenset((*self.starts, *(d.node for d in self.departures)))


class _Keeper:
    def __init__(self, picture: Picture, failures: Mapping[str, Failure]) -> None:
        self.picture = picture
        self.failures = {key: f for key, f in failures.items() if picture.now - f.at <= 2 * LONGEST}
        self.starts: list[str] = []
        self.departures: list[Departure] = []
        self.waits: list[float] = []

    def go(self, node: str, pods: Iterable[Pod], reason: str) -> None:
        self.departures += [Departure(pod=pod, node=node, reason=reason) for pod in pods]

    def node(self, name: str) -> None:
        place, pods = self.picture.places[name], self.picture.pods.get(name, ())
        if place.stay:
            running = self._running(name, pods)
            surging = self.picture.surge
            if place.run and (not pods or (surging and not running and all(leaving(pod) for pod in pods))):
                self.starts.append(name)
            elif len(running) > 1:
                self._surged(name, running) if surging else self.go(name, by_age(running)[1:], "Duplicate")
        else:
            self.go(name, (pod for pod in pods if not leaving(pod)), place.fit.reason)

    def _running(self, name: str, pods: Iterable[Pod]) -> list[Pod]:
        """Those that neither leave nor have ended; the ended ones are deleted, the failed with back-off."""
        running = []
        for pod in pods:
            if leaving(pod):
                continue
            if pod.status.phase == "Succeeded":
                self.go(name, [pod], "SucceededDaemonPod")
            elif pod.status.phase == "Failed":
                if not self._waits(name):
                    self.go(name, [pod], "FailedDaemonPod")
            else:
                running.append(pod)
        return running

    def _waits(self, node: str) -> bool:
        """Whether a failed pod stays for now; else its deletion is counted."""
        meta, now = self.picture.daemon.metadata, self.picture.now
        key = f"{meta.uid}/{meta.generation}/{node}"
        before = self.failures.get(key)
        if before and now - before.at < before.delay:
            self.waits.append(before.at + before.delay - now)
            return True
        delay = min(before.delay * 2, LONGEST) if before else FIRST
        self.failures[key] = Failure(at=now, delay=delay)
        return False

    def _surged(self, name: str, running: list[Pod]) -> None:
        """At most two: the oldest of the wanted revision that is not available yet, and the oldest other one that is ready."""
        ordered = by_age(running)
        new = [pod for pod in ordered if self.picture.is_new(pod)]
        old = [pod for pod in ordered if not self.picture.is_new(pod)]
        self.go(name, [*new[1:], *old[1:]], "Duplicate")
        if new and old and (not old[0].ready or self.picture.is_available(new[0])):
            self.go(name, old[:1], "Replaced")


def keep(picture: Picture, failures: Mapping[str, Failure]) -> Kept:
    keeper = _Keeper(picture, failures)
    for name in picture.places:
        keeper.node(name)
    keeper.go("", (pod for pod in picture.homeless if not leaving(pod)), "NodeGone")
    departures = _covered(picture, keeper.departures) if picture.surge else keeper.departures
    again = min(keeper.waits, default=None)
    return Kept(starts=tuple(keeper.starts), departures=tuple(departures), failures=keeper.failures, again=again)


def _covered(picture: Picture, departures: list[Departure]) -> list[Departure]:
    """Who may surge never has less than he wants when nodes change: an available pod on a node that is not wanted any more stays
    until as many are available where they are wanted. A taint that evicts is not argued with."""
    spare = _available(picture, picture.places) - len(picture.desired)
    kept = []
    for departure in departures:
        place = picture.places.get(departure.node)
        sunset = place is not None and not place.stay and place.fit.reason != "TaintNoExecute"
        if sunset and picture.is_available(departure.pod):
            if spare <= 0:
                continue
            spare -= 1
        kept.append(departure)
    return kept


def _available(picture: Picture, names: Iterable[str]) -> int:
    """Nodes with an available pod."""
    return sum(any(picture.is_available(pod) for pod in picture.live(name)) for name in names)
