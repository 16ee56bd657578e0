"""What decides where a pod may run: terms, taints and tolerations (core/v1); and who bears which labels (meta/v1).

Only types; the questions are asked in ``router.facts.matching``. Every list may be null in an object of a Go program; the door
leaves nulls out.
"""

from collections.abc import Mapping

from router.base.frozen import Frozen

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


class Taint(Frozen, rename="camel"):
    """v1.Taint. ``effect``: NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    value: str = ""
    effect: str = ""


class Toleration(Frozen, rename="camel"):
    """v1.Toleration. ``key`` empty with ``Exists`` tolerates everything; ``effect`` empty means every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class Requirement(Frozen, rename="camel"):
    """v1.NodeSelectorRequirement and meta/v1.LabelSelectorRequirement."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class NodeTerm(Frozen, rename="camel"):
    """v1.NodeSelectorTerm: all requirements hold. A term without any matches no node."""

    match_expressions: tuple[Requirement, ...] = ()
    match_fields: tuple[Requirement, ...] = ()


class NodeTerms(Frozen, rename="camel"):
    """v1.NodeSelector: one of the terms holds."""

    node_selector_terms: tuple[NodeTerm, ...] = ()


class NodeAffinity(Frozen, rename="camel"):
    """v1.NodeAffinity, without preferences: whoever places one pod on each node has none."""

    required_during_scheduling_ignored_during_execution: NodeTerms | None = None


class Affinity(Frozen, rename="camel"):
    node_affinity: NodeAffinity = NodeAffinity()


class Selector(Frozen, rename="camel"):
    """meta/v1.LabelSelector. Without any requirement it matches everything: whoever acts on it must refuse that."""

    match_labels: Mapping[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.match_labels and not self.match_expressions
