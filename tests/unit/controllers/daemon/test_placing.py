"""Should a node run a pod, may one stay: the table, row by row."""

from typing import Any

import pytest

from router.controllers.daemon.placing import Fit, added_tolerations, canaries, fit, target
from router.facts.decode import decode
from router.facts.pods import Pod
from router.facts.scheduling import Selector
from tests.support.daemon_world import node, pod

RUN, STOP, STAY = (True, True), (False, False), (False, True)


def fitted(spec: dict[str, Any], labels: dict[str, str] | None = None, taints: tuple[str, ...] = ()) -> Fit:
    made = decode({"metadata": {"name": "p"}, "spec": spec}, Pod)
    return fit(made.spec, node("node-1", labels, taints))


def terms(*expressions: dict[str, Any], field: str = "") -> dict[str, Any]:
    made: list[dict[str, Any]] = [{"matchExpressions": [e]} for e in expressions]
    if field:
        made.append({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [field]}]})
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": made}}}}


RED = {"key": "color", "operator": "In", "values": ["red"]}
TOLERANT = {"tolerations": [{"key": "only", "operator": "Equal", "value": "edge"}]}


@pytest.mark.parametrize(
    ("spec", "labels", "taints", "answer", "reason"),
    [
        ({}, {}, (), RUN, ""),
        ({"nodeName": "node-1"}, {}, (), RUN, ""),
        ({"nodeName": "node-2"}, {}, (), STOP, "NotSelected"),
        ({"nodeSelector": {"color": "red"}}, {"color": "red"}, (), RUN, ""),
        ({"nodeSelector": {"color": "red"}}, {"color": "grey"}, (), STOP, "NotSelected"),
        ({"nodeSelector": {"color": "red"}}, {}, (), STOP, "NotSelected"),
        ({"nodeSelector": {"color": "red"}, "nodeName": "node-1"}, {"color": "red"}, (), RUN, ""),
        ({"nodeSelector": {"color": "red"}, "nodeName": "node-2"}, {"color": "red"}, (), STOP, "NotSelected"),
        ({"nodeSelector": {"color": "red"}, "nodeName": "node-1"}, {}, (), STOP, "NotSelected"),
        (terms(RED), {"color": "red"}, (), RUN, ""),
        (terms(RED), {"color": "blue"}, (), STOP, "NotSelected"),
        (terms(RED, {"key": "size", "operator": "Exists"}), {"size": "1"}, (), RUN, ""),
        (terms(RED, field="node-1"), {}, (), RUN, ""),
        (terms(), {}, (), STOP, "NotSelected"),
        ({}, {}, ("only=edge:NoSchedule",), STAY, "TaintNoSchedule"),
        ({}, {}, ("only=edge:NoExecute",), STOP, "TaintNoExecute"),
        ({}, {}, ("only=edge:PreferNoSchedule",), RUN, ""),
        ({}, {}, ("a=b:NoSchedule", "c=d:NoExecute"), STOP, "TaintNoExecute"),
        (TOLERANT, {}, ("only=edge:NoSchedule",), RUN, ""),
        (TOLERANT, {}, ("only=edge:NoExecute",), RUN, ""),
        (TOLERANT, {}, ("only=other:NoSchedule",), STAY, "TaintNoSchedule"),
        ({"nodeSelector": {"color": "red"}}, {}, ("only=edge:NoSchedule",), STOP, "NotSelected"),
    ],
)  # fmt: skip
def test_a_node_runs_a_pod_keeps_it_or_loses_it(
    spec: dict[str, Any], labels: dict[str, str], taints: tuple[str, ...], answer: tuple[bool, bool], reason: str
) -> None:
    found = fitted(spec, labels, taints)
    assert (found.run, found.stay) == answer
    assert found.reason == reason and bool(found.detail) == bool(reason)


@pytest.mark.parametrize("key", ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"])
def test_a_node_under_pressure_or_cordoned_runs_daemons(key: str) -> None:
    assert fitted({}, {}, (f"node.kubernetes.io/{key}:NoSchedule",)).run


@pytest.mark.parametrize("key", ["not-ready", "unreachable"])
def test_a_node_that_is_lost_keeps_its_daemon_for_ever(key: str) -> None:
    assert fitted({}, {}, (f"node.kubernetes.io/{key}:NoExecute",)).run
    assert not fitted({}, {}, (f"node.kubernetes.io/{key}:NoSchedule",)).run


def test_a_node_without_network_runs_only_pods_of_the_host_network() -> None:
    taints = ("node.kubernetes.io/network-unavailable:NoSchedule",)
    assert fitted({"hostNetwork": True}, {}, taints).run
    assert not fitted({}, {}, taints).run


def test_what_the_template_tolerates_already_is_not_added_again() -> None:
    mine = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    spec = decode({"metadata": {"name": "p"}, "spec": {"tolerations": [mine]}}, Pod).spec
    assert len(added_tolerations(spec)) == 5
    assert len(added_tolerations(decode({"metadata": {"name": "p"}}, Pod).spec)) == 6


def test_the_node_of_a_pod_is_where_it_is_bound_or_what_its_one_term_names() -> None:
    assert target(pod("a", on="node-1")) == "node-1"
    assert target(pod("a", spec=terms(field="node-2"))) == "node-2"
    assert target(pod("a", on="node-1", spec=terms(field="node-2"))) == "node-1"
    assert target(pod("a")) == ""
    assert target(pod("a", spec=terms(RED))) == ""
    assert target(pod("a", spec=terms(RED, field="node-2"))) == ""


def test_canaries_are_nodes_with_the_labels() -> None:
    nodes = [node("a", {"canary": "yes"}), node("b")]
    assert canaries(None, nodes) is None
    assert canaries(Selector(match_labels={"canary": "yes"}), nodes) == {"a"}
