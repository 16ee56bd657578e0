"""What of a table comes from the settings alone."""

import pytest

from router.base.parse import Address
from router.settings import Settings, TcpService
from router.table.from_settings import globals_of, listeners
from router.table.types import Globals, Gzip, Protocol


def tcp(port: int) -> TcpService:
    return TcpService(listen=port, namespace="shop", service="db", port=5432)


def test_there_is_a_listener_for_each_port() -> None:
    made = listeners(Settings(tcp=(tcp(5432), tcp(5432), tcp(8080)), http=Address(host="::", port=8080), proxy_protocol=True))
    assert [(li.name, li.port, li.protocol, li.address) for li in made] == [
        ("http", 8080, Protocol.HTTP, "::"),
        ("https", 8443, Protocol.HTTPS, "0.0.0.0"),
        ("tcp-5432", 5432, Protocol.TCP, "::"),
    ]
    assert all(li.proxy_protocol for li in made)


def test_the_defaults_of_settings_and_table_are_the_same() -> None:
    assert globals_of(Settings()) == Globals()


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        (Settings(gzip_types=("text/html",)), lambda g: g.gzip == Gzip(types=("text/html",))),
        (Settings(gzip=False), lambda g: not g.gzip.enabled),
        (Settings(http2=False), lambda g: not g.tls.http2),
        (Settings(drain_timeout=7), lambda g: g.drain_timeout == 7000),
        (Settings(status=Address(host="::1", port=9)), lambda g: g.status_address == "[::1]:9"),
        (Settings(proxy_buffers=True, proxy_buffers_number=4), lambda g: g.buffering.enabled and g.buffering.number == 4),
    ],
)
def test_a_setting_reaches_the_globals(settings: Settings, check: object) -> None:
    assert check(globals_of(settings))  # type: ignore[operator]
