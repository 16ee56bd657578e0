"""Hostile objects and hostile requests at real planes: the planes take the configuration, serve as before, and log one JSON object a request."""

import contextlib
import json
import ssl
from collections.abc import Iterator

import pytest

from router.dialects import ingress, service
from router.table.backends import SERVICE_FIELDS
from router.table.explain import Request, explain
from router.table.hosts import HostKind
from router.table.routes import PathKind
from tests.planes.test_headers import KEYS
from tests.support import hostile
from tests.support.clients import request, tls_context
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World

pytestmark = pytest.mark.plane
TEXTS = [t for t in hostile.TEXTS if not any("\ud800" <= c <= "\udfff" for c in t)]
"""Lone surrogates stop at the door (tests/properties/test_what_is_told.py): a document with one is no YAML."""


def objects(port: int) -> Iterator[dict[str, object]]:
    """For each text an Ingress and an app that hold it everywhere they can; those with good names use a good Service too."""
    yield _service("good", {"endpoints": f"127.0.0.1:{port}"}, {})
    notes = [name for f in (*service.FIELDS, *SERVICE_FIELDS) for name in f.names]
    for number, text in enumerate(TEXTS):
        to = {"service": {"name": "good", "port": {"number": 80}}}
        paths = [{"path": p, "pathType": kind, "backend": to} for p in (text, f"/{number}{text}") for kind in ("Exact", "Prefix")]
        bad = {"service": {"name": text, "port": {"name": text}}}
        rules = [
            {"host": "hostile.test", "http": {"paths": paths}}, {"host": text, "http": {"paths": paths[:1]}},
            {"host": f"h{number}.test", "http": {"paths": [{"path": text, "pathType": text, "backend": bad}]}},
        ]  # fmt: skip
        annotations = {name: text for f in ingress.FIELDS for name in f.names} if number % 2 else {}
        spec = {
            "rules": rules,
            "tls": [{"hosts": [text], "secretName": text}, {"hosts": [f"h{number}.test"], "secretName": text}],
        }
        yield {
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": spec,
            "metadata": {"name": f"e{number}", "namespace": "evil", "annotations": annotations, "labels": {"x": text}},
        }  # fmt: skip
        said = dict.fromkeys(notes, text) | {"tidegate.dev/domains": f"a{number}.test,{text}", text: text}
        yield _service(f"a{number}", said, {"tidegate.dev/routable": "true", "x": text}, text)


