"""From claims to the table."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

from router.base import faults
from router.base.digest import digest
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.certs import Certificate, covers
from router.facts.snapshot import Snapshot
from router.settings import Settings, TcpService
from router.table import from_settings
from router.table.backends import Resolver
from router.table.claims import BackendRef, Claims, ForwardTo, RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.merge import Granted, merge
from router.table.routes import Action, Forward, Origin, Policy, Respond, Route, WeightedBackend
from router.table.sni import Bound, Chooser, best, foreign, guards
from router.table.types import Backend, SniBinding, StreamRoute, Table, VirtualHost

EVERYWHERE = (from_settings.HTTP, from_settings.HTTPS)


class Built(Frozen):
    """A table, and what is to be said about the claims that made it."""

    table: Table
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


def build(
    snapshot: Snapshot, claims: Sequence[Claims], settings: Settings, now: datetime.datetime, fallback: Certificate | None
) -> Built:
    """The table that the claims make. ``fallback``: the self-signed default certificate."""
    granted = merge((route for c in claims for route in c.routes), settings.host_ownership)
    routes = _Routes(Resolver(snapshot))
    hosts = routes.hosts(granted)
    streams = routes.streams(settings)
    chooser = Chooser(snapshot.secrets, now)
    default = chooser.named(settings.default_certificate, "--default-certificate") or fallback
    wishes = [wish for c in claims for wish in c.certificates if granted.admits(wish.host, wish.origin.object)]
    bound = _bound(chooser, chooser.bind(wishes), granted, settings, default)
    bare = _without_certificate(hosts, granted, bound, {wish.host for wish in wishes}, default)
    certificates = {c.id: c for c in (*(b.certificate for b in bound.values()), *([default] if default else []))}
    table = Table(
        listeners=from_settings.listeners(settings),
        hosts=hosts,
        backends=routes.backends(),
        certificates=tuple(certificates[key] for key in sorted(certificates)),
        sni=tuple(sorted(SniBinding(host=host, certificate=b.certificate.id) for host, b in bound.items())),
        default_certificate=default.id if default else "",
        streams=streams,
        refused=granted.refused,
        globals=from_settings.globals_of(settings),
    )
    said = (*granted.findings, *routes.findings, *chooser.findings, *bare)
    return Built(table=table, findings=said, faults=(*routes.faults, *chooser.faults))


class _Routes:
    """Turns granted claims into routes, and keeps the backends that they use."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._said: dict[Finding, None] = {}
        self._used: dict[str, Backend] = {}
        self._faults: list[Fault] = []

    @property
    def findings(self) -> list[Finding]:
        return [*self._said, *self._resolver.findings]

    @property
    def faults(self) -> list[Fault]:
        return [*self._faults, *self._resolver.faults]

    def backends(self) -> tuple[Backend, ...]:
        return tuple(sorted(self._used.values(), key=lambda b: (b.label, b.id)))

    def hosts(self, granted: Granted) -> tuple[VirtualHost, ...]:
        """In order of preference. A host without a default backend of its own gets the global one."""
        named = {**granted.hosts, **({ANY_HOST: granted.hosts.get(ANY_HOST, ())} if granted.default else {})}
        return tuple(
            VirtualHost(
                host=host,
                listeners=EVERYWHERE,
                routes=tuple(self._guarded(host, claim) for claim in _with_default(named[host], granted.default)),
                owner=granted.owners.get(host, ""),
            )
            for host in sorted(named, key=lambda h: h.preference)
        )

    def _guarded(self, host: HostPattern, claim: RouteClaim) -> Route:
        """The route; after a fault of ours, the same match without anything else, which answers 503."""
        made = guarded(Step.ROUTE, claim.origin.object, faults.SHUT, self._route, host, claim)
        if isinstance(made, Fault):
            self._faults.append(made)
            return _route(host, claim, Respond(status=503), Policy())
        return made

    def _route(self, host: HostPattern, claim: RouteClaim) -> Route:
        return _route(host, claim, self._action(claim), claim.policy)

    def _action(self, claim: RouteClaim) -> Action:
        if not isinstance(claim.action, ForwardTo):
            return claim.action or Forward()
        field = claim.action.field or claim.field
        weighted = tuple(
            WeightedBackend(backend=self._backend(ref, claim.origin.object, field).id, weight=weight)
            for ref, weight in claim.action.backends
        )
        return Forward(backends=weighted, rewrite=claim.action.rewrite)

    def _backend(self, ref: BackendRef, owner: ObjectRef, field: str) -> Backend:
        backend = self._resolver.backend(ref)
        self._used[backend.id] = backend
        if complaint := self._resolver.complaint(ref, owner, field):
            self._said.setdefault(complaint)
        return backend

    def streams(self, settings: Settings) -> tuple[StreamRoute, ...]:
        made: dict[int, StreamRoute] = {}
        web = {settings.http.port, settings.https.port}
        for tcp in settings.tcp:
            if tcp.listen in web or tcp.listen in made:
                message = f"--tcp {tcp.listen}: this port is already in use; {tcp.namespace}/{tcp.service} is not served."
                self._said.setdefault(error(None, "--tcp", "PortTaken", message, "Choose another port."))
            else:
                made[tcp.listen] = self._stream(tcp, settings.connect_timeout)
        return tuple(made[port] for port in sorted(made))

    def _stream(self, tcp: TcpService, connect_timeout: int) -> StreamRoute:
        service = ObjectRef(kind="Service", namespace=tcp.namespace, name=tcp.service)
        origin = Origin(dialect="settings", object=service, rule=f"--tcp {tcp.listen}")
        ref = BackendRef(namespace=tcp.namespace, service=tcp.service, port=tcp.port)
        return StreamRoute(
            id=digest("stream", str(tcp.listen), str(origin)),
            listener=from_settings.stream_listener(tcp.listen),
            origin=origin,
            backend=self._backend(ref, service, origin.rule).id,
            connect_timeout=connect_timeout,
        )


