"""Apps for tests: what the dialect claims for a Service with these annotations."""

import json
from typing import Any

from router.dialects.service import claims
from router.settings import Settings
from router.table.claims import Claims
from tests.support.manifests import snapshot


def app(
    name: str = "web", namespace: str = "shop", ports: str = "[{port: 80}]", prefix: str = "tidegate.dev/", **said: str
) -> str:
    lines = "".join(f"    {prefix}{key.replace('_', '.')}: {json.dumps(value)}\n" for key, value in said.items())
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels: {{{prefix}routable: 'true'}}\n"
        f"  annotations:\n    x: y\n{lines}spec: {{ports: {ports}}}\n"
    )


def claimed(*apps: str, **settings: Any) -> Claims:
    return claims(snapshot("---\n".join(apps)), Settings(**settings))


def reasons(made: Claims) -> list[str]:
    return [f.reason for f in made.findings]
