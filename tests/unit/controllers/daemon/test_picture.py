"""What was seen, put in order."""

from router.controllers.daemon.picture import Picture, picture
from router.controllers.daemon.standing import stamp
from tests.support.daemon_world import START, World, manifest, node, nodes, pod


def drawn(world: World) -> Picture:
    return picture(world.now, world.seen(), world.memory)


def test_the_choice_is_made_among_nodes_that_may_run_a_pod() -> None:
    world = World(manifest(spec={"nodes": "50%"}, nodeSelector={"role": "edge"}), [*nodes(6, role="edge"), node("x"), node("y")])
    places = drawn(world).places
    assert sum(p.eligible for p in places.values()) == 6 and sum(p.run for p in places.values()) == 3
    assert {p.fit.reason for name, p in places.items() if name in "xy"} == {"NotSelected"}
    assert sum(p.fit.reason == "NotChosen" for p in places.values()) == 3


def test_a_node_that_may_only_keep_its_pod_counts_while_it_has_it() -> None:
    tainted = node("t", taints=("a=b:NoSchedule",))
    world = World(manifest(spec={"nodes": "100%"}), [*nodes(3), tainted])
    assert not drawn(world).places["t"].eligible
    world.add(pod("a", on="t"))
    place = drawn(world).places["t"]
    assert place.eligible and place.stay and not place.run


def test_tainting_a_chosen_node_starts_no_other_pod() -> None:
    world = World(manifest(spec={"nodes": 2}), nodes(5))
    world.settle()
    chosen = sorted(world.running())
    world.nodes[chosen[0]] = node(chosen[0], taints=("a=b:NoSchedule",))
    world.settle()
    assert sorted(world.running()) == chosen


def test_the_choice_counts_the_nodes_that_are_there_and_not_what_status_says() -> None:
    """Else a percentage would choose nobody, or all, in the first look."""
    assert len(World(manifest(spec={"nodes": "30%"}), nodes(10)).decide().creates) == 3


def test_zones_come_from_the_label_that_is_named() -> None:
    there = [node(f"{zone}{i}", {"zone": zone}) for zone in "abc" for i in range(4)]
    world = World(manifest(spec={"nodes": 3, "choice": {"zoneLabel": "zone"}}), there)
    world.settle()
    assert sorted(name[0] for name in world.running()) == ["a", "b", "c"]


def test_pods_are_sorted_by_node_and_age_and_the_dead_are_left_out() -> None:
    world = World(manifest(), nodes(2))
    dead = pod("dead", on="node-00", metadata={"deletionTimestamp": stamp(START)}, status={"phase": "Failed"})
    young = pod("a", on="node-00", metadata={"creationTimestamp": stamp(START + 5)})
    world.add(dead, young, pod("b", on="node-00"), pod("c", on="gone"))
    found = drawn(world)
    assert [p.metadata.name for p in found.pods["node-00"]] == ["b", "a"]
    assert not found.homeless and len(found.ours) == 4


def test_a_pod_without_a_node_is_nobodys_business() -> None:
    world = World(manifest(), nodes(1))
    world.add(pod("a"))
    found = drawn(world)
    assert not found.pods and not found.homeless


def test_a_held_update_says_why() -> None:
    assert drawn(World(manifest(rolling={"maxUnavailable": "x"}))).why_held == "a field of updateStrategy was not understood"
    assert drawn(World(manifest(rolling={"paused": True}))).why_held == "it is paused"
