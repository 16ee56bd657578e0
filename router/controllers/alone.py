"""``tidegate controllers``: the controllers without a gateway, until a signal."""

import asyncio
import os
import secrets
import signal
from pathlib import Path

from router.base.clock import Clock, SystemClock
from router.base.log import Logger
from router.controllers.admin import application
from router.controllers.start import Controlling, identity, lease_of
from router.report.http import listening
from router.settings import Settings
from router.sources.kubernetes.client import ClientTransport

log = Logger(__name__)
LEASE = "tidegate-controllers"


async def run_controllers(settings: Settings, kubeconfig: Path | None, context: str, clock: Clock | None = None) -> int:
    """Until SIGTERM or SIGINT; the exit code. TidegateError for what the operator must change."""
    await _readable(kubeconfig, context)
    lease = lease_of(settings, os.environ, LEASE)
    if lease is None:
        log.warning("there is no Lease: nobody but this process may run controllers for the same objects (--leader-lease)")
    me = identity(os.environ, secrets.token_hex(8))
    working = Controlling(lambda: ClientTransport(kubeconfig, context), lease, me, settings, clock or SystemClock())
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with listening(application(working), settings.admin), asyncio.TaskGroup() as group:
        task = group.create_task(working.run(), name="controllers")
        log.info("controllers run", controllers=",".join(settings.controllers), lease="/".join(lease or ("off",)))
        await told.wait()
        task.cancel()
    log.info("ended")
    return 0


async def _readable(kubeconfig: Path | None, context: str) -> None:
    """A configuration that can not be read is told now, not tried for ever."""
    transport = ClientTransport(kubeconfig, context)
    try:
        await transport.load()
    finally:
        await transport.close()
