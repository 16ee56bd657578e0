"""From claims to the table."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from router.base.digest import digest
from router.base.findings import Finding, ObjectRef, warning
from router.certs import Certificate, covers
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.backends import Resolver, missing
from router.table.claims import BackendRef, CertificateClaim, Claims, ForwardTo, RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.merge import Granted, merge
from router.table.routes import Action, Buffering, Forward, Origin, Route, WeightedBackend
from router.table.sni import Chooser
from router.table.types import (
    Backend,
    Globals,
    Gzip,
    Listener,
    Protocol,
    SniBinding,
    StreamRoute,
    Table,
    TlsProfile,
    VirtualHost,
)  # fmt: skip

EVERYWHERE = ("http", "https")


def build(
    snapshot: Snapshot, claims: Sequence[Claims], settings: Settings, now: datetime.datetime, fallback: Certificate | None
) -> tuple[Table, list[Finding]]:
    """The table that the claims make, and what is to be said about them. ``fallback``: the self-signed default certificate."""
    granted = merge((route for c in claims for route in c.routes), settings.host_ownership)
    routes = _Routes(Resolver(snapshot))
    hosts = routes.hosts(granted)
    streams = routes.streams(settings)
    chooser = Chooser(snapshot.secrets, now)
    wishes = [wish for c in claims for wish in c.certificates]
    sni, certificates = chooser.bindings(wishes, granted.owners)
    sni, certificates = _with_platform(
        sni, certificates, chooser.named(settings.platform_certificate, "--platform-certificate"), settings
    )
    default = chooser.named(settings.default_certificate, "--default-certificate") or fallback
    if default:
        certificates = tuple(sorted({c.id: c for c in (*certificates, default)}.values(), key=lambda c: c.id))
    bare = _without_certificate(hosts, sni, wishes, default)
    table = Table(
        listeners=_listeners(settings),
        hosts=hosts,
        backends=routes.backends(),
        certificates=certificates,
        sni=sni,
        default_certificate=default.id if default else "",
        streams=streams,
        globals=_globals(settings),
    )
    return table, [*granted.findings, *routes.findings, *routes.resolver.findings, *chooser.findings, *bare]


class _Routes:
    """Turns granted claims into routes, and keeps the backends that they use."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.findings: list[Finding] = []
        self._told: set[Finding] = set()
        self._used: dict[str, Backend] = {}

    def backends(self) -> tuple[Backend, ...]:
        return tuple(self._used[key] for key in sorted(self._used))

    def hosts(self, granted: Granted) -> tuple[VirtualHost, ...]:
        hosts = []
        patterns = {*granted.hosts, *([ANY_HOST] if granted.default else [])}
        for host in sorted(patterns, key=lambda h: h.preference):
            claims = granted.hosts.get(host, ())
            if granted.default and not any(c.fallback for c in claims):
                claims = (*claims, granted.default)
            routes = tuple(self._route(host, claim) for claim in claims)
            hosts.append(VirtualHost(host=host, listeners=EVERYWHERE, routes=routes, owner=granted.owners.get(host, "")))
        return tuple(hosts)

    def _route(self, host: HostPattern, claim: RouteClaim) -> Route:
        match = claim.match
        identity = (str(host), match.path.kind, match.path.value, match.method, repr(match.headers), repr(match.query))
        return Route(
            id=digest("route", *identity, str(claim.fallback), claim.origin.dialect, str(claim.origin)),
            origin=claim.origin,
            match=match,
            action=self._action(claim),
            policy=claim.policy,
            fallback=claim.fallback,
        )

    def _action(self, claim: RouteClaim) -> Action:
        if not isinstance(claim.action, ForwardTo):
            return claim.action
        field = claim.action.field or claim.field
        weighted = tuple(
            WeightedBackend(backend=self._backend(ref, claim.origin.object, field).id, weight=weight)
            for ref, weight in claim.action.backends
        )
        return Forward(backends=weighted, rewrite=claim.action.rewrite)

    def _backend(self, ref: BackendRef, owner: ObjectRef, field: str) -> Backend:
        backend = self.resolver.backend(ref)
        self._used[backend.id] = backend
        said = missing(backend, owner, field)
        if said and said not in self._told:
            self._told.add(said)
            self.findings.append(said)
        return backend

    def streams(self, settings: Settings) -> tuple[StreamRoute, ...]:
        made = []
        for tcp in sorted(settings.tcp):
            service = ObjectRef(kind="Service", namespace=tcp.namespace, name=tcp.service)
            rule = f"--tcp {tcp.listen}"
            backend = self._backend(BackendRef(namespace=tcp.namespace, service=tcp.service, port=tcp.port), service, rule)
            origin = Origin(dialect="settings", object=service, rule=rule)
            identity = digest("stream", str(tcp.listen), str(origin))
            made.append(
                StreamRoute(
                    id=identity,
                    listener=_stream_listener(tcp.listen),
                    origin=origin,
                    backend=backend.id,
                    connect_timeout=settings.connect_timeout,
                )
            )
        return tuple(made)


