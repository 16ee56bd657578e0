"""What every Kubernetes object has, reduced to what we use (ObjectMeta, apimachinery meta/v1)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen

Key = tuple[str, str]
"""(namespace, name)"""

PortNumber = Annotated[int, msgspec.Meta(ge=1, le=65535)]
"""A port, checked while decoding: a wrong one would make the plane refuse everybody's configuration."""


class Meta(Frozen, rename="camel"):
    """ObjectMeta. ``creation_timestamp`` is RFC 3339 UTC text as the API server writes it (it sorts as text), or empty."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class Point(Frozen, order=True):
    """v1.LoadBalancerIngress and v1.IngressLoadBalancerIngress: an address at which something is reached; one of the two."""

    ip: str = ""
    hostname: str = ""


class Points(Frozen):
    """v1.LoadBalancerStatus."""

    ingress: tuple[Point, ...] | None = ()


class Reached(Frozen, rename="camel"):
    """The ``status`` of a Service or an Ingress."""

    load_balancer: Points | None = Points()

    @property
    def points(self) -> tuple[Point, ...]:
        return (self.load_balancer.ingress or ()) if self.load_balancer else ()


class Fact(Frozen, rename="camel"):
    """One decoded object. Subclasses add ``spec`` fields that we use; everything else is skipped while decoding."""

    metadata: Meta

    @property
    def key(self) -> Key:
        return (self.metadata.namespace, self.metadata.name)

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(kind=type(self).__name__, namespace=self.metadata.namespace, name=self.metadata.name)

    @property
    def age_key(self) -> tuple[str, str, str]:
        """Sorts oldest first: creationTimestamp (none counts as oldest), then namespace/name."""
        return (self.metadata.creation_timestamp, self.metadata.namespace, self.metadata.name)
