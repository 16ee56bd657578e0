"""Routers that may write: their rights, and what they wrote, as the API server's audit log has it."""

from typing import Any

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.gateway import RIGHTS, rights

LEASE = "tidegate-tidegate"
LEADER_RIGHTS: list[Object] = [
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    *rights("lead", name=LEASE),
]
"""In the namespace of the Lease. To make it is needed only where nobody else does."""
WRITE_RIGHTS = rights("publish", "events")
"""In the namespaces that are served; for objects of no namespace, Events also in ``default``."""
ALL_RIGHTS = [*RIGHTS, *rights("classes"), *LEADER_RIGHTS, *WRITE_RIGHTS]


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
