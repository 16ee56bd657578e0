"""TLS, PROXY protocol and TCP, and the protocols that apps ask for."""

import ssl

import pytest
from cryptography import x509

from tests.support.clients import request, tls_context
from tests.support.planes import Running

pytestmark = pytest.mark.plane


def names(der: bytes) -> list[str]:
    found = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.get_values_for_type(x509.DNSName)


@pytest.mark.parametrize(
    ("sni", "name"),
    [
        ("secure.test", "secure.test"), ("x.wild.test", "*.wild.test"), ("SECURE.test", "secure.test"),
        ("x.y.wild.test", "default.tidegate.invalid"), ("foreign.example", "default.tidegate.invalid"), (None, "default.tidegate.invalid"),
        ("plain.test", "default.tidegate.invalid"),
    ],
)  # fmt: skip
def test_the_certificate_is_chosen_by_server_name(plane: Running, sni: str | None, name: str) -> None:
    with plane.connect(plane.https, tls=tls_context(), sni=sni) as client:
        assert names(client.certificate)[0] == name
        assert client.ask(request("plain.test")).seen["app"] == "a"


def test_the_route_is_chosen_by_host_not_by_server_name(plane: Running) -> None:
    assert plane.secure("plain.test", "/api/x", sni="secure.test").seen["app"] == "b"


def test_tls_1_1_is_refused_and_1_2_is_not(plane: Running) -> None:
    with plane.connect(plane.https, tls=tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)) as client:
        assert client.ask(request("plain.test")).status == 200
    with pytest.warns(DeprecationWarning):
        old = tls_context(minimum_version=ssl.TLSVersion.TLSv1_1, maximum_version=ssl.TLSVersion.TLSv1_1)
    with pytest.raises(OSError):
        plane.connect(plane.https, tls=old)


def test_http_2_is_spoken_with_clients(plane: Running) -> None:
    with plane.h2("plain.test") as client:
        answer = client.get("plain.test", "/api/h2?x=%2F")
    assert (answer.status, answer.seen["app"], answer.seen["target"]) == (200, "b", "/api/h2?x=%2F")
    assert answer.headers["x-request-id"]
    assert answer.upstream("host") == ["plain.test"]


@pytest.mark.parametrize("app", ["h2c", "grpc"])
def test_http_2_is_spoken_with_apps_that_want_it(plane: Running, app: str) -> None:
    answer = plane.get(f"{app}.test", "/pkg.Service/Call?x", "TE: trailers", method="POST", body=b"\0\0\0\0\0")
    assert answer.status == 200
    seen = dict(answer.seen["headers"])
    assert seen[":path"] == "/pkg.Service/Call?x"
    assert seen["x-real-ip"] == "127.0.0.1"


@pytest.mark.parametrize(("app", "sni"), [("tls", "backend.example.com"), ("tls-nameless", "")])
def test_tls_is_spoken_with_apps_that_want_it(plane: Running, app: str, sni: str) -> None:
    seen = plane.get(f"{app}.test").seen
    assert (seen["app"], seen["sni"]) == ("tls", sni)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_proxy_header_is_sent_where_the_plane_can_and_else_it_is_503(plane: Running, version: str) -> None:
    answer = plane.get({"v1": "pp1.test", "v2": "pp.test"}[version])
    if plane.driver.name == "haproxy":
        assert answer.seen["proxy"] == f"{version} 127.0.0.1"
    else:
        assert answer.status == 503


def test_tcp_is_forwarded_as_it_is(plane: Running) -> None:
    assert _said(plane, "tcp") == b"tcp hello\n"
    assert _said(plane, "tcp-pp") == b"tcp-pp v1 127.0.0.1 hello\n"


@pytest.mark.parametrize("service", ["tcp-dead", "tcp-missing"])
def test_tcp_to_nobody_is_closed(plane: Running, service: str) -> None:
    assert _said(plane, service) == b""


def _said(plane: Running, service: str) -> bytes:
    with plane.connect(plane.tcp[service]) as client:
        client.send(b"hello\n")
        return client._receive()
