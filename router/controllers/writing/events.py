"""What is said to the owners of objects as Events (events.k8s.io/v1), decided from findings and from what was said before.

An Event has a name that follows from what it says: the same complaint is the same Event, whoever leads. As long as a complaint
holds, its Event is renewed before the API server forgets it (an hour by default), so ``kubectl describe`` always shows what is
wrong now (docs/decisions/0006-events-say-what-is-refused.md).
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from router.base.digest import digest
from router.base.findings import Finding, ObjectRef, printable
from router.base.frozen import Frozen
from router.base.memo import Memo
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
    api_version: str = ""
    """of the object; empty for the kinds that sources read"""
    reporter: str = CONTROLLER

    @property
    def namespace(self) -> str:
        """Of objects without a namespace, Events are in this one (events.k8s.io/v1)."""
        return self.object.namespace or "default"

    @property
    def name(self) -> str:
        unique = digest(self.uid, self.type, self.reason, self.note, self.mark, length=16)
        return f"{self.object.name[:230].rstrip('.-')}.{unique}"


class Sayings:
    """Remembers what it made of which findings, so that a change costs what changed."""

    def __init__(self) -> None:
        self._memo = Memo[tuple[str, Saying]]()

    def of(self, findings: Iterable[Finding], snapshot: Snapshot) -> Mapping[str, Saying]:
        """By name, in the order of the findings. All findings of one object and reason are one Event; those of no object, or of
        one that is not there any more, are none."""
        groups: dict[tuple[ObjectRef, str], list[Finding]] = {}
        for finding in findings:
            if finding.object:
                groups.setdefault((finding.object, finding.reason), []).append(finding)
        self._memo.turn()
        made = [self._memo.of(_named, uid, *alike) for (ref, _), alike in groups.items() if (uid := _uid(ref, snapshot))]
        return dict(made)


def _named(uid: str, *alike: Finding) -> tuple[str, Saying]:
    first = alike[0]
    assert first.object
    note = _note(sorted(set(alike), key=Finding.sort_key))
    made = Saying(object=first.object, uid=uid, type="Warning", reason=first.reason[:128], action="Routing", note=note)
    return made.name, made


def _uid(ref: ObjectRef, snapshot: Snapshot) -> str:
    if ref.kind not in _KIND:
        return ""
    fact = getattr(snapshot, _KIND[ref.kind][1]).get((ref.namespace, ref.name))
    return fact.metadata.uid if fact else ""


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
    version = saying.api_version or _KIND[ref.kind][0]
    regarding = {"apiVersion": version, "kind": ref.kind, "name": ref.name, "uid": saying.uid}
    return {
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"namespace": saying.namespace, "name": saying.name},
        "eventTime": now.strftime(STAMP), "type": saying.type, "reason": saying.reason, "action": saying.action,
        "note": saying.note, "reportingController": saying.reporter, "reportingInstance": instance[:128],
        "regarding": {**regarding, "namespace": ref.namespace} if ref.namespace else regarding,
    }  # fmt: skip


def again(count: int, now: datetime.datetime) -> dict[str, Any]:
    """What is merged into an Event that is said again, for the ``count``-th time (2 or more)."""
    return {"series": {"count": max(count, 2), "lastObservedTime": now.strftime(STAMP)}}
