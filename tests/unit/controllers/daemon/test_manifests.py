"""The world from documents."""

from typing import Any

from router.controllers.daemon.manifests import Objects, as_manifest, replaced
from router.controllers.daemon.reading import daemon_controller
from tests.support import daemon_pages
from tests.support.daemon_world import manifest


def test_each_kind_goes_to_its_list_and_namespaces_are_told_apart() -> None:
    seen = daemon_pages.seen()
    assert len(seen.nodes) == 10 and len(seen.revisions) == 2 and len(seen.budgets) == 1
    assert {p.metadata.namespace for p in seen.pods} == {"shop"} and {p.metadata.namespace for p in seen.neighbours} == {
        "tenants"
    }
    assert [w.kind for w in seen.workloads] == ["ReplicationController"] and not seen.daemons


def test_events_of_both_apis_are_told_the_last_one_at_the_end() -> None:
    objects = daemon_pages.objects()
    told = objects.told(objects.daemons[0])
    assert [(t.reason, t.count, t.source) for t in told] == [
        ("SelectorsOverlap", 1, "tidegate.dev/daemon"),
        ("SuccessfulCreate", 12, "tidegate"),
    ]


def test_what_can_not_be_read_is_left_out_and_told() -> None:
    bad: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"nodeName": 1}},
        {"apiVersion": "v1", "kind": "Node", "metadata": {}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}},
        {"apiVersion": 1, "kind": ["x"]},
        manifest(spec={"nodes": "x"}),
    ]
    objects = Objects(bad)
    assert [f.field for f in objects.findings] == ["spec.nodeName", "metadata.name", "spec.nodes"]
    assert len(objects.daemons) == 1 and not objects.lists["pods"]


def test_an_object_that_was_never_created_has_a_stand_in_for_its_uid() -> None:
    document = manifest()
    del document["metadata"]["uid"]
    assert as_manifest(daemon_controller(document)).metadata.uid == "shop/edge"
    assert as_manifest(daemon_controller(manifest())).metadata.uid == "daemon-uid"


def test_a_manifest_over_what_is_there_is_the_same_object_a_generation_later() -> None:
    there = manifest()
    there["status"] = {"currentRevision": "x"}
    wanted = manifest("edge:2")
    del wanted["metadata"]["uid"]
    made = replaced(daemon_controller(there), daemon_controller(wanted))
    assert made.metadata.uid == "daemon-uid" and made.metadata.generation == 2 and made.status == {"currentRevision": "x"}
    assert made.spec.template.spec.containers[0].image == "edge:2"
    assert replaced(None, daemon_controller(wanted)).metadata.uid == "shop/edge"
