"""The addresses that our Ingresses show (``status.loadBalancer.ingress``), decided from a snapshot.

Only what we wrote is ever taken back: the API server knows who wrote which field (server-side apply), and refuses a write over
somebody else's. Here is decided what is asked of it.
"""

from collections.abc import Iterator
from typing import Any

from router.base import parse
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.controllers.writing import nodes
from router.dialects.ingress.classes import is_served
from router.facts.core import Service
from router.facts.meta import Key, Point
from router.facts.networking import Ingress
from router.facts.snapshot import Snapshot
from router.settings import Settings


class Publish(Frozen):
    """Show ``points`` on this Ingress; none: take back what we wrote. ``version``: the object that this was decided on."""

    key: Key
    uid: str
    version: str
    points: tuple[Point, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """What is applied. What we applied before and do not any more, the API server removes."""
        meta = {"namespace": self.key[0], "name": self.key[1], "uid": self.uid, "resourceVersion": self.version}
        shown = [{"ip": p.ip} if p.ip else {"hostname": p.hostname} for p in self.points]
        status = {"status": {"loadBalancer": {"ingress": shown}}} if shown else {}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, **status}


def points(snapshot: Snapshot, settings: Settings, own: Key = ("", "")) -> tuple[Point, ...]:
    """Where we are reached, sorted. Empty if nobody said so, if the Service has no address yet, or if no router is ready: then
    nothing is touched, since names in DNS follow what an Ingress shows. ``own``: our own pod."""
    named = {_point(text) for text in settings.publish_address}
    if settings.publish_service:
        namespace, _, name = settings.publish_service.partition("/")
        service = snapshot.services.get((namespace, name))
        named |= set(_of(service) if service else ())
    if settings.publish_nodes != "off":
        named |= nodes.points(snapshot, settings.publish_nodes, own)
    return tuple(sorted(named))


def _point(text: str) -> Point:
    return Point(hostname=text) if isinstance(parse.ip_address(text), Bad) else Point(ip=text)


def _of(service: Service) -> tuple[Point, ...]:
    """What its load balancer got; else what its owner wrote; else, without a load balancer, its address in the cluster."""
    spec = service.spec
    if spec.type == "ExternalName":
        return (Point(hostname=spec.external_name),)
    if service.status.points or spec.external_ips:
        return service.status.points or tuple(map(_point, spec.external_ips))
    alone = spec.type != "LoadBalancer" and spec.cluster_ip not in {"", "None"}
    return (Point(ip=spec.cluster_ip),) if alone else ()


def decide(
    snapshot: Snapshot, settings: Settings, wrote: frozenset[Point] = frozenset(), own: Key = ("", "")
) -> Iterator[Publish]:  # fmt: skip
    """What has to be written, in a stable order. ``wrote``: what we have shown before in this leadership. ``own``: our pod."""
    wanted = points(snapshot, settings, own)
    if not wanted:
        return
    ours = wrote.union(wanted)
    for key in sorted(snapshot.ingresses):
        ingress = snapshot.ingresses[key]
        shown = ingress.status.points
        if is_served(ingress, snapshot.ingress_classes, settings):
            if set(shown) != set(wanted):
                yield _publish(ingress, wanted)
        elif shown and ours.issuperset(shown):
            yield _publish(ingress, ())


def _publish(ingress: Ingress, wanted: tuple[Point, ...]) -> Publish:
    meta = ingress.metadata
    return Publish(key=ingress.key, uid=meta.uid, version=meta.resource_version, points=wanted)
