"""core/v1 and apps/v1: Service, Secret, Node, Pod, and the Deployment that the router itself runs in."""

from collections.abc import Mapping

import msgspec

from router.base.frozen import Frozen, PrivateBytes
from router.facts.meta import Fact, Meta, PortNumber, Reached
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


class Owner(Frozen):
    """meta/v1.OwnerReference. ``controller``: the one that made it."""

    kind: str
    name: str
    controller: bool | None = False


class PodMeta(Meta, rename="camel"):
    """``deletion_timestamp``: not empty as soon as somebody has deleted the pod; it may still run for a while."""

    deletion_timestamp: str | None = ""
    owner_references: tuple[Owner, ...] | None = ()


class PodSpec(Frozen, rename="camel"):
    node_name: str = ""


class PodCondition(Frozen):
    type: str
    status: str


class HostIP(Frozen):
    ip: str = ""


class PodStatus(Frozen, rename="camel"):
    """``host_ips``: the internal addresses of its node, one of each family."""

    host_ip: str = msgspec.field(default="", name="hostIP")
    host_ips: tuple[HostIP, ...] | None = msgspec.field(default=(), name="hostIPs")
    conditions: tuple[PodCondition, ...] | None = ()


class Pod(Fact):
    """v1.Pod, as far as it says where a router runs."""

    metadata: PodMeta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def ready(self) -> bool:
        """Gets requests: as an EndpointSlice would have it."""
        kept = self.status.conditions or ()
        return not self.metadata.deletion_timestamp and any(c.type == "Ready" and c.status == "True" for c in kept)


class Deployment(Fact):
    """apps/v1.Deployment: only metadata; the router reads annotations of its own one."""
