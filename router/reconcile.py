"""The spine: watch, decode, build, render, check, apply. The last good bundle serves until the next is confirmed."""

import asyncio
import datetime
from collections.abc import Callable
from operator import attrgetter
from typing import Protocol

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.base.faults import Fault, Step
from router.base.findings import Finding, Severity
from router.base.log import Logger
from router.base.mailbox import Mailbox
from router.base.tasks import Aside, Backoff, at_once
from router.facts.snapshot import Snapshot
from router.planes.bundle import Bundle, Change, Rendered, Verdict, change_between, without_files
from router.planes.plane import Plane
from router.quarantine import Quarantine
from router.report.status import Pass, Status
from router.sources.source import Source
from router.table.types import Table
from router.translate import Translation

Translate = Callable[[Snapshot, datetime.datetime], Translation]
LONGEST_SLEEP = 3600.0
"""Seconds after which everything is built again: certificates end without anybody's poke."""
log = Logger(__name__)


class Pace(Protocol):
    """How long to wait for more changes: milliseconds (router.settings)."""

    quiet: int
    quiet_limit: int


class Reconciler:
    """Keeps a plane serving what a source says. ``status`` is told everything; reports read it. ``aside`` runs what takes
    seconds when everything is new: health is asked, and the Lease renewed, meanwhile too. One pass runs at a time."""

    def __init__(  # noqa: PLR0917
        self,
        source: Source,
        plane: Plane,
        translate: Translate,
        clock: Clock,
        status: Status,
        pace: Pace,
        aside: Aside = at_once,
    ) -> None:
        self._source, self._plane, self._translate, self._aside = source, plane, translate, aside
        self._clock, self.status, self._pace = clock, status, pace
        self.mailbox = Mailbox()
        self.live: Bundle | None = None
        """without its files: they stand on disk"""
        self._quarantine = Quarantine(plane, plane.driver.name, clock)
        self._backoff = Backoff(first=1.0, limit=60.0)
        self._said: dict[int, Finding] = {}
        """by identity: most findings are the very same as in the pass before, and hashing them all costs more than looking"""
        self._faults: frozenset[Fault] = frozenset()
        self._noticed: float | None = None
        """when the oldest change came that no pass has seen; monotonic"""

    def poke(self) -> None:
        """Something changed."""
        if self._noticed is None:
            self._noticed = self._clock.monotonic()
        self.mailbox.poke()

    async def run(self) -> None:
        """Until cancelled. Nothing that goes wrong in a pass ends the loop."""
        pause = LONGEST_SLEEP
        while True:
            await self._wait(pause)
            await self._plane.room()
            try:
                good = await self.once()
            except TidegateError as wrong:
                self.status.failed("build", (str(wrong),))
                log.error(f"{wrong}; the last good bundle serves", generation=self.status.generation)
                good = False
            except Exception:
                log.exception("a fault of Tidegate's own; the last good bundle serves", generation=self.status.generation)
                self.status.faults[Step.PASS] += 1
                good = False
            if good:
                self._backoff.reset()
            pause = LONGEST_SLEEP if good else self._backoff.next()

    async def _wait(self, pause: float) -> None:
        """A poke and then quiet; or the end of ``pause``."""
        async with asyncio.TaskGroup() as group:
            alarm = group.create_task(self._alarm(pause))
            await self.mailbox.wait(self._clock, self._pace.quiet / 1000, self._pace.quiet_limit / 1000)
            alarm.cancel()

    async def _alarm(self, pause: float) -> None:
        await self._clock.sleep(pause)
        self.mailbox.poke()

    async def once(self) -> bool:
        """One pass. True if what the source says now is served, or if it pokes when it has more to say."""
        snapshot = self._source.snapshot()
        if snapshot is None:
            return True
        started = self._clock.monotonic()
        noticed, self._noticed = self._noticed, None
        if self.status.pending_since is None:
            self.status.pending_since = started
        made = await self._aside(self._translate, snapshot, self._clock.now())
        if not self._source.want(made.secrets):
            self._noticed = self._noticed if noticed is None else noticed
            return True
        table, held = self._quarantine.admit(made.table)
        rendered = await self._rendered(table, made, snapshot)
        self._confess((*made.faults, *rendered.faults))
        self._tell((*made.findings, *held, *rendered.findings))
        self.status.built(table, rendered.bundle.generation, self._clock.monotonic() - started)
        change = change_between(self.live, rendered.bundle)
        if change is Change.NOTHING and not self._plane.holds(rendered.bundle):
            change = Change.RELOAD
        verdict = Verdict(ok=True) if change is Change.NOTHING else await self._apply(rendered.bundle, table, change)
        if verdict.ok:
            self.live = without_files(rendered.bundle)
            self.status.confirmed(rendered.bundle.generation, self._clock.now(), changed=change is not Change.NOTHING)
        self._report(snapshot, table, started if noticed is None else noticed, served=verdict.ok)
        await self._look(made, snapshot, verdict)
        return verdict.ok

    def _report(self, snapshot: Snapshot, table: Table, noticed: float, *, served: bool) -> None:
        """Nothing that goes wrong there is the loop's business."""
        found, ended = self.status.findings, self._clock.monotonic()
        try:
            self.status.heard(Pass(snapshot=snapshot, table=table, findings=found, noticed=noticed, ended=ended, served=served))
        except Exception:
            log.exception("a fault of Tidegate's own; the cluster is not told of this pass")

    async def _rendered(self, table: Table, made: Translation, snapshot: Snapshot) -> Rendered:
        """What gets through the plane's own guards is some object's doing as well: it is looked for, and the fault told."""
        try:
            return await self._aside(self._plane.render, table)
        except Exception as wrong:
            await self._look(made, snapshot, Verdict(ok=False, problems=(type(wrong).__name__,), refused=True))
            raise

    async def _look(self, made: Translation, snapshot: Snapshot, verdict: Verdict) -> None:
        """Who is to blame for what the plane refuses, and who no longer? If that is known, build again at once."""
        if await self._quarantine.look(made.table, snapshot, verdict):
            self.mailbox.poke()
        self.status.quarantined, self.status.trials = len(self._quarantine.held), self._quarantine.trials

    async def _apply(self, bundle: Bundle, table: Table, change: Change) -> Verdict:
        plane, generation = self._plane.driver.name, bundle.generation
        verdict = await self._plane.check(bundle, table)
        step = "check"
        if verdict.ok:
            verdict, step = await self._plane.apply(bundle, change), "apply"
        if verdict.ok:
            self._serves(table, bundle)
            return verdict
        self.status.failed(step, verdict.problems)
        for problem in verdict.problems:
            log.error(f"{step} failed: {problem}", plane=plane, generation=generation, live=self.status.generation)
        return verdict

    def _confess(self, faults: tuple[Fault, ...]) -> None:
        """Log and count each fault of ours once, with its traceback; its object's owner has a finding."""
        for fault in dict.fromkeys(faults):
            if fault not in self._faults:
                self.status.faults[fault.step] += 1
                about = {"object": fault.object} if fault.object else {}
                log.traced(f"a fault of Tidegate's own; {fault.effect}", fault.trace, step=fault.step, error=fault.error, **about)
        self._faults = frozenset(faults)

    def _serves(self, table: Table, bundle: Bundle) -> None:
        counts = {"hosts": len(table.hosts), "routes": sum(map(len, map(attrgetter("routes"), table.hosts)))}
        log.info("serves", plane=self._plane.driver.name, generation=bundle.generation, **counts)

    def _tell(self, findings: tuple[Finding, ...]) -> None:
        """Log what is new, once; and what is over. What was only made anew is neither."""
        now = {id(finding): finding for finding in findings}
        came = dict.fromkeys(finding for key, finding in now.items() if key not in self._said)
        went = dict.fromkeys(finding for key, finding in self._said.items() if key not in now)
        for finding in came:
            if finding not in went:
                say = log.error if finding.severity is Severity.ERROR else log.warning
                place = {"at": finding.location} if finding.location else {}
                say(finding.message, object=finding.object, field=finding.field, reason=finding.reason, fix=finding.fix, **place)
        for finding in sorted(went.keys() - came.keys(), key=Finding.sort_key):
            log.info(f"no longer: {finding.message}", object=finding.object, reason=finding.reason)
        self._said = now
        self.status.findings = findings