def _stream_listener(port: int) -> str:
    return f"tcp-{port}"


def _listeners(settings: Settings) -> tuple[Listener, ...]:
    proxied = settings.proxy_protocol
    address = settings.http.host
    web = (("http", Protocol.HTTP, settings.http), ("https", Protocol.HTTPS, settings.https))
    made = [Listener(name=n, port=a.port, protocol=p, address=a.host, proxy_protocol=proxied) for n, p, a in web]
    made += [
        Listener(name=_stream_listener(port), port=port, protocol=Protocol.TCP, address=address, proxy_protocol=proxied)
        for port in sorted({tcp.listen for tcp in settings.tcp})
    ]
    return tuple(sorted(made))


def _with_platform(
    sni: tuple[SniBinding, ...], certificates: tuple[Certificate, ...], platform: Certificate | None, settings: Settings
) -> tuple[tuple[SniBinding, ...], tuple[Certificate, ...]]:
    """The operator's certificate for all hosts directly below the platform domain that have none of their own."""
    pattern = HostPattern(kind=HostKind.ONE_LABEL, name=settings.platform_domain)
    if not platform or not settings.platform_domain or any(b.host == pattern for b in sni):
        return sni, certificates
    bound = tuple(sorted((*sni, SniBinding(host=pattern, certificate=platform.id))))
    return bound, tuple({c.id: c for c in (*certificates, platform)}.values())


def _without_certificate(
    hosts: Sequence[VirtualHost], sni: Iterable[SniBinding], wishes: Iterable[CertificateClaim], default: Certificate | None
) -> list[Finding]:
    """A warning for each host that sends clients to HTTPS and has only a default certificate that does not name it."""
    bindings, asked = list(sni), {wish.host for wish in wishes}
    findings = []
    for virtual in hosts:
        secured = [r for r in virtual.routes if (r.policy.https_redirect or r.policy.hsts) and not r.fallback]
        name = str(virtual.host)
        bound = any(b.host == virtual.host or (virtual.host.kind is HostKind.EXACT and b.host.matches(name)) for b in bindings)
        if not secured or bound or virtual.host in asked or (default and covers(default, name)):
            continue
        message = f"{name} sends clients to HTTPS, but has no certificate of its own; the default one is served."
        fix = "Name a Secret with a certificate for it."
        findings.append(warning(secured[0].origin.object, secured[0].origin.rule, "HostWithoutCertificate", message, fix))
    return findings


def _globals(s: Settings) -> Globals:
    gzip = Gzip(enabled=s.gzip, level=s.gzip_level, min_length=s.gzip_min_length, vary=s.gzip_vary)
    return Globals(
        workers=s.workers,
        worker_connections=s.worker_connections,
        keepalive_timeout=s.keepalive_timeout,
        trusted_proxies=s.trusted_proxies,
        resolvers=s.resolvers,
        status_address=str(s.status),
        gzip=msgspec.structs.replace(gzip, types=s.gzip_types) if s.gzip_types else gzip,
        tls=TlsProfile(
            session_cache_mb=s.ssl_session_cache,
            session_timeout=s.ssl_session_timeout,
            session_tickets=s.ssl_session_tickets,
            http2=s.http2,
        ),
        server_tokens=s.server_tokens,
        buffering=Buffering(
            enabled=s.proxy_buffers,
            number=s.proxy_buffers_number,
            size=s.proxy_buffers_size,
            busy_size=s.proxy_buffers_busy_size,
        ),
        drain_timeout=s.drain_timeout * 1000,
        access_log=s.access_log,
        error_log_level=s.error_log_level,
    )
