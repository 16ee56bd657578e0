"""What a DaemonController asks for, what was seen of the cluster, and what is to be done. Frozen values, no decisions.

The shape of ``spec`` in a manifest (apiVersion tidegate.dev/v1alpha1), read by ``reading``:

    selector: {app: x}                  # the plain map of 2015, or {matchLabels: .., matchExpressions: [..]}
    template: {metadata: .., spec: ..}  # a pod template; nodeSelector and nodeName choose nodes, as in 2015
    minReadySeconds: 0
    revisionHistoryLimit: 10
    updateStrategy:
      type: RollingUpdate               # or OnDelete
      rollingUpdate:
        maxUnavailable: 1               # number or "10%" of the nodes that should run a pod, rounded up
        maxSurge: 0                     # number or "10%", rounded up; not both zero, not both non-zero
        partition: 0                    # number or "70%", rounded down: as many nodes keep their old pod
        nodeSelector: {..}              # only nodes with these labels get the new pod (the same two forms as selector)
        paused: false
        strict: false                   # a ready pod never goes beyond maxUnavailable, available or not
        hostPorts: DeleteFirst          # what maxSurge does when ports clash: DeleteFirst, Refuse or Share
    nodes: 30%                          # a part of the eligible nodes, or a number; all if it is left out
    choice: {salt: "", zoneLabel: ""}   # salt: namespace/name if empty; zoneLabel: a quota for each value of this label
    preDelete: {labels: {..}, http: {port: 9090, path: /drain}, timeoutSeconds: 300}
    makeRoom: {enabled: false, afterSeconds: 30, maxEvictions: 1}
"""

import enum
from collections.abc import Mapping
from typing import Any

import msgspec

from router.base.findings import Finding
from router.base.frozen import Frozen
from router.controllers.writing.events import Saying
from router.facts.core import Node
from router.facts.meta import Key
from router.facts.pods import Budget, ControllerRevision, OwnedFact, Pod, PodSpec, PriorityClass, Workload
from router.facts.scheduling import Selector

API_VERSION = "tidegate.dev/v1alpha1"
KIND = "DaemonController"
HASH_LABEL = "controller-revision-hash"
"""On pods and revisions, as upstream names it (apps/v1)."""
DRAIN = "tidegate.dev/drain-since"
"""Annotation of a pod that is to go: RFC 3339 time since when. From then on it is being drained, and nothing brings it back."""
BURST = 250
"""Creates, and deletes, in one decision."""


