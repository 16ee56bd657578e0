"""Profiles: routes that share every setting share one named location."""

from collections.abc import Iterable
from typing import Any

import msgspec

from router.base.digest import digest
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.planes.nginx.features import Features
from router.planes.nginx.text import milliseconds, quoted, word
from router.planes.text import NOTHING, Token
from router.table.routes import Forward, HeaderEdit, Policy, Redirect, Respond, Route
from router.table.types import Backend, BackendProtocol, Endpoint

UNAVAILABLE = 503
_SOME_ENDPOINT = Endpoint(address="192.0.2.1", port=1)
_GRPC = (BackendProtocol.GRPC, BackendProtocol.GRPCS)


class Profile(Frozen):
    """One named location. ``mode``: ``proxy``, ``grpc``, ``return`` or ``redirect``. Empty tokens: nothing is set."""

    name: Token
    mode: str
    scheme: Token = NOTHING
    status: int = 0
    target: Token = NOTHING
    allow: Token = NOTHING
    https_redirect: int = 0
    hsts: Token = NOTHING
    maintenance: bool = False
    retry_after: int = 0
    body_size: int = 0
    connect: Token = NOTHING
    read: Token = NOTHING
    send: Token = NOTHING
    tries: int = 1
    tries_time: Token = NOTHING
    buffering: bool = False
    buffers: int = 0
    buffer_size: int = 0
    busy_size: int = 0
    referrer: Token = NOTHING
    request_start: bool = False
    http2: bool = False
    tls: bool = False
    tls_name: Token = NOTHING
    request_headers: tuple[tuple[Token, Token], ...] = ()
    response_headers: tuple[tuple[Token, Token], ...] = ()
    hidden: tuple[Token, ...] = ()


