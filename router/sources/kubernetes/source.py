"""All kinds of a cluster as one Source: a reflector each, one snapshot of all."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from router.base.clock import Clock
from router.base.faults import Fault
from router.base.findings import Finding
from router.facts.core import Deployment, Node, Secret, Service
from router.facts.meta import Fact, Key
from router.facts.pods import Pod
from router.facts.snapshot import KINDS, Snapshot
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.secrets import Secrets, scopes
from router.sources.kubernetes.transport import Transport
from router.sources.source import Check

State = tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]]
LISTS_AT_ONCE = 3
CLUSTER_SCOPED = frozenset({"IngressClass"})
UNUSED = frozenset({"Node", "Pod"})
"""What no table is made of."""
PLURALS: Mapping[str, str] = {"IngressClass": "ingressclasses", "Ingress": "ingresses"}


class KubernetesSource:
    """Satisfies Source. ``own``: (namespace, name) of the Deployment that the router runs in; empty name: none. ``more``: what
    is followed besides."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        namespaces: Sequence[str] = (),
        own: Key = ("", ""),
        more: Sequence[Target] = (),
    ) -> None:
        self._transport = transport
        lists = asyncio.Semaphore(LISTS_AT_ONCE)

        def make(target: Target) -> Reflector:
            return Reflector(target, transport, clock, lists)

        self._wide = tuple(map(make, scopes(namespaces)))
        self._base = (*map(make, targets(namespaces, own)), *map(make, more), *self._wide)
        self.secrets = Secrets(self._wide, make, clock)
        self._made: tuple[tuple[State, ...], Snapshot] | None = None
        self._running: tuple[asyncio.TaskGroup, Callable[[], None]] | None = None

    @property
    def reflectors(self) -> tuple[Reflector, ...]:
        return (*self._base, *self.secrets.named.values())

    @property
    def synced(self) -> bool:
        return all(r.synced for r in self._base)

    def snapshot(self) -> Snapshot | None:
        """None until every kind was read: half a cluster would take routes away."""
        if not self.synced:
            return None
        states = tuple(r.state for r in self.reflectors)
        if self._made is None or tuple(map(id, self._made[0])) != tuple(map(id, states)):
            self._made = (states, self._build())
        return self._made[1]

    def want(self, secrets: Collection[Key]) -> bool:
        """See Source. Nobody has a snapshot to want anything from before this runs."""
        return self._running is None or self.secrets.want(secrets, *self._running)

    def _build(self) -> Snapshot:
        by_kind: dict[type[Fact], list[Mapping[Key, Fact]]] = {kind: [] for _, kind in KINDS.values()}
        for reflector in self._base:
            by_kind[reflector.target.kind].append(reflector.state[0])
        by_kind[Secret].append(self.secrets.items())
        fields = {field: _joined([found for found in by_kind[kind] if found]) for field, kind in KINDS.values()}
        said = [f for r in self.reflectors for _, f in sorted(r.state[1].items(), key=lambda item: item[0])]
        findings = tuple(f for f in said if isinstance(f, Finding))
        faults = tuple(f for f in said if isinstance(f, Fault))
        typed: dict[str, Any] = dict(fields)
        return Snapshot(**typed, findings=findings, faults=faults, shared=True)

    def health(self) -> tuple[Check, ...]:
        return tuple(r.check for r in self.reflectors)

    async def run(self, poke: Callable[[], None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._running = (group, poke)
                for reflector in self._base:
                    group.create_task(reflector.run(poke), name=reflector.target.name)
                if isinstance(self._transport, ClientTransport):
                    group.create_task(self._transport.refresh(), name="refresh")
        finally:
            self._running = None
            await self._transport.close()


def targets(namespaces: Sequence[str], own: Key) -> tuple[Target, ...]:
    """What is followed besides Secrets: each kind once, or once in each of ``namespaces``; of Deployments only our own."""
    made = []
    for (version, name), (_, kind) in KINDS.items():
        base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        plural = PLURALS.get(name, name.lower() + "s")
        if kind is Secret or name in UNUSED:
            continue
        if kind is Deployment:
            if all(own):
                path = f"{base}/namespaces/{own[0]}/{plural}"
                made.append(Target(path=path, kind=kind, fields=f"metadata.name={own[1]}", optional=True))
        elif name in CLUSTER_SCOPED or not namespaces:
            made.append(Target(path=f"{base}/{plural}", kind=kind, optional=name in CLUSTER_SCOPED))
        else:
            made += [Target(path=f"{base}/namespaces/{ns}/{plural}", kind=kind) for ns in namespaces]
    return tuple(made)


def beside(namespaces: Sequence[str], also: str) -> tuple[Target, ...]:
    """One Service (``also``: NAMESPACE/NAME) that is not in the namespaces that are followed."""
    namespace, _, name = also.partition("/")
    if not also or not namespaces or namespace in namespaces:
        return ()
    return (Target(path=f"/api/v1/namespaces/{namespace}/services", kind=Service, fields=f"metadata.name={name}", optional=True),)


def routers(namespace: str, addresses: str) -> tuple[Target, ...]:
    """What says where routers run: pods of ``namespace``; Nodes for ``external`` addresses only, of which pods know nothing."""
    if addresses == "off":
        return ()
    pods = Target(path=f"/api/v1/namespaces/{namespace}/pods", kind=Pod, optional=True, calm=True)
    return (pods, Target(path="/api/v1/nodes", kind=Node, optional=True, calm=True)) if addresses == "external" else (pods,)


def _joined(parts: Sequence[Mapping[Key, Fact]]) -> Mapping[Key, Fact]:
    """All of them; one alone is not copied."""
    return parts[0] if len(parts) == 1 else {key: fact for part in parts for key, fact in part.items()}


async def kubernetes_source(
    *, kubeconfig: Path | None, context: str, namespaces: Sequence[str], clock: Clock, own: Key, more: Sequence[Target] = ()
) -> KubernetesSource:  # fmt: skip
    """A source for the cluster of a kubeconfig, or with None for the cluster that this pod runs in.

    TidegateError if there is no configuration to be read.
    """
    transport = ClientTransport(kubeconfig, context)
    await transport.load()
    return KubernetesSource(transport, clock, namespaces, own, more)
