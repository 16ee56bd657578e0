"""Tidegate's own kinds in the test cluster, and one of others."""

from pathlib import Path

import yaml

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until

FOLDER = Path(__file__).parents[3] / "deploy" / "crds"
MONITOR: Object = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com", "scope": "Namespaced",
        "names": {"kind": "ServiceMonitor", "plural": "servicemonitors", "singular": "servicemonitor", "listKind": "ServiceMonitorList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
            "type": "object", "required": ["spec"], "properties": {"spec": {
                "type": "object", "required": ["endpoints", "selector"], "properties": {
                    "endpoints": {"type": "array", "items": {"type": "object", "properties": {
                        "port": {"type": "string"}, "path": {"type": "string"}, "interval": {"type": "string"}}}},
                    "selector": {"type": "object", "properties": {
                        "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}}}},
                }}}}}}],
    },
}  # fmt: skip
"""As much of the Prometheus operator's definition as the chart uses."""


def definitions() -> list[Object]:
    return [yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))]


def install(cluster: Cluster) -> None:
    """All of them, as a user installs them. Returns when they are served."""
    cluster.kubectl("apply", "-f", str(FOLDER))
    for item in definitions():
        until(lambda name=item["metadata"]["name"]: _served(cluster, name))


def _served(cluster: Cluster, name: str) -> bool:
    item = cluster.api.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name=name)
    conditions = {c["type"]: c["status"] for c in item.get("status", {}).get("conditions", ())}
    assert conditions.get("NonStructuralSchema") != "True", item["status"]
    if conditions.get("Established") != "True":
        return False
    spec = item["spec"]
    cluster.api.call("GET", f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}")
    return True
