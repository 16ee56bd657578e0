"""What is claimed for an app that could not be read."""

import sys

import pytest

from router.dialects.service import reading as dialect
from router.dialects.service.shut import shut
from router.settings import Settings
from router.table.claims import SHUT
from tests.support.manifests import snapshot
from tests.unit.dialects.service.apps import app, claimed

shut_module = sys.modules["router.dialects.service.shut"]
WEB = app(domains="a.example.com, no domain ,\n b", proxyDomain="c.example.com", proxyLocations="/x,/y*,/z/")


def matches(text: str = WEB, *, domains: bool = True, **settings: object) -> list[tuple[str, str]]:
    found = shut(snapshot(text).services["shop", "web"], Settings(**settings), domains=domains)  # type: ignore[arg-type]
    assert all(c.action == SHUT for c in found)
    return [(str(c.host), c.match.path.value) for c in found]


def test_every_domain_and_location_that_can_be_told_is_shut() -> None:
    names = [("a.example.com", "/"), ("b.apps.test", "/"), ("c.example.com", "/x"), ("c.example.com", "/z")]
    assert matches(platform_domain="apps.test") == names
    assert matches(domains=False) == names[2:]


def test_the_spelling_of_deis_is_read() -> None:
    assert matches(app(prefix="router.deis.io/", domains="a.example.com")) == [("a.example.com", "/")]


def test_what_is_no_app_or_not_served_is_not_shut() -> None:
    assert matches(WEB.replace("'true'", "'false'")) == []
    assert matches(namespaces=("elsewhere",)) == []


def test_a_domain_that_faults_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    real = shut_module.parse_domain
    monkeypatch.setattr(shut_module, "parse_domain", lambda text, below: 1 / 0 if text[0] == "a" else real(text, below))
    assert matches(platform_domain="apps.test")[0] == ("b.apps.test", "/")


@pytest.mark.parametrize("where", ["read_one", "location_claims"])
def test_the_dialect_shuts_what_it_can_not_read_and_reads_the_others(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(thing: object, *rest: object) -> object:
        named = thing.service if isinstance(thing, dialect.App) else thing
        return 1 / 0 if named.metadata.name == "web" else real(thing, *rest)  # type: ignore[attr-defined]

    real = getattr(dialect, where)
    monkeypatch.setattr(dialect, where, fails)
    made = claimed(WEB, app("owner", domains="c.example.com"))
    assert [str(f.object) for f in made.faults] == ["Service shop/web"]
    assert {c.origin.rule for c in made.routes if c.action == SHUT} >= {"proxyLocations[0]"}
    assert all(c.action != SHUT for c in made.routes if c.origin.object.name == "owner")