def _service(name: str, notes: dict[str, str], labels: dict[str, str], text: str = "http") -> dict[str, object]:
    keyed = {k if "/" in k else f"tidegate.dev/{k}" if k == "endpoints" else k: v for k, v in notes.items()}
    metadata = {"name": name, "namespace": "evil", "annotations": keyed, "labels": labels}
    spec = {"type": "ClusterIP", "externalName": text, "ports": [{"name": text, "port": 80, "appProtocol": text}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module", params=list(BINARIES))
def besieged(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Everybody's world, and all hostile objects at once. It starts only if the plane's own test and read-back are good."""
    more = "---\n".join(json.dumps(o) + "\n" for o in objects(world.ports["b"]))
    with running(request.param, world, more) as made:
        yield made


def test_a_canary_is_served_as_before(besieged: Running) -> None:
    for host, path, app in (
        ("plain.test", "/", "a"),
        ("plain.test", "/api", "b"),
        ("x.wild.test", "/", "b"),
        ("paths.test", "/exact", "b"),
    ):
        answer = besieged.get(host, path)
        assert (answer.status, answer.seen["app"]) == (200, app)
        assert besieged.logged(answer)["namespace"] == "t"
    assert besieged.get("closed.test").status == 403
    assert besieged.get("nobody.test", "/x").status == explain(besieged.table, Request(host="nobody.test", path="/x")).status
    assert besieged.secure("secure.test", sni="secure.test").status == 200


def test_every_hostile_path_that_was_accepted_leads_to_its_own_object(besieged: Running) -> None:
    (virtual,) = (v for v in besieged.table.hosts if v.host.kind is HostKind.EXACT and v.host.name == "hostile.test")
    exact = [r for r in virtual.routes if r.match.path.kind is PathKind.EXACT]
    assert len(exact) > 20, "some hostile texts are good paths"
    for route in exact[::2]:
        path = route.match.path.value
        found = explain(besieged.table, Request(host="hostile.test", path=path))
        assert found.route == route
        answer = besieged.get("hostile.test", path)
        if not found.status:
            assert (answer.status, answer.seen["target"]) == (200, path)
            line = besieged.logged(answer)
            assert (line["namespace"], line["name"], line["rule"]) == ("evil", route.origin.object.name, route.origin.rule), path
        else:
            assert answer.status == found.status, path


REQUESTS = [
    b'GET /"},{"forged":"1 HTTP/1.1\r\nHost: plain.test\r\n', b"GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: plain.test\r\n",
    b"GET /?x=%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: secure.test\r\n", b"GET //evil.test/%2f.. HTTP/1.1\r\nHost: secure.test\r\n",
    b'GET / HTTP/1.1\r\nHost: plain.test"}\r\n', b"GET / HTTP/1.1\r\nHost: plain.test\x0b\r\n", b"GET / HTTP/1.1\r\nHost: \xe2\x80\xae\r\n",
    b'G"}ET / HTTP/1.1\r\nHost: plain.test\r\n', b"GET\x0b / HTTP/1.1\r\nHost: plain.test\r\n", b"\x1b[31m / HTTP/1.1\r\nHost: plain.test\r\n",
    b'GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: "}\\u000a{"forged":1}\r\n', b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: \x1b]0;x\x07\r\n",
    b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: a\x85b\xe2\x80\xa8c\r\n", b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: a\rb\r\n",
    b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: a\n{\"forged\":1}\r\n", b"GET / HTTP/1.1\r\nHost: plain.test\r\nX-Request-Id: a\",\"forged\":\"1\r\n",
    b"GET / HTTP/1.1\r\nHost: plain.test\r\nX-Forwarded-For: \"},{\r\nX-Real-IP: \"\r\n", b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: \\\"\\\\\r\n",
    b"GET /%[env(PATH)]$request_id${x} HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: %[env(PATH)]$remote_addr\r\n", b"GET / HTTP/1.1\r\nHost: plain.test\r\nUser-Agent:\r\n",
    b"GET /" + b"a\"" * 2000 + b" HTTP/1.1\r\nHost: plain.test\r\nUser-Agent: " + b"\"\\\x01" * 800 + b"\r\n",
]  # fmt: skip
"""Without the last empty line."""


@pytest.mark.parametrize("sent", REQUESTS, ids=range(len(REQUESTS)))
def test_no_request_forges_a_line_a_field_or_a_header(besieged: Running, sent: bytes) -> None:
    answer = None
    with contextlib.suppress(EOFError), besieged.connect() as client:
        answer = client.ask(sent + b"Connection: close\r\n\r\n")
    if answer:
        assert not answer.all("x-evil")
        assert answer.status in (200, 301, 400, 405, 414, 431), answer
        assert all(name and all(c.isalnum() or c == "-" for c in name) and value.isprintable() for name, value in answer.headers)
        if answer.status == 200:
            assert not [n for n, _ in answer.seen["headers"] if n.lower() in ("x-evil", "forged")]
            besieged.logged(answer)
    with besieged.connect() as client:
        besieged.logged(client.ask(request("plain.test", "/after")))
    raw = besieged.log.read_bytes().decode()
    for line in raw.split("\n")[:-1]:
        if line.startswith("{"):
            assert list(json.loads(line)) == KEYS
            assert "forged" not in json.loads(line)
            assert line.isprintable() or not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in line)
        else:
            assert not line.lstrip().startswith('{"'), line


@pytest.mark.parametrize(
    "name", ['"},{"forged":"1', "x;}evil", "${x}", "%[src]", "/etc/passwd", "a_b.secure.test", "*.wild.test", "x" * 60 + ".test"]
)
def test_no_server_name_reads_a_file_or_a_line(besieged: Running, name: str) -> None:
    """nginx finds certificates by a variable: what a client says is only looked up, never a path."""
    try:
        with besieged.connect(besieged.https, tls=tls_context("http/1.1"), sni=name) as client:
            served = client.certificate
            answer = client.ask(request("plain.test"))
    except (ssl.SSLError, ValueError):
        return
    assert answer.status == 200
    default = besieged.connect(besieged.https, tls=tls_context("http/1.1"))
    with default as client:
        assert served == client.certificate or name == "*.wild.test"
    assert list(besieged.logged(answer)) == KEYS
