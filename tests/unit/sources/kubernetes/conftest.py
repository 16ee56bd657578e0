"""A reflector or a whole source on a fake API server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from router.base.clock import SystemClock
from router.facts.core import Service
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.reflector import Reflector, Target
from tests.support.fake_api import FakeApi, serving

SERVICES = "/api/v1/services"


class QuickClock(SystemClock):
    """Real time, but back-off pauses are cut short: what is tested is that there is one, and of what size."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))


def service(name: str, port: Any = 80, namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "annotations": {"a": "b"}}, "spec": {"ports": [{"port": port}]}}


async def until(test: Callable[[], bool], limit: float = 60.0) -> None:
    """``limit`` ends a test that is broken; on a machine with other things to do, a good one may need tens of seconds."""
    async with asyncio.timeout(limit):
        while not test():
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def following(api: FakeApi, folder: Path, clock: QuickClock, **target: Any) -> AsyncIterator[tuple[Reflector, list[int]]]:
    """(a running reflector for Services, one entry for each poke)"""
    pokes: list[int] = []
    async with serving(api, folder) as kubeconfig:
        transport = ClientTransport(kubeconfig, "")
        reflector = Reflector(Target(path=SERVICES, kind=Service, **target), transport, clock, asyncio.Semaphore(3))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(reflector.run(lambda: pokes.append(len(pokes))))
            try:
                yield reflector, pokes
            finally:
                task.cancel()
                await transport.close()


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()
