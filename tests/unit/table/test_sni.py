"""Which certificate a TLS client gets."""

import functools

import pytest

from router.base.findings import ObjectRef, Severity
from router.certs import Certificate, read
from router.facts.core import Secret
from router.facts.meta import Meta
from router.table.claims import CertificateClaim
from router.table.hosts import ANY_HOST, HostPattern
from router.table.names import parse_host
from router.table.routes import Origin
from router.table.sni import Bound, Choice, Judged, best, choose, guards, named, patterns_of
from tests.support import certificates
from tests.support.certificates import DAY, NOW


@functools.cache
def secret(name: str, *names: str, namespace: str = "shop", ended: bool = False) -> Secret:
    key = certificates.key("ed25519")
    chain = certificates.certificate(key, names, begin=NOW - 3 * DAY, end=NOW - DAY if ended else NOW + 90 * DAY)
    made = certificates.secret(certificates.pem(chain), certificates.pem(key))
    return Secret(metadata=Meta(name=name, namespace=namespace), type=made.type, data=made.data)


SECRETS = [
    secret("a", "a.example"), secret("old", "a.example", ended=True), secret("wild", "*.example"),
    Secret(metadata=Meta(name="empty", namespace="shop")),
]  # fmt: skip


def host(text: str) -> HostPattern:
    made = ANY_HOST if text == "*" else parse_host(text)
    assert isinstance(made, HostPattern)
    return made


def claim(name: str, wanted: str = "a.example", created: str = "", by: str = "web") -> CertificateClaim:
    origin = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="shop", name=by), rule="tls[0]")
    return CertificateClaim(origin=origin, age=(created, "shop", by), host=host(wanted), namespace="shop", secret=name)


KNOWN = {s.key: Judged(result=read(s, NOW)) for s in SECRETS}


def chosen(*claims: CertificateClaim) -> Choice:
    return choose(claims, KNOWN)


@pytest.mark.parametrize(
    ("name", "wanted", "reason"),
    [
        ("a", "a.example", None), ("wild", "a.example", None), ("wild", "*.example", None), ("a", "b.example", "HostNotCovered"),
        ("a", "*.example", "HostNotCovered"), ("wild", "x.a.example", "HostNotCovered"), ("old", "a.example", "Expired"),
        ("empty", "a.example", "MissingCertificate"), ("gone", "a.example", "SecretNotFound"),
    ],
)  # fmt: skip
def test_a_certificate_is_served_if_it_is_good_for_the_host(name: str, wanted: str, reason: str | None) -> None:
    made = chosen(claim(name, wanted))
    assert made.host == host(wanted)
    assert (made.bound.host if made.bound else None) == (None if reason else host(wanted))
    assert [(f.severity, f.reason) for f in made.findings] == ([(Severity.ERROR, reason)] if reason else [])


@pytest.mark.parametrize(
    ("claims", "source", "reasons"),
    [
        ([claim("a", created="1"), claim("wild", created="2", by="late")], "Secret shop/a", ["CertificateOwned"]),
        ([claim("a", created="2", by="late"), claim("wild", created="1")], "Secret shop/wild", ["CertificateOwned"]),
        ([claim("old", created="1"), claim("a", created="2", by="late")], "Secret shop/a", ["Expired"]),
        ([claim("a", created="1"), claim("a", created="2", by="late")], "Secret shop/a", []),
    ],
)
def test_the_oldest_good_claim_of_a_host_counts(claims: list[CertificateClaim], source: str, reasons: list[str]) -> None:
    made = chosen(*claims)
    assert made.bound and made.bound.certificate.source == source
    assert [f.reason for f in made.findings] == reasons


@pytest.mark.parametrize(
    ("setting", "found", "reasons"),
    [("", False, []), ("shop/a", True, []), ("shop/gone", False, ["SecretNotFound"]), ("shop/old", False, ["Expired"])],
)
def test_the_operator_names_certificates_too(setting: str, found: bool, reasons: list[str]) -> None:
    made, said = named(setting, "--default-certificate", KNOWN)
    assert (made is not None) is found
    assert [f.reason for f in said] == reasons


def certificate() -> Certificate:
    made, _ = named("shop/a", "", KNOWN)
    assert made
    return made


def bound(text: str, namespace: str = "") -> Bound:
    return Bound(host=host(text), certificate=certificate(), namespace=namespace)


def test_a_name_is_looked_up_from_exact_to_the_shortest_wildcard() -> None:
    made = [f"{p.kind} {p.name}" for p in patterns_of("a.b.example")]
    assert made == ["exact a.b.example", "one-label b.example", "suffix b.example", "suffix example"]


@pytest.mark.parametrize(
    ("wanted", "served"),
    [
        ("a.example", "a.example"),
        ("b.example", "*.example"),
        ("*.example", "*.example"),
        ("x.b.example", None),
        ("*.b.example", None),
    ],
)
def test_an_exact_binding_comes_before_a_wildcard(wanted: str, served: str | None) -> None:
    found = best(host(wanted), {b.host: b for b in (bound("a.example"), bound("*.example"))})
    assert (str(found.host) if found else None) == served


@pytest.mark.parametrize(
    ("namespaces", "wildcard_of", "guarded"),
    [({"shop"}, "shop", False), ({"other"}, "shop", True), ({"other", "shop"}, "shop", False), ({"other"}, "", False), (set(), "shop", True)],
)  # fmt: skip
def test_a_wildcard_of_another_tenant_is_kept_off(namespaces: set[str], wildcard_of: str, guarded: bool) -> None:
    wild = {b.host: b for b in [bound("*.example", wildcard_of)]}
    made = list(guards({host("a.example"): frozenset(namespaces)}, wild, [bound("*.other"), bound("*")]))
    assert [str(g.host) for g in made] == (["a.example"] if guarded else [])
    assert all(not g.namespace for g in made)
