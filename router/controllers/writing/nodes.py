"""The addresses of the nodes on which routers run, decided from a snapshot.

Routers of one workload find each other by who made their pods. Only those that are ready count, as in an EndpointSlice.
"""

from collections.abc import Iterator, Mapping

from router.facts.meta import Key, Point
from router.facts.pods import Pod
from router.facts.snapshot import Snapshot

HASH = "pod-template-hash"
"""The label that a Deployment gives to the ReplicaSet of each version, and to its pods; the ReplicaSet's name ends with it."""


def points(snapshot: Snapshot, kind: str, own: Key) -> frozenset[Point]:
    """``kind``: ``internal`` or ``external`` addresses. ``own``: (namespace, name) of our own pod."""
    serving = (pod for pod in peers(snapshot.pods, own) if pod.ready and not pod.terminating)
    return frozenset(Point(ip=ip) for pod in serving for ip in _addresses(pod, kind, snapshot))


def peers(pods: Mapping[Key, Pod], own: Key) -> Iterator[Pod]:
    """The pods of our workload, our own among them. Labels would not do: an API server adds some that follow from the node."""
    me = pods.get(own)
    if me is None:
        return
    workload = _workload(me)
    for pod in pods.values():
        if pod is me or (workload and pod.metadata.namespace == own[0] and _workload(pod) == workload):
            yield pod


def _workload(pod: Pod) -> tuple[str, str] | None:
    """Kind and name of what made the pod: of a Deployment the same before and after an update. None: somebody made it by hand."""
    meta = pod.metadata
    if owner := meta.controller:
        return owner.kind, owner.name.removesuffix(f"-{meta.labels.get(HASH, '')}")
    return None


def _addresses(pod: Pod, kind: str, snapshot: Snapshot) -> Iterator[str]:
    """A pod knows its node's internal addresses; for others the Node is asked."""
    if kind == "internal":
        shown = [item.ip for item in pod.status.host_ips] or [pod.status.host_ip]
    else:
        node = snapshot.nodes.get(("", pod.spec.node_name))
        shown = [a.address for a in (node.status.addresses if node else ()) or () if a.type == "ExternalIP"]
    yield from filter(None, shown)
