"""The kinds that controllers follow, each declared once: two controllers that need one share it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from router.base.frozen import Frozen
from router.controllers.kit.following import Kind
from router.facts import owners
from router.facts.core import Node
from router.facts.decode import DecodeError
from router.facts.meta import Fact
from router.facts.pods import Budget, ControllerRevision, OwnedFact, Pod, PriorityClass, Workload


class Scales(Frozen):
    """What varies its number, and what an autoscaler says. None: the kind has no such field.

    ``scaled``: (kind, name) of what an autoscaler scales.
    """

    replicas: int | None = None
    low: int | None = None
    high: int | None = None
    scaled: tuple[str, str] | None = None


class Varied(Workload):
    """A workload, with its number."""

    scales: Scales = Scales()


class Autoscaler(OwnedFact):
    """autoscaling/v2.HorizontalPodAutoscaler, only its bounds and what it scales."""

    scales: Scales = Scales()


class ConfigMap(OwnedFact):
    """v1.ConfigMap."""

    data: Mapping[str, str] = {}


def document_of(raw: msgspec.Raw) -> dict[str, Any]:
    """Raises DecodeError."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as wrong:
        raise DecodeError((), f"is not JSON: {wrong}") from None
    if not isinstance(found, dict):
        raise DecodeError((), "is not an object")
    return found


def _workload(api_version: str, kind: str) -> Callable[[msgspec.Raw], Fact]:
    def read(raw: msgspec.Raw) -> Fact:
        document = document_of(raw)
        made = owners.workload({**document, "apiVersion": api_version, "kind": kind})
        spec = document.get("spec")
        replicas = spec.get("replicas") if isinstance(spec, dict) else None
        return Varied(
            metadata=made.metadata,
            kind=kind,
            api_version=api_version,
            selector=made.selector,
            template_labels=made.template_labels,
            scales=Scales(replicas=replicas if isinstance(replicas, int) else None),
        )

    return read


def _autoscaler(raw: msgspec.Raw) -> Fact:
    document = document_of(raw)
    spec = document.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    aim = spec.get("scaleTargetRef")
    aim = aim if isinstance(aim, dict) else {}
    scales = Scales(
        low=_number(spec.get("minReplicas")),
        high=_number(spec.get("maxReplicas")),
        scaled=(str(aim.get("kind", "")), str(aim.get("name", ""))),
    )
    return Autoscaler(metadata=owners.metadata(document), scales=scales)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _budget(raw: msgspec.Raw) -> Fact:
    return owners.budget(document_of(raw))


APPS = "apps/v1"
PODS = Kind(api_version="v1", plural="pods", fact=Pod)
NODES = Kind(api_version="v1", plural="nodes", fact=Node, everywhere=True)
CONFIG_MAPS = Kind(api_version="v1", plural="configmaps", fact=ConfigMap, optional=True)
REVISIONS = Kind(api_version=APPS, plural="controllerrevisions", fact=ControllerRevision)
BUDGETS = Kind(api_version="policy/v1", plural="poddisruptionbudgets", fact=Budget, optional=True, read=_budget)
PRIORITIES = Kind(
    api_version="scheduling.k8s.io/v1", plural="priorityclasses", fact=PriorityClass, everywhere=True, optional=True
)
AUTOSCALERS = Kind(
    api_version="autoscaling/v2", plural="horizontalpodautoscalers", fact=Autoscaler, optional=True, read=_autoscaler
)


def _varied(api_version: str, plural: str, kind: str) -> Kind:
    return Kind(api_version=api_version, plural=plural, fact=Varied, optional=True, read=_workload(api_version, kind))


WORKLOADS: Mapping[str, Kind] = {
    "ReplicationController": _varied("v1", "replicationcontrollers", "ReplicationController"),
    "ReplicaSet": _varied(APPS, "replicasets", "ReplicaSet"),
    "Deployment": _varied(APPS, "deployments", "Deployment"),
    "StatefulSet": _varied(APPS, "statefulsets", "StatefulSet"),
    "DaemonSet": _varied(APPS, "daemonsets", "DaemonSet"),
}
"""By kind: whose selector may match a daemon's pods. All but DaemonSet have a number."""
