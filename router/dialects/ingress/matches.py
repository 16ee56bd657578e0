"""What one path of an Ingress matches."""

import re

from router.base.parse import Bad
from router.base.shared import shared
from router.facts.networking import HTTPIngressPath
from router.table.paths import parse_path, prefix_of
from router.table.routes import Match, PathKind, PathMatch

PATH_KINDS = {"Exact": PathKind.EXACT, "Prefix": PathKind.PREFIX, "ImplementationSpecific": PathKind.PREFIX}
"""spec.rules[].http.paths[].pathType; ImplementationSpecific is ours to define, and is Prefix."""


_PATTERN = re.compile(r".*(?:[*(\[{|^\\]|\$\Z).*", re.ASCII | re.DOTALL)
"""What other controllers take for regular expressions or globs. A ``$`` only at the end: ``/$metadata`` is a common path."""


class Wrong(Bad):
    """Bad, with the field of the path that is, its reason, and what to do."""

    field: str
    reason: str
    fix: str


def looks_like_pattern(path: str) -> bool:
    return _PATTERN.fullmatch(path) is not None


def match_of(path: HTTPIngressPath) -> Match | Wrong:
    """What an item of ``spec.rules[].http.paths`` matches."""
    kind = PATH_KINDS.get(path.path_type)
    if kind is None:
        why = f"{path.path_type!r} is not a path type"
        return Wrong(why=why, field="pathType", reason="InvalidPathType", fix="Exact or Prefix.")
    wire = parse_path(path.path or "/")
    if isinstance(wire, Bad):
        return Wrong(why=wire.why, field="path", reason="InvalidPath", fix="The other paths of this Ingress are served.")
    return shared(Match(path=PathMatch(kind=kind, value=prefix_of(wire) if kind is PathKind.PREFIX else wire)))
