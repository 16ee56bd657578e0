"""The spine on a clock that tests turn, with a plane and a source that do as they are told."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Callable, Collection

import pytest

from router.base.findings import Finding, ObjectRef, error
from router.facts.core import Service
from router.facts.meta import Key, Meta
from router.facts.snapshot import Snapshot
from router.reconcile import Reconciler
from router.report.status import Status
from router.settings import DEFAULTS
from router.sources.source import Check
from router.table.hosts import HostKind, HostPattern
from router.table.types import Table, VirtualHost
from router.translate import Translation
from tests.support.clock import FakeClock, settle
from tests.support.fake_plane import FakePlane


class FakeSource:
    """Satisfies Source; ``now`` is what it says."""

    def __init__(self) -> None:
        self.now: Snapshot | None = None
        self.has_secrets = True

    @property
    def synced(self) -> bool:
        return self.now is not None

    def snapshot(self) -> Snapshot | None:
        return self.now

    def want(self, secrets: Collection[Key]) -> bool:
        return self.has_secrets

    def health(self) -> tuple[Check, ...]:
        return ()

    async def run(self, poke: Callable[[], None]) -> None:
        await asyncio.Event().wait()

    def says(self, *names: str) -> None:
        services = {("shop", n): Service(metadata=Meta(name=n, namespace="shop")) for n in names}
        self.now = Snapshot(services=services)


class Spine:
    """A reconciler with its fakes. Each Service of the source becomes a host; ``bad-*`` become findings."""

    def __init__(self) -> None:
        self.clock, self.source, self.plane = FakeClock(), FakeSource(), FakePlane()
        self.status = Status(self.source, "fake", "0")
        self.status.running = lambda: self.plane.running
        self.loop = Reconciler(self.source, self.plane, self.translate, self.clock, self.status, DEFAULTS)
        self.translations = 0
        self.fault = False

    def translate(self, snapshot: Snapshot, now: datetime.datetime) -> Translation:
        self.translations += 1
        if self.fault:
            raise ZeroDivisionError("a fault of ours")
        names = [name for _, name in snapshot.services]
        hosts = tuple(VirtualHost(host=HostPattern(kind=HostKind.EXACT, name=n), listeners=(), routes=()) for n in names)
        findings: tuple[Finding, ...] = tuple(
            error(ObjectRef(kind="Service", namespace="shop", name=n), "spec", "Bad", f"{n} is bad")
            for n in names
            if n.startswith("bad")
        )
        return Translation(table=Table(hosts=hosts), findings=findings)

    async def poked(self, times: int = 1) -> None:
        """Poke, and let the clock pass the quiet time."""
        for _ in range(times):
            self.loop.mailbox.poke()
        await settle()
        await self.clock.advance(0.3)
        await settle()


@pytest.fixture
async def spine() -> AsyncIterator[Spine]:
    made = Spine()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.loop.run())
        await settle()
        yield made
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
