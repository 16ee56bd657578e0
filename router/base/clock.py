"""Time as an argument: deciders get ``now``; loops run on a Clock that tests can turn."""

import asyncio
import datetime
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime.datetime:
        """Wall clock, UTC, timezone-aware. For dates that people see; it may jump."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary point; never jumps. For durations and deadlines."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The real clock."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
