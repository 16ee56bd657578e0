"""All kinds of a cluster as one Source: a reflector each, one snapshot of all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from router.base.clock import Clock
from router.base.faults import Fault
from router.base.findings import Finding
from router.facts.core import Deployment, Secret
from router.facts.meta import Fact, Key
from router.facts.snapshot import KINDS, Snapshot
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.transport import Transport
from router.sources.source import Check

State = tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]]
LISTS_AT_ONCE = 3
CLUSTER_SCOPED = frozenset({"IngressClass", "Node"})
NO_SECRETS_OF_TOOLS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token"
"""Large Secrets that hold no certificate."""
PLURALS: Mapping[str, str] = {"IngressClass": "ingressclasses", "Ingress": "ingresses"}


class KubernetesSource:
    """Satisfies Source. ``own``: (namespace, name) of the Deployment that the router runs in; empty name: none."""

    def __init__(self, transport: Transport, clock: Clock, namespaces: Sequence[str] = (), own: Key = ("", "")) -> None:
        self._transport = transport
        lists = asyncio.Semaphore(LISTS_AT_ONCE)
        self.reflectors = tuple(Reflector(t, transport, clock, lists) for t in targets(namespaces, own))
        self._made: tuple[tuple[State, ...], Snapshot] | None = None

    @property
    def synced(self) -> bool:
        return all(r.synced for r in self.reflectors)

    def snapshot(self) -> Snapshot | None:
        """None until every kind was read: half a cluster would take routes away."""
        if not self.synced:
            return None
        states = tuple(r.state for r in self.reflectors)
        if self._made is None or any(old is not new for old, new in zip(self._made[0], states, strict=True)):
            self._made = (states, self._build())
        return self._made[1]

    def _build(self) -> Snapshot:
        fields: dict[str, dict[Key, Fact]] = {field: {} for field, _ in KINDS.values()}
        by_kind = {kind: field for field, kind in KINDS.values()}
        for reflector in self.reflectors:
            fields[by_kind[reflector.target.kind]].update(reflector.state[0])
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
                for reflector in self.reflectors:
                    group.create_task(reflector.run(poke), name=reflector.target.name)
                if isinstance(self._transport, ClientTransport):
                    group.create_task(self._transport.refresh(), name="refresh")
        finally:
            await self._transport.close()


def targets(namespaces: Sequence[str], own: Key) -> tuple[Target, ...]:
    """What is followed: each kind once, or once in each of ``namespaces``; of Deployments only our own."""
    made = []
    for (version, name), (_, kind) in KINDS.items():
        base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        plural = PLURALS.get(name, name.lower() + "s")
        if kind is Deployment:
            if all(own):
                path = f"{base}/namespaces/{own[0]}/{plural}"
                made.append(Target(path=path, kind=kind, fields=f"metadata.name={own[1]}", optional=True))
            continue
        fields = NO_SECRETS_OF_TOOLS if kind is Secret else ""
        if name in CLUSTER_SCOPED or not namespaces:
            made.append(Target(path=f"{base}/{plural}", kind=kind, fields=fields, optional=name in CLUSTER_SCOPED))
            continue
        made += [Target(path=f"{base}/namespaces/{ns}/{plural}", kind=kind, fields=fields) for ns in namespaces]
    return tuple(made)


async def kubernetes_source(
    *, kubeconfig: Path | None, context: str, namespaces: Sequence[str], clock: Clock, own: Key
) -> KubernetesSource:  # fmt: skip
    """A source for the cluster of a kubeconfig, or with None for the cluster that this pod runs in.

    TidegateError if there is no configuration to be read.
    """
    transport = ClientTransport(kubeconfig, context)
    await transport.load()
    return KubernetesSource(transport, clock, namespaces, own)
