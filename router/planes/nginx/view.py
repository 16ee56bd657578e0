"""A table as nginx sees it: frozen values made of Tokens, which the template only prints."""

from collections.abc import Mapping, Sequence

from router.base.faults import Fault, findings_of
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.planes.entries import Entries, Entry, packed
from router.planes.memory import Memory
from router.planes.nginx.features import Features
from router.planes.nginx.hosts import HostRun, backends_of, host_run
from router.planes.nginx.profiles import Profile, is_name, outline, upstream_name
from router.planes.nginx.routes import DEFAULTS, EXACT, ROOTS
from router.planes.nginx.text import key, milliseconds, more_than, quoted, word
from router.planes.text import Token
from router.table import health
from router.table.hosts import HostKind
from router.table.types import Backend, Globals, Listener, Protocol, SniBinding, StreamRoute, Table

_CERTIFICATES = {HostKind.EXACT: "certificates", HostKind.ONE_LABEL: "wildcard-certificates"}
MAPS = ("hosts", "wildcards", "suffixes", EXACT, ROOTS, DEFAULTS, *_CERTIFICATES.values())
"""Maps that there are always."""
PAGES = (400, 403, 404, 405, 413, 414, 431, 500, 502, 503, 504)


class Peer(Frozen):
    """A ``server`` of an upstream: ``address:port`` and what follows it."""

    address: Token
    parameters: tuple[Token, ...] = ()


class Upstream(Frozen):
    """An ``upstream`` block of a Backend."""

    name: Token
    backend: Backend

    @property
    def servers(self) -> tuple[Peer, ...]:
        """Made when asked for: it is seldom, and a hundred thousand of them would be held twice, here and in the table."""
        return _peers(self.backend)


class AllowList(Frozen):
    name: Token
    networks: tuple[Token, ...]


class BodyLimit(Frozen):
    size: int
    pattern: Token


class Server(Frozen):
    """A ``server`` of http. ``parameters`` of listen after each address."""

    addresses: tuple[Token, ...]
    parameters: tuple[Token, ...]
    tls: bool


class Stream(Frozen):
    """A ``server`` of stream. ``upstream`` empty: connections are closed at once."""

    addresses: tuple[Token, ...]
    port: int
    upstream: Token
    connect: Token
    idle: Token
    proxy_protocol_in: bool
    proxy_protocol_out: bool
    object: Token


class Fixed(Frozen):
    """What nginx.conf says but for the upstreams: it seldom changes."""

    features: Features
    settings: Globals
    servers: tuple[Server, ...]
    depths: tuple[int, ...]
    """numbers of elements of prefixes, deepest first"""
    any_host: bool
    allow_lists: tuple[AllowList, ...]
    body_limits: tuple[BodyLimit, ...]
    default_certificate: Token
    streams: tuple[Stream, ...]
    stream_upstreams: tuple[Upstream, ...]
    trusted: tuple[Token, ...]
    resolvers: tuple[Token, ...]
    https_port: Token
    proxied: bool
    map_bucket: int
    map_size: int


class View(Frozen):
    """Everything that nginx.conf and its maps say. ``maps``: by name, runs of entries, one after the other; so are upstreams."""

    fixed: Fixed
    maps: Mapping[str, tuple[Entries, ...]]
    profiles: tuple[Profile, ...]
    upstreams: tuple[tuple[Upstream, ...], ...]
    faults: tuple[Fault, ...] = ()


def view(table: Table, features: Features, memory: Memory | None = None) -> tuple[View, tuple[Finding, ...]]:
    """(the view, what nginx can not do for whom)"""
    memory = memory or Memory()
    return memory.once(_view, table, memory.kept("features", features), memory)


def _view(table: Table, features: Features, memory: Memory) -> tuple[View, tuple[Finding, ...]]:
    found = _host_runs(table, features, memory)
    findings = [finding for run in found for finding in run.findings]
    streams, stream_backends = _streams(table, features, findings)
    faults = tuple(fault for run in found for fault in run.faults)
    profiles = memory.kept_each("profiles", memory.last("profiles", _profiles, found))
    certificates = memory.each("sni", _certificates, memory.runs("sni", table.sni))
    known = {b.id: b for b in table.backends}
    used = tuple(map(known.__getitem__, memory.last("used backends", _used, found)))
    made = View(
        fixed=memory.kept("fixed", _fixed(table, features, found, streams, stream_backends)),
        maps=memory.last("maps", _maps, found, certificates),
        profiles=memory.last("profiles in order", _in_order, profiles),
        upstreams=memory.each("upstreams", _upstreams, memory.runs("used backends", used)),
        faults=faults,
    )
    return made, (*findings, *findings_of(faults))


def _host_runs(table: Table, features: Features, memory: Memory) -> tuple[HostRun, ...]:
    backends = memory.each("outlines", _outlines, memory.runs("backends", table.backends))
    outlines = memory.kept_each("outlines", {b.id: b for run in backends for b in run})
    hosts = memory.runs("hosts", table.hosts)
    return memory.joined("hosts", host_run, hosts, memory.each("backends of hosts", backends_of, hosts), outlines, features)


def _profiles(found: tuple[HostRun, ...]) -> dict[str, Profile]:
    """The first of each name stands."""
    return {name: one for run in reversed(found) for name, one in run.profiles.items()}


