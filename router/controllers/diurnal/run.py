"""The diurnal controller at work. What is written follows from the clock, so whatever was missed is made good next time."""

import asyncio
from collections.abc import Iterator, Sequence

from router.base.mailbox import Mailbox
from router.controllers.diurnal.decide import decide
from router.controllers.diurnal.doing import Doer
from router.controllers.diurnal.gauges import gauges
from router.controllers.diurnal.kinds import BY_KIND, DIURNALS, KINDS, DiurnalObject
from router.controllers.diurnal.memory import remembered
from router.controllers.diurnal.scales import Scales, calendar
from router.controllers.diurnal.seeing import everyone, kinds_of, seen, targets
from router.controllers.diurnal.types import Memory, Target
from router.controllers.kit.following import Following, Kind
from router.controllers.kit.queue import Queue
from router.controllers.kit.world import Gauge, World
from router.facts.meta import Key

QUIET, QUIET_LIMIT = 0.05, 0.5
RESYNC = 30.0
"""Seconds until the next look at most: the wall clock may have jumped, and calendars and scales are not followed."""
UNSETTLED = 1.0
FRESH = 20.0
"""Seconds for which the text of a calendar counts as read."""


class _Known:
    """What is kept of one object between two decisions."""

    def __init__(self, item: DiurnalObject) -> None:
        self.uid = item.metadata.uid
        self.memory: Memory = remembered(item.reading.status)
        self.inputs: object = None
        self.failures: dict[str, str] = {}


class DiurnalRunner:
    """Satisfies Controller."""

    kinds: Sequence[Kind] = KINDS

    def __init__(self) -> None:
        self._mailbox = Mailbox()
        self._known: dict[Key, _Known] = {}
        self._texts: dict[tuple[str, str, str], tuple[float, str | None]] = {}

    def poke(self, kind: Kind) -> None:
        self._mailbox.poke()

    def gauges(self, following: Following) -> Iterator[Gauge]:
        for (namespace, name), item in sorted(following.of(DIURNALS).items()):
            yield from gauges(namespace, name, item.reading.status)

    async def run(self, world: World) -> None:
        self._world, self._scales, self._queue = world, Scales(world.calls), Queue(world.clock)
        self._known.clear()
        self._texts.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._queue.run(self._sync), name="diurnals")
            while True:
                self._look()
                await self._mailbox.wait(world.clock, QUIET, QUIET_LIMIT)

    def _look(self) -> None:
        """Whoever's object, neighbours or targets changed is due."""
        objects = self._world.following.of(DIURNALS)
        for key in [key for key in self._known if key not in objects]:
            del self._known[key]
            self._queue.forget(key)
            self._world.barrier.forget(key)
        views = {namespace: self._view(namespace) for namespace in {key[0] for key in objects}}
        for key, item in objects.items():
            known, inputs = self._known_of(key, item), (item.metadata.resource_version, views[key[0]])
            if known.inputs != inputs:
                known.inputs = inputs
                self._queue.add(key)

    def _view(self, namespace: str) -> object:
        """Versions of all that objects of the namespace look at."""
        following = self._world.following
        all_ = everyone(following, namespace)
        shown = targets(following, namespace, kinds_of(all_))
        return (tuple((o.meta.uid, o.meta.resource_version) for o in all_), tuple((t.id, t.resource_version) for t in shown))

    def _known_of(self, key: Key, item: DiurnalObject) -> _Known:
        known = self._known.get(key)
        if known is None or known.uid != item.metadata.uid:
            known = self._known[key] = _Known(item)
            self._world.barrier.forget(key)
        return known

    async def _sync(self, key: Key) -> float | None:
        item = self._world.following.of(DIURNALS).get(key)
        if item is None:
            return None
        known = self._known_of(key, item)
        if not self._world.settled(key, lambda uid: False):
            return UNSETTLED
        asked, texts = await self._asked(key[0]), await self._calendars(key[0])
        item = self._world.following.of(DIURNALS).get(key)
        if item is None:
            return None
        sight = seen(self._world.following, item, asked, texts, dict(known.failures))
        decision = decide(self._world.clock.now(), sight, known.memory)
        doer = Doer(self._world, self._scales, sight, decision, known.failures)
        await doer.do()
        known.memory = decision.memory
        if doer.wrong is not None:
            raise doer.wrong
        until = (decision.again - self._world.clock.now()).total_seconds()
        return min(max(until, 0.05), RESYNC)

    async def _asked(self, namespace: str) -> tuple[Target, ...]:
        """Targets of kinds that are not followed, each once."""
        aims = {aim for one in everyone(self._world.following, namespace) for aim in one.aims if aim.kind not in BY_KIND}
        found = {t.id: t for aim in sorted(aims, key=repr) for t in await self._scales.targets(namespace, aim)}
        return tuple(found.values())

    async def _calendars(self, namespace: str) -> dict[tuple[str, str], str | None]:
        all_ = everyone(self._world.following, namespace)
        wanted = {(c.config_map, c.key) for one in all_ for c in one.calendars if c.config_map}
        return {place: await self._calendar(namespace, *place) for place in sorted(wanted)}

    async def _calendar(self, namespace: str, name: str, key: str) -> str | None:
        """Read anew after a while; whoever can not be asked now said the same before."""
        place, now = (namespace, name, key), self._world.clock.monotonic()
        at, text = self._texts.get(place, (float("-inf"), None))
        if now - at >= FRESH:
            try:
                text = await calendar(self._world.calls, namespace, name, key)
            except (OSError, TimeoutError):
                if place not in self._texts:
                    raise
                return text
            self._texts[place] = (now, text)
        return text
