"""Whose selectors can match each other's pods. Nobody fights, because only controllerRefs count; but both owners should know."""

from collections.abc import Iterable, Mapping

from router.base.findings import ObjectRef
from router.base.frozen import Frozen
from router.controllers.daemon.types import DaemonController, Seen
from router.facts.matching import selects
from router.facts.pods import OwnedMeta
from router.facts.scheduling import Selector


class Overlap(Frozen, order=True):
    """``theirs``: its selector matches our pods; ``ours``: our selector matches its pods. At least one of them."""

    other: ObjectRef
    uid: str
    ours: bool
    theirs: bool

    def sentence(self, me: ObjectRef, them: bool = False) -> str:
        """For us, or (``them``) for the other one."""
        here, there = (self.other, me) if them else (me, self.other)
        mine, its = (self.theirs, self.ours) if them else (self.ours, self.theirs)
        if mine and its:
            said = f"the selectors of {here} and {there} match each other's pods"
        elif mine:
            said = f"the selector of {here} matches the pods of {there}"
        else:
            said = f"the selector of {there} matches the pods of {here}"
        return f"{said}. Each keeps to the pods that it controls; give one of them other labels."


def overlaps(seen: Seen) -> tuple[Overlap, ...]:
    """Others of the namespace; those that another one uses (a Deployment its ReplicaSet) are left to their owner."""
    daemon = seen.daemon
    if daemon.spec.selector.empty:
        return ()
    found = [
        _between(
            daemon,
            ObjectRef(kind=w.kind, namespace=w.metadata.namespace, name=w.metadata.name),
            w.metadata,
            w.selector,
            w.template_labels,
        )
        for w in seen.workloads
    ]
    found += [
        _between(daemon, d.ref, d.metadata, d.spec.selector, d.spec.template.labels)
        for d in seen.daemons
        if d.metadata.uid != daemon.metadata.uid
    ]
    return tuple(sorted(overlap for overlap in found if overlap))


def _between(
    daemon: DaemonController, ref: ObjectRef, meta: OwnedMeta, selector: Selector, labels: Mapping[str, str]
) -> Overlap | None:
    tool = meta.controller is not None and meta.controller.uid != daemon.metadata.uid
    if ref.namespace != daemon.metadata.namespace or tool or meta.deletion_timestamp:
        return None
    ours = bool(labels) and selects(daemon.spec.selector, labels)
    theirs = not selector.empty and selects(selector, daemon.spec.template.labels)
    return Overlap(other=ref, uid=meta.uid, ours=ours, theirs=theirs) if ours or theirs else None


def words(found: Iterable[Overlap]) -> str:
    """``ReplicationController shop/web, DaemonController shop/other``"""
    return ", ".join(str(overlap.other) for overlap in found)
