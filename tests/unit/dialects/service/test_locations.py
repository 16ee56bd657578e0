"""Services mounted below paths of another app's domain."""

import pytest

from router.base.parse import Bad
from router.dialects.service.locations import parse_location
from router.table.routes import Policy
from tests.unit.dialects.service.apps import app, claimed, reasons


def mounted(owner: str, **said: str) -> Policy:
    """The policy of ``/api``, on an app that says ``owner``."""
    made = claimed(owner, app("api", proxyDomain="a.test", proxyLocations="/api", **said))
    return next(c.policy for c in made.routes if c.origin.object.name == "api")


def test_a_service_is_mounted_at_its_paths() -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain="a.test", proxyLocations="/api/,/v2,/api"))
    assert sorted((c.origin.object.name, c.match.path.value, c.origin.rule) for c in made.routes) == [
        ("api", "/api", "proxyLocations[0]"),
        ("api", "/v2", "proxyLocations[1]"),
        ("web", "/", "domains[0]"),
    ]


def test_the_domain_may_be_below_the_platform_domain() -> None:
    made = claimed(app(domains="a"), app("api", proxyDomain="a", proxyLocations="/api"), platform_domain="apps.test")
    assert [str(c.host) for c in made.routes] == ["a.apps.test", "a.apps.test"]


def test_a_mounted_service_may_have_domains_of_its_own() -> None:
    made = claimed(app(domains="a.test"), app("api", domains="api.test", proxyDomain="a.test", proxyLocations="/api"))
    assert sorted(f"{c.host}{c.match.path.value}" for c in made.routes) == ["a.test/", "a.test/api", "api.test/"]


@pytest.mark.parametrize("domain", ["gone.test", "a b", "*", "dotless"])
def test_a_domain_that_nobody_has_costs_only_the_mounted_service(domain: str) -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain=domain, proxyLocations="/api"))
    assert [c.origin.object.name for c in made.routes] == ["web"]
    assert len(reasons(made)) == 1


def test_another_namespace_is_never_mounted_on() -> None:
    made = claimed(app(domains="a.test"), app("api", "other", proxyDomain="a.test", proxyLocations="/api"))
    assert [c.origin.object.name for c in made.routes] == ["web"]


@pytest.mark.parametrize("said", [{"proxyDomain": "a.test"}, {"proxyLocations": "/api"}])
def test_one_without_the_other_mounts_nothing_and_is_told(said: dict[str, str]) -> None:
    assert reasons(claimed(app("api", **said))) == ["LocationIncomplete"]


def test_a_bad_path_costs_only_itself() -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain="a.test", proxyLocations="/x;}{,bad,/../y,/ok"))
    assert [c.match.path.value for c in made.routes if c.origin.object.name == "api"] == ["/ok"]
    assert reasons(made) == ["InvalidLocation"] * 3


@pytest.mark.parametrize("text", ["/", "//x?", "/api/.*", "^/api", "/a|/b", "/[ab]", "api", "/a#b", "/%zz", "/\x00"])
def test_patterns_and_the_root_are_no_locations(text: str) -> None:
    assert isinstance(parse_location(text), Bad)


def test_the_rules_of_the_host_hold_below_the_path() -> None:
    owner = app(domains="a.test", whitelist="10.0.0.0/8", ssl_hsts_enabled="true", maintenance="true", connectTimeout="9s")
    made = mounted(owner, connectTimeout="2s")
    assert [str(n) for n in made.allow or ()] == ["10.0.0.0/8"]
    assert (made.https_redirect, made.hsts is not None, made.maintenance, made.timeouts.connect) == (301, True, 60, 2000)


def test_a_mounted_service_can_only_close_more() -> None:
    owner = app(domains="a.test", whitelist="10.0.0.0/8")
    assert [str(n) for n in mounted(owner, whitelist="10.1.0.0/16,192.0.2.1").allow or ()] == ["10.1.0.0/16"]
    assert mounted(owner, whitelist="nonsense").allow == ()
    made = mounted(app(domains="a.test"), ssl_enforce="true", maintenance="true", ssl_hsts_enabled="true")
    assert (made.https_redirect, made.maintenance, made.hsts) == (301, 60, None)
