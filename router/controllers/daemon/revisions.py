"""The history of templates, one ControllerRevision each, and which of them is wanted now.

A revision is known by its data, not by its name. A template of before gets a new number and keeps its name, so pods that are on
it already are not restarted. Data that stand twice become one, and their pods are relabelled. Old revisions go beyond the limit,
oldest first, never one that a pod still names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from router.base.digest import digest
from router.base.frozen import Frozen
from router.controllers.daemon.bodies import owner_reference
from router.controllers.daemon.owning import claim, patch
from router.controllers.daemon.reading import canonical, template_of
from router.controllers.daemon.standing import revision as revision_of
from router.controllers.daemon.types import HASH_LABEL, DaemonController, Patch, PodTemplate, Renumber
from router.facts.decode import DecodeError
from router.facts.pods import ControllerRevision, Pod


class History(Frozen):
    """``wanted``: hash of the template of now. ``current``: hash of the last one that all nodes had (or ``wanted``).
    ``templates``: by hash, for the two. The rest is what is to be written."""

    wanted: str
    current: str
    templates: Mapping[str, PodTemplate]
    collisions: int = 0
    known: tuple[ControllerRevision, ...] = ()
    create: Mapping[str, Any] | None = None
    renumber: tuple[Renumber, ...] = ()
    deletes: tuple[str, ...] = ()
    patches: tuple[Patch, ...] = ()


def template_hash(template: PodTemplate, collisions: int = 0) -> str:
    """Follows from the template's meaning only, so that it is the same on every machine and with every version of ours."""
    return digest(template.json, *([str(collisions)] if collisions else []), length=10)


def hash_of(revision: ControllerRevision) -> str:
    return revision.metadata.labels.get(HASH_LABEL) or revision.metadata.name.rpartition("-")[2]


def text_of(revision: ControllerRevision) -> str:
    """The canonical template in a revision's data; empty if there is none."""
    spec = revision.data.get("spec")
    template = spec.get("template") if isinstance(spec, Mapping) else None
    if not isinstance(template, Mapping):
        return ""
    return canonical({key: value for key, value in template.items() if key != "$patch"})


def history(daemon: DaemonController, there: Iterable[ControllerRevision], pods: Sequence[Pod], collisions: int) -> History:
    """``there``: revisions of the namespace; ``pods``: ours, all of them. ``collisions``: at least this collisionCount."""
    everyone = tuple(there)
    known, patches = claim(daemon, everyone)
    known = tuple(sorted(known, key=lambda r: (r.revision, r.metadata.creation_timestamp, r.metadata.name)))
    same = [r for r in known if text_of(r) == daemon.spec.template.json]
    top = max((r.revision for r in known), default=0)
    if not same:
        name, wanted, collisions = _free(daemon, everyone, collisions)
        made = _body(daemon, name, wanted, top + 1)
        return _finished(
            daemon, known, pods, History(wanted=wanted, current="", templates={}, collisions=collisions, create=made), patches
        )
    kept, twins = same[-1], same[:-1]
    wanted = hash_of(kept)
    renumber = (Renumber(name=kept.metadata.name, uid=kept.metadata.uid, revision=top + 1),) if kept.revision < top else ()
    moved = {hash_of(twin) for twin in twins} - {wanted}
    relabels = tuple(
        patch("relabel", p, {"labels": {HASH_LABEL: wanted}}) for p in pods if revision_of(p) in moved and not p.terminating
    )
    made_of = History(
        wanted=wanted, current="", templates={}, collisions=collisions, renumber=renumber,
        deletes=tuple(twin.metadata.name for twin in twins) if not relabels else (),
    )  # fmt: skip
    rest = tuple(r for r in known if r not in twins)
    return _finished(daemon, rest, pods, made_of, (*patches, *relabels))


def _finished(
    daemon: DaemonController,
    known: tuple[ControllerRevision, ...],
    pods: Sequence[Pod],
    so_far: History,
    patches: tuple[Patch, ...],
) -> History:
    live = {revision_of(pod) for pod in pods}
    old = [r for r in known if hash_of(r) != so_far.wanted]
    spare = [r.metadata.name for r in old if hash_of(r) not in live]
    surplus = spare[: max(0, len(old) - daemon.spec.history_limit)]
    current = _current(daemon, old, live) or so_far.wanted
    templates = {so_far.wanted: daemon.spec.template, **_template(current, old)}
    if current not in templates:
        current = so_far.wanted
    surplus = [name for name in surplus if name != next((r.metadata.name for r in old if hash_of(r) == current), "")]
    return msgspec.structs.replace(
        so_far, current=current, templates=templates, known=known, deletes=(*so_far.deletes, *surplus), patches=patches
    )


def _current(daemon: DaemonController, old: Sequence[ControllerRevision], live: set[str]) -> str:
    """What status says, if there is such a revision; else the newest old one that a pod is on."""
    said = daemon.status.get("currentRevision")
    if isinstance(said, str) and any(hash_of(r) == said for r in old):
        return said
    return next((hash_of(r) for r in reversed(old) if hash_of(r) in live), "")


def _template(current: str, old: Sequence[ControllerRevision]) -> dict[str, PodTemplate]:
    found = next((r for r in old if hash_of(r) == current), None)
    if found is None or not text_of(found):
        return {}
    try:
        return {current: template_of(msgspec.json.decode(text_of(found)))}
    except DecodeError:
        return {}


def _free(daemon: DaemonController, everyone: Iterable[ControllerRevision], collisions: int) -> tuple[str, str, int]:
    """(name, hash, collisionCount) of a name that no revision of other data has."""
    taken = {r.metadata.name for r in everyone}
    while True:
        made = template_hash(daemon.spec.template, collisions)
        name = f"{daemon.metadata.name[:240].rstrip('.-')}-{made}"
        if name not in taken:
            return name, made, collisions
        collisions += 1


def _body(daemon: DaemonController, name: str, hash_: str, number: int) -> dict[str, Any]:
    """As upstream writes it: the data is a patch that replaces the template."""
    template = daemon.spec.template.value()
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": name,
            "namespace": daemon.metadata.namespace,
            "labels": {**daemon.spec.template.labels, HASH_LABEL: hash_},
            "annotations": _kept_annotations(daemon),
            "ownerReferences": [owner_reference(daemon)],
        },
        "data": {"spec": {"template": {**template, "$patch": "replace"}}},
        "revision": number,
    }


def _kept_annotations(daemon: DaemonController) -> dict[str, str]:
    """The change cause, which ``history`` shows; nothing else, because an annotation may be large."""
    cause = daemon.metadata.annotations.get("kubernetes.io/change-cause")
    return {"kubernetes.io/change-cause": cause} if cause else {}
