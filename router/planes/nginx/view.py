"""A table as nginx sees it: frozen values made of Tokens, which the template only prints."""

from collections.abc import Iterator

from router.base.faults import SHUT, Fault, Step, findings_of, guarded
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profile, Profiles, allow_name, is_name, upstream_name
from router.planes.nginx.routes import Entry, Lookups, lookups
from router.planes.nginx.text import key, milliseconds, more_than, quoted, word
from router.planes.text import Token
from router.table import health
from router.table.hosts import HostKind
from router.table.routes import Route
from router.table.types import Backend, Globals, Listener, Protocol, StreamRoute, Table

PAGES = (400, 403, 404, 405, 413, 414, 431, 500, 502, 503, 504)


class Peer(Frozen):
    """A ``server`` of an upstream: ``address:port`` and what follows it."""

    address: Token
    parameters: tuple[Token, ...] = ()


class Upstream(Frozen):
    """An ``upstream`` block."""

    name: Token
    servers: tuple[Peer, ...]


class AllowList(Frozen):
    name: Token
    networks: tuple[Token, ...]


class BodyLimit(Frozen):
    size: int
    pattern: Token


class Server(Frozen):
    """A ``server`` of http. ``parameters`` of listen after the address."""

    address: Token
    parameters: tuple[Token, ...]
    tls: bool


class Stream(Frozen):
    """A ``server`` of stream. ``upstream`` empty: connections are closed at once."""

    address: Token
    port: int
    upstream: Token
    connect: Token
    idle: Token
    proxy_protocol_in: bool
    proxy_protocol_out: bool
    object: Token


class View(Frozen):
    """Everything that nginx.conf and its maps say."""

    features: Features
    settings: Globals
    servers: tuple[Server, ...]
    lookups: Lookups
    profiles: tuple[Profile, ...]
    upstreams: tuple[Upstream, ...]
    allow_lists: tuple[AllowList, ...]
    body_limits: tuple[BodyLimit, ...]
    certificates: tuple[Entry, ...]
    wildcard_certificates: tuple[Entry, ...]
    default_certificate: Token
    streams: tuple[Stream, ...]
    stream_upstreams: tuple[Upstream, ...]
    trusted: tuple[Token, ...]
    resolvers: tuple[Token, ...]
    https_port: Token
    proxied: bool
    map_bucket: int
    map_size: int
    faults: tuple[Fault, ...] = ()


def view(table: Table, features: Features) -> tuple[View, tuple[Finding, ...]]:
    """(the view, what nginx can not do for whom)"""
    profiles = Profiles(table, features)
    faults: list[Fault] = []
    values = dict(_values(table, profiles, faults))
    findings = list(profiles.findings)
    found = lookups(table.hosts, values, findings, faults)
    streams, stream_backends = _streams(table, features, findings)
    settings = table.globals
    policies = [r.policy for v in table.hosts for r in v.routes]
    lists = {allow_name(p): p.allow for p in policies if p.allow is not None}
    web = [li for li in table.listeners if li.protocol in (Protocol.HTTP, Protocol.HTTPS)]
    https = next((li.port for li in table.listeners if li.protocol is Protocol.HTTPS), 443)
    names = [e.key for e in (*found.hosts, *found.wildcards, *found.suffixes, *found.exact, *found.roots, *found.fallbacks)]
    names += [e.key for _, entries in found.prefixes for e in entries]
    made = View(
        features=features,
        settings=settings,
        servers=tuple(
            _server(li, features, settings) for li in table.listeners if li.protocol in (Protocol.HTTP, Protocol.HTTPS)
        ),
        lookups=found,
        profiles=tuple(profiles.by_name[name] for name in sorted(profiles.by_name)),
        upstreams=_upstreams(profiles.upstreams.values()),
        allow_lists=tuple(AllowList(name=word(n), networks=tuple(word(str(x)) for x in lists[n] or ())) for n in sorted(lists)),
        body_limits=tuple(
            BodyLimit(size=n, pattern=more_than(n)) for n in sorted({p.body_size for p in policies if p.body_size})
        ),
        certificates=_certificates(table, HostKind.EXACT),
        wildcard_certificates=_certificates(table, HostKind.ONE_LABEL),
        default_certificate=certificate_path(table.default_certificate) if table.default_certificate else Token(""),
        streams=streams,
        stream_upstreams=_upstreams(stream_backends),
        trusted=tuple(word(str(n)) for n in settings.trusted_proxies),
        resolvers=tuple(word(f"[{r}]" if ":" in r else r) for r in settings.resolvers),
        https_port=word(f":{https}") if https != 443 else Token(""),
        proxied=any(li.proxy_protocol for li in web),
        map_bucket=_power_of_two(max((len(n) for n in names), default=0) + 64),
        map_size=_power_of_two(2 * len(names) + 2048),
        faults=tuple(faults),
    )
    return made, (*findings, *findings_of(faults))


