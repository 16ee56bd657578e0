"""Which addresses an Ingress shows, as tables."""

import pytest

from router.controllers.writing.addresses import decide, points
from router.facts.core import Service, ServiceSpec
from router.facts.meta import Meta, Point, Points, Reached
from router.facts.networking import Ingress
from router.facts.snapshot import Snapshot
from router.settings import Settings
from tests.support.writing import ingress, snapshot

HERE = Settings(publish_address=("192.0.2.1",))
LB = "LoadBalancer"


@pytest.mark.parametrize(
    ("spec", "got", "shown"),
    [
        (ServiceSpec(type=LB, cluster_ip="10.0.0.1"), (), []),
        (ServiceSpec(type=LB, cluster_ip="10.0.0.1"), (Point(ip="192.0.2.9"),), ["192.0.2.9"]),
        (ServiceSpec(type=LB), (Point(hostname="lb.example.com"),), ["lb.example.com"]),
        (ServiceSpec(type=LB, external_ips=("192.0.2.7",)), (), ["192.0.2.7"]),
        (ServiceSpec(cluster_ip="10.0.0.1"), (), ["10.0.0.1"]),
        (ServiceSpec(cluster_ip="None"), (), []),
        (ServiceSpec(type="NodePort", cluster_ip="10.0.0.1", external_ips=("2001:db8::1",)), (), ["2001:db8::1"]),
        (ServiceSpec(type="ExternalName", external_name="x.example.com"), (), ["x.example.com"]),
    ],
)  # fmt: skip
def test_a_service_is_reached_at(spec: ServiceSpec, got: tuple[Point, ...], shown: list[str]) -> None:
    status = Reached(load_balancer=Points(ingress=got))
    service = Service(metadata=Meta(name="lb", namespace="edge"), spec=spec, status=status)
    found = points(Snapshot(services={service.key: service}), Settings(publish_service="edge/lb"))
    assert [p.ip or p.hostname for p in found] == shown


def test_names_and_addresses_can_both_be_named() -> None:
    found = points(Snapshot(), Settings(publish_address=("gw.example.com", "192.0.2.1")))
    assert set(found) == {Point(hostname="gw.example.com"), Point(ip="192.0.2.1")}


@pytest.mark.parametrize(
    ("item", "decided"),
    [
        (ingress("new"), [("new", 1)]),
        (ingress("same", "192.0.2.1"), []),
        (ingress("moved", "192.0.2.200"), [("moved", 1)]),
        (ingress("others", klass="nginx"), []),
        (ingress("others-address", "203.0.113.5", klass="nginx"), []),
        (ingress("was-ours", "192.0.2.1", klass="nginx"), [("was-ours", 0)]),
        (ingress("shared", "192.0.2.1", "203.0.113.5", klass="nginx"), []),
    ],
)
def test_what_is_written_follows_from_whose_it_is_and_what_it_shows(item: Ingress, decided: list[tuple[str, int]]) -> None:
    assert [(p.key[1], len(p.points)) for p in decide(snapshot(item), HERE)] == decided


def test_without_an_address_nothing_is_touched() -> None:
    world = snapshot(ingress("a", "192.0.2.1"), ingress("b", "192.0.2.1", klass="nginx"))
    assert list(decide(world, Settings())) == []
    assert list(decide(world, Settings(publish_service="edge/absent"))) == []


def test_an_address_of_before_is_taken_back_too() -> None:
    world = snapshot(ingress("b", "192.0.2.200", klass="nginx"))
    assert list(decide(world, HERE)) == []
    assert [p.points for p in decide(world, HERE, frozenset({Point(ip="192.0.2.200")}))] == [()]


def test_what_is_applied_is_of_this_very_object() -> None:
    [made] = decide(snapshot(ingress("a", version="7")), HERE)
    assert made.body == {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": "shop", "name": "a", "uid": "uid-a", "resourceVersion": "7"},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }  # fmt: skip
