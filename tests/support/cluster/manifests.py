"""Objects for tests, as plain dicts with as little in them as the API server accepts."""

from typing import Any

from tests.support.cluster.api import Object

ECHO_PORT = 8080


def pod_spec(image: str = "tidegate.test/echo:1", **container: Any) -> Object:
    """One container named ``app``, with a readiness probe if it is the echo app."""
    made: Object = {"name": "app", "image": image, **container}
    if image.startswith("tidegate.test/echo"):
        made.setdefault("ports", [{"name": "http", "containerPort": ECHO_PORT}])
        made.setdefault(
            "readinessProbe", {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1, "failureThreshold": 1}
        )
    return {"containers": [made], "terminationGracePeriodSeconds": 5}


def pod(namespace: str, name: str, spec: Object | None = None, **meta: Any) -> Object:
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, **meta},
        "spec": spec or pod_spec(),
    }  # fmt: skip


def deployment(namespace: str, name: str, replicas: int = 2, spec: Object | None = None) -> Object:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec or pod_spec()},
        },
    }  # fmt: skip


def service(namespace: str, name: str, **spec: Any) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": ports, **spec},
    }  # fmt: skip


def ingress(namespace: str, name: str, host: str, backend: str = "", path: str = "/", secret: str = "") -> Object:
    """Without a class. ``backend``: a Service's name, by default the Ingress' own."""
    to = {"service": {"name": backend or name, "port": {"number": 80}}}
    spec: Object = {"rules": [{"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": to}]}}]}
    if secret:
        spec["tls"] = [{"hosts": [host], "secretName": secret}]
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    }  # fmt: skip


def secret(namespace: str, name: str, data: dict[str, str], kind: str = "Opaque") -> Object:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": meta, "stringData": data}


def config_map(namespace: str, name: str, data: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}
