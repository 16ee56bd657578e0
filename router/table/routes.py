"""One route: what it matches, what it does, and under which policy. Rich enough for all of Gateway API's HTTPRoute."""

import enum
from ipaddress import IPv4Network, IPv6Network

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen

Network = IPv4Network | IPv6Network


class PathKind(enum.StrEnum):
    EXACT = "exact"
    PREFIX = "prefix"  # by element: /foo matches /foo, /foo/ and /foo/bar, never /foobar
    REGEX = "regex"  # RE2-safe subset, anchored at both ends; no dialect makes one yet


class PathMatch(Frozen, order=True):
    """``value`` is a path in normal form (router.table.paths.normal), compared with the normal form of a request's path.
    A PREFIX has no trailing slash, except the root ``/``."""

    kind: PathKind = PathKind.PREFIX
    value: str = "/"


class ValueMatch(Frozen, order=True):
    """A header (``name`` lower-case) or query parameter match; ``regex`` false means equality."""

    name: str
    value: str
    regex: bool = False


class Match(Frozen, order=True):
    """All parts must hold. ``method`` empty means any."""

    path: PathMatch = PathMatch()
    method: str = ""
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()


class HeaderEdit(Frozen):
    """Changes of request or response headers, applied set, add, remove (Gateway API HTTPHeaderFilter)."""

    set: tuple[tuple[str, str], ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()


class PathRewriteKind(enum.StrEnum):
    FULL = "full"
    PREFIX = "prefix"


class Rewrite(Frozen):
    """URLRewrite before forwarding. PREFIX replaces the matched prefix, element-wise."""

    host: str = ""
    path_kind: PathRewriteKind | None = None
    path: str = ""


class WeightedBackend(Frozen):
    """``backend`` is a Backend.id of the table; weight 0 gets nothing."""

    backend: str
    weight: int = 1
    request_headers: HeaderEdit | None = None
    response_headers: HeaderEdit | None = None


class Forward(Frozen, tag="forward"):
    """Send the request to one of the backends, by weight. No backend, or only ones without endpoints: 503."""

    backends: tuple[WeightedBackend, ...] = ()
    rewrite: Rewrite | None = None
    mirrors: tuple[WeightedBackend, ...] = ()


class Redirect(Frozen, tag="redirect"):
    """Answer with Location. Empty parts are taken from the request."""

    status: int = 302
    scheme: str = ""
    host: str = ""
    port: int = 0
    path_kind: PathRewriteKind | None = None
    path: str = ""


class Respond(Frozen, tag="respond"):
    """Answer with a status (404, 503, ...) and the page that belongs to it."""

    status: int


Action = Forward | Redirect | Respond


class Hsts(Frozen):
    """Strict-Transport-Security (RFC 6797), sent over HTTPS only. ``max_age`` in seconds."""

    max_age: int = 15552000
    include_subdomains: bool = False
    preload: bool = False

    @property
    def value(self) -> str:
        """The header's value."""
        return f"max-age={self.max_age}" + "; includeSubDomains" * self.include_subdomains + "; preload" * self.preload


class Timeouts(Frozen):
    """Milliseconds. ``request`` (whole request, Gateway API) 0 means none."""

    connect: int = 5_000
    read: int = 60_000
    send: int = 60_000
    request: int = 0


class Buffering(Frozen):
    """Response buffering of the proxy; sizes in bytes (nginx proxy_buffers). HAProxy streams always."""

    enabled: bool = False
    number: int = 8
    size: int = 4096
    busy_size: int = 8192


class Retry(Frozen):
    """Tries at other endpoints when nothing was sent, or nothing came back and the method is idempotent. ``codes``: statuses to
    retry. When an endpoint is left out altogether: router.table.health."""

    attempts: int = 2
    codes: tuple[int, ...] = ()


class Policy(Frozen):
    """What is checked and set around the action, in this order: allow, https_redirect, maintenance, body_size, action.

    ``allow``: client networks; None = everyone, () = nobody (a list that could not be understood fails closed).
    ``https_redirect``: status (301 or 308) for requests that came over plain HTTP, None = no redirect.
    ``maintenance``: seconds for Retry-After of a 503 for every method, None = in service.
    ``body_size``: bytes, 0 = no limit; larger gets 413.
    ``referrer_policy``: value of the Referrer-Policy response header, empty = untouched.
    ``request_start``: send ``X-Request-Start: t=<epoch seconds.ms>`` upstream.
    """

    allow: tuple[Network, ...] | None = None
    https_redirect: int | None = None
    hsts: Hsts | None = None
    maintenance: int | None = None
    body_size: int = 1024 * 1024
    timeouts: Timeouts = Timeouts()
    retry: Retry = Retry()
    buffering: Buffering = Buffering()
    referrer_policy: str = ""
    request_start: bool = False
    request_headers: HeaderEdit | None = None
    response_headers: HeaderEdit | None = None


class Origin(Frozen, order=True):
    """The object and the part of it that made a route: ``ingress``, Ingress shop/web, ``rules[0].paths[1]``."""

    dialect: str
    object: ObjectRef
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.object} {self.rule}".rstrip()


class Route(Frozen):
    """``id``: digest of the identity (host, match, origin), stable over time; safe as a name in any config.

    ``fallback``: a default backend; it is tried after every other route of its host.
    """

    id: str
    origin: Origin
    match: Match
    action: Action
    policy: Policy = Policy()
    fallback: bool = False

    @property
    def shut(self) -> "Route":
        """The same match with nothing else: 503. It stands in for a route that can not be: its requests fall to no other."""
        return msgspec.structs.replace(self, action=Respond(status=503), policy=Policy())
