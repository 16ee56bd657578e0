"""What happens to a request on its way, in the order of docs/explanation/meaning.md."""

import time

import pytest

from tests.support.planes import Running

pytestmark = pytest.mark.plane
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]


def test_a_whitelist_lets_its_clients_in_and_others_not(plane: Running) -> None:
    assert plane.get("open.test").status == 200
    answer = plane.get("closed.test")
    assert answer.status == 403
    assert b"<h1>Forbidden</h1>" in answer.body


def test_the_whitelist_comes_before_redirect_and_maintenance(plane: Running) -> None:
    assert plane.get("closedall.test").status == 403
    assert plane.secure("closedall.test").status == 403


def test_plain_http_is_redirected_with_the_path_as_it_came(plane: Running) -> None:
    answer = plane.get("secure.test:8080", "/a%2Fb?c=d&e")
    assert answer.status == 301
    assert answer.header("location") == f"https://secure.test:{plane.https}/a%2Fb?c=d&e"
    assert not answer.header("strict-transport-security")


def test_hsts_is_sent_over_https_once_whoever_answers(plane: Running) -> None:
    answer = plane.secure("secure.test", sni="secure.test")
    assert answer.status == 200
    assert answer.header("strict-transport-security") == "max-age=15552000"
    assert not plane.secure("plain.test").header("strict-transport-security")


@pytest.mark.parametrize("method", METHODS)
def test_maintenance_is_503_for_every_method(plane: Running, method: str) -> None:
    answer = plane.get("resting.test", "/x", method=method, body=b"abc" if method in ("POST", "PUT", "PATCH") else b"")
    assert answer.status == 503
    assert answer.header("retry-after") == "60"
    assert answer.body == b"" if method == "HEAD" else b"<h1>Back soon</h1>" in answer.body


def test_a_body_that_is_too_large_is_413(plane: Running) -> None:
    assert plane.get("small.test", method="POST", body=b"x" * 10).seen["body"] == 10
    answer = plane.get("small.test", method="POST", body=b"x" * 11)
    assert answer.status == 413
    assert b"<h1>Too large</h1>" in answer.body


def test_a_chunked_body_reaches_the_app(plane: Running) -> None:
    head = b"POST / HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert plane.raw(head + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").seen["body"] == 11


def test_an_app_that_is_too_slow_is_504(plane: Running) -> None:
    start = time.monotonic()
    answer = plane.get("slow.test")
    assert answer.status == 504
    assert b"<h1>Too slow</h1>" in answer.body
    assert time.monotonic() - start < 1.9


def test_an_app_that_refuses_connections_is_502(plane: Running) -> None:
    answer = plane.get("dead.test")
    assert answer.status == 502
    assert b"<h1>Bad gateway</h1>" in answer.body


def test_a_refused_connection_is_tried_at_another_endpoint(plane: Running) -> None:
    assert [plane.get("half.test").status for _ in range(6)] == [200] * 6


def test_a_service_without_endpoints_is_503(plane: Running) -> None:
    answer = plane.get("nobody.test")
    assert answer.status == 503
    assert b"<h1>Unavailable</h1>" in answer.body


@pytest.mark.parametrize("status", [404, 500, 503])
def test_what_the_app_answers_passes_untouched(plane: Running, status: int) -> None:
    answer = plane.get("plain.test", f"/?status={status}")
    assert (answer.status, answer.seen["app"], answer.header("x-app")) == (status, "a", "a")


def test_large_answers_are_compressed_for_those_who_want_it(plane: Running) -> None:
    answer = plane.get("plain.test", "/big", "Accept-Encoding: gzip")
    assert answer.header("content-encoding") == "gzip"
    assert answer.seen["app"] == "a"
    assert not plane.get("plain.test", "/big").header("content-encoding")


def test_head_has_no_body(plane: Running) -> None:
    answer = plane.get("plain.test", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_connections_to_the_app_are_kept(plane: Running) -> None:
    ports = {plane.get("plain.test").seen["port"] for _ in range(12)}
    assert len(ports) <= 6
