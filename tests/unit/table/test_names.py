"""Host names from users and from requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.table.hosts import HostKind, HostPattern
from router.table.names import normal_host, parse_host


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Shop.Example.COM", "shop.example.com"), ("shop.example.com.", "shop.example.com"), ("*.example.com", "*.example.com"),
        ("Bücher.example", "xn--bcher-kva.example"), ("a_b.example.com", "a_b.example.com"), ("localhost", "localhost"),
    ],
)  # fmt: skip
def test_a_host_is_brought_to_one_form(text: str, written: str) -> None:
    assert str(parse_host(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.",
        "*.*",
        "a..b",
        "a b",
        "-a.b",
        "a-.b",
        "10.0.0.1",
        "::1",
        "a:80",
        "a/b",
        "x" * 64,
        "a\n",
        "a;b",
        "*a.b",
        "a.*.b",
        "\u2028",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    answer = parse_host(text)
    assert isinstance(answer, Bad)


@given(st.text())
def test_no_text_raises_and_what_is_taken_is_safe(text: str) -> None:
    answer = parse_host(text)
    if isinstance(answer, HostPattern):
        assert set(answer.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
        assert answer.kind in (HostKind.EXACT, HostKind.ONE_LABEL)
        assert len(answer.name) <= 253


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("A.Example.com:8080", "a.example.com"),
        ("a.", "a"),
        ("a.:80", "a"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("a:", "a"),
        ("a:b:80", "a"),
    ],
)
def test_the_host_of_a_request_loses_port_and_dot(text: str, host: str) -> None:
    assert normal_host(text) == host
