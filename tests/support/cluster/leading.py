"""Routers that may write: their rights, and what they wrote, as the API server's audit log has it."""

from typing import Any

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.gateway import READ, RIGHTS

LEASE = "tidegate-tidegate"
LEADER_RIGHTS: list[Object] = [
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"], "resourceNames": [LEASE]},
]
"""In the namespace of the Lease."""
WRITE_RIGHTS: list[Object] = [
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["patch"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
]
"""In the namespaces that are served; for objects of no namespace, Events also in ``default``."""
CLASSES: Object = {"apiGroups": ["networking.k8s.io"], "resources": ["ingressclasses"], "verbs": READ}
ALL_RIGHTS = [*RIGHTS, CLASSES, *LEADER_RIGHTS, *WRITE_RIGHTS]


def lease(cluster: Cluster, namespace: str) -> dict[str, Any]:
    """Its spec, empty if there is none."""
    try:
        return dict(cluster.api.get("coordination.k8s.io/v1", "Lease", namespace, LEASE)["spec"])
    except Exception:
        return {}


def events(cluster: Cluster, namespace: str) -> list[tuple[str, str, str, int]]:
    """(type, reason, object, how often) of those that a router wrote."""
    found = cluster.api.items("events.k8s.io/v1", "Event", namespace)
    return sorted(
        (e["type"], e["reason"], e["regarding"]["name"], e.get("series", {}).get("count", 1))
        for e in found
        if e.get("reportingController") == "tidegate.dev/router"
    )


def shown(cluster: Cluster, namespace: str, name: str) -> list[dict[str, str]]:
    """The addresses of an Ingress."""
    item = cluster.api.get("networking.k8s.io/v1", "Ingress", namespace, name)
    return list(item["status"].get("loadBalancer", {}).get("ingress", []))
