"""Which headers of a client reach the backend as they came, and which end here: section 6 of docs/explanation/meaning.md."""

import re

from router.table.request import Request
from router.table.types import BackendProtocol

Headers = tuple[tuple[str, str], ...]
TOLD = (
    "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Request-Id",
    "X-Request-Start",
)  # fmt: skip
"""What we tell the backend ourselves."""
REMOVED = ("Proxy", "Forwarded", "X-Forwarded")
"""What is believed by some applications, and can not be made true."""
HOP_BY_HOP = ("Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding")
"""RFC 9110, 7.6.1; beside ``Connection`` and ``Upgrade``, which are written anew for websockets."""
_HTTP2 = (BackendProtocol.H2C, BackendProtocol.GRPC, BackendProtocol.GRPCS)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
"""Other names do not pass: WSGI, CGI and PHP read ``X_Forwarded_For`` as ``X-Forwarded-For`` (RFC 3875, 4.1.18);
so do nginx' variables."""


ENDED = (*REMOVED, "Proxy-Connection", "Trailer")
"""What ends here and is not told anew, beside what planes take out by themselves."""
_STOPPED = frozenset(name.lower() for name in ("Host", "Connection", "Upgrade", "Expect", *TOLD, *REMOVED, *HOP_BY_HOP))
"""``Expect`` we answer ourselves."""


def passed(request: Request, protocol: BackendProtocol = BackendProtocol.HTTP) -> Headers:
    """The client's headers that reach the backend as they came. Whoever names one in ``Connection`` does not stop it."""
    kept = _joined_cookies(request) if request.protocol == "HTTP/2.0" else request.headers
    kept = tuple((name, value) for name, value in kept if _PLAIN_NAME.fullmatch(name) and name.lower() not in _STOPPED)
    if protocol in _HTTP2:  # gRPC asks for trailers in this way (RFC 9110, 10.1.4)
        return (*kept, ("TE", "trailers")) if request.header("te") == "trailers" else kept
    upgrades = request.protocol == "HTTP/1.1" and request.header("upgrade").lower() == "websocket"
    return (*kept, ("Connection", "upgrade"), ("Upgrade", "websocket")) if upgrades else kept


def _joined_cookies(request: Request) -> Headers:
    """HTTP/2 may send every cookie by itself; to others they are one header (RFC 9113, 8.2.3)."""
    cookies = [value for name, value in request.headers if name == "cookie"]
    others = tuple((name, value) for name, value in request.headers if name != "cookie")
    return (*others, ("cookie", "; ".join(cookies))) if cookies else others
