"""What the loop knows of itself. The loop writes it, reports read it."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric

from router.base.findings import Finding
from router.base.frozen import Frozen
from router.facts.snapshot import Snapshot
from router.sources.source import Check, Source
from router.table.types import Table


class Pass(Frozen):
    """One turn of the loop. ``noticed``: when the oldest of its changes came; ``ended``: now. Both monotonic seconds.

    ``table``: the newest one; ``served``: whether the plane serves it.
    """

    snapshot: Snapshot
    table: Table
    findings: tuple[Finding, ...]
    noticed: float
    ended: float
    served: bool


class Status:
    """Mutable, owned by the event loop's thread. Times are UTC, durations seconds."""

    def __init__(self, source: Source, plane: str, version: str, pending_limit: float = 60) -> None:
        self.source, self.plane, self.version = source, plane, version
        self.pending_limit = pending_limit
        """seconds after which a change that is not served counts as overdue"""
        self.table = Table()
        self.findings: tuple[Finding, ...] = ()
        self.generation = ""
        """what the plane confirmed"""
        self.wanted = ""
        """what the newest table would be"""
        self.pending_since: float | None = None
        """monotonic seconds: the wall clock may jump"""
        self.last_success: datetime.datetime | None = None
        self.last_ok = True
        self.problems: tuple[str, ...] = ()
        self.build_seconds = 0.0
        self.builds = 0
        self.reloads: Counter[str] = Counter()
        """by result: ``success``, ``build_failed``, ``check_failed``, ``apply_failed``"""
        self.faults: Counter[str] = Counter()
        """bugs of ours, by step (router.base.faults.Step), each counted when it is met first"""
        self.quarantined = 0
        """objects that are left out because the plane refuses them"""
        self.trials = 0
        """small tables that were tried to find such objects"""
        self.restarts: Callable[[], int] = lambda: 0
        self.running: Callable[[], bool] = lambda: False
        self.draining = False
        self.drained: Callable[[], bool] = lambda: False
        """whether nobody should send requests any more"""
        self.heard: Callable[[Pass], None] = lambda made: None
        """who writes to the cluster hears of each pass here, and must not take time"""
        self.leads = False
        """whether we are the one who writes"""
        self.more: Callable[[], Iterable[Metric]] = lambda: ()
        """metrics of what runs beside the loop"""
        self.writes: Counter[tuple[str, str]] = Counter()
        """by kind (``status``, ``event``) and result (router.report.metrics)"""

    def built(self, table: Table, generation: str, seconds: float) -> None:
        self.table, self.wanted, self.build_seconds = table, generation, seconds
        self.builds += 1

    def resumed(self, generation: str) -> None:
        """The last good bundle of before serves again, while the sources are not known yet."""
        self.generation = generation

    def confirmed(self, generation: str, now: datetime.datetime, *, changed: bool) -> None:
        self.generation, self.pending_since, self.last_ok, self.problems = generation, None, True, ()
        if changed:
            self.reloads["success"] += 1
            self.last_success = now

    def failed(self, step: str, problems: tuple[str, ...]) -> None:
        self.reloads[f"{step}_failed"] += 1
        self.last_ok, self.problems = False, problems

    def checks(self) -> tuple[Check, ...]:
        """All lines of ``/readyz?verbose``."""
        confirmed = bool(self.generation) and self.builds > 0
        serving = f"{self.plane} serves generation {self.generation}" if self.generation else f"{self.plane} serves nothing yet"
        if self.generation and not self.builds:
            serving = f"{self.plane} serves generation {self.generation} of before; the sources were not read yet"
        return (
            Check(
                "sources", self.source.synced, "all sources were read" if self.source.synced else "the sources were not read yet"
            ),
            *self.source.health(),
            Check("plane", self.running(), f"{self.plane} runs" if self.running() else f"{self.plane} does not run"),
            Check("table", confirmed, serving),
            Check("running", not self.draining, "ending" if self.draining else "not asked to end"),
        )

    @property
    def ready(self) -> bool:
        """The plane confirmed a table, the sources are synced, nobody asked us to end."""
        required = {"sources", "plane", "table", "running"}
        return all(check.ok for check in self.checks() if check.name in required)
