"""A request as tables see it: whether it is one, who the client is, and over what it came."""

import ipaddress
import re
from collections.abc import Sequence

from router.base import parse
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.table import paths
from router.table.names import normal_host
from router.table.routes import Network

_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
LINE_LIMIT, HEADER_LIMIT = 8 * 1024, 32 * 1024


class Request(Frozen):
    """``path``: the target with its query, as on the wire. ``headers``: (lower-case name, value), in order, without Host.

    ``client``: the peer's address, or the one of its PROXY header. ``sni``: TLS server name, empty if none.
    """

    scheme: str = "http"
    host: str = ""
    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    client: str = "127.0.0.1"
    sni: str = ""

    @property
    def bare_path(self) -> str:
        return self.path.split("?", 1)[0]

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
    if not _HOST.fullmatch(request.host):
        return (400, f"Host {request.host!r} is not a host name")
    if why := paths.target_problem(request.path):
        return (400, f"the path {why}")
    if len(f"{request.method} {request.path} HTTP/1.1") > LINE_LIMIT:
        return (414, "the request line is longer than 8 KB")
    if sum(len(name) + len(value) + 4 for name, value in request.headers) > HEADER_LIMIT:
        return (431, "the headers are longer than 32 KB")
    return None


def within(address: str, networks: Sequence[Network]) -> bool:
    ip = ipaddress.ip_address(address)
    return any(ip.version == network.version and ip in network for network in networks)


def client_of(request: Request, trusted: Sequence[Network]) -> str:
    """The peer; behind trusted proxies the rightmost address of X-Forwarded-For that is not trusted, else the leftmost."""
    client = request.client
    for text in reversed(parse.items(request.header("x-forwarded-for"))):
        if not within(client, trusted):
            break
        ip = parse.ip_address(text)
        if isinstance(ip, Bad):
            break
        client = ip
    return client


def scheme_of(request: Request, trusted: Sequence[Network]) -> str:
    """``https`` if TLS ended here, or if a trusted proxy says so."""
    said = request.header("x-forwarded-proto")
    return said if said in ("http", "https") and trusts(request, trusted) else request.scheme


def trusts(request: Request, trusted: Sequence[Network]) -> bool:
    """Whether the peer's X-Forwarded-* headers are believed."""
    return within(request.client, trusted)


def number_or(text: str, default: str) -> str:
    return text if _NUMBER.fullmatch(text) else default


def request_id_or(text: str, default: str) -> str:
    return text if _REQUEST_ID.fullmatch(text) else default
