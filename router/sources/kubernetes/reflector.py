"""One kind of object, followed: streaming list where the server has it, else pages; then watch; list again when told to.

Rules (Kubernetes API concepts; client-go's reflector): the resource version comes from list metadata, bookmarks and, once
synced, from events; it is opaque. A list replaces what is known in one step. An object that does not decode keeps its last
good version.
"""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from router.base.clock import Clock
from router.base.faults import Fault, Step, caught
from router.base.findings import Finding, ObjectRef, error
from router.base.frozen import Frozen
from router.base.log import Logger
from router.base.tasks import Backoff
from router.facts.decode import DecodeError, decode_json
from router.facts.meta import Fact, Key
from router.sources.kubernetes import wire
from router.sources.kubernetes.transport import Answer, ApiError, GoneError, Transport
from router.sources.source import Check

PAGE = "500"
SILENCE = 90.0
"""Seconds without a byte: longer than the minute between bookmarks, so a silent connection is a dead one."""
WATCH_SECONDS = (300, 600)
SHORT = 1.0
"""A watch that ends sooner counts as a failure, or a server that hangs up would be asked without a pause."""
HEALTHY = 120.0
MISSING = 30.0
"""Seconds between looks for a kind that is not installed, or that we may not read."""
log = Logger(__name__)


class Target(Frozen):
    """What is followed. ``path``: ``/api/v1/services`` or with a namespace. ``fields``: fieldSelector."""

    path: str
    kind: type[Fact]
    fields: str = ""
    optional: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind.__name__} {self.path}"


