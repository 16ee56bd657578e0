"""A plane that we start and supervise: stage, check, swap, reload, confirm, remember. Failure puts back what ran."""

import asyncio
import contextlib
import errno
from collections import deque
from collections.abc import Callable
from pathlib import Path

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.base.log import Logger
from router.base.tasks import Backoff
from router.planes.bundle import Bundle, Change, Rendered, Verdict
from router.planes.check import check_folder, try_table
from router.planes.confirm import serving_generation, wait_for_generation, wait_until_settled
from router.planes.plane import Binary, Driver
from router.planes.ports import check_ports
from router.planes.process import RECORD, PlaneProcess
from router.planes.store import Store
from router.planes.voice import Voice
from router.table.types import Listener, Table

CONFIRM_LIMIT = 30.0
"""Seconds until a new generation must serve."""
GUARD = 2.0
"""Seconds between two looks at what is live on disk."""
MOST_LEAVING = 16
"""Old generations that may still serve their last clients when one more is loaded."""
HEALTHY = 60.0
"""Seconds after which a plane that ran well may be restarted at once again."""
log = Logger(__name__)


class LivePlane:
    """One nginx or HAProxy, its bundles and its process. ``restarts`` counts how often it ended by itself."""

    def __init__(self, driver: Driver, binary: Binary, store: Store, clock: Clock, status: str) -> None:
        self.driver, self.binary, self.store = driver, binary, store
        self._trials = driver.fresh()
        hear = driver.hearing()
        self._voice = Voice(driver.name, hear) if hear else None
        self._clock, self._status = clock, status
        self.restarts = 0
        self._process: PlaneProcess | None = None
        self._serves = False
        """the process answered at the status address since it was started"""
        self._started = asyncio.Event()
        self._stopping = False
        self._backoff = Backoff(first=1.0, limit=30.0)
        self._took = deque[float](maxlen=5)
        """seconds until the last few generations served; one of them may have come in a bad moment"""

    @property
    def running(self) -> bool:
        """Not in the middle of a start, and not between two attempts."""
        return self._process is not None and self._serves

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def render(self, table: Table) -> Rendered:
        return self.driver.render(table, self.binary)

    async def begin(self, listeners: tuple[Listener, ...]) -> Bundle | None:
        """Take over a plane that still runs, else start the last good bundle; that bundle, or None if there is none or if the
        plane serves another one: somebody ended us between swap and reload.

        TidegateError if a port that is needed is taken by somebody else.
        """
        self.store.raise_flag()
        if self._voice:
            self._voice.listen(self.store.run)
        last = self.store.read(self.store.live_generation())
        found = PlaneProcess.adopt(self.store.run)
        if found and last and found.argv and found.argv[0] == str(self.binary.path):
            self._remember(found)
            served = await serving_generation(self._status)
            self._serves = bool(served)
            log.info("took over the running plane", plane=self.driver.name, pid=found.pid, generation=served)
            return last if served == last.generation else None
        if found:
            await self._end(found, limit=10.0)
        check_ports(listeners)
        if last:
            process = self._start()
            self._serves = await self._confirm(process, last.generation)
            log.info("started the last good bundle", plane=self.driver.name, generation=last.generation, serves=self._serves)
        return last

    def holds(self, bundle: Bundle) -> bool:
        return self._process is not None and self.store.intact(bundle.generation)

    async def room(self) -> None:
        """Each generation that serves its last clients is as large as the newest. They end within the drain time-out; until
        then, changes wait and become one."""
        said = False
        while self._process and (old := self.driver.leaving(self._process.pid)) >= MOST_LEAVING:
            if not said:
                log.warning("changes wait until old generations have ended", plane=self.driver.name, generations=old)
            said = True
            await self._clock.sleep(0.1)

    async def check(self, bundle: Bundle, table: Table) -> Verdict:
        try:
            folder = await asyncio.to_thread(self._stage, bundle)
        except OSError as failure:
            with contextlib.suppress(OSError):
                self.store.discard(bundle.generation)
            where = f"{failure.strerror} ({failure.filename or self.store.root})"
            return _failed(bundle, f"the bundle can not be written: {where}; it is tried again")
        except TidegateError as failure:
            return _failed(bundle, str(failure))
        verdict = await self._checked(bundle, table, folder)
        if not verdict.ok:
            self.store.discard(bundle.generation, good=False)
        return verdict

    async def _checked(self, bundle: Bundle, table: Table, folder: Path) -> Verdict:
        """What the running plane has loaded already is not tried again, where that takes long."""
        lighter = self.driver.lighter(bundle, self.store.loaded(bundle)) if self.running else bundle
        if lighter is bundle:
            return await check_folder(self.driver, self.binary, bundle, table, folder)
        try:
            with self.store.beside(lighter, bundle.generation) as beside:
                return await check_folder(self.driver, self.binary, bundle, table, beside)
        except OSError as failure:
            return _failed(bundle, f"a trial can not be written: {failure.strerror} ({failure.filename})")

    def _stage(self, bundle: Bundle) -> Path:
        """Written; on a full disk after the bundles of before made room."""
        try:
            return self.store.stage(bundle)
        except OSError as failure:
            if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
        self.store.discard(bundle.generation)
        self.store.prune(keep=1)
        return self.store.stage(bundle)

    async def attempt(self, table: Table) -> Verdict:
        return await try_table(self._trials, self.binary, table, self.store.scratch)

    async def apply(self, bundle: Bundle, change: Change) -> Verdict:
        if change is Change.NOTHING and self.running:
            return Verdict(ok=True, generation=bundle.generation)
        previous = self.store.live_generation()
        verdict = await self._load(bundle.generation)
        if verdict.ok:
            with contextlib.suppress(OSError):
                self.store.prune()
            return verdict
        if previous and previous != bundle.generation:
            back = await self._load(previous)
            word = "serves again" if back.ok else "could not be put back either: " + "; ".join(back.problems)
            verdict = Verdict(
                ok=False, problems=(*verdict.problems, f"generation {previous} {word}"), generation=bundle.generation
            )
        return verdict

    async def _load(self, generation: str) -> Verdict:
        """Swap, (re)load, and wait until it serves."""
        try:
            self.store.run.mkdir(parents=True, exist_ok=True)  # HAProxy's master opens its socket anew
            self.store.swap(generation)
            if self._process:
                await self.driver.farewell(self.binary, self._status, self._clock)
                verdict = await self.driver.reload(self._process.pid, self.store.run)
                if not verdict.ok:
                    return verdict
            else:
                self._start()
        except OSError as failure:
            problem = f"generation {generation} can not be made live: {failure.strerror} ({failure.filename})"
            return Verdict(ok=False, problems=(problem,), generation=generation)
        except TidegateError as failure:
            return Verdict(ok=False, problems=(str(failure),), generation=generation)
        process = self._process
        if process and await self._confirm(process, generation):
            self._serves = True
            return Verdict(ok=True, generation=generation)
        did = "ended and did not serve" if process is None or process.ended else "did not serve"
        problem = f"{self.driver.name} {did} generation {generation} within {CONFIRM_LIMIT:.0f} s; its log says why"
        return Verdict(ok=False, problems=(problem,), generation=generation)

    async def _confirm(self, process: PlaneProcess, generation: str) -> bool:
        """Whether ``process`` comes to serve the generation, while it lives."""
        begun, usual, alive = self._clock.monotonic(), min(self._took, default=0.0), lambda: not process.ended
        if serves := await wait_for_generation(self._status, generation, self._clock, CONFIRM_LIMIT, alive, usual):
            self._took.append(self._clock.monotonic() - begun)
            await wait_until_settled(lambda: self.driver.settled(self.store.run), self._clock, alive)
        return serves and not process.ended

    def _start(self) -> PlaneProcess:
        """TidegateError if the program can not be run."""
        argv = [str(word) for word in self.driver.start_command(self.binary, self.store.live, self.store.run)]
        try:
            self.store.run.mkdir(parents=True, exist_ok=True)
            return self._remember(PlaneProcess.start(argv, self.store.run, self._voice.ear if self._voice else None))
        except OSError as failure:
            what = f"{failure.filename or argv[0]} can not be run: {failure.strerror}"
            raise TidegateError(f"{what}; put it back, or restart with another --plane-binary") from None

    def _remember(self, process: PlaneProcess) -> PlaneProcess:
        self._process = process
        self._started.set()
        return process

    async def supervise(self) -> None:
        """Until cancelled: when the process ends and nobody asked it to, start it again, at once and then with back-off."""
        while True:
            await self._started.wait()
            process = self._process
            if process is None:
                self._started.clear()
                continue
            since = self._clock.monotonic()
            how = await process.wait()
            self._forget(process)
            if self._stopping:
                return
            if self._clock.monotonic() - since > HEALTHY:
                self._backoff.reset()
            self.restarts += 1
            log.error(f"the plane {how}; it is started again", plane=self.driver.name)
            process.end_group()
            if self.store.live_generation():
                await self._restart()

    async def _restart(self) -> None:
        while not self._process:
            with contextlib.suppress(OSError):
                self.store.raise_flag()
            try:
                process = self._start()
            except TidegateError as failure:
                log.error(f"the plane can not be started: {failure}", plane=self.driver.name)
            else:
                generation = self.store.live_generation()
                self._serves = await self._confirm(process, generation)
                if self._serves:
                    log.info("the plane serves again", plane=self.driver.name, generation=generation)
                    return
            await self._clock.sleep(self._backoff.next())

    async def guard(self, poke: Callable[[], None]) -> None:
        """Until cancelled: when what is live is gone from disk, say so and poke; the pass writes and loads it again."""
        missed = False
        while True:
            await self._clock.sleep(GUARD)
            gone = self.running and not self.store.intact(self.store.live_generation())
            if gone and not missed:
                log.error("what is live is gone from disk; it is written again", plane=self.driver.name, folder=self.store.root)
                poke()
            elif self._process and not gone and not (self.store.run / RECORD).exists():
                self._process.record(self.store.run)
            missed = gone

    def _forget(self, process: PlaneProcess) -> None:
        if self._process is process:
            self._process, self._serves = None, False
            self._started.clear()

    def farewell(self) -> None:
        """From now on clients are told not to keep their connections."""
        self.store.lower_flag()

    async def stop(self, limit: float) -> None:
        """Let requests in flight end within ``limit`` seconds, then stop."""
        self._stopping = True
        if self._process:
            await self._end(self._process, limit)
        if self._voice:
            self._voice.close()
        self.store.raise_flag()

    async def _end(self, process: PlaneProcess, limit: float) -> None:
        if not await process.ask(self.driver.quit_signal, limit) and not await process.ask(self.driver.stop_signal, 5.0):
            process.signal(9)
        process.end_group()


def _failed(bundle: Bundle, problem: str) -> Verdict:
    return Verdict(ok=False, problems=(problem,), generation=bundle.generation)
