"""core/v1 and apps/v1: Service, Secret, Node, and the Deployment that the router itself runs in."""

from collections.abc import Mapping

import msgspec

from router.base.frozen import Frozen, PrivateBytes
from router.facts.meta import Fact, PortNumber, Reached
from router.facts.scheduling import Taint


class ServicePort(Frozen, rename="camel"):
    """v1.ServicePort. ``target_port`` is not used for routing: EndpointSlices carry the real numbers."""

    port: PortNumber
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str | None = None


class ServiceSpec(Frozen, rename="camel"):
    type: str = "ClusterIP"
    external_name: str = ""
    external_ips: tuple[str, ...] = msgspec.field(default=(), name="externalIPs")
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    ports: tuple[ServicePort, ...] = ()


class Service(Fact):
    """v1.Service."""

    spec: ServiceSpec = ServiceSpec()
    status: Reached = Reached()


class Secret(Fact):
    """v1.Secret. ``data`` values are base64-decoded at the door (``stringData`` of manifests is merged over it)."""

    type: str = "Opaque"
    data: Mapping[str, PrivateBytes] = {}


class NodeAddress(Frozen):
    """v1.NodeAddress. ``type``: ``InternalIP``, ``ExternalIP``, ``Hostname`` and others."""

    type: str
    address: str


class NodeSpec(Frozen, rename="camel"):
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeCondition(Frozen):
    """Without its times: a heartbeat changes nothing."""

    type: str
    status: str = "Unknown"


class NodeStatus(Frozen):
    """``allocatable``: resource -> quantity as it is written."""

    addresses: tuple[NodeAddress, ...] | None = ()
    conditions: tuple[NodeCondition, ...] = ()
    allocatable: Mapping[str, str | int | float] = {}


class Node(Fact):
    """v1.Node: where it is reached, and what the placement of pods depends on."""

    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class Deployment(Fact):
    """apps/v1.Deployment: only metadata; the router reads annotations of its own one."""
