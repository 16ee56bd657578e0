"""What happens to a request: section 4 of the meaning, and what explain says of it."""

import functools
import json

import msgspec
import pytest

from router.base.findings import ObjectRef
from router.base.frozen import PrivateBytes
from router.certs import Certificate
from router.table.explain import Explanation, Request, explain, objects, to_builtins
from router.table.hosts import HostKind, HostPattern
from router.table.routes import Forward, Hsts, Redirect, Respond, Rewrite
from router.table.types import SniBinding, Table, VirtualHost
from tests.support.manifests import translated

MANIFESTS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /api, pathType: Prefix, backend: {service: {name: web, port: {number: 81}}}}
          - {path: /gone, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}
    - host: strict.example.com
      http: {paths: [{path: /only, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: late, namespace: evil, creationTimestamp: "2026-02-01T00:00:00Z"}
spec:
  rules:
    - host: shop.example.com
      http: {paths: [{path: /api/v1, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: closed
  namespace: shop
  annotations: {tidegate.dev/whitelist: 10.0.0.0/8, tidegate.dev/maintenance: "true", tidegate.dev/hsts: "true"}
spec:
  rules:
    - host: closed.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {tidegate.dev/endpoints: "http=127.0.0.1:9001, http=[::1]:9002"}}
spec: {ports: [{name: http, port: 80}, {name: api, port: 81}]}
"""


@functools.cache
def table() -> Table:
    return translated(MANIFESTS).table


def ask(url: str, client: str = "10.0.0.1", **more: object) -> Explanation:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return explain(table(), Request(scheme=scheme, host=host, path=slash + path, client=client, **more))  # type: ignore[arg-type]


def changed(**changes: object) -> Table:
    """The table with every route changed."""
    hosts = [
        msgspec.structs.replace(v, routes=tuple(msgspec.structs.replace(r, **changes) for r in v.routes)) for v in table().hosts
    ]
    return msgspec.structs.replace(table(), hosts=tuple(hosts))


@pytest.mark.parametrize(
    ("url", "client", "status", "location"),
    [
        ("http://shop.example.com/x?y", "10.0.0.1", 0, ""),
        ("http://SHOP.example.com.:8080/", "10.0.0.1", 0, ""),
        ("http://shop.example.com/api/x", "10.0.0.1", 503, ""),
        ("http://shop.example.com/gone", "10.0.0.1", 503, ""),
        ("http://shop.example.com/..", "10.0.0.1", 400, ""),
        ("http://other.example.com/", "10.0.0.1", 404, ""),
        ("http://strict.example.com/other", "10.0.0.1", 404, ""),
        ("http://closed.example.com/a?b", "192.0.2.1", 403, ""),
        ("https://closed.example.com/a?b", "192.0.2.1", 403, ""),
        ("http://closed.example.com:8080/a?b", "10.0.0.1", 308, "https://closed.example.com:8443/a?b"),
        ("https://closed.example.com/a?b", "10.0.0.1", 503, ""),
    ],
)
def test_the_first_step_that_answers_decides(url: str, client: str, status: int, location: str) -> None:
    found = ask(url, client)
    assert (found.status, found.location) == (status, location)
    assert bool(found.steps) or not status


def test_a_request_that_is_forwarded_says_where_to() -> None:
    found = ask("http://shop.example.com/x?y")
    assert (found.backends, found.endpoints, found.url) == (("shop/web:http",), ("127.0.0.1:9001", "[::1]:9002"), "/x?y")
    assert ("X-Forwarded-Port", "8080") in found.upstream
    assert found.host_why == "exact host"


@pytest.mark.parametrize(
    ("url", "step"),
    [
        ("http://shop.example.com/api", "no endpoints for port api"),
        ("http://shop.example.com/gone", "does not exist"),
        ("https://closed.example.com/", "maintenance"),
        ("http://other.example.com/", "no rule names other.example.com"),
        ("http://strict.example.com/", "no rule of strict.example.com matches /"),
    ],
)
def test_the_last_step_says_why(url: str, step: str) -> None:
    assert step in ask(url).steps[-1]


def test_the_steps_stand_in_the_order_of_the_meaning() -> None:
    found = ask("https://closed.example.com/")
    assert [word for step in found.steps for word in ("whitelist", "HTTPS", "maintenance") if word in step] == [
        "whitelist", "HTTPS", "maintenance",
    ]  # fmt: skip
    assert dict(found.answer) == {"Strict-Transport-Security": Hsts().value, "Retry-After": "60"}


def test_what_was_refused_is_named_where_it_would_match() -> None:
    found = ask("http://shop.example.com/api/v1/x")
    assert [(r.origin.object.name, r.match.path.value) for r in found.refused] == [("late", "/api/v1")]
    assert "belongs to namespace shop" in found.refused[0].why
    assert objects(found) == {ObjectRef(kind="Ingress", namespace=ns, name=n) for ns, n in (("shop", "web"), ("evil", "late"))}
    assert not ask("http://shop.example.com/api").refused


def test_other_actions_answer_by_themselves() -> None:
    request = Request(host="shop.example.com", path="/x")
    assert explain(changed(action=Respond(status=410)), request).status == 410
    moved = explain(changed(action=Redirect(status=301, host="new.example")), request)
    assert (moved.status, moved.location) == (301, "http://new.example:8080/x")


def test_a_rewrite_shows_in_what_the_backend_gets() -> None:
    route = next(r for v in table().hosts if str(v.host) == "shop.example.com" for r in v.routes if r.match.path.value == "/")
    assert isinstance(route.action, Forward)
    action = msgspec.structs.replace(route.action, rewrite=Rewrite(host="inner.example"))
    found = explain(changed(action=action), Request(host="shop.example.com"))
    assert ("Host", "inner.example") in found.upstream


@pytest.mark.parametrize(
    ("scheme", "certificate", "listener"),
    [("http", "", "http"), ("https", "the self-signed default one", "https"), ("ftp", "", "")],
)
def test_a_scheme_without_a_listener_is_not_found(scheme: str, certificate: str, listener: str) -> None:
    found = ask(f"{scheme}://shop.example.com/", sni="shop.example.com")
    assert (found.certificate, found.listener) == (certificate, listener)
    assert found.status == (0 if listener else 404)


def test_the_json_form_is_versioned_and_complete() -> None:
    made = to_builtins(ask("http://shop.example.com/api/v1"))
    assert json.loads(json.dumps(made)) == msgspec.json.decode(msgspec.json.encode(made))
    assert made["version"] == 1
    assert set(Explanation.__struct_fields__) <= set(made)
    assert made["route"]["path"] == "/api"
    assert [c["verdict"] for c in made["candidates"]] == ["no match", "won", "lost"]
    assert made["refused"][0]["name"] == "late"
    assert to_builtins(ask("http://other.example.com/"))["host"] is None


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.example.com", "Secret evil/wild"),
        ("shop.example.com", "the self-signed default one"),
        ("a.b.example.com", "the self-signed default one"),
        ("", "the self-signed default one"),
    ],
)
def test_a_wildcard_certificate_is_not_for_the_hosts_of_others(name: str, source: str) -> None:
    wild = HostPattern(kind=HostKind.ONE_LABEL, name="example.com")
    given = msgspec.structs.replace(
        table(),
        hosts=(*table().hosts, VirtualHost(host=wild, listeners=("https",), routes=(), owner="evil")),
        certificates=(
            Certificate(
                id="w", source="Secret evil/wild", names=("*.example.com",), not_before="", not_after="2027", chain="",
                key=PrivateBytes(b""), key_type="",
            ),
        ),
        sni=(SniBinding(host=wild, certificate="w"),),
    )  # fmt: skip
    found = explain(given, Request(scheme="https", host="shop.example.com", sni=name))
    assert found.certificate.startswith(source)
