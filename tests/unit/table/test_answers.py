"""URLs and headers of our answers and of what is sent upstream."""

import pytest

from router.base.parse import Bad, networks
from router.table.answers import answer_headers, https_location, redirect_location, rewritten, upstream_headers
from router.table.request import Request
from router.table.routes import Hsts, PathMatch, PathRewriteKind, Policy, Redirect, Rewrite
from router.table.types import Globals, Listener, Protocol, Table

HTTP = Listener(name="http", port=8080, protocol=Protocol.HTTP)
TRUSTED = networks("10.0.0.0/8")
assert not isinstance(TRUSTED, Bad)
GLOBALS = Globals(trusted_proxies=TRUSTED)
FULL, PREFIX = PathRewriteKind.FULL, PathRewriteKind.PREFIX
CLAIMED = {
    "x-forwarded-for": "192.0.2.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "front.example",
    "x-forwarded-port": "443",
    "x-request-id": "abc",
}


@pytest.mark.parametrize(
    ("host", "port", "location"),
    [
        ("a.example", 443, "https://a.example/p?q"),
        ("a.example:80", 443, "https://a.example/p?q"),
        ("a.example:8080", 8443, "https://a.example:8443/p?q"),
        ("[::1]:8080", 8443, "https://[::1]:8443/p?q"),
        ("[::1]", 443, "https://[::1]/p?q"),
    ],
)
def test_https_is_the_same_url_on_our_port(host: str, port: int, location: str) -> None:
    table = Table(listeners=(HTTP, Listener(name="https", port=port, protocol=Protocol.HTTPS)))
    assert https_location(Request(host=host, path="/p?q"), table) == location


@pytest.mark.parametrize(
    ("action", "location"),
    [
        (Redirect(), "http://a.example:8080/v1/x?q"),
        (Redirect(scheme="https"), "https://a.example/v1/x?q"),
        (Redirect(host="b.example", port=80), "http://b.example/v1/x?q"),
        (Redirect(path_kind=FULL, path="/new"), "http://a.example:8080/new?q"),
        (Redirect(path_kind=PREFIX, path="/v2"), "http://a.example:8080/v2/x?q"),
    ],
)
def test_a_redirect_takes_what_is_empty_from_the_request(action: Redirect, location: str) -> None:
    request = Request(host="a.example:8080", path="/v1/x?q")
    assert redirect_location(action, PathMatch(value="/v1"), request, "http", HTTP) == location


@pytest.mark.parametrize(
    ("target", "prefix", "path", "sent"),
    [
        ("/foo/bar", "/foo", "/xyz", "/xyz/bar"), ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"), ("/foo", "/foo", "/xyz", "/xyz"),
        ("/foo/", "/foo", "/xyz", "/xyz/"), ("/foo/bar", "/foo", "/", "/bar"), ("/foo/", "/foo", "/", "/"), ("/foo?a", "/foo", "/", "/?a"),
        ("/foo", "/foo", "/", "/"), ("/bar", "/", "/xyz", "/xyz/bar"), ("/", "/", "/", "/"),
    ],
)  # fmt: skip
def test_a_prefix_is_replaced_by_element(target: str, prefix: str, path: str, sent: str) -> None:
    assert rewritten(target, PathMatch(value=prefix), PREFIX, path) == sent


@pytest.mark.parametrize(
    ("peer", "headers", "told"),
    [
        ("192.0.2.1", CLAIMED, ["192.0.2.1", "192.0.2.1", "http", "a.example:8080", "8080", "<32 hex digits>"]),
        ("10.0.0.1", CLAIMED, ["192.0.2.9, 10.0.0.1", "192.0.2.9", "https", "front.example", "443", "abc"]),
        ("10.0.0.1", {}, ["10.0.0.1", "10.0.0.1", "http", "a.example:8080", "8080", "<32 hex digits>"]),
        ("10.0.0.1", {"x-forwarded-port": "x", "x-request-id": "a b"}, ["10.0.0.1", "10.0.0.1", "http", "a.example:8080", "8080", "<32 hex digits>"]),
    ],
)  # fmt: skip
def test_only_a_trusted_proxy_is_believed(peer: str, headers: dict[str, str], told: list[str]) -> None:
    request = Request(host="a.example:8080", client=peer, headers=tuple(headers.items()))
    made = upstream_headers(request, GLOBALS, HTTP, Policy(), None)
    names = ["X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Request-Id"]
    assert made == (("Host", "a.example:8080"), *zip(names, told, strict=True))


def test_a_rewritten_host_and_the_start_of_the_request_are_sent_where_asked_for() -> None:
    made = upstream_headers(Request(host="a"), GLOBALS, HTTP, Policy(request_start=True), Rewrite(host="b"))
    assert dict(made)["Host"] == "b"
    assert "X-Request-Start" in dict(made)


@pytest.mark.parametrize(
    ("scheme", "names"), [("https", ["Strict-Transport-Security", "Referrer-Policy"]), ("http", ["Referrer-Policy"])]
)
def test_strict_transport_security_is_said_over_https_only(scheme: str, names: list[str]) -> None:
    policy = Policy(hsts=Hsts(max_age=1, preload=True), referrer_policy="origin")
    made = answer_headers(policy, scheme)
    assert [name for name, _ in made] == names
    assert dict(made).get("Strict-Transport-Security", "max-age=1; preload") == "max-age=1; preload"
