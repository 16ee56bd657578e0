"""How one pod stands: ready, available, leaving; and which of several is the one that stays."""

import datetime
from collections.abc import Iterable
from functools import lru_cache

from router.controllers.daemon.types import DRAIN, HASH_LABEL
from router.facts.pods import Pod

STAMP = "%Y-%m-%dT%H:%M:%SZ"


@lru_cache(8192)
def seconds(stamp: str) -> float:
    """Epoch seconds of an RFC 3339 text; 0 for what is none, so that it counts as long ago."""
    try:
        return datetime.datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def stamp(now: float) -> str:
    """Whole seconds, as the API server writes times."""
    return datetime.datetime.fromtimestamp(now, datetime.UTC).strftime(STAMP)


def available_in(pod: Pod, min_ready: int, now: float) -> float | None:
    """Seconds until the pod will have been ready for ``min_ready`` seconds: 0 if it has; None if it is not ready at all."""
    condition = pod.condition("Ready")
    if condition is None or condition.status != "True":
        return None
    if not min_ready:
        return 0.0
    since = seconds(condition.last_transition_time) if condition.last_transition_time else now
    return max(0.0, since + min_ready - now)


def available(pod: Pod, min_ready: int, now: float) -> bool:
    return available_in(pod, min_ready, now) == 0.0


def draining(pod: Pod) -> bool:
    """We said that it is to go; nothing brings it back."""
    return DRAIN in pod.metadata.annotations


def leaving(pod: Pod) -> bool:
    return pod.terminating or draining(pod)


def revision(pod: Pod) -> str:
    return pod.metadata.labels.get(HASH_LABEL, "")


def by_age(pods: Iterable[Pod]) -> list[Pod]:
    """The one that stays first: scheduled before waiting, then the oldest, then by name."""
    return sorted(pods, key=lambda pod: (not pod.spec.node_name, pod.metadata.creation_timestamp, pod.metadata.name))
