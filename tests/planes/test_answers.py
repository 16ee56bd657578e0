"""Answers on their way to the client: those without a body, interim ones, cut ones, compressed ones."""

import gzip
from collections.abc import Iterator

import h2.exceptions
import pytest

from tests.support.clients import Answer, request
from tests.support.clients_h2 import H2Client
from tests.support.manual import Manual, Upstream, manual
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
TEXT = "Content-Type: text/html"
PAGE = b"<p>text</p>" * 500


@pytest.fixture(scope="module", params=list(BINARIES))
def serving(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Manual]]:
    with manual() as made, running(request.param, world, app("manual", f"127.0.0.1:{made.port}")) as plane:
        yield plane, made


@pytest.fixture
def served(serving: tuple[Running, Manual]) -> tuple[Running, Manual]:
    serving[1].forget()
    return serving


def asked(served: tuple[Running, Manual], answer: bytes, *lines: str, method: str = "GET", path: str = "/") -> Answer:
    """What a client gets of the bytes that the app answers before it hangs up."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", path, *lines, method=method))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(answer)
        return client.answer(method)


def text(*lines: str, status: str = "200 Fine", body: bytes = b"") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def test_head_keeps_the_length_and_has_no_body(served: tuple[Running, Manual]) -> None:
    answer = asked(served, text("Content-Length: 12345", TEXT, 'ETag: "x"'), method="HEAD")
    assert (answer.status, answer.header("content-length"), answer.header("etag")) == (200, "12345", '"x"')


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_end_with_their_head(served: tuple[Running, Manual], status: int) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/one", close=False) + request("manual.test", "/two"))
        with backend.next() as upstream:
            assert upstream.head()[0] == "GET /one HTTP/1.1"
            upstream.send(text('ETag: "x"', status=f"{status} None"))
            answer = client.answer()
            assert (answer.status, answer.header("etag")) == (status, '"x"')
            taken = upstream if backend.idle() and _reads(upstream) else backend.next()
            with taken:
                taken.answer(b"two")
        assert client.answer().body == b"two"


def _reads(upstream: Upstream) -> bool:
    try:
        return upstream.head()[0] == "GET /two HTTP/1.1"
    except (EOFError, OSError):
        return False


def test_early_hints_do_not_stand_for_the_answer(served: tuple[Running, Manual]) -> None:
    """HAProxy passes 103, nginx drops it. Before 1.29 nginx takes it for the answer, so apps behind it must not send it."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(text("Link: </a.css>; rel=preload", status="103 Early Hints"))
            upstream.answer(b"late")
        first = client.answer()
        if plane.driver.name == "haproxy":
            assert (first.status, first.header("link")) == (103, "</a.css>; rel=preload")
            first = client.answer()
        if plane.name == "nginx-debian":
            assert (first.status, client.rest().startswith(b"HTTP/1.1 200")) == (103, True)
        else:
            assert (first.status, first.body) == (200, b"late")


