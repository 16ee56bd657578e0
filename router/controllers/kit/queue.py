"""Objects that are due, each at its own time. What fails comes back later and later; what changes meanwhile comes back."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable

from router.base.clock import Clock
from router.base.log import Logger
from router.base.tasks import Backoff
from router.controllers.leader.run import Failure, LostError
from router.facts.meta import Key
from router.sources.kubernetes.transport import ApiError

log = Logger(__name__)
WORKERS = 8
"""Objects that are worked on at the same time."""
FIRST, LIMIT = 0.5, 300.0
"""Seconds of the back-off of one object, with full jitter."""


class Queue:
    """``add`` is cheap and may be called any number of times: an object is due once, at the earliest time that was named.

    ``run`` hands each due object to ``work``, which gives the seconds after which it is due again by itself, or None.
    An object is never worked on twice at the same time.
    """

    def __init__(self, clock: Clock, rand: Callable[[], float] = random.random) -> None:
        self._clock, self._rand = clock, rand
        self._due: dict[Key, float] = {}
        self._busy: set[Key] = set()
        self._backoffs: dict[Key, Backoff] = {}
        self._changed = asyncio.Event()

    def add(self, key: Key, after: float = 0.0) -> None:
        """Due in ``after`` seconds, or sooner if that was said before."""
        moment = self._clock.monotonic() + max(after, 0.0)
        if moment < self._due.get(key, math.inf):
            self._due[key] = moment
            self._changed.set()

    def forget(self, key: Key) -> None:
        """It is gone: not due any more, and its failures are forgotten."""
        self._due.pop(key, None)
        self._backoffs.pop(key, None)

    def __len__(self) -> int:
        """How many are due now or later, or are worked on."""
        return len(self._due.keys() | self._busy)

    async def run(self, work: Callable[[Key], Awaitable[float | None]]) -> None:
        """Until cancelled. LostError of ``work`` ends it; any other failure costs the object that met it a pause."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                moment, key = self._next()
                if moment <= self._clock.monotonic() and len(self._busy) < WORKERS:
                    del self._due[key]
                    self._busy.add(key)
                    group.create_task(self._one(key, work))
                else:
                    await self._wait(moment)

    def _next(self) -> tuple[float, Key]:
        """The first that is due of those that nobody is at work on, and when; at the end of time if there is none."""
        return min(((at, key) for key, at in self._due.items() if key not in self._busy), default=(math.inf, ("", "")))

    async def _one(self, key: Key, work: Callable[[Key], Awaitable[float | None]]) -> None:
        again: float | None = None
        try:
            again = await work(key)
            self._backoffs.pop(key, None)
        except LostError:
            raise
        except Failure as wrong:
            again = self._pause(key, getattr(wrong, "retry_after", 0.0))
            say = log.info if isinstance(wrong, ApiError) and wrong.status == 409 else log.warning
            say(f"comes back in {again:.1f} s: {wrong or type(wrong).__name__}", object="/".join(key))
        except Exception:
            again = self._pause(key)
            log.exception(f"a fault of Tidegate's own; comes back in {again:.1f} s", object="/".join(key))
        finally:
            self._busy.discard(key)
            self._changed.set()
        if again is not None:
            self.add(key, again)

    def _pause(self, key: Key, least: float = 0.0) -> float:
        backoff = self._backoffs.setdefault(key, Backoff(first=FIRST, limit=LIMIT, rand=self._rand))
        return max(backoff.next(), least, 0.05)

    async def _wait(self, moment: float) -> None:
        """Until something was added or is done, or until ``moment``."""
        if moment == math.inf or len(self._busy) >= WORKERS:
            await self._changed.wait()
            return
        async with asyncio.TaskGroup() as group:
            alarm = group.create_task(self._alarm(moment - self._clock.monotonic()))
            await self._changed.wait()
            alarm.cancel()

    async def _alarm(self, pause: float) -> None:
        await self._clock.sleep(pause)
        self._changed.set()
