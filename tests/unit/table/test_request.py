"""Requests: which are refused, who their client is, over what they came."""

import pytest

from router.base.parse import Bad, networks
from router.table.request import Request, client_of, number_or, refusal, request_id_or, scheme_of
from router.table.routes import Network


def trusted(text: str = "10.0.0.0/8, 2001:db8::/32") -> tuple[Network, ...]:
    read = networks(text)
    assert not isinstance(read, Bad)
    return read


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request(host="a.example"), None), (Request(host="A_b.example:8080"), None), (Request(host="[::1]:80"), None),
        (Request(host=""), 400), (Request(host="a b"), 400), (Request(host="a/b"), 400), (Request(host="a\n"), 400), (Request(host="é"), 400),
        (Request(host="a.example."), None), (Request(host=".a"), None), (Request(host="a..b"), 400), (Request(host="."), 400), (Request(host=":80"), 400),
        (Request(host="a:"), None), (Request(host="a:65535"), None), (Request(host="a:65536"), 400), (Request(host="a:80:80"), 400), (Request(host="[::1"), 400),
        (Request(host="a", headers=(("host", "a"),)), 400), (Request(host="a", headers=(("x y", ""),)), 400), (Request(host="a", headers=(("x", "\0"),)), 400),
        (Request(host="a", authority="A"), None), (Request(host="a", authority="b"), 400), (Request(host="a", authority="a", path=""), None),
        (Request(host="a", authority="a", path="?x"), 400), (Request(host="a", path="*"), 400), (Request(host="a", path=""), 400),
        (Request(host="a", method="M-SEARCH"), None), (Request(host="a", method="get"), 400), (Request(host="a", method=""), 400),
        (Request(host="a", method="TRACE"), 405), (Request(host="a", method="CONNECT", path="a:1"), 405),
        (Request(host="a", protocol="HTTP/1.0"), None), (Request(host="a", protocol="HTTP/2.0"), None), (Request(host="a", protocol="HTTP/0.9"), 400),
        (Request(host="a", path="/%2Fa"), None), (Request(host="a", path="//"), None), (Request(host="a", path="/..a/.b/..."), None),
        (Request(host="a", path="/?%zz"), None), (Request(host="a", path="/%zz"), 400), (Request(host="a", path="/%4"), 400),
        (Request(host="a", path="/%"), 400), (Request(host="a", path="/%00"), 400), (Request(host="a", path="/%7F"), 400),
        (Request(host="a", path="/\x1f"), 400), (Request(host="a", path="/a/.."), 400), (Request(host="a", path="/%2E%2e/a"), 400),
        (Request(host="a", path="/./"), 400),
        (Request(host="a", path="/" + "x" * 8178), None), (Request(host="a", path="/" + "x" * 8179), 414),
        (Request(host="a", headers=(("x", "y" * 32763),)), None), (Request(host="a", headers=(("x", "y" * 32764),)), 431),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(request_: Request, status: int | None) -> None:
    answer = refusal(request_)
    assert (answer and answer[0]) == status


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:8080, 10.0.0.2:1", "198.51.100.7"),
        ("10.0.0.1", "[2001:db9::7]:8080", "2001:db9::7"),
        ("10.0.0.1", "::ffff:198.51.100.7", "::ffff:198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.051.100.07", "198.51.100.7"),
        ("2001:db8::1", "2001:0DB9::0007", "2001:db9::7"),
    ],
)
def test_the_client_is_the_last_address_that_is_not_trusted(peer: str, forwarded: str, client: str) -> None:
    request = Request(host="a", client=peer, headers=(("x-forwarded-for", forwarded),))
    assert client_of(request, trusted()) == client


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [("10.0.0.1", "https", "https"), ("10.0.0.1", "HTTPS", "https"), ("10.0.0.1", "", "http"), ("192.0.2.1", "https", "http")],
)
def test_only_a_trusted_proxy_says_over_what_it_came(peer: str, said: str, scheme: str) -> None:
    assert scheme_of(Request(host="a", client=peer, headers=(("x-forwarded-proto", said),)), trusted()) == scheme


def test_a_header_that_stands_twice_is_joined() -> None:
    request = Request(headers=(("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2")))
    assert request.header("x-forwarded-for") == "192.0.2.1, 192.0.2.2"


@pytest.mark.parametrize(("text", "number"), [("443", "443"), ("", "-"), ("4x", "-"), ("123456", "-")])
def test_a_forwarded_port_is_a_number(text: str, number: str) -> None:
    assert number_or(text, "-") == number


@pytest.mark.parametrize(("text", "kept"), [("a.B-9_", True), ("", False), ("a b", False), ("x" * 128, True), ("x" * 129, False)])
def test_a_request_id_is_kept_if_it_is_harmless(text: str, kept: bool) -> None:
    assert request_id_or(text, "-") == (text if kept else "-")