def _values(table: Table, profiles: Profiles, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    """(route id, where it leads). After a fault of ours the route is shut, or left out if that fails as well."""
    for virtual in table.hosts:
        for route in virtual.routes:
            made = guarded(Step.RENDER, route.origin.object, SHUT, _value, profiles, route)
            if isinstance(made, Fault):
                faults.append(made)
                made = guarded(Step.RENDER, route.origin.object, SHUT, _value, profiles, route.shut)
            if not isinstance(made, Fault):
                yield route.id, made


def _value(profiles: Profiles, route: Route) -> str:
    """Profile and upstream of a route, and who made it, for the log."""
    name, upstream = profiles.of(route)
    origin, ref = route.origin, route.origin.object
    rule = origin.rule.replace(" ", "_") or "-"
    return f"{name} {upstream} {origin.dialect} {ref.kind} {ref.namespace or '-'} {ref.name} {rule}"


def certificate_path(identity: str) -> Token:
    return word(f"certs/{identity}.pem")


def _server(listener: Listener, features: Features, settings: Globals) -> Server:
    tls = listener.protocol is Protocol.HTTPS
    words = ["ssl"] * tls + ["http2"] * (tls and settings.tls.http2 and not features.http2_directive)
    words += ["proxy_protocol"] * listener.proxy_protocol + ["ipv6only=off"] * (listener.address in ("", "::"))
    return Server(address=_address(listener), parameters=tuple(word(w) for w in words), tls=tls)


def _address(listener: Listener) -> Token:
    host = listener.address or "::"
    return word(f"[{host}]:{listener.port}" if ":" in host else f"{host}:{listener.port}")


def _upstreams(backends: object) -> tuple[Upstream, ...]:
    made = {}
    for backend in backends:  # type: ignore[attr-defined]
        if not any(is_name(e.address) for e in backend.endpoints):
            made[backend.id] = Upstream(name=word(upstream_name(backend)), servers=_peers(backend))
    return tuple(made[key] for key in sorted(made))


def _peers(backend: Backend) -> tuple[Peer, ...]:
    """Its endpoints; and once more, never out, for when all of them are (router.table.health)."""
    addresses = [word(f"[{e.address}]:{e.port}" if ":" in e.address else f"{e.address}:{e.port}") for e in backend.endpoints]
    if not health.watched(backend.endpoints):
        return tuple(Peer(address=a) for a in addresses)
    left_out = (word(f"max_fails={health.FAILURES}"), word(f"fail_timeout={health.OUT}s"))
    never = (word("max_fails=0"), word("backup"))
    return tuple(Peer(address=a, parameters=p) for p in (left_out, never) for a in addresses)


def _certificates(table: Table, kind: HostKind) -> tuple[Entry, ...]:
    return tuple(Entry(key=key(b.host.name), value=certificate_path(b.certificate)) for b in table.sni if b.host.kind is kind)


def _streams(table: Table, features: Features, findings: list[Finding]) -> tuple[tuple[Stream, ...], list[Backend]]:
    known = {b.id: b for b in table.backends}
    listeners = {li.name: li for li in table.listeners}
    made, used = [], []
    for stream in table.streams:
        backend, listener = known[stream.backend], listeners[stream.listener]
        why = _stream_problem(stream, backend, features)
        if why:
            message = f"nginx {why}; connections are closed."
            findings.append(error(stream.origin.object, stream.origin.rule, "NotSupportedByNginx", message))
        serves = backend.endpoints and not why
        if serves:
            used.append(backend)
        ref = stream.origin.object
        made.append(
            Stream(
                address=_address(listener),
                port=listener.port,
                upstream=word(upstream_name(backend)) if serves else Token(""),
                connect=milliseconds(stream.connect_timeout),
                idle=milliseconds(stream.idle_timeout),
                proxy_protocol_in=listener.proxy_protocol,
                proxy_protocol_out=backend.proxy_protocol == 1,
                object=quoted(f"{ref.kind} {ref.namespace} {ref.name}"),
            )
        )
    return tuple(made) if features.stream else (), used


def _stream_problem(stream: StreamRoute, backend: Backend, features: Features) -> str:
    if not features.stream:
        return "has no stream module here"
    if stream.server_names:
        return "is not told about TLS passthrough yet"
    if any(is_name(e.address) for e in backend.endpoints):
        return "is not told about DNS names of TCP backends yet"
    return "sends PROXY protocol version 1 only" if backend.proxy_protocol == 2 else ""


def _power_of_two(least: int) -> int:
    size = 64
    while size < least:
        size *= 2
    return size
