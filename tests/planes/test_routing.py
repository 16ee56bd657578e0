"""Which requests go where, on every version of both planes. The same requests are asked of `explain`."""

import pytest

from router.table.explain import Request, explain
from tests.support.clients import request, tls_context
from tests.support.planes import Running

pytestmark = pytest.mark.plane

ROUTED = [
    ("plain.test", "/", "a"), ("PLAIN.Test", "/", "a"), ("plain.test:8080", "/x", "a"), ("plain.test.", "/", "a"),
    ("plain.test", "/api", "b"), ("plain.test", "/api/", "b"), ("plain.test", "/api/x", "b"), ("plain.test", "/apix", "a"),
    ("plain.test", "/api/v2/deep/er", "b"), ("plain.test", "/API", "a"),
    ("plain.test", "/api%2Fx", "b"), ("plain.test", "//api", "b"), ("plain.test", "/%61pi", "b"), ("plain.test", "/%2f%2F%61p%69%2F", "b"),
    ("plain.test", "/api%252Fx", "a"), ("plain.test", "/api%20x", "a"), ("plain.test", "/api;x", "a"), ("plain.test", "/api%3Fx", "a"), ("plain.test", "/%FF", "a"),
    ("x.wild.test", "/", "b"), ("include", "/", "b"), ("default", "/x", "b"), ("paths.test", "/exact", "b"), ("paths.test", "/exact/", "a"), ("paths.test", "/exact/more", "a"),
    ("nobody-names.test", "/anyhost/x", "a"), ("paths.test", "/Case/x", "b"), ("paths.test", "/case/x", "a"),
]  # fmt: skip
UNROUTED = [
    ("x.y.wild.test", "/"),
    ("wild.test", "/"),
    ("unknown.test", "/"),
    ("paths.test", "/"),
    ("paths.test", "/CASE"),
    ("paths.test", "/EXACT"),
    ("plain.test.evil", "/"),
]
RAW = ["/a%2Fb", "/a//b", "/a%20b", "/;x=1", "/?", "/a?b=c&d=%2F", "/%C3%A9", "/a+b", "/a'(b)*!", "/...", "/.hidden", "/a|b[c]"]
REFUSED = [
    ("/%", 400), ("/%4", 400), ("/%zz", 400), ("/%00", 400), ("/%0a", 400), ("/%7F", 400), ("/a/../b", 400), ("/a/./b", 400), ("/..", 400),
    ("/a/%2e%2E/b", 400), ("/.%2e/x", 400), ("/x%2F..%2Fapi", 400), ("/x%5c..%5Capi", 400), ("/x/..;/api", 400),
    ("/.%3b/api", 400), ("/a\\b", 400), ("/a#b", 400), ("/?a#b", 400), ("/\xe9", 400), ("/?\xe9", 400), ("/" + "a" * 8300, 414),
]  # fmt: skip


def explained(plane: Running, host: str, path: str):  # type: ignore[no-untyped-def]
    return explain(plane.table, Request(host=host, path=path))


@pytest.mark.parametrize(("host", "path", "app"), ROUTED)
def test_a_request_goes_where_explain_says(plane: Running, host: str, path: str, app: str) -> None:
    answer = plane.get(host, path)
    assert (answer.status, answer.seen["app"]) == (200, app)
    found = explained(plane, host, path)
    assert found.status == 0
    assert found.endpoints[0].endswith(f":{plane.world.ports[app]}")


@pytest.mark.parametrize(("host", "path"), UNROUTED)
def test_what_nobody_serves_is_404_with_our_page(plane: Running, host: str, path: str) -> None:
    answer = plane.get(host, path)
    assert answer.status == explained(plane, host, path).status == 404
    assert b"<h1>Not found</h1>" in answer.body
    assert answer.header("x-request-id")


@pytest.mark.parametrize("path", RAW)
def test_the_path_goes_upstream_as_it_came(plane: Running, path: str) -> None:
    assert plane.get("plain.test", path).seen["target"] == path


@pytest.mark.parametrize(("path", "status"), REFUSED, ids=lambda v: str(v)[:12])
def test_what_is_no_request_is_refused(plane: Running, path: str, status: int) -> None:
    assert plane.get("plain.test", path).status == explained(plane, "plain.test", path).status == status


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n",
    ],
    ids=["none", "two", "blank", "slash"],
)
def test_a_request_has_one_proper_host(plane: Running, head: str) -> None:
    assert plane.raw(f"{head}Connection: close\r\n\r\n".encode()).status == 400


def test_the_absolute_form_is_routed_by_its_host(plane: Running) -> None:
    answer = plane.raw(b"GET http://plain.test/api/x?y HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n")
    assert (answer.seen["app"], answer.seen["target"]) == ("b", "/api/x?y")


def test_large_headers_are_served_up_to_the_limit(plane: Running) -> None:
    assert plane.get("plain.test", "/", "Cookie: " + "c" * 20_000).status == 200
    assert plane.get("plain.test", "/" + "p" * 8000, "Cookie: " + "c" * 20_000).status == 200
    assert plane.get("plain.test", "/", "Cookie: " + "c" * 45_000).status in (400, 431)


def test_a_name_that_nobody_knows_harms_only_its_own_route(plane: Running) -> None:
    assert plane.get("elsewhere.test").status in (502, 503)
    assert plane.get("plain.test").status == 200


def test_the_generation_is_told_to_us_only(plane: Running) -> None:
    with plane.connect(plane.status) as client:
        assert len(client.ask(request("x", "/generation")).body.strip()) == 12
    assert plane.get("plain.test", "/generation").seen["app"] == "a"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_router_that_listens_everywhere_tells_clients_of_both_families_by_their_address(dual: Running, address: str) -> None:
    """IPv4 clients are not called ``::ffff:127.0.0.1``."""
    for port, tls in ((dual.http, None), (dual.https, tls_context("http/1.1"))):
        with dual.connect(port, tls=tls, host=address) as client:
            answer = client.ask(request("plain.test"))
        assert answer.upstream("X-Real-IP") == answer.upstream("X-Forwarded-For") == [address]
        assert dual.logged(answer)["client"] == address
    with dual.connect(dual.tcp["tcp"], host=address) as client:
        client.send(b"hello\n")
        assert client.exactly(10) == b"tcp hello\n"
