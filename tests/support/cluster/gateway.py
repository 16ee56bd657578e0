"""``tidegate run`` against the test cluster, on this machine or with the rights of a service account."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster
from tests.support.gateway import Gateway, gateway

READ = ["list", "watch"]
FILE = Path(__file__).parents[3] / "deploy" / "helm" / "tidegate" / "rights.yaml"


def rights(*groups: str, name: str = "") -> list[Object]:
    """Those groups of the list that the chart makes its roles of. ``name``: of the object that some are only for."""
    listed = yaml.safe_load(FILE.read_text().replace("NAMED", name))
    return [rule for group in groups for rule in listed[group]]


def without(resource: str, rules: list[Object]) -> list[Object]:
    """The rules, less what they say of one resource. A rule of nothing is refused by the API server."""
    less = [rule | {"resources": [r for r in rule["resources"] if r != resource]} for rule in rules]
    return [rule for rule in less if rule["resources"]]


RIGHTS = rights("serve", "secrets")
"""What the router may do in the namespaces that it serves."""
CLUSTER_RIGHTS = rights("serve", "secrets", "classes")


@contextlib.contextmanager
def routing(plane: str, cluster: Cluster, namespace: str, kubeconfig: Path | None = None) -> Iterator[Gateway]:
    """One that serves ``namespace`` and is ready."""
    with gateway(plane) as made:
        account = kubeconfig or cluster.account(namespace, "router", RIGHTS)
        made.source = ["--kubeconfig", str(account), "--namespace", namespace]
        made.start()
        yield made
