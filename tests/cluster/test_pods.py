"""The stand-in kubelet: nodes and pods as controllers and people see them."""

import json
import time

import pytest

from tests.support.cluster import kubelet, manifests, pod
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.looking import ask, found, is_ready, ready_addresses, ready_pods, started


def test_nodes_are_ready(pods: Cluster) -> None:
    def statuses() -> set[str]:
        nodes = pods.api.items("v1", "Node")
        return {c["status"] for item in nodes for c in item["status"]["conditions"] if c["type"] == "Ready"}

    until(lambda: statuses() == {"True"})
    assert "Ready" in pods.kubectl("get", "nodes")


def test_a_deployment_becomes_programs_whose_addresses_stand_in_endpoint_slices(pods: Cluster, namespace: str) -> None:
    pods.api.apply(manifests.deployment(namespace, "web", 3), manifests.service(namespace, "web"))
    until(lambda: len(ready_pods(pods, namespace)) == 3, said=lambda: pods.log("host"))
    addresses = {item["status"]["podIP"] for item in ready_pods(pods, namespace)}
    until(lambda: ready_addresses(pods, namespace) == addresses)
    names = {item["metadata"]["name"] for item in ready_pods(pods, namespace)}
    answers = {ask(address)["name"] for address in addresses}
    assert answers == names
    assert {ask(address)["address"] for address in addresses} == addresses
    assert "3/3" in pods.kubectl("get", "deploy", "-n", namespace, "web")


def test_a_pod_has_its_environment_its_fields_and_its_files(pods: Cluster, namespace: str) -> None:
    pods.api.apply(
        manifests.secret(namespace, "keys", {"door": "sesame"}), manifests.config_map(namespace, "colours", {"sea": "green"})
    )
    spec = manifests.pod_spec(
        env=[
            {"name": "FILES", "value": "/etc/keys:/etc/colours:/var/run/secrets/kubernetes.io/serviceaccount"},
            {"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "BOTH", "value": "$(WHO) at $(WHERE), not $$(WHO)"},
            {"name": "DOOR", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "door"}}},
            {"name": "NONE", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "none", "optional": True}}},
        ],
        envFrom=[{"prefix": "COLOUR_", "configMapRef": {"name": "colours"}}],
        volumeMounts=[
            {"name": "keys", "mountPath": "/etc/keys", "readOnly": True},
            {"name": "colours", "mountPath": "/etc/colours"},
        ],
    )
    spec["volumes"] = [
        {"name": "keys", "secret": {"secretName": "keys"}},
        {"name": "colours", "configMap": {"name": "colours"}},
    ]
    address = started(pods, namespace, "one", spec)["status"]["podIP"]
    env = ask(address, "/env")["env"]
    assert (env["WHO"], env["WHERE"], env["DOOR"], env["COLOUR_sea"]) == ("one", address, "sesame", "green")
    assert env["BOTH"] == f"one at {address}, not $(WHO)"
    assert "NONE" not in env
    assert env["KUBERNETES_SERVICE_HOST"] in pods.server
    files = ask(address, "/files")["files"]
    assert (files["/etc/keys/door"], files["/etc/colours/sea"]) == ("sesame", "green")
    account = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert files[f"{account}/ca.crt"].startswith("-----BEGIN CERTIFICATE")
    assert files[f"{account}/namespace"] == namespace
    assert files[f"{account}/token"].count(".") == 2
    pods.api.apply(manifests.config_map(namespace, "colours", {"sea": "grey", "sky": "blue"}))
    until(lambda: ask(address, "/files")["files"].get("/etc/colours/sky") == "blue")
    assert ask(address, "/files")["files"]["/etc/colours/sea"] == "grey"


def test_a_pod_waits_for_what_it_refers_to(pods: Cluster, namespace: str) -> None:
    env = [{"name": "DOOR", "valueFrom": {"secretKeyRef": {"name": "late", "key": "door"}}}]
    pods.api.apply(manifests.pod(namespace, "one", manifests.pod_spec(env=env)))
    found(pods, namespace, "one", lambda item: "CreateContainerConfigError" in json.dumps(item["status"]))
    pods.api.apply(manifests.secret(namespace, "late", {"door": "sesame"}))
    found(pods, namespace, "one", is_ready)


def test_a_deleted_pod_has_its_grace(pods: Cluster, namespace: str) -> None:
    """It is told, may end what it does, and is gone then."""
    stubborn = manifests.pod_spec(
        "tidegate.test/shell:1", args=["trap 'echo told; sleep 1; echo bye; exit 0' TERM; echo on; while :; do sleep 0.1; done"]
    )
    one = started(pods, namespace, "one", stubborn)
    until(lambda: "on" in pods.log(f"{namespace}.one.app"))
    pods.api.delete(one)
    until(lambda: not pods.api.items("v1", "Pod", namespace))
    assert pods.log(f"{namespace}.one.app").split() == ["on", "told", "bye"]


