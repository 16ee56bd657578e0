"""Secrets that somebody refers to, and no others: a list of all Secrets of a cluster is nobody's business.

Those of type kubernetes.io/tls are seen by one watch for each scope, if that is allowed; every other one, and all where it is
not, by a watch for its name (RBAC: ``resourceNames``).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from router.base.clock import Clock
from router.facts.core import Secret
from router.facts.meta import Fact, Key
from router.sources.kubernetes.reflector import Reflector, Target

TLS = "type=kubernetes.io/tls"
PATIENCE = 10.0
"""Seconds that everybody waits for a Secret which the API server does not give; then it counts as missing."""


def scopes(namespaces: Sequence[str]) -> tuple[Target, ...]:
    """What is watched whether or not somebody refers to it."""
    paths = [f"/api/v1/namespaces/{name}/secrets" for name in namespaces] or ["/api/v1/secrets"]
    return tuple(Target(path=path, kind=Secret, fields=TLS, optional=True) for path in paths)


def by_name(key: Key) -> Target:
    namespace, name = key
    return Target(path=f"/api/v1/namespaces/{namespace}/secrets", kind=Secret, fields=f"metadata.name={name}", optional=True)


class Secrets:
    """``wide``: the reflectors of the scopes. ``make``: a reflector for a target. Used from the event loop only."""

    def __init__(self, wide: Sequence[Reflector], make: Callable[[Target], Reflector], clock: Clock) -> None:
        self._wide, self._make, self._clock = wide, make, clock
        self._named: dict[Key, tuple[Reflector, float, Sequence[asyncio.Task[None]]]] = {}

    @property
    def named(self) -> Mapping[Key, Reflector]:
        """Those that have a watch of their own."""
        return {key: reflector for key, (reflector, _, _) in self._named.items()}

    def want(self, keys: Collection[Key], group: asyncio.TaskGroup, poke: Callable[[], None]) -> bool:
        """Follow these and let go of others. True if each was looked for (or for too long); else a poke says when."""
        needed = {key for key in keys if not any(key in r.known for r in self._wide)}
        for key in self._named.keys() - needed:
            for task in self._named.pop(key)[2]:
                task.cancel()
        for key in sorted(needed - self._named.keys()):
            reflector = self._make(by_name(key))
            tasks = (group.create_task(reflector.run(poke)), group.create_task(self._alarm(poke)))
            self._named[key] = (reflector, self._clock.monotonic() + PATIENCE, tasks)
        now = self._clock.monotonic()
        return all(reflector.synced or now >= until for reflector, until, _ in self._named.values())

    async def _alarm(self, poke: Callable[[], None]) -> None:
        await self._clock.sleep(PATIENCE)
        poke()

    def items(self) -> Mapping[Key, Fact]:
        """All that are known; what a scope shows goes before what a name does."""
        found: dict[Key, Fact] = {}
        for reflector in (*self.named.values(), *self._wide):
            found |= reflector.known
        return found
