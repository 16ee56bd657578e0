"""What a node has room for, and who would make room."""

from fractions import Fraction
from typing import Any

import pytest

from router.controllers.daemon.room import Plan, lack, plan, priority, requests, shown, spent, unmovable
from router.facts.owners import budget, priority_class
from router.facts.pods import Budget, Pod
from tests.support.daemon_world import node, pod

RS = {"kind": "ReplicaSet", "name": "rs", "uid": "rs", "controller": True}


def asks(cpu: str = "", memory: str = "", port: int = 0) -> dict[str, Any]:
    requests = {k: v for k, v in (("cpu", cpu), ("memory", memory)) if v}
    ports = [{"containerPort": 80, "hostPort": port}] if port else []
    return {"containers": [{"name": "c", "resources": {"requests": requests}, "ports": ports}]}


def tenant(
    name: str, cpu: str = "1", level: int = 0, labels: dict[str, str] | None = None, port: int = 0, **metadata: Any
) -> Pod:
    meta = {"ownerReferences": [RS], "namespace": "tenants", **metadata}
    return pod(
        name, on="n", owner="", labels=labels or {"app": name}, metadata=meta, spec={**asks(cpu, port=port), "priority": level}
    )


def cover(allowed: int, **labels: str) -> Budget:
    meta = {"name": "b", "namespace": "tenants"}
    return budget({"metadata": meta, "spec": {"selector": {"matchLabels": labels}}, "status": {"disruptionsAllowed": allowed}})


NODE = node("n", cpu="4", memory="8Gi", pods="10")
MINE = pod("mine", spec=asks("2")).spec


def victims(there: list[Pod], *budgets: Budget, highest: int = 0, spec: Any = MINE) -> list[str]:
    return [p.metadata.name for p in plan(spec, NODE, there, budgets, highest).victims]


@pytest.mark.parametrize(
    ("spec", "there", "reason"),
    [
        (asks("2"), [], ""),
        (asks("4"), [], ""),
        (asks("4001m"), [], "NodeFull"),
        (asks("2"), ["2"], ""),
        (asks("2"), ["2", "1m"], "NodeFull"),
        (asks("1", "9Gi"), [], "NodeFull"),
        ({"containers": [{"resources": {"limits": {"cpu": "5"}}}]}, [], "NodeFull"),
        ({"containers": [{"resources": {"limits": {"cpu": "5"}, "requests": {"cpu": "1"}}}]}, [], ""),
        ({"containers": [{"resources": {"requests": {"example.com/gpu": "1"}}}]}, [], "NodeFull"),
        (asks("0"), ["1m"] * 10, "NodeFull"),
    ],
)
def test_a_pod_fits_or_the_node_is_full(spec: dict[str, Any], there: list[str], reason: str) -> None:
    assert lack(pod("x", spec=spec).spec, NODE, [tenant(f"t{i}", cpu) for i, cpu in enumerate(there)]).reason == reason


def test_a_port_that_is_taken_is_named_before_everything_else() -> None:
    found = lack(pod("x", spec=asks("5", port=80)).spec, NODE, [tenant("t", port=80)])
    assert found.reason == "PortClash"
    assert found.words() == "the host port 80/TCP is taken and 2 cpu are missing"


def test_a_node_that_says_nothing_of_its_room_is_not_full() -> None:
    assert lack(MINE, node("bare"), []).reason == ""


def test_requests_are_counted_as_the_scheduler_counts() -> None:
    spec = pod("x", spec={
        "initContainers": [
            {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}},
            {"name": "once", "resources": {"requests": {"cpu": "3", "memory": "1Gi"}}},
        ],
        "containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}}, {"name": "b", "resources": {"requests": {"cpu": "500m"}}}],
        "overhead": {"cpu": "100m"},
    }).spec  # fmt: skip
    assert requests(spec) == {"cpu": Fraction(41, 10), "memory": 2**30, "pods": 1}


def test_an_equal_priority_makes_room() -> None:
    assert victims([tenant("a", "1"), tenant("b", "1"), tenant("c", "2")]) == ["c"]


def test_the_lowest_priority_goes_first() -> None:
    there = [tenant("high", "2", 90), tenant("low", "1", 10), tenant("lower", "1", 5)]
    assert victims(there, highest=100) == ["lower", "low"]


