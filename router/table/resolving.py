"""From references to backends: which Service and port each names, and what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from router.base.digest import digest
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, ObjectRef, error
from router.base.frozen import Frozen
from router.base.rows import Grouped, Joined
from router.facts.core import Service, ServicePort
from router.facts.discovery import EndpointSlice
from router.facts.meta import Key
from router.facts.snapshot import Snapshot
from router.table.backends import COST, ServiceBackends, Sockets, read_backends
from router.table.claims import BackendRef
from router.table.types import Backend

Uses = tuple[tuple[int, Any, BackendRef], ...]
"""Who refers to a Service port, as ``Grouped`` gives it: all name the same reference."""
Facts = tuple[tuple[int, Key, Service | EndpointSlice], ...]
"""A Service, if it exists, and its EndpointSlices in the order of their names."""


class Target(Frozen):
    """What a reference leads to. ``id``: of the backend. ``port``: of the Service ``key``; None if something is missing: then
    ``missing`` is the backend without endpoints that stands for it, and ``reason`` a finding's word, empty after a fault."""

    id: str
    key: Key
    port: ServicePort | None = None
    reason: str = ""
    missing: Backend | None = None
    faults: tuple[Fault, ...] = ()

    def complaint(self, owner: ObjectRef, field: str) -> Finding | None:
        """The owner's error if the Service or its port does not exist. (No endpoints is the Service's own warning.)"""
        if not self.missing or not self.reason:
            return None
        message = f"{self.missing.problem}; the route answers 503."
        return error(owner, field, self.reason, message, "Create it, or name another one.")


class Resolving:
    """References of routes to backends. A Service that is not touched by a change costs nothing."""

    def __init__(self) -> None:
        self._facts = Grouped[Key, Service | EndpointSlice, Key, Service | EndpointSlice](_of_service)
        self._targets = Joined[BackendRef, Uses, Key, Facts, Target](_service_of_uses, _guarded_target)
        self._ports = Grouped[BackendRef, Target, Key, Target](_port_of, _rank)
        self._backends = Joined[Key, tuple[tuple[int, BackendRef, Target], ...], Key, Facts, ServiceBackends](
            _service_of_targets, _backends_of
        )

    def of(
        self, uses: Mapping[BackendRef, Uses], snapshot: Snapshot, sockets: Sockets
    ) -> tuple[Mapping[BackendRef, Target], Mapping[Key, ServiceBackends]]:
        """(reference -> target, Service -> its backends). ``sockets``: the same object while they are the same."""
        facts = self._facts.of(snapshot.services, snapshot.slices)
        targets = self._targets.of(uses, facts)
        return targets, self._backends.of(self._ports.of(targets), facts, snapshot.shared, sockets)


def _of_service(fact: Service | EndpointSlice) -> Mapping[Key, Service | EndpointSlice]:
    return {fact.key if isinstance(fact, Service) else (fact.metadata.namespace, fact.service): fact}


def _service_of_uses(uses: Uses) -> tuple[Key]:
    ref = uses[0][2]
    return ((ref.namespace, ref.service),)


def _service_of_targets(targets: tuple[tuple[int, BackendRef, Target], ...]) -> tuple[Key]:
    return (targets[0][2].key,)


def _rank(ref: BackendRef) -> tuple[str, str, bool, str]:
    """Ports are names and numbers, which do not compare."""
    return (ref.namespace, ref.service, isinstance(ref.port, str), str(ref.port))


def _port_of(target: Target) -> Mapping[Key, Target]:
    return {target.key: target} if target.port else {}


def _guarded_target(uses: Uses, found: Sequence[Facts | None]) -> Target:
    ref = uses[0][2]
    service = ObjectRef(kind="Service", namespace=ref.namespace, name=ref.service)
    made = guarded(Step.BACKEND, service, COST, target, ref, _service(found[0]))
    if isinstance(made, Fault):
        return _missing(ref, "", f"{service} met a fault of Tidegate's own", made)
    return made


def target(ref: BackendRef, service: Service | None) -> Target:
    """One for each port of a Service, whether the port is asked for by name or by number."""
    if service is None:
        return _missing(ref, "ServiceNotFound", f"Service {ref.namespace}/{ref.service} does not exist")
    port = _port(service, ref.port)
    if port is None:
        return _missing(ref, "PortNotFound", f"Service {ref.namespace}/{ref.service} has no port {ref.port or 80}")
    return Target(id=digest("backend", *service.key, str(port.port)), key=service.key, port=port)


def _missing(ref: BackendRef, reason: str, problem: str, *faults: Fault) -> Target:
    backend = Backend(
        id=digest("missing", ref.namespace, ref.service, str(ref.port)),
        label=f"{ref.namespace}/{ref.service}:{ref.port or 80}",
        service=ObjectRef(kind="Service", namespace=ref.namespace, name=ref.service),
        problem=problem,
    )
    return Target(id=backend.id, key=(ref.namespace, ref.service), reason=reason, missing=backend, faults=faults)


def _service(facts: Facts | None) -> Service | None:
    return next((fact for _, _, fact in facts or () if isinstance(fact, Service)), None)


def _backends_of(
    targets: tuple[tuple[int, BackendRef, Target], ...], found: Sequence[Facts | None], shared: bool, sockets: Sockets
) -> ServiceBackends | None:
    service = _service(found[0])
    if service is None:
        return None
    ports = {target.id: target.port for _, _, target in targets if target.port}
    slices = [fact for _, _, fact in found[0] or () if isinstance(fact, EndpointSlice)]
    return read_backends(service, slices, ports, shared=shared, sockets=sockets)


def _port(service: Service, wanted: str | int) -> ServicePort | None:
    """By name, by number, or with 0: port 80, else the only one. An ExternalName needs no ports (core/v1 ServiceSpec)."""
    ports = [p for p in service.spec.ports if p.protocol == "TCP"]
    if wanted == 0 and len(ports) == 1:
        return ports[0]
    found = next((p for p in ports if (wanted or 80) in (p.name, p.port)), None)
    if found is None and service.spec.type == "ExternalName" and isinstance(wanted, int):
        return ServicePort(port=wanted or 80)
    return found
