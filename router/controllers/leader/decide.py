"""Who leads, decided from what was seen of the Lease and from our own clock. The times that others wrote are never compared.

Two rules make two leaders impossible. A candidate takes the Lease only when its record has not changed for as long as its
holder said it would hold, counted from when the candidate *had seen* it. A leader counts from *before* it sent its last good
renewal, and stops sooner (``Terms.fence``). Both count on their own monotonic clock, so clocks that disagree do not matter.
"""

import datetime
import enum
from typing import Any

import msgspec

from router.base.frozen import Frozen

STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"
"""meta/v1 MicroTime."""


class Terms(Frozen):
    """``me``: what tells this process from all others. ``duration``: whole seconds that a Lease holds after a renewal.

    ``fence``: seconds after which a leader that could not renew stops; ``retry``: between two looks; ``limit``: of one call.
    """

    me: str
    duration: int = 15

    @property
    def fence(self) -> float:
        return self.duration * 2 / 3

    @property
    def limit(self) -> float:
        return self.fence / 3

    @property
    def retry(self) -> float:
        return self.fence / 5


class Spec(Frozen, rename="camel"):
    """coordination.k8s.io/v1 LeaseSpec, as far as we use it."""

    holder_identity: str | None = ""
    lease_duration_seconds: int | None = 0
    acquire_time: str | None = ""
    renew_time: str | None = ""
    lease_transitions: int | None = 0


class LeaseMeta(Frozen, rename="camel", omit_defaults=True):
    """What somebody else wrote there stays: a write replaces the whole object."""

    resource_version: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[msgspec.Raw] | None = None
    finalizers: list[str] | None = None


class Lease(Frozen):
    """What was read."""

    metadata: LeaseMeta = LeaseMeta()
    spec: Spec = Spec()


class Memory(Frozen):
    """What a candidate remembers: the last record that it saw, and since when. ``since``: monotonic seconds."""

    seen: Spec | None = None
    since: float = 0.0


class Move(enum.StrEnum):
    """``create``: there is no Lease. ``take``: it is free. ``renew``: it is ours. ``wait``: somebody else leads."""

    CREATE = "create"
    TAKE = "take"
    RENEW = "renew"
    WAIT = "wait"


class Decision(Frozen):
    move: Move
    memory: Memory


def decide(now: float, seen: Lease | None, memory: Memory, terms: Terms) -> Decision:
    """``now``: our monotonic clock when the answer had come. ``seen``: what the API server said, None if there is no Lease."""
    if seen is None:
        return Decision(move=Move.CREATE, memory=Memory())
    known = memory if memory.seen == seen.spec else Memory(seen=seen.spec, since=now)
    holder = seen.spec.holder_identity
    if holder == terms.me:
        return Decision(move=Move.RENEW, memory=known)
    held = max(seen.spec.lease_duration_seconds or 0, terms.duration)
    free = not holder or now - known.since >= held
    return Decision(move=Move.TAKE if free else Move.WAIT, memory=known)


def written(seen: Lease | None, now: datetime.datetime, terms: Terms, *, release: bool = False) -> dict[str, Any]:
    """The spec to write. The dates are for people: nobody decides by them."""
    before = seen.spec if seen else Spec()
    stamp, mine = now.strftime(STAMP), before.holder_identity == terms.me
    changed = Spec(
        holder_identity="" if release else terms.me,
        lease_duration_seconds=1 if release else terms.duration,
        acquire_time=before.acquire_time if mine and before.acquire_time else stamp,
        renew_time=stamp,
        lease_transitions=(before.lease_transitions or 0) + (0 if mine or seen is None else 1),
    )
    return dict(msgspec.to_builtins(changed))
