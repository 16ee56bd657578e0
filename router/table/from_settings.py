"""What of a table comes from the settings alone: its sockets and the globals."""

import msgspec

from router.settings import Settings
from router.table.routes import Buffering
from router.table.types import Globals, Gzip, Listener, Protocol, TlsProfile

HTTP, HTTPS = "http", "https"


def stream_listener(port: int) -> str:
    """The name of the listener of ``--tcp PORT=...``."""
    return f"tcp-{port}"


def listeners(settings: Settings) -> tuple[Listener, ...]:
    """``http``, ``https`` and one for each TCP port, which listens where HTTP does."""
    proxied = settings.proxy_protocol
    web = ((HTTP, Protocol.HTTP, settings.http), (HTTPS, Protocol.HTTPS, settings.https))
    made = [Listener(name=n, port=a.port, protocol=p, address=a.host, proxy_protocol=proxied) for n, p, a in web]
    made += [
        Listener(name=stream_listener(p), port=p, protocol=Protocol.TCP, address=settings.http.host, proxy_protocol=proxied)
        for p in sorted({tcp.listen for tcp in settings.tcp} - {settings.http.port, settings.https.port})
    ]
    return tuple(sorted(made))


def sockets(settings: Settings) -> frozenset[tuple[str, int]]:
    """(address, port) of every listener; an empty address is all of them."""
    return frozenset((listener.address, listener.port) for listener in listeners(settings))


def globals_of(s: Settings) -> Globals:
    """``pages`` stays empty: they are files, which only the composition root reads."""
    gzip = Gzip(enabled=s.gzip, level=s.gzip_level, min_length=s.gzip_min_length, vary=s.gzip_vary)
    return Globals(
        workers=s.workers,
        worker_connections=s.worker_connections,
        keepalive_timeout=s.keepalive_timeout,
        client_timeout=s.client_timeout,
        trusted_proxies=s.trusted_proxies,
        resolvers=s.resolvers,
        status_address=str(s.status),
        gzip=msgspec.structs.replace(gzip, types=s.gzip_types) if s.gzip_types else gzip,
        tls=_tls(s),
        server_tokens=s.server_tokens,
        buffering=buffering_of(s),
        drain_timeout=s.drain_timeout * 1000,
        access_log=s.access_log,
        error_log_level=s.error_log_level,
    )


def buffering_of(s: Settings) -> Buffering:
    """The router's response buffering, for every route that says nothing of its own."""
    return Buffering(
        enabled=s.proxy_buffers,
        number=s.proxy_buffers_number,
        size=s.proxy_buffers_size,
        busy_size=s.proxy_buffers_busy_size,
    )


def _tls(s: Settings) -> TlsProfile:
    return TlsProfile(
        session_cache_mb=s.ssl_session_cache,
        session_timeout=s.ssl_session_timeout,
        session_tickets=s.ssl_session_tickets,
        http2=s.http2,
    )
