"""Which (apiVersion, kind) is ours, which is foreign, and which looks like a slip of the pen."""

import difflib

from router.facts.meta import Fact
from router.facts.snapshot import KINDS

_BY_KIND = {kind: version for version, kind in KINDS}
_VERSIONS = frozenset(version for version, _ in KINDS)
_SPELLINGS = {form: kind for kind in _BY_KIND for form in (kind.lower(), f"{kind.lower()}s", f"{kind.lower()}es")}
_FORMER = {
    ("extensions", "Ingress"): "networking.k8s.io",
    ("extensions", "Deployment"): "apps",
    ("core", "Service"): "",
    ("core", "Secret"): "",
    ("core", "Node"): "",
}
"""(group people still write, kind) -> group it is in"""


def known(version: object, kind: object) -> type[Fact] | None:
    """The type of the fact for an object that says this ``apiVersion`` and ``kind``; None if we do not read it."""
    if isinstance(version, str) and isinstance(kind, str) and (version, kind) in KINDS:
        return KINDS[version, kind][1]
    return None


def near_miss(version: object, kind: object) -> str:
    """What is wrong and what to write, if this is nearly a kind that we read; empty if it is foreign.

    The group decides: an ``Ingress`` of ``networking.internal.knative.dev`` is somebody else's.
    """
    if (version, kind) == ("v1", "Endpoints"):
        return "v1 Endpoints is not read: write an EndpointSlice of discovery.k8s.io/v1"
    if kind is None and isinstance(version, str) and version in _VERSIONS:
        return f"kind is missing from an object of {version}"
    right = _SPELLINGS.get(kind.lower()) if isinstance(kind, str) else None
    if right is None:
        return ""
    wanted = _BY_KIND[right]
    if version is None:
        return f"apiVersion is missing: write apiVersion: {wanted}"
    if not _is_near(str(version), wanted, right):
        return ""
    if version != wanted:
        return f"{right} of apiVersion {str(version)[:100]!r} is not read: write apiVersion: {wanted}"
    return f"kind {str(kind)!r} is not read: write kind: {right}"


def _is_near(version: str, wanted: str, kind: str) -> bool:
    group, wanted_group = _group(version), _group(wanted)
    if _FORMER.get((group, kind), group) == wanted_group:
        return True
    return bool(wanted_group) and difflib.SequenceMatcher(None, group[:100], wanted_group).ratio() > 0.85


def _group(version: str) -> str:
    return version.lower().rpartition("/")[0]
