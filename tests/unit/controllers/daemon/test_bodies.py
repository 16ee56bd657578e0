"""The pod that is created for a node."""

from typing import Any

from router.controllers.daemon.bodies import create, pod_name
from router.controllers.daemon.reading import daemon_controller
from tests.support.daemon_world import manifest


def made(node: str = "node-1", **pod: Any) -> dict[str, Any]:
    daemon = daemon_controller(manifest(**pod))
    return dict(create(daemon, daemon.spec.template, "abc", node, ()).body)


def test_a_pod_says_whose_it_is_of_which_revision_and_for_which_node() -> None:
    pod = made()
    meta, term = pod["metadata"], {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}
    assert meta["labels"] == {"app": "edge", "controller-revision-hash": "abc"}
    assert meta["ownerReferences"] == [{
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "DaemonController", "name": "edge", "uid": "daemon-uid",
        "controller": True, "blockOwnerDeletion": True,
    }]  # fmt: skip
    assert pod["spec"]["affinity"] == {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    }
    assert "nodeName" not in pod["spec"]


def test_the_terms_of_the_template_give_way_and_the_rest_of_its_affinity_stays() -> None:
    required = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}
    preferred = [{"weight": 1, "preference": {}}]
    node_affinity = {
        "requiredDuringSchedulingIgnoredDuringExecution": required,
        "preferredDuringSchedulingIgnoredDuringExecution": preferred,
    }
    affinity = made(affinity={"nodeAffinity": node_affinity, "podAntiAffinity": {"x": 1}})["spec"]["affinity"]
    assert affinity["podAntiAffinity"] == {"x": 1}
    assert affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] == preferred
    assert "matchFields" in str(affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"])
    assert "matchExpressions" not in str(affinity)


def test_a_pod_tolerates_what_daemons_must() -> None:
    keys = [(t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in made()["spec"]["tolerations"]]
    assert keys == [
        ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
    ]  # fmt: skip
    host = made(hostNetwork=True, tolerations=[{"operator": "Exists"}])["spec"]["tolerations"]
    assert host[0] == {"operator": "Exists"}
    assert host[-1]["key"] == "node.kubernetes.io/network-unavailable"


def test_a_node_name_of_2015_stays_in_the_pod() -> None:
    assert made(nodeName="node-1")["spec"]["nodeName"] == "node-1"


def test_pods_that_share_their_ports_declare_none() -> None:
    containers = [{"name": "edge", "image": "i", "ports": [{"containerPort": 80}]}]
    shared = made(containers=containers, hostNetwork=True, rolling={"maxSurge": 1, "hostPorts": "Share"})
    assert shared["spec"]["containers"] == [{"name": "edge", "image": "i"}]
    assert made(containers=containers, rolling={"maxSurge": 1, "hostPorts": "Share"})["spec"]["containers"] == containers


def test_making_a_pod_leaves_the_template_as_it_is() -> None:
    daemon = daemon_controller(manifest())
    before = daemon.spec.template.json
    body = create(daemon, daemon.spec.template, "abc", "node-1", ()).body
    body["metadata"]["labels"]["x"] = "y"
    body["spec"]["containers"].clear()
    assert daemon.spec.template.value() == daemon.spec.template.value() and daemon.spec.template.json == before
    assert create(daemon, daemon.spec.template, "abc", "node-1", ()).body["spec"]["containers"]


def test_who_decides_twice_from_the_same_sight_asks_for_the_same_name() -> None:
    daemon = daemon_controller(manifest())
    first = pod_name(daemon, "node-1", "abc", ())
    assert first == pod_name(daemon, "node-1", "abc", ())
    others = {
        pod_name(daemon, "node-2", "abc", ()),
        pod_name(daemon, "node-1", "abd", ()),
        pod_name(daemon, "node-1", "abc", {first}),
    }
    assert len(others | {first}) == 4
    assert first.startswith("edge-") and len(first) == 13


def test_a_pods_name_fits_into_a_host_name() -> None:
    document = manifest()
    document["metadata"]["name"] = "a" * 53 + "." + "b" * 60
    name = pod_name(daemon_controller(document), "n", "r", ())
    assert len(name) <= 63 and name.startswith("a" * 53 + "-")
