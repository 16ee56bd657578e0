"""Whose pods are whose."""

from typing import Any

import pytest

from router.controllers.daemon.owning import claim
from router.controllers.daemon.reading import daemon_controller
from router.facts.pods import Pod
from tests.support.daemon_world import manifest, pod

OTHER = {"app": "other"}


@pytest.mark.parametrize(
    ("one", "ours", "verb"),
    [
        (pod("a"), True, ""),
        (pod("a", owner="another"), False, ""),
        (pod("a", owner="another", labels=OTHER), False, ""),
        (pod("a", owner=""), True, "adopt"),
        (pod("a", owner="", labels=OTHER), False, ""),
        (pod("a", labels=OTHER), False, "release"),
        (pod("a", owner="", metadata={"deletionTimestamp": "2027-01-01T00:00:00Z"}), False, ""),
        (pod("a", labels=OTHER, metadata={"deletionTimestamp": "2027-01-01T00:00:00Z"}), False, ""),
        (pod("a", metadata={"deletionTimestamp": "2027-01-01T00:00:00Z"}), True, ""),
        (pod("a", owner="", metadata={"namespace": "elsewhere"}), False, ""),
        (pod("a", metadata={"namespace": "elsewhere"}), False, ""),
    ],
)
def test_the_controller_reference_decides(one: Pod, ours: bool, verb: str) -> None:
    found, patches = claim(daemon_controller(manifest()), [one])
    assert bool(found) is ours
    assert [p.verb for p in patches] == ([verb] if verb else [])


@pytest.mark.parametrize("one", [pod("a", owner=""), pod("a", labels=OTHER)])
def test_a_daemon_that_ends_adopts_and_releases_nothing(one: Pod) -> None:
    document = manifest()
    document["metadata"]["deletionTimestamp"] = "2027-01-01T00:00:00Z"
    assert claim(daemon_controller(document), [one])[1] == ()


def test_a_daemon_with_an_empty_selector_adopts_nobody() -> None:
    assert claim(daemon_controller(manifest(spec={"selector": {}})), [pod("a", owner="")]) == ((), ())


def patched(one: Pod) -> dict[str, Any]:
    (patch,) = claim(daemon_controller(manifest()), [one])[1]
    return dict(patch.body["metadata"])


def test_an_adoption_keeps_other_owners_and_holds_only_for_the_pod_that_was_seen() -> None:
    helper = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "c-uid", "blockOwnerDeletion": True}
    body = patched(pod("a", owner="", metadata={"resourceVersion": "7", "ownerReferences": [helper]}))
    assert body["uid"] == "uid-a" and body["resourceVersion"] == "7"
    assert body["ownerReferences"][0] == helper
    assert body["ownerReferences"][1]["uid"] == "daemon-uid" and body["ownerReferences"][1]["controller"] is True


def test_a_release_takes_only_our_reference_away() -> None:
    helper = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "c-uid"}
    mine = {"kind": "DaemonController", "name": "edge", "uid": "daemon-uid", "controller": True}
    assert patched(pod("a", labels=OTHER, metadata={"ownerReferences": [mine, helper]}))["ownerReferences"] == [helper]
