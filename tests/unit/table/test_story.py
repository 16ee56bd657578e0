"""An explanation as one screen."""

import msgspec
import pytest

from router.table import story
from router.table.explain import Request, explain
from tests.support.manifests import translated
from tests.unit.table.test_explain import MANIFESTS

TABLE = translated(MANIFESTS).table


def told(host: str, path: str = "/", scheme: str = "http", client: str = "10.0.0.1") -> str:
    return story.render_text(explain(TABLE, Request(scheme=scheme, host=host, path=path, client=client, sni=host)))


def test_a_forwarded_request_is_one_screen_of_plain_words() -> None:
    assert (
        told("shop.example.com", "/x")
        == """\
-> shop/web:http   by Ingress shop/web rules[0].paths[0]
 listener   http
 client     10.0.0.1
 host       shop.example.com (exact host)
 candidates
   won      prefix /                 Ingress shop/web rules[0].paths[0]: longest prefix
   no match prefix /gone             Ingress shop/web rules[0].paths[2]: the path does not start with it
   no match prefix /api              Ingress shop/web rules[0].paths[1]: the path does not start with it
 backend    shop/web:http
 endpoints  127.0.0.1:9001 [::1]:9002
 sends      GET /x
            Host: shop.example.com
            X-Forwarded-For: 10.0.0.1
            X-Real-IP: 10.0.0.1
            X-Forwarded-Proto: http
            X-Forwarded-Host: shop.example.com
            X-Forwarded-Port: 8080
            X-Request-Id: <32 hex digits>
"""
    )


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (told("other.example.com"), "404: no rule names other.example.com, and there are no rules without a host"),
        (
            told("closed.example.com"),
            "308 to https://closed.example.com:8443/: plain HTTP is redirected to HTTPS   by Ingress shop/closed",
        ),
        (
            told("closed.example.com", client="192.0.2.1"),
            "403: the client 192.0.2.1 is not in the whitelist   by Ingress shop/closed",
        ),
        (told("shop.example.com", "/a/../b"), "400: the path has a dot segment"),
        (told("shop.example.com", "/gone"), "503: Service shop/gone does not exist   by Ingress shop/web rules[0].paths[2]"),
    ],
)
def test_the_first_line_says_it_all(text: str, head: str) -> None:
    assert text.splitlines()[0].startswith(head)


def test_a_tls_client_hears_of_its_certificate_and_of_the_answers_headers() -> None:
    text = told("closed.example.com", scheme="https")
    assert " listener   https, server name closed.example.com, certificate: the self-signed default one\n" in text
    assert " policy     allow 10.0.0.0/8\n            redirect to https 308\n" in text
    assert " answer     Strict-Transport-Security: max-age=15552000\n            Retry-After: 60\n" in text


def test_what_was_refused_stands_among_the_candidates() -> None:
    assert "   refused  prefix /api/v1           Ingress evil/late rules[0].paths[0]: shop.example.com belongs" in told(
        "shop.example.com", "/api/v1"
    )


def test_a_host_with_many_routes_fits_a_screen() -> None:
    (virtual,) = (v for v in TABLE.hosts if str(v.host) == "shop.example.com")
    many = msgspec.structs.replace(virtual, routes=virtual.routes[:1] * 50 + virtual.routes)
    table = msgspec.structs.replace(TABLE, hosts=(many,))
    text = story.render_text(explain(table, Request(host="shop.example.com")))
    assert "won      prefix /" in text
    assert "... and 41 more that do not match" in text


def test_no_text_of_a_request_breaks_the_lines() -> None:
    assert "\x1b" not in told("shop.example.com\x1b[2J")
    assert len(told("a\nb").splitlines()) == len(told("a b").splitlines())
