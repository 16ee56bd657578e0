"""One Event written: a new one, or one more time for one that is there."""

from collections.abc import Awaitable
from typing import Any, Protocol

from router.base.clock import Clock
from router.controllers.writing import events
from router.controllers.writing.events import Saying
from router.sources.kubernetes.transport import MERGE, ApiError

REMEMBERED = 20_000


class Send(Protocol):
    """As ``Sender.send``."""

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None, *, content: str = ...) -> Awaitable[bytes]: ...


class Sayer:
    """Remembers how often each Event was said, also those that hold no more. ``instance``: who says it."""

    def __init__(self, send: Send, clock: Clock, instance: str) -> None:
        self._send, self._clock, self._instance = send, clock, instance
        self._counts: dict[str, int] = {}

    async def say(self, saying: Saying) -> None:
        """Raises what the call raises; 403, 422 and 404 (the namespace is gone) too."""
        await self._write(saying)
        self._counts[saying.name] = self._counts.pop(saying.name, 0) + 1
        while len(self._counts) > REMEMBERED:
            del self._counts[next(iter(self._counts))]

    async def _write(self, saying: Saying) -> None:
        path = f"/apis/events.k8s.io/v1/namespaces/{saying.namespace}/events"
        count = self._counts.get(saying.name, 0)
        if count:
            try:
                await self._again(path, saying, count + 1)
                return
            except ApiError as wrong:
                if wrong.status != 404:
                    raise
        try:
            await self._send("POST", path, events.body(saying, self._clock.now(), self._instance))
        except ApiError as wrong:
            if wrong.status != 409:
                raise
            await self._again(path, saying, 2)

    async def _again(self, path: str, saying: Saying, count: int) -> None:
        await self._send("PATCH", f"{path}/{saying.name}", events.again(count, self._clock.now()), content=MERGE)
