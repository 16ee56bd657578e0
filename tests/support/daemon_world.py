"""A small world for the daemon controller: nodes, pods, revisions, a kubelet and a scheduler, on a clock that tests turn.

What the API server, the scheduler and the kubelet do is done here in the simplest way that keeps their promises: names are unique,
a deleted pod that runs stays until the kubelet is done, a pod is bound only to the node that its affinity names.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from router.controllers.daemon.decide import decide
from router.controllers.daemon.placing import target
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.room import lack
from router.controllers.daemon.standing import available, revision, stamp
from router.controllers.daemon.types import DaemonController, Decision, Delete, Memory, Patch, Seen
from router.facts.core import Node
from router.facts.decode import decode
from router.facts.pods import Condition, ControllerRevision, Pod

NAMESPACE = "shop"
START = 1_800_000_000.0
LABELS = {"app": "edge"}


def template(image: str = "edge:1", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"labels": dict(LABELS)}, "spec": {"containers": [{"name": "edge", "image": image}], **spec}}


def manifest(
    image: str = "edge:1", spec: dict[str, Any] | None = None, rolling: dict[str, Any] | None = None, **pod: Any
) -> dict[str, Any]:
    """A DaemonController. ``spec``: fields of its spec; ``rolling``: of updateStrategy.rollingUpdate; the rest: of the pod's spec."""
    strategy = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}} if rolling is not None else {}
    return {
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "DaemonController",
        "metadata": {"name": "edge", "namespace": NAMESPACE, "uid": "daemon-uid", "generation": 1},
        "spec": {"selector": dict(LABELS), "template": template(image, **pod), **strategy, **(spec or {})},
    }  # fmt: skip


def node(name: str, labels: dict[str, str] | None = None, taints: Iterable[str] = (), **allocatable: str) -> Node:
    """``taints``: ``key=value:Effect``."""
    written = []
    for text in taints:
        pair, _, effect = text.rpartition(":")
        key, _, value = pair.partition("=")
        written.append({"key": key, "value": value, "effect": effect})
    spec, status = {"taints": written}, {"allocatable": allocatable} if allocatable else {}
    return decode({"metadata": {"name": name, "labels": labels or {}}, "spec": spec, "status": status}, Node)


def nodes(count: int, **labels: str) -> list[Node]:
    return [node(f"node-{i:02}", labels) for i in range(count)]


def pod(name: str, on: str = "", labels: dict[str, str] | None = None, owner: str = "daemon-uid", **fields: Any) -> Pod:
    """A pod of the namespace; ``owner``: uid of its controller, empty for an orphan. ``fields``: ``spec``, ``status``, ``metadata``."""
    owners = [{"kind": "DaemonController", "name": "edge", "uid": owner, "controller": True}] if owner else []
    metadata = {
        "name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "labels": LABELS if labels is None else labels,
        "ownerReferences": owners, "creationTimestamp": stamp(START), **fields.get("metadata", {}),
    }  # fmt: skip
    spec = {"nodeName": on, **fields.get("spec", {})}
    return decode({"metadata": metadata, "spec": spec, "status": fields.get("status", {"phase": "Running"})}, Pod)


def readiness(at: float, word: bool = True) -> dict[str, Any]:
    status = "True" if word else "False"
    return {"phase": "Running", "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": stamp(at)}]}