def _in_order(profiles: Mapping[str, Profile]) -> tuple[Profile, ...]:
    return tuple(map(profiles.__getitem__, sorted(profiles)))


def _used(found: tuple[HostRun, ...]) -> tuple[str, ...]:
    return tuple(sorted(frozenset().union(*(run.used for run in found))))


def _maps(
    found: tuple[HostRun, ...], certificates: tuple[Mapping[str, Entries], ...]
) -> dict[str, tuple[Entries, ...]]:  # fmt: skip
    maps: dict[str, list[Entries]] = {name: [] for name in MAPS}
    for made in (*(run.maps for run in found), *certificates):
        for name, entries in made.items():
            maps.setdefault(name, []).append(entries)
    return {name: tuple(runs) for name, runs in maps.items()}


def _fixed(
    table: Table, features: Features, found: Sequence[HostRun], streams: tuple[Stream, ...], stream_backends: list[Backend]
) -> Fixed:  # fmt: skip
    settings = table.globals
    lists = {name: networks for run in found for name, networks in run.allow.items()}
    web = [li for li in table.listeners if li.protocol in (Protocol.HTTP, Protocol.HTTPS)]
    https = next((li.port for li in table.listeners if li.protocol is Protocol.HTTPS), 443)
    return Fixed(
        features=features,
        settings=settings,
        servers=tuple(_server(li, features, settings) for li in web),
        depths=tuple(sorted(frozenset().union(*(run.depths for run in found)), reverse=True)),
        any_host=any(run.any_host for run in found),
        allow_lists=tuple(AllowList(name=word(n), networks=tuple(word(str(x)) for x in lists[n])) for n in sorted(lists)),
        body_limits=tuple(
            BodyLimit(size=n, pattern=more_than(n)) for n in sorted(frozenset().union(*(run.sizes for run in found)))
        ),
        default_certificate=certificate_path(table.default_certificate) if table.default_certificate else Token(""),
        streams=streams,
        stream_upstreams=_upstreams(tuple(b for _, b in sorted({b.id: b for b in stream_backends}.items()))),
        trusted=tuple(word(str(n)) for n in settings.trusted_proxies),
        resolvers=tuple(word(f"[{r}]" if ":" in r else r) for r in settings.resolvers),
        https_port=word(f":{https}") if https != 443 else Token(""),
        proxied=any(li.proxy_protocol for li in web),
        map_bucket=_power_of_two(max((run.longest for run in found), default=0) + 64),
        map_size=_power_of_two(2 * sum(run.keys for run in found) + 2048),
    )


def certificate_path(identity: str) -> Token:
    return word(f"certs/{identity}.pem")


def _server(listener: Listener, features: Features, settings: Globals) -> Server:
    tls = listener.protocol is Protocol.HTTPS
    words = ["ssl"] * tls + ["http2"] * (tls and settings.tls.http2 and not features.http2_directive)
    words += ["proxy_protocol"] * listener.proxy_protocol
    return Server(addresses=_addresses(listener), parameters=tuple(word(w) for w in words), tls=tls)


def _addresses(listener: Listener) -> tuple[Token, ...]:
    """Everywhere is two sockets: with one for both families, IPv4 clients would be called ``::ffff:192.0.2.1``."""
    hosts = ("0.0.0.0", "::") if listener.address in ("", "::") else (listener.address,)  # noqa: S104
    return tuple(word(f"[{host}]:{listener.port}" if ":" in host else f"{host}:{listener.port}") for host in hosts)


def _outlines(backends: tuple[Backend, ...]) -> tuple[Backend, ...]:
    return tuple(map(outline, backends))


def _upstreams(backends: tuple[Backend, ...]) -> tuple[Upstream, ...]:
    return tuple(u for u in map(_upstream, backends) if u)


def _upstream(backend: Backend) -> Upstream | None:
    """None for a DNS name: nginx resolves it at run time, and needs no block."""
    if any(is_name(e.address) for e in backend.endpoints):
        return None
    return Upstream(name=word(upstream_name(backend)), backend=backend)


def _peers(backend: Backend) -> tuple[Peer, ...]:
    """Its endpoints; and once more, never out, for when all of them are (router.table.health)."""
    addresses = [word(f"[{e.address}]:{e.port}" if ":" in e.address else f"{e.address}:{e.port}") for e in backend.endpoints]
    if not health.watched(backend.endpoints):
        return tuple(Peer(address=a) for a in addresses)
    left_out = (word(f"max_fails={health.FAILURES}"), word(f"fail_timeout={health.OUT}s"))
    never = (word("max_fails=0"), word("backup"))
    return tuple(Peer(address=a, parameters=p) for p in (left_out, never) for a in addresses)


def _certificates(bindings: tuple[SniBinding, ...]) -> dict[str, Entries]:
    """Entries by the name of their map."""
    found: dict[str, list[Entry]] = {}
    for binding in bindings:
        if name := _CERTIFICATES.get(binding.host.kind):
            entry = Entry(key=key(binding.host.name), value=certificate_path(binding.certificate))
            found.setdefault(name, []).append(entry)
    return {name: packed(entries) for name, entries in found.items()}


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
                addresses=_addresses(listener),
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
