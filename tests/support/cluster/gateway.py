"""``tidegate run`` against the test cluster, on this machine or with the rights of a service account."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster
from tests.support.gateway import Gateway, gateway

READ = ["list", "watch"]
RIGHTS: list[Object] = [
    {"apiGroups": [""], "resources": ["services", "secrets"], "verbs": READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": READ},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": READ},
]
"""What the router may do in the namespaces that it serves."""
CLUSTER_RIGHTS: list[Object] = [
    *RIGHTS,
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingressclasses"], "verbs": READ},
]


@contextlib.contextmanager
def routing(plane: str, cluster: Cluster, namespace: str, kubeconfig: Path | None = None) -> Iterator[Gateway]:
    """One that serves ``namespace`` and is ready."""
    with gateway(plane) as made:
        account = kubeconfig or cluster.account(namespace, "router", RIGHTS)
        made.source = ["--kubeconfig", str(account), "--namespace", namespace]
        made.start()
        yield made
