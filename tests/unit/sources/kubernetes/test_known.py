"""Objects of one kind, as lists and events tell of them."""

import json
from typing import Any

import msgspec

from router.facts.core import Node, Service
from router.sources.kubernetes import answers
from router.sources.kubernetes.known import Draft, Known


def node(version: str, address: str = "10.0.0.1", **more: Any) -> dict[str, Any]:
    """As an API server says it: with much that nobody reads."""
    beat = {"conditions": [{"type": "Ready", "lastHeartbeatTime": version}]}
    addresses = {"addresses": [{"type": "InternalIP", "address": address}]}
    return {"metadata": {"name": "n", "resourceVersion": version, **more}, "status": {**beat, **addresses}}


def says(known: Known, kind: str, item: dict[str, Any]) -> tuple[str, bool]:
    return known.follow(answers.event(json.dumps({"type": kind, "object": item}).encode()))


def test_a_heartbeat_is_no_change_to_who_is_calm() -> None:
    known = Known(Node, calm=True)
    assert says(known, "ADDED", node("1")) == ("1", True)
    before = known.state
    assert says(known, "MODIFIED", node("2")) == ("2", False)
    assert known.state is before
    assert says(known, "MODIFIED", node("3", "10.0.0.2")) == ("3", True)
    assert says(known, "MODIFIED", node("4", "10.0.0.2", labels={"a": "b"})) == ("4", True)
    assert says(known, "DELETED", node("5", "10.0.0.2")) == ("5", True)
    assert not known.state[0]


def test_what_went_wrong_and_what_is_mended_are_changes_to_who_is_calm() -> None:
    known = Known(Node, calm=True)
    says(known, "ADDED", node("1"))
    bad = node("2") | {"status": {"addresses": "none"}}
    assert says(known, "MODIFIED", bad) == ("2", True)
    assert known.state[1]
    assert says(known, "MODIFIED", bad | {"metadata": {"name": "n", "resourceVersion": "3"}}) == ("3", False)
    assert says(known, "MODIFIED", node("4")) == ("4", True)
    assert not known.state[1]


def test_a_new_version_is_a_change_to_everybody_else() -> None:
    known = Known(Service)
    item = {"metadata": {"name": "a", "namespace": "shop", "resourceVersion": "1"}}
    assert says(known, "ADDED", item) == ("1", True)
    assert says(known, "MODIFIED", item | {"metadata": item["metadata"] | {"resourceVersion": "2"}}) == ("2", True)


def test_a_bookmark_moves_the_version_and_nothing_else() -> None:
    known = Known(Service)
    assert says(known, "BOOKMARK", {"metadata": {"resourceVersion": "9"}}) == ("9", False)


def test_a_list_that_says_what_is_known_changes_nothing() -> None:
    known, item = Known(Node), msgspec.Raw(json.dumps(node("1")).encode())
    for changes in (True, False):
        draft = Draft()
        known.take(item, draft)
        assert known.replace(draft) is changes
    assert known.replace(Draft())
    assert not known.items


def test_what_was_shown_stays_as_it_was() -> None:
    known, item = Known(Service), {"metadata": {"name": "a", "namespace": "shop", "resourceVersion": "1"}}
    broken = {"metadata": {"name": "b", "namespace": "shop"}, "spec": {"ports": "none"}}
    shown = []
    for kind, one in (("ADDED", item), ("ADDED", broken), ("DELETED", broken), ("DELETED", item)):
        says(known, kind, one)
        shown.append(known.state)
    assert [(len(objects), len(findings)) for objects, findings in shown] == [(1, 0), (1, 1), (1, 0), (0, 0)]
    assert known.state is shown[-1]
