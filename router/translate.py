"""Snapshot in, table out: the dialects, listed by hand, and the merge of what they claim. Pure."""

import datetime
from collections.abc import Callable, Mapping

import msgspec

from router.base.faults import Fault, Step, caught, findings_of
from router.base.findings import Finding, located
from router.base.frozen import Frozen
from router.certs import Certificate
from router.dialects import ingress, service
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.build import build
from router.table.claims import Claims
from router.table.types import Table

KEPT = "what all objects of this dialect asked for before stays as it is, and changes wait"
DIALECTS: Mapping[str, Callable[[Snapshot, Settings], Claims]] = {"service": service.claims, "ingress": ingress.claims}


class Translation(Frozen):
    """A table and everything that is to be said about the objects it came from, in a stable order. ``faults``: bugs of ours,
    each of them in ``findings`` too, for its object's owner. ``claims``: by dialect, for the next translation."""

    table: Table
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    claims: Mapping[str, Claims] = {}


def translate(
    snapshot: Snapshot,
    settings: Settings,
    now: datetime.datetime,
    fallback: Certificate | None = None,
    before: Mapping[str, Claims] | None = None,
) -> Translation:
    """``fallback``: the default certificate when the settings name no Secret (or a bad one). ``before``: claims of the
    translation before, which stand in for a dialect that fails as a whole."""
    claims = {name: _claims(name, snapshot, settings, before or {}) for name in DIALECTS}
    built = build(snapshot, tuple(claims.values()), settings, now, fallback)
    faults = (*snapshot.faults, *(f for c in claims.values() for f in c.faults), *built.faults)
    said = [*snapshot.findings, *(f for c in claims.values() for f in c.findings), *built.findings, *findings_of(faults)]
    placed = (located(f, snapshot.locations.get(f.object) if f.object else None) for f in said)
    findings = tuple(sorted(set(placed), key=Finding.sort_key))
    return Translation(table=built.table, findings=findings, faults=faults, claims=claims)


def _claims(name: str, snapshot: Snapshot, settings: Settings, before: Mapping[str, Claims]) -> Claims:
    """A dialect guards object by object. What gets through all the same keeps its last claims; if there are none, the pass
    ends and the last good bundle serves: a table without a dialect would be one without its denies."""
    try:
        return DIALECTS[name](snapshot, settings)
    except Exception as wrong:
        if name not in before:
            raise
        return msgspec.structs.replace(before[name], faults=(caught(wrong, Step(name), None, KEPT),))
