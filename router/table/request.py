"""A request as tables see it: whether it is one, who the client is, and over what it came."""

import ipaddress
import re
from collections.abc import Iterator, Sequence

from router.base import parse
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.table import paths
from router.table.names import normal_host
from router.table.routes import Network

_HOST = re.compile(
    r"(?!\.?(?::|\Z))(?!.*\.\.)(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?:0*(?:[0-9]{0,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])))?",
    re.ASCII,
)
"""A name or a bracketed address, and a port; no empty label but the last."""
_PROTOCOL = re.compile(r"HTTP/(1\.[01]|2\.0)", re.ASCII)
_METHOD = re.compile(r"[A-Z_-]+", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
LINE_LIMIT, HEADER_LIMIT = 8 * 1024, 32 * 1024


class Request(Frozen):
    """``path``: the target with its query, as on the wire. ``headers``: (lower-case name, value), in order, without ``host``,
    which is the first Host header (HTTP/2: ``:authority``). ``authority``: of a target in absolute form, else empty.

    ``client``: the peer's address, or the one of its PROXY header. ``sni``: TLS server name, empty if none.
    Bytes are characters of the same number (latin-1).
    """

    scheme: str = "http"
    host: str = ""
    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    client: str = "127.0.0.1"
    sni: str = ""
    authority: str = ""
    protocol: str = "HTTP/1.1"

    @property
    def target(self) -> str:
        """Path and query; the absolute form may leave the path out (RFC 9112, 3.2.2)."""
        return self.path or "/" if self.authority else self.path

    @property
    def bare_path(self) -> str:
        return self.target.split("?", 1)[0]

    @property
    def normal_path(self) -> str:
        """What routes are compared with. Only for requests without a ``refusal``."""
        return paths.normal(self.bare_path)

    @property
    def normal_host(self) -> str:
        return normal_host(self.host)

    def header(self, name: str) -> str:
        """All values of a header, joined as RFC 9110 5.3 says."""
        return ", ".join(value for key, value in self.headers if key == name)


def refusal(request: Request) -> tuple[int, str] | None:
    """(status, why) if it is no request that is routed: docs/explanation/meaning.md, section 1."""
    return next(refusals(request), None)


def refusals(request: Request) -> Iterator[tuple[int, str]]:
    """Everything that is wrong with it. Planes look in another order, so any of these may be the answer."""
    if not _PROTOCOL.fullmatch(request.protocol):
        yield (400, f"{request.protocol!r} is not HTTP/1.0 or HTTP/1.1")
    if request.method in ("CONNECT", "TRACE"):
        yield (405, f"the method {request.method} is not served")
    if not _METHOD.fullmatch(request.method):
        yield (400, f"the method {request.method!r} is not made of A-Z, '-' and '_'")
    if not _HOST.fullmatch(request.host) or any(name == "host" for name, _ in request.headers):
        yield (400, f"Host {request.host!r} is not one host name")
    if request.authority and request.authority.lower() != request.host.lower():
        yield (400, f"the target names {request.authority}, and Host another one")
    if not request.target.startswith("/"):
        yield (400, "the target is not a path")
    if bad := next((name for name, value in request.headers if not _HEADER_NAME.fullmatch(name) or "\0" in value), None):
        yield (400, f"{bad!r} is no name of a header, or its value has a NUL byte")
    if why := paths.target_problem(request.target):
        yield (400, f"the path {why}")
    if len(f"{request.method} {request.path} HTTP/1.1") > LINE_LIMIT:
        yield (414, "the request line is longer than 8 KB")
    if sum(len(name) + len(value) + 4 for name, value in request.headers) > HEADER_LIMIT:
        yield (431, "the headers are longer than 32 KB")


def within(address: str, networks: Sequence[Network]) -> bool:
    """IPv4 in IPv6 (``::ffff:192.0.2.1``) is in the networks of IPv4."""
    ip = ipaddress.ip_address(address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip.version == network.version and ip in network for network in networks)


def client_of(request: Request, trusted: Sequence[Network]) -> str:
    """The peer; behind trusted proxies the rightmost address of X-Forwarded-For that is not trusted, else the leftmost."""
    client = request.client
    for text in reversed(parse.items(request.header("x-forwarded-for"))):
        if not within(client, trusted):
            break
        ip = parse.forwarded_address(text)
        if isinstance(ip, Bad):
            break
        client = ip
    return client


def scheme_of(request: Request, trusted: Sequence[Network]) -> str:
    """``https`` if TLS ended here, or if a trusted proxy says so."""
    said = request.header("x-forwarded-proto").lower()
    return said if said in ("http", "https") and trusts(request, trusted) else request.scheme


def trusts(request: Request, trusted: Sequence[Network]) -> bool:
    """Whether the peer's X-Forwarded-* headers are believed."""
    return within(request.client, trusted)


def number_or(text: str, default: str) -> str:
    return text if _NUMBER.fullmatch(text) else default


def request_id_or(text: str, default: str) -> str:
    return text if _REQUEST_ID.fullmatch(text) else default