@pytest.mark.parametrize("over", ["http", "h2"])
def test_an_answer_without_a_length_ends_with_its_connection(served: tuple[Running, Manual], over: str) -> None:
    plane, backend = served
    with plane.h2() if over == "h2" else plane.connect() as client:
        stream = client.start("manual.test") if over == "h2" else client.send(request("manual.test", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(text(TEXT, body=b"some"))
            upstream.send(b" more")
        answer = client.wait(stream) if over == "h2" else client.answer()
        assert answer.body == b"some more"
        assert answer.header("content-length") == ""
        if over == "http":  # so that it can be seen to be cut; HAProxy leaves it as it is
            assert answer.header("transfer-encoding") == ("chunked" if plane.driver.name == "nginx" else "")


CUT = {
    "a length": text("Content-Length: 100", body=b"some"),
    "chunks": text("Transfer-Encoding: chunked", body=b"4\r\nsome\r\n64\r\nmore"),
    "chunks without an end": text("Transfer-Encoding: chunked", body=b"4\r\nsome\r\n"),
}


@pytest.mark.parametrize("how", ["closes", "resets"])
@pytest.mark.parametrize("name", list(CUT))
@pytest.mark.parametrize("over", ["http", "h2"])
def test_a_cut_answer_is_seen_to_be_cut(served: tuple[Running, Manual], over: str, name: str, how: str) -> None:
    plane, backend = served
    with plane.h2() if over == "h2" else plane.connect() as client:
        stream = client.start("manual.test") if over == "h2" else client.send(request("manual.test", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(CUT[name])
            if how == "resets":
                client.wait(stream, 1) if over == "h2" else client.peek()
                upstream.abort()
        if over == "http":
            assert not client.answer().whole
        elif plane.name == "haproxy-debian":  # 2.6 ends the stream as if it were whole: only a length tells
            assert name != "a length" or _is_short(client, stream)
        else:
            assert client.wait(stream).reset


def _is_short(client: H2Client, stream: int) -> bool:
    with pytest.raises(h2.exceptions.InvalidBodyLengthError):
        client.wait(stream)
    return True


def test_trailers_of_an_answer_pass_on_haproxy(served: tuple[Running, Manual]) -> None:
    """And end here on nginx."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(text("Transfer-Encoding: chunked", "Connection: close", body=b"4\r\nsome\r\n0\r\nX-Sum: 1\r\n\r\n"))
        assert (b"\r\nx-sum: 1\r\n" in client.rest().lower()) == (plane.driver.name == "haproxy")


WRONG = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "half a head": b"HTTP/1.1 200 Fine\r\nContent-Le",
    "no status": b"HTTP/1.1 Fine\r\n\r\n",
    "two lengths": text("Content-Length: 4", "Content-Length: 5", body=b"some"),
    "a length with a sign": text("Content-Length: +4", body=b"some"),
    "a head that is too large": text("X-A: " + "a" * 70_000),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_what_is_no_answer_is_502(served: tuple[Running, Manual], name: str) -> None:
    """But without a status line it is HTTP/0.9 to nginx, and the bytes pass; before 1.23 it reads the first of two lengths."""
    plane, backend = served
    with plane.connect() as client:  # a POST that meets a connection which the test before has just closed is 502 at once
        client.send(request("manual.test", method="GET"))
        with backend.next() as upstream:
            upstream.head()
            upstream.answer()
        client.answer()
    with plane.connect() as client:
        client.send(request("manual.test", method="POST"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(WRONG[name])
        if plane.driver.name == "nginx" and name in ("no HTTP", "no status"):
            assert client.rest() == WRONG[name]
        elif plane.name == "nginx-debian" and name in ("two lengths", "a length with a sign"):
            assert client.answer().status == 200
        else:
            assert client.answer().status == 502


# Compression.

GZIP = "Accept-Encoding: gzip"


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [("gzip", True), ("br, gzip", True), ("gzip;q=0", False), ("gzip;q=0.5", True), ("identity", False), ("", False), ("deflate", False)],
)  # fmt: skip
def test_text_is_compressed_for_those_who_accept_it(served: tuple[Running, Manual], accepted: str, zipped: bool) -> None:
    """Caches are told that answers differ, whoever asked."""
    answer = asked(served, text(f"Content-Length: {len(PAGE)}", TEXT, body=PAGE), f"Accept-Encoding: {accepted}")
    assert (answer.header("content-encoding"), answer.body) == ("gzip" if zipped else "", PAGE)
    assert answer.all("vary") == ["Accept-Encoding"]


def test_a_star_is_gzip_to_haproxy(served: tuple[Running, Manual]) -> None:
    """Both are right (RFC 9110, 12.5.3)."""
    answer = asked(served, text(f"Content-Length: {len(PAGE)}", TEXT, body=PAGE), "Accept-Encoding: *")
    assert (answer.header("content-encoding") == "gzip") == (served[0].driver.name == "haproxy")
    assert answer.all("vary") == ["Accept-Encoding"]


@pytest.mark.parametrize(("status", "by"), [(200, {"nginx", "haproxy"}), (201, {"haproxy"}), (404, {"nginx"}), (500, set())])
def test_which_statuses_are_compressed(served: tuple[Running, Manual], status: int, by: set[str]) -> None:
    answer = asked(served, text(f"Content-Length: {len(PAGE)}", TEXT, status=f"{status} So", body=PAGE), GZIP)
    assert (answer.header("content-encoding") == "gzip") == (served[0].driver.name in by)


NOT_COMPRESSED = {
    "an image": text(f"Content-Length: {len(PAGE)}", "Content-Type: image/png", body=PAGE),
    "what is compressed already": text(f"Content-Length: {len(gzip.compress(PAGE))}", TEXT, "Content-Encoding: gzip", "X: a", body=gzip.compress(PAGE)),
    "another coding": text("Content-Length: 4", TEXT, "Content-Encoding: br", body=b"some"),
    "an answer to a range": text(f"Content-Length: {len(PAGE)}", TEXT, f"Content-Range: bytes 0-{len(PAGE) - 1}/9999", status="206 Part", body=PAGE),
    "no-transform": text(f"Content-Length: {len(PAGE)}", TEXT, "Cache-Control: no-transform", body=PAGE),
}  # fmt: skip


@pytest.mark.parametrize("name", list(NOT_COMPRESSED))
def test_what_is_not_compressed_stays_as_it_is(served: tuple[Running, Manual], name: str) -> None:
    answer = asked(served, NOT_COMPRESSED[name], GZIP)
    if (name, served[0].driver.name) == ("no-transform", "nginx"):  # nginx does not read it
        assert answer.header("content-encoding") == "gzip"
        return
    length = int(NOT_COMPRESSED[name].split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert answer.header("content-length") == str(length)


def test_the_answer_to_a_range_passes(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/", "Range: bytes=2-5", 'If-Range: "x"', GZIP))
        with backend.next() as upstream:
            _, headers = upstream.head()
            assert (headers["range"], headers["if-range"]) == ("bytes=2-5", '"x"')
            upstream.send(text("Content-Length: 4", "Content-Range: bytes 2-5/100", TEXT, status="206 Part", body=b"2345"))
        answer = client.answer()
        assert (answer.status, answer.header("content-range"), answer.body) == (206, "bytes 2-5/100", b"2345")


@pytest.mark.parametrize(("etag", "zipped"), [('"x"', 'W/"x"'), ('W/"x"', 'W/"x"')])
def test_the_etag_of_a_compressed_answer_is_weak(served: tuple[Running, Manual], etag: str, zipped: str) -> None:
    made = text(
        f"Content-Length: {len(PAGE)}",
        TEXT,
        f"ETag: {etag}",
        "Accept-Ranges: bytes",
        "Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT",
        body=PAGE,
    )
    answer = asked(served, made, GZIP)
    assert answer.header("content-encoding") == "gzip"
    assert answer.header("etag") == zipped
    assert answer.header("last-modified")
    plain = asked(served, made)
    assert (plain.header("etag"), plain.header("accept-ranges")) == (etag, "bytes")


def test_a_validator_comes_back_to_the_app(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/", GZIP, 'If-None-Match: W/"x"'))
        with backend.next() as upstream:
            assert upstream.head()[1]["if-none-match"] == 'W/"x"'
            upstream.send(text('ETag: "x"', status="304 Same"))
        answer = client.answer()
        assert (answer.status, answer.body) == (304, b"")


def test_the_app_is_not_asked_to_compress_less_than_the_client_wants(served: tuple[Running, Manual]) -> None:
    """Who compresses: the app, if it can. We pass on what the client accepts."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/", "Accept-Encoding: br, gzip"))
        with backend.next() as upstream:
            assert upstream.head()[1]["accept-encoding"] == "br, gzip"
            upstream.answer()
        client.answer()
