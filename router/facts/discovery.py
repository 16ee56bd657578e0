"""discovery.k8s.io/v1: EndpointSlice."""

from router.base.frozen import Frozen
from router.base.lines import Lines
from router.facts.meta import Fact, PortNumber

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


class EndpointConditions(Frozen, rename="camel"):
    """v1.EndpointConditions: a missing ``ready`` counts as true."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class SliceEndpoint(Frozen, rename="camel"):
    """v1.Endpoint, as it is written."""

    addresses: tuple[str, ...]
    conditions: EndpointConditions = EndpointConditions()


class Alike(Frozen):
    """The addresses of all endpoints of a slice that are in the same condition: of endpoints there are hundreds of thousands, and
    by themselves they would be most of a large cluster's memory."""

    addresses: Lines
    conditions: EndpointConditions = EndpointConditions()


class SlicePort(Frozen, rename="camel"):
    """v1.EndpointPort. ``port`` None means "all ports" in the API; such a port is skipped."""

    name: str | None = None
    port: PortNumber | None = None
    protocol: str | None = None
    app_protocol: str | None = None


class WrittenSlice(Fact):
    """v1.EndpointSlice, as it is written."""

    address_type: str = "IPv4"
    endpoints: tuple[SliceEndpoint, ...] | None = ()
    ports: tuple[SlicePort, ...] | None = ()


class EndpointSlice(Fact):
    """v1.EndpointSlice. ``service``: what the label ``kubernetes.io/service-name`` says, empty without it."""

    service: str = ""
    address_type: str = "IPv4"
    endpoints: tuple[Alike, ...] = ()
    ports: tuple[SlicePort, ...] = ()
