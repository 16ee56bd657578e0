"""Fields of a DaemonController that nobody reads: an API server drops them, or kubectl refuses them; a manifest just has them."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from router.base.findings import Finding, ObjectRef, printable, warning
from router.facts.decode import Steps, path_text
from router.facts.pods import Pod
from router.facts.unknown import slips as slips_of

Tree = Mapping[str, Any]
FIELDS: Tree = {
    "selector": None,
    "template": None,
    "minReadySeconds": None,
    "revisionHistoryLimit": None,
    "updateStrategy": {
        "type": None,
        "rollingUpdate": dict.fromkeys(
            ("maxUnavailable", "maxSurge", "partition", "nodeSelector", "paused", "strict", "hostPorts")
        ),
    },
    "nodes": None,
    "choice": {"salt": None, "zoneLabel": None},
    "preDelete": {"labels": None, "http": {"port": None, "path": None}, "timeoutSeconds": None},
    "makeRoom": {"enabled": None, "afterSeconds": None, "maxEvictions": None},
}
"""what stands in ``spec``; None where it is a value, a map of labels, or a type of Kubernetes"""
_NEAR = 0.7


def slips(document: Mapping[str, Any], ref: ObjectRef) -> list[Finding]:
    """One for each. Of the pod's own fields only those that are nearly one that matters here: Kubernetes has many more."""
    spec = document.get("spec")
    found = [_unknown(ref, steps, near) for steps, near in _unread(spec, FIELDS, ("spec",))]
    template = spec.get("template") if isinstance(spec, Mapping) else None
    for steps, _, fix in slips_of(template, Pod):
        at = path_text(("spec", "template", *steps))
        found.append(warning(ref, printable(at), "UnknownField", f"{printable(at)} is not a field of a pod.", printable(fix)))
    return found


def _unread(value: object, tree: Tree, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """(path, the field that was meant or nothing)"""
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key not in tree:
            near = difflib.get_close_matches(str(key)[:100], [name for name in tree if name not in value], 1, _NEAR)
            yield (*steps, str(key)), near[0] if near else ""
        elif tree[key]:
            yield from _unread(inner, tree[key], (*steps, key))


def _unknown(ref: ObjectRef, steps: Steps, near: str) -> Finding:
    at = printable(path_text(steps))
    fix = f"did you mean {near}?" if near else "remove it"
    return warning(ref, at, "UnknownField", f"{at} is not a field of this kind; it is not used.", fix)
