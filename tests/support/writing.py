"""Facts for these tests."""

from router.base.findings import ObjectRef
from router.facts.meta import Meta, Point, Points, Reached
from router.facts.networking import Ingress, IngressSpec
from router.facts.snapshot import Snapshot
from router.table.hosts import HostKind, HostPattern
from router.table.routes import Match, Origin, Respond, Route
from router.table.types import Table, VirtualHost


def ingress(name: str, *shown: str, klass: str | None = "tidegate", version: str = "1", uid: str = "") -> Ingress:
    meta = Meta(name=name, namespace="shop", uid=uid or f"uid-{name}", resource_version=version)
    status = Reached(load_balancer=Points(ingress=tuple(Point(ip=ip) for ip in shown)))
    return Ingress(metadata=meta, spec=IngressSpec(ingress_class_name=klass), status=status)


def snapshot(*ingresses: Ingress) -> Snapshot:
    return Snapshot(ingresses={i.key: i for i in ingresses})


def table_of(*refs: ObjectRef) -> Table:
    """One with a route of each."""
    routes = tuple(
        Route(id=str(n), match=Match(), action=Respond(status=503), origin=Origin(dialect="ingress", object=ref))
        for n, ref in enumerate(refs)
    )
    return Table(hosts=(VirtualHost(host=HostPattern(kind=HostKind.EXACT, name="a"), listeners=(), routes=routes),))
