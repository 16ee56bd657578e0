"""Backend sections: routes that share Services and policy share one."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from router.base.digest import digest
from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.base.shared import shared
from router.planes.haproxy.text import header, milliseconds, word
from router.planes.text import NOTHING, Token
from router.table import health
from router.table.notation import endpoint_text
from router.table.routes import Forward, HeaderEdit, Policy, Redirect, Respond, Route
from router.table.types import Backend, BackendProtocol, Endpoint

UNAVAILABLE = 503
_SECURE = (BackendProtocol.HTTPS, BackendProtocol.GRPCS)
_H2 = (BackendProtocol.H2C, BackendProtocol.GRPC, BackendProtocol.GRPCS)
LOOKS = (3600, 1200, 600, 300, 120, 60)
"""Seconds; few steps, because each other one is another text of haproxy.cfg."""
_MOST = 2**31 // 1000
"""Seconds times servers that HAProxy can count (``look``)."""
_SOME_ENDPOINT = Endpoint(address="192.0.2.1", port=1)
HEAVIEST = 256
"""The largest weight of a server line."""


class Server(Frozen):
    """A ``server`` line. ``options``: everything after the address."""

    name: Token
    address: Token
    options: tuple[Token, ...] = ()


class Section(Frozen):
    """One ``backend``. Without servers it answers ``status`` itself. Empty tokens: nothing is set.

    ``backends``: (Backend.id, weight) of those that have endpoints. The name says nothing of servers: it stays the same when
    endpoints come and go, and so does everything that leads to it. ``servers``, the Backends themselves in the same order, come
    at last (``filled``). ``resolves``: some endpoint is a DNS name. ``watched``: how many servers are looked at.
    """

    name: Token
    status: int = 0
    location: Token = NOTHING
    allow: Token = NOTHING
    https_redirect: int = 0
    hsts: Token = NOTHING
    maintenance: bool = False
    retry_after: int = 0
    body_size: int = 0
    connect: Token = NOTHING
    read: Token = NOTHING
    retries: int = 0
    referrer: Token = NOTHING
    request_start: bool = False
    trailers: bool = False
    request_headers: tuple[tuple[Token, Token], ...] = ()
    removed_headers: tuple[Token, ...] = ()
    response_headers: tuple[tuple[Token, Token], ...] = ()
    hidden: tuple[Token, ...] = ()
    backends: tuple[tuple[str, int], ...] = ()
    servers: tuple[Backend, ...] = ()
    resolves: bool = False
    watched: int = 0

    @property
    def server_lines(self) -> tuple[Server, ...]:
        """Made when asked for: it is seldom, and a hundred thousand of them would be held twice, here and in the table."""
        return _servers(self.servers, self.backends) if self.servers else ()


class Sections:
    """Makes sections for routes, each distinct one once, and remembers who can not be served as asked."""

    def __init__(self, backends: Iterable[Backend]) -> None:
        self._backends = {b.id: b for b in backends}
        self.by_name: dict[str, Section] = {}
        self.findings: list[Finding] = []
        self._names: dict[object, str] = {}
        self._default_body = Policy().body_size

    def of(self, route: Route) -> str:
        """The name of the section that a route leads to."""
        why = self._unsupported(route)
        if why:
            fix = "Use nginx for it, or do without."
            self.findings.append(error(route.origin.object, route.origin.rule, "NotSupportedByHaproxy", f"HAProxy {why}.", fix))
            return self._keep(_base(route.policy, status=UNAVAILABLE))
        self._warn(route)
        shared = (route.policy, route.action)
        if shared not in self._names:
            self._names[shared] = self._keep(self._section(route))
        return self._names[shared]

    def _section(self, route: Route) -> Section:
        action = route.action
        if isinstance(action, Respond):
            return _base(route.policy, status=action.status)
        if isinstance(action, Redirect):
            return _base(route.policy, status=action.status, location=_location(action))
        used = tuple((w.backend, w.weight) for w in action.backends if w.weight and self._backends[w.backend].endpoints)
        if not used:
            return _base(route.policy, status=UNAVAILABLE)
        request = route.policy.request_headers or HeaderEdit()
        return _base(
            route.policy,
            connect=shared(milliseconds(route.policy.timeouts.connect)),
            read=shared(milliseconds(route.policy.timeouts.read)),
            retries=route.policy.retry.attempts,
            request_start=route.policy.request_start,
            trailers=any(self._backends[w.backend].protocol in _H2 for w in action.backends),
            request_headers=tuple((word(n), header(v)) for n, v in request.set),
            removed_headers=tuple(word(n) for n in request.remove),
            backends=used,
        )

    def _unsupported(self, route: Route) -> str:
        match, action = route.match, route.action
        if match.method or match.headers or match.query:
            return "is not told about methods, headers and queries of a route yet"
        if isinstance(action, Redirect) and action.path_kind:
            return "is not told about redirects of paths yet"
        if isinstance(action, Forward) and (action.rewrite or action.mirrors):
            return "is not told about rewrites and mirrors yet"
        return ""

    def _warn(self, route: Route) -> None:
        if route.policy.body_size not in (0, self._default_body):
            message = "HAProxy can not count bodies without Content-Length; such a body may be larger than the limit."
            said = warning(route.origin.object, "body-size", "BodyLimitByLengthOnly", message)
            if said not in self.findings[-4:]:
                self.findings.append(said)

    def _keep(self, section: Section) -> str:
        """The name of it. Most sections are made again for every run of hosts that leads to them: they are one object."""
        name = word("b" + digest(repr(section)))
        if name not in self.by_name:
            kept = shared(msgspec.structs.replace(section, name=name))
            name = kept.name
            self.by_name[name] = kept
        return name


def outline(backend: Backend) -> Backend:
    """What routes need to know of a backend: the same as long as it has endpoints, whichever."""
    return msgspec.structs.replace(backend, endpoints=(_SOME_ENDPOINT,) * bool(backend.endpoints))


def filled(section: Section, *backends: Backend) -> Section:
    """With the servers of its ``backends``, given in that order."""
    if not backends:
        return section
    endpoints = [e for b in backends for e in b.endpoints]
    resolves, watched = any(_is_name(e.address) for e in endpoints), len(endpoints) * health.watched(endpoints)
    return msgspec.structs.replace(section, servers=backends, resolves=resolves, watched=watched)


def _servers(backends: tuple[Backend, ...], weights: tuple[tuple[str, int], ...]) -> tuple[Server, ...]:
    """A Service gets its share by weight, however many endpoints it has."""
    shares = [weight / len(b.endpoints) for b, (_, weight) in zip(backends, weights, strict=True)]
    made: list[Server] = []
    for backend, share in zip(backends, shares, strict=True):
        weight = max(1, round(share / max(shares) * HEAVIEST)) if len(backends) > 1 else 0
        extra = (word("weight"), word(str(weight))) if weight else ()
        made += [server(backend, endpoint, len(made) + n, extra) for n, endpoint in enumerate(backend.endpoints, 1)]
    watched = health.watched([e for b in backends for e in b.endpoints])
    return with_health(made) if watched else tuple(made)


def _base(policy: Policy, **more: Any) -> Section:
    hsts = policy.hsts
    flags = "; includeSubDomains" * hsts.include_subdomains + "; preload" * hsts.preload if hsts else ""
    response = policy.response_headers or HeaderEdit()
    return Section(
        name=NOTHING,
        allow=Token(allow_path(policy)) if policy.allow is not None else NOTHING,
        https_redirect=policy.https_redirect or 0,
        hsts=shared(header(f"max-age={hsts.max_age}{flags}")) if hsts else NOTHING,
        maintenance=policy.maintenance is not None,
        retry_after=policy.maintenance or 0,
        body_size=policy.body_size,
        referrer=shared(header(policy.referrer_policy)) if policy.referrer_policy else NOTHING,
        response_headers=tuple((word(n), header(v)) for n, v in (*response.set, *response.add)),
        hidden=tuple(word(n) for n in response.remove),
        **more,
    )


def allow_path(policy: Policy) -> str:
    return f"acl/{digest('allow', *(str(n) for n in policy.allow or ()))}.lst"


def _location(action: Redirect) -> Token:
    host = word(action.host) if action.host else "%[var(txn.tg_bare)]"
    scheme = word(action.scheme) if action.scheme else "%[var(txn.tg_scheme)]"
    port = f":{action.port}" if action.port else ""
    return Token(f"'{scheme}://{host}{port}%[pathq]'")


def _is_name(address: str) -> bool:
    return ":" not in address and not address.replace(".", "").isdigit()


def server(backend: Backend, endpoint: Endpoint, number: int, extra: tuple[Token, ...] = ()) -> Server:
    """A ``server`` line. A DNS name is resolved at run time, and never keeps HAProxy from starting."""
    dns = tuple(word(w) for w in ("resolvers", "dns", "init-addr", "last,libc,none")) if _is_name(endpoint.address) else ()
    options = (*_server_options(backend), *extra, *dns)
    return Server(name=shared(word(f"s{number}")), address=word(endpoint_text(endpoint)), options=options)


def with_health(servers: Sequence[Server]) -> tuple[Server, ...]:
    """``servers``; and once more, never out, for when all of them are (router.table.health).

    HAProxy wants a health check where it is to observe requests; how it looks and observes is said once, for all of them
    (``default-server``, see ``look``).
    """
    watched = [_watched(s.options) for s in servers]
    return (
        *(msgspec.structs.replace(s, options=first) for s, (first, _) in zip(servers, watched, strict=True)),
        *(
            msgspec.structs.replace(s, name=shared(word(f"{s.name}b")), options=last)
            for s, (_, last) in zip(servers, watched, strict=True)
        ),
    )


@functools.lru_cache(256)
def _watched(options: tuple[Token, ...]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """(options of a server that can be out, of one that never is). Most servers have the same ones."""
    return (*options, word("check")), (*options, word("backup"))


def look(watched: int) -> int:
    """Seconds between two looks at a server that is not out, with so many of them.

    Nobody needs these looks: as seldom as can be. At its start HAProxy spreads them over that time, and multiplies the time in
    milliseconds by the number of a server, in 32 bits: past that, half of all servers would be looked at in the first second
    after each reload. Where it can not be had at all, the looks of the start are the last for long.
    """
    return next((seconds for seconds in LOOKS if seconds * watched < _MOST), LOOKS[0])


def _server_options(backend: Backend) -> tuple[Token, ...]:
    words: list[str] = []
    if backend.protocol in _SECURE:
        words += ["ssl", "verify", "none"]
        words += ["sni", f"str({word(backend.tls.server_name)})"] if backend.tls and backend.tls.server_name else []
        words += ["alpn", "h2"] if backend.protocol in _H2 else ["alpn", "http/1.1"]
    elif backend.protocol in _H2:
        words += ["proto", "h2"]
    words += {0: [], 1: ["send-proxy"], 2: ["send-proxy-v2"]}[backend.proxy_protocol]
    return tuple(Token(w) for w in words)
