"""Ports of the host that pods hold. Two pods that need the same one can not be on a node at once: the second waits."""

from collections.abc import Iterable

from router.controllers.daemon.types import HostPorts, Update
from router.facts.pods import Pod, PodSpec

HostPort = tuple[str, str, int]
"""(protocol, address, port); the address is empty for all."""


def held(spec: PodSpec) -> frozenset[HostPort]:
    """What the scheduler counts. On the host's network each container port is a host port (core/v1 defaults)."""
    found = set()
    for container in spec.containers:
        for port in container.ports:
            number = port.host_port or (port.container_port if spec.host_network else 0)
            if number:
                address = "" if port.host_ip in ("", "0.0.0.0", "::") else port.host_ip  # noqa: S104 -- compared only
                found.add((port.protocol or "TCP", address, number))
    return frozenset(found)


def met(one: Iterable[HostPort], other: Iterable[HostPort]) -> list[HostPort]:
    """Those of ``one`` that clash with one of ``other``."""
    by_port: dict[tuple[str, int], set[str]] = {}
    for protocol, address, number in other:
        by_port.setdefault((protocol, number), set()).add(address)
    return sorted(
        (protocol, address, number)
        for protocol, address, number in one
        if (taken := by_port.get((protocol, number))) and (not address or "" in taken or address in taken)
    )


def shares(update: Update, spec: PodSpec) -> bool:
    """Whether pods are made without declared ports, because they share them by SO_REUSEPORT. Only on the host's network: behind a
    declared hostPort there is one address of one pod."""
    return update.host_ports is HostPorts.SHARE and spec.host_network


def why_no_surge(update: Update, spec: PodSpec, old: Iterable[Pod]) -> str:
    """Why the new pod can not start beside one of the old ones; empty if it can. The end of a sentence.

    Without old pods the template is held against itself: the next surge would meet it.
    """
    if not update.surges or shares(update, spec):
        return ""
    others = [pod.spec for pod in old] or [spec]
    if clash := met(held(spec), {port for other in others for port in held(other)}):
        return f"the new pod needs the host port {words(clash)}, which the old one holds"
    if spec.host_network and any(other.host_network for other in others):
        return "both pods are on the host's network, where they may need the same ports"
    return ""


def words(ports: Iterable[HostPort]) -> str:
    """``80/TCP, 10.0.0.1:443/TCP``"""
    return ", ".join(f"{f'{address}:' if address else ''}{number}/{protocol}" for protocol, address, number in ports)
