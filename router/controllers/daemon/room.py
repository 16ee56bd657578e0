"""Whether a node has room for the daemon's pod, and which pods would make room: what the scheduler can not, or will not, do.

Opt-in. A victim is a pod that will come back somewhere else: it has a controller that is not tied to the node. Never a pod of
another daemon (it could run nowhere else), never a bare pod (it would be lost), never one of higher priority, and never more of a
PodDisruptionBudget than it allows. The eviction API checks the budgets once more.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from router.base.frozen import Frozen
from router.controllers.daemon import ports
from router.facts.core import Node
from router.facts.matching import selects
from router.facts.pods import Budget, Container, Pod, PodSpec, PriorityClass
from router.facts.quantity import amounts

TIED = frozenset({"DaemonSet", "DaemonController", "Node"})
"""Kinds of controllers whose pods belong to a node."""
MIRROR = "kubernetes.io/config.mirror"
SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
CRITICAL = 2_000_000_000
"""Priority of system-cluster-critical: such pods are never evicted for us."""

Amounts = dict[str, Fraction]


class Lack(Frozen):
    """What a pod lacks on a node: resource -> how much more it needs; host ports that others hold."""

    resources: Mapping[str, Fraction]
    clashes: tuple[ports.HostPort, ...] = ()

    @property
    def reason(self) -> str:
        return "PortClash" if self.clashes else "NodeFull" if self.resources else ""

    def words(self) -> str:
        """The end of a sentence; empty if nothing lacks."""
        parts = [f"the host port {ports.words(self.clashes)} is taken"] if self.clashes else []
        parts += [f"{shown(self.resources[name])} {name} are missing" for name in sorted(self.resources)]
        return " and ".join(parts)


class Plan(Frozen):
    """``victims``: who would go, lowest priority first. Empty with ``why``: why no room can be made."""

    victims: tuple[Pod, ...] = ()
    why: str = ""


def requests(spec: PodSpec) -> Amounts:
    """What the scheduler counts: all containers and sidecars together, or the largest init container with the sidecars
    before it; the overhead; and one of ``pods``."""
    running, peak = Amounts(), Amounts()
    for container in spec.init_containers:
        wanted = _of(container)
        if container.restart_policy == "Always":
            running = _sum(running, wanted)
            peak = _largest(peak, running)
        else:
            peak = _largest(peak, _sum(running, wanted))
    for container in spec.containers:
        running = _sum(running, _of(container))
    return _sum(_sum(_largest(peak, running), amounts(spec.overhead)), {"pods": Fraction(1)})


def _of(container: Container) -> Amounts:
    return {**amounts(container.resources.limits), **amounts(container.resources.requests)}


def _sum(one: Mapping[str, Fraction], other: Mapping[str, Fraction]) -> Amounts:
    return {name: one.get(name, Fraction(0)) + other.get(name, Fraction(0)) for name in one.keys() | other.keys()}


def _largest(one: Mapping[str, Fraction], other: Mapping[str, Fraction]) -> Amounts:
    return {name: max(one.get(name, Fraction(0)), other.get(name, Fraction(0))) for name in one.keys() | other.keys()}


def lack(spec: PodSpec, node: Node, there: Iterable[Pod]) -> Lack:
    """``there``: pods that are bound to the node and have not ended. What the node does not name is not there at all."""
    pods = list(there)
    free = amounts(node.status.allocatable)
    for pod in pods:
        for name, number in requests(pod.spec).items():
            free[name] = free.get(name, Fraction(0)) - number
    known = node.status.allocatable
    missing = {
        name: number - free.get(name, Fraction(0))
        for name, number in requests(spec).items()
        if number and number > free.get(name, Fraction(0)) and (name in known or name != "pods")
    }
    taken = {port for pod in pods for port in ports.held(pod.spec)}
    return Lack(resources=missing if known else {}, clashes=tuple(ports.met(ports.held(spec), taken)))


def priority(spec: PodSpec, classes: Iterable[PriorityClass]) -> int:
    """As admission would set it."""
    if spec.priority is not None:
        return spec.priority
    known = list(classes)
    if spec.priority_class_name:
        return next((c.value for c in known if c.metadata.name == spec.priority_class_name), 0)
    return next((c.value for c in known if c.global_default), 0)


def unmovable(pod: Pod, highest: int) -> str:
    """Why a pod is no victim; empty if it may be one. ``highest``: the priority of the one that needs room."""
    controller = pod.metadata.controller
    if controller is None:
        return "it has no controller that would start it elsewhere"
    if controller.kind in TIED or MIRROR in pod.metadata.annotations:
        return f"it belongs to the node ({controller.kind})"
    if (own := pod.spec.priority or 0) > highest or own >= CRITICAL:
        return "its priority is higher"
    if pod.metadata.annotations.get(SAFE) == "false":
        return f"it says {SAFE}: false"
    return ""


def spent(budgets: Sequence[Budget], victims: Iterable[Pod]) -> tuple[Budget, ...]:
    """What the budgets allow when the victims are gone."""
    gone = list(victims)
    return tuple(
        msgspec.structs.replace(budget, allowed=budget.allowed - sum(_covers(budget, pod) for pod in gone)) for budget in budgets
    )


def plan(spec: PodSpec, node: Node, there: Sequence[Pod], budgets: Sequence[Budget], highest: int) -> Plan:
    """The fewest of the lowest priority that make room, or none. Pods that are going already are waited for."""
    staying = [pod for pod in there if not pod.terminating]
    if not lack(spec, node, staying).reason:
        return Plan(why="the pods that are ending will make room" if len(staying) < len(there) else "there is room")
    candidates = [pod for pod in staying if not unmovable(pod, highest)]
    candidates.sort(key=lambda pod: (pod.spec.priority or 0, *_size(pod, node), pod.metadata.namespace, pod.metadata.name))
    left = {budget.key: budget.allowed for budget in budgets}
    victims: list[Pod] = []
    blocked = 0
    missing = lack(spec, node, staying)
    for pod in candidates:
        if not missing.reason:
            break
        if not _helps(pod, missing):
            continue
        covering = [b.key for b in budgets if _covers(b, pod)]
        if len(covering) > 1 or any(left[key] < 1 for key in covering):  # the eviction API refuses a pod with two budgets
            blocked += 1
            continue
        for key in covering:
            left[key] -= 1
        victims.append(pod)
        missing = lack(spec, node, [p for p in staying if p not in victims])
    if missing.reason:
        budget = f"; {blocked} more are kept by a PodDisruptionBudget" if blocked else ""
        return Plan(why=f"{missing.words()} even without the {len(victims)} pods that could go{budget}")
    return Plan(victims=_fewest(spec, node, staying, victims))


def _fewest(spec: PodSpec, node: Node, there: Sequence[Pod], victims: Sequence[Pod]) -> tuple[Pod, ...]:
    """Those of higher priority are spared first if room is enough without them."""
    needed = list(victims)
    for pod in reversed(victims):
        fewer = [p for p in needed if p is not pod]
        if not lack(spec, node, [p for p in there if p not in fewer]).reason:
            needed = fewer
    return tuple(needed)


def _helps(pod: Pod, missing: Lack) -> bool:
    gives = requests(pod.spec)
    return any(gives.get(name) for name in missing.resources) or bool(ports.met(missing.clashes, ports.held(pod.spec)))


def _covers(budget: Budget, pod: Pod) -> bool:
    same = budget.metadata.namespace == pod.metadata.namespace
    return same and budget.selector is not None and selects(budget.selector, pod.metadata.labels)


def _size(pod: Pod, node: Node) -> tuple[Fraction]:
    """The largest pods first, as a part of the node, so that few go."""
    has = amounts(node.status.allocatable)
    return (-max((n / has[name] for name, n in requests(pod.spec).items() if has.get(name)), default=Fraction(0)),)


def shown(number: Fraction) -> str:
    """``0.5``, ``1073741824``"""
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"
