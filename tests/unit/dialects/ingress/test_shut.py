"""What is claimed for an Ingress that could not be read."""

import sys

import pytest

from router.base.findings import ObjectRef
from router.dialects.ingress.shut import shut
from router.facts.networking import Ingress, IngressClass
from router.settings import Settings
from router.table.claims import SHUT, Claims
from tests.support.manifests import snapshot

module, shut_module = sys.modules["router.dialects.ingress.claims"], sys.modules["router.dialects.ingress.shut"]
TEXT = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: tidegate
  rules:
    - host: a.example.com
      http:
        paths:
          - {path: /x, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /y, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: none, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    - {host: "b.example.com"}
    - {host: "not a host"}
"""


def ingress(text: str = TEXT) -> Ingress:
    return snapshot(text).ingresses["shop", "web"]


def matches(text: str = TEXT, **settings: object) -> list[tuple[str, str, bool]]:
    found = shut(ingress(text), {}, Settings(**settings))  # type: ignore[arg-type]
    assert all(c.action == SHUT for c in found)
    return [(str(c.host), c.match.path.value, c.fallback) for c in found]


def test_every_host_and_path_that_can_be_told_is_shut() -> None:
    assert matches() == [("a.example.com", "/x", False), ("a.example.com", "/y", False), ("b.example.com", "/", True)]


def test_with_a_default_backend_what_the_paths_leave_over_is_shut_too() -> None:
    default = "spec:\n  defaultBackend: {service: {name: web, port: {number: 80}}}\n"
    assert ("a.example.com", "/", True) in matches(TEXT.replace("spec:\n", default))


def test_a_default_backend_alone_is_shut_everywhere() -> None:
    text = TEXT.partition("  rules:")[0] + "  defaultBackend: {service: {name: web, port: {number: 80}}}\n"
    (claim,) = shut(ingress(text), {}, Settings())
    assert (claim.fallback, claim.everywhere) == (True, True)


def test_an_ingress_of_somebody_else_is_not_shut() -> None:
    assert matches(ingress_class="other") == []
    assert matches(namespaces=("elsewhere",)) == []


def test_a_path_that_faults_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    real = shut_module.match_of
    monkeypatch.setattr(shut_module, "match_of", lambda path: real(path) if path.path != "/x" else 1 / 0)
    assert [path for _, path, _ in matches()] == ["/y", "/"]


def test_the_dialect_shuts_what_it_can_not_read_and_reads_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(ingress: Ingress, settings: Settings) -> object:
        return 1 / 0 if ingress.metadata.name == "web" else real(ingress, settings)

    real = module.read_policies
    monkeypatch.setattr(module, "read_policies", fails)
    both = snapshot(TEXT + "---\n" + TEXT.replace("name: web,", "name: other,").replace("example", "other"))
    made: Claims = module.claims(both, Settings())
    assert [f.object for f in made.faults] == [ObjectRef(kind="Ingress", namespace="shop", name="web")]
    by_name = {c.origin.object.name: [x.action for x in made.routes if x.origin.object == c.origin.object] for c in made.routes}
    assert set(by_name["web"]) == {SHUT}
    assert SHUT not in by_name["other"]


def test_a_class_that_faults_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    classes: dict[tuple[str, str], IngressClass] = None  # type: ignore[assignment]
    assert shut(ingress(), classes, Settings()) == ()
