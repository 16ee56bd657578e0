"""A bug of ours that one object meets costs that object, wherever on the way from source to plane it is."""

import importlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from router.app import drivers
from router.base.faults import Step
from router.facts.snapshot import Snapshot
from router.planes.bundle import Rendered
from router.settings import Settings
from router.sources.directory import DirectorySource
from router.table.explain import Request, explain
from router.table.types import Table
from router.translate import DIALECTS, Memos, Translation, translate
from tests.flow.conftest import Spine
from tests.support.manifests import NOW, snapshot

GUILTY, SEAT = "guilty", "127.0.0.1:9001"
MANIFESTS = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {tidegate.dev/endpoints: "127.0.0.1:9001"}}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: guilty, namespace: shop, annotations: {tidegate.dev/endpoints: "127.0.0.1:9001"}}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: guilty, namespace: shop}
data: {}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  rules:
    - host: shop.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    - host: blog.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: guilty
  namespace: shop
  creationTimestamp: "2026-02-01T00:00:00Z"
  annotations: {tidegate.dev/whitelist: 10.0.0.0/8}
spec:
  tls: [{hosts: [shop.example.com], secretName: guilty}]
  rules:
    - host: shop.example.com
      http: {paths: [{path: /admin, pathType: Prefix, backend: {service: {name: guilty, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata:
  name: guilty-app
  namespace: shop
  labels: {tidegate.dev/routable: "true"}
  annotations: {tidegate.dev/endpoints: "127.0.0.1:9001", tidegate.dev/domains: app.example.com, tidegate.dev/whitelist: 10.0.0.0/8}
spec: {ports: [{port: 80}]}
"""

SITES = {
    "ingress: policies": ("router.dialects.ingress.claims", "read_policies", "Ingress shop/guilty", Step.INGRESS),
    "ingress: tls": ("router.dialects.ingress.claims", "read_tls", "Ingress shop/guilty", Step.INGRESS),
    "service: one app": ("router.dialects.service.reading", "read_one", "Service shop/guilty-app", Step.SERVICE),
    "service: its locations": ("router.dialects.service.reading", "location_claims", "Service shop/guilty-app", Step.SERVICE),
    "certificate": ("router.table.binding", "parsed", "Secret shop/guilty", Step.CERTIFICATE),
    "route": ("router.table.virtual", "_action", "Ingress shop/guilty, Service shop/guilty-app", Step.ROUTE),
}
"""where -> (module, function, objects that meet the fault, step)"""


def named(argument: object) -> bool:
    """Whether an argument is of the guilty object: a fact, an app or a claim of it."""
    fact: Any = getattr(argument, "service", argument)
    origin: Any = getattr(argument, "origin", None)
    if origin is not None and not callable(origin):
        return GUILTY in origin.object.name
    return GUILTY in getattr(getattr(fact, "metadata", None), "name", "")


def break_(monkeypatch: pytest.MonkeyPatch, module: str, function: str, guilty: Callable[[object], bool] = named) -> None:
    """``function`` raises for arguments that are guilty."""
    *path, last = function.split(".")
    place: Any = importlib.import_module(module)
    for step in path:
        place = getattr(place, step)
    real = getattr(place, last)

    def fails(*arguments: Any, **more: Any) -> Any:
        if any(guilty(a) for a in arguments):
            raise ZeroDivisionError(f"{function} of the test")
        return real(*arguments, **more)

    monkeypatch.setattr(place, last, fails)


def translated(memos: Memos | None = None) -> Translation:
    return translate(snapshot(MANIFESTS), Settings(), NOW, None, memos)


def status(table: Table, host: str, path: str = "/") -> int:
    """0: the backend answers."""
    return explain(table, Request(host=host, path=path, client="192.0.2.1")).status


@pytest.mark.parametrize("where", list(SITES))
def test_a_fault_costs_its_object_and_nobody_else(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, function, objects, step = SITES[where]
    assert [status(translated().table, h) for h in ("shop.example.com", "blog.example.com")] == [0, 0]
    break_(monkeypatch, module, function)
    made = translated()
    guilty = set(objects.split(", "))
    assert {(str(f.object), f.step) for f in made.faults} == {(name, step) for name in guilty}
    said = [f for f in made.findings if f.reason == "InternalError"]
    assert {str(f.object) for f in said} >= guilty
    assert all(f.fix and f.location for f in said)
    assert [status(made.table, h) for h in ("shop.example.com", "blog.example.com")] == [0, 0]
    assert status(made.table, "shop.example.com", "/admin") in (403, 503)
    assert status(made.table, "app.example.com") in (403, 503)


def test_a_service_that_faults_answers_503(monkeypatch: pytest.MonkeyPatch) -> None:
    break_(monkeypatch, "router.table.backends", "_Reader._backend")
    made = translated()
    assert {str(f.object) for f in made.faults} == {"Service shop/guilty", "Service shop/guilty-app"}
    inside = Request(scheme="https", host="shop.example.com", path="/admin", client="10.1.1.1")
    assert explain(made.table, inside).status == 503
    assert status(made.table, "shop.example.com") == 0


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
@pytest.mark.parametrize("function", ["of", "_base"])
def test_a_route_that_faults_in_a_plane_answers_503_there(plane: str, function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = f"router.planes.{plane}." + {"nginx": "profiles", "haproxy": "sections"}[plane]
    maker = {"nginx": "Profiles", "haproxy": "Sections"}[plane]
    driver = drivers()[plane]
    table = translated().table
    where = {"of": f"{maker}.of", "_base": f"{maker}._base" if plane == "nginx" else "_base"}[function]
    break_(monkeypatch, module, where, lambda a: getattr(getattr(a, "policy", a), "allow", None) is not None)
    made = driver.render(table, driver.assumed())
    guilty = {"Ingress shop/guilty", "Service shop/guilty-app"}
    assert {(str(f.object), f.step) for f in made.faults} == {(o, Step.RENDER) for o in guilty}
    assert {str(f.object) for f in made.findings if f.reason == "InternalError"} == guilty
    assert list(driver.read_back(made.bundle, table, driver.assumed())) == []
    assert _places(made) == _places(driver.render(translated().table, driver.assumed()))


def _places(made: Rendered) -> set[bytes]:
    """Hosts and paths that the plane looks up."""
    maps = [f.data for f in made.bundle.files if f.path.startswith("maps/")]
    return {line.split()[0] for data in maps for line in data.splitlines()}


@pytest.mark.parametrize("name", list(DIALECTS))
def test_a_dialect_that_fails_as_a_whole_keeps_what_it_claimed_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    memos = Memos()
    good = translated(memos)

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(type(memos.readings[name]), "of", fails)
    for _ in range(2):
        again = translated(memos)
        assert again.table == good.table
        assert [(f.step, f.object) for f in again.faults] == [(name, None)]
    with pytest.raises(ZeroDivisionError):
        translated()


async def test_a_fault_is_counted_and_logged_with_its_traceback_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_(monkeypatch, "router.dialects.ingress.claims", "read_policies")
    spine = Spine()
    monkeypatch.setattr(spine.loop, "_translate", lambda snapshot, now: translate(snapshot, Settings(), NOW))
    spine.source.now = snapshot(MANIFESTS)
    with caplog.at_level(logging.ERROR):
        assert await spine.loop.once()
        assert await spine.loop.once()
    assert spine.status.faults[Step.INGRESS] == 1
    (record,) = [r for r in caplog.records if getattr(r, "trace", "")]
    assert "read_policies of the test" in record.trace  # type: ignore[attr-defined]
    assert record.fields["object"].name == "guilty"  # type: ignore[attr-defined]


@pytest.mark.parametrize("has_before", [True, False])
def test_an_object_that_faults_in_decoding_keeps_its_last_version(
    has_before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS if has_before else "")
    source = DirectorySource([str(tmp_path)])
    source.load()
    module = importlib.import_module("router.sources.directory.objects")
    break_(monkeypatch, module.__name__, "decode", lambda a: isinstance(a, dict) and a["metadata"]["name"] == GUILTY)
    (tmp_path / "all.yaml").write_text(MANIFESTS.replace("blog.", "news."))
    found: Snapshot = source.load()
    assert {f.object.name for f in found.faults if f.object} == {GUILTY}
    table = translate(found, Settings(), NOW).table
    assert status(table, "news.example.com") == 0
    assert status(table, "shop.example.com", "/admin") == (403 if has_before else 0)