def test_a_pod_that_does_not_listen_is_killed_when_its_grace_is_over(pods: Cluster, namespace: str) -> None:
    deaf = manifests.pod_spec("tidegate.test/shell:1", args=["trap '' TERM; while :; do echo on; sleep 0.1; done"])
    one = started(pods, namespace, "one", deaf)
    until(lambda: "on" in pods.log(f"{namespace}.one.app"))
    begin = time.monotonic()
    pods.api.delete(one, grace=2)
    until(lambda: not pods.api.items("v1", "Pod", namespace))
    assert time.monotonic() - begin > 1.5


def test_a_pod_is_unready_on_demand_and_by_its_probe(pods: Cluster, namespace: str) -> None:
    pods.api.apply(manifests.deployment(namespace, "web", 2), manifests.service(namespace, "web"))
    until(lambda: len(ready_addresses(pods, namespace)) == 2, said=lambda: pods.log("host"))
    one, two = ready_pods(pods, namespace)
    pods.api.patch(one, {"metadata": {"annotations": {pod.UNREADY: "yes"}}})
    until(lambda: ready_addresses(pods, namespace) == {two["status"]["podIP"]})
    ask(two["status"]["podIP"], "/unready", "POST")
    until(lambda: not ready_addresses(pods, namespace))
    ask(two["status"]["podIP"], "/ready", "POST")
    pods.api.patch(one, {"metadata": {"annotations": {pod.UNREADY: None}}})
    until(lambda: len(ready_addresses(pods, namespace)) == 2)


@pytest.mark.parametrize("how", ["it exits", "it is killed", "its liveness probe fails"])
def test_a_container_that_ends_is_started_again_at_the_same_address(pods: Cluster, namespace: str, how: str) -> None:
    liveness = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 2, "timeoutSeconds": 5}
    probes = {"livenessProbe": liveness} if "probe" in how else {}
    one = started(pods, namespace, "one", manifests.pod_spec(**probes))
    address = one["status"]["podIP"]
    if how == "it exits":
        ask(address, "/exit?3", "POST")
    elif how == "it is killed":
        pods.api.patch(one, {"metadata": {"annotations": {pod.KILL: "1"}}})
    else:
        ask(address, "/unready", "POST")

    def again(item: Object) -> bool:
        (status,) = item["status"]["containerStatuses"]
        return bool(status["restartCount"] == 1 and status["ready"])

    again_ = found(pods, namespace, "one", again)
    code = again_["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"]
    assert code == {"it exits": 3, "it is killed": 137, "its liveness probe fails": 0}[how]
    assert again_["status"]["podIP"] == address
    assert ask(address)["name"] == "one"


def test_a_pod_that_is_done_is_done(pods: Cluster, namespace: str) -> None:
    spec = manifests.pod_spec("tidegate.test/shell:1", args=["exit 0"]) | {"restartPolicy": "Never"}
    first = {"name": "first", "image": "tidegate.test/shell:1", "args": ["echo made > /shared/file"]}
    first["volumeMounts"] = [{"name": "shared", "mountPath": "/shared"}]
    spec["initContainers"] = [first]
    spec["containers"][0] |= {"args": ["test -s /shared/file"], "volumeMounts": first["volumeMounts"]}
    spec["volumes"] = [{"name": "shared", "emptyDir": {}}]
    pods.api.apply(manifests.pod(namespace, "good", spec))
    spec["containers"][0]["args"] = ["exit 7"]
    pods.api.apply(manifests.pod(namespace, "bad", spec))
    found(pods, namespace, "good", lambda item: item["status"]["phase"] == "Succeeded")
    found(pods, namespace, "bad", lambda item: item["status"]["phase"] == "Failed")


def test_a_container_is_as_restricted_as_it_is_said(pods: Cluster, namespace: str) -> None:
    spec = manifests.pod_spec(
        "tidegate.test/shell:1", args=["id -u; touch /file || echo closed; grep NoNewPrivs /proc/self/status; exec sleep 100"]
    )
    spec["containers"][0]["securityContext"] = {
        "runAsUser": 65532, "runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
    }  # fmt: skip
    started(pods, namespace, "one", spec)
    until(lambda: "NoNewPrivs:\t1" in pods.log(f"{namespace}.one.app"))
    assert pods.log(f"{namespace}.one.app").startswith("65532\n")
    assert "closed" in pods.log(f"{namespace}.one.app")


def test_a_pod_of_the_nodes_network_has_the_nodes_address(pods: Cluster, namespace: str) -> None:
    spec = manifests.pod_spec() | {"hostNetwork": True}
    spec["containers"][0]["ports"][0]["hostPort"] = manifests.ECHO_PORT
    one = started(pods, namespace, "one", spec)
    assert one["status"]["podIP"] in pods.nodes
    assert ask(one["status"]["podIP"])["name"] == "one"


def test_a_silent_node_loses_its_readiness_and_its_pods_theirs(pods: Cluster, namespace: str) -> None:
    spec = manifests.pod_spec() | {"nodeSelector": {"kubernetes.io/hostname": "node-2"}}
    spec["tolerations"] = [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}]
    started(pods, namespace, "one", spec)
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-2"}}
    pods.api.patch(node, {"metadata": {"annotations": {kubelet.SILENT: "yes"}}})
    try:
        until(lambda: not ready_pods(pods, namespace), 60)
    finally:
        pods.api.patch(node, {"metadata": {"annotations": {kubelet.SILENT: None}}})
    until(lambda: ready_pods(pods, namespace))
