"""The table and its parts that are not routes: listeners, hosts, backends, certificates, streams, global settings."""

import enum
from collections.abc import Collection, Iterable, Iterator

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen, PrivateBytes
from router.base.lines import Lines, packed
from router.certs.types import Certificate
from router.table.hosts import HostPattern
from router.table.routes import Buffering, Match, Network, Origin, Route


class Protocol(enum.StrEnum):
    """Gateway API ProtocolType."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TLS = "TLS"
    TCP = "TCP"
    UDP = "UDP"


class Listener(Frozen, order=True):
    """A socket that clients connect to. ``address`` empty = all (IPv4 and IPv6). ``passthrough`` only for TLS.

    ``hostname`` limits what may attach (Gateway API); ANY for ours. ``proxy_protocol``: a PROXY header is required.
    """

    name: str
    port: int
    protocol: Protocol
    address: str = ""
    hostname: HostPattern | None = None
    passthrough: bool = False
    proxy_protocol: bool = False


class VirtualHost(Frozen):
    """The routes of one host pattern on some listeners, in match order: the first that matches wins.

    ``owner``: the namespace that owns the host, empty if nobody does (rules without a host, or ownership by path).
    """

    host: HostPattern
    listeners: tuple[str, ...]
    routes: tuple[Route, ...]
    owner: str = ""


class BackendProtocol(enum.StrEnum):
    """What the backend speaks. GRPC is h2c with trailers; GRPCS and HTTPS are over TLS."""

    HTTP = "http"
    HTTPS = "https"
    H2C = "h2c"
    GRPC = "grpc"
    GRPCS = "grpcs"


class Endpoint(Frozen, order=True):
    """``address``: IPv4, IPv6 (no brackets) or a DNS name (ExternalName), which the plane resolves at run time."""

    address: str
    port: int
    weight: int = 1


class Endpoints(Frozen):
    """Some endpoints, in order, as texts ``PORT WEIGHT ADDRESS``: there are hundreds of thousands, and as values of their own
    they take five times the memory. ``of`` makes it."""

    lines: Lines = Lines()

    @staticmethod
    def of(endpoints: Iterable[Endpoint]) -> "Endpoints":
        """ValueError for an address that is none."""
        return Endpoints(lines=packed([f"{e.port} {e.weight} {e.address}" for e in endpoints]))

    def __iter__(self) -> Iterator[Endpoint]:
        found = (line.split(" ", 2) for line in self.lines)
        return (Endpoint(address=address, port=int(port), weight=int(weight)) for port, weight, address in found)

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, wanted: object) -> bool:
        return any(endpoint == wanted for endpoint in self)


class UpstreamTls(Frozen):
    """TLS to the backend. ``server_name``: SNI and the name to verify; ``ca``: PEM bundle, None = do not verify."""

    server_name: str = ""
    ca: PrivateBytes | None = None


class Backend(Frozen):
    """One Service port. ``id``: digest of (namespace, service, port); ``label``: ``shop/cart:8080`` for people and logs.

    ``proxy_protocol``: 0, 1 or 2: the version of the PROXY header sent to the backend.
    ``problem``: why there are no endpoints ("Service shop/cart has no endpoints for port http"), empty if there are.
    ``endpoints``: any collection may be given; it is kept as ``Endpoints``.
    """

    id: str
    label: str
    service: ObjectRef
    protocol: BackendProtocol = BackendProtocol.HTTP
    endpoints: Collection[Endpoint] = Endpoints()
    tls: UpstreamTls | None = None
    proxy_protocol: int = 0
    problem: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.endpoints, Endpoints):
            msgspec.structs.force_setattr(self, "endpoints", Endpoints.of(self.endpoints))


class SniBinding(Frozen, order=True):
    """Which certificate a TLS client gets for a server name; exact before wildcard, else the default certificate."""

    host: HostPattern
    certificate: str
    listener: str = "https"


class StreamRoute(Frozen):
    """A TCP or UDP listener forwarded as it is to one backend (later TLS by ``server_names``)."""

    id: str
    listener: str
    origin: Origin
    backend: str
    server_names: tuple[HostPattern, ...] = ()
    connect_timeout: int = 5_000
    idle_timeout: int = 600_000


class Refused(Frozen, order=True):
    """A claim that lost to another one: it is not served, and no plane looks at it. ``why`` names the winner."""

    host: HostPattern
    match: Match
    origin: Origin
    why: str
    fallback: bool = False


class Gzip(Frozen):
    enabled: bool = True
    level: int = 5
    min_length: int = 256
    types: tuple[str, ...] = (
        "application/javascript", "application/json", "application/ld+json", "application/manifest+json",
        "application/rss+xml", "application/vnd.api+json", "application/x-javascript", "application/xhtml+xml",
        "application/xml", "font/opentype", "image/svg+xml", "image/x-icon", "text/css", "text/javascript",
        "text/plain", "text/xml",
    )  # fmt: skip
    vary: bool = True


class TlsProfile(Frozen):
    """Mozilla's intermediate profile (TLS 1.2 and 1.3), unless set otherwise. ``session_timeout`` in seconds."""

    min_version: str = "1.2"
    ciphers: tuple[str, ...] = (
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305",
    )  # fmt: skip
    session_cache_mb: int = 10
    session_timeout: int = 86400
    session_tickets: bool = False
    http2: bool = True


class Globals(Frozen):
    """Settings of the whole router that a plane needs. Sizes in bytes, times in milliseconds unless named otherwise.

    ``trusted_proxies``: who may set X-Forwarded-* and be believed. ``resolvers``: DNS servers for ExternalName backends.
    ``status_address``: loopback address where the plane answers ``/generation`` (and its own counters) to us only.
    ``access_log``: ``stdout``, ``off`` or an absolute path. ``pages``: HTML by status (404, 502, 503, 504) and
    ``maintenance``; a status that is missing gets the plane's built-in page of ours (nginx/, haproxy/ pages folder).
    """

    workers: int = 0
    worker_connections: int = 8192
    keepalive_timeout: int = 75_000
    client_timeout: int = 60_000
    trusted_proxies: tuple[Network, ...] = ()
    resolvers: tuple[str, ...] = ()
    status_address: str = "127.0.0.1:9091"
    gzip: Gzip = Gzip()
    tls: TlsProfile = TlsProfile()
    server_tokens: bool = False
    buffering: Buffering = Buffering()
    drain_timeout: int = 30_000
    access_log: str = "stdout"
    error_log_level: str = "error"
    pages: tuple[tuple[str, str], ...] = ()


class Table(Frozen):
    """Sorted, frozen, hashable by content digest (table.notation). Equal input gives equal bytes."""

    listeners: tuple[Listener, ...] = ()
    hosts: tuple[VirtualHost, ...] = ()
    backends: tuple[Backend, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    sni: tuple[SniBinding, ...] = ()
    default_certificate: str = ""
    streams: tuple[StreamRoute, ...] = ()
    refused: tuple[Refused, ...] = ()
    globals: Globals = Globals()
