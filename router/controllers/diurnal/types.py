"""DiurnalController (tidegate.dev/v1alpha1) as values, and what goes into ``decide`` and comes out of it.

A *level* is what should stand: a low and a high bound, equal for ``replicas: 5``. An *entry* is one line of the schedule: a point
(``at``) or a window (``from``, ``to``). An *aim* is what the spec points at; a *target* is an object found there.
Instants are whole seconds since 1970, UTC; times of day are whole seconds since local midnight.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from router.base.findings import Finding, ObjectRef
from router.base.frozen import Frozen
from router.facts.meta import Meta

KIND = "DiurnalController"
API_VERSION = "tidegate.dev/v1alpha1"
FINALIZER = "tidegate.dev/diurnal"
"""Stands on an object whose targets must get their originals back before it may go."""
NOTE = "tidegate.dev/diurnal"
"""The annotation on a target, written in the same patch as the value: JSON, see originals.py."""
AUTOSCALER = "HorizontalPodAutoscaler"
DAEMON = "DaemonController"
KINDS: Mapping[str, str] = {
    "ReplicationController": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    AUTOSCALER: "autoscaling/v2",
    DAEMON: API_VERSION,
}
"""Kinds that are known, with their apiVersion. Of all others the ``scale`` subresource is used."""


class Time(Frozen):
    """A time of day. ``seconds``: 0 to 86400 (24:00). ``offset``: seconds east of UTC if it was written with one.

    ``date``: of a one-off event, written with its date.
    """

    seconds: int
    offset: int | None = None
    date: datetime.date | None = None


class Dates(Frozen):
    """A range of local dates, both ends in it. ``yearly``: only month and day count (the year is 2000); it may wrap."""

    first: datetime.date
    last: datetime.date
    yearly: bool = False


class Level(Frozen):
    """``replicas`` and ``percent`` have two equal bounds; ``min`` and ``max`` (mode ``bounds``) are one each."""

    low: int | None = None
    high: int | None = None


class Ramp(Frozen):
    """A change that takes ``over`` seconds. ``shape``: linear, cosine or steps (``steps`` equal ones, the first at once).

    ``side``: start, end or both: of a window, which of its two changes are ramps.
    """

    over: int
    shape: str = "linear"
    steps: int = 0
    side: str = "both"


class Formula(Frozen):
    """f(t), with t from 0 to 2 pi over the local day. ``values``: one for every ``every`` seconds of the wall clock, rounded."""

    text: str
    every: int
    values: tuple[int, ...]


class Entry(Frozen):
    """One line of the schedule, ``at`` or ``start`` and ``end``. ``level`` or ``formula`` is set, not both.

    A window whose ``end`` is not after its ``start`` ends on the next day; it belongs to the day on which it starts.
    Empty ``days``, ``dates``, ``classes`` mean all. ``days``: Monday is 0.
    """

    name: str
    field: str
    at: Time | None = None
    start: Time | None = None
    end: Time | None = None
    days: frozenset[int] = frozenset()
    dates: tuple[Dates, ...] = ()
    but: tuple[Dates, ...] = ()
    classes: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    level: Level = Level()
    formula: Formula | None = None
    ramp: Ramp | None = None
    priority: int = 0


class Aim(Frozen):
    """By ``name``, or by ``labels`` (all must be there). Always in the namespace of the object. ``field``: where it stands."""

    api_version: str
    kind: str
    name: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    field: str = ""


class Calendar(Frozen):
    """Holidays: a key of a ConfigMap in the namespace of the object, or dates that stand in the spec."""

    name: str
    config_map: str = ""
    key: str = ""
    dates: tuple[Dates, ...] = ()


class Limits(Frozen):
    """At most ``step`` (replicas, or percent of nodes) at once, and ``every`` seconds between two changes of one target."""

    step: int
    every: int = 60


class Override(Frozen):
    until: datetime.datetime
    level: Level
    reason: str = ""


class DiurnalController(Frozen):
    """A spec that was understood. ``unit``: count or percent, of every level in it (with ``full`` all are counts).

    ``zone`` is a name that the embedded tzdata knows. ``mode``: set, floor, ceiling, bounds or publish.
    ``drift``: enforce or edge. ``outside``: leave or restore, when no entry holds and there is no ``base``.
    """

    meta: Meta
    aims: tuple[Aim, ...] = ()
    entries: tuple[Entry, ...] = ()
    base: Level | None = None
    unit: str = "count"
    zone: str = "UTC"
    gap: str = "endOfGap"
    repeat: str = "first"
    overlap: str = "max"
    mode: str = "set"
    drift: str = "enforce"
    outside: str = "leave"
    workdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    calendars: tuple[Calendar, ...] = ()
    ramp: Ramp | None = None
    limits: Limits | None = None
    priority: int = 0
    suspend: bool = False
    override: Override | None = None
    skip_next: datetime.datetime | None = None
    deleting: bool = False

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(kind=KIND, namespace=self.meta.namespace, name=self.meta.name)


class Target(Frozen):
    """An object whose number may vary. What its kind has not is None.

    ``replicas``: spec.replicas, of itself or its scale; ``low``, ``high``: minReplicas, maxReplicas of an autoscaler, and
    ``scales``: (kind, name) of what it scales; ``nodes``: spec.nodes of a DaemonController (``30%``, a number, or None for all).
    ``note``: the annotation NOTE, empty if there is none.
    """

    api_version: str
    kind: str
    name: str
    uid: str = ""
    resource_version: str = ""
    labels: Mapping[str, str] = {}
    replicas: int | None = None
    low: int | None = None
    high: int | None = None
    nodes: str | int | None = None
    scales: tuple[str, str] | None = None
    note: str = ""

    @property
    def id(self) -> str:
        """``Deployment/web``, as the status names it."""
        return f"{self.kind}/{self.name}"


class Seen(Frozen):
    """All that a decision rests on. Everything is of one namespace.

    ``object``: None if its spec was not understood; then ``findings`` say why, and the fields beside it are what is
    known. ``others``: all other DiurnalControllers that were understood. ``targets``: every object that an aim of any of them
    could mean, and all autoscalers. ``calendars``: (ConfigMap, key) -> text, None if there is no such ConfigMap or key.
    ``failures``: target id -> what the API server said to the last write, while that stands.
    """

    meta: Meta
    object: DiurnalController | None
    deleting: bool = False
    finalizers: tuple[str, ...] = ()
    status: Mapping[str, Any] = {}
    findings: tuple[Finding, ...] = ()
    others: tuple[DiurnalController, ...] = ()
    targets: tuple[Target, ...] = ()
    calendars: Mapping[tuple[str, str], str | None] = {}
    failures: Mapping[str, str] = {}


class Moved(Frozen):
    """What was done to one target. ``at``: the last change that was asked for. ``settled``: the level that was seen to stand;
    with ``drift: edge`` nothing is written until the schedule says another."""

    at: int = 0
    settled: str = ""


class Memory(Frozen):
    """By target id. After a start: ``memory.remembered(status)``."""

    moved: Mapping[str, Moved] = {}


class Write(Frozen):
    """One patch of one target, with its ``resource_version`` as a precondition.

    ``fields``: under spec: ``replicas``, ``minReplicas`` and ``maxReplicas``, or ``nodes``; None removes a field. Of a kind that
    is not in KINDS: ``replicas`` of its scale, without the annotation. ``note``: the annotation NOTE; None removes it.
    """

    target: Target
    fields: Mapping[str, int | str | None]
    note: str | None
    why: str


class Said(Frozen):
    """An Event on the DiurnalController. ``type``: Normal or Warning."""

    type: str
    reason: str
    note: str


class Reading(Frozen):
    """One object, read. ``object`` is None if a finding is an error: half a schedule is no schedule."""

    meta: Meta
    object: DiurnalController | None
    deleting: bool
    finalizers: tuple[str, ...]
    status: Mapping[str, Any]
    findings: tuple[Finding, ...]


class Decision(Frozen):
    """``status``: to be written if it differs from what is there. ``again``: when to decide anew if nothing happens before.

    ``finalizer``: True: must stand before the writes are done; False: take it away, after the writes; None: leave it.
    """

    writes: tuple[Write, ...]
    status: Mapping[str, Any]
    says: tuple[Said, ...]
    again: datetime.datetime
    memory: Memory
    finalizer: bool | None = None
