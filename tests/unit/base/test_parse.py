"""Readers of short texts: what they take, what they refuse, and that nothing makes them raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base import parse
from router.base.parse import Bad

READERS = {
    name: getattr(parse, name)
    for name in (
        "text", "integer", "port", "port_name_or_number", "boolean", "size", "duration_ms", "duration_s", "workers", "ip_address",
        "network", "networks", "ip_addresses", "dns_labels", "domain", "namespaced_name", "address", "media_types", "access_log",
        "referrer_policy",
    )
}  # fmt: skip

GOOD = [
    ("integer", "0", 0), ("port", "65535", 65535), ("port_name_or_number", "http", "http"), ("port_name_or_number", "80", 80),
    ("boolean", "True", True), ("boolean", "off", False), ("size", "1m", 1048576), ("size", "2K", 2048), ("size", "7", 7),
    ("duration_ms", "500ms", 500), ("duration_ms", "30", 30_000), ("duration_ms", "5m", 300_000), ("duration_s", "10m", 600),
    ("workers", "auto", 0), ("ip_address", "::0001", "::1"), ("domain", "Apps.Example.com.", "apps.example.com"),
    ("namespaced_name", "infra/tls", "infra/tls"), ("access_log", "/var/log/a.log", "/var/log/a.log"),
    ("media_types", "text/css, font/woff2", ("text/css", "font/woff2")),
]  # fmt: skip

BAD = [
    ("integer", "1_0"), ("integer", " 1"), ("integer", "1\n"), ("integer", "١"), ("integer", "-1"), ("port", "0"),
    ("port", "65536"),
    ("boolean", "maybe"), ("boolean", ""), ("size", "1mm"), ("size", "1048577g"), ("size", "m"), ("duration_ms", "0"), ("duration_ms", "31d"),
    ("duration_ms", "1e3s"), ("ip_address", "fe80::1%eth0"), ("ip_address", "1.2.3.4\n"), ("network", "fe80::1%x;}evil/128"),
    ("network", "10.0.0.0/33"), ("network", "10.0.0.999"), ("network", ""), ("domain", "a b"), ("domain", ""),
    ("address", "::1:80"),
    ("address", "host:80"), ("namespaced_name", "a/b/c"), ("access_log", "/tmp/a b"), ("access_log", "relative"),
    ("media_types", "text/css;x"), ("port_name_or_number", "Bad_Name"), ("port_name_or_number", "-a"), ("text", "a\x00b"),
    ("workers", "257"), ("referrer_policy", "no-referrer; x"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "text", "value"), GOOD)
def test_good_text_becomes_a_value(reader: str, text: str, value: object) -> None:
    assert READERS[reader](text) == value


@pytest.mark.parametrize(("reader", "text"), BAD)
def test_bad_text_says_why(reader: str, text: str) -> None:
    answer = READERS[reader](text)
    assert isinstance(answer, Bad)
    assert answer.why


@given(st.sampled_from(sorted(READERS)), st.text())
def test_no_text_raises_and_no_control_byte_survives(reader: str, text: str) -> None:
    answer = READERS[reader](text)
    if isinstance(answer, str):
        assert answer.isprintable()


@pytest.mark.parametrize(
    ("text", "host", "port"), [("1.2.3.4:80", "1.2.3.4", 80), ("[::1]:8443", "::1", 8443), (":9090", "0.0.0.0", 9090)]
)
def test_an_address_is_read_and_printed(text: str, host: str, port: int) -> None:
    answer = parse.address(text)
    assert answer == parse.Address(host=host, port=port)
    assert parse.address(str(answer)) == answer


def test_host_bits_of_a_network_are_masked() -> None:
    assert str(parse.network("10.1.2.3/8")) == "10.0.0.0/8"


def test_a_list_is_refused_as_a_whole_with_its_bad_item_named() -> None:
    answer = parse.networks("10.0.0.0/8, intern")
    assert isinstance(answer, Bad)
    assert "intern" in answer.why


def test_kubernetes_names_are_told_from_others() -> None:
    assert parse.is_dns_label("a-1") and not parse.is_dns_label("A") and not parse.is_dns_label("a" * 64)
    assert parse.is_dns_subdomain("a.b-c.d") and not parse.is_dns_subdomain("a..b") and not parse.is_dns_subdomain("a." * 127)