class Profiles:
    """Makes profiles for routes, each distinct one once, and remembers who can not be served as asked."""

    def __init__(self, backends: Iterable[Backend], features: Features) -> None:
        self._backends = {b.id: b for b in backends}
        self._features = features
        self.by_name: dict[str, Profile] = {}
        self.used: set[str] = set()
        """ids of backends that a profile sends requests to"""
        self.findings: list[Finding] = []
        self._names: dict[object, str] = {}

    def of(self, route: Route) -> tuple[str, str]:
        """(profile name, upstream name or ``-``) of a route."""
        why = self._unsupported(route)
        if why:
            fix = "Use HAProxy for it, or do without."
            self.findings.append(error(route.origin.object, route.origin.rule, "NotSupportedByNginx", f"nginx {why}.", fix))
            return self._keep(self._answer(route.policy, UNAVAILABLE)), "-"
        action = route.action
        if isinstance(action, Respond):
            return self._keep(self._answer(route.policy, action.status)), "-"
        if isinstance(action, Redirect):
            return self._keep(self._redirect(route.policy, action)), "-"
        backend = self._chosen(action)
        if backend is None or not backend.endpoints:
            return self._keep(self._answer(route.policy, UNAVAILABLE)), "-"
        upstream = upstream_name(backend)
        self.used.add(backend.id)
        shared = (route.policy, backend.protocol, backend.tls)
        if shared not in self._names:
            self._names[shared] = self._keep(self._proxy(route.policy, backend))
        return self._names[shared], upstream

    def _chosen(self, action: Forward) -> Backend | None:
        used = [self._backends[w.backend] for w in action.backends if w.weight]
        return used[0] if used else None

    def _unsupported(self, route: Route) -> str:
        match, action = route.match, route.action
        if match.method or match.headers or match.query:
            return "is not told about methods, headers and queries of a route yet"
        if isinstance(action, Redirect) and action.path_kind:
            return "is not told about redirects of paths yet"
        if not isinstance(action, Forward):
            return ""
        if action.rewrite or action.mirrors:
            return "is not told about rewrites and mirrors yet"
        if len([w for w in action.backends if w.weight]) > 1:
            return "is not told about several backends of one route yet"
        backend = self._chosen(action)
        return "can not send a PROXY protocol header to HTTP backends" if backend and backend.proxy_protocol else ""

    def _keep(self, profile: Profile) -> str:
        name = "p" + digest(repr(profile))
        self.by_name.setdefault(name, msgspec.structs.replace(profile, name=word(name)))
        return name

    def _base(self, policy: Policy, mode: str, **more: Any) -> Profile:
        hsts = policy.hsts
        flags = "; includeSubDomains" * hsts.include_subdomains + "; preload" * hsts.preload if hsts else ""
        response = policy.response_headers or HeaderEdit()
        hidden = ["Strict-Transport-Security"] * (hsts is not None) + ["Referrer-Policy"] * bool(policy.referrer_policy)
        return Profile(
            name=NOTHING,
            mode=mode,
            allow=Token(allow_name(policy)) if policy.allow is not None else NOTHING,
            https_redirect=policy.https_redirect or 0,
            hsts=quoted(f"max-age={hsts.max_age}{flags}") if hsts else NOTHING,
            maintenance=policy.maintenance is not None,
            retry_after=policy.maintenance or 0,
            body_size=policy.body_size,
            referrer=quoted(policy.referrer_policy) if policy.referrer_policy else NOTHING,
            response_headers=tuple((word(n), quoted(v)) for n, v in (*response.set, *response.add)),
            hidden=tuple(word(n) for n in (*hidden, *response.remove, *(n for n, _ in response.set))),
            **more,
        )

    def _answer(self, policy: Policy, status: int) -> Profile:
        return self._base(policy, "return", status=status)

    def _redirect(self, policy: Policy, action: Redirect) -> Profile:
        port = f":{action.port}" if action.port else ""
        host = quoted(action.host)[1:-1] if action.host else "$tg_bare_host"
        target = Token(f'"{word(action.scheme) if action.scheme else "$tg_scheme"}://{host}{port}$request_uri"')
        return self._base(policy, "redirect", status=action.status, target=target)

    def _proxy(self, policy: Policy, backend: Backend) -> Profile:
        protocol = backend.protocol
        h2 = protocol is BackendProtocol.H2C
        grpc = protocol in _GRPC or (h2 and not self._features.proxy_http2)
        secure = protocol in (BackendProtocol.HTTPS, BackendProtocol.GRPCS)
        times, tries = policy.timeouts, policy.retry.attempts + 1
        request = policy.request_headers or HeaderEdit()
        return self._base(
            policy,
            "grpc" if grpc else "proxy",
            scheme=Token(("grpcs" if secure else "grpc") if grpc else ("https" if secure else "http")),
            connect=milliseconds(times.connect),
            read=milliseconds(times.read),
            send=milliseconds(times.send),
            tries=tries,
            tries_time=milliseconds(min(times.connect * tries, max(times.read - 1, 1))),
            buffering=policy.buffering.enabled,
            buffers=policy.buffering.number,
            buffer_size=policy.buffering.size,
            busy_size=policy.buffering.busy_size,
            request_start=policy.request_start,
            http2=h2 and self._features.proxy_http2,
            tls=secure,
            tls_name=quoted(backend.tls.server_name) if backend.tls and backend.tls.server_name else NOTHING,
            request_headers=tuple((word(n), quoted(v)) for n, v in (*request.set, *((n, "") for n in request.remove))),
        )


def outline(backend: Backend) -> Backend:
    """What routes need to know of a backend: the same as long as it has endpoints, whichever."""
    ends = [e for e in backend.endpoints if is_name(e.address)][:1] or [_SOME_ENDPOINT] * bool(backend.endpoints)
    return msgspec.structs.replace(backend, endpoints=tuple(ends))


def allow_name(policy: Policy) -> str:
    """The name of the variable that says whether a client is in the list."""
    return "tg_allow_" + digest("allow", *(str(n) for n in policy.allow or ()))


def upstream_name(backend: Backend) -> str:
    """The upstream block; for a DNS name ``name:port``, which nginx resolves at run time."""
    named = [e for e in backend.endpoints if is_name(e.address)]
    return f"{named[0].address}:{named[0].port}" if named else f"u{backend.id}"


def is_name(address: str) -> bool:
    """A DNS name, not an address."""
    return ":" not in address and not address.replace(".", "").isdigit()
