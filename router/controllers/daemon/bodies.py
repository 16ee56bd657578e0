"""The pod that is created for a node, from the template, as upstream makes it; and its name.

The required node affinity becomes the one term ``metadata.name In [node]``, so that the scheduler binds the pod to this node or
to none, and PriorityClasses count. The name follows from the daemon, the node and the revision: whoever decides twice
from the same sight asks for the same name, and the API server refuses the second.
"""

from collections.abc import Container
from itertools import count
from typing import Any

from router.base.digest import digest
from router.controllers.daemon.placing import added_tolerations
from router.controllers.daemon.ports import shares
from router.controllers.daemon.types import API_VERSION, HASH_LABEL, KIND, Create, DaemonController, PodTemplate

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def create(daemon: DaemonController, template: PodTemplate, revision: str, node: str, taken: Container[str]) -> Create:
    """``taken``: names of all pods of the namespace."""
    name = pod_name(daemon, node, revision, taken)
    made = body(daemon, template, node, name)
    made["metadata"]["labels"][HASH_LABEL] = revision
    return Create(node=node, name=name, revision=revision, body=made)


def pod_name(daemon: DaemonController, node: str, revision: str, taken: Container[str]) -> str:
    """The first that is free; at most 63 letters, because it becomes the pod's host name."""
    for attempt in count():
        drawn = bytes.fromhex(digest(daemon.metadata.uid, node, revision, str(attempt), length=16))
        unique = "".join(_LETTERS[byte % len(_LETTERS)] for byte in drawn)
        name = f"{daemon.metadata.name[:54].rstrip('.-')}-{unique}"
        if name not in taken:
            return name
    raise AssertionError("count() never ends")


def owner_reference(daemon: DaemonController) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION, "kind": KIND, "name": daemon.metadata.name, "uid": daemon.metadata.uid,
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


def body(daemon: DaemonController, template: PodTemplate, node: str, name: str) -> dict[str, Any]:
    """Without the label of its revision. A daemon whose pods share ports declares none (``ports.shares``)."""
    made = template.value()
    metadata, spec = made.get("metadata") or {}, made.get("spec") or {}
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **{key: metadata[key] for key in ("annotations", "finalizers") if key in metadata},
            "name": name,
            "namespace": daemon.metadata.namespace,
            "labels": dict(metadata.get("labels") or {}),
            "ownerReferences": [owner_reference(daemon)],
        },
        "spec": {**spec, "affinity": _affinity(spec.get("affinity"), node)},
    }
    added = [{"key": t.key, "operator": t.operator, "effect": t.effect} for t in added_tolerations(template.spec)]
    pod["spec"]["tolerations"] = [*spec.get("tolerations", []), *added]
    if shares(daemon.spec.update, template.spec):
        for field in pod["spec"].keys() & {"containers", "initContainers"}:
            pod["spec"][field] = [{k: v for k, v in c.items() if k != "ports"} for c in spec[field]]
    return pod


def _affinity(written: Any, node: str) -> dict[str, Any]:
    """With the one term in place of all others; what is preferred, and affinity to pods, stays."""
    affinity = dict(written or {})
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    affinity["nodeAffinity"] = {**(affinity.get("nodeAffinity") or {}), **required}
    return affinity
