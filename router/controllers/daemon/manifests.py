"""The world of a DaemonController from documents, as manifests or an API server's lists have them: for who looks once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from router.base.findings import Finding, ObjectRef, error
from router.base.frozen import Frozen
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.types import API_VERSION, KIND, DaemonController, Seen
from router.facts import owners
from router.facts.core import Node
from router.facts.decode import DecodeError, decode
from router.facts.pods import ControllerRevision, Pod

Document = Mapping[str, Any]
READERS: Mapping[tuple[str, str], tuple[str, Callable[[Document], Any]]] = {
    (API_VERSION, KIND): ("daemons", daemon_controller),
    ("v1", "Node"): ("nodes", lambda document: decode(document, Node)),
    ("v1", "Pod"): ("pods", lambda document: decode(document, Pod)),
    ("apps/v1", "ControllerRevision"): ("revisions", lambda document: decode(document, ControllerRevision)),
    ("policy/v1", "PodDisruptionBudget"): ("budgets", owners.budget),
    ("scheduling.k8s.io/v1", "PriorityClass"): ("priorities", owners.priority_class),
    **dict.fromkeys(owners.WORKLOADS, ("workloads", owners.workload)),
}
"""(apiVersion, kind) -> which list it goes to, how it is read"""


class Told(Frozen):
    """One Event about an object, of either API. Times: RFC 3339 text, empty if it has none."""

    first: str = ""
    last: str = ""
    count: int = 1
    source: str = ""
    part: str = ""
    type: str = ""
    reason: str = ""
    message: str = ""


class Objects:
    """What documents hold. ``findings``: about objects that could not be read, and about fields of DaemonControllers."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.findings: list[Finding] = []
        self.lists: dict[str, list[Any]] = {name: [] for name, _ in READERS.values()}
        self.raw: dict[tuple[str, str], Document] = {}
        """DaemonControllers as they were written, by namespace and name"""
        self._events: list[Document] = []
        for document in documents:
            self._take(document)

    def _take(self, document: Document) -> None:
        version, kind = document.get("apiVersion"), document.get("kind")
        if kind == "Event":
            self._events.append(document)
        if not isinstance(version, str) or not isinstance(kind, str) or (version, kind) not in READERS:
            return
        name, read = READERS[version, kind]
        try:
            made = read(document)
        except DecodeError as wrong:
            ref = ObjectRef(kind=kind, namespace="", name=str(_of(document, "metadata").get("name", "?")))
            self.findings.append(error(ref, wrong.path, "NotDecoded", f"{wrong}; the object is not used.", wrong.fix))
            return
        self.lists[name].append(made)
        if isinstance(made, DaemonController):
            self.raw[made.key] = document
            self.findings += made.findings

    @property
    def daemons(self) -> list[DaemonController]:
        return self.lists["daemons"]

    def seen(self, daemon: DaemonController) -> Seen:
        here = daemon.metadata.namespace
        pods: list[Pod] = self.lists["pods"]
        return Seen(
            daemon=daemon,
            nodes=tuple(self.lists["nodes"]),
            pods=tuple(p for p in pods if p.metadata.namespace == here),
            neighbours=tuple(p for p in pods if p.metadata.namespace != here),
            revisions=tuple(r for r in self.lists["revisions"] if r.metadata.namespace == here),
            workloads=tuple(w for w in self.lists["workloads"] if w.metadata.namespace == here),
            daemons=tuple(d for d in self.daemons if d.metadata.namespace == here and d.metadata.name != daemon.metadata.name),
            budgets=tuple(self.lists["budgets"]),
            priorities=tuple(self.lists["priorities"]),
        )

    def told(self, daemon: DaemonController) -> list[Told]:
        """The Events about it, the one that was said last at the end."""
        found = [_told(event) for event in self._events if _about(event, daemon)]
        return sorted(found, key=lambda told: (told.last, told.first, told.reason))


def as_manifest(daemon: DaemonController) -> DaemonController:
    """One that was never created has no uid; the pods that would be made of it are told apart by its name."""
    if daemon.metadata.uid:
        return daemon
    uid = f"{daemon.metadata.namespace}/{daemon.metadata.name}"
    return msgspec.structs.replace(daemon, metadata=msgspec.structs.replace(daemon.metadata, uid=uid))


def replaced(there: DaemonController | None, wanted: DaemonController) -> DaemonController:
    """``wanted`` as it would be once applied over what is there: the same object, one generation later."""
    if there is None:
        return as_manifest(wanted)
    meta = msgspec.structs.replace(
        there.metadata,
        generation=there.metadata.generation + 1,
        labels=wanted.metadata.labels,
        annotations=wanted.metadata.annotations,
    )
    return msgspec.structs.replace(wanted, metadata=meta, status=there.status)


def _about(event: Document, daemon: DaemonController) -> bool:
    ref = _of(event, "involvedObject") or _of(event, "regarding")
    meta = daemon.metadata
    same = ref.get("kind") == KIND and ref.get("name") == meta.name and ref.get("namespace", meta.namespace) == meta.namespace
    return same and ref.get("uid", meta.uid) in (meta.uid, "")


def _told(event: Document) -> Told:
    series, source = _of(event, "series"), _of(event, "source")
    first = event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event.get("eventTime") or ""
    last = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("deprecatedLastTimestamp") or first
    count = series.get("count") or event.get("count") or event.get("deprecatedCount") or 1
    ref = _of(event, "involvedObject") or _of(event, "regarding")
    return Told(
        first=str(first),
        last=str(last),
        count=count if isinstance(count, int) else 1,
        source=str(source.get("component") or event.get("reportingController") or event.get("reportingComponent") or ""),
        part=str(ref.get("fieldPath") or ""),
        type=str(event.get("type") or ""),
        reason=str(event.get("reason") or ""),
        message=str(event.get("message") or event.get("note") or ""),
    )


def _of(document: Document, field: str) -> Document:
    value = document.get(field)
    return value if isinstance(value, Mapping) else {}
