"""A plane that somebody else runs: we render for it, and a command of the operator's makes it load the bundle."""

import asyncio
import os
import shlex
from collections.abc import Callable

from router.base.errors import TidegateError
from router.base.log import Logger
from router.base.subprocess import run_command
from router.planes.bundle import Bundle, Change, Rendered, Verdict
from router.planes.check import check_folder, read_back, try_table
from router.planes.plane import Binary, Driver
from router.planes.store import Store
from router.table.types import Listener, Table

log = Logger(__name__)
_SAID = 10
"""Lines of the hook's output that are passed on."""


class HookedPlane:
    """Satisfies Plane. ``command`` is split into words; no shell runs it. ``limit``: seconds that it may take."""

    def __init__(self, driver: Driver, binary: Binary, store: Store, command: str, limit: float, *, has_binary: bool) -> None:
        self.driver, self.binary, self.store = driver, binary, store
        self._trials = driver.fresh()
        self._limit, self._has_binary = limit, has_binary
        try:
            self._words = shlex.split(command)
        except ValueError as wrong:
            raise TidegateError(f"--reload-hook {command!r} can not be split into words: {wrong}") from None
        if not self._words:
            raise TidegateError("--reload-hook is empty")

    @property
    def running(self) -> bool:
        return True

    def render(self, table: Table) -> Rendered:
        return self.driver.render(table, self.binary)

    def holds(self, bundle: Bundle) -> bool:
        """As far as it is ours: the files."""
        return self.store.intact(bundle.generation)

    async def begin(self, listeners: tuple[Listener, ...]) -> Bundle | None:
        """What was applied last; whether it runs is not ours to say."""
        return self.store.read(self.store.live_generation())

    async def check(self, bundle: Bundle, table: Table) -> Verdict:
        """The plane's own test if its program is here, and the read-back in any case."""
        try:
            folder = await asyncio.to_thread(self.store.stage, bundle)
        except OSError as failure:
            problem = f"the bundle can not be written: {failure.strerror} ({failure.filename})"
            return Verdict(ok=False, problems=(problem,), generation=bundle.generation)
        if self._has_binary:
            return await check_folder(self.driver, self.binary, bundle, table, folder)
        wrong = await asyncio.to_thread(read_back, self.driver, self.binary, bundle, table)
        return wrong or Verdict(ok=True, generation=bundle.generation)

    async def attempt(self, table: Table) -> Verdict:
        return await try_table(self._trials, self.binary, table, self.store.scratch, has_binary=self._has_binary)

    async def apply(self, bundle: Bundle, change: Change) -> Verdict:
        """Swap and call the hook; if it fails, swap back and call it again, so that it may load what ran before."""
        if change is Change.NOTHING:
            return Verdict(ok=True, generation=bundle.generation)
        previous = self.store.live_generation()
        verdict = await self._load(bundle.generation, "change")
        if verdict.ok:
            self.store.prune()
        elif previous and previous != bundle.generation:
            await self._load(previous, "rollback")
        return verdict

    async def _load(self, generation: str, reason: str) -> Verdict:
        self.store.swap(generation)
        env = {
            "TIDEGATE_PLANE": self.driver.name,
            "TIDEGATE_DIR": str(self.store.folder(generation)),
            "TIDEGATE_GENERATION": generation,
            "TIDEGATE_REASON": reason,
        }
        try:
            done = await run_command(self._words, timeout=self._limit, env={**os.environ, **env})
        except OSError as failure:
            return Verdict(ok=False, problems=(f"the reload hook can not be run: {failure}",), generation=generation)
        if done.ok:
            return Verdict(ok=True, generation=generation)
        why = f"took longer than {self._limit:g} s" if done.timed_out else f"ended with exit code {done.exit_code}"
        said = tuple((done.stderr + done.stdout).splitlines()[:_SAID])
        return Verdict(ok=False, problems=(f"the reload hook {why}", *said), generation=generation)

    async def room(self) -> None:
        """Not ours to say."""

    async def guard(self, poke: Callable[[], None]) -> None:
        """Nothing to do: the next change writes the bundle anew."""

    async def supervise(self) -> None:
        """Nothing to do: somebody else runs the plane."""

    def farewell(self) -> None:
        """Not ours to say."""

    async def stop(self, limit: float) -> None:
        """Nothing to stop."""
