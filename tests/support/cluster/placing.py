"""Daemon and diurnal controllers in the test cluster: objects, and what became of them."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.cluster import manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.looking import is_ready

API = "tidegate.dev/v1alpha1"
MERGE = "application/merge-patch+json"


def daemon(namespace: str, name: str, spec: Object) -> Object:
    return {"apiVersion": API, "kind": "DaemonController", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def diurnal(namespace: str, name: str, **spec: Any) -> Object:
    return {"apiVersion": API, "kind": "DiurnalController", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def echo_daemon(namespace: str, name: str = "web", image: str = "tidegate.test/echo:1", **more: Any) -> Object:
    """``pod``: fields of the pod's spec. ``container``: of its container. The rest: of the spec."""
    labels = {"app": name}
    pod = manifests.pod_spec(image, **more.pop("container", {})) | {"terminationGracePeriodSeconds": 1} | more.pop("pod", {})
    return daemon(namespace, name, {"selector": labels, "template": {"metadata": {"labels": labels}, "spec": pod}} | more)


STEADY = {"readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1, "failureThreshold": 30}}
"""Ready soon, and not unready because the machine is busy: for who looks whether somebody serves."""
BIG = {"resources": {"requests": {"cpu": "40"}}}
"""More than half of a stand-in node."""


def hog(cluster: Cluster, namespace: str, priority_class: str = "", *, heir: str = "nowhere") -> Object:
    """A big pod on node-1, ready. ``heir``: the node that its successor wants. On the same one it waits for the next moment at which
    the daemon's pod is not there, such as an update."""
    spec = manifests.pod_spec(**BIG) | {"terminationGracePeriodSeconds": 1}
    spec |= {"priorityClassName": priority_class} if priority_class else {}
    spec["nodeSelector"] = {"kubernetes.io/hostname": "node-1"}
    item = manifests.deployment(namespace, "hog", 1, spec) | {"kind": "ReplicaSet"}
    cluster.api.apply(item)
    labels = {"labelSelector": "app=hog"}
    [made] = until(lambda: [p for p in cluster.api.items("v1", "Pod", namespace, **labels) if is_ready(p)])
    spec["nodeSelector"] = {"kubernetes.io/hostname": heir}
    cluster.api.apply(item)
    return dict(made)


@contextlib.contextmanager
def ending_pods(cluster: Cluster, namespace: str) -> Iterator[list[str]]:
    """Small pods come and go on node-2, two a second: after each the scheduler looks anew at pods that wait. The names of those that went."""
    ended: list[str] = []
    stop = threading.Event()

    def churn() -> None:
        while not stop.wait(0.4):
            name = f"small-{len(ended)}"
            spec = manifests.pod_spec() | {"nodeName": "node-2", "terminationGracePeriodSeconds": 0}
            with contextlib.suppress(Exception):  # an API server that is away is another test's business
                cluster.api.apply(manifests.pod(namespace, name, spec))
                cluster.api.call("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}")
                ended.append(name)

    thread = threading.Thread(target=churn, daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join(20)


class Placed:
    """A DaemonController and its pods."""

    def __init__(self, cluster: Cluster, namespace: str, name: str = "web", said: Callable[[], str] = str) -> None:
        self.cluster, self.namespace, self.name, self.said = cluster, namespace, name, said

    @property
    def item(self) -> Object:
        return dict(self.cluster.api.get(API, "DaemonController", self.namespace, self.name))

    @property
    def status(self) -> Object:
        return dict(self.item.get("status", {}))

    def condition(self, kind: str) -> Object:
        return next((c for c in self.status.get("conditions", ()) if c["type"] == kind), {})

    def pods(self) -> list[Object]:
        found = self.cluster.api.items("v1", "Pod", self.namespace, labelSelector=f"app={self.name}")
        uid = self.item["metadata"]["uid"]
        return [p for p in found if any(o["uid"] == uid for o in p["metadata"].get("ownerReferences", ()))]

    def ready(self) -> dict[str, str]:
        """Node -> uid of its ready pod."""
        return {p["spec"]["nodeName"]: p["metadata"]["uid"] for p in self.pods() if is_ready(p)}

    def change(self, spec: Object) -> None:
        self.cluster.api.patch(self.item, {"spec": spec})

    def image(self, image: str) -> None:
        template = self.item["spec"]["template"]
        template["spec"]["containers"][0]["image"] = image
        self.change({"template": template})

    def until(self, test: Callable[[], Any], limit: float = 60) -> Any:
        return until(test, limit, lambda: f"{self.status} {events(self.cluster, self.namespace, self.name)} {self.said()}")

    def until_updated(self, limit: float = 90) -> dict[str, str]:
        """Every node that should has an available pod of the newest template."""

        def done() -> bool:
            item = self.item
            status = item.get("status", {})
            counts = {status.get(f"{word}NumberScheduled") for word in ("desired", "updated", "current")}
            observed = status.get("observedGeneration") == item["metadata"]["generation"]
            return observed and counts == {status["numberAvailable"]} and len(self.pods()) == status["numberAvailable"]

        self.until(done, limit)
        return self.ready()

    def until_on(self, *nodes: str) -> dict[str, str]:
        """Exactly these nodes have a ready pod, and the status knows."""

        def there() -> dict[str, str]:
            ready = self.ready()
            known = self.status.get("numberAvailable") == len(nodes) == len(self.pods()) == self.status["desiredNumberScheduled"]
            return ready if sorted(ready) == sorted(nodes) and known else {}

        if nodes:
            return dict(self.until(there))
        self.until(lambda: not self.pods() and self.status.get("desiredNumberScheduled") == 0)
        return {}


def events(cluster: Cluster, namespace: str, name: str) -> dict[str, list[str]]:
    """What was said of an object: reason -> notes."""
    found: dict[str, list[str]] = {}
    for event in cluster.api.items("events.k8s.io/v1", "Event", namespace):
        if event["regarding"].get("name") == name:
            found.setdefault(event["reason"], []).append(event.get("note", ""))
    return found


@contextlib.contextmanager
def labelled(cluster: Cluster, **nodes: dict[str, str]) -> Iterator[None]:
    """Labels of nodes (``node_1`` is node-1), taken back afterwards."""
    try:
        for name, labels in nodes.items():
            cluster.api.patch(node(name.replace("_", "-")), {"metadata": {"labels": labels}})
        yield
    finally:
        for name, labels in nodes.items():
            cluster.api.patch(node(name.replace("_", "-")), {"metadata": {"labels": dict.fromkeys(labels)}})


def node(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}


class Watching:
    """Looks at the pods of a daemon all the time. ``doubled``: more than one on a node that had not begun to end; ``gap``: the
    longest time (s) that a node had no ready pod, from when it first had one."""

    def __init__(self, placed: Placed, nodes: tuple[str, ...] = ("node-1", "node-2")) -> None:
        self.placed, self.nodes = placed, nodes
        self.doubled: list[str] = []
        self.least = 99
        self.gap = 0.0
        self._since: dict[str, float] = {}
        self._stop = threading.Event()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            try:
                pods = self.placed.pods()
            except Exception:
                continue  # an API server that is away shows nothing
            now = time.monotonic()
            on = [p["spec"].get("nodeName", "") for p in pods if p.get("status", {}).get("phase") not in ("Failed", "Succeeded")]
            self.doubled += [name for name in self.nodes if on.count(name) > 1]
            ready = {p["spec"].get("nodeName") for p in pods if is_ready(p)}
            self.least = min(self.least, len(ready))
            for name in self.nodes:
                if name in ready:
                    self._since[name] = now
                elif name in self._since:
                    self.gap = max(self.gap, now - self._since[name])

    def __enter__(self) -> "Watching":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
