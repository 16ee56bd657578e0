"""discovery.k8s.io/v1: EndpointSlice."""

from router.base.frozen import Frozen
from router.facts.meta import Fact, PortNumber

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


class EndpointConditions(Frozen, rename="camel"):
    """v1.EndpointConditions: a missing ``ready`` counts as true."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class SliceEndpoint(Frozen, rename="camel"):
    addresses: tuple[str, ...]
    conditions: EndpointConditions = EndpointConditions()
    zone: str | None = None


class SlicePort(Frozen, rename="camel"):
    """v1.EndpointPort. ``port`` None means "all ports" in the API; such a port is skipped."""

    name: str | None = None
    port: PortNumber | None = None
    protocol: str | None = None
    app_protocol: str | None = None


class EndpointSlice(Fact):
    """v1.EndpointSlice. It belongs to the Service named by the label ``kubernetes.io/service-name``."""

    address_type: str = "IPv4"
    endpoints: tuple[SliceEndpoint, ...] | None = ()
    ports: tuple[SlicePort, ...] | None = ()

    @property
    def service(self) -> str:
        return self.metadata.labels.get(SERVICE_NAME_LABEL, "")