def test_no_more_go_than_must() -> None:
    there = [tenant("tiny", "500m", 1), tenant("large", "3500m", 2)]
    assert victims(there, highest=9) == ["large"]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (tenant("a"), ""),
        (tenant("a", level=1), "priority"),
        (tenant("a", level=-1), ""),
        (tenant("a", ownerReferences=[{**RS, "kind": "DaemonSet"}]), "belongs to the node"),
        (tenant("a", ownerReferences=[{**RS, "kind": "DaemonController"}]), "belongs to the node"),
        (tenant("a", ownerReferences=[{**RS, "kind": "Node"}]), "belongs to the node"),
        (tenant("a", ownerReferences=[]), "no controller"),
        (tenant("a", ownerReferences=[{**RS, "controller": False}]), "no controller"),
        (tenant("a", annotations={"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}), "safe-to-evict"),
        (tenant("a", level=2_000_000_000), "priority"),
    ],
)
def test_who_may_not_go_stays(one: Pod, why: str) -> None:
    assert why in unmovable(one, 0) and bool(unmovable(one, 0)) == bool(why)
    assert victims([one, tenant("b", "2", 1)]) == ([] if why else ["a"])


def test_what_the_system_needs_stays_whoever_asks() -> None:
    assert unmovable(tenant("a", level=2_000_000_000), 2_000_001_000)


def test_a_budget_at_its_limit_keeps_its_pods() -> None:
    there = [tenant("a", "2", labels={"app": "web"}), tenant("b", "2", labels={"app": "web"})]
    assert victims(there, cover(0, app="web")) == []
    made = plan(MINE, NODE, there, [cover(0, app="web")], 0)
    assert "2 more are kept by a PodDisruptionBudget" in made.why
    assert victims(there, cover(1, app="web")) == ["a"]
    assert victims(there, cover(0, app="other")) == ["a"]


def test_a_budget_is_not_spent_twice() -> None:
    there = [tenant(name, "1", labels={"app": "web"}) for name in "abcd"]
    assert victims(there, cover(1, app="web")) == []
    assert victims(there, cover(2, app="web")) == ["a", "b"]
    assert [b.allowed for b in spent([cover(2, app="web"), cover(2, app="x")], there[:2])] == [0, 2]


def test_a_pod_of_two_budgets_can_not_be_evicted() -> None:
    one = tenant("a", "4", labels={"app": "web", "tier": "x"})
    assert victims([one], cover(5, app="web")) == ["a"]
    assert victims([one], cover(5, app="web"), cover(5, tier="x")) == []


def test_a_budget_of_another_namespace_covers_nobody() -> None:
    elsewhere = budget(
        {"metadata": {"name": "b", "namespace": "shop"}, "spec": {"selector": {}}, "status": {"disruptionsAllowed": 0}}
    )
    assert victims([tenant("a", "4")], elsewhere) == ["a"]


def test_pods_that_end_are_waited_for() -> None:
    there = [tenant("going", "2", deletionTimestamp="2027-01-01T00:00:00Z"), tenant("b", "2")]
    made = plan(MINE, NODE, there, [], 0)
    assert made == Plan(why="the pods that are ending will make room")


def test_nobody_goes_for_nothing() -> None:
    assert victims([tenant("a", "1")], spec=pod("x", spec=asks("9")).spec) == []
    assert plan(MINE, NODE, [], [], 0).why == "there is room"


def test_who_holds_the_port_goes() -> None:
    there = [tenant("web", "1", port=80), tenant("other", "1")]
    assert victims(there, spec=pod("x", spec=asks("1", port=80)).spec) == ["web"]


def test_priority_is_as_admission_sets_it() -> None:
    classes = [
        priority_class({"metadata": {"name": "high"}, "value": 7}),
        priority_class({"metadata": {"name": "std"}, "value": 3, "globalDefault": True}),
    ]
    assert priority(pod("x", spec={"priority": 5}).spec, classes) == 5
    assert priority(pod("x", spec={"priorityClassName": "high"}).spec, classes) == 7
    assert priority(pod("x", spec={"priorityClassName": "none"}).spec, classes) == 0
    assert priority(pod("x").spec, classes) == 3 and priority(pod("x").spec, []) == 0


def test_amounts_are_written_short() -> None:
    assert shown(Fraction(1, 2)) == "0.5" and shown(Fraction(2**30)) == "1073741824"
