"""TLS, HTTP/2, websockets, gRPC, PROXY protocol and TCP."""

import json
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import pytest
from cryptography import x509

from tests.planes.conftest import Running

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
    answer, certificate = plane.tls("plain.test", sni=sni)
    assert names(certificate) == [name]
    assert answer.seen["app"] == "a"


def test_the_route_is_chosen_by_host_not_by_server_name(plane: Running) -> None:
    assert plane.tls("plain.test", "/api/x", sni="secure.test")[0].seen["app"] == "b"


def test_tls_1_1_is_refused_and_1_2_is_not(plane: Running) -> None:
    assert plane.tls("plain.test", maximum_version=ssl.TLSVersion.TLSv1_2)[0].status == 200
    with pytest.warns(DeprecationWarning), pytest.raises(OSError):
        plane.tls("plain.test", minimum_version=ssl.TLSVersion.TLSv1_1, maximum_version=ssl.TLSVersion.TLSv1_1)


def test_http_2_is_spoken_with_clients(plane: Running) -> None:
    status, headers, body = _h2_get(plane, "plain.test", "/api/h2?x=%2F")
    assert (status, json.loads(body)["app"], json.loads(body)["target"]) == ("200", "b", "/api/h2?x=%2F")
    assert headers["x-request-id"]
    assert dict(json.loads(body)["headers"])["Host" if "Host" in dict(json.loads(body)["headers"]) else "host"] == "plain.test"


def _h2_get(plane: Running, host: str, path: str) -> tuple[str, dict[str, str], bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    headers: dict[str, str] = {}
    body, done = b"", False
    with socket.create_connection(("127.0.0.1", plane.https), 5) as plain, context.wrap_socket(plain, server_hostname=host) as s:
        assert s.selected_alpn_protocol() == "h2"
        state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        state.initiate_connection()
        state.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path)], end_stream=True)
        s.sendall(state.data_to_send())
        while not done:
            for event in state.receive_data(s.recv(65536)):
                if isinstance(event, h2.events.ResponseReceived):
                    headers |= dict(event.headers)  # type: ignore[arg-type]
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                elif isinstance(event, h2.events.StreamEnded):
                    done = True
            s.sendall(state.data_to_send())
    return headers[":status"], headers, body


def test_a_websocket_passes_both_ways(plane: Running) -> None:
    head = (
        "GET /ws HTTP/1.1\r\nHost: plain.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", plane.http), 5) as s:
        s.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += s.recv(65536)
        assert answer.startswith(b"HTTP/1.1 101")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
        for frame in (b"\x81\x85masked", b"\x82" + bytes(range(200))):
            s.sendall(frame)
            got = b""
            while len(got) < len(frame):
                got += s.recv(65536)
            assert got == frame


@pytest.mark.parametrize("app", ["h2c", "grpc"])
def test_http_2_is_spoken_with_apps_that_want_it(plane: Running, app: str) -> None:
    answer = plane.get(f"{app}.test", "/pkg.Service/Call?x", "TE: trailers", method="POST", body=b"\0\0\0\0\0")
    assert answer.status == 200
    seen = dict(answer.seen["headers"])
    assert seen[":path"] == "/pkg.Service/Call?x"
    assert seen["x-real-ip"] == "127.0.0.1"


def test_grpc_trailers_reach_the_client(plane: Running) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    trailers: dict[str, str] = {}
    with socket.create_connection(("127.0.0.1", plane.https), 5) as plain, context.wrap_socket(plain) as s:
        state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        state.initiate_connection()
        head = [(":method", "POST"), (":scheme", "https"), (":authority", "grpc.test"), (":path", "/a.B/C")]
        state.send_headers(1, [*head, ("content-type", "application/grpc"), ("te", "trailers")])
        state.send_data(1, b"\0\0\0\0\0", end_stream=True)
        s.sendall(state.data_to_send())
        ended = False
        while not ended:
            for event in state.receive_data(s.recv(65536)):
                if isinstance(event, h2.events.TrailersReceived):
                    trailers |= dict(event.headers)  # type: ignore[arg-type]
                ended = ended or isinstance(event, h2.events.StreamEnded)
            s.sendall(state.data_to_send())
    assert trailers["grpc-status"] == "0"


def test_tls_is_spoken_with_apps_that_want_it(plane: Running) -> None:
    assert plane.get("tls.test").seen["app"] == "tls"


def test_a_proxy_header_is_sent_where_the_plane_can_and_else_it_is_503(plane: Running) -> None:
    answer = plane.get("pp.test")
    if plane.driver.name == "haproxy":
        assert answer.seen["app"] == "pp v2"
    else:
        assert answer.status == 503


def test_tcp_is_forwarded_as_it_is(plane: Running) -> None:
    assert _say(plane.tcp, b"hello\n") == b"tcp hello\n"
    assert _say(plane.tcp_pp, b"hello\n") == b"tcp-pp v1 hello\n"


def _say(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(data)
        return s.recv(65536)
