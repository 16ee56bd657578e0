"""From claims to the table."""

import datetime
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

from router.base.faults import Fault
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.memo import Memo
from router.base.rows import Each, Grouped, Joined, Ordered, Same
from router.certs import Certificate
from router.facts.meta import Key
from router.facts.snapshot import Snapshot
from router.settings import Settings, TcpService
from router.table import from_settings, streams, virtual
from router.table.backends import ServiceBackends
from router.table.binding import Binding
from router.table.claims import BackendRef, Claims, RouteClaim
from router.table.hosts import ANY_HOST, HostPattern
from router.table.merge import EMPTY, Merged, Merging
from router.table.resolving import Resolving, Target
from router.table.said import Said
from router.table.types import Backend, Globals, Listener, Refused, SniBinding, StreamRoute, Table, VirtualHost
from router.table.virtual import HostClaims, Made

K = TypeVar("K", bound=Hashable)


class Built(Frozen):
    """A table, and what is to be said about everything that made it. ``secrets``: those that were asked for."""

    table: Table
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    secrets: Collection[Key] = ()


def build(
    snapshot: Snapshot,
    claims: Sequence[Mapping[Any, Claims]],
    settings: Settings,
    now: datetime.datetime,
    fallback: Certificate | None,
) -> Built:
    """The table that the claims make, at once. ``fallback``: the self-signed default certificate."""
    return Building[Any]().of(snapshot, claims, settings, now, fallback)


class Building(Generic[K]):
    """Table after table. What is not touched by a change is the same object in the next one, the whole table included."""

    def __init__(self) -> None:
        self._merging = Merging[K]()
        self._hosts = _Hosts()
        self._streams = Same[Mapping[int, TcpService]]()
        self._uses = Grouped[Any, Any, BackendRef, BackendRef](_refs)
        self._resolving = Resolving()
        self._backends = _Backends()
        self._binding = Binding[K]()
        self._refused = _Refusals()
        self._said = Said()
        self._sockets = Same[frozenset[tuple[str, int]]]()
        self._listeners, self._globals = Same[tuple[Listener, ...]](), Same[Globals]()
        self._stream_routes = Same[tuple[StreamRoute, ...]]()
        self._table = Memo[Table]()

    def of(
        self,
        snapshot: Snapshot,
        claims: Sequence[Mapping[K, Claims]],
        settings: Settings,
        now: datetime.datetime,
        fallback: Certificate | None,
    ) -> Built:
        merged = self._merging.of(claims, settings.host_ownership)
        full = self._hosts.claims(merged)
        tcp, sockets = streams.wanted(settings), self._sockets.of(from_settings.sockets(settings))
        targets, services = self._resolving.of(self._uses.of(full, self._streams.of(tcp.wanted)), snapshot, sockets)
        made = self._hosts.made(targets)
        routes, about_streams = streams.routes(tcp.wanted.values(), targets, settings)
        bindings = self._binding.of(claims, merged, snapshot.secrets, settings, now, fallback)
        findings, faults = self._said.of((*claims, merged, made, targets, services, *bindings.said))
        self._table.turn()
        table = self._table.of(
            _table,
            self._listeners.of(from_settings.listeners(settings)),
            self._hosts.virtual(),
            self._backends.of(services, targets),
            bindings.sni,
            bindings.certificates,
            bindings.default,
            self._stream_routes.of(routes),
            self._refused.of(merged),
            self._globals.of(from_settings.globals_of(settings)),
        )
        said = (*findings, *tcp.findings, *about_streams, *bindings.findings)
        return Built(table=table, findings=said, faults=tuple(faults), secrets=bindings.asked)


def _table(  # noqa: PLR0917
    listeners: tuple[Listener, ...],
    hosts: tuple[VirtualHost, ...],
    backends: tuple[Backend, ...],
    sni: tuple[SniBinding, ...],
    certificates: tuple[Certificate, ...],
    default: Certificate | None,
    stream_routes: tuple[StreamRoute, ...],
    refused: tuple[Refused, ...],
    globals_: Globals,
) -> Table:
    return Table(
        listeners=listeners,
        hosts=hosts,
        backends=backends,
        certificates=certificates,
        sni=sni,
        default_certificate=default.id if default else "",
        streams=stream_routes,
        refused=refused,
        globals=globals_,
    )


def _refs(found: HostClaims | TcpService) -> Mapping[BackendRef, BackendRef]:
    return {ref: ref for ref in (found.refs if isinstance(found, HostClaims) else (streams.ref_of(found),))}


class _Hosts:
    """Virtual hosts in order of preference."""

    def __init__(self) -> None:
        self._defaults = Same[Mapping[str, RouteClaim]]()
        self._claims = Each[HostPattern, Merged, HostClaims](virtual.with_default)
        self._made = Joined[HostPattern, HostClaims, BackendRef, Target, Made](virtual.refs_of, virtual.make)
        self._virtual = Each[HostPattern, Made, VirtualHost](_virtual)
        self._ordered = Ordered[HostPattern, VirtualHost](lambda host: host.preference)
        self._full: Mapping[HostPattern, HostClaims] = {}
        self._rows: Mapping[HostPattern, Made] = {}

    def claims(self, merged: Mapping[HostPattern, Merged]) -> Mapping[HostPattern, HostClaims]:
        nobody = merged.get(ANY_HOST)
        self._full = self._claims.of(merged, self._defaults.of(nobody.defaults if nobody else EMPTY))
        return self._full

    def made(self, targets: Mapping[BackendRef, Target]) -> Mapping[HostPattern, Made]:
        self._rows = self._made.of(self._full, targets)
        return self._rows

    def virtual(self) -> tuple[VirtualHost, ...]:
        return self._ordered.of(self._virtual.of(self._rows))


def _virtual(made: Made) -> VirtualHost:
    return made.virtual


class _Backends:
    """All backends that a route leads to, those included that stand for what is missing."""

    def __init__(self) -> None:
        self._named = Grouped[Any, Any, tuple[str, str], Backend](_by_label, repr)
        self._first = Each[tuple[str, str], tuple[tuple[int, Any, Backend], ...], Backend](lambda found: found[0][2])
        self._ordered = Ordered[tuple[str, str], Backend](lambda name: name)

    def of(self, *rows: Mapping[Any, Any]) -> tuple[Backend, ...]:
        return self._ordered.of(self._first.of(self._named.of(*rows)))


def _by_label(row: ServiceBackends | Target) -> Mapping[tuple[str, str], Backend]:
    found = row.backends if isinstance(row, ServiceBackends) else ((row.missing,) if row.missing else ())
    return {(backend.label, backend.id): backend for backend in found}


class _Refusals:
    """Claims that lost, of all hosts."""

    def __init__(self) -> None:
        self._refused = Each[HostPattern, Merged, tuple[Refused, ...]](lambda merged: merged.refused or None)
        self._seen: Mapping[HostPattern, tuple[Refused, ...]] = {}
        self._made: tuple[Refused, ...] = ()

    def of(self, merged: Mapping[HostPattern, Merged]) -> tuple[Refused, ...]:
        found = self._refused.of(merged)
        if found is not self._seen:
            self._seen, self._made = found, tuple(sorted(chain.from_iterable(found.values())))
        return self._made
