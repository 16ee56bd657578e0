"""Election and writer, put together: what runs beside the loop if there is a cluster and a Lease."""

import asyncio
import socket
from collections.abc import Callable, Mapping

from router.base.clock import Clock
from router.base.digest import digest
from router.controllers.leader.decide import Terms
from router.controllers.leader.run import Election
from router.controllers.writing.run import Plan, Writer
from router.facts.meta import Key
from router.report.status import Status
from router.settings import Settings
from router.sources.kubernetes.client import ClientTransport


def lease_of(settings: Settings, environment: Mapping[str, str]) -> Key | None:
    """(namespace, name) of the Lease; None if nothing is to be written. Routers that serve the same class share one."""
    if settings.leader_lease == "off":
        return None
    if settings.leader_lease:
        namespace, _, name = settings.leader_lease.partition("/")
        return (namespace, name)
    namespace = environment.get("POD_NAMESPACE", "")
    return (namespace, f"tidegate-{settings.ingress_class}") if namespace else None


def identity(environment: Mapping[str, str], unique: str) -> str:
    """What tells this process from all others, also from the one before in the same pod."""
    return f"{environment.get('POD_NAME') or socket.gethostname()}_{digest(unique)}"


class Writing:
    """``connect`` gives a transport of its own for each: a renewal never waits behind a write or a watch. ``pod``: our own."""

    def __init__(  # noqa: PLR0917
        self,
        connect: Callable[[], ClientTransport],
        lease: Key,
        me: str,
        settings: Settings,
        clock: Clock,
        status: Status,
        pod: Key = ("", ""),
    ) -> None:
        terms = Terms(me=me, duration=settings.lease_duration)
        self._transports = (connect(), connect())
        self._election = Election(self._transports[0], lease, terms, clock, self._told)
        plan = Plan(instance=me, plane=status.plane, limit=terms.limit, pod=pod)
        self._writer = Writer(self._transports[1], settings, plan, clock, status, lambda: self._election.leads)
        self._status = status
        status.heard = self._writer.heard

    def _told(self, leads: bool) -> None:
        self._status.leads = leads

    async def run(self) -> None:
        """Until cancelled; then the work is over and the Lease given back."""
        try:
            async with asyncio.TaskGroup() as group:
                for transport in self._transports:
                    group.create_task(transport.refresh())
                await self._election.run(self._writer.work)
        finally:
            for transport in self._transports:
                await transport.close()
