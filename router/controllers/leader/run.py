"""Standing for election, leading, and stopping in time. The work runs inside the leadership and ends with it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from router.base.clock import Clock
from router.base.log import Logger
from router.base.tasks import Backoff
from router.controllers.leader.decide import Decision, Lease, Memory, Move, Terms, decide, written
from router.sources.kubernetes.transport import ApiError, Sender

log = Logger(__name__)
_leases = msgspec.json.Decoder(Lease)
Failure = (ApiError, OSError, TimeoutError, msgspec.MsgspecError)
"""What a call may end with. Anything else is a fault of ours."""


class LostError(Exception):
    """The Lease was not renewed in time, or somebody else has it."""


class Election:
    """For one Lease: ``key`` is (namespace, name). ``work`` is called with ``leads`` each time that the Lease was won; it is
    cancelled when it is lost. ``told`` hears whether we lead now."""

    def __init__(
        self, api: Sender, key: tuple[str, str], terms: Terms, clock: Clock, told: Callable[[bool], None] = lambda leads: None
    ) -> None:
        self._api, self._key, self.terms, self._clock, self._told = api, key, terms, clock, told
        self._base = f"/apis/coordination.k8s.io/v1/namespaces/{key[0]}/leases"
        self._memory = Memory()
        self._held: Lease | None = None
        self._until = 0.0
        """monotonic seconds; we lead before it, and not a moment longer"""
        self._problem = ""

    @property
    def leads(self) -> bool:
        """Asked right before each write: a process that was stopped for a while learns here that it is too late."""
        return self._held is not None and self._clock.monotonic() < self._until

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled. A leader that is cancelled, or whose work failed, gives the Lease back first."""
        backoff = Backoff(first=1.0, limit=60.0)
        while True:
            await self._stand()
            log.info("leads", lease="/".join(self._key))
            try:
                await self._lead(work)
                raise RuntimeError("the work of a leader does not end")
            except* LostError as lost:
                log.warning(f"leads no longer: {lost.exceptions[0]}", lease="/".join(self._key))
                self._held = None
            except* Exception:
                log.exception("a fault of Tidegate's own; another one may lead")
            finally:
                self._told(False)
                await self._release()
            await self._clock.sleep(max(self.terms.retry, backoff.next()))

    async def _stand(self) -> None:
        """Return as soon as we lead."""
        while not await self._tried():
            await self._clock.sleep(self.terms.retry)
        self._told(True)

    async def _tried(self) -> bool:
        """One look, and one attempt to have or keep the Lease. True if we lead now."""
        try:
            async with asyncio.timeout(self.terms.limit):
                seen = await self._read()
            made = decide(self._clock.monotonic(), seen, self._memory, self.terms)
            self._memory = made.memory
            if made.move is Move.WAIT:
                return False
            return await self._written(made, seen)
        except Failure as wrong:
            self._complain(wrong)
        except Exception:
            log.exception("a fault of Tidegate's own; it stands for election again")
        return False

    async def _written(self, made: Decision, seen: Lease | None) -> bool:
        """The server takes the write only if nobody else has written since we read: by resourceVersion, or by the name."""
        before = self._clock.monotonic()
        async with asyncio.timeout(self.terms.limit):
            self._held = await self._write(written(seen, self._clock.now(), self.terms), seen)
        self._until, self._problem = before + self.terms.fence, ""
        return self._clock.monotonic() < self._until

    async def _read(self) -> Lease | None:
        try:
            return _leases.decode(await self._api.send("GET", f"{self._base}/{self._key[1]}"))
        except ApiError as wrong:
            if wrong.status == 404:
                return None
            raise

    async def _write(self, spec: dict[str, Any], seen: Lease | None) -> Lease:
        kept = msgspec.json.decode(msgspec.json.encode(seen.metadata)) if seen else {}
        meta: dict[str, Any] = {**kept, "namespace": self._key[0], "name": self._key[1]}
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
        where = (self._base, "POST") if seen is None else (f"{self._base}/{self._key[1]}", "PUT")
        return _leases.decode(await self._api.send(where[1], where[0], body))

    def _complain(self, wrong: BaseException) -> None:
        """Once for each problem. That somebody was quicker is none."""
        text = str(wrong) or type(wrong).__name__
        if text != self._problem and not (isinstance(wrong, ApiError) and wrong.status == 409):
            log.warning(f"the Lease can not be read or written: {text}", lease="/".join(self._key))
            self._problem = text

    async def _lead(self, work: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._renewing(), name="renew the Lease")
            group.create_task(self._fence(), name="fence")
            await work()
            raise RuntimeError("the work of a leader does not end")

    async def _fence(self) -> None:
        """Its own task: a call that hangs does not keep us from stopping."""
        while (left := self._until - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        raise LostError("it could not be renewed in time")

    async def _renewing(self) -> None:
        while True:
            await self._clock.sleep(self.terms.retry)
            try:
                await self._renewed()
            except Failure as wrong:
                self._complain(wrong)

    async def _renewed(self) -> None:
        """Written over what we wrote last; if somebody else touched it, look who has it. A 409 that follows a renewal whose
        answer was lost is our own doing."""
        with contextlib.suppress(ApiError):
            await self._written(Decision(move=Move.RENEW, memory=self._memory), self._held)
            return
        async with asyncio.timeout(self.terms.limit):
            seen = await self._read()
        if seen is None or seen.spec.holder_identity != self.terms.me:
            raise LostError("somebody else has it" if seen else "it was deleted")
        await self._written(Decision(move=Move.RENEW, memory=self._memory), seen)

    async def _release(self) -> None:
        """Nobody has to wait for its end. Only if it is still ours; what fails here costs the others that wait, no more."""
        held, self._held = self._held, None
        if held is None:
            return
        try:
            async with asyncio.timeout(self.terms.limit):
                await self._write(written(held, self._clock.now(), self.terms, release=True), held)
        except Failure as wrong:
            log.info(f"the Lease was not given back: {wrong or type(wrong).__name__}", lease="/".join(self._key))
        except Exception:
            log.exception("a fault of Tidegate's own; the Lease was not given back")
