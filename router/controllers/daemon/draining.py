"""How a pod that is to go goes: at once, or marked first, drained, and then deleted.

The mark is an annotation with the time, so the next leader knows of it. Only a pod that runs is drained: who waits or has ended
serves nobody. A pod whose drain hook was taken away meanwhile goes at once.
"""

from collections.abc import Iterable, Mapping

from router.base.frozen import Frozen
from router.controllers.daemon import standing
from router.controllers.daemon.keeping import Departure
from router.controllers.daemon.types import DRAIN, Delete, Drain, PreDelete
from router.facts.pods import Pod

TIMEOUT = "DrainTimeout"


class Going(Frozen):
    """``again``: seconds until a drain ends by time; None if none will."""

    drains: tuple[Drain, ...] = ()
    deletes: tuple[Delete, ...] = ()
    again: float | None = None


def go(now: float, departures: Iterable[Departure], hook: PreDelete | None, drained: frozenset[str]) -> Going:
    """``departures``: those of now, and those that are marked already. ``drained``: uids of pods that said so."""
    drains: list[Drain] = []
    deletes: list[Delete] = []
    waits: list[float] = []
    for departure in departures:
        pod = departure.pod
        if hook is None or pod.status.phase != "Running":
            deletes.append(_delete(departure, departure.reason))
            continue
        since = pod.metadata.annotations.get(DRAIN)
        if since is None:
            mark = {"metadata": {"uid": pod.metadata.uid, "annotations": {DRAIN: standing.stamp(now)}}}
            drains.append(_drain(departure, hook, mark))
            waits.append(float(hook.timeout or 0))
            continue
        left = standing.seconds(since) + hook.timeout - now
        if _is_drained(pod, hook, drained):
            deletes.append(_delete(departure, departure.reason))
        elif hook.timeout and left <= 0:
            deletes.append(_delete(departure, TIMEOUT))
        else:
            drains.append(_drain(departure, hook, None))
            waits.append(left if hook.timeout else 0.0)
    return Going(drains=tuple(drains), deletes=tuple(deletes), again=min((w for w in waits if w > 0), default=None))


def marked(pods: Iterable[Pod], node_of: dict[str, str]) -> list[Departure]:
    """Pods that were told to go before. ``node_of``: uid -> node."""
    return [
        Departure(pod=pod, node=node_of.get(pod.metadata.uid, ""), reason="Drained")
        for pod in pods
        if standing.draining(pod) and not pod.terminating
    ]


def _is_drained(pod: Pod, hook: PreDelete, drained: frozenset[str]) -> bool:
    """Every condition of the hook holds."""
    busy = bool(hook.labels) and all(pod.metadata.labels.get(key) == value for key, value in hook.labels.items())
    return not busy and (not hook.port or pod.metadata.uid in drained)


def _delete(departure: Departure, reason: str) -> Delete:
    meta = departure.pod.metadata
    return Delete(name=meta.name, uid=meta.uid, node=departure.node, reason=reason)


def _drain(departure: Departure, hook: PreDelete, mark: Mapping[str, object] | None) -> Drain:
    meta = departure.pod.metadata
    ask = (hook.port, hook.path) if hook.port else None
    return Drain(name=meta.name, uid=meta.uid, node=departure.node, reason=departure.reason, patch=mark, ask=ask)
