"""Nodes as addresses: an Ingress shows where routers are ready, and follows when they move."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.cluster import kubelet, manifests, pod
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.gateway import RIGHTS, rights
from tests.support.cluster.leading import LEADER_RIGHTS, LEASE, WRITE_RIGHTS, shown
from tests.support.cluster.looking import external_address, ready_pods
from tests.support.gateway import Gateway, gateway

(PODS,) = rights("routers")
(NODES,) = rights("nodes")


def everywhere(namespace: str, spec: Object) -> Object:
    """A DaemonSet."""
    labels = {"app": "router"}
    spec["tolerations"] = [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}]
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "router", "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }  # fmt: skip


def routers(namespace: str) -> Object:
    args = ["run", "--in-cluster", "--plane", "haproxy", "--namespace", namespace, "--publish-nodes", "internal"]
    args += [
        "--http",
        "0.0.0.0:80",
        "--https",
        "0.0.0.0:443",
        "--admin",
        "0.0.0.0:9100",
        "--state",
        "/state",
        "--drain-delay",
        "0",
    ]
    fields = {"POD_NAMESPACE": "metadata.namespace", "POD_NAME": "metadata.name"}
    env = [{"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in fields.items()]
    spec = manifests.pod_spec("tidegate.test/router:1", args=[*args, "--lease-duration", "4"], env=env)
    spec["containers"][0] |= {
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 9100}, "periodSeconds": 1},
        "volumeMounts": [{"name": "state", "mountPath": "/state"}],
    }
    return everywhere(namespace, spec | {"serviceAccountName": "router", "volumes": [{"name": "state", "emptyDir": {}}]})


def on(cluster: Cluster, namespace: str, node: str) -> Object:
    return next(item for item in ready_pods(cluster, namespace) if item["spec"]["nodeName"] == node)


def test_the_nodes_of_ready_routers_are_shown_and_followed_when_one_fails_or_moves_or_its_node_is_lost(
    pods: Cluster, namespace: str
) -> None:
    pods.account(namespace, "router", [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS, PODS])
    both, first = [{"ip": address} for address in sorted(pods.nodes)], [{"ip": pods.nodes[0]}]
    pods.api.apply(
        routers(namespace), manifests.service(namespace, "web"), manifests.ingress(namespace, "web", "web.example.com")
    )

    def follows(want: list[dict[str, str]], limit: float = 40) -> None:
        until(lambda: shown(pods, namespace, "web") == want, limit, lambda: json.dumps(pods.api.items("v1", "Pod", namespace)))

    follows(both)
    second = on(pods, namespace, "node-2")
    pods.api.patch(second, {"metadata": {"annotations": {pod.UNREADY: "yes"}}})
    follows(first)
    pods.api.patch(second, {"metadata": {"annotations": {pod.UNREADY: None}}})
    follows(both)
    less = routers(namespace)
    less["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "node-1"}
    pods.api.apply(less)
    follows(first)
    pods.api.apply(routers(namespace))
    follows(both)
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-2"}}
    pods.api.patch(node, {"metadata": {"annotations": {kubelet.SILENT: "yes"}}})
    try:
        follows(first)
    finally:
        pods.api.patch(node, {"metadata": {"annotations": {kubelet.SILENT: None}}})
    follows(both)


@pytest.fixture
def external(pods: Cluster) -> Iterator[str]:
    """node-2 has an address that others can reach while the test runs."""
    with external_address(pods, "node-2", "192.0.2.22") as address:
        yield address


def test_external_addresses_are_those_of_the_nodes_and_no_heartbeat_is_a_change(
    pods: Cluster, namespace: str, external: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The router itself runs beside the cluster, in the place of a pod that is there."""
    pods.api.apply(everywhere(namespace, manifests.pod_spec()))
    until(lambda: len(ready_pods(pods, namespace)) == 2)
    pods.account(namespace, "router", [NODES], everywhere=True)
    account = pods.account(namespace, "router", [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS, PODS])
    pods.api.apply(manifests.service(namespace, "web"), manifests.ingress(namespace, "web", "web.example.com"))
    monkeypatch.setenv("POD_NAMESPACE", namespace)
    monkeypatch.setenv("POD_NAME", on(pods, namespace, "node-1")["metadata"]["name"])
    with gateway("haproxy") as made:
        made.source = ["--kubeconfig", str(account), "--namespace", namespace]
        made.start("--leader-lease", f"{namespace}/{LEASE}", "--publish-nodes", "external")
        until(
            lambda: shown(pods, namespace, "web") == [{"ip": external}],
            40,
            lambda: made.log.read_text() + states(pods, namespace),
        )
        until(lambda: quiet(pods, made))
    calls = pods.audit(f"system:serviceaccount:{namespace}:router")
    denied = {e["objectRef"]["resource"] for e in calls if e["responseStatus"]["code"] == 403}
    assert denied <= {"ingressclasses", "deployments"}, "rights that nobody needs who serves one namespace"
    used = {(e["objectRef"]["resource"], e["verb"]) for e in calls}
    assert {("pods", "watch"), ("nodes", "watch")} <= used


def states(pods: Cluster, namespace: str) -> str:
    """What the router decides from, for the message of a failure."""
    seen = [*pods.api.items("v1", "Pod", namespace), *pods.api.items("v1", "Node")]
    kept = ("conditions", "addresses", "phase", "hostIP")
    return json.dumps([[o["kind"], o["metadata"]["name"], {k: o["status"].get(k) for k in kept}] for o in seen], indent=1)


def quiet(pods: Cluster, made: Gateway) -> bool:
    """Whether nothing was built while both nodes gave a sign of life; what we wrote ourselves makes a pass."""
    passes, beats = _passes(made), _versions(pods)
    until(lambda: all(one != other for one, other in zip(_versions(pods), beats, strict=True)))
    time.sleep(0.5)
    return _passes(made) == passes


def _passes(made: Gateway) -> bytes:
    return next(line for line in made.ask_admin("/metrics").splitlines() if line.startswith(b"tidegate_builds_total"))


def _versions(pods: Cluster) -> list[str]:
    return [item["metadata"]["resourceVersion"] for item in pods.api.items("v1", "Node")]
