"""One kind of object, followed: streaming list where the server has it, else pages; then watch; list again when told to.

Rules (Kubernetes API concepts; client-go's reflector): the resource version comes from list metadata, bookmarks and, once
synced, from events; it is opaque. A list replaces what is known in one step. An object that does not decode keeps its last
good version.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from router.base.clock import Clock
from router.base.faults import Fault
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.log import Logger
from router.base.tasks import Backoff, Turns
from router.facts.meta import Fact, Key
from router.sources.kubernetes import answers, wire
from router.sources.kubernetes.known import Draft, Known
from router.sources.kubernetes.transport import ApiError, GoneError, Transport
from router.sources.source import Check

PAGE = "500"
SILENCE = 90.0
"""Seconds without a byte: longer than the minute between bookmarks, so a silent connection is a dead one."""
WATCH_SECONDS = (300, 600)
SHORT = 1.0
"""A watch that ends sooner counts as a failure, or a server that hangs up would be asked without a pause."""
HEALTHY = 120.0
log = Logger(__name__)


class Target(Frozen):
    """What is followed. ``path``: ``/api/v1/services`` or with a namespace. ``fields``: fieldSelector.

    ``read``: makes the fact of the JSON text, for kinds that are more than their fields; it raises DecodeError.
    ``optional``: a kind that is not installed, or that we may not read, counts as empty. Of the others none may be missing:
    without them there is no table, since half a cluster would take routes away. ``calm``: nobody is poked when an object has
    a new version in which nothing is new that we read.
    """

    path: str
    kind: type[Fact]
    fields: str = ""
    optional: bool = False
    calm: bool = False
    read: Callable[[msgspec.Raw], Fact] | None = None

    @property
    def name(self) -> str:
        """Of all targets of a source no two are called the same: it is a label of metrics."""
        return " ".join(word for word in (self.kind.__name__, self.path, self.fields) if word)


class Reflector:
    """Keeps what is known of a target up to date, and says whether it can."""

    def __init__(self, target: Target, transport: Transport, clock: Clock, lists: asyncio.Semaphore) -> None:
        self.target, self._transport, self._clock, self._lists = target, transport, clock, lists
        self._backoff = Backoff(first=0.8, limit=30.0)
        self._known = Known(target.kind, target.read, calm=target.calm)
        self._turns = Turns(clock)
        self.synced = False
        self.problem = ""
        self.counts: Counter[str] = Counter()
        """events, lists, watches, relists, errors"""
        self._version = ""
        self._began = self.listed = float("-inf")
        """monotonic seconds at which the newest list began, and at which the newest one that came to its end had begun"""
        self._streams, self._broke_off = True, False

    @property
    def state(self) -> tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]]:
        """See Known."""
        return self._known.state

    @property
    def known(self) -> Mapping[Key, Fact]:
        """The objects, without a copy: for a look that is over before the next event."""
        return self._known.items

    @property
    def version(self) -> int:
        """Up to which resource version everything was seen; 0 if that is not known. They are numbers that can be compared
        (Kubernetes API concepts, "Resource versions"; KEP-5504)."""
        return int(self._version) if self._version.isascii() and self._version.isdigit() else 0

    @property
    def check(self) -> Check:
        good = self.synced and not self.problem
        message = self.problem or ("up to date" if self.synced else "not read yet")
        return Check(self.target.name, good or (self.target.optional and self.synced), message)

    async def run(self, poke: Callable[[], None]) -> None:
        """Until cancelled."""
        while True:
            started = self._clock.monotonic()
            pause = 0.0
            try:
                if not self._version:
                    await self._list(poke)
                await self._watch(poke)
                if self._clock.monotonic() - started < SHORT:
                    raise ConnectionError("the watch ended at once")
            except GoneError:
                self._version = ""
                self.counts["relists"] += 1
                if self._clock.monotonic() - started < SHORT:
                    pause = self._failed("the API server has forgotten what it said a moment ago")
            except ApiError as wrong:
                pause = self._refused(wrong, poke)
            except (OSError, TimeoutError, msgspec.DecodeError, msgspec.ValidationError) as wrong:
                pause = self._failed(f"the API server can not be reached: {wrong or type(wrong).__name__}")
            except Exception as wrong:
                log.exception("a fault of Tidegate's own; this kind is read anew", kind=self.target.name)
                self._version = ""
                pause = self._failed(f"a fault of Tidegate's own: {type(wrong).__name__}")
            if self._clock.monotonic() - started > HEALTHY:
                self._backoff.reset()
            if pause:
                await self._clock.sleep(pause)

    def _refused(self, wrong: ApiError, poke: Callable[[], None]) -> float:
        """Seconds until the next attempt."""
        if wrong.status not in (403, 404):
            return max(self._failed(f"the API server answers {wrong}"), wrong.retry_after)
        self._version = ""
        if self.target.optional and (wrong.status == 404 or not self.synced):
            self._replace(Draft(), poke)
        return self._failed("not installed in this cluster" if wrong.status == 404 else f"may not be read: {wrong}")

    def _failed(self, problem: str) -> float:
        if problem != self.problem:
            say = log.info if self.target.optional else log.warning
            say(problem, kind=self.target.name)
        self.problem = problem
        self.counts["errors"] += 1
        return max(self._backoff.next(), 0.05)

    async def _list(self, poke: Callable[[], None]) -> None:
        """As a stream, which costs the server least; as pages from a server that has none, and once after a stream broke off."""
        async with self._lists:
            self.counts["lists"] += 1
            self._began = self._clock.monotonic()
            if self._streams and not self._broke_off:
                try:
                    await self._streaming_list(poke)
                    return
                except ApiError as wrong:
                    if wrong.status not in (400, 422):
                        raise
                    self._streams = False
            await self._paged_list(poke)
            self._broke_off = False

    async def _streaming_list(self, poke: Callable[[], None]) -> None:
        """KEP-3157: all objects as ADDED events, then a bookmark that says so. Nothing is shown before that.

        A server that ignores the parameters sends a plain watch, whose bookmarks say nothing of the kind, or none.
        """
        query = {"watch": "1", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
        draft = Draft()
        async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
            await answers.good(answer)
            self._broke_off = True
            async for line in wire.lines(answer.chunks()):
                await self._turns.next()
                event = answers.event(line)
                if event.type == "BOOKMARK":
                    meta = wire.heads.decode(event.object).metadata
                    if not isinstance(meta.annotations, dict) or meta.annotations.get(wire.INITIAL_EVENTS_END) != "true":
                        break
                    self._broke_off = False
                    self._replace(draft, poke)
                    self._resume_from(meta.resource_version)
                    return
                if event.type == "DELETED":
                    draft.drop(event.object)
                else:
                    self._known.take(event.object, draft)
        raise ConnectionError("the streaming list ended without its bookmark")

    async def _paged_list(self, poke: Callable[[], None]) -> None:
        draft = Draft()
        token = ""
        while True:
            query = {"limit": PAGE} | ({"continue": token} if token else {})
            async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
                await answers.good(answer)
                body = b"".join([chunk async for chunk in answer.chunks()])
            page = wire.pages.decode(body)
            for raw in page.items or ():
                self._known.take(raw, draft)
                await self._turns.next()
            token = page.metadata.continue_
            if not token:
                break
        self._replace(draft, poke)
        self._resume_from(page.metadata.resource_version)

    async def _watch(self, poke: Callable[[], None]) -> None:
        seconds = str(random.randint(*WATCH_SECONDS))  # noqa: S311 -- spreads the load, hides nothing
        query = {"watch": "1", "resourceVersion": self._version, "allowWatchBookmarks": "true", "timeoutSeconds": seconds}
        self.counts["watches"] += 1
        async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
            await answers.good(answer)
            self.problem = ""
            async for line in wire.lines(answer.chunks()):
                self._follow(answers.event(line), poke)
                await self._turns.next()

    def _follow(self, event: wire.Event, poke: Callable[[], None]) -> None:
        self.counts["events"] += 1
        version, changed = self._known.follow(event)
        self._version = version or self._version
        if changed:
            poke()

    def _replace(self, draft: Draft, poke: Callable[[], None]) -> None:
        """The first list is told of even if there is nothing in it."""
        first, self.synced = not self.synced, True
        if self._known.replace(draft) or first:
            poke()

    def _resume_from(self, version: str) -> None:
        self._version, self.problem, self.listed = version, "", self._began

    def _query(self, query: dict[str, str]) -> dict[str, str]:
        return query | ({"fieldSelector": self.target.fields} if self.target.fields else {})
