"""``history`` and ``rollback``: what was run before, and the change that brings it back."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from router.base.parse import Bad
from router.controllers.daemon import revisions, standing
from router.controllers.daemon.columns import table
from router.controllers.daemon.owning import claim
from router.controllers.daemon.reading import template_of
from router.controllers.daemon.types import DaemonController, Seen
from router.facts.decode import DecodeError
from router.facts.pods import ControllerRevision

CAUSE = "kubernetes.io/change-cause"


def known(seen: Seen) -> list[ControllerRevision]:
    """Ours, the newest last."""
    return sorted(claim(seen.daemon, seen.revisions)[0], key=lambda r: (r.revision, r.metadata.name))


def text(seen: Seen) -> str:
    """One line for each revision; the wanted one is marked."""
    wanted = revisions.text_of
    rows = []
    for revision in known(seen):
        hash_ = revisions.hash_of(revision)
        pods = sum(standing.revision(pod) == hash_ for pod in claim(seen.daemon, seen.pods)[0])
        mark = "*" if wanted(revision) == seen.daemon.spec.template.json else ""
        cause = revision.metadata.annotations.get(CAUSE, "<none>")
        rows.append((f"{revision.revision}{mark}", hash_, str(pods), images(revision), cause))
    if not rows:
        return "No revision is recorded yet.\n"
    return table(("REVISION", "HASH", "PODS", "IMAGE(S)", "CHANGE-CAUSE"), rows)


def images(revision: ControllerRevision) -> str:
    try:
        spec = template_of(msgspec.json.decode(revisions.text_of(revision) or "{}")).spec
    except DecodeError:
        return "<unknown>"
    return ",".join(container.image for container in spec.containers) or "<none>"


def to_builtins(seen: Seen) -> list[dict[str, Any]]:
    """The JSON form; keys are stable."""
    return [
        {
            "revision": r.revision, "name": r.metadata.name, "hash": revisions.hash_of(r),
            "wanted": revisions.text_of(r) == seen.daemon.spec.template.json, "template": _template(r),
        }
        for r in known(seen)
    ]  # fmt: skip


def _template(revision: ControllerRevision) -> Any:
    written = revisions.text_of(revision)
    return msgspec.json.decode(written) if written else None


def back_to(seen: Seen, number: int = 0) -> ControllerRevision | Bad:
    """The revision of this number; 0: the newest that is not the wanted one."""
    found = known(seen)
    if number:
        chosen = next((r for r in found if r.revision == number), None)
        there = ", ".join(str(r.revision) for r in found) or "none"
        return chosen or Bad(why=f"there is no revision {number}; there are: {there}")
    others = [r for r in found if revisions.text_of(r) != seen.daemon.spec.template.json]
    return others[-1] if others else Bad(why="there is no other revision to go back to")


def patch(daemon: DaemonController, revision: ControllerRevision) -> Sequence[Mapping[str, Any]] | Bad:
    """JSON patch (RFC 6902): the whole template, because a merge would keep what it does not name; and only if nobody changed the
    object meanwhile. Empty if the template is wanted already."""
    template = _template(revision)
    if template is None:
        return Bad(why=f"the data of {revision.metadata.name} hold no template")
    if revisions.text_of(revision) == daemon.spec.template.json:
        return ()
    version = daemon.metadata.resource_version
    guard = [{"op": "test", "path": "/metadata/resourceVersion", "value": version}] if version else []
    return [*guard, {"op": "replace", "path": "/spec/template", "value": template}]


def after(seen: Seen, revision: ControllerRevision) -> Seen:
    """The world with the template of before, as it would be seen next."""
    template = template_of(_template(revision))
    spec = msgspec.structs.replace(seen.daemon.spec, template=template)
    return msgspec.structs.replace(seen, daemon=msgspec.structs.replace(seen.daemon, spec=spec))
