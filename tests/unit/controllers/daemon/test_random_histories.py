"""Rollouts while pods fail, creates are refused, nodes come and go: what holds at every step, and that it ends well."""

import random
from typing import Any

import pytest

from router.controllers.daemon.placing import target
from router.controllers.daemon.standing import leaving, revision
from router.facts.pods import Pod
from tests.support.daemon_world import World, manifest, node, nodes

SELECTED = {"nodeSelector": {"role": "edge"}}


class Trouble:
    """Faults by the dice. ``level``: how likely each is, 0 for none."""

    def __init__(self, world: World, seed: int, level: float) -> None:
        self.world, self.dice, self.level = world, random.Random(seed), level
        world.refuse = lambda _: "quota exceeded" if self.hits() else ""
        world.becomes_ready = lambda _: not self.hits(3)
        world.ends = lambda _: not self.hits(3)

    def hits(self, times: float = 1) -> bool:
        return self.dice.random() < self.level * times

    def pods(self) -> None:
        for name in sorted(self.world.pods):
            found = self.world.pods[name]
            if found.terminating or not found.spec.node_name or found.ended:
                continue
            if self.hits(0.5):
                self.world.set_status(name, phase="Failed")
            elif self.hits(0.5):
                self.world.set_status(name, ready_now=False)
            elif self.hits(0.2):
                del self.world.pods[name]

    def nodes(self) -> None:
        world = self.world
        if self.hits(0.5):
            name = f"node-{self.dice.randrange(20):02}"
            labels = {"role": "edge"} if self.dice.random() < 0.7 else {}
            taints = self.dice.choice([(), (), (), ("a=b:NoSchedule",), ("a=b:NoExecute",)])
            world.nodes[name] = node(name, labels, taints)
        if len(world.nodes) > 3 and self.hits(0.2):
            name = self.dice.choice(sorted(world.nodes))
            del world.nodes[name]
            world.pods = {n: p for n, p in world.pods.items() if p.spec.node_name != name}


def step(world: World, trouble: Trouble, move_nodes: bool) -> None:
    world.sync()
    world.kubelet()
    trouble.pods()
    if move_nodes:
        trouble.nodes()
    world.now += 1


def calm(world: World, image: str, rounds: int = 400) -> None:
    """The faults end; everything is as it was asked for."""
    Trouble(world, 0, 0)
    for _ in range(rounds):
        world.sync()
        world.kubelet()
        world.now += 5
    expected = {name: ([image] if node_runs(world, name) else []) for name in world.by_node()}
    found = world.by_node()
    for name, images in found.items():
        if not world.nodes[name].spec.taints:
            assert images == expected[name]
    assert world.status["numberAvailable"] == world.status["desiredNumberScheduled"] == world.status["updatedNumberScheduled"]
    assert world.condition("Progressing")["reason"] in ("Complete", "Stopping")
    assert world.condition("Available")["status"] == "True" or not world.status["desiredNumberScheduled"]


def node_runs(world: World, name: str) -> bool:
    return world.nodes[name].metadata.labels.get("role") == "edge"


def staying(world: World) -> dict[str, list[Pod]]:
    found: dict[str, list[Pod]] = {}
    for pod in world.pods.values():
        if not leaving(pod):
            found.setdefault(target(pod), []).append(pod)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_surge_has_one_old_and_one_new_pod_on_a_node_at_most(seed: int) -> None:
    world = World(manifest(rolling={"maxSurge": "30%"}, **SELECTED), nodes(8, role="edge"))
    world.settle()
    trouble = Trouble(world, seed, 0.06)

    def look() -> None:
        assert len(world.hashes()) <= 2
        for there in staying(world).values():
            assert len(there) <= 2 and len({revision(p) for p in there}) == len(there)

    for number in range(2, 6):
        calm(world, f"edge:{number - 1}", 60)
        trouble = Trouble(world, seed * 100 + number, 0.06)
        world.image(f"edge:{number}")
        world.after_sync = look
        for _ in range(40):
            step(world, trouble, move_nodes=False)
        world.after_sync = lambda: None
    calm(world, "edge:5")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    "rolling", [{"maxUnavailable": 2}, {"maxUnavailable": 2, "strict": True}, {"maxUnavailable": "40%", "partition": 2}], ids=str
)
def test_a_node_has_one_pod_at_most_and_waits_for_its_end(seed: int, rolling: dict[str, Any]) -> None:
    world = World(manifest(rolling=rolling, **SELECTED), nodes(8, role="edge"))
    trouble = Trouble(world, seed, 0.08)

    def look() -> None:
        names = [target(p) for p in world.pods.values() if not (p.terminating and p.ended)]
        assert len(names) == len(set(names))

    world.after_sync = look
    for number in range(2, 8):
        world.image(f"edge:{number}")
        for _ in range(15):
            step(world, trouble, move_nodes=True)
    if "partition" in rolling:
        world.change(lambda spec: spec["updateStrategy"]["rollingUpdate"].update(partition=0))
    calm(world, "edge:7")


def by_readiness(world: World) -> int:
    desired = {n for n in world.nodes if node_runs(world, n)}
    return len({target(p) for p in world.pods.values() if not leaving(p) and p.ready} & desired)


@pytest.mark.parametrize("seed", range(20))
def test_strictly_we_never_take_a_ready_pod_below_what_is_promised(seed: int) -> None:
    """Whatever fails by itself: where too many are down already, we take none that is ready."""
    most = 2
    spec = {"minReadySeconds": 8}
    world = World(manifest(spec=spec, rolling={"maxUnavailable": most, "strict": True}, **SELECTED), nodes(9, role="edge"))
    trouble = Trouble(world, seed, 0.05)
    for number in range(2, 12):
        world.image(f"edge:{number}")
        for _ in range(12):
            before = by_readiness(world)
            world.sync()
            assert by_readiness(world) >= min(before, 9 - most)
            world.kubelet()
            trouble.pods()
            world.now += 1
    calm(world, "edge:11")


@pytest.mark.parametrize("seed", range(6))
def test_a_part_of_the_nodes_runs_pods_while_nodes_come_and_go(seed: int) -> None:
    spec = {"nodes": "50%", "preDelete": {"labels": {"busy": "yes"}, "timeoutSeconds": 6}}
    world = World(manifest(spec=spec, **SELECTED), nodes(10, role="edge"))
    trouble = Trouble(world, seed, 0.1)
    for _ in range(150):
        step(world, trouble, move_nodes=True)
        status = world.status
        assert status["chosenNodes"] == -(-status["eligibleNodes"] // 2)
    Trouble(world, 0, 0)
    for _ in range(200):
        world.sync()
        world.kubelet()
        world.now += 5
    assert world.status["numberAvailable"] == world.status["desiredNumberScheduled"]
    assert len(world.running()) == world.status["chosenNodes"]