class Reflector:
    """``state`` is a copy that is never changed; the same object as long as nothing changes."""

    def __init__(self, target: Target, transport: Transport, clock: Clock, lists: asyncio.Semaphore) -> None:
        self.target, self._transport, self._clock, self._lists = target, transport, clock, lists
        self._backoff = Backoff(first=0.8, limit=30.0)
        self._items: dict[Key, Fact] = {}
        self._findings: dict[Key, Finding | Fault] = {}
        self._shown: tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]] | None = None
        self.synced = False
        self.problem = ""
        self.counts: Counter[str] = Counter()
        """events, lists, watches, relists, errors, undecoded"""
        self._version = ""
        self._streams = True

    @property
    def state(self) -> tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]]:
        """(objects, findings). Copied when it is asked for, not at each event: events come in thousands."""
        if self._shown is None:
            self._shown = (dict(self._items), dict(self._findings))
        return self._shown

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
            except ApiError as wrong:
                pause = await self._refused(wrong, poke)
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

    async def _refused(self, wrong: ApiError, poke: Callable[[], None]) -> float:
        if wrong.status == 401:
            await self._transport.renew()
        if wrong.status in (403, 404):
            self.problem = "not installed in this cluster" if wrong.status == 404 else f"may not be read: {wrong}"
            self.counts["errors"] += 1
            if not self.synced:
                self._replace({}, {}, poke)
                self.synced = True
            self._version = ""
            return MISSING
        return max(self._failed(f"the API server answers {wrong}"), wrong.retry_after)

    def _failed(self, problem: str) -> float:
        if problem != self.problem:
            log.warning(problem, kind=self.target.name)
        self.problem = problem
        self.counts["errors"] += 1
        return max(self._backoff.next(), 0.05)

    async def _list(self, poke: Callable[[], None]) -> None:
        async with self._lists:
            self.counts["lists"] += 1
            if self._streams:
                try:
                    await self._streaming_list(poke)
                    return
                except ApiError as wrong:
                    if wrong.status not in (400, 422):
                        raise
                    self._streams = False
            await self._paged_list(poke)

    async def _streaming_list(self, poke: Callable[[], None]) -> None:
        """KEP-3157: all objects as ADDED events, then a bookmark that says so. Nothing is shown before that."""
        query = {"watch": "1", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
        items: dict[Key, Fact] = {}
        findings: dict[Key, Finding | Fault] = {}
        async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
            await self._good(answer)
            async for line in wire.lines(answer.chunks()):
                event = self._event(line)
                if event.type == "BOOKMARK":
                    meta = wire.heads.decode(event.object).metadata
                    if (meta.annotations or {}).get(wire.INITIAL_EVENTS_END) == "true":
                        self._replace(items, findings, poke)
                        self._synced(meta.resource_version)
                        return
                elif event.type != "DELETED":
                    self._take(event.object, items, findings)
        # A server that does not know the parameters sends a plain watch: no bookmark ever ends the list.
        self._streams = False
        raise ConnectionError("the streaming list ended without its bookmark")

    async def _paged_list(self, poke: Callable[[], None]) -> None:
        items: dict[Key, Fact] = {}
        findings: dict[Key, Finding | Fault] = {}
        token = ""
        while True:
            query = {"limit": PAGE} | ({"continue": token} if token else {})
            async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
                await self._good(answer)
                body = b"".join([chunk async for chunk in answer.chunks()])
            page = self._page(body, items, findings)
            token = page.metadata.continue_
            if not token:
                break
            await asyncio.sleep(0)
        self._replace(items, findings, poke)
        self._synced(page.metadata.resource_version)

    def _page(self, body: bytes, items: dict[Key, Fact], findings: dict[Key, Finding | Fault]) -> wire.Page:
        """Decode a page without the collector, which would take half of the time."""
        gc.disable()
        try:
            page = wire.pages.decode(body)
            for raw in page.items or ():
                self._take(raw, items, findings)
        finally:
            gc.enable()
        return page

    async def _watch(self, poke: Callable[[], None]) -> None:
        seconds = str(random.randint(*WATCH_SECONDS))  # noqa: S311 -- spreads the load, hides nothing
        query = {"watch": "1", "resourceVersion": self._version, "allowWatchBookmarks": "true", "timeoutSeconds": seconds}
        self.counts["watches"] += 1
        async with self._transport.get(self.target.path, self._query(query), SILENCE) as answer:
            await self._good(answer)
            self.problem = ""
            async for line in wire.lines(answer.chunks()):
                self._follow(self._event(line), poke)

    def _follow(self, event: wire.Event, poke: Callable[[], None]) -> None:
        self.counts["events"] += 1
        meta = wire.heads.decode(event.object).metadata
        if event.type == "DELETED":
            self._items.pop((meta.namespace, meta.name), None)
            self._findings.pop((meta.namespace, meta.name), None)
        elif event.type != "BOOKMARK":
            self._take(event.object, self._items, self._findings)
        if event.type != "BOOKMARK":
            self._shown = None
            poke()
        self._version = meta.resource_version or self._version

    def _take(self, raw: msgspec.Raw, items: dict[Key, Fact], findings: dict[Key, Finding | Fault]) -> None:
        """Decode one object into ``items``. An unchanged one stays the same; a broken one keeps its last good version."""
        try:
            meta = wire.heads.decode(raw).metadata
        except msgspec.MsgspecError:
            self.counts["undecoded"] += 1
            return
        key = (meta.namespace, meta.name)
        known = self._items.get(key)
        if known is not None and meta.resource_version and known.metadata.resource_version == meta.resource_version:
            items[key] = known
            if key in self._findings:
                findings[key] = self._findings[key]
            return
        try:
            items[key] = decode_json(raw, self.target.kind)
            findings.pop(key, None)
        except Exception as wrong:
            self.counts["undecoded"] += 1
            findings[key] = self._undecoded(meta, wrong, kept=known is not None)
            if known is not None:
                items[key] = known

    def _undecoded(self, meta: wire.ObjectMeta, wrong: Exception, *, kept: bool) -> Finding | Fault:
        ref = ObjectRef(kind=self.target.kind.__name__, namespace=meta.namespace, name=meta.name)
        effect = "its last good version is used" if kept else "it is left out"
        if isinstance(wrong, DecodeError):
            return error(ref, wrong.path, "NotDecoded", f"{wrong.message}; {effect}.", wrong.fix)
        return caught(wrong, Step.DECODE, ref, effect)

    def _replace(self, items: dict[Key, Fact], findings: dict[Key, Finding | Fault], poke: Callable[[], None]) -> None:
        """What a list says is all there is: what it does not name is gone."""
        same = items.keys() == self._items.keys() and all(self._items[key] is item for key, item in items.items())
        if same and findings == self._findings:
            return
        self._items, self._findings, self._shown = items, findings, None
        poke()

    def _synced(self, version: str) -> None:
        self._version, self.problem = version, ""
        self.synced = True

    def _query(self, query: dict[str, str]) -> dict[str, str]:
        return query | ({"fieldSelector": self.target.fields} if self.target.fields else {})

    def _event(self, line: bytes) -> wire.Event:
        event = wire.events.decode(line)
        if event.type == "ERROR":
            status = wire.statuses.decode(event.object)
            if status.code == 410:
                raise GoneError
            raise ApiError(status.code, status.message)
        return event

    async def _good(self, answer: Answer) -> None:
        """Raises ApiError or GoneError unless the answer is 200."""
        if answer.status == 200:
            return
        body = b"".join([chunk async for chunk in answer.chunks()])[:65536]
        try:
            message = wire.statuses.decode(body).message
        except msgspec.MsgspecError:
            message = body[:200].decode("utf-8", "replace")
        if answer.status == 410:
            raise GoneError
        after = answer.headers.get("retry-after", "")
        raise ApiError(answer.status, message, float(after) if after.isascii() and after.isdigit() else 0)
