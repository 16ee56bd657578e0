"""What the backend is told about the client, and what the log says."""

import datetime
import re

import pytest

from router.table.explain import Request, explain
from tests.support.planes import Running

pytestmark = pytest.mark.plane
FORGED = (
    "X-Forwarded-For: 203.0.113.9, 10.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test", "X-Forwarded-Port: 1",
    "X-Real-IP: 203.0.113.9", "X-Request-Id: forged-1", "Proxy: evil", "Forwarded: for=1.2.3.4",
)  # fmt: skip
KEYS = [
    "time", "request_id", "client", "scheme", "host", "method", "path", "protocol", "status", "bytes", "duration", "upstream",
    "upstream_duration", "upstream_status", "user_agent", "dialect", "kind", "namespace", "name", "rule",
]  # fmt: skip


def test_nobody_is_believed_who_is_not_trusted(plane: Running) -> None:
    answer = plane.get("plain.test", "/", *FORGED)
    said = {
        name: answer.upstream(name)
        for name in ("X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port")
    }
    assert said == {
        "X-Forwarded-For": ["127.0.0.1"], "X-Real-IP": ["127.0.0.1"], "X-Forwarded-Proto": ["http"],
        "X-Forwarded-Host": ["plain.test"], "X-Forwarded-Port": [str(plane.http)],
    }  # fmt: skip
    assert not answer.upstream("Proxy")
    assert not answer.upstream("Forwarded")
    (identity,) = answer.upstream("X-Request-Id")
    assert re.fullmatch("[0-9a-f]{32}", identity)
    assert answer.header("x-request-id") == identity
    assert answer.upstream("Host") == ["plain.test"]


def test_a_trusted_proxy_is_believed(trusting: Running) -> None:
    answer = trusting.get("plain.test", "/", *FORGED)
    assert [", ".join(answer.upstream("X-Forwarded-For"))] == ["203.0.113.9, 10.9.9.9, 127.0.0.1"]
    assert answer.upstream("X-Real-IP") == ["203.0.113.9"]
    assert answer.upstream("X-Forwarded-Proto") == ["https"]
    assert answer.upstream("X-Forwarded-Host") == ["evil.test"]
    assert answer.upstream("X-Forwarded-Port") == ["1"]
    assert answer.upstream("X-Request-Id") == ["forged-1"]


def _told_as_explained(running: Running) -> None:
    pairs = tuple((n.lower(), v) for n, _, v in (text.partition(": ") for text in FORGED))
    answer = running.get("plain.test", "/", *FORGED)
    told = dict(explain(running.table, Request(host="plain.test", headers=pairs)).upstream)
    for name in ("X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port"):
        assert answer.upstream(name) == [told[name]], name
    assert ", ".join(answer.upstream("X-Forwarded-For")) == told["X-Forwarded-For"]


def test_explain_tells_the_same_headers(plane: Running) -> None:
    _told_as_explained(plane)


def test_explain_tells_the_same_headers_behind_a_trusted_proxy(trusting: Running) -> None:
    _told_as_explained(trusting)


def test_a_trusted_proxy_that_says_https_is_not_redirected(trusting: Running) -> None:
    assert trusting.get("secure.test", "/", "X-Forwarded-Proto: https").status == 200
    assert trusting.get("secure.test", "/", "X-Forwarded-Proto: http").status == 301


def test_the_whitelist_looks_at_the_client_not_at_the_proxy(trusting: Running) -> None:
    assert trusting.get("closed.test", "/", "X-Forwarded-For: 192.0.2.1").status == 200
    assert trusting.get("closed.test", "/", "X-Forwarded-For: 192.0.2.1, 203.0.113.1").status == 403
    assert trusting.get("closed.test", "/", "X-Forwarded-For: 192.0.2.1, 10.0.0.1").status == 200


@pytest.mark.parametrize("forged", ["bad id", "x" * 129, "a;b"])
def test_a_request_id_that_is_none_is_made_fresh(trusting: Running, forged: str) -> None:
    (identity,) = trusting.get("plain.test", "/", f"X-Request-Id: {forged}").upstream("X-Request-Id")
    assert re.fullmatch("[0-9a-f]{32}", identity)


def test_the_address_of_a_proxy_header_is_the_client(proxied: Running) -> None:
    v1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 5555 80\r\n"
    v2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes([192, 0, 2, 7, 127, 0, 0, 1]) + b"\x15\xb3\x00\x50"
    for first in (v1, v2):
        answer = proxied.get("closed.test", "/", first=first)
        assert answer.status == 200
        assert answer.upstream("X-Real-IP") == ["192.0.2.7"]
        assert answer.upstream("X-Forwarded-For") == ["192.0.2.7"]


def test_every_request_is_one_json_line_that_names_its_object(plane: Running) -> None:
    served = plane.logged(plane.get("plain.test", '/api/log?q="\\x', 'User-Agent: "evil\\" {} \t\x7f'))
    refused = plane.logged(plane.get("unknown.test", "/nobody"))
    assert list(served) == KEYS
    assert (served["dialect"], served["kind"], served["namespace"], served["name"]) == ("service", "Service", "t", "mounted")
    assert (served["method"], served["status"], served["host"], served["scheme"]) == ("GET", 200, "plain.test", "http")
    assert served["path"] == '/api/log?q="\\x'
    assert served["upstream"] == f"127.0.0.1:{plane.world.ports['b']}"
    assert served["client"] == "127.0.0.1"
    assert float(served["duration"]) >= 0
    assert abs((datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(served["time"])).total_seconds()) < 60
    assert refused["status"] == 404
    assert refused["name"] in ("", "-")


def test_no_request_forges_a_line(plane: Running) -> None:
    plane.raw(b'GET /forge%0a{"x":1} HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: a"},\r\nConnection: close\r\n\r\n')
    plane.raw(b"GET /\xff\xfe HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: \xc3\x28\r\nConnection: close\r\n\r\n")
    plane.raw(b"nonsense\r\n\r\n")
    plane.raw(b"G\xff\x16T / HTTP/1.1\r\nHost: plain.test\r\n\r\n")
    plane.line(path='/forge%0a{"x":1}')
    assert all(list(line) == KEYS for line in plane.lines())


def test_bytes_that_are_no_text_do_not_spoil_the_log(plane: Running) -> None:
    for agent in ("wrong \xff", "cut \xc3", "overlong \xc0\xaf", "surrogate \xed\xa0\x80"):
        assert plane.logged(plane.get("plain.test", "/", f"User-Agent: {agent}"))["user_agent"].startswith(agent.split(" ")[0])
    assert plane.logged(plane.get("plain.test", "/", "User-Agent: \xc3\xa9 \xe2\x82\xac"))["user_agent"] == "é €"
