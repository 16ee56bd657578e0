"""Snapshot in, table out: the dialects, listed by hand, and the merge of what they claim. Pure, given what is remembered."""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from router.base.faults import Fault, Step, caught, findings_of
from router.base.findings import Finding, Location, ObjectRef, located
from router.base.frozen import Frozen
from router.base.memo import Memo
from router.base.rows import Same
from router.certs import Certificate
from router.dialects import ingress, service
from router.facts.meta import Key
from router.facts.networking import IngressClass
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.build import Building
from router.table.claims import Claims
from router.table.types import Table

KEPT = "what all objects of this dialect asked for before stays as it is, and changes wait"


class Reading(Protocol):
    """A dialect, object by object. It remembers what it read."""

    def of(self, snapshot: Snapshot, settings: Settings) -> Mapping[Key, Claims]: ...


DIALECTS: Mapping[str, Callable[[], Reading]] = {"service": service.Reading, "ingress": ingress.Reading}


class Translation(Frozen):
    """A table and everything that is to be said about the objects it came from, in a stable order. ``faults``: bugs of ours,
    each of them in ``findings`` too, for its object's owner. ``secrets``: those that objects and settings name."""

    table: Table
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    secrets: Collection[Key] = ()


class Memos:
    """What one translation leaves to the next, so that a change costs what changed. It changes no result: what is remembered
    is compared with what is asked, by identity. For one gateway and one thread."""

    def __init__(self) -> None:
        self.readings = {name: make() for name, make in DIALECTS.items()}
        self.claims: dict[str, Mapping[Key, Claims]] = {}
        """by dialect: stands in for one that fails as a whole"""
        self.building = Building[Key]()
        self._classes, self._about = Same[Mapping[Key, IngressClass]](), Memo[tuple[Finding, ...]]()
        self._located = Memo[Finding]()
        self._said: tuple[list[Finding], Mapping[ObjectRef, Location], tuple[Finding, ...]] = ([], {}, ())

    def about_classes(self, snapshot: Snapshot, settings: Settings) -> tuple[Finding, ...]:
        """What has no effect on an IngressClass."""
        self._about.turn()
        return self._about.of(ingress.about, self._classes.of(snapshot.ingress_classes), settings)

    def placed(self, said: list[Finding], locations: Mapping[ObjectRef, Location]) -> tuple[Finding, ...]:
        """Each once, with its place, sorted. The same tuple while the same things are said in the same places."""
        same = len(said) == len(self._said[0]) and all(map(_is, said, self._said[0]))
        if not same or locations is not self._said[1]:
            self._located.turn()
            found = {self._located.of(located, f, locations.get(f.object) if f.object else None) for f in said}
            placed = tuple(sorted(found, key=Finding.sort_key))
            before = self._said[2]
            self._said = (said, locations, before if placed == before else placed)
        return self._said[2]


def _is(one: object, other: object) -> bool:
    return one is other


def translate(
    snapshot: Snapshot,
    settings: Settings,
    now: datetime.datetime,
    fallback: Certificate | None = None,
    memos: Memos | None = None,
) -> Translation:
    """``fallback``: the default certificate when the settings name no Secret (or a bad one). ``memos``: of the translations
    before; without them everything is made anew."""
    memos = memos or Memos()
    faults = [*snapshot.faults]
    for name in DIALECTS:
        faults += _read(name, snapshot, settings, memos)
    built = memos.building.of(snapshot, list(memos.claims.values()), settings, now, fallback)
    faults += built.faults
    said = [*snapshot.findings, *memos.about_classes(snapshot, settings), *built.findings, *findings_of(faults)]
    placed = memos.placed(said, snapshot.locations)
    return Translation(table=built.table, findings=placed, faults=tuple(faults), secrets=built.secrets)


def _read(name: str, snapshot: Snapshot, settings: Settings, memos: Memos) -> Iterable[Fault]:
    """A dialect guards object by object. What gets through all the same keeps its last claims; if there are none, the pass
    ends and the last good bundle serves: a table without a dialect would be one without its denies."""
    try:
        memos.claims[name] = memos.readings[name].of(snapshot, settings)
    except Exception as wrong:
        if name not in memos.claims:
            raise
        return (caught(wrong, Step(name), None, KEPT),)
    return ()
