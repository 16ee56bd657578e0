"""Which objects came to be served, and how long it took. Followed by every router, so that a new leader knows what is old."""

from collections.abc import Iterator, Mapping
from typing import Any

from router.base.findings import ObjectRef
from router.controllers.writing.events import Saying
from router.facts.core import Service
from router.facts.meta import Fact, Key
from router.facts.networking import Ingress
from router.report.status import Pass
from router.table.types import Table


class Programmed:
    """Ingresses and Services that have routes. What was served in the first pass of all was served before: it is no news."""

    def __init__(self, plane: str) -> None:
        self._plane = plane
        self._known: dict[type, dict[Key, Fact]] = {Ingress: {}, Service: {}}
        self._since: dict[ObjectRef, tuple[Fact, float]] = {}
        self._begun = False

    @property
    def waiting(self) -> int:
        """Objects that changed and are not served yet, or never will be."""
        return len(self._since)

    def heard(self, made: Pass) -> list[Saying]:
        """What came to be served with this pass."""
        self._note(Ingress, made.snapshot.ingresses, made.noticed)
        self._note(Service, made.snapshot.services, made.noticed)
        if not made.served:
            return []
        if not self._begun:
            self._begun = True
            self._since.clear()
            return []
        if not self._since:
            return []
        there = origins(made.table)
        done = sorted(ref for ref in self._since if ref in there)
        return [self._said(*self._since.pop(ref), made.ended) for ref in done]

    def _note(self, kind: type, facts: Mapping[Key, Fact], noticed: float) -> None:
        known = self._known[kind]
        if len(known) != len(facts) or any(key not in facts for key in known):
            for key in known.keys() - facts.keys():
                self._since.pop(known.pop(key).ref, None)
        for key, fact in facts.items():
            before = known.get(key)
            if before is fact:
                continue
            known[key] = fact
            if before is None or meant(before) != meant(fact):
                self._since[fact.ref] = (fact, noticed)

    def _said(self, fact: Fact, since: float, now: float) -> Saying:
        note = f"Served by {self._plane} {max(now - since, 0):.2f} s after the change was seen."
        mark = fact.metadata.resource_version
        return Saying(
            object=fact.ref, uid=fact.metadata.uid, type="Normal", reason="Programmed", action="Serving", note=note, mark=mark
        )


def meant(fact: Fact) -> tuple[Any, ...]:
    """What the owner of an object wrote, as opposed to what controllers write into it."""
    return (fact.metadata.uid, fact.metadata.annotations, fact.metadata.labels, getattr(fact, "spec", None))


def origins(table: Table) -> frozenset[ObjectRef]:
    """The objects that have routes."""
    return frozenset(_origins(table))


def _origins(table: Table) -> Iterator[ObjectRef]:
    for host in table.hosts:
        for route in host.routes:
            yield route.origin.object
