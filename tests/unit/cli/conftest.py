"""What the tests of the command line share: a folder of manifests, and a way to run a verb."""

from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from router.cli.root import cli

MANIFESTS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {tidegate.dev/endpoints: "127.0.0.1:9001"}
spec: {ports: [{port: 80}]}
"""
BAD = MANIFESTS.replace("shop.example.com", "'bad host!'")

Run = Callable[..., click.testing.Result]


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    file = tmp_path / "manifests" / "shop.yaml"
    file.parent.mkdir()
    file.write_text(MANIFESTS)
    return file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")

    def invoke(*args: object, stdin: str | None = None) -> click.testing.Result:
        result = click.testing.CliRunner().invoke(cli, [str(a) for a in args], input=stdin, prog_name="tidegate")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
