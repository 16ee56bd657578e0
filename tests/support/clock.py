"""A clock that tests turn."""

import asyncio
import datetime
import heapq
import itertools

_ROUNDS = 30
"""Rounds of the event loop that count as "everybody who can run has run"."""


async def settle() -> None:
    """Let every task run until it waits for something other than the next round of the loop."""
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)


class FakeClock:
    """A Clock that stands still until ``advance``. Sleepers wake in order of their time, each at its own moment."""

    def __init__(self, start: datetime.datetime = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)) -> None:
        self._start, self._elapsed = start, 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def pass_(self, seconds: float) -> None:
        """Time that somebody spends at work: nobody wakes."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return await asyncio.sleep(0)
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), wake))
        await wake

    @property
    def sleeping(self) -> int:
        """How many sleep now."""
        return sum(not wake.done() for _, _, wake in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Turn the clock, waking sleepers on the way, and let everybody run at each stop."""
        await settle()
        target = self._elapsed + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            moment, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                self._elapsed = max(self._elapsed, moment)
                wake.set_result(None)
                await settle()
        self._elapsed = target
        await settle()
