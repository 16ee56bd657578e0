"""Helm: the one on PATH, else one that is built once with Go and kept by version outside the checkout."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cluster import binaries
from tests.support.cluster.api import Object

VERSION = "v3.22.0"
PACKAGE = f"helm.sh/helm/v3/cmd/helm@{VERSION}"
HINT = f"helm is missing: install Go (https://go.dev/dl) and it is built once, or get it from https://helm.sh, or: go install {PACKAGE}"
CHART = Path(__file__).parents[3] / "deploy" / "helm" / "tidegate"
KUBERNETES = "1.36.0"
"""What templates are made for when no server is asked: a Helm without build flags thinks of 1.20."""
BY_HELM = ("helm.sh/chart", "app.kubernetes.io/managed-by")
"""Labels that are not true of objects that ``kubectl apply`` makes."""


def find() -> str:
    """Its path; built if it must be. binaries.MissingError says what to install."""
    kept = binaries.kept() / "helm" / VERSION / "helm"
    if found := shutil.which("helm") or shutil.which(str(kept)):
        return found
    go = binaries.go_program()
    if not go:
        raise binaries.MissingError(HINT)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with binaries.locked(kept.parent / "lock"), tempfile.TemporaryDirectory(dir=kept.parent) as work:
        if not kept.exists():
            env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": work, "GOFLAGS": "-trimpath"}
            command = ["nice", "-n", "19", go, "install", "-ldflags", "-s -w", PACKAGE]
            done = subprocess.run(command, env=env, cwd=work, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"helm does not build:\n{done.stderr[-3000:]}")
            (Path(work) / "helm").rename(kept)
    return str(kept)


def needed() -> str:
    """Its path, or the test is skipped."""
    try:
        return find()
    except binaries.MissingError as missing:
        pytest.skip(str(missing))


class RefusedError(Exception):
    """Helm said no."""


def helm(*words: str, values: Mapping[str, Any] | None = None, kubeconfig: Path | None = None) -> str:
    """What it prints. RefusedError with its complaint if it fails."""
    with tempfile.TemporaryDirectory(prefix="tidegate-helm-") as home:
        env = {**os.environ, "HELM_CACHE_HOME": home, "HELM_CONFIG_HOME": home, "HELM_DATA_HOME": home}
        env["KUBECONFIG"] = str(kubeconfig or "/dev/null")
        more = ["-f", "-"] if values is not None else []
        done = subprocess.run(
            [needed(), *words, *more],
            input=json.dumps(values or {}),
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
            env=env,
        )
    if done.returncode:
        raise RefusedError(done.stderr)
    return done.stdout


def template(values: Mapping[str, Any] | None = None, namespace: str = "tidegate", release: str = "tidegate") -> list[Object]:
    """The objects of the chart."""
    words = ("template", release, str(CHART), "--namespace", namespace, "--kube-version", KUBERNETES)
    return [item for item in yaml.safe_load_all(helm(*words, values=values or {})) if item]


def manifests(plane: str) -> str:
    """The chart's objects as one file for ``kubectl apply``, with the namespace they are in."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tidegate", "labels": labels}}
    items = template({"plane": plane})
    for item in items:
        item["metadata"]["labels"] = {k: v for k, v in item["metadata"]["labels"].items() if k not in BY_HELM}
    text = "# Made from deploy/helm/tidegate with its default values; `make bless` rewrites it.\n"
    return text + yaml.safe_dump_all([namespace, *items], sort_keys=False, width=120)
