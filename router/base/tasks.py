"""Loops that must outlive their own failures, and long work that must not hold up others."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

from router.base.clock import Clock

P = ParamSpec("P")
R = TypeVar("R")


class Aside(Protocol):
    """Runs a long function, while others on the event loop go on: ``asyncio.to_thread`` does."""

    def __call__(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]: ...


async def at_once(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """An Aside that lets nobody go on meanwhile, for tests whose clock stands still."""
    return work(*args, **kwargs)


class Backoff:
    """Delays with full jitter: uniform between 0 and a ceiling that doubles from ``first`` to ``limit`` seconds.

    ``rand`` gives a float in [0, 1). Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """

    def __init__(self, first: float = 1.0, limit: float = 30.0, rand: Callable[[], float] = random.random) -> None:
        self._first, self._limit, self._rand = first, limit, rand
        self._ceiling = first

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling, self._ceiling = self._ceiling, min(self._ceiling * 2, self._limit)
        return ceiling * self._rand()

    def reset(self) -> None:
        """The last attempt went well: begin again with ``first``."""
        self._ceiling = self._first


class Turns:
    """Long work in pieces: between two pieces everybody else on the event loop has a turn, at most each ``most`` seconds."""

    def __init__(self, clock: Clock, most: float = 0.02) -> None:
        self._clock, self._most = clock, most
        self._since = clock.monotonic()

    async def next(self) -> None:
        """A piece is done. What waited for something else in between has given others their turn, and costs one more."""
        if self._clock.monotonic() - self._since >= self._most:
            await asyncio.sleep(0)
            self._since = self._clock.monotonic()


OnError = Callable[[str, Exception, float], None]
"""(name of the task, what it raised, seconds until the next attempt)"""


async def supervise(
    name: str,
    work: Callable[[], Awaitable[None]],
    clock: Clock,
    on_error: OnError,
    *,
    backoff: Backoff | None = None,
    healthy: float = 120.0,
) -> None:
    """Run ``work`` until it returns; each time it raises, tell ``on_error`` and run it again after a back-off.

    An attempt that lived ``healthy`` seconds resets the back-off. Cancellation passes through. Start it in a TaskGroup.
    """
    delays = backoff or Backoff()
    while True:
        started = clock.monotonic()
        try:
            await work()
            return
        except Exception as wrong:
            if clock.monotonic() - started >= healthy:
                delays.reset()
            delay = delays.next()
            on_error(name, wrong, delay)
        await clock.sleep(delay)
