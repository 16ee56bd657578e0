"""What is said to the owners of objects as Events (events.k8s.io/v1), decided from findings and from what was said before.

An Event has a name that follows from what it says: the same complaint is the same Event, whoever leads. As long as a complaint
holds, its Event is renewed before the API server forgets it (an hour by default), so ``kubectl describe`` always shows what is
wrong now (docs/decisions/0006-events-say-what-is-refused.md).
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from router.base.digest import digest
from router.base.findings import Finding, ObjectRef, printable
from router.base.frozen import Frozen
from router.facts.snapshot import KINDS, Snapshot

CONTROLLER = "tidegate.dev/router"
RENEW = 45 * 60.0
"""Seconds; the API server forgets Events after an hour (--event-ttl)."""
NOTE = 1024
"""Bytes of a note (events.k8s.io/v1 Event)."""
SHOWN = 3
"""Findings of one object and reason whose sentences are said; the others are counted."""
STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"
_KIND = {kind: (version, field) for (version, kind), (field, _) in KINDS.items()}


class Saying(Frozen):
    """One Event. ``object`` exists, with this ``uid``."""

    object: ObjectRef
    uid: str
    type: str
    reason: str
    action: str
    note: str
    mark: str = ""
    """tells apart two Events that say the same, such as two versions of one object that came to be served"""

    @property
    def namespace(self) -> str:
        """Of objects without a namespace, Events are in this one (events.k8s.io/v1)."""
        return self.object.namespace or "default"

    @property
    def name(self) -> str:
        unique = digest(self.uid, self.type, self.reason, self.note, self.mark, length=16)
        return f"{self.object.name[:230].rstrip('.-')}.{unique}"


def sayings(findings: Iterable[Finding], snapshot: Snapshot) -> Mapping[str, Saying]:
    """By name, in a stable order. All findings of one object and reason are one Event; those of no object, or of one that is
    not there any more, are none."""
    said = {}
    having = sorted((f for f in findings if f.object), key=lambda f: (str(f.object), f.reason))
    for (_, reason), group in groupby(having, key=lambda f: (str(f.object), f.reason)):
        alike = sorted(set(group), key=Finding.sort_key)
        uid = _uid(alike[0].object, snapshot)
        if uid and alike[0].object:
            made = Saying(
                object=alike[0].object, uid=uid, type="Warning", reason=reason[:128], action="Routing", note=_note(alike)
            )
            said[made.name] = made
    return said


def _uid(ref: ObjectRef | None, snapshot: Snapshot) -> str:
    if ref is None or ref.kind not in _KIND:
        return ""
    fact = getattr(snapshot, _KIND[ref.kind][1]).get((ref.namespace, ref.name))
    return str(fact.metadata.uid) if fact else ""


def _note(alike: list[Finding]) -> str:
    parts = []
    for f in alike[:SHOWN]:
        where = f"{printable(f.field)}: " if f.field else ""
        parts.append(f"{where}{printable(f.message)}{f' {printable(f.fix)}' if f.fix else ''}")
    more = f" (and {len(alike) - SHOWN} more like this)" if len(alike) > SHOWN else ""
    room = NOTE - len(more.encode())
    return " ".join(parts).encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + more


def due(now: float, said: Mapping[str, Saying], held: Mapping[str, float]) -> Iterator[Saying]:
    """Those that are new, and those whose Event would soon be forgotten. ``held``: when each was said last, monotonic."""
    for name, saying in said.items():
        if name not in held or now - held[name] >= RENEW:
            yield saying


def body(saying: Saying, now: datetime.datetime, instance: str) -> dict[str, Any]:
    """The Event, when it is said first. ``instance``: who says it, 128 characters at most."""
    ref = saying.object
    regarding = {"apiVersion": _KIND[ref.kind][0], "kind": ref.kind, "name": ref.name, "uid": saying.uid}
    return {
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"namespace": saying.namespace, "name": saying.name},
        "eventTime": now.strftime(STAMP), "type": saying.type, "reason": saying.reason, "action": saying.action,
        "note": saying.note, "reportingController": CONTROLLER, "reportingInstance": instance[:128],
        "regarding": {**regarding, "namespace": ref.namespace} if ref.namespace else regarding,
    }  # fmt: skip


def again(count: int, now: datetime.datetime) -> dict[str, Any]:
    """What is merged into an Event that is said again, for the ``count``-th time (2 or more)."""
    return {"series": {"count": max(count, 2), "lastObservedTime": now.strftime(STAMP)}}
