"""Election and work, put together: what runs beside the loop if there is a cluster and a Lease, or alone."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping

from router.base.clock import Clock
from router.base.digest import digest
from router.controllers.hosting import Hosting, made
from router.controllers.leader.decide import Terms
from router.controllers.leader.run import Election
from router.controllers.measures import families
from router.controllers.writing.run import Plan, Writer
from router.facts.meta import Key
from router.report.status import Status
from router.settings import Settings
from router.sources.kubernetes.client import ClientTransport

Connect = Callable[[], ClientTransport]


def lease_of(settings: Settings, environment: Mapping[str, str], name: str = "") -> Key | None:
    """(namespace, name) of the Lease; None if nothing is to be written. Routers that serve the same class share one.

    ``name``: what it is called by default.
    """
    if settings.leader_lease == "off":
        return None
    if settings.leader_lease:
        namespace, _, name = settings.leader_lease.partition("/")
        return (namespace, name)
    namespace = environment.get("POD_NAMESPACE", "")
    return (namespace, name or f"tidegate-{settings.ingress_class}") if namespace else None


def identity(environment: Mapping[str, str], unique: str) -> str:
    """What tells this process from all others, also from the one before in the same pod."""
    return f"{environment.get('POD_NAME') or socket.gethostname()}_{digest(unique)}"


class _Working:
    """Transports that live as long as the process, tokens renewed, and an election that may be none."""

    def __init__(self, connect: Connect, count: int) -> None:
        self.transports = tuple(connect() for _ in range(count))

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for transport in self.transports:
                    group.create_task(transport.refresh())
                await work()
        finally:
            for transport in self.transports:
                await transport.close()


class Writing:
    """What a router writes, and the controllers that it was asked to run, under one Lease.

    ``connect`` gives a transport of its own for each: a renewal never waits behind a write or a watch. ``pod``: our own.
    """

    def __init__(  # noqa: PLR0917
        self,
        connect: Connect,
        lease: Key,
        me: str,
        settings: Settings,
        clock: Clock,
        status: Status,
        pod: Key = ("", ""),
    ) -> None:
        terms = Terms(me=me, duration=settings.lease_duration)
        self._working = _Working(connect, 4 if settings.controllers else 2)
        transports = self._working.transports
        self._election = Election(transports[0], lease, terms, clock, self._told)
        plan = Plan(instance=me, plane=status.plane, limit=terms.limit, pod=pod)
        self._writer = Writer(transports[1], settings, plan, clock, status, lambda: self._election.leads)
        self._limit = terms.limit
        self.hosting: Hosting | None = None
        if settings.controllers:
            self.hosting = Hosting(
                made(settings.controllers), (transports[2], transports[3]), settings.namespaces, clock, me, settings.events
            )
        if hosting := self.hosting:
            status.more = lambda: families(hosting)
        self._status = status
        status.heard = self._writer.heard

    def _told(self, leads: bool) -> None:
        self._status.leads = leads

    async def run(self) -> None:
        """Until cancelled; then the work is over and the Lease given back."""
        await self._working.run(lambda: self._election.run(self._work))

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            if self.hosting:
                group.create_task(self.hosting.work(lambda: self._election.leads, self._limit), name="controllers")
            await self._writer.work()


class Controlling:
    """Controllers alone. Without a Lease they just work: whoever starts them sees to it that nobody else does."""

    def __init__(self, connect: Connect, lease: Key | None, me: str, settings: Settings, clock: Clock) -> None:
        self._working = _Working(connect, 3)
        transports = self._working.transports
        terms = Terms(me=me, duration=settings.lease_duration)
        self._limit, self.leads = terms.limit, lease is None
        self._election = Election(transports[0], lease, terms, clock, self._told) if lease else None
        self.hosting = Hosting(
            made(settings.controllers), (transports[1], transports[2]), settings.namespaces, clock, me, settings.events
        )

    def _told(self, leads: bool) -> None:
        self.leads = leads

    async def run(self) -> None:
        """Until cancelled."""
        election = self._election
        await self._working.run(lambda: election.run(self._work) if election else self._work())

    async def _work(self) -> None:
        election = self._election
        await self.hosting.work(lambda: election is None or election.leads, self._limit)
