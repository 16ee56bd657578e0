"""Every command in a sh block of docs/how-to/install.md runs as it stands, in the order of the page, in a real control plane."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import binaries, helm, manifests
from tests.support.cluster.cluster import ROOT, Cluster, until
from tests.support.cluster.release import Release, echoed

PAGE = ROOT / "docs" / "how-to" / "install.md"
HOST = "web.example.com"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture
def shop(pods: Cluster) -> Iterator[Cluster]:
    """A Service that the page supposes: ``web`` in the namespace that kubectl means if none is named."""
    helm.needed()
    made = [manifests.deployment("default", "web", 1), manifests.service("default", "web")]
    pods.api.apply(*made)
    yield pods
    with contextlib.suppress(helm.RefusedError):  # it is there only if the test stopped in the middle
        Release(pods, "tidegate").uninstall()
    pods.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", str(ROOT / "deploy/manifests/nginx.yaml"))
    pods.api.delete(
        *made, {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "default"}}
    )


def run(cluster: Cluster, home: Path, line: str) -> str:
    kubectl = binaries.kubectl()
    assert kubectl
    path = os.pathsep.join([str(Path(kubectl).parent), str(Path(helm.find()).parent), os.environ["PATH"]])
    env = {"PATH": path, "KUBECONFIG": str(cluster.kubeconfig), "HOME": str(home)}
    done = subprocess.run(["bash", "-ec", line], cwd=ROOT, env=env, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def serves(cluster: Cluster) -> bool:
    """Whether every router that is ready answers for the Ingress of the page."""
    ready = Release(cluster, "tidegate").routers()
    ports = {item["status"]["podIP"]: item["spec"]["containers"][0]["ports"][0]["containerPort"] for item in ready}
    return bool(ports) and all(echoed(address, port, HOST) for address, port in ports.items())


@pytest.mark.timeout(400, func_only=True)
def test_the_commands_of_the_page_install_change_and_remove_it(shop: Cluster, tmp_path: Path) -> None:
    routed = False
    for line in commands():
        said = run(shop, tmp_path, line)
        routed = routed or "create ingress" in line
        if routed and ("rollout status" in line or "create ingress" in line):
            until(lambda: serves(shop), 60, Release(shop, "tidegate").log)
        if "history" in line:
            assert len(re.findall(r"^\d+\s", said, re.M)) == 2
        if "uninstall" in line:
            until(lambda: not Release(shop, "tidegate").left(), 60, lambda: str(Release(shop, "tidegate").left()))
    gone = lambda: "tidegate" not in [item["metadata"]["name"] for item in shop.api.items("v1", "Namespace")]  # noqa: E731
    until(gone, 60)


def test_the_page_has_commands_for_both_ways() -> None:
    text = "\n".join(commands())
    for word in ("helm install", "helm upgrade", "helm rollback", "helm uninstall", "kubectl apply -f deploy/manifests/"):
        assert word in text
