"""Tables without some objects, and with only some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef
from router.certs.selfsigned import make
from router.settings import TcpService
from router.table.explain import Request, explain
from router.table.types import Table
from router.table.without import HARMLESS, PROBE, alone, parts, secret_of, without
from tests.support.manifests import NOW, translated
from tests.support.shops import INGRESSES, shops

TABLE = translated(shops(), tcp=(TcpService(listen=7000, namespace="shop0", service="web", port=80),)).table
INGRESS = ObjectRef(kind="Ingress", namespace="shop0", name="admin")
OTHER = ObjectRef(kind="Ingress", namespace="shop0", name="web")
SERVICE = ObjectRef(kind="Service", namespace="shop0", name="web")
SECRET = ObjectRef(kind="Secret", namespace="shop0", name="tls")
subsets = st.sets(st.sampled_from(sorted(parts(TABLE))))


def status(table: Table, path: str) -> int:
    return explain(table, Request(host="h0.example.com", path=path, client="10.0.0.1")).status


def test_every_object_has_its_part() -> None:
    found = parts(TABLE)
    assert {SERVICE, SECRET, INGRESS, OTHER} <= found.keys()
    assert [r.match.path.value for r in found[INGRESS].routes] == ["/admin"]
    assert [b.label for b in found[SERVICE].backends] == ["shop0/web:80"]
    assert len(found[SECRET].certificates) == len(found[SERVICE].streams) == 1
    assert parts(TABLE, [SECRET]) == {SECRET: found[SECRET]}


def test_without_nobody_it_is_the_same_table() -> None:
    assert without(TABLE) is TABLE


def test_what_is_shut_answers_503_and_falls_to_nobody() -> None:
    assert (status(TABLE, "/admin"), status(TABLE, "/")) == (0, 0)
    made = without(TABLE, frozenset({INGRESS}))
    assert (status(made, "/admin"), status(made, "/")) == (503, 0)
    assert without(made, frozenset({INGRESS})) == made


def test_what_is_out_is_not_there() -> None:
    assert status(without(TABLE, out=frozenset({INGRESS})), "/admin") == 0


def test_a_host_goes_only_when_all_that_named_it_are_out() -> None:
    assert explain(without(TABLE, out=frozenset({INGRESS, OTHER})), Request(host="h0.example.com")).host is None
    assert explain(without(TABLE, shut=frozenset({INGRESS, OTHER})), Request(host="h0.example.com")).status == 503


def test_a_service_that_is_left_out_has_no_endpoints() -> None:
    made = without(TABLE, frozenset({SERVICE}))
    assert status(made, "/") == 503
    assert not any(b.endpoints for b in made.backends if b.service == SERVICE)


def test_a_secret_that_is_left_out_gives_no_certificate() -> None:
    made = without(TABLE, frozenset({SECRET}))
    assert len(made.certificates) == len(TABLE.certificates) - 1
    assert {s.certificate for s in made.sni} <= {c.id for c in made.certificates}


def test_the_routers_own_certificate_is_nobodys() -> None:
    assert secret_of(make(NOW)) is None


def test_a_backend_alone_gets_a_route_of_its_own() -> None:
    small = alone(TABLE, frozenset({SERVICE}))
    (virtual,) = small.hosts
    assert virtual.host == PROBE
    assert [b.service for b in small.backends] == [SERVICE]
    assert len(small.streams) == 1


def test_an_object_alone_leads_to_no_endpoint_of_others() -> None:
    small = alone(TABLE, frozenset({OTHER}))
    assert [r.origin.object for v in small.hosts for r in v.routes] == [OTHER]
    assert [[*b.endpoints] for b in small.backends] == [[HARMLESS]]
    assert small.certificates == ()


@given(subsets, subsets)
def test_small_tables_hold_nobody_else_and_all_they_name(whole: set[ObjectRef], shut: set[ObjectRef]) -> None:
    small = alone(TABLE, frozenset(whole), frozenset(shut - whole))
    assert {o for o, p in parts(small).items() if p.routes} <= whole | shut | {SERVICE}
    known = {b.id for b in small.backends}
    assert {w.backend for v in small.hosts for r in v.routes for w in getattr(r.action, "backends", ())} <= known
    assert {s.backend for s in small.streams} <= known
    assert {s.certificate for s in small.sni} <= {c.id for c in small.certificates}
    assert small.default_certificate in {"", *(c.id for c in small.certificates)}


@given(subsets)
def test_all_alone_together_are_the_whole(some: set[ObjectRef]) -> None:
    made, rest = alone(TABLE, frozenset(parts(TABLE))), without(TABLE, frozenset(some))
    assert [v.host for v in made.hosts] == [v.host for v in TABLE.hosts]
    assert [v.host for v in rest.hosts] == [v.host for v in TABLE.hosts]
    assert parts(made) == parts(TABLE)


@pytest.mark.parametrize("number", range(INGRESSES))
def test_nobody_else_is_touched(number: int) -> None:
    gone = ObjectRef(kind="Ingress", namespace=f"shop{number}", name="web")
    before, after = parts(TABLE), parts(without(TABLE, frozenset({gone})))
    assert {o for o in before if before[o] != after.get(o)} == {gone}
