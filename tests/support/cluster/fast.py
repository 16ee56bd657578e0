"""Controllers inside the test's process, on a wall clock that runs fast: a day in a minute, in a real cluster."""

import asyncio
import contextlib
import datetime
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from router.base.clock import Clock, SystemClock
from router.controllers.hosting import Hosting, made
from router.sources.kubernetes.client import ClientTransport


class FastClock:
    """``factor`` times as fast as the real one, from ``start``. No sleep is shorter than a few real milliseconds."""

    def __init__(self, start: datetime.datetime, factor: float) -> None:
        self._start, self._factor, self._began = start, factor, time.monotonic()

    def now(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds / self._factor, 0.03))


@contextlib.contextmanager
def hosted(kubeconfig: Path, namespace: str, clocks: dict[str, Clock]) -> Iterator[None]:
    """Controllers by name, each on its clock, until the block ends."""
    stop = asyncio.Event()
    failures: list[BaseException] = []
    loop = asyncio.new_event_loop()

    async def one(name: str, clock: Clock) -> None:
        transports = ClientTransport(kubeconfig, ""), ClientTransport(kubeconfig, "")
        try:
            await Hosting(made([name]), transports, [namespace], clock, "tests").work(lambda: True, 5.0)
        finally:
            for transport in transports:
                await transport.close()
            await asyncio.sleep(0.1)  # TLS connections close behind the back of their session

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(name, clock)) for name, clock in clocks.items()]
            await stop.wait()
            for task in tasks:
                task.cancel()

    def run() -> None:
        try:
            loop.run_until_complete(work())
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
    assert not failures, failures


REAL = SystemClock()
