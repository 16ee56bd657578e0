"""A reflector, or the whole source, that follows the test cluster from within a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from router.base.clock import SystemClock
from router.facts.core import Service
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.source import KubernetesSource
from tests.support.cluster.api import Object
from tests.support.cluster.cable import Cable, cable, through
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.gateway import READ

SERVICES = [{"apiGroups": [""], "resources": ["services"], "verbs": READ}]


async def until(test: Callable[[], Any], limit: float = 60, said: Callable[[], str] = str) -> None:
    """As of the cluster's, while this loop runs on."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit):
            while not test():
                await asyncio.sleep(0.02)
            return
    raise AssertionError(f"not within {limit} s: {said()}")


class Followed:
    """A reflector that runs, through a cable. ``user``: its service account, for the audit log."""

    def __init__(self, cluster: Cluster, reflector: Reflector, link: Cable, user: str) -> None:
        self.cluster, self.reflector, self.cable, self.user = cluster, reflector, link, user
        self.pokes = 0

    def poke(self) -> None:
        self.pokes += 1

    @property
    def names(self) -> list[str]:
        return sorted(name for _, name in self.reflector.state[0])

    async def follows(self) -> None:
        await until(lambda: self.reflector.synced and not self.reflector.problem, said=lambda: self.reflector.problem)

    async def say(self, *items: Object) -> None:
        await asyncio.to_thread(self.cluster.api.apply, *items)

    async def unsay(self, *items: Object) -> None:
        await asyncio.to_thread(self.cluster.api.delete, *items)

    async def asked(self) -> list[str]:
        """The addresses that were asked for, from the audit log."""
        return [str(event["requestURI"]) for event in await asyncio.to_thread(self.cluster.audit, self.user)]


@contextlib.asynccontextmanager
async def following(
    cluster: Cluster, namespace: str, target: Target | None = None, rules: list[Object] = SERVICES, everywhere: bool = False
) -> AsyncIterator[Followed]:
    name = "watcher"
    account = await asyncio.to_thread(lambda: cluster.account(namespace, name, rules, everywhere=everywhere))
    async with cable(cluster.server) as link:
        transport = ClientTransport(through(account, link.port), "")
        what = target or Target(path=f"/api/v1/namespaces/{namespace}/services", kind=Service)
        made = Reflector(what, transport, SystemClock(), asyncio.Semaphore(3))
        followed = Followed(cluster, made, link, f"system:serviceaccount:{namespace}:{name}")
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            stack.push_async_callback(transport.close)
            task = group.create_task(made.run(followed.poke))
            try:
                await followed.follows()
                yield followed
            finally:
                task.cancel()


@contextlib.asynccontextmanager
async def source_of(kubeconfig: Path, namespaces: list[str]) -> AsyncIterator[KubernetesSource]:
    made = KubernetesSource(ClientTransport(kubeconfig, ""), SystemClock(), namespaces)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run(lambda: None))
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.sleep(0.1)  # TLS connections close behind the back of their session
