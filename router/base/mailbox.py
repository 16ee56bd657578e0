"""An event is a poke, not a message: whoever is poked reads the newest state. Bursts become one wake-up."""

import asyncio

from router.base.clock import Clock


class Mailbox:
    """A box for pokes, with one reader. All calls come from the event loop's thread."""

    def __init__(self) -> None:
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Something changed. Cheap; may be called any number of times, whether or not somebody waits."""
        self._poked.set()

    async def wait(self, clock: Clock, quiet: float, limit: float) -> None:
        """Return when there was a poke and then none for ``quiet`` seconds (twice that at most), but never later than
        ``limit`` seconds after the first poke that this call saw. Pokes from before the call count; cancelling loses none.
        """
        await self._poked.wait()
        deadline = clock.monotonic() + limit
        while self._poked.is_set() and (left := deadline - clock.monotonic()) > 0:
            self._poked.clear()
            try:
                await clock.sleep(min(quiet, left))
            except asyncio.CancelledError:
                self._poked.set()
                raise
        self._poked.clear()
