"""Manifests for tests of planes, with harmless or hostile text in every place that a tenant can fill."""

from typing import Any

from router.table.types import Table
from tests.support.manifests import translated

APP = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {{tidegate.dev/routable: "true"}}
  annotations:
    tidegate.dev/endpoints: "127.0.0.1:9001, 127.0.0.1:9002"
    tidegate.dev/domains: {domains}
    tidegate.dev/whitelist: {whitelist}
    tidegate.dev/bodySize: {size}
    tidegate.dev/referrerPolicy: {referrer}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: paths, namespace: shop}}
spec:
  rules:
    - host: paths.example.com
      http:
        paths:
          - {{path: {path}, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}
          - {{path: {exact}, pathType: Exact, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}
"""
HARMLESS = {
    "domains": "shop.example.com,*.wild.example.com", "whitelist": "10.0.0.0/8", "size": "10m", "referrer": "same-origin", "path": "/a/b", "exact": "/x",
}  # fmt: skip


def table(**said: str) -> Table:
    """The table of APP with some texts replaced."""
    import json

    return translated(APP.format(**{key: json.dumps(value) for key, value in (HARMLESS | said).items()})).table


def empty(**settings: Any) -> Table:
    return translated("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n", **settings).table
