"""The history of templates."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.controllers.daemon.reading import daemon_controller, template_of
from router.controllers.daemon.revisions import hash_of, history, template_hash, text_of
from router.controllers.daemon.types import HASH_LABEL
from router.facts.decode import decode
from router.facts.pods import ControllerRevision
from tests.support.daemon_world import NAMESPACE, World, manifest, nodes, pod, template


def revision(
    name: str,
    image: str,
    number: int,
    owner: str = "daemon-uid",
    labels: dict[str, str] | None = None,
    namespace: str = NAMESPACE,
) -> ControllerRevision:
    owners = [{"kind": "DaemonController", "name": "edge", "uid": owner, "controller": True}] if owner else []
    return decode({
        "metadata": {
            "name": name, "namespace": namespace, "uid": f"uid-{name}", "ownerReferences": owners,
            "labels": {"app": "edge", HASH_LABEL: name.rpartition("-")[2], **(labels or {})},
        },
        "revision": number,
        "data": {"spec": {"template": {**template(image), "$patch": "replace"}}},
    }, ControllerRevision)  # fmt: skip


def read(image: str = "edge:1", **spec: Any) -> Any:
    return daemon_controller(manifest(image, spec=spec or None))


def test_the_first_template_is_recorded_as_upstream_records_it() -> None:
    made = history(read(), [], [], 0)
    assert made.create
    meta = made.create["metadata"]
    assert meta["name"] == f"edge-{made.wanted}" and meta["labels"] == {"app": "edge", HASH_LABEL: made.wanted}
    assert meta["ownerReferences"][0]["uid"] == "daemon-uid"
    assert made.create["revision"] == 1
    assert made.create["data"]["spec"]["template"]["$patch"] == "replace"
    assert made.current == made.wanted and set(made.templates) == {made.wanted}


def test_what_is_recorded_is_found_again() -> None:
    first = history(read(), [], [], 0)
    assert first.create
    recorded = decode({**first.create, "metadata": {**first.create["metadata"], "uid": "r"}}, ControllerRevision)
    again = history(read(), [recorded], [], 0)
    assert again.create is None and not again.renumber and not again.deletes and again.wanted == first.wanted
    assert text_of(recorded) == read().spec.template.json and hash_of(recorded) == first.wanted


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), VALUES, max_size=4), st.randoms())
def test_a_hash_follows_from_the_meaning_and_not_from_the_order(extra: dict[str, Any], dice: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(k, shuffled(v)) for k, v in value.items()]
            dice.shuffle(items)
            return dict(items)
        return [shuffled(v) for v in value] if isinstance(value, list) else value

    written = template(**{f"x-{k}": v for k, v in extra.items()})
    one = template_hash(template_of(written))
    assert one == template_hash(template_of(shuffled(copy.deepcopy(written))))
    assert one != template_hash(template_of({**written, "other": 1}))


def test_the_hash_is_the_same_for_ever() -> None:
    assert template_hash(template_of(template())) == "da22b4f645"


def test_a_new_template_gets_the_next_number() -> None:
    made = history(read("edge:3"), [revision("edge-a", "edge:1", 1), revision("edge-b", "edge:2", 5)], [], 0)
    assert made.create and made.create["revision"] == 6


def test_a_template_of_before_is_renumbered_and_keeps_its_name() -> None:
    made = history(read("edge:1"), [revision("edge-a", "edge:1", 1), revision("edge-b", "edge:2", 2)], [], 0)
    assert made.create is None and made.wanted == "a"
    assert [(r.name, r.revision) for r in made.renumber] == [("edge-a", 3)]


def test_twins_become_one_and_their_pods_are_relabelled_before_the_other_goes() -> None:
    twins = [revision("edge-a", "edge:1", 1), revision("edge-b", "edge:1", 2)]
    on_a = pod("p", on="n", labels={"app": "edge", HASH_LABEL: "a"})
    made = history(read(), twins, [on_a], 0)
    assert made.wanted == "b" and made.deletes == ()
    assert [(p.verb, p.name, p.body["metadata"]["labels"]) for p in made.patches] == [("relabel", "p", {HASH_LABEL: "b"})]
    assert history(read(), twins, [], 0).deletes == ("edge-a",)


def test_a_name_that_is_taken_by_other_data_counts_as_a_collision() -> None:
    first = history(read(), [], [], 0)
    foreign = revision(f"edge-{first.wanted}", "edge:9", 1, owner="another")
    made = history(read(), [foreign], [], 0)
    assert made.collisions == 1 and made.wanted != first.wanted
    assert made.create and made.create["metadata"]["name"] == f"edge-{made.wanted}"
    assert history(read(), [], [], 1).wanted == made.wanted


def test_only_our_revisions_are_ours() -> None:
    orphan = revision("edge-a", "edge:1", 1, owner="")
    made = history(read(), [orphan], [], 0)
    assert made.wanted == "a" and [(p.verb, p.kind) for p in made.patches] == [("adopt", "ControllerRevision")]
    for other in (revision("edge-a", "edge:1", 1, owner="another"), revision("edge-a", "edge:1", 1, namespace="elsewhere")):
        made = history(read(), [other], [], 0)
        assert made.create and made.wanted != "a"


def test_the_history_is_limited_but_what_pods_are_on_stays() -> None:
    old = [revision(f"edge-{i}", f"edge:{i}", i) for i in range(2, 9)]
    using = pod("p", on="n", labels={"app": "edge", HASH_LABEL: "2"})
    ended = pod("q", on="n", labels={"app": "edge", HASH_LABEL: "3"}, status={"phase": "Failed"})
    made = history(read(revisionHistoryLimit=3), old, [using, ended], 0)
    assert made.deletes == ("edge-4", "edge-5", "edge-6", "edge-7")
    assert history(read(revisionHistoryLimit=10), old, [using], 0).deletes == ()
    made = history(read("edge:8", revisionHistoryLimit=0), old, [], 0)
    assert made.deletes == tuple(f"edge-{i}" for i in range(2, 8))


def test_the_current_revision_is_what_status_says_or_what_pods_are_on() -> None:
    old = [revision("edge-a", "edge:1", 1), revision("edge-b", "edge:2", 2)]
    document = manifest("edge:3")
    on_b = pod("p", on="n", labels={"app": "edge", HASH_LABEL: "b"})
    assert history(daemon_controller(document), old, [on_b], 0).current == "b"
    document["status"] = {"currentRevision": "a"}
    made = history(daemon_controller(document), old, [on_b], 0)
    assert made.current == "a" and made.templates["a"].spec.containers[0].image == "edge:1"
    document["status"] = {"currentRevision": "gone"}
    made = history(daemon_controller(document), old, [], 0)
    assert made.current == made.wanted


def test_data_that_can_not_be_read_is_no_template() -> None:
    broken = decode(
        {"metadata": {"name": "edge-a", "namespace": NAMESPACE, "labels": {"app": "edge"}}, "data": {"spec": 1}},
        ControllerRevision,
    )
    assert text_of(broken) == "" and hash_of(broken) == "a"
    assert history(read(), [broken], [], 0).create


def test_a_rollback_restarts_only_what_had_been_replaced() -> None:
    """A bad image stops the rollout after one node; going back touches that node alone."""
    world = World(manifest(rolling={"maxUnavailable": 1}), nodes(5))
    world.settle()
    first = {p.metadata.uid for p in world.pods.values()}
    world.becomes_ready = lambda p: p.spec.containers[0].image != "edge:bad"
    world.image("edge:bad")
    for _ in range(20):
        world.sync()
        world.kubelet()
        world.now += 1
    assert world.by_node()["node-04"] == ["edge:bad"] and len(first & {p.metadata.uid for p in world.pods.values()}) == 4
    world.image("edge:1")
    world.settle()
    assert len(first & {p.metadata.uid for p in world.pods.values()}) == 4
    assert all(images == ["edge:1"] for images in world.by_node().values())
    assert sorted(r.revision for r in world.revisions.values()) == [2, 3]
