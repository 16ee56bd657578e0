"""A table as HAProxy sees it: frozen values made of Tokens, which the template only prints."""

from collections.abc import Mapping, Sequence
from itertools import islice

from router.base.faults import Fault, findings_of
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.certs import Certificate
from router.planes.entries import Entries
from router.planes.haproxy.features import Features
from router.planes.haproxy.hosts import MAPS, HostRun, backends_of, host_run
from router.planes.haproxy.sections import Section, Server, filled, look, outline, server, with_health
from router.planes.haproxy.text import milliseconds, word
from router.planes.memory import FEW, Memory
from router.planes.text import Token
from router.table import health
from router.table.types import Backend, Globals, Listener, Protocol, SniBinding, Table

HOPS = 8
"""Trusted proxies in a row whose addresses are passed over in X-Forwarded-For."""


class Frontend(Frozen):
    """A ``frontend`` of http. ``bind``: address and options."""

    name: Token
    bind: tuple[Token, ...]
    port: int
    tls: bool


class Stream(Frozen):
    """A ``listen`` of tcp. Without servers connections are closed."""

    name: Token
    bind: tuple[Token, ...]
    port: int
    connect: Token
    idle: Token
    servers: tuple[Server, ...]
    kind: Token
    namespace: Token
    object: Token


class Fixed(Frozen):
    """What haproxy.cfg says but for the sections of routes, and its lists: it seldom changes."""

    features: Features
    settings: Globals
    frontends: tuple[Frontend, ...]
    streams: tuple[Stream, ...]
    lists: tuple[tuple[str, tuple[Token, ...]], ...]
    """(path, networks)"""
    any_host: bool
    trusted: bool
    default_certificate: bool
    resolvers: tuple[Token, ...]
    resolves: bool
    """some endpoint is a DNS name; without servers of ours, resolv.conf's are asked"""
    https_port: Token
    look: int
    """seconds between two looks at a server that is not out"""


class View(Frozen):
    """Everything that haproxy.cfg, its maps and lists say. ``sections`` and ``maps`` (by name): runs, one after the other.

    ``certificates``: (certificate id, server names), the default first; those that nobody gets too.
    """

    fixed: Fixed
    sections: tuple[tuple[Section, ...], ...]
    maps: Mapping[str, tuple[Entries, ...]]
    certificates: tuple[tuple[str, tuple[Token, ...]], ...]
    faults: tuple[Fault, ...] = ()


def view(table: Table, features: Features, memory: Memory | None = None) -> tuple[View, tuple[Finding, ...]]:
    """(the view, what HAProxy can not do for whom)"""
    memory = memory or Memory()
    return memory.once(_view, table, memory.kept("features", features), memory)


def _view(table: Table, features: Features, memory: Memory) -> tuple[View, tuple[Finding, ...]]:
    found = _host_runs(table, memory)
    findings = list(dict.fromkeys(finding for run in found for finding in run.findings))
    streams = _streams(table, findings)
    if table.globals.access_log not in ("stdout", "off"):
        message = "HAProxy can not write a log to a file; it goes to stdout."
        findings.append(error(None, "--access-log", "NotSupportedByHaproxy", message, "Use stdout or off."))
    sections = memory.kept_each("sections", memory.last("sections", _sections, found))
    runs = memory.runs("sections in order", memory.last("sections in order", _in_order, sections), FEW)
    names = memory.each("backends of sections", _backends, runs)
    ready = memory.joined("filled", _filled, runs, names, {b.id: b for b in table.backends})
    faults = tuple(fault for run in found for fault in run.faults)
    default = memory.kept("default certificate", table.default_certificate)
    bindings = memory.each("bindings", _bindings, memory.runs("sni", table.sni))
    made = View(
        fixed=memory.kept("fixed", _fixed(table, features, found, streams, [s for run in ready for s in run])),
        sections=ready,
        maps=memory.last("maps", _maps, found),
        certificates=memory.last("certificates", _certificates, table.certificates, default, bindings),
        faults=faults,
    )
    return made, (*findings, *findings_of(faults))


def _host_runs(table: Table, memory: Memory) -> tuple[HostRun, ...]:
    backends = memory.each("outlines", _outlines, memory.runs("backends", table.backends))
    outlines = memory.kept_each("outlines", {b.id: b for run in backends for b in run})
    hosts = memory.runs("hosts", table.hosts)
    return memory.joined("hosts", host_run, hosts, memory.each("backends of hosts", backends_of, hosts), outlines)


def _sections(found: tuple[HostRun, ...]) -> dict[str, Section]:
    """The first of each name stands."""
    return {name: one for run in reversed(found) for name, one in run.sections.items()}


def _in_order(sections: Mapping[str, Section]) -> tuple[Section, ...]:
    return tuple(map(sections.__getitem__, sorted(sections)))


def _outlines(backends: tuple[Backend, ...]) -> tuple[Backend, ...]:
    return tuple(map(outline, backends))


