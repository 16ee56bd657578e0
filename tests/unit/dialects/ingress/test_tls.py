"""spec.tls of an Ingress."""

import pytest

from router.dialects.ingress.tls import certificate_claims, read_tls, unused
from router.facts.meta import Meta
from router.facts.networking import Ingress, IngressSpec, IngressTLS
from router.table.hosts import ANY_HOST, HostPattern
from router.table.names import parse_host


def ingress(*entries: tuple[str, str]) -> Ingress:
    """``entries``: (hosts with blanks between, secret name)"""
    tls = tuple(IngressTLS(hosts=tuple(hosts.split()), secret_name=secret) for hosts, secret in entries)
    return Ingress(metadata=Meta(name="web", namespace="shop"), spec=IngressSpec(tls=tls))


def host(text: str) -> HostPattern:
    made = ANY_HOST if text == "*" else parse_host(text)
    assert isinstance(made, HostPattern)
    return made


@pytest.mark.parametrize(
    ("entries", "rule", "secret"),
    [
        ([("a.example", "a"), ("b.example", "b")], "b.example", "b"),
        ([("a.example b.example", "both")], "b.example", "both"),
        ([("*.example", "wild")], "a.example", "wild"),
        ([("*.example", "wild"), ("a.example", "a")], "a.example", "a"),
        ([("a.example", "first"), ("a.example", "second")], "a.example", "first"),
        ([("", "all")], "a.example", "all"),
        ([("", "all"), ("a.example", "a")], "a.example", "a"),
        ([("*.example", "wild")], "*.example", "wild"),
        ([("a.example", "")], "a.example", None),
        ([("a.example", "a")], "c.example", None),
        ([("a.example", "a")], "*.example", None),
        ([("", "all")], "*", None),
    ],
)
def test_a_host_of_the_rules_gets_the_secret_of_its_entry(entries: list[tuple[str, str]], rule: str, secret: str | None) -> None:
    asking = ingress(*entries)
    tls, findings = read_tls(asking)
    claims = [(c.host, c.namespace, c.secret) for c in certificate_claims(asking, [host(rule)], tls)]
    assert claims == ([(host(rule), "shop", secret)] if secret else [])
    assert not findings


@pytest.mark.parametrize(("entry", "secured"), [(("a.example", ""), True), (("", ""), True), (("b.example", "b"), False)])
def test_a_host_is_secured_with_or_without_a_secret(entry: tuple[str, str], secured: bool) -> None:
    tls, _ = read_tls(ingress(entry))
    assert (tls.of(host("a.example")) is not None) is secured


@pytest.mark.parametrize(
    ("rules", "reasons"),
    [(["a.example"], []), (["*.example"], ["UnusedTlsHost"]), (["*"], ["UnusedTlsHost"]), ([], ["UnusedTlsHost"])],
)
def test_a_host_that_no_rule_names_is_told(rules: list[str], reasons: list[str]) -> None:
    asking = ingress(("a.example", "a"))
    tls, _ = read_tls(asking)
    assert [f.reason for f in unused(asking, [host(r) for r in rules], tls)] == reasons


def test_a_bad_host_costs_only_itself() -> None:
    tls, findings = read_tls(ingress(("a..b a.example", "a")))
    assert list(tls.hosts) == [host("a.example")]
    assert [(f.reason, f.field) for f in findings] == [("InvalidHost", "spec.tls[0].hosts[0]")]