class Amount(Frozen):
    """A number, or a percentage of a number: ``3``, ``30%``."""

    number: int
    percent: bool = False

    def of(self, total: int, *, up: bool = True) -> int:
        """Exact, in whole numbers."""
        if not self.percent:
            return self.number
        return -(-self.number * total // 100) if up else self.number * total // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


class HostPorts(enum.StrEnum):
    """What a surge does on a node where the old pod holds a port that the new one needs."""

    DELETE_FIRST = "DeleteFirst"
    REFUSE = "Refuse"
    SHARE = "Share"


class Update(Frozen):
    """``spec.updateStrategy``. ``held``: a field was not understood, so nothing is replaced until it is mended."""

    on_delete: bool = False
    max_unavailable: Amount = Amount(number=1)
    max_surge: Amount = Amount(number=0)
    partition: Amount = Amount(number=0)
    canary: Selector | None = None
    paused: bool = False
    strict: bool = False
    host_ports: HostPorts = HostPorts.DELETE_FIRST
    held: bool = False

    @property
    def surges(self) -> bool:
        return not self.on_delete and self.max_surge.number > 0


class PodTemplate(Frozen):
    """``spec.template``. ``json``: its canonical text, from which pods are made; ``labels`` and ``spec``: a view of it."""

    json: str = "{}"
    labels: Mapping[str, str] = {}
    spec: PodSpec = PodSpec()

    def value(self) -> dict[str, Any]:
        """A copy of its own for each caller."""
        made: dict[str, Any] = msgspec.json.decode(self.json)
        return made


class Choice(Frozen):
    """Which part of the eligible nodes. ``nodes`` None: all. ``zone_label`` empty: no quota."""

    nodes: Amount | None = None
    salt: str = ""
    zone_label: str = ""


class PreDelete(Frozen):
    """A pod that runs is marked first, and deleted when it is drained, or after ``timeout`` seconds (0: never by time).

    ``labels``: it is drained when it does not bear all of them any more. ``port``, ``path``: the runner asks the pod until it
    answers 200; port 0 for not asking.
    """

    labels: Mapping[str, str] = {}
    port: int = 0
    path: str = ""
    timeout: int = 300


class MakeRoom(Frozen):
    """``after``: seconds that a pod must have waited for its node. ``limit``: nodes on which room is made at one time."""

    after: int = 30
    limit: int = 1


class DaemonSpec(Frozen):
    selector: Selector = Selector()
    template: PodTemplate = PodTemplate()
    min_ready: int = 0
    history_limit: int = 10
    update: Update = Update()
    choice: Choice = Choice()
    pre_delete: PreDelete | None = None
    make_room: MakeRoom | None = None


class DaemonController(OwnedFact):
    """One object. ``status``: what stands there now. Not ``usable``: no pod is touched until ``findings`` are mended."""

    spec: DaemonSpec = DaemonSpec()
    status: Mapping[str, Any] = {}
    findings: tuple[Finding, ...] = ()
    usable: bool = True


class Seen(Frozen):
    """The world of one DaemonController, from caches that know all our own writes.

    ``pods``: all pods of its namespace. ``neighbours``: pods of other namespaces that are on nodes; only for what is said of full
    nodes and for making room. ``workloads``, ``daemons``: others with a selector in its namespace. ``budgets``: of all
    namespaces. ``drained``: uids of pods that answered that they are drained. ``settled``: False while writes of ours are still
    missing from the caches: then only status is decided, and the generation is not observed.
    """

    daemon: DaemonController
    nodes: tuple[Node, ...] = ()
    pods: tuple[Pod, ...] = ()
    neighbours: tuple[Pod, ...] = ()
    revisions: tuple[ControllerRevision, ...] = ()
    workloads: tuple[Workload, ...] = ()
    daemons: tuple[DaemonController, ...] = ()
    budgets: tuple[Budget, ...] = ()
    priorities: tuple[PriorityClass, ...] = ()
    namespace_terminating: bool = False
    drained: frozenset[str] = frozenset()
    settled: bool = True


class Failure(Frozen):
    """What is not to be done again before ``delay`` seconds have passed since ``at`` (epoch seconds)."""

    at: float
    delay: float


class Memory(Frozen):
    """What the runner keeps between decisions about one object. Losing it costs a few quick retries, nothing else.

    ``failures``: by ``uid/generation/node``. ``collisions``: at least this collisionCount (the runner adds one when a revision's
    name was taken by other data). ``said``: names of the Events that were said, so that each is said once.
    ``rooms``: node -> when room was made there last, and how long not again: a victim may come back to the same node.
    ``create_errors``: node -> the API server's last refusal of a create there, as the runner met it; empty when one succeeded.
    """

    failures: Mapping[str, Failure] = {}
    collisions: int = 0
    said: frozenset[str] = frozenset()
    rooms: Mapping[str, Failure] = {}
    create_errors: Mapping[str, str] = {}


class Create(Frozen):
    """A pod for a node. ``name`` follows from what was seen, so the API server refuses a second one made from the same sight."""

    node: str
    name: str
    revision: str
    body: Mapping[str, Any]


class Delete(Frozen):
    """``precondition``: delete only the pod with this uid. ``grace``: seconds, None for the pod's own."""

    name: str
    uid: str
    node: str
    reason: str
    grace: int | None = None


class Drain(Frozen):
    """``patch``: marks the pod (merge patch of the pod). ``ask``: URL path and port to ask, None when labels tell."""

    name: str
    uid: str
    node: str
    reason: str
    patch: Mapping[str, Any] | None
    ask: tuple[int, str] | None = None


class Evict(Frozen):
    """Through the Eviction API, which checks the budgets again. ``room_for``: name of the daemon's pod that waits."""

    key: Key
    uid: str
    node: str
    room_for: str


class Nominate(Frozen):
    """Room on a node that is kept for a pod, as its ``status.nominatedNodeName``: it counts when others are placed."""

    node: str
    name: str
    uid: str


class Patch(Frozen):
    """A merge patch of a Pod or a ControllerRevision in the daemon's namespace. It carries the uid, so that a successor is safe.

    ``verb``: adopt, release or relabel. Before ``adopt`` the runner reads the daemon live: same uid, not being deleted; else it
    does nothing of this decision.
    """

    verb: str
    kind: str
    name: str
    uid: str
    body: Mapping[str, Any]


class Renumber(Frozen):
    name: str
    uid: str
    revision: int


class Decision(Frozen):
    """In this order: patches, revisions, creates (slow start), drains, deletes, nominations, evictions, status, sayings.

    ``status``: the whole status, None when it is what stands there. ``again_in``: seconds until the clock alone changes the
    decision; None when only a change of the world does.
    """

    patches: tuple[Patch, ...] = ()
    revision_create: Mapping[str, Any] | None = None
    revision_renumber: tuple[Renumber, ...] = ()
    revision_deletes: tuple[str, ...] = ()
    creates: tuple[Create, ...] = ()
    drains: tuple[Drain, ...] = ()
    deletes: tuple[Delete, ...] = ()
    nominations: tuple[Nominate, ...] = ()
    evictions: tuple[Evict, ...] = ()
    status: Mapping[str, Any] | None = None
    sayings: tuple[Saying, ...] = ()
    again_in: float | None = None
    memory: Memory = Memory()
