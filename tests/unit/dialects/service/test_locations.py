"""Services mounted below paths of another app's domain."""

from tests.unit.dialects.service.apps import app, claimed, reasons


def test_a_service_is_mounted_at_its_paths() -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain="a.test", proxyLocations="/api,/v2"))
    assert sorted((c.origin.object.name, c.match.path.value) for c in made.routes) == [
        ("api", "/api"),
        ("api", "/v2"),
        ("web", "/"),
    ]


def test_a_domain_that_nobody_has_costs_only_the_mounted_service() -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain="gone.test", proxyLocations="/api"))
    assert [c.origin.object.name for c in made.routes] == ["web"]
    assert len(reasons(made)) == 1


def test_another_namespace_is_never_mounted_on() -> None:
    made = claimed(app(domains="a.test"), app("api", "other", proxyDomain="a.test", proxyLocations="/api"))
    assert [c.origin.object.name for c in made.routes] == ["web"]


def test_a_bad_path_costs_only_itself() -> None:
    made = claimed(app(domains="a.test"), app("api", proxyDomain="a.test", proxyLocations="/x;}{,bad,/../y,/ok"))
    assert [c.match.path.value for c in made.routes if c.origin.object.name == "api"] == ["/ok"]
    assert len(reasons(made)) == 3
