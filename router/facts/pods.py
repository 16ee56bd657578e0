"""core/v1 Pod with what placement needs, and what stands around pods: owners, revisions, budgets, priorities."""

from collections.abc import Mapping
from typing import Any

import msgspec

from router.base.frozen import Frozen
from router.facts.meta import Fact, Meta
from router.facts.scheduling import Affinity, Selector, Toleration

Quantity = str | int | float
"""resource.Quantity as it is written: ``100m``, ``1Gi``, 2. ``router.facts.quantity`` reads it."""


class OwnerReference(Frozen, rename="camel"):
    """meta/v1.OwnerReference."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False
    block_owner_deletion: bool = False


class OwnedMeta(Meta):
    """ObjectMeta of objects that have owners. ``deletion_timestamp``: RFC 3339 text, empty while nobody deletes it."""

    owner_references: tuple[OwnerReference, ...] = ()
    deletion_timestamp: str = ""
    finalizers: tuple[str, ...] = ()

    @property
    def controller(self) -> OwnerReference | None:
        """The one owner that acts on the object."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class OwnedFact(Fact):
    """One decoded object whose metadata say who owns it."""

    metadata: OwnedMeta


class ContainerPort(Frozen, rename="camel"):
    container_port: int = 0
    host_port: int = 0
    host_ip: str = msgspec.field(default="", name="hostIP")
    protocol: str = "TCP"


class Resources(Frozen):
    """v1.ResourceRequirements. A limit without a request is a request of the same size (API default)."""

    requests: Mapping[str, Quantity] = {}
    limits: Mapping[str, Quantity] = {}


class Container(Frozen, rename="camel"):
    """``restart_policy``: ``Always`` on an init container makes it a sidecar, whose request counts all the time."""

    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    resources: Resources = Resources()
    restart_policy: str = ""


class PodSpec(Frozen, rename="camel"):
    node_name: str = ""
    node_selector: Mapping[str, str] = {}
    affinity: Affinity = Affinity()
    tolerations: tuple[Toleration, ...] = ()
    host_network: bool = False
    priority: int | None = None
    priority_class_name: str = ""
    restart_policy: str = ""
    active_deadline_seconds: int | None = None
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    overhead: Mapping[str, Quantity] = {}


class Condition(Frozen, rename="camel"):
    """A condition of a pod or a node. ``last_transition_time``: RFC 3339 text."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""


class HostIP(Frozen):
    ip: str = ""


class PodStatus(Frozen, rename="camel"):
    """``host_ips``: the internal addresses of its node, one of each family. ``nominated_node_name``: where its room is kept."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    nominated_node_name: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    host_ip: str = msgspec.field(default="", name="hostIP")
    host_ips: tuple[HostIP, ...] = msgspec.field(default=(), name="hostIPs")


class Pod(OwnedFact):
    """v1.Pod."""

    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    def condition(self, type_: str) -> Condition | None:
        return next((c for c in self.status.conditions if c.type == type_), None)

    @property
    def ready(self) -> bool:
        condition = self.condition("Ready")
        return condition is not None and condition.status == "True"

    @property
    def terminating(self) -> bool:
        return bool(self.metadata.deletion_timestamp)

    @property
    def ended(self) -> bool:
        return self.status.phase in ("Succeeded", "Failed")


class ControllerRevision(OwnedFact):
    """apps/v1.ControllerRevision. ``data`` is the owner's own text, here ``{"spec": {"template": {...}}}``."""

    revision: int = 0
    data: Mapping[str, Any] = {}


class Workload(OwnedFact):
    """Anything else that owns pods by a selector: ReplicationController, ReplicaSet, Deployment, StatefulSet, DaemonSet, Job.

    ``template_labels``: what its own pods bear.
    """

    kind: str = ""
    api_version: str = ""
    selector: Selector = Selector()
    template_labels: Mapping[str, str] = {}


class Budget(OwnedFact):
    """policy/v1.PodDisruptionBudget. ``allowed``: how many pods may be evicted now (status.disruptionsAllowed)."""

    selector: Selector | None = None
    allowed: int = 0


class PriorityClass(OwnedFact):
    """scheduling.k8s.io/v1.PriorityClass."""

    value: int = 0
    global_default: bool = False
    preemption_policy: str = "PreemptLowerPriority"
