"""What all files hold together: a snapshot made of each file's part of it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

from router.base.findings import Finding, Location, ObjectRef, Severity
from router.base.frozen import Frozen
from router.base.rows import Rows
from router.facts.meta import Fact, Key
from router.facts.snapshot import KINDS, Snapshot
from router.sources.directory.objects import Content

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
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
        self._facts = {field: Merged[Key, Fact]() for field in FIELDS.values()}
        self._places = Merged[ObjectRef, Location]()

    def of(self, sheets: Sequence[Sheet], findings: Sequence[Finding], old: Snapshot | None) -> Snapshot:
        """Of two objects with one name the first stands. ``old`` itself if nothing is different from it."""
        facts: dict[str, Any] = {
            field: merged.of([found for one in sheets if (found := one.facts.get(field))])
            for field, merged in self._facts.items()
        }
        places = self._places.of([one.places for one in sheets if one.places])
        said = [*findings, *(finding for one in sheets for finding in one.content.findings)]
        if len(places) != sum(len(one.places) for one in sheets) or any(one.doubles for one in sheets):
            said += _doubles(sheets)
        faults = tuple(fault for one in sheets for fault in one.content.faults)
        new = Snapshot(**facts, findings=tuple(said), faults=faults, locations=places)
        return old if old is not None and _alike(old, new) else new


class Merged(Generic[K, V]):
    """Mappings as one: of each key the first value. The very mapping of before if nothing in it changed; it knows by itself what
    changed since (router.base.rows)."""

    def __init__(self) -> None:
        self._parts: Sequence[Mapping[K, V]] = ()
        self._made: Rows[K, V] = Rows()

    def of(self, parts: Sequence[Mapping[K, V]]) -> Mapping[K, V]:
        before, now = ({id(part): part for part in these} for these in (self._parts, parts))
        came = [now[part] for part in now.keys() - before.keys()]
        went = [before[part] for part in before.keys() - now.keys()]
        alone = len(self._made) == sum(map(len, self._parts))
        self._parts = parts
        get = self._made.get
        after = {k: v for part in came for k, v in part.items() if get(k) is not v and get(k) != v}
        gone = [k for part in went for k in part if not any(k in other for other in came)]
        made = Rows(self._made, after, gone) if alone and (after or gone) else self._made
        if not alone or len(made) != sum(map(len, parts)):  # a key stands twice: the first one counts
            first = dict(chain.from_iterable(part.items() for part in reversed(parts)))
            made = self._made if first == self._made else Rows(after=first)
        self._made = made
        return made


def _alike(old: Snapshot, new: Snapshot) -> bool:
    """Mappings that are equal are the very same (``Merged``), and comparing others would cost as much as making them."""
    pairs = ((getattr(old, field), getattr(new, field)) for field in Snapshot.__struct_fields__)
    return all(one is other or (not isinstance(one, Mapping) and one == other) for one, other in pairs)


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
