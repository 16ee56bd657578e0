"""Everything the sources know at one moment, as one frozen value."""

from collections.abc import Mapping

from router.base.faults import Fault
from router.base.findings import Finding, Location, ObjectRef
from router.base.frozen import Frozen
from router.facts.core import Deployment, Node, Secret, Service
from router.facts.discovery import EndpointSlice
from router.facts.meta import Key
from router.facts.networking import Ingress, IngressClass
from router.facts.pods import Pod


class Snapshot(Frozen):
    """Facts by kind and (namespace, name). An unchanged object is the *same* Python object in the next snapshot, so
    memoised functions may compare by identity. Mappings are never changed after they are put here.

    ``findings``: what could not be decoded; ``faults``: what could not because of a bug of ours. ``locations``: where an
    object was read, for sources that have files.
    """

    services: Mapping[Key, Service] = {}
    slices: Mapping[Key, EndpointSlice] = {}
    secrets: Mapping[Key, Secret] = {}
    ingresses: Mapping[Key, Ingress] = {}
    ingress_classes: Mapping[Key, IngressClass] = {}
    nodes: Mapping[Key, Node] = {}
    pods: Mapping[Key, Pod] = {}
    deployments: Mapping[Key, Deployment] = {}
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    locations: Mapping[ObjectRef, Location] = {}
    shared: bool = False
    """Many tenants wrote it (a cluster): none of them may name addresses of this machine as endpoints."""


KINDS: Mapping[tuple[str, str], tuple[str, type]] = {
    ("v1", "Service"): ("services", Service),
    ("discovery.k8s.io/v1", "EndpointSlice"): ("slices", EndpointSlice),
    ("v1", "Secret"): ("secrets", Secret),
    ("networking.k8s.io/v1", "Ingress"): ("ingresses", Ingress),
    ("networking.k8s.io/v1", "IngressClass"): ("ingress_classes", IngressClass),
    ("v1", "Node"): ("nodes", Node),
    ("v1", "Pod"): ("pods", Pod),
    ("apps/v1", "Deployment"): ("deployments", Deployment),
}
"""(apiVersion, kind) -> (field of Snapshot, type of the fact). The one list of kinds that sources read."""
