"""What controllers see of the cluster: each kind followed once, in all namespaces or in those that were named."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from router.base.clock import Clock
from router.base.frozen import Frozen
from router.controllers.kit.barrier import Read
from router.controllers.kit.calls import path_of
from router.facts.meta import Fact, Key
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.transport import Transport
from router.sources.source import Check

F = TypeVar("F", bound=Fact)
LISTS_AT_ONCE = 3


class Kind(Frozen):
    """``everywhere``: it has no namespaces. ``optional``: one that is not installed, or may not be read, counts as empty.

    ``read``: see Target.
    """

    api_version: str
    plural: str
    fact: type[Fact]
    everywhere: bool = False
    optional: bool = False
    read: Callable[[msgspec.Raw], Fact] | None = None


def targets(kind: Kind, namespaces: Sequence[str]) -> tuple[Target, ...]:
    scopes = [""] if kind.everywhere or not namespaces else namespaces
    return tuple(
        Target(path=path_of(kind.api_version, kind.plural, ns), kind=kind.fact, optional=kind.optional, read=kind.read)
        for ns in scopes
    )


class Following:
    """Two controllers that need the same kind share it."""

    def __init__(self, kinds: Sequence[Kind], namespaces: Sequence[str], transport: Transport, clock: Clock) -> None:
        lists = asyncio.Semaphore(LISTS_AT_ONCE)
        self._by_fact: dict[type[Fact], tuple[Reflector, ...]] = {
            kind.fact: tuple(Reflector(target, transport, clock, lists) for target in targets(kind, namespaces))
            for kind in dict.fromkeys(kinds)
        }

    @property
    def reflectors(self) -> tuple[Reflector, ...]:
        return tuple(r for group in self._by_fact.values() for r in group)

    @property
    def synced(self) -> bool:
        return all(r.synced for r in self.reflectors)

    def health(self) -> tuple[Check, ...]:
        return tuple(r.check for r in self.reflectors)

    def of(self, fact: type[F]) -> Mapping[Key, F]:
        """All objects of a kind by (namespace, name). Not to be kept over an ``await``."""
        group = self._by_fact[fact]
        if len(group) == 1:
            return group[0].known  # type: ignore[return-value]
        return {key: item for r in group for key, item in r.known.items()}  # type: ignore[misc]

    def read(self, fact: type[Fact], namespace: str = "") -> Read:
        """How much was seen of a kind; with several scopes of the one that ``namespace`` is in."""
        group = self._by_fact[fact]
        inside = (
            [r for r in group if f"/namespaces/{namespace}/" in f"{r.target.path}/"] if namespace and len(group) > 1 else group
        )
        return Read(version=min(r.version for r in inside), listed=min(r.listed for r in inside))

    async def run(self, poke: Callable[[type[Fact]], None]) -> None:
        """Until cancelled. ``poke`` hears which kind changed."""

        def poked(fact: type[Fact]) -> Callable[[], None]:
            return lambda: poke(fact)

        async with asyncio.TaskGroup() as group:
            for fact, reflectors in self._by_fact.items():
                for reflector in reflectors:
                    group.create_task(reflector.run(poked(fact)), name=reflector.target.name)
