"""The leader's work: what was decided is written, one call after another, not too many, each only while we lead.

It hears of each pass and never keeps the loop waiting. There is no queue: what is to be written follows from the newest pass
and from what was written, so what is over before its turn is never written, and what failed is due again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import islice

from router.base.clock import Clock
from router.base.frozen import Frozen
from router.base.log import Logger
from router.base.mailbox import Mailbox
from router.base.tasks import Backoff
from router.controllers.kit.calls import Calls
from router.controllers.leader.run import Failure
from router.controllers.writing import addresses, events
from router.controllers.writing.addresses import Publish
from router.controllers.writing.bucket import Bucket
from router.controllers.writing.events import Saying, Sayings
from router.controllers.writing.programmed import Programmed
from router.controllers.writing.sayer import Sayer
from router.facts.meta import Key, Point
from router.report.status import Pass, Status
from router.settings import Settings
from router.sources.kubernetes.transport import APPLY, ApiError, Sender

log = Logger(__name__)
LOOK = 60.0
"""Seconds after which everything is decided again, poked or not: Events are to be renewed, failures tried again."""
QUIET, QUIET_LIMIT = 0.5, 5.0
BATCH = 20
"""Writes between two decisions."""
RATE, BURST = 10.0, 50
NEWS = 1000
"""Events of objects that came to be served which wait to be written; beyond, the oldest are never said."""
PUSHED = 5
"""Times that one object gets the same addresses again: somebody takes them away, and we do not fight."""
REMEMBERED = 20_000
OTHERS = "AddressOfAnother"


class Plan(Frozen):
    """Who we are. ``instance``: of the process. ``plane``: its name. ``limit``: seconds for a call. ``pod``: our own."""

    instance: str
    plane: str
    limit: float
    pod: Key = ("", "")


class Writer:
    """``may``: asked right before each call. For one event loop."""

    def __init__(  # noqa: PLR0917
        self, api: Sender, settings: Settings, plan: Plan, clock: Clock, status: Status, may: Callable[[], bool]
    ) -> None:
        self._settings, self._plan, self._clock, self._status = settings, plan, clock, status
        self._send = Calls(api, may, plan.limit).send
        self._mailbox = Mailbox()
        self._pass: Pass | None = None
        self._programmed, self._sayings = Programmed(plan.plane), Sayings()
        self._backoffs = {kind: Backoff(first=2.0, limit=300.0) for kind in ("status", "event")}
        self._problems: dict[str, str] = {}
        self._begin()

    def _begin(self) -> None:
        """A new leadership knows nothing of what was written before."""
        self._bucket = Bucket(RATE, BURST)
        self._news: deque[Saying] = deque(maxlen=NEWS)
        self._held: dict[str, float] = {}
        """Events that hold, by name: when each was said last"""
        self._sayer = Sayer(self._send, self._clock, self._plan.instance)
        self._tried: dict[Key, Publish] = {}
        self._pushed: dict[tuple[str, tuple[Point, ...]], int] = {}
        self._wrote: frozenset[Point] = frozenset()
        self._others: set[Key] = set()
        """Ingresses whose addresses somebody else writes"""
        self._paused: dict[str, float] = {}

    def heard(self, made: Pass) -> None:
        """Of each pass, in the loop's own time."""
        self._pass = made
        news = self._programmed.heard(made)
        if self._status.leads:
            self._news.extend(news)
            self._mailbox.poke()

    async def work(self) -> None:
        """The work of a leader: until cancelled."""
        self._begin()
        while True:
            acts = list(islice(self._acts(), BATCH))
            for act in acts:
                await self._clock.sleep(self._bucket.take(self._clock.monotonic()))
                await self._write(act)
            if not acts:
                await self._wait()

    async def _wait(self) -> None:
        now = self._clock.monotonic()
        pause = min([LOOK, *(until - now for until in self._paused.values() if until > now)])
        async with asyncio.TaskGroup() as group:
            alarm = group.create_task(self._alarm(pause))
            await self._mailbox.wait(self._clock, QUIET, QUIET_LIMIT)
            alarm.cancel()

    async def _alarm(self, pause: float) -> None:
        await self._clock.sleep(pause)
        self._mailbox.poke()

    def _acts(self) -> Iterator[Publish | Saying]:
        """What is due now."""
        now, made = self._clock.monotonic(), self._pass
        if made is None:
            return
        if self._paused.get("status", now) <= now:
            yield from self._publishes(made)
        if self._settings.events and self._paused.get("event", now) <= now:
            while self._news:
                yield self._news.popleft()
            said = {**self._sayings.of(made.findings, made.snapshot), **self._about_others(made)}
            self._held = {name: at for name, at in self._held.items() if name in said}
            yield from events.due(now, said, self._held)

    def _publishes(self, made: Pass) -> Iterator[Publish]:
        for key in self._tried.keys() - made.snapshot.ingresses.keys():
            del self._tried[key]
        due = {act.key: act for act in addresses.decide(made.snapshot, self._settings, self._wrote, self._plan.pod)}
        self._others &= due.keys()
        for act in due.values():
            if self._tried.get(act.key) != act and self._pushed.get((act.uid, act.points), 0) < PUSHED:
                yield act

    def _about_others(self, made: Pass) -> Mapping[str, Saying]:
        """Told to those whose Ingress shows an address that is not ours, as long as it does."""
        said = {}
        for key in sorted(self._others & made.snapshot.ingresses.keys()):
            ingress = made.snapshot.ingresses[key]
            note = (
                f"status.loadBalancer was written by somebody else and is left as it is. To have ours: kubectl patch ingress "
                f'-n {key[0]} {key[1]} --subresource=status --type=merge -p \'{{"status":{{"loadBalancer":null}}}}\''
            )
            saying = Saying(
                object=ingress.ref, uid=ingress.metadata.uid, type="Warning", reason=OTHERS, action="Publishing", note=note
            )
            said[saying.name] = saying
        return said

    async def _write(self, act: Publish | Saying) -> None:
        """One or two calls, and what follows from their answers. LostError if we do not lead any more."""
        kind = "status" if isinstance(act, Publish) else "event"
        if self._paused.get(kind, 0.0) > self._clock.monotonic():
            return
        work = self._publish(act) if isinstance(act, Publish) else self._sayer.say(act)
        result = await self._result(kind, work)
        self._status.writes[kind, result] += 1
        if result not in {"failed", "denied"}:
            self._done(act, result)
        elif isinstance(act, Saying) and act.type == "Normal":
            self._news.appendleft(act)

    async def _result(self, kind: str, work: Awaitable[object]) -> str:
        after = 0.0
        try:
            await work
        except ApiError as wrong:
            result = _WORDS.get(wrong.status, "failed")
            after, problem = wrong.retry_after, str(wrong)
        except Failure as wrong:
            result, problem = "failed", str(wrong) or type(wrong).__name__
        else:
            self._backoffs[kind].reset()
            self._problems.pop(kind, None)
            return "written"
        if result in {"failed", "denied"}:
            pause = max(after, self._backoffs[kind].next(), LOOK if result == "denied" else 0.0)
            self._paused[kind] = self._clock.monotonic() + pause
        if result in {"failed", "denied", "refused"} and self._problems.get(kind) != problem:
            self._problems[kind] = problem
            log.warning(f"the cluster does not take what we write: {problem}", kind=kind, result=result)
        return result

    def _done(self, act: Publish | Saying, result: str) -> None:
        """Whatever the answer was, the same is not tried again before something changes."""
        if isinstance(act, Saying):
            self._held[act.name] = self._clock.monotonic()
            return
        self._tried[act.key] = act
        if result == "written":
            self._wrote = self._wrote.union(act.points)
            self._others.discard(act.key)
            self._pushed[act.uid, act.points] = self._pushed.get((act.uid, act.points), 0) + 1
            while len(self._pushed) > REMEMBERED:
                del self._pushed[next(iter(self._pushed))]
        elif result == "conflict":
            self._others.add(act.key)

    async def _publish(self, act: Publish) -> None:
        """Server-side apply without force: over somebody else's addresses it is refused (409)."""
        namespace, name = act.key
        path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}/status"
        query = {"fieldManager": f"tidegate-{self._settings.ingress_class}"[:128]}
        await self._send("PATCH", path, act.body, content=APPLY, query=query)


_WORDS = {400: "refused", 403: "denied", 404: "gone", 409: "conflict", 410: "gone", 422: "refused"}
