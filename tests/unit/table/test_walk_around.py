"""No spelling of a path walks around a rule: however a server reads it, the same route would have taken what it read."""

import random

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from router.table.explain import Request, explain
from router.table.types import Table
from tests.support.manifests import translated
from tests.support.near import ODD, place, spelled
from tests.support.readings import as_target, readings
from tests.support.tables import Made, routers


def walked_around(table: Table, request: Request) -> list[str]:
    """Readings that another route should have had."""
    took = explain(table, request)
    if took.status in (400, 405, 414):
        return []
    asked = {
        reading: explain(table, msgspec.structs.replace(request, path=as_target(reading))) for reading in readings(request.path)
    }
    return [reading for reading, said in asked.items() if said.route != took.route]


def test_nothing_walks_around_a_rule_of_any_router() -> None:
    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made=routers(), seed=st.integers(0, 2**32))
    def check(made: Made, seed: int) -> None:
        table = translated(made.manifests(1, 2), **made.settings).table
        rng = random.Random(seed)
        for _ in range(100):
            host, path = place(table, rng)
            assert not walked_around(table, Request(host=host.partition(":")[0], path=path))

    check()


ADMIN = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
    - host: a.test
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /admin, pathType: Prefix, backend: {service: {name: admin, port: {number: 80}}}}
          - {path: /api/admin, pathType: Prefix, backend: {service: {name: admin, port: {number: 80}}}}
          - {path: /exact, pathType: Exact, backend: {service: {name: exact, port: {number: 80}}}}
"""


def test_nothing_walks_around_a_rule_for_admin() -> None:
    """Five thousand spellings."""
    table, rng = translated(ADMIN).table, random.Random(1)
    for _ in range(5_000):
        path = spelled(rng.choice(["/admin", "/api/admin", "/admin/x", "/exact", "/"]), rng)
        if rng.random() < 0.3:
            at = rng.randint(1, len(path))
            path = path[:at] + rng.choice(ODD) + path[at:]
        assert not walked_around(table, Request(host="a.test", path=path)), path


@pytest.mark.parametrize("path", ["/x/../admin", "/%61dmin", "//admin", "/%2Fadmin", "/admin%2Fx", "/x%2F..%2Fadmin"])
def test_a_router_that_matched_what_was_sent_would_be_found_out(path: str) -> None:
    """The judge can fail: all of these read as /admin, and none of them begins so."""
    assert any(reading.startswith("/admin") for reading in readings(path))
    assert not path.startswith("/admin/")
