"""What a controller is given: what is seen, how to call, whom to tell, what time it is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from router.base.clock import Clock
from router.base.findings import ObjectRef
from router.base.frozen import Frozen
from router.controllers.kit.barrier import Barrier, Read
from router.controllers.kit.calls import Calls
from router.controllers.kit.following import Following, Kind
from router.controllers.kit.voice import Voice
from router.controllers.writing.events import Saying
from router.facts.meta import Key


class World:
    """Of one leadership: whoever leads next begins with caches, debts and memories of its own."""

    def __init__(self, following: Following, calls: Calls, voice: Voice, clock: Clock) -> None:
        self.following, self.calls, self.voice, self.clock = following, calls, voice, clock
        self.barrier = Barrier()
        self._kinds: dict[str, Kind] = {}

    def wrote(self, owner: Key, kind: Kind, version: str) -> None:
        """A write for ``owner`` was answered with this resource version."""
        self._kinds[kind.plural] = kind
        self.barrier.wrote(owner, kind.plural, version, self.clock.monotonic())

    def settled(self, owner: Key, there: Callable[[str], bool]) -> bool:
        """Whether everything written for ``owner`` is seen. ``there``: whether a uid is shown as there and not ending."""
        return self.barrier.open(owner, lambda plural: self._read(plural, owner[0]), there, self.clock.monotonic())

    def _read(self, plural: str, namespace: str) -> Read:
        return self.following.read(self._kinds[plural], namespace)


class Controller(Protocol):
    """``kinds``: what it needs to see. ``poke``: a kind changed. ``run``: its work while we lead, once everything was read."""

    @property
    def kinds(self) -> Sequence[Kind]: ...

    def poke(self, kind: Kind) -> None: ...

    async def run(self, world: World) -> None: ...


class Gauge(Frozen):
    """One number for the metrics. ``labels``: name and value of each."""

    name: str
    help: str
    labels: tuple[tuple[str, str], ...]
    value: float


@runtime_checkable
class Measured(Protocol):
    """A controller that has numbers to show, while it leads."""

    def gauges(self, following: Following) -> Iterator[Gauge]: ...


def saying(ref: ObjectRef, uid: str, api_version: str, reporter: str, **words: str) -> Saying:
    """An Event on an object. ``words``: type, reason, action, note."""
    return Saying(
        object=ref,
        uid=uid,
        api_version=api_version,
        reporter=reporter,
        type=words["type"],
        reason=words["reason"],
        action=words.get("action", "Reconciling"),
        note=words["note"][:1000],
    )
