"""Gathers what is to be said: the findings and faults of rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from router.base.faults import Fault
from router.base.findings import Finding
from router.base.rows import Each


class Said:
    """Findings and faults of some mappings of rows, in no order. What has nothing to say costs a comparison."""

    def __init__(self) -> None:
        self._findings: list[Each[Any, Any, tuple[Finding, ...]]] = []
        self._faults: list[Each[Any, Any, tuple[Fault, ...]]] = []

    def of(self, rows: Iterable[Mapping[Any, Any]]) -> tuple[list[Finding], list[Fault]]:
        findings: list[Finding] = []
        faults: list[Fault] = []
        for number, mapping in enumerate(rows):
            if number == len(self._findings):
                self._findings.append(Each(_findings))
                self._faults.append(Each(_faults))
            findings += (f for found in self._findings[number].of(mapping).values() for f in found)
            faults += (f for found in self._faults[number].of(mapping).values() for f in found)
        return findings, faults


def _findings(row: object) -> tuple[Finding, ...] | None:
    return getattr(row, "findings", ()) or None


def _faults(row: object) -> tuple[Fault, ...] | None:
    return getattr(row, "faults", ()) or None
