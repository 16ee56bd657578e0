"""A table as HAProxy sees it: frozen values made of Tokens, which the template only prints."""

from collections import defaultdict

from router.base.faults import SHUT, Fault, Step, findings_of, guarded
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.planes.haproxy.features import Features
from router.planes.haproxy.sections import Section, Sections, Server, allow_path, server, with_health
from router.planes.haproxy.text import escaped_path, key, milliseconds, value, word
from router.planes.text import Token
from router.table import health
from router.table.hosts import HostKind, HostPattern
from router.table.routes import PathKind, Route
from router.table.types import Globals, Listener, Protocol, Table

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


class Line(Frozen):
    """One line of a map file."""

    key: Token
    value: Token


class View(Frozen):
    """Everything that haproxy.cfg, its maps and lists say."""

    features: Features
    settings: Globals
    frontends: tuple[Frontend, ...]
    sections: tuple[Section, ...]
    streams: tuple[Stream, ...]
    maps: tuple[tuple[str, tuple[Line, ...]], ...]
    """(name, lines) by name: hosts, wildcards, suffixes, exact, prefixes, defaults"""
    lists: tuple[tuple[str, tuple[Token, ...]], ...]
    """(path, networks)"""
    any_host: bool
    trusted: bool
    certificates: tuple[tuple[str, tuple[Token, ...]], ...]
    """(certificate id, server names), the default first"""
    default_certificate: bool
    resolvers: tuple[Token, ...]
    resolves: bool
    """some endpoint is a DNS name; without servers of ours, resolv.conf's are asked"""
    https_port: Token
    faults: tuple[Fault, ...] = ()


def view(table: Table, features: Features) -> tuple[View, tuple[Finding, ...]]:
    """(the view, what HAProxy can not do for whom)"""
    sections = Sections(table)
    faults: list[Fault] = []
    maps = _maps(table, sections, faults)
    findings = list(sections.findings)
    streams = _streams(table, findings)
    policies = [r.policy for v in table.hosts for r in v.routes]
    lists = {allow_path(p): tuple(word(str(n)) for n in p.allow) for p in policies if p.allow is not None}
    lists["acl/trusted.lst"] = tuple(word(str(n)) for n in table.globals.trusted_proxies)
    https = next((li.port for li in table.listeners if li.protocol is Protocol.HTTPS), 443)
    if table.globals.access_log not in ("stdout", "off"):
        message = "HAProxy can not write a log to a file; it goes to stdout."
        findings.append(error(None, "--access-log", "NotSupportedByHaproxy", message, "Use stdout or off."))
    made = View(
        features=features,
        settings=table.globals,
        frontends=tuple(_frontend(li, table) for li in table.listeners if li.protocol in (Protocol.HTTP, Protocol.HTTPS)),
        sections=tuple(sections.by_name[name] for name in sorted(sections.by_name)),
        streams=streams,
        maps=tuple(sorted(maps.items())),
        lists=tuple(sorted(lists.items())),
        any_host=any(v.host.kind is HostKind.ANY for v in table.hosts),
        trusted=bool(table.globals.trusted_proxies),
        certificates=_certificates(table),
        default_certificate=bool(table.default_certificate),
        resolvers=tuple(word(f"{r}:53") for r in table.globals.resolvers),
        resolves=any(
            "resolvers" in s.options
            for servers in (*(b.servers for b in sections.by_name.values()), *(t.servers for t in streams))
            for s in servers
        ),
        https_port=Token(f":{https}") if https != 443 else Token(""),
        faults=tuple(faults),
    )
    return made, (*findings, *findings_of(faults))


def _maps(table: Table, sections: Sections, faults: list[Fault]) -> dict[str, tuple[Line, ...]]:
    lines: dict[str, dict[str, Token]] = defaultdict(dict)
    for virtual in table.hosts:
        name = host_key(virtual.host)
        where = {HostKind.EXACT: "hosts", HostKind.ONE_LABEL: "wildcards", HostKind.SUFFIX: "suffixes"}.get(virtual.host.kind)
        if where:
            lines[where]["." * (where == "suffixes") + virtual.host.name] = key(name)
        for route in virtual.routes:
            made = guarded(Step.RENDER, route.origin.object, SHUT, _line, sections, name, route)
            if isinstance(made, Fault):
                faults.append(made)
                made = guarded(Step.RENDER, route.origin.object, SHUT, _line, sections, name, route.shut)
            if not isinstance(made, Fault):
                lines[made[0]].setdefault(made[1], made[2])
    names = ("hosts", "wildcards", "suffixes", "exact", "prefixes", "defaults")
    # map_end takes the first that fits: the longest must come first.
    return {
        n: tuple(Line(key=key(k), value=v) for k, v in sorted(lines[n].items(), key=lambda i: (-len(i[0]), i[0]))) for n in names
    }


def _line(sections: Sections, name: str, route: Route) -> tuple[str, str, Token]:
    """(which map, key in it, value) of a route."""
    kind, text = _place(name, route)
    key(text)  # here, where the route is known, rather than when all keys are written
    return kind, text, _value(sections.of(route), route)


def host_key(host: HostPattern) -> str:
    """How a host pattern is named in the keys of routes: unlike any other pattern."""
    return {HostKind.SUFFIX: f"**.{host.name}", HostKind.ANY: "*"}.get(host.kind, str(host))


def _place(name: str, route: Route) -> tuple[str, str]:
    """(which map, key in it). A path begins with ``/``, so host and path need no sign between them."""
    path = route.match.path
    if route.fallback:
        return "defaults", name
    if path.kind is PathKind.EXACT:
        return "exact", name + escaped_path(path.value)
    return "prefixes", name + escaped_path(path.value).removesuffix("/") + "/"


def _value(section: str, route: Route) -> Token:
    origin, ref = route.origin, route.origin.object
    return value(section, origin.dialect, ref.kind, ref.namespace or "-", ref.name, origin.rule.replace(" ", "_") or "-")


def _frontend(listener: Listener, table: Table) -> Frontend:
    tls = listener.protocol is Protocol.HTTPS
    words = _bind(listener)
    if tls:
        alpn = "h2,http/1.1" if table.globals.tls.http2 else "http/1.1"
        words += [word("ssl"), word("crt-list"), word("certs/list.txt"), word("alpn"), word(alpn)]
        words += [] if table.default_certificate else [word("strict-sni")]
    return Frontend(name=word(f"f_{listener.name}"), bind=tuple(words), port=listener.port, tls=tls)


def _bind(listener: Listener) -> list[Token]:
    host = listener.address or "::"
    words = [word(f"{host}:{listener.port}")] + [word("v4v6")] * (host == "::")
    return words + [word("accept-proxy")] * listener.proxy_protocol


def _certificates(table: Table) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    names: dict[str, list[Token]] = {c.id: [] for c in table.certificates}
    for binding in table.sni:
        names[binding.certificate].append(word(str(binding.host)))
    order = sorted(names, key=lambda identity: (identity != table.default_certificate, identity))
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
