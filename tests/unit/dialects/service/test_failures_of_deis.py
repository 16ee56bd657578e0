"""Ways in which the router of Deis failed, one test each. The numbers are those of our list of its failures."""

import base64

import pytest

from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Driver
from router.table.types import Table
from tests.support.manifests import translated
from tests.unit.dialects.service.apps import app, claimed, reasons

NEIGHBOUR = app("good", "other", domains="good.test", endpoints="127.0.0.1:9001")


def hosts(table: Table) -> list[str]:
    return [str(v.host) for v in table.hosts]


def test_1_an_ipv6_address_in_a_whitelist_does_not_open_the_app() -> None:
    (claim,) = claimed(app(domains="a.test", whitelist="2001:db8::7,10.0.0.0/8")).routes
    assert [str(n) for n in claim.policy.allow or ()] == ["10.0.0.0/8", "2001:db8::7/128"]


def test_2_an_odd_domain_does_not_take_the_others_with_it() -> None:
    made = claimed(app(domains="_dmarc.a.test,b.x,-bad-.test,c.test"))
    assert [str(c.host) for c in made.routes] == ["_dmarc.a.test", "b.x", "c.test"]
    assert reasons(made) == ["InvalidDomain"]


def test_3_a_location_on_a_domain_that_left_freezes_nobody() -> None:
    left = app("web", domains="a.test").replace("routable: 'true'", "routable: 'false'")
    made = translated("---\n".join([left, app("api", proxyDomain="a.test", proxyLocations="/api"), NEIGHBOUR]))
    assert hosts(made.table) == ["good.test"]
    assert [(str(f.object), f.reason) for f in made.findings] == [("Service shop/api", "ProxyDomainNotFound")]


@pytest.mark.parametrize("driver", [NginxDriver(), HaproxyDriver()], ids=lambda d: d.name)
@pytest.mark.parametrize("path", ["/x;}server{return 200 OWNED", "/x\nreturn 200 OWNED;", "/x OWNED;", '/x"OWNED";#'])
def test_4_text_in_a_location_never_becomes_configuration(path: str, driver: Driver) -> None:
    mounted = app("api", proxyDomain="a.test", proxyLocations=f"{path},/good", endpoints="127.0.0.1:9002")
    table = translated("---\n".join([app(domains="a.test", endpoints="127.0.0.1:9001"), mounted])).table
    bundle = driver.render(table, driver.assumed()).bundle
    assert "/good" in [r.match.path.value for v in table.hosts for r in v.routes]
    assert not driver.read_back(bundle, table, driver.assumed()), "an independent parser finds only what the table says"
    # nginx compares paths without escapes: there the text stands in its maps, as one quoted key and nowhere else.
    elsewhere = [f for f in bundle.files if driver.name != "nginx" or not f.path.startswith("maps/")]
    for word in (b"return 200 OWNED", b" OWNED", b'"OWNED'):
        assert not any(word in file.data for file in elsewhere)


def test_5_a_malformed_certificate_and_a_path_twice_cost_only_themselves() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: bad-cert, namespace: shop}\ndata: {tls.crt: X, tls.key: X}\n"
    secret = secret.replace("X", base64.b64encode(b"-----BEGIN CERTIFICATE-----\nrubbish").decode())
    web = app(domains="a.test,a.test", certificates="a.test:bad", endpoints="127.0.0.1:9001")
    made = translated("---\n".join([web, secret, NEIGHBOUR]))
    assert (hosts(made.table), made.table.certificates) == (["a.test", "good.test"], ())
    assert [f.reason for f in made.findings] == ["MalformedCertificate"]


def test_6_of_two_services_that_claim_a_domain_the_older_has_it_and_the_other_is_told() -> None:
    aged = lambda text, year: text.replace("metadata:\n", f"metadata:\n  creationTimestamp: '{year}-01-01T00:00:00Z'\n")  # noqa: E731
    young, old = aged(app("web", "a", domains="x.test"), 2026), aged(app("web", "z", domains="x.test,y.test"), 2020)
    made = translated("---\n".join([young, old]))
    assert {v.owner for v in made.table.hosts} == {"z"}
    assert ("Service a/web", "HostOwned") in [(str(f.object), f.reason) for f in made.findings]


def test_7_a_missing_secret_or_service_stops_nobody() -> None:
    made = translated("---\n".join([app(domains="a.test", certificates="a.test:gone"), NEIGHBOUR]))
    assert hosts(made.table) == ["a.test", "good.test"]
    assert "SecretNotFound" in [f.reason for f in made.findings]


@pytest.mark.parametrize("labels", [1, 100, 10_000])
def test_9_no_domain_takes_long_to_refuse(labels: int) -> None:
    made = claimed(app(domains=f"{'a-' * labels}!.test,{'a.' * labels}!,good.test"))
    assert [str(c.host) for c in made.routes] == ["good.test"]


@pytest.mark.parametrize("empty", ["", " ", ",", "\n"])
def test_10_an_empty_list_of_domains_takes_the_last_one_away(empty: str) -> None:
    left = app(prefix="router.deis.io/", domains="old.test").replace("x: y\n", f"tidegate.dev/domains: {empty!r}\n")
    made = claimed(left.replace("'\\n'", '"\\n"'))
    assert made.routes == ()
    assert reasons(made) == ["AnnotationsDiffer", "RoutableWithoutDomains"]
