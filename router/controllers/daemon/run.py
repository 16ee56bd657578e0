"""The daemon controller at work: what changed is looked at, what is due is decided, what was decided is done."""

import asyncio
from collections.abc import Sequence
from operator import is_

import msgspec

from router.base.log import Logger
from router.base.mailbox import Mailbox
from router.base.tasks import Backoff
from router.controllers.daemon.asking import Ask, Asker, Question, ask_over_http
from router.controllers.daemon.decide import decide
from router.controllers.daemon.doing import Doer
from router.controllers.daemon.kinds import DAEMONS, KINDS
from router.controllers.daemon.seeing import Sight
from router.controllers.daemon.types import DaemonController, Decision, Memory, Seen
from router.controllers.kit.following import Kind
from router.controllers.kit.kinds import PODS
from router.controllers.kit.queue import Queue
from router.controllers.kit.world import World
from router.facts.meta import Key

log = Logger(__name__)
QUIET, QUIET_LIMIT = 0.05, 0.5
"""Seconds without a change before we look, and at most."""
RESYNC = 60.0
"""Seconds after which each object is decided on anew, changed or not."""
UNSETTLED = 1.0
"""Seconds until the next look while writes of ours are still missing from the caches."""


class _Known:
    """What is kept of one DaemonController between two decisions. ``hold``: until when (monotonic) nothing is created."""

    def __init__(self, uid: str) -> None:
        self.uid, self.memory = uid, Memory()
        self.inputs: tuple[object, ...] = ()
        self.waits = self.ending = False
        self.hold = 0.0
        self.backoff = Backoff(first=1.0, limit=60.0)


class DaemonRunner:
    """Satisfies Controller. ``ask``: how pods are asked whether they are drained."""

    kinds: Sequence[Kind] = KINDS

    def __init__(self, ask: Ask = ask_over_http) -> None:
        self._ask = ask
        self._mailbox = Mailbox()
        self._known: dict[Key, _Known] = {}

    def poke(self, kind: Kind) -> None:
        self._mailbox.poke()

    async def run(self, world: World) -> None:
        self._world, self._sight = world, Sight(world.following)
        self._queue = Queue(world.clock)
        self._asker = Asker(self._ask, world.clock, self._queue.add)
        self._known.clear()
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._queue.run(self._sync), name="daemons")
            while True:
                self._look()
                await self._mailbox.wait(world.clock, QUIET, QUIET_LIMIT)

    def _look(self) -> None:
        """Whoever sees something else than before is due."""
        self._sight.take()
        daemons = self._world.following.of(DAEMONS)
        for key in [key for key in self._known if key not in daemons]:
            self._forget(key)
        for key, daemon in daemons.items():
            known = self._known_of(key, daemon)
            inputs = self._sight.inputs(daemon)
            same = len(inputs) == len(known.inputs) and all(map(is_, inputs, known.inputs))
            if known.waits or not same:
                known.inputs = inputs
                self._queue.add(key)

    def _known_of(self, key: Key, daemon: DaemonController) -> _Known:
        """Another one of the same name is another one."""
        known = self._known.get(key)
        if known is None or known.uid != daemon.metadata.uid:
            self._forget(key)
            known = self._known[key] = _Known(daemon.metadata.uid)
        return known

    def _forget(self, key: Key) -> None:
        self._known.pop(key, None)
        self._queue.forget(key)
        self._asker.want(key, [], self._group)
        self._world.barrier.forget(key)

    async def _sync(self, key: Key) -> float | None:
        """Seconds until the next look. Raises what kept it from its work."""
        daemon = self._world.following.of(DAEMONS).get(key)
        if daemon is None:
            return None
        self._sight.take()
        known = self._known_of(key, daemon)
        seen = self._seen(key, daemon, known)
        decision = self._decided(seen, known)
        doer = Doer(self._world, seen, decision)
        await doer.do()
        known.memory, known.ending = doer.memory, known.ending or doer.ending
        if doer.created is not None:
            known.hold = self._world.clock.monotonic() + 1.0 + known.backoff.next()
        elif decision.creates:
            known.backoff.reset()
        self._asker.want(key, self._questions(key, decision, seen), self._group)
        if doer.wrong is not None:
            raise doer.wrong
        return min(self._again(known, decision), UNSETTLED if doer.stale else RESYNC)

    def _seen(self, key: Key, daemon: DaemonController, known: _Known) -> Seen:
        pods = self._world.following.of(PODS)
        there = {pod.metadata.uid for pod in pods.values() if not pod.terminating}
        known.waits = not self._world.settled(key, there.__contains__)
        drained = frozenset(self._asker.drained)
        return self._sight.seen(daemon, settled=not known.waits, drained=drained, terminating=known.ending)

    def _decided(self, seen: Seen, known: _Known) -> Decision:
        """After a create that was refused, nothing is created for a while: a full quota is not asked at each change of a pod."""
        decision = decide(self._world.clock.now().timestamp(), seen, known.memory)
        if self._world.clock.monotonic() < known.hold:
            return msgspec.structs.replace(decision, creates=())
        return decision

    def _questions(self, key: Key, decision: Decision, seen: Seen) -> list[Question]:
        addresses = {pod.metadata.uid: pod.status.pod_ip for pod in seen.pods}
        return [
            Question(owner=key, uid=drain.uid, address=addresses[drain.uid], port=drain.ask[0], path=drain.ask[1])
            for drain in decision.drains
            if drain.ask and addresses.get(drain.uid)
        ]

    def _again(self, known: _Known, decision: Decision) -> float:
        waits = [RESYNC, UNSETTLED if known.waits else RESYNC]
        waits += [decision.again_in] if decision.again_in is not None else []
        now = self._world.clock.monotonic()
        waits += [known.hold - now] if known.hold > now else []
        return max(min(waits), 0.05)
