"""Events of controllers, said beside their work: a slow or full API server costs Events, never pods."""

import asyncio
from collections import deque

from router.base.clock import Clock
from router.base.log import Logger
from router.base.tasks import Backoff
from router.controllers.leader.run import Failure
from router.controllers.writing.bucket import Bucket
from router.controllers.writing.events import RENEW, Saying
from router.controllers.writing.sayer import REMEMBERED, Sayer
from router.sources.kubernetes.transport import ApiError

log = Logger(__name__)
RATE, BURST = 10.0, 50
WAITING = 1000
"""Events that wait; beyond, the oldest are never said."""
TRIES = 4


class Voice:
    """``say`` never waits. ``silent``: nothing is said.

    A warning that holds is said again when the API server is about to forget it, not before.
    """

    def __init__(self, sayer: Sayer, clock: Clock, *, silent: bool = False) -> None:
        self._sayer, self._clock, self._silent = sayer, clock, silent
        self._waiting: deque[Saying] = deque(maxlen=WAITING)
        self._held: dict[str, float] = {}
        self._bucket = Bucket(RATE, BURST)
        self._poked = asyncio.Event()
        self._problem = ""

    def say(self, saying: Saying) -> None:
        now = self._clock.monotonic()
        if self._silent:
            return
        if saying.type == "Warning":
            if now - self._held.get(saying.name, -RENEW) < RENEW:
                return
            self._held.pop(saying.name, None)
            self._held[saying.name] = now
            while len(self._held) > REMEMBERED:
                del self._held[next(iter(self._held))]
        self._waiting.append(saying)
        self._poked.set()

    async def run(self) -> None:
        """Until cancelled. LostError passes."""
        while True:
            self._poked.clear()
            while self._waiting:
                await self._clock.sleep(self._bucket.take(self._clock.monotonic()))
                await self._said(self._waiting.popleft())
            await self._poked.wait()

    async def _said(self, saying: Saying) -> None:
        backoff = Backoff(first=1.0, limit=30.0)
        for _ in range(TRIES):
            try:
                await self._sayer.say(saying)
                return
            except Failure as wrong:
                self._complain(wrong)
                if isinstance(wrong, ApiError) and wrong.status in (400, 403, 404, 422):
                    return
            await self._clock.sleep(backoff.next())

    def _complain(self, wrong: BaseException) -> None:
        text = str(wrong) or type(wrong).__name__
        if text != self._problem:
            self._problem = text
            log.warning(f"an Event was not written: {text}")
