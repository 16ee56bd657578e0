"""A table without some of the objects that made it, or with only a few of them: what is served while objects are in quarantine,
and the small tables in which the guilty ones are looked for."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen
from router.certs.types import Certificate
from router.table.hosts import HostKind, HostPattern
from router.table.routes import Forward, Match, Origin, PathKind, PathMatch, Route, WeightedBackend
from router.table.types import Backend, Endpoint, StreamRoute, Table, VirtualHost

NOBODY: frozenset[ObjectRef] = frozenset()
PROBE = HostPattern(kind=HostKind.EXACT, name="probe-.invalid")
"""The host of routes to backends that no other route of a small table leads to. No object can name it: a label ends in ``-``."""

HARMLESS = Endpoint(address="192.0.2.1", port=9)
"""RFC 5737: an address of documentation. No table with it is ever served."""


class Part(Frozen):
    """What one object gives to a table. Equal parts: the object says the same, as far as a plane sees it."""

    routes: tuple[Route, ...] = ()
    backends: tuple[Backend, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    streams: tuple[StreamRoute, ...] = ()


def parts(table: Table, of: Collection[ObjectRef] | None = None) -> dict[ObjectRef, Part]:
    """What each object gives, or each of ``of``. A backend is its Service's, a certificate its Secret's."""
    found: dict[ObjectRef, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for owner, field, item in _items(table):
        if of is None or owner in of:
            found[owner][field].append(item)
    return {owner: Part(**{k: tuple(v) for k, v in fields.items()}) for owner, fields in found.items()}  # type: ignore[arg-type]


def _items(table: Table) -> Iterator[tuple[ObjectRef, str, object]]:
    for virtual in table.hosts:
        for route in virtual.routes:
            yield route.origin.object, "routes", route
    for backend in table.backends:
        yield backend.service, "backends", backend
    for certificate in table.certificates:
        if owner := secret_of(certificate):
            yield owner, "certificates", certificate
    for stream in table.streams:
        yield stream.origin.object, "streams", stream


def secret_of(certificate: Certificate) -> ObjectRef | None:
    """The Secret that holds it; None for the router's own."""
    kind, _, where = certificate.source.partition(" ")
    namespace, slash, name = where.partition("/")
    return ObjectRef(kind=kind, namespace=namespace, name=name) if slash else None


def without(table: Table, shut: AbstractSet[ObjectRef] = NOBODY, out: AbstractSet[ObjectRef] = NOBODY) -> Table:
    """The table to serve. Routes of ``shut`` answer 503 and nothing else, so that leaving out a deny opens nothing; those of
    ``out`` are not there. Backends of either have no endpoints, certificates of either are gone."""
    gone = shut | out
    if not gone:
        return table
    hosts = (_host(virtual, shut, out) for virtual in table.hosts)
    return _without_certificates(
        msgspec.structs.replace(
            table,
            hosts=tuple(virtual for virtual in hosts if virtual),
            backends=tuple(_emptied(b) if b.service in gone else b for b in table.backends),
        ),
        gone,
    )


def _host(virtual: VirtualHost, shut: AbstractSet[ObjectRef], out: AbstractSet[ObjectRef]) -> VirtualHost | None:
    """The host with what is left of its routes. None if all that named it is out: the name may be what the plane refuses."""
    owners = {r.origin.object for r in virtual.routes}
    if owners.isdisjoint(shut) and owners.isdisjoint(out):
        return virtual
    routes = tuple(r.shut if r.origin.object in shut else r for r in virtual.routes if r.origin.object not in out)
    return msgspec.structs.replace(virtual, routes=routes) if routes else None


def _emptied(backend: Backend) -> Backend:
    return msgspec.structs.replace(backend, endpoints=(), problem=f"{backend.service} is left out")


def _without_certificates(table: Table, gone: AbstractSet[ObjectRef]) -> Table:
    kept = tuple(c for c in table.certificates if secret_of(c) not in gone)
    if len(kept) == len(table.certificates):
        return table
    names = {c.id for c in kept}
    return msgspec.structs.replace(
        table,
        certificates=kept,
        sni=tuple(s for s in table.sni if s.certificate in names),
        default_certificate=table.default_certificate if table.default_certificate in names else "",
    )


def alone(table: Table, whole: AbstractSet[ObjectRef] = NOBODY, shut: AbstractSet[ObjectRef] = NOBODY) -> Table:
    """A small table to try: the objects of ``whole`` as they are, those of ``shut`` with 503, and nobody else's anything.

    A backend whose Service is not among ``whole`` has an endpoint of ours, so that its routes say all that they say; one of
    ``whole`` that no route leads to gets a route of its own."""
    hosts = []
    for virtual in table.hosts:
        routes = tuple(_alone(virtual.routes, whole, shut))
        if routes:
            hosts.append(msgspec.structs.replace(virtual, routes=routes))
    backends = tuple(b if b.service in whole else _stand_in(b) for b in table.backends)
    named = {w.backend for v in hosts for r in v.routes if isinstance(r.action, Forward) for w in r.action.backends}
    probes = tuple(_probe(b) for b in backends if b.service in whole and b.endpoints and b.id not in named)
    if probes:
        hosts.append(VirtualHost(host=PROBE, listeners=tuple(li.name for li in table.listeners), routes=probes))
    streams = tuple(s for s in table.streams if s.origin.object in whole)
    used = named | {b.id for b in backends if b.service in whole} | {s.backend for s in streams}
    small = msgspec.structs.replace(
        table,
        hosts=tuple(hosts),
        backends=tuple(b for b in backends if b.id in used),
        streams=streams,
    )
    return _without_certificates(small, {o for c in table.certificates if (o := secret_of(c)) and o not in whole})


def _stand_in(backend: Backend) -> Backend:
    """The same for routes that lead to it, without anything that its Service says."""
    endpoints = (HARMLESS,) if backend.endpoints else ()
    return msgspec.structs.replace(backend, label="", endpoints=endpoints, tls=None, proxy_protocol=0)


def _alone(routes: tuple[Route, ...], whole: AbstractSet[ObjectRef], shut: AbstractSet[ObjectRef]) -> Iterator[Route]:
    for route in routes:
        if route.origin.object in whole:
            yield route
        elif route.origin.object in shut:
            yield route.shut


def _probe(backend: Backend) -> Route:
    return Route(
        id=f"probe-{backend.id}",
        origin=Origin(dialect="probe", object=backend.service),
        match=Match(path=PathMatch(kind=PathKind.EXACT, value=f"/{backend.id}")),
        action=Forward(backends=(WeightedBackend(backend=backend.id),)),
    )
