"""From claims to the table."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.base.findings import Finding
from router.facts.core import Secret, Service, ServicePort, ServiceSpec
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
from router.settings import Settings, TcpService
from router.table.routes import Forward
from router.table.types import Table, VirtualHost
from router.translate import translate
from tests.support import certificates
from tests.support.certificates import NOW


def ingress(name: str, namespace: str, created: str, rules: list[tuple[str, str]], tls: str, default: bool) -> Ingress:
    """``rules``: (host, path). ``tls``: the Secret for all hosts, empty for none."""
    backend = IngressBackend(service=IngressServiceBackend(name="web", port=BackendPort(number=80)))
    made = tuple(
        IngressRule(
            host=host, http=HTTPIngressRuleValue(paths=(HTTPIngressPath(path=path, path_type="Prefix", backend=backend),))
        )
        for host, path in rules
    )
    spec = IngressSpec(
        rules=made, tls=(IngressTLS(secret_name=tls),) if tls else (), default_backend=backend if default else None
    )
    return Ingress(metadata=Meta(name=name, namespace=namespace, creation_timestamp=created), spec=spec)


namespaces = st.sampled_from(["red", "blue"])
rules = st.tuples(st.sampled_from(["a.example", "*.example", "b.example", ""]), st.sampled_from(["/", "/a", "/b"]))
ingresses = st.lists(
    st.builds(ingress, st.sampled_from("xyz"), namespaces, st.sampled_from(["", "1", "2"]), st.lists(rules, max_size=3), st.sampled_from(["", "wild"]), st.booleans()),
    max_size=6, unique_by=lambda i: i.key,
)  # fmt: skip
KEY = certificates.key("ed25519")


def _secret(namespace: str) -> Secret:
    chain = certificates.certificate(KEY, ("*.example",), subject=namespace)
    made = certificates.secret(certificates.pem(chain), certificates.pem(KEY))
    return Secret(metadata=Meta(name="wild", namespace=namespace), type=made.type, data=made.data)


SECRETS = {s.key: s for s in map(_secret, ("red", "blue"))}
SERVICES = {
    (ns, "web"): Service(
        metadata=Meta(name="web", namespace=ns, annotations={"tidegate.dev/endpoints": "127.0.0.1:1"}),
        spec=ServiceSpec(ports=(ServicePort(port=80),)),
    )
    for ns in ("red", "blue")
}


def built(found: list[Ingress], **given_settings: Any) -> tuple[Table, tuple[Finding, ...]]:
    snapshot = Snapshot(ingresses={i.key: i for i in found}, services=SERVICES, secrets=SECRETS)
    made = translate(snapshot, Settings(default_certificate="red/wild", **given_settings), NOW)
    return made.table, made.findings


def of(table: Table, host: str) -> VirtualHost:
    return next(v for v in table.hosts if str(v.host) == host)


ownerships = st.sampled_from(["namespace", "path"])


@settings(max_examples=60)
@given(ingresses, st.randoms(), ownerships)
def test_the_order_of_objects_changes_nothing(found: list[Ingress], rng: random.Random, ownership: str) -> None:
    shuffled = list(found)
    rng.shuffle(shuffled)
    assert built(found, host_ownership=ownership) == built(shuffled, host_ownership=ownership)


@settings(max_examples=60)
@given(ingresses, ownerships)
def test_everything_in_a_table_comes_from_an_object_and_leads_to_a_backend(found: list[Ingress], ownership: str) -> None:
    table, _ = built(found, host_ownership=ownership)
    known, backends = {i.ref for i in found}, {b.id for b in table.backends}
    used: set[str] = set()
    ids = []
    for virtual in table.hosts:
        for route in virtual.routes:
            assert route.origin.object in known
            assert isinstance(route.action, Forward)
            used |= {b.backend for b in route.action.backends}
            ids.append(route.id)
    assert used == backends
    assert len(ids) == len(set(ids))
    certificates_ = {c.id for c in table.certificates}
    assert {b.certificate for b in table.sni} | {table.default_certificate} == certificates_


@settings(max_examples=60)
@given(ingresses, namespaces)
def test_removing_a_tenants_objects_changes_others_only_where_they_had_lost(found: list[Ingress], gone: str) -> None:
    table, _ = built(found)
    rest, _ = built([i for i in found if i.metadata.namespace != gone])
    kept = {(v.host, r) for v in table.hosts for r in v.routes if r.origin.object.namespace != gone and not r.fallback}
    alone = {(v.host, r) for v in rest.hosts for r in v.routes if not r.fallback}
    lost = {(r.host, r.match) for r in table.refused}
    assert kept <= alone
    assert {(host, route.match) for host, route in alone - kept} <= lost


@settings(max_examples=60)
@given(ingresses)
def test_nobody_gets_the_certificate_of_another_tenant(found: list[Ingress]) -> None:
    table, _ = built(found)
    sources = {c.id: c.source for c in table.certificates}
    for binding in table.sni:
        owner = next(v.owner for v in table.hosts if v.host == binding.host)
        assert sources[binding.certificate] in (f"Secret {owner}/wild", "Secret red/wild")
    bound = {b.host: b.certificate for b in table.sni}
    for virtual in table.hosts:
        wild = next((c for h, c in bound.items() if str(h) == "*.example"), None)
        served = bound.get(virtual.host, wild) if str(virtual.host).endswith(".example") else None
        assert served is None or sources[served] in (f"Secret {virtual.owner}/wild", "Secret red/wild")


def test_a_default_backend_is_for_its_own_hosts_and_that_of_its_namespace_for_the_others() -> None:
    found = [
        ingress("own", "red", "1", [("a.example", "/a")], "", True),
        ingress("none", "red", "2", [("b.example", "/a"), ("", "/c")], "", False),
        ingress("foreign", "blue", "4", [("d.example", "/a")], "", False),
        ingress("global", "red", "3", [], "", True),
    ]
    table, findings = built(found)
    last = {str(v.host): v.routes[-1].origin.object.name for v in table.hosts if v.routes[-1].fallback}
    assert last == {"a.example": "own", "b.example": "global", "*": "global"}
    assert not findings


def test_a_default_backend_beside_rules_without_a_host_is_not_global() -> None:
    table, _ = built(
        [ingress("x", "red", "1", [("", "/a")], "", True), ingress("y", "blue", "2", [("a.example", "/")], "", False)]
    )
    assert [r.fallback for r in of(table, "a.example").routes] == [False]
    assert [r.fallback for r in of(table, "*").routes] == [False, True]


@pytest.mark.parametrize(
    ("found", "owners"), [([], {}), ([ingress("x", "red", "1", [("a.example", "/")], "", False)], {"a.example": "red"})]
)
def test_hosts_know_their_owner(found: list[Ingress], owners: dict[str, str]) -> None:
    assert {str(v.host): v.owner for v in built(found)[0].hosts} == owners


@pytest.mark.parametrize(("tls", "told"), [("", []), ("wild", [])])
def test_a_host_with_a_certificate_is_not_complained_about(tls: str, told: list[str]) -> None:
    assert [f.reason for f in built([ingress("x", "blue", "1", [("a.example", "/")], tls, False)])[1]] == told


def test_a_host_that_is_secured_without_a_certificate_is_named() -> None:
    snapshot = Snapshot(ingresses={("red", "x"): ingress("x", "red", "1", [("a.example", "/")], "", False)}, services=SERVICES)
    secured = Ingress(
        metadata=Meta(name="x", namespace="red"),
        spec=IngressSpec(rules=snapshot.ingresses[("red", "x")].spec.rules, tls=(IngressTLS(hosts=("a.example",)),)),
    )
    made = translate(Snapshot(ingresses={secured.key: secured}, services=SERVICES), Settings(), NOW)
    assert [f.reason for f in made.findings] == ["HostWithoutCertificate"]


def test_the_platform_certificate_covers_platform_hosts_and_not_those_that_have_their_own() -> None:
    found = [
        ingress("x", "red", "1", [("a.example", "/")], "", False),
        ingress("y", "blue", "2", [("b.example", "/")], "wild", False),
    ]
    table, _ = built(found, platform_domain="example", platform_certificate="red/wild")
    sources = {c.id: c.source for c in table.certificates}
    assert {str(b.host): sources[b.certificate] for b in table.sni} == {
        "*.example": "Secret red/wild",
        "b.example": "Secret blue/wild",
    }


def test_a_port_that_is_asked_for_twice_is_the_operators_error() -> None:
    wishes = tuple(TcpService(listen=p, namespace="red", service="web", port=80) for p in (5432, 5432, 8080))
    table, findings = built([], tcp=wishes)
    assert [(s.listener, s.origin.dialect) for s in table.streams] == [("tcp-5432", "settings")]
    assert [f.reason for f in findings] == ["PortTaken", "PortTaken"]
    assert {li.name for li in table.listeners} == {"http", "https", "tcp-5432"}


def test_a_service_that_is_missing_is_told_once_to_each_who_asks() -> None:
    found = [ingress(name, "green", "", [(f"{name}.example", "/"), (f"{name}.example", "/a")], "", False) for name in "ab"]
    _, findings = built(found)
    assert sorted((f.object.name if f.object else "", f.field) for f in findings) == [
        (name, f"spec.rules[{n}].http.paths[0].backend.service") for name in "ab" for n in (0, 1)
    ]
