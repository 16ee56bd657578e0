"""Domains and their certificates: a bad item costs only itself (Deis dropped the whole list)."""

import pytest

from tests.unit.dialects.service.apps import app, claimed, reasons


@pytest.mark.parametrize("bad", ["a_b!.test", "x..y", "*", "a b.test", "10.0.0.1", "a" * 64 + ".test"])
def test_one_odd_domain_costs_only_itself(bad: str) -> None:
    made = claimed(app(domains=f"good.test,{bad},*.wild.test"))
    assert sorted(str(c.host) for c in made.routes) == ["*.wild.test", "good.test"]
    assert reasons(made) == ["InvalidDomain"]


def test_a_name_without_a_dot_is_below_the_platform_domain() -> None:
    assert [str(c.host) for c in claimed(app(domains="shop"), platform_domain="apps.test").routes] == ["shop.apps.test"]
    made = claimed(app(domains="shop"))
    assert (made.routes, reasons(made)[:1]) == ((), ["InvalidDomain"])


def test_a_pattern_that_would_backtrack_for_ever_is_read_at_once() -> None:
    made = claimed(app(domains="-".join("a" * 40) + "!.test"))
    assert reasons(made)[:1] == ["InvalidDomain"]


def test_certificates_come_from_secrets_of_the_same_namespace() -> None:
    made = claimed(app(domains="a.test,b.test", certificates="a.test:one, b.test, c.test:three, b.test:../x"))
    assert [(str(c.host), c.namespace, c.secret) for c in made.certificates] == [("a.test", "shop", "one-cert")]
    assert sorted(reasons(made)) == ["CertificateWithoutDomain", "InvalidCertificate", "InvalidCertificate"]
