"""Services that are apps."""

import re
from ipaddress import IPv4Network, IPv6Network

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.base.parse import REFERRER_POLICIES, is_dns_subdomain
from router.dialects.service import FIELDS, claims
from router.facts.core import Service
from router.facts.meta import Meta
from router.facts.snapshot import Snapshot
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.settings import Settings
from router.table.claims import Claims, ForwardTo
from router.translate import translate
from tests.support.manifests import NOW
from tests.unit.dialects.service.apps import app, claimed, reasons

LABEL = {"tidegate.dev/routable": "true"}


def claims_of(annotations: dict[str, str], labels: dict[str, str]) -> Claims:
    service = Service(metadata=Meta(name="web", namespace="shop", annotations=annotations, labels=labels))
    return claims(Snapshot(services={service.key: service}), Settings())


@pytest.mark.parametrize("prefix", ["tidegate.dev/", "router.deis.io/"])
def test_a_labelled_service_with_a_domain_is_an_app(prefix: str) -> None:
    (claim,) = claimed(app(prefix=prefix, domains="shop.example.com")).routes
    assert (str(claim.host), claim.match.path.value, claim.origin.dialect) == ("shop.example.com", "/", "service")


def test_without_the_label_or_a_domain_nothing_is_claimed() -> None:
    assert not claimed(app(domains="shop.example.com").replace("routable: 'true'", "routable: 'false'")).routes
    made = claimed(app())
    assert (made.routes, reasons(made)) == ((), ["RoutableWithoutDomains"])


def test_only_the_named_namespaces_are_looked_at() -> None:
    made = claimed(app(domains="a.test"), app(namespace="other", domains="b.test"), namespaces=("other",))
    assert [str(c.host) for c in made.routes] == ["b.test"]


def test_the_port_may_be_named() -> None:
    (claim,) = claimed(app(domains="a.test", port="admin", ports="[{name: http, port: 80}, {name: admin, port: 90}]")).routes
    assert isinstance(claim.action, ForwardTo)
    assert claim.action.backends[0][0].port == "admin"


def test_a_regex_domain_is_refused_alone() -> None:
    made = claimed(app(domains="a.test", regexDomain="a[0-9]+"))
    assert (len(made.routes), reasons(made)) == (1, ["RegexDomain"])


@pytest.mark.parametrize(
    ("labels", "routed", "told"),
    [
        ({"tidegate.dev/routable": "true", "router.deis.io/routable": "false"}, 1, []),
        ({"tidegate.dev/routable": "false", "router.deis.io/routable": "true"}, 0, []),
        ({"router.deis.io/routable": "True"}, 0, ["InvalidLabel"]),
        ({"routable": "true"}, 0, []),
        ({}, 0, []),
    ],
)
def test_the_label_says_true_and_the_native_one_counts(labels: dict[str, str], routed: int, told: list[str]) -> None:
    made = claims_of({"tidegate.dev/domains": "a.test"}, labels)
    assert (len(made.routes), reasons(made)) == (routed, told)


def test_domains_that_come_to_the_same_host_are_one() -> None:
    made = claimed(app(domains="shop,shop.apps.test,SHOP.apps.test."), platform_domain="apps.test")
    assert [(str(c.host), c.origin.rule) for c in made.routes] == [("shop.apps.test", "domains[0]")]


KEYS = st.sampled_from([name for field in FIELDS for name in field.names])
TEXT = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ["a.test", "*.a.test", "a.test:x", "10.0.0.0/8", "::/0", "/api", ",", ":", ";", "}", "\n", "\x00", "1m", "true", "9"]
    )
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, TEXT, max_size=8))
def test_any_text_gives_claims_that_hold_what_their_types_promise(annotations: dict[str, str]) -> None:
    made = claims_of({"tidegate.dev/domains": "b.test", **annotations}, LABEL)
    for claim in made.routes:
        assert re.fullmatch(r"(\*\.)?[a-z0-9_.-]{1,253}", str(claim.host), re.ASCII)
        assert re.fullmatch(r"/[!-~]*", claim.match.path.value, re.ASCII)
        assert claim.policy.allow is None or all(isinstance(n, IPv4Network | IPv6Network) for n in claim.policy.allow)
        assert claim.policy.https_redirect in (None, 301)
        assert claim.policy.referrer_policy in ("", *REFERRER_POLICIES)
        numbers = (*msgspec.structs.astuple(claim.policy.timeouts), *msgspec.structs.astuple(claim.policy.buffering))
        assert all(isinstance(n, int) and 0 <= n < 2**63 for n in (*numbers, claim.policy.body_size))
    assert all(is_dns_subdomain(c.secret) for c in made.certificates)
    assert all(f.message.strip() and f.object for f in made.findings)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, TEXT, max_size=8))
def test_whatever_one_app_says_the_others_keep_their_routes(annotations: dict[str, str]) -> None:
    wild = Service(metadata=Meta(name="wild", namespace="b", annotations=annotations, labels=LABEL))
    good = Service(metadata=Meta(name="good", namespace="a", annotations={"tidegate.dev/domains": "good.test"}, labels=LABEL))
    made = translate(Snapshot(services={s.key: s for s in (wild, good)}), Settings(), NOW)
    assert ("good.test", "a") in [(str(v.host), v.owner) for v in made.table.hosts]
    for driver in (NginxDriver(), HaproxyDriver()):
        bundle = driver.render(made.table, driver.assumed()).bundle
        assert not driver.read_back(bundle, made.table, driver.assumed())
