"""The chart as a release in the test cluster, and a client that comes through its Service as kube-proxy would send it."""

import contextlib
import http.client
import json
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.support.cluster import helm, manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.looking import ready_pods

RBAC = "rbac.authorization.k8s.io/v1"
NAMESPACED = (
    ("v1", "Pod"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "ServiceAccount"), ("v1", "Endpoints"),
    ("apps/v1", "Deployment"), ("apps/v1", "DaemonSet"), ("apps/v1", "ReplicaSet"), ("apps/v1", "ControllerRevision"),
    ("discovery.k8s.io/v1", "EndpointSlice"), ("coordination.k8s.io/v1", "Lease"), (RBAC, "Role"), (RBAC, "RoleBinding"),
    ("policy/v1", "PodDisruptionBudget"), ("networking.k8s.io/v1", "NetworkPolicy"), ("networking.k8s.io/v1", "Ingress"),
)  # fmt: skip
CLUSTER_WIDE = ((RBAC, "ClusterRole"), (RBAC, "ClusterRoleBinding"), ("networking.k8s.io/v1", "IngressClass"))
OF_EVERY_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}


class Release:
    """Named ``tidegate`` in ``namespace``, so that every object has this name."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.user = f"system:serviceaccount:{namespace}:tidegate"

    def helm(self, *words: str, values: Mapping[str, Any] | None = None) -> str:
        return helm.helm(*words, "--namespace", self.namespace, values=values, kubeconfig=self.cluster.kubeconfig)

    def install(self, values: Mapping[str, Any] | None = None) -> None:
        """Or change it, if it is there. None: with no values at all."""
        self.helm("upgrade", "--install", "tidegate", str(helm.CHART), values=values)

    def uninstall(self) -> None:
        self.helm("uninstall", "tidegate")

    def routers(self) -> list[Object]:
        return [
            item for item in self.cluster.api.items("v1", "Pod", self.namespace) if "deletionTimestamp" not in item["metadata"]
        ]

    def log(self) -> str:
        names = [item["metadata"]["name"] for item in self.cluster.api.items("v1", "Pod", self.namespace)]
        return "\n".join(f"{name}: {self.cluster.log(f'{self.namespace}.{name}.router')[-1500:]}" for name in names)

    def settled(self, count: int = 2, kind: str = "Deployment") -> list[Object]:
        """The routers, as soon as ``count`` of the newest version are ready and all others gone."""

        def rolled() -> list[Object] | None:
            item = self.cluster.api.get("apps/v1", kind, self.namespace, "tidegate")
            status = item["status"]
            if status.get("observedGeneration") != item["metadata"]["generation"]:
                return None
            updated = status.get("updatedReplicas", status.get("updatedNumberScheduled"))
            whole = self.cluster.api.items("v1", "Pod", self.namespace)
            ready = ready_pods(self.cluster, self.namespace)
            return ready if updated == count == len(ready) == len(whole) else None

        return list(until(rolled, 120, self.log))

    def ready(self) -> dict[str, int]:
        """Address and port of each router that the Service sends requests to now."""
        query = {"labelSelector": "kubernetes.io/service-name=tidegate"}
        found: dict[str, int] = {}
        for item in self.cluster.api.items("discovery.k8s.io/v1", "EndpointSlice", self.namespace, **query):
            port = next((p["port"] for p in item["ports"] or () if p["name"] == "http"), 0)
            ends = [end for end in item["endpoints"] or () if end["conditions"]["ready"]]
            found |= {end["addresses"][0]: port for end in ends}
        return found

    def left(self) -> list[str]:
        """What there is of it, or was made by it."""
        found = [
            f"{kind} {item['metadata']['name']}"
            for api, kind in NAMESPACED
            for item in self.cluster.api.items(api, kind, self.namespace)
            if (kind, item["metadata"]["name"]) not in OF_EVERY_NAMESPACE
        ]
        for api, kind in CLUSTER_WIDE:
            names = [item["metadata"]["name"] for item in self.cluster.api.items(api, kind)]
            found += [
                f"{kind} {name}"
                for name in names
                if name.startswith(self.namespace) or (kind, name) == ("IngressClass", "tidegate")
            ]
        return found


@contextlib.contextmanager
def release(cluster: Cluster, prefix: str = "edge", *, standard: str = "restricted") -> Iterator[Release]:
    """A namespace that admits only pods of this pod security standard; the release is removed in the end."""
    helm.needed()
    with cluster.namespace(prefix) as namespace:
        labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": standard}}}
        cluster.api.patch({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, labels)
        made = Release(cluster, namespace)
        try:
            yield made
        finally:
            with contextlib.suppress(helm.RefusedError):
                made.uninstall()


def shop(cluster: Cluster, namespace: str, replicas: int = 1, name: str = "web") -> str:
    """An echo app and an Ingress of the class ``tidegate`` that leads to it; its host, which no other namespace has."""
    host = f"{name}.{namespace}.example.com"
    item = manifests.ingress(namespace, name, host)
    item["spec"]["ingressClassName"] = "tidegate"
    cluster.api.apply(manifests.deployment(namespace, name, replicas), manifests.service(namespace, name), item)
    return host


def ask(address: str, port: int, host: str, path: str = "/", *, tls: bool = False) -> tuple[int, bytes]:
    """(status, body) on a new connection. OSError if there is none."""
    context = ssl._create_unverified_context()
    kind = http.client.HTTPSConnection(address, port, timeout=15, context=context) if tls else None
    with contextlib.closing(kind or http.client.HTTPConnection(address, port, timeout=15)) as connection:
        connection.request("GET", path, headers={"Host": host, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read()


Routers = Callable[[], Mapping[str, int]]
"""Address and port of each router that requests may be sent to now."""


def checked(nodes: Sequence[str], port: int) -> Routers:
    """What a load balancer sends requests to that asks each node whether its router is ready."""
    return lambda: {node: port for node in nodes if ask(node, 9090, "x", "/readyz")[0] == 200}


class Clients:
    """Ask without pause, on new connections and on kept ones, until the block ends. ``lost``: what was not answered with 200;
    ``by``: how many requests each router answered. ``elsewhere``: who is refused a connection asks at another address;
    ``refused``: how often that was."""

    def __init__(self, routers: Routers, host: str, count: int = 3, *, elsewhere: bool = False) -> None:
        self.lost: list[str] = []
        self.by: Counter[str] = Counter()
        self.refused = 0
        self._routers, self._host, self._elsewhere, self._done = routers, host, elsewhere, threading.Event()
        self._ready = routers()
        kinds = [self._follow, *[self._new] * count, *[self._kept] * count]
        self._threads = [threading.Thread(target=kind, daemon=True) for kind in kinds]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(20)

    def _follow(self) -> None:
        """As late as kube-proxy may be, which writes its rules at most once a second, and a load balancer that asks each second."""
        while not self._done.wait(1.0):
            with contextlib.suppress(Exception):
                self._ready = self._routers()

    def _connected(self) -> tuple[str, http.client.HTTPConnection]:
        """(address, connection to it). OSError if there is none."""
        tried = random.sample(list(self._ready.items()), len(self._ready) if self._elsewhere else 1)
        for address, port in tried:
            connection = http.client.HTTPConnection(address, port, timeout=15)
            with contextlib.suppress(ConnectionRefusedError):
                connection.connect()
                return address, connection
            self.refused += 1
        raise ConnectionRefusedError(f"nobody listens at {dict(tried)}")

    def _new(self) -> None:
        while not self._done.is_set():
            self._ask({"Connection": "close"})

    def _kept(self) -> None:
        """One connection until it is told to go, as kube-proxy leaves those that there are alone."""
        while not self._done.is_set():
            self._ask({})

    def _ask(self, headers: Mapping[str, str]) -> None:
        try:
            address, connection = self._connected()
        except OSError as failure:
            self.lost.append(f"{time.strftime('%T')} {failure!r}")
            return
        with contextlib.closing(connection):
            while self._judge(address, lambda: self._again(connection, headers)) and not self._done.is_set():
                time.sleep(0.02)

    def _again(self, connection: http.client.HTTPConnection, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection.request("GET", "/", headers={"Host": self._host, **headers})
        answer = connection.getresponse()
        body = answer.read()
        if answer.will_close:
            connection.close()
            return answer.status, b""
        return answer.status, body

    def _judge(self, address: str, asked: Any) -> bool:
        """Whether the connection may be used again."""
        try:
            status, body = asked()
        except (OSError, http.client.HTTPException) as failure:
            self.lost.append(f"{time.strftime('%T')} {address}: {failure!r}")
            return False
        if status != 200:
            self.lost.append(f"{time.strftime('%T')} {address}: {status} {body[:200]!r}")
            return False
        self.by[address] += 1
        return bool(body)


def echoed(address: str, port: int, host: str, *, tls: bool = False) -> Any:
    """What the echo app says, through a router, names of headers in small letters; OSError if it is not reached."""
    status, body = ask(address, port, host, tls=tls)
    if status != 200:
        raise OSError(f"{status} {body[:200]!r}")
    said = json.loads(body)
    return said | {"headers": {name.lower(): value for name, value in said["headers"].items()}}
