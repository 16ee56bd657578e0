"""From Ingresses to claims, item by item."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dialects.ingress import claims
from router.facts.meta import Meta
from router.facts.networking import (
    BackendPort,
    HTTPIngressPath,
    HTTPIngressRuleValue,
    Ingress,
    IngressBackend,
    IngressRule,
    IngressServiceBackend,
    IngressSpec,
    IngressTLS,
)
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import BackendRef, Claims, ForwardTo, RouteClaim


def to(service: str = "web", number: int = 80, name: str = "") -> IngressBackend:
    return IngressBackend(service=IngressServiceBackend(name=service, port=BackendPort(number=number, name=name)))


def path(text: str = "/", kind: str = "Prefix", backend: IngressBackend | None = None) -> HTTPIngressPath:
    return HTTPIngressPath(path=text, path_type=kind, backend=backend or to())


def rule(host: str, *paths: HTTPIngressPath) -> IngressRule:
    return IngressRule(host=host, http=HTTPIngressRuleValue(paths=paths) if paths else None)


def read(*rules: IngressRule, settings: Settings | None = None, namespace: str = "shop", **spec: object) -> Claims:
    made = IngressSpec(rules=rules, **spec)  # type: ignore[arg-type]
    ingress = Ingress(metadata=Meta(name="web", namespace=namespace, creation_timestamp="2026-01-01T00:00:00Z"), spec=made)
    return claims(Snapshot(ingresses={ingress.key: ingress}), settings or Settings())


def routes(made: Claims) -> list[RouteClaim]:
    return [r for r in made.routes if r.action is not None]


def said(made: Claims) -> list[tuple[str, str]]:
    return [(f.reason, f.field) for f in made.findings]


def written(made: Claims) -> list[str]:
    """``HOST KIND PATH``, with ``default`` for default backends."""
    return [f"{r.host} " + ("default" if r.fallback else f"{r.match.path.kind} {r.match.path.value}") for r in routes(made)]


@pytest.mark.parametrize(
    ("kind", "text", "made"),
    [
        ("Exact", "/a", "exact /a"), ("Exact", "/a/", "exact /a/"), ("Prefix", "/a", "prefix /a"), ("Prefix", "/a/", "prefix /a"),
        ("Prefix", "/", "prefix /"), ("ImplementationSpecific", "", "prefix /"), ("Prefix", "/é", "prefix /%C3%A9"),
    ],
)  # fmt: skip
def test_a_path_becomes_a_match(kind: str, text: str, made: str) -> None:
    assert written(read(rule("a.example", path(text, kind)))) == [f"a.example {made}"]


@pytest.mark.parametrize(
    ("number", "name", "port"), [(80, "", 80), (0, "http", "http"), (0, "8080", 8080)]
)  # fmt: skip
def test_a_port_has_a_number_or_a_name(number: int, name: str, port: int | str) -> None:
    (claim,) = routes(read(rule("a.example", path(backend=to(number=number, name=name)))))
    assert claim.action == ForwardTo(
        backends=((BackendRef(namespace="shop", service="web", port=port), 1),),
        field="spec.rules[0].http.paths[0].backend.service",
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (path("a"), "InvalidPath"), (path("/a/../b"), "InvalidPath"), (path("/a", "Regex"), "InvalidPathType"),
    ],
)  # fmt: skip
def test_a_bad_path_costs_only_itself(bad: HTTPIngressPath, reason: str) -> None:
    made = read(rule("a.example", bad, path("/good")))
    assert written(made) == ["a.example prefix /good"]
    assert [f.reason for f in made.findings] == [reason]


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (IngressBackend(resource={"kind": "StorageBucket", "name": "x"}), "UnsupportedBackend"),
        (IngressBackend(), "MissingBackend"), (to(number=0), "MissingPort"), (to(number=0, name="Not A Name"), "MissingPort"),
    ],
)  # fmt: skip
def test_a_bad_backend_keeps_its_path_so_that_no_shorter_one_takes_it(backend: IngressBackend, reason: str) -> None:
    made = read(rule("a.example", path("/admin", backend=backend), path("/")))
    assert written(made) == ["a.example prefix /admin", "a.example prefix /"]
    assert routes(made)[0].action == ForwardTo(backends=())
    assert [f.reason for f in made.findings] == [reason]


@pytest.mark.parametrize("host", ["*", "10.0.0.1", "a b", "x" * 64])
def test_a_bad_host_costs_only_its_rule(host: str) -> None:
    made = read(rule(host, path()), rule("b.example", path()))
    assert written(made) == ["b.example prefix /"]
    assert said(made) == [("InvalidHost", "spec.rules[0].host")]


@pytest.mark.parametrize(
    ("rules", "made"),
    [
        ([], ["* default"]),
        ([rule("a.example", path())], ["a.example prefix /", "a.example default"]),
        ([rule("a.example")], ["a.example default"]),
        ([rule("", path())], ["* prefix /", "* default"]),
        ([rule("not a host", path())], []),
    ],
)
def test_a_default_backend_is_for_the_hosts_of_its_rules(rules: list[IngressRule], made: list[str]) -> None:
    answer = read(*rules, default_backend=to("front"))
    assert written(answer) == made
    assert {r.everywhere for r in routes(answer) if r.fallback} <= {not rules}


def test_a_rule_without_paths_still_names_its_host() -> None:
    (claim,) = read(rule("a.example")).routes
    assert (str(claim.host), claim.action) == ("a.example", None)


@given(st.lists(st.builds(rule, st.text(), st.builds(path, st.text(), st.text())), max_size=3), st.lists(st.text(), max_size=3))
def test_no_text_raises(rules: list[IngressRule], hosts: list[str]) -> None:
    read(*rules, tls=(IngressTLS(hosts=tuple(hosts), secret_name="x"),))


@pytest.mark.parametrize(("namespaces", "served"), [((), True), (("shop",), True), (("other",), False)])
def test_only_the_named_namespaces_are_read(namespaces: tuple[str, ...], served: bool) -> None:
    made = read(rule("not a host"), rule("a.example", path()), settings=Settings(namespaces=namespaces))
    assert bool(made.routes) is bool(made.findings) is served
