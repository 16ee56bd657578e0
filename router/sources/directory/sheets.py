"""What all files hold together: a snapshot made of each file's part of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.base.findings import Finding, Location, ObjectRef, Severity
from router.base.frozen import Frozen
from router.base.memo import Memo
from router.facts.meta import Fact, Key
from router.facts.snapshot import KINDS, Snapshot
from router.sources.directory.objects import Content

FIELDS: Mapping[type[Fact], str] = {kind: field for field, kind in KINDS.values()}
"""type of a fact -> the field of Snapshot that has it"""


class Sheet(Frozen):
    """One file's part of a snapshot. ``facts``: field of Snapshot -> facts by key, without fields that have none. ``doubles``: an
    object stands twice in the file, so that ``content`` says more than the mappings."""

    content: Content
    facts: Mapping[str, Mapping[Key, Fact]]
    places: Mapping[ObjectRef, Location]
    doubles: bool


def sheet(content: Content, old: Snapshot) -> Sheet:
    """Facts equal to those of ``old`` *are* those of ``old``."""
    facts: dict[str, dict[Key, Fact]] = {}
    places: dict[ObjectRef, Location] = {}
    for placed in content.objects:
        fact, field = placed.fact, FIELDS[type(placed.fact)]
        known: Any = getattr(old, field).get(fact.key)
        facts.setdefault(field, {}).setdefault(fact.key, known if known == fact else fact)
        places.setdefault(fact.ref, placed.location)
    return Sheet(content=content, facts=facts, places=places, doubles=len(places) != len(content.objects))


class Assembly:
    """Snapshot after snapshot. A kind that is the same in all files is not put together again."""

    def __init__(self) -> None:
        self._merged = Memo[Mapping[Any, Any]]()

    def of(self, sheets: Sequence[Sheet], findings: Sequence[Finding], old: Snapshot | None) -> Snapshot:
        """Of two objects with one name the first stands. ``old`` itself if nothing is different from it."""
        self._merged.turn()
        facts: dict[str, Mapping[Any, Any]] = {}
        for field in FIELDS.values():
            parts = [found for one in sheets if (found := one.facts.get(field))]
            facts[field] = self._merged.of(_first_of_each, *parts) if parts else {}
        places: Mapping[ObjectRef, Location] = self._merged.of(_first_of_each, *(one.places for one in sheets if one.places))
        said = [*findings, *(finding for one in sheets for finding in one.content.findings)]
        if len(places) != sum(len(one.places) for one in sheets) or any(one.doubles for one in sheets):
            said += _doubles(sheets)
        faults = tuple(fault for one in sheets for fault in one.content.faults)
        new = Snapshot(**facts, findings=tuple(said), faults=faults, locations=places)  # type: ignore[arg-type]
        return old if old is not None and _alike(old, new) else new


def _first_of_each(*parts: Mapping[Any, Any]) -> Mapping[Any, Any]:
    found: dict[Any, Any] = {}
    for part in parts:
        found.update(part)
    if len(found) == sum(map(len, parts)):
        return found
    first: dict[Any, Any] = {}
    for part in parts:
        first.update((key, value) for key, value in part.items() if key not in first)
    return first


def _alike(old: Snapshot, new: Snapshot) -> bool:
    """By identity where it can be told so: most mappings are the ones of before."""
    fields = Snapshot.__struct_fields__
    pairs = ((getattr(old, field), getattr(new, field)) for field in fields)
    return all(one is other or one == other for one, other in pairs)


def _doubles(sheets: Iterable[Sheet]) -> list[Finding]:
    """About each object that stands twice, wherever."""
    first: dict[ObjectRef, Location] = {}
    said = []
    for placed in (placed for one in sheets for placed in one.content.objects):
        ref = placed.fact.ref
        if first.setdefault(ref, placed.location) is not placed.location:
            said.append(_double(ref, placed.location, first[ref]))
    return said


def _double(ref: ObjectRef, here: Location, first: Location) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        reason="DuplicateObject",
        message=f"{ref} stands already at {first}; that one is used, this one is not",
        object=ref,
        fix="remove one of the two, or give it another name",
        location=here,
    )
