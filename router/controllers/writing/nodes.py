"""The addresses of the nodes on which routers run, decided from a snapshot.

Routers find each other by their own pod's labels. Only those that are ready count, as in an EndpointSlice.
"""

from collections.abc import Iterator, Mapping

from router.facts.core import Pod
from router.facts.meta import Key, Point
from router.facts.snapshot import Snapshot

PASSING = frozenset({
    "pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index", "app.kubernetes.io/version", "helm.sh/chart",
})  # fmt: skip
"""Labels that tell apart pods of one workload, or those before and after an update."""


def points(snapshot: Snapshot, kind: str, own: Key) -> frozenset[Point]:
    """``kind``: ``internal`` or ``external`` addresses. ``own``: (namespace, name) of our own pod."""
    return frozenset(Point(ip=ip) for pod in peers(snapshot.pods, own) if pod.ready for ip in _addresses(pod, kind, snapshot))


def peers(pods: Mapping[Key, Pod], own: Key) -> Iterator[Pod]:
    """The pods of our workload, our own among them. Without labels nobody is known but ourselves."""
    me = pods.get(own)
    if me is None:
        return
    wanted = {key: text for key, text in me.metadata.labels.items() if key not in PASSING}
    for pod in pods.values():
        labels = pod.metadata.labels
        same = wanted and pod.metadata.namespace == own[0] and all(labels.get(key) == text for key, text in wanted.items())
        if pod is me or same:
            yield pod


def _addresses(pod: Pod, kind: str, snapshot: Snapshot) -> Iterator[str]:
    """A pod knows its node's internal addresses; for others the Node is asked."""
    if kind == "internal":
        shown = [item.ip for item in pod.status.host_ips or ()] or [pod.status.host_ip]
    else:
        node = snapshot.nodes.get(("", pod.spec.node_name))
        shown = [a.address for a in (node.status.addresses if node else ()) or () if a.type == "ExternalIP"]
    yield from filter(None, shown)
