"""All controllers that were asked for, at work on one set of caches, for as long as we lead."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from router.base.clock import Clock
from router.base.log import Logger
from router.controllers.kit.calls import Calls
from router.controllers.kit.following import Following, Kind
from router.controllers.kit.voice import Voice
from router.controllers.kit.world import Controller, Gauge, Measured, World
from router.controllers.writing.sayer import Sayer
from router.sources.kubernetes.client import ClientTransport
from router.sources.source import Check

log = Logger(__name__)
LOOK = 0.05
SLOW = 30.0
"""Seconds without a first sight after which we say what it waits for."""


def made(names: Sequence[str]) -> tuple[Controller, ...]:
    """Only what is used is loaded: a router that runs none has no use for calendars."""
    return tuple(_MAKERS[name]() for name in names)


def _daemon() -> Controller:
    from router.controllers.daemon.run import DaemonRunner  # noqa: PLC0415

    return DaemonRunner()


def _diurnal() -> Controller:
    from router.controllers.diurnal.run import DiurnalRunner  # noqa: PLC0415

    return DiurnalRunner()


_MAKERS: Mapping[str, Callable[[], Controller]] = {"daemon": _daemon, "diurnal": _diurnal}


class Hosting:
    """``transports``: one that follows and one that calls: a write never waits behind a list. ``events``: whether to say."""

    def __init__(  # noqa: PLR0917
        self,
        controllers: Sequence[Controller],
        transports: tuple[ClientTransport, ClientTransport],
        namespaces: Sequence[str],
        clock: Clock,
        instance: str,
        events: bool = True,
    ) -> None:
        self._controllers, self._transports, self._namespaces = controllers, transports, namespaces
        self._clock, self._instance, self._events = clock, instance, events
        self._following: Following | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        """calls, by method and result, over all leaderships"""
        self._waited = 0
        self._world: World | None = None

    def health(self) -> tuple[Check, ...]:
        """Of what is followed, while we lead."""
        return self._following.health() if self._following else ()

    @property
    def waits(self) -> int:
        """Decisions that were put off because own writes were not seen yet."""
        return self._waited + (self._world.barrier.waits if self._world else 0)

    def gauges(self) -> Iterator[Gauge]:
        """What the controllers show, while we lead."""
        for controller in self._controllers:
            if self._following and isinstance(controller, Measured):
                yield from controller.gauges(self._following)

    async def work(self, may: Callable[[], bool], limit: float) -> None:
        """The work of a leader: until cancelled. Every leadership begins with lists of its own, so nothing is stale."""
        kinds = [kind for controller in self._controllers for kind in controller.kinds]
        following = Following(kinds, self._namespaces, self._transports[0], self._clock)
        calls = Calls(self._transports[1], may, limit, self.counts)
        voice = Voice(Sayer(calls.send, self._clock, self._instance), self._clock, silent=not self._events)
        world = World(following, calls, voice, self._clock)
        self._following, self._world = following, world
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(following.run(self._poked), name="following")
                group.create_task(voice.run(), name="events")
                for controller in self._controllers:
                    group.create_task(self._one(controller, world))
        finally:
            self._waited, self._following, self._world = self.waits, None, None

    def _poked(self, kind: Kind) -> None:
        for controller in self._controllers:
            if kind in controller.kinds:
                controller.poke(kind)

    async def _one(self, controller: Controller, world: World) -> None:
        """Half a cluster would take pods away: it begins when everything it looks at was read."""
        begin, said = self._clock.monotonic(), False
        while not world.following.seen(controller.kinds):
            await self._clock.sleep(LOOK)
            if not said and self._clock.monotonic() - begin > SLOW:
                said = True
                for check in world.following.health():
                    if not check.ok:
                        log.warning(f"a controller waits for {check.name}: {check.message}")
        await controller.run(world)
