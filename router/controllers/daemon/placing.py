"""Whether a node should run a pod of the template, and whether one that is there may stay: upstream's shouldRun table.

Resources, host ports and affinity to other pods are not asked: the pod is made, and the scheduler lets it wait for its node.
A cordoned or a NotReady node runs daemons, because their taints are tolerated by every daemon pod.
"""

from collections.abc import Iterable

from router.base.frozen import Frozen
from router.facts.core import Node
from router.facts.matching import selects, terms_match, tolerates
from router.facts.pods import Pod, PodSpec
from router.facts.scheduling import Selector, Taint, Toleration

NOT_SELECTED = "NotSelected"
TAINT_NO_SCHEDULE = "TaintNoSchedule"
TAINT_NO_EXECUTE = "TaintNoExecute"
NOT_CHOSEN = "NotChosen"

_PREFIX = "node.kubernetes.io/"
_ALWAYS = tuple(
    Toleration(key=_PREFIX + key, operator="Exists", effect=effect)
    for key, effect in (
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    )
)
_HOST_NETWORK = Toleration(key=_PREFIX + "network-unavailable", operator="Exists", effect="NoSchedule")


class Fit(Frozen):
    """``run``: a pod should be started. ``stay``: one that is there is not stopped. ``reason``: why not, one word; empty if it
    runs. ``detail``: the end of a sentence about the node."""

    run: bool
    stay: bool
    reason: str = ""
    detail: str = ""


FITS = Fit(run=True, stay=True)


def fit(spec: PodSpec, node: Node) -> Fit:
    """The table, from the template's spec and one node."""
    name, labels = node.metadata.name, node.metadata.labels
    if spec.node_name and spec.node_name != name:
        return _unselected(f"the template names the node {spec.node_name}")
    for key, value in sorted(spec.node_selector.items()):
        if labels.get(key) != value:
            has = f"{key}={labels[key]}" if key in labels else f"no label {key}"
            return _unselected(f"the template selects {key}={value}, the node has {has}")
    terms = spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
    if terms is not None and not terms_match(terms, labels, name):
        return _unselected("no term of the template's node affinity matches")
    return _tainted(every_toleration(spec), node.spec.taints) if node.spec.taints else FITS


def _unselected(detail: str) -> Fit:
    return Fit(run=False, stay=False, reason=NOT_SELECTED, detail=detail)


def _tainted(tolerations: tuple[Toleration, ...], taints: Iterable[Taint]) -> Fit:
    met = [taint for taint in taints if not tolerates(tolerations, taint)]
    for effect, stay, reason in (("NoExecute", False, TAINT_NO_EXECUTE), ("NoSchedule", True, TAINT_NO_SCHEDULE)):
        if taint := next((t for t in met if t.effect == effect), None):
            detail = f"the taint {taint.key}{f'={taint.value}' if taint.value else ''}:{effect} is not tolerated"
            return Fit(run=False, stay=stay, reason=reason, detail=detail)
    return FITS


def every_toleration(spec: PodSpec) -> tuple[Toleration, ...]:
    """Those of the template, and those that every daemon pod gets."""
    return (*spec.tolerations, *added_tolerations(spec))


def added_tolerations(spec: PodSpec) -> tuple[Toleration, ...]:
    network = (_HOST_NETWORK,) if spec.host_network else ()
    return tuple(extra for extra in (*_ALWAYS, *network) if extra not in spec.tolerations)


def target(pod: Pod) -> str:
    """The node a daemon's pod is on or meant for; empty if that can not be told."""
    if pod.spec.node_name:
        return pod.spec.node_name
    terms = pod.spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
    if terms is None or len(terms.node_selector_terms) != 1:
        return ""
    fields = terms.node_selector_terms[0].match_fields
    if len(fields) != 1 or fields[0].key != "metadata.name" or fields[0].operator != "In" or len(fields[0].values) != 1:
        return ""
    return fields[0].values[0]


def canaries(selector: Selector | None, nodes: Iterable[Node]) -> frozenset[str] | None:
    """Names of the nodes that get the new pod first; None: all do."""
    return None if selector is None else frozenset(n.metadata.name for n in nodes if selects(selector, n.metadata.labels))