class World:
    """``refuse``: a question asked before each create; a text is the API server's refusal. ``becomes_ready``: asked for each pod
    that runs. ``ends``: asked for each pod that is being deleted."""

    def __init__(self, document: dict[str, Any], nodes: Iterable[Node] = ()) -> None:
        self.now, self.memory, self.serial = START, Memory(), 0
        self.document = document
        self.nodes = {n.metadata.name: n for n in nodes}
        self.pods: dict[str, Pod] = {}
        self.neighbours: list[Pod] = []
        self.revisions: dict[str, ControllerRevision] = {}
        self.others: dict[str, Any] = {}
        self.created: list[tuple[str, str]] = []
        self.deleted: list[tuple[str, str]] = []
        self.evicted: list[str] = []
        self.said: list[tuple[str, str, str]] = []
        self.drained: set[str] = set()
        self.refuse: Callable[[str], str] = lambda _: ""
        self.becomes_ready: Callable[[Pod], bool] = lambda _: True
        self.ends: Callable[[Pod], bool] = lambda _: True
        self.after_sync: Callable[[], None] = lambda: None
        """called after each step of the controller and of the kubelet"""

    @property
    def daemon(self) -> DaemonController:
        return daemon_controller(self.document)

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.document.get("status", {}))

    def condition(self, type_: str) -> dict[str, Any]:
        found = next((c for c in self.status.get("conditions", []) if c["type"] == type_), None)
        return dict(found or {})

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """A new generation of the object."""
        self.document = copy.deepcopy(self.document)
        change(self.document["spec"])
        self.document["metadata"]["generation"] += 1

    def image(self, image: str) -> None:
        self.change(lambda spec: spec["template"]["spec"]["containers"][0].update(image=image))

    def add(self, *pods: Pod) -> None:
        self.pods.update({p.metadata.name: p for p in pods})

    def seen(self, **also: Any) -> Seen:
        return Seen(
            daemon=self.daemon, nodes=tuple(self.nodes.values()), pods=tuple(self.pods.values()), neighbours=tuple(self.neighbours),
            revisions=tuple(self.revisions.values()), drained=frozenset(self.drained), **{**self.others, **also},
        )  # fmt: skip

    def decide(self, **also: Any) -> Decision:
        return decide(self.now, self.seen(**also), self.memory)

    def sync(self) -> Decision:
        """One look of the controller, done as a runner would do it."""
        decision = self.decide()
        self.memory = decision.memory
        for patch in decision.patches:
            self._patch(patch)
        self._revisions(decision)
        self._creates(decision)
        for drain in decision.drains:
            if drain.patch:
                pod_ = self.pods[drain.name]
                annotations = {**pod_.metadata.annotations, **drain.patch["metadata"]["annotations"]}
                self._meta(pod_, annotations=annotations)
        for delete in decision.deletes:
            self._delete(delete)
        for one in decision.nominations:
            pod_ = self.pods[one.name]
            assert pod_.metadata.uid == one.uid
            status = msgspec.structs.replace(pod_.status, nominated_node_name=one.node)
            self.pods[one.name] = msgspec.structs.replace(pod_, status=status)
        self.evicted += [eviction.key[1] for eviction in decision.evictions]
        self.said += [(str(s.object), s.reason, s.note) for s in decision.sayings]
        if decision.status is not None:
            self.document = {**self.document, "status": decision.status}
        self.after_sync()
        return decision

    def _patch(self, patch: Patch) -> None:
        if patch.kind != "Pod":
            return
        meta = dict(patch.body["metadata"])
        pod_ = self.pods[patch.name]
        assert pod_.metadata.uid == meta["uid"] == patch.uid
        changed = msgspec.to_builtins(pod_)
        if "ownerReferences" in meta:
            changed["metadata"]["ownerReferences"] = meta["ownerReferences"]
        changed["metadata"]["labels"] = {**pod_.metadata.labels, **meta.get("labels", {})}
        self.pods[patch.name] = decode(changed, Pod)

    def _revisions(self, decision: Decision) -> None:
        if made := decision.revision_create:
            body = {
                **made,
                "metadata": {**made["metadata"], "uid": f"uid-{made['metadata']['name']}", "creationTimestamp": stamp(self.now)},
            }
            assert made["metadata"]["name"] not in self.revisions
            self.revisions[made["metadata"]["name"]] = decode(body, ControllerRevision)
        for one in decision.revision_renumber:
            self.revisions[one.name] = msgspec.structs.replace(self.revisions[one.name], revision=one.revision)
        for name in decision.revision_deletes:
            del self.revisions[name]

    def _creates(self, decision: Decision) -> None:
        errors = dict(self.memory.create_errors)
        for create in decision.creates:
            assert create.name not in self.pods, f"{create.name} exists"
            if refusal := self.refuse(create.node):
                errors[create.node] = refusal
                continue
            errors.pop(create.node, None)
            self.serial += 1
            meta = {
                **create.body["metadata"],
                "uid": f"pod-uid-{self.serial}",
                "creationTimestamp": stamp(self.now),
                "resourceVersion": str(self.serial),
            }
            self.pods[create.name] = decode({**create.body, "metadata": meta, "status": {"phase": "Pending"}}, Pod)
            self.created.append((create.node, create.revision))
        self.memory = msgspec.structs.replace(self.memory, create_errors=errors)

    def _delete(self, delete: Delete) -> None:
        pod_ = self.pods[delete.name]
        assert pod_.metadata.uid == delete.uid
        self.deleted.append((delete.node, delete.reason))
        if not pod_.spec.node_name or pod_.ended:
            del self.pods[delete.name]
        else:
            self._meta(pod_, deletion_timestamp=stamp(self.now))

    def _meta(self, pod_: Pod, **fields: Any) -> None:
        self.pods[pod_.metadata.name] = msgspec.structs.replace(pod_, metadata=msgspec.structs.replace(pod_.metadata, **fields))

    def kubelet(self) -> None:
        """Ends pods, binds pods, starts pods, makes them ready."""
        for name, pod_ in list(self.pods.items()):
            if pod_.terminating:
                if self.ends(pod_):
                    del self.pods[name]
            elif not pod_.spec.node_name:
                self._bind(pod_)
            elif not pod_.ended and not pod_.ready:
                self.set_status(name, ready_now=self.becomes_ready(pod_))
        self.after_sync()

    def _bind(self, pod_: Pod) -> None:
        on = target(pod_)
        there = [p for p in [*self.pods.values(), *self.neighbours] if p.spec.node_name == on and not p.ended]
        if on not in self.nodes:
            return
        if lack(pod_.spec, self.nodes[on], there).reason:
            said = (
                Condition(
                    type="PodScheduled",
                    status="False",
                    reason="Unschedulable",
                    message="0 nodes fit",
                    last_transition_time=pod_.metadata.creation_timestamp,
                ),
            )
            status = msgspec.structs.replace(pod_.status, conditions=said)
            self.pods[pod_.metadata.name] = msgspec.structs.replace(pod_, status=status)
            return
        bound = msgspec.structs.replace(pod_.spec, node_name=on)
        self.pods[pod_.metadata.name] = msgspec.structs.replace(
            pod_, spec=bound, status=msgspec.structs.replace(pod_.status, conditions=(), phase="Running")
        )

    def set_status(self, name: str, *, ready_now: bool | None = None, phase: str = "Running") -> None:
        """The status of a pod, as its kubelet would write it."""
        said = (
            ()
            if ready_now is None
            else (Condition(type="Ready", status="True" if ready_now else "False", last_transition_time=stamp(self.now)),)
        )
        pod_ = self.pods[name]
        self.pods[name] = msgspec.structs.replace(pod_, status=msgspec.structs.replace(pod_.status, phase=phase, conditions=said))

    def settle(self, rounds: int = 200, step: float = 1.0) -> int:
        """Until neither the controller nor the kubelet has anything to do; how many rounds it took."""
        for count in range(rounds):
            before = dict(self.pods), dict(self.revisions)
            decision = self.sync()
            self.kubelet()
            self.now += step
            if before == (self.pods, self.revisions) and decision.again_in is None and decision.status is None:
                return count
        raise AssertionError(f"not settled after {rounds} rounds: {decision}")

    def on(self, name: str) -> list[Pod]:
        return [p for p in self.pods.values() if target(p) == name]

    def by_node(self) -> dict[str, list[str]]:
        """node -> images of its pods that are not ending."""
        return {n: sorted(p.spec.containers[0].image for p in self.on(n) if not p.terminating) for n in sorted(self.nodes)}

    def running(self) -> set[str]:
        return {target(p) for p in self.pods.values() if not p.terminating and not p.ended}

    def available_nodes(self) -> int:
        """Desired or not: nodes with an available pod that nobody takes away."""
        minimum = self.daemon.spec.min_ready
        return len({target(p) for p in self.pods.values() if not p.terminating and available(p, minimum, self.now)})

    def ready_nodes(self) -> int:
        return len({target(p) for p in self.pods.values() if not p.terminating and p.ready})

    def hashes(self) -> set[str]:
        return {revision(p) for p in self.pods.values()}