def _backends(sections: tuple[Section, ...]) -> tuple[str, ...]:
    return tuple(name for section in sections for name, _ in section.backends)


def _filled(sections: tuple[Section, ...], *backends: Backend) -> tuple[Section, ...]:
    """``backends``: those of all sections (``_backends``), one after the other."""
    given = iter(backends)
    return tuple(filled(section, *islice(given, len(section.backends))) for section in sections)


def _maps(found: tuple[HostRun, ...]) -> dict[str, tuple[Entries, ...]]:
    maps: dict[str, list[Entries]] = {name: [] for name in MAPS}
    for run in found:
        for name, lines in run.maps.items():
            maps[name].append(lines)
    return {name: tuple(runs) for name, runs in maps.items()}


def _fixed(
    table: Table, features: Features, found: Sequence[HostRun], streams: tuple[Stream, ...], sections: Sequence[Section]
) -> Fixed:
    settings, of_streams = table.globals, [server.options for stream in streams for server in stream.servers]
    lists = {path: networks for run in found for path, networks in run.lists.items()}
    lists["acl/trusted.lst"] = tuple(word(str(n)) for n in settings.trusted_proxies)
    https = next((li.port for li in table.listeners if li.protocol is Protocol.HTTPS), 443)
    return Fixed(
        features=features,
        settings=settings,
        frontends=tuple(_frontend(li, table) for li in table.listeners if li.protocol in (Protocol.HTTP, Protocol.HTTPS)),
        streams=streams,
        lists=tuple(sorted(lists.items())),
        any_host=any(run.any_host for run in found),
        trusted=bool(settings.trusted_proxies),
        default_certificate=bool(table.default_certificate),
        resolvers=tuple(word(f"{r}:53") for r in settings.resolvers),
        resolves=any(s.resolves for s in sections) or any("resolvers" in options for options in of_streams),
        https_port=Token(f":{https}") if https != 443 else Token(""),
        look=look(sum(s.watched for s in sections) + sum("check" in options for options in of_streams)),
    )


def _frontend(listener: Listener, table: Table) -> Frontend:
    tls = listener.protocol is Protocol.HTTPS
    words = _bind(listener)
    if tls:
        alpn = "h2,http/1.1" if table.globals.tls.http2 else "http/1.1"
        words += [word("ssl"), word("crt-list"), word("certs/list.txt"), word("alpn"), word(alpn)]
        words += [] if table.default_certificate else [word("strict-sni")]
    return Frontend(name=word(f"f_{listener.name}"), bind=tuple(words), port=listener.port, tls=tls)


def _bind(listener: Listener) -> list[Token]:
    """Everywhere is two sockets: with one for both families, IPv4 clients would be called ``::ffff:192.0.2.1``."""
    everywhere = listener.address in ("", "::")
    hosts = ("0.0.0.0", "::") if everywhere else (listener.address,)  # noqa: S104
    words = [word(",".join(f"{host}:{listener.port}" for host in hosts))] + [word("v6only")] * everywhere
    return words + [word("accept-proxy")] * listener.proxy_protocol


def _bindings(bindings: tuple[SniBinding, ...]) -> tuple[tuple[str, Token], ...]:
    return tuple((b.certificate, word(str(b.host))) for b in bindings)


def _certificates(
    certificates: tuple[Certificate, ...], default: str, bindings: tuple[tuple[tuple[str, Token], ...], ...]
) -> tuple[tuple[str, tuple[Token, ...]], ...]:  # fmt: skip
    names: dict[str, list[Token]] = {c.id: [] for c in certificates}
    for run in bindings:
        for identity, name in run:
            names[identity].append(name)
    order = sorted(names, key=lambda identity: (identity != default, identity))
    return tuple((identity, tuple(names[identity])) for identity in order)


def _streams(table: Table, findings: list[Finding]) -> tuple[Stream, ...]:
    known = {b.id: b for b in table.backends}
    listeners = {li.name: li for li in table.listeners}
    made = []
    for stream in table.streams:
        backend, listener = known[stream.backend], listeners[stream.listener]
        if listener.protocol is Protocol.UDP or stream.server_names:
            message = (
                "HAProxy does not forward UDP."
                if listener.protocol is Protocol.UDP
                else "HAProxy is not told about passthrough yet."
            )
            findings.append(
                error(stream.origin.object, stream.origin.rule, "NotSupportedByHaproxy", message, "Use nginx for it.")
            )
            continue
        servers = tuple(server(backend, endpoint, n) for n, endpoint in enumerate(backend.endpoints, 1))
        servers = with_health(servers) if health.watched(backend.endpoints) else servers
        ref = stream.origin.object
        made.append(
            Stream(
                name=word(f"t_{listener.name}"),
                bind=tuple(_bind(listener)),
                port=listener.port,
                connect=milliseconds(stream.connect_timeout),
                idle=milliseconds(stream.idle_timeout),
                servers=servers,
                kind=word(ref.kind),
                namespace=word(ref.namespace),
                object=word(ref.name),
            )
        )
    return tuple(made)
