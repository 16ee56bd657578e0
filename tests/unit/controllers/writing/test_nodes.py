"""Which nodes' addresses are ours, as tables."""

import pytest

from router.controllers.writing.addresses import decide, points
from router.facts.core import Node, NodeAddress, NodeStatus
from router.facts.meta import Key, Meta
from router.facts.pods import Condition, HostIP, OwnedMeta, OwnerReference, Pod, PodSpec, PodStatus
from router.facts.snapshot import Snapshot
from router.settings import Settings
from tests.support.writing import ingress

OWN = ("edge", "r-1")
SET = "DaemonSet router"


def pod(
    name: str, node: int, *, ready: bool = True, deleted: str = "", owner: str = SET, hash: str = "1", namespace: str = "edge"
) -> Pod:
    """On ``node``, whose internal address is 10.0.0.<node>. ``owner``: kind and name."""
    status = PodStatus(
        host_ip=f"10.0.0.{node}",
        host_ips=(HostIP(ip=f"10.0.0.{node}"),),
        conditions=(Condition(type="Initialized", status="True"), Condition(type="Ready", status=str(ready))),
    )
    kind, _, owned_by = owner.partition(" ")
    owners = (OwnerReference(kind="Helper", name="x"), OwnerReference(kind=kind, name=owned_by, controller=True)) if owner else ()
    labels = {"app": name, "pod-template-hash": hash}
    meta = OwnedMeta(name=name, namespace=namespace, labels=labels, owner_references=owners, deletion_timestamp=deleted)
    return Pod(metadata=meta, spec=PodSpec(node_name=f"node-{node}"), status=status)


def node(number: int, *external: str) -> Node:
    kept = (NodeAddress(type="InternalIP", address=f"10.0.0.{number}"), NodeAddress(type="Hostname", address=f"node-{number}"))
    shown = tuple(NodeAddress(type="ExternalIP", address=text) for text in external)
    return Node(metadata=Meta(name=f"node-{number}"), status=NodeStatus(addresses=(*kept, *shown)))


def found(*pods: Pod, kind: str = "internal", nodes: tuple[Node, ...] = (), own: Key = OWN) -> list[str]:
    world = Snapshot(pods={p.key: p for p in pods}, nodes={n.key: n for n in nodes})
    return [p.ip for p in points(world, Settings(publish_nodes=kind), own)]


@pytest.mark.parametrize(
    ("pods", "shown"),
    [
        ([pod("r-1", 1)], ["10.0.0.1"]),
        ([pod("r-1", 1), pod("r-2", 2)], ["10.0.0.1", "10.0.0.2"]),
        ([pod("r-1", 1), pod("r-2", 1)], ["10.0.0.1"]),
        ([pod("r-1", 1, owner="ReplicaSet r-1"), pod("r-2", 2, owner="ReplicaSet r-2", hash="2")], ["10.0.0.1", "10.0.0.2"]),
        ([pod("r-1", 1, owner="ReplicaSet r-1"), pod("r-2", 2, owner="ReplicaSet s-2", hash="2")], ["10.0.0.1"]),
        ([pod("r-1", 1), pod("web", 2, owner="DaemonSet web")], ["10.0.0.1"]),
        ([pod("r-1", 1), pod("web", 2, owner="StatefulSet router")], ["10.0.0.1"]),
        ([pod("r-1", 1), pod("r-2", 2, namespace="elsewhere")], ["10.0.0.1"]),
        ([pod("r-1", 1), pod("r-2", 2, ready=False)], ["10.0.0.1"]),
        ([pod("r-1", 1, ready=False), pod("r-2", 2)], ["10.0.0.2"]),
        ([pod("r-1", 1), pod("r-2", 2, deleted="2026-01-01T00:00:00Z")], ["10.0.0.1"]),
        ([pod("r-1", 1, owner=""), pod("r-2", 2, owner="")], ["10.0.0.1"]),
        ([pod("r-2", 2)], []),
    ],
    ids=lambda value: "" if value and isinstance(value[0], str) else None,
)
def test_the_nodes_of_ready_pods_like_our_own(pods: list[Pod], shown: list[str]) -> None:
    assert found(*pods) == shown


def test_a_node_with_two_families_shows_both_and_an_old_api_server_one() -> None:
    both = PodStatus(host_ip="10.0.0.1", host_ips=(HostIP(ip="10.0.0.1"), HostIP(ip="2001:db8::1")), conditions=READY)
    old = PodStatus(host_ip="10.0.0.1", host_ips=(), conditions=READY)
    none = PodStatus(conditions=READY)
    meta = OwnedMeta(name="r-1", namespace="edge")
    shown = [found(Pod(metadata=meta, status=status)) for status in (both, old, none)]
    assert shown == [["10.0.0.1", "2001:db8::1"], ["10.0.0.1"], []]


READY = (Condition(type="Ready", status="True"),)


def test_external_addresses_come_from_the_nodes_themselves() -> None:
    pods, nodes = [pod("r-1", 1), pod("r-2", 2), pod("r-3", 3)], (node(1, "192.0.2.1", "2001:db8::1"), node(2))
    assert found(*pods, kind="external", nodes=nodes) == ["192.0.2.1", "2001:db8::1"]
    assert found(*pods, kind="off", nodes=nodes) == []


def test_they_stand_beside_addresses_that_are_named() -> None:
    one = pod("r-1", 1)
    both = Settings(publish_nodes="internal", publish_address=("192.0.2.9",))
    assert [p.ip for p in points(Snapshot(pods={one.key: one}), both, OWN)] == ["10.0.0.1", "192.0.2.9"]


def test_while_no_router_is_ready_nothing_is_touched() -> None:
    one, shown = pod("r-1", 1, ready=False), ingress("a", "10.0.0.1")
    world = Snapshot(pods={one.key: one}, ingresses={shown.key: shown})
    assert list(decide(world, Settings(publish_nodes="internal"), own=OWN)) == []
