"""Objects that stand around pods, from documents: selectors in both forms, workloads, budgets. Raises DecodeError."""

from collections.abc import Mapping
from typing import Any

import msgspec

from router.facts.decode import DecodeError, Steps, decode
from router.facts.pods import Budget, OwnedFact, OwnedMeta, PriorityClass, Workload
from router.facts.scheduling import Selector

Document = Mapping[str, Any]

WORKLOADS = frozenset({
    ("v1", "ReplicationController"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
})  # fmt: skip
"""(apiVersion, kind). DaemonControllers are workloads as well, with a reader of their own."""


class _Meta(OwnedFact):
    """Only the metadata."""


class _Selectors(msgspec.Struct):
    value: Selector


def metadata(document: Document) -> OwnedMeta:
    return decode(document, _Meta).metadata


def selector(value: object, steps: Steps = ("spec", "selector")) -> Selector:
    """``matchLabels`` and ``matchExpressions``, or, as in 2015, a plain map of labels."""
    if not isinstance(value, Mapping):
        raise DecodeError(steps, "is not a mapping of labels", "write labels, or matchLabels and matchExpressions")
    modern = {"matchLabels", "matchExpressions"}
    if value and not (value.keys() & modern and all(not isinstance(value[k], str) for k in value.keys() & modern)):
        value = {"matchLabels": value}
    elif unknown := sorted(map(str, value.keys() - modern)):
        raise DecodeError((*steps, unknown[0]), "stands beside matchLabels or matchExpressions", "put it under matchLabels")
    pruned = {key: inner for key, inner in value.items() if inner is not None}
    try:
        return msgspec.convert({"value": pruned}, _Selectors).value
    except msgspec.ValidationError:
        raise DecodeError(steps, "has a value that is not text", "put the values of labels in quotes") from None


def workload(document: Document) -> Workload:
    """Anything that owns pods by ``spec.selector``; without one it selects what its template bears (v1 RC, batch/v1 Job)."""
    spec, meta = _mapping(document.get("spec")), metadata(document)
    labels = _labels(_mapping(_mapping(spec.get("template")).get("metadata")).get("labels"))
    chosen = spec.get("selector")
    return Workload(
        metadata=meta,
        kind=str(document.get("kind") or ""),
        api_version=str(document.get("apiVersion") or ""),
        selector=selector(chosen) if chosen else Selector(match_labels=labels),
        template_labels=labels,
    )


def budget(document: Document) -> Budget:
    """A budget without a selector covers no pod; with an empty one all of its namespace (policy/v1)."""
    chosen = _mapping(document.get("spec")).get("selector")
    allowed = _mapping(document.get("status")).get("disruptionsAllowed")
    return Budget(
        metadata=metadata(document),
        selector=None if chosen is None else selector(chosen),
        allowed=allowed if isinstance(allowed, int) else 0,
    )


def priority_class(document: Document) -> PriorityClass:
    return decode(document, PriorityClass)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _labels(value: object) -> dict[str, str]:
    return {str(k): v for k, v in _mapping(value).items() if isinstance(v, str)}
