"""What controllers see of the cluster: each kind followed once, in all namespaces or in those that were named."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from router.base.clock import Clock
from router.base.frozen import Frozen
from router.controllers.kit.barrier import Read
from router.controllers.kit.calls import path_of
from router.facts.meta import Fact, Key
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.transport import Transport
from router.sources.source import Check

LISTS_AT_ONCE = 3


class Kind(Frozen, cache_hash=True):
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
        self._by_kind: dict[Kind, tuple[Reflector, ...]] = {
            kind: tuple(Reflector(target, transport, clock, lists) for target in targets(kind, namespaces))
            for kind in dict.fromkeys(kinds)
        }

    @property
    def reflectors(self) -> tuple[Reflector, ...]:
        return tuple(r for group in self._by_kind.values() for r in group)

    def seen(self, kinds: Sequence[Kind]) -> bool:
        """Whether each of these was read once."""
        return all(r.synced for kind in kinds for r in self._by_kind[kind])

    def health(self) -> tuple[Check, ...]:
        return tuple(r.check for r in self.reflectors)

    def of(self, kind: Kind) -> Mapping[Key, Any]:
        """All objects of a kind by (namespace, name). Not to be kept over an ``await``."""
        group = self._by_kind[kind]
        if len(group) == 1:
            return group[0].known
        return {key: item for r in group for key, item in r.known.items()}

    def read(self, kind: Kind, namespace: str = "") -> Read:
        """How much was seen of a kind; with several scopes of the one that ``namespace`` is in."""
        group = self._by_kind[kind]
        if namespace and len(group) > 1:
            group = tuple(r for r in group if f"/namespaces/{namespace}/" in r.target.path)
        return Read(version=min(r.version for r in group), listed=min(r.listed for r in group))

    async def run(self, poke: Callable[[Kind], None]) -> None:
        """Until cancelled. ``poke`` hears which kind changed."""

        def poked(kind: Kind) -> Callable[[], None]:
            return lambda: poke(kind)

        async with asyncio.TaskGroup() as group:
            for kind, reflectors in self._by_kind.items():
                for reflector in reflectors:
                    group.create_task(reflector.run(poked(kind)), name=reflector.target.name)
