"""Looking at pods and endpoints of the test cluster."""

import contextlib
import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.cluster import manifests
from tests.support.cluster.api import STRATEGIC, Object
from tests.support.cluster.cluster import Cluster, until


def ask(address: str, path: str = "/", method: str = "GET", port: int = manifests.ECHO_PORT, host: str = "") -> Any:
    """What an echo app says, asked at an address. OSError if it says no."""
    request = urllib.request.Request(f"http://{address}:{port}{path}", method=method, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read() or b"null")


def is_ready(item: Object) -> bool:
    conditions = {c["type"]: c["status"] for c in item["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in item["metadata"]


def ready_pods(cluster: Cluster, namespace: str) -> list[Object]:
    return [item for item in cluster.api.items("v1", "Pod", namespace) if is_ready(item)]


def started(cluster: Cluster, namespace: str, name: str, spec: Object | None = None) -> Object:
    """A pod that is ready."""
    cluster.api.apply(manifests.pod(namespace, name, spec))
    return found(cluster, namespace, name, is_ready)


def found(cluster: Cluster, namespace: str, name: str, test: Callable[[Object], Any]) -> Object:
    """The pod as soon as ``test`` holds for it."""

    def one() -> Object | None:
        item = dict(cluster.api.get("v1", "Pod", namespace, name))
        return item if test(item) else None

    return dict(
        until(one, said=lambda: json.dumps(cluster.api.get("v1", "Pod", namespace, name)["status"]) + cluster.log("host"))
    )


def ready_addresses(cluster: Cluster, namespace: str) -> set[str]:
    """Of all EndpointSlices in the namespace."""
    slices = cluster.api.items("discovery.k8s.io/v1", "EndpointSlice", namespace)
    ends = [end for item in slices for end in item["endpoints"] or ()]
    return {end["addresses"][0] for end in ends if end["conditions"]["ready"]}


@contextlib.contextmanager
def external_address(cluster: Cluster, node: str, address: str) -> Iterator[str]:
    """As long as it lasts, the node can be reached from outside by ``address``; then by none."""
    known = cluster.api.get("v1", "Node", "", node)["status"]["addresses"]
    kept = [item for item in known if item["type"] != "ExternalIP"]

    def put(*more: Object) -> None:
        change = {"status": {"addresses": [*kept, *more, {"$patch": "replace"}]}}
        cluster.api.call("PATCH", f"/api/v1/nodes/{node}/status", change, STRATEGIC)

    put({"type": "ExternalIP", "address": address})
    try:
        yield address
    finally:
        put()
