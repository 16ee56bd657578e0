"""Snapshot in, table out: the dialects, listed by hand, and the merge of what they claim. Pure."""

import datetime

from router.base.findings import Finding, located
from router.base.frozen import Frozen
from router.certs import Certificate
from router.dialects import ingress, service
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.build import build
from router.table.types import Table


class Translation(Frozen):
    """A table and everything that is to be said about the objects it came from, in a stable order."""

    table: Table
    findings: tuple[Finding, ...] = ()


def translate(snapshot: Snapshot, settings: Settings, now: datetime.datetime, fallback: Certificate | None = None) -> Translation:
    """``fallback``: the default certificate when the settings name no Secret (or a bad one)."""
    claims = (service.claims(snapshot, settings), ingress.claims(snapshot, settings))
    table, findings = build(snapshot, claims, settings, now, fallback)
    said = [*snapshot.findings, *(f for c in claims for f in c.findings), *findings]
    placed = (located(f, snapshot.locations.get(f.object) if f.object else None) for f in said)
    return Translation(table=table, findings=tuple(sorted(set(placed), key=Finding.sort_key)))
