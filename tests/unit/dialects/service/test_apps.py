"""Services that are apps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.table.claims import ForwardTo
from tests.unit.dialects.service.apps import app, claimed, reasons


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


TEXTS = (
    "domains",
    "certificates",
    "whitelist",
    "connectTimeout",
    "tcpTimeout",
    "maintenance",
    "ssl_enforce",
    "bodySize",
    "proxyLocations",
    "port",
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(TEXTS), st.text(max_size=40)))
def test_no_text_raises_and_a_neighbour_stands(said: dict[str, str]) -> None:
    made = claimed(app(**said), app("good", "other", domains="good.test"))
    assert "good.test" in [str(c.host) for c in made.routes]
