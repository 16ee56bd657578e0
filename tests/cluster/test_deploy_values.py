"""What the chart makes of its values, judged by the real API server: validation and pod security, without storing anything."""

from typing import Any

import pytest

from tests.support.cluster import helm
from tests.support.cluster.api import APPLY, Object, RefusedError, path_of, path_to
from tests.support.cluster.cluster import Cluster

EVERYTHING: dict[str, Any] = {
    "plane": "haproxy",
    "replicas": 3,
    "image": {"repository": "registry.example.com/tidegate", "tag": "sha256:" + "a" * 64, "pullPolicy": "Always"},
    "imagePullSecrets": [{"name": "registry"}],
    "ingressClass": {"name": "edge", "default": True},
    "secrets": ["shop/tls", "shop/other", "blog/tls"],
    "tcp": {"5432": "db/postgres:5432", "25": "mail/smtp:smtp"},
    "pagesConfigMap": "pages",
    "settings": {"body-size": "10m", "worker-connections": 15000000, "gzip": False, "trusted-proxies": ["10.0.0.0/8", "fd00::/8"],
                 "platform-domain": "apps.example.com", "platform-certificate": "platform/tls", "referrer-policy": "$(POD_NAME) $"},
    "log": {"format": "text", "level": "debug"},
    "writeBack": {"publishAddresses": ["192.0.2.1", "gw.example.com"]},
    "service": {"type": "LoadBalancer", "httpPort": 8000, "annotations": {"a": "true"}, "loadBalancerClass": "example.com/lb",
                "loadBalancerSourceRanges": ["10.0.0.0/8"], "externalTrafficPolicy": "Local"},
    "serviceAccount": {"name": "edge", "annotations": {"a": "b"}},
    "podDisruptionBudget": {"maxUnavailable": "25%"},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {"adminFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
    "nodeSelector": {"role": "edge"},
    "tolerations": [{"key": "edge", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "priorityClassName": "system-cluster-critical",
    "annotations": {"tidegate.dev/body-size": "1m"}, "podAnnotations": {"a": "1"}, "podLabels": {"b": "2", "app.kubernetes.io/name": "no"},
    "resources": {"limits": {"memory": "1Gi"}},
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "no values": {},
    "haproxy": {"plane": "haproxy"},
    "a DaemonSet": {"kind": "DaemonSet"},
    "a DaemonSet without a Service": {"kind": "DaemonSet", "service": {"enabled": False}},
    "named namespaces": {"namespaces": ["shop", "blog"]},
    "its own namespace among them": {"namespaces": ["shop", "HERE"]},
    "named Secrets": {"secrets": ["shop/tls", "blog/tls"]},
    "named namespaces and Secrets": {"namespaces": ["shop"], "secrets": ["shop/tls"], "settings": {"default-certificate": "edge/tls"}},
    "nothing written": {"writeBack": {"enabled": False}},
    "no Events": {"writeBack": {"events": False, "publishService": False, "publishAddresses": ["192.0.2.1"]}},
    "low ports": {"ports": {"http": 80, "https": 443}},
    "a Service of nodes' ports": {"service": {"type": "NodePort"}},
    "a Service in the cluster only": {"service": {"type": "ClusterIP"}},
    "somebody else's account and rights": {"serviceAccount": {"create": False, "name": "theirs"}, "rbac": {"create": False}},
    "no class, no budget, no policy": {"ingressClass": {"create": False}, "podDisruptionBudget": {"enabled": False},
                                       "networkPolicy": {"enabled": False}, "topologySpread": False},
    "metrics for Prometheus": {"serviceMonitor": {"enabled": True}},
    "controllers": {"controllers": {"enabled": True, "evict": True}},
    "controllers of named namespaces": {"controllers": {"enabled": True, "run": ["diurnal"]}, "namespaces": ["shop"]},
    "addresses of nodes": {"kind": "DaemonSet", "service": {"enabled": False}, "writeBack": {"publishNodes": "external"}},
    "the disk": {"state": {"medium": "", "sizeLimit": "1Gi"}},
    "other names": {"nameOverride": "edge", "fullnameOverride": "north"},
    "everything": EVERYTHING,
}  # fmt: skip
ON_NODES: dict[str, dict[str, Any]] = {
    "the nodes' network": {"hostNetwork": True, "service": {"enabled": False}},
    "a DaemonSet on the nodes' network": {"kind": "DaemonSet", "hostNetwork": True, "ports": {"http": 80, "https": 443}},
}


def objects(values: dict[str, Any], here: str) -> list[Object]:
    """What a release in the namespace ``here`` has."""
    named = [here if name == "HERE" else name for name in values.get("namespaces", [])]
    return helm.template(values | ({"namespaces": named} if named else {}), here)


def pod(items: list[Object], here: str) -> Object:
    (workload,) = [item for item in items if item["kind"] in {"Deployment", "DaemonSet"}]
    made = workload["spec"]["template"]
    spec = made["spec"] | {"serviceAccountName": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": here, **made["metadata"]}, "spec": spec}


@pytest.mark.parametrize("case", [*CASES, *ON_NODES])
def test_the_api_server_takes_every_object_and_each_is_there_once(
    cluster: Cluster, namespace: str, monitor: None, case: str
) -> None:
    items = objects((CASES | ON_NODES)[case], namespace)
    keys = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in items]
    assert len(set(keys)) == len(keys)
    for item in items:
        if "namespace" in item["metadata"]:  # the server looks for it even if nothing is stored
            item["metadata"]["namespace"] = namespace
        strict = {"dryRun": "All", "fieldManager": "helm", "fieldValidation": "Strict", "force": "true"}
        cluster.api.call("PATCH", path_to(item), item, APPLY, **strict)


@pytest.mark.parametrize("case", CASES)
def test_a_namespace_that_enforces_restricted_admits_its_pods(cluster: Cluster, namespace: str, case: str) -> None:
    made = pod(objects(CASES[case], namespace), namespace)
    restrict(cluster, namespace)
    cluster.api.call("POST", path_of("v1", "Pod", namespace), made, dryRun="All")


@pytest.mark.parametrize("case", ON_NODES)
def test_the_network_of_the_nodes_is_not_restricted_and_that_is_the_only_reason(
    cluster: Cluster, namespace: str, case: str
) -> None:
    made = pod(objects(ON_NODES[case], namespace), namespace)
    restrict(cluster, namespace)
    with pytest.raises(RefusedError, match="host namespaces") as refused:
        cluster.api.call("POST", path_of("v1", "Pod", namespace), made, dryRun="All")
    reasons = str(refused.value).partition('"restricted:latest": ')[2]
    assert reasons.startswith("host namespaces (hostNetwork=true), hostPort (")
    assert reasons.count("=") == 1, reasons


def restrict(cluster: Cluster, namespace: str) -> None:
    labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.api.patch({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, labels)