def _route(host: HostPattern, claim: RouteClaim, action: Action, policy: Policy) -> Route:
    match = claim.match
    identity = (str(host), match.path.kind, match.path.value, match.method, repr(match.headers), repr(match.query))
    return Route(
        id=digest("route", *identity, str(claim.fallback), claim.origin.dialect, str(claim.origin)),
        origin=claim.origin,
        match=match,
        action=action,
        policy=policy,
        fallback=claim.fallback,
    )


def _with_default(claims: tuple[RouteClaim, ...], default: RouteClaim | None) -> tuple[RouteClaim, ...]:
    return (*claims, default) if default and not any(c.fallback for c in claims) else claims


def _bound(
    chooser: Chooser, own: Mapping[HostPattern, Bound], granted: Granted, settings: Settings, default: Certificate | None
) -> dict[HostPattern, Bound]:
    """The tenants' bindings, the platform's, and those that keep one tenant's wildcard from another tenant's host."""
    platform = chooser.named(settings.platform_certificate, "--platform-certificate")
    below = HostPattern(kind=HostKind.ONE_LABEL, name=settings.platform_domain)
    spare = [Bound(host=below, certificate=platform)] if platform and settings.platform_domain else []
    bound = {**{b.host: b for b in spare}, **own}
    spare += [Bound(host=ANY_HOST, certificate=default)] if default else []
    exact = {host: granted.namespaces(host) for host in granted.hosts if host.kind is HostKind.EXACT}
    return bound | {b.host: b for b in guards(exact, bound, spare)}


def _without_certificate(
    hosts: Iterable[VirtualHost],
    granted: Granted,
    bound: Mapping[HostPattern, Bound],
    asked: set[HostPattern],
    default: Certificate | None,
) -> list[Finding]:
    """A warning for each host that sends clients to HTTPS with a certificate that does not name it. ``asked``: hosts whose
    owners were told already."""
    findings = []
    for virtual in hosts:
        host, name = virtual.host, str(virtual.host)
        secured = next((r for r in virtual.routes if (r.policy.https_redirect or r.policy.hsts) and not r.fallback), None)
        given = best(host, bound)
        own = given and not foreign(given, granted.namespaces(host)) and covers(given.certificate, name)
        if secured is None or own or host in asked or (default and covers(default, name)):
            continue
        message = f"{name} sends clients to HTTPS, but has no certificate of its own; the default one is served."
        fix = "Name a Secret with a certificate for it."
        findings.append(warning(secured.origin.object, secured.origin.rule, "HostWithoutCertificate", message, fix))
    return findings
