"""Which headers of a client reach the backend as they came, and which end here: section 6 of docs/explanation/meaning.md."""

import itertools
import re
from collections.abc import Iterator

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
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def lookalikes() -> Iterator[str]:
    """Names of the above with ``_`` in place of some ``-``: WSGI, CGI and PHP read them as the same (RFC 3875, 4.1.18)."""
    for name in (*TOLD, *REMOVED, *HOP_BY_HOP, "Content-Length"):
        parts = name.split("-")
        for signs in itertools.product("-_", repeat=len(parts) - 1):
            if "_" in signs:
                yield parts[0] + "".join(sign + part for sign, part in zip(signs, parts[1:], strict=True))


def stopped() -> tuple[str, ...]:
    """Names of what ends here and is not told anew, in a plane that takes care of the connection by itself."""
    return (*REMOVED, "Proxy-Connection", "Trailer", *lookalikes())


def lookalike_pattern() -> str:
    """A regular expression for all lookalikes, in lower case."""
    names = sorted({name.lower().replace("_", "-") for name in lookalikes()})
    return f"^(?=[^_]*_)({'|'.join(name.replace('-', '[-_]') for name in names)})$"


_STOPPED = frozenset(name.lower() for name in ("Host", "Connection", "Upgrade", *TOLD, *REMOVED, *HOP_BY_HOP, *lookalikes()))


def passed(request: Request, protocol: BackendProtocol = BackendProtocol.HTTP) -> Headers:
    """The client's headers that reach the backend as they came. Whoever names one in ``Connection`` does not stop it."""
    kept = tuple((name, value) for name, value in request.headers if _PLAIN_NAME.fullmatch(name) and name.lower() not in _STOPPED)
    if protocol in _HTTP2:  # gRPC asks for trailers in this way (RFC 9110, 10.1.4)
        return (*kept, ("TE", "trailers")) if request.header("te") == "trailers" else kept
    upgrades = request.header("upgrade").lower() == "websocket"
    return (*kept, ("Connection", "upgrade"), ("Upgrade", "websocket")) if upgrades else kept
