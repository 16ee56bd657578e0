"""Conditions that can be waited for."""

from typing import Any

import msgspec
import pytest

from router.base.findings import error
from router.controllers.daemon.conditions import Facts, conditions, invalid
from router.controllers.daemon.reasons import Why
from tests.support.daemon_world import START, World, manifest, nodes

CALM = Facts(
    now=START, generation=3, desired=5, current=5, available=5, updated=5, misscheduled=0, released=5, done=True, max_unavailable=1, why_held="",
    why_no_surge="", surge_asked=False, refused=False,
)  # fmt: skip


def said(facts: Facts = CALM, whys: dict[str, Why] | None = None, before: Any = (), **changes: Any) -> dict[str, tuple[str, str]]:
    made = conditions(msgspec.structs.replace(facts, **changes), whys or {}, (), (), before)
    return {c["type"]: (c["status"], c["reason"]) for c in made}


def test_when_all_is_well_all_is_well() -> None:
    assert said() == {
        "Available": ("True", "EnoughAvailable"), "Progressing": ("False", "Complete"), "Degraded": ("False", "AsExpected"),
        "Conflict": ("False", "NoOverlap"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"available": 4}, ("True", "EnoughAvailable")),
        ({"available": 3}, ("False", "TooFewAvailable")),
        ({"available": 0, "max_unavailable": 5}, ("False", "TooFewAvailable")),
        ({"available": 4, "max_unavailable": 0}, ("False", "TooFewAvailable")),
        ({"available": 0, "desired": 0}, ("True", "NoNodes")),
    ],
)
def test_available_means_that_enough_nodes_serve(changes: dict[str, Any], answer: tuple[str, str]) -> None:
    assert said(**changes)["Available"] == answer


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"updated": 3}, ("True", "Updating")),
        ({"available": 4}, ("True", "Starting")),
        ({"available": 4, "current": 4, "updated": 4}, ("True", "Starting")),
        ({"available": 4, "current": 4, "updated": 3}, ("True", "Updating")),
        ({"misscheduled": 1}, ("True", "Stopping")),
        ({"updated": 3, "why_held": "it is paused"}, ("False", "Paused")),
        ({"updated": 3, "why_held": "x", "why_no_surge": "x"}, ("False", "PortClash")),
        ({"updated": 3, "why_held": "a field was not understood"}, ("False", "Held")),
        ({"updated": 3, "why_held": "it is paused", "available": 4}, ("True", "Updating")),
        ({"updated": 2, "released": 2}, ("False", "Partial")),
        ({"updated": 1, "released": 2}, ("True", "Updating")),
    ],
)
def test_progressing_ends_when_there_is_nothing_left_to_do(changes: dict[str, Any], answer: tuple[str, str]) -> None:
    assert said(done=False, **changes)["Progressing"] == answer


@pytest.mark.parametrize(
    ("reason", "answer"),
    [("NodeFull", "True"), ("PortClash", "True"), ("PodFailed", "True"), ("CreateRefused", "True"), ("NotReady", "True"), ("Starting", "False"), ("NotChosen", "False")],
)  # fmt: skip
def test_degraded_is_what_waiting_does_not_mend(reason: str, answer: str) -> None:
    assert said(whys={"n": Why(reason=reason, detail="x")})["Degraded"][0] == answer


def test_the_reason_of_most_nodes_is_said_and_all_are_in_the_message() -> None:
    whys = {
        "a": Why(reason="NodeFull", detail="full"),
        "b": Why(reason="NotReady", detail="down"),
        "c": Why(reason="NotReady", detail="down"),
    }
    degraded = next(c for c in conditions(CALM, whys, (), (), ()) if c["type"] == "Degraded")
    assert degraded["reason"] == "NotReady" and degraded["message"] == "NodeFull on a (full); NotReady on b, c (down)."


@pytest.mark.parametrize(
    ("changes", "answer"), [({}, ("True", "Possible")), ({"why_no_surge": "a port"}, ("False", "PortClash")), ({"why_no_surge": "a port", "refused": True}, ("False", "PortClash"))]
)  # fmt: skip
def test_surging_is_there_only_where_it_was_asked_for(changes: dict[str, Any], answer: tuple[str, str]) -> None:
    assert "Surging" not in said()
    assert said(surge_asked=True, **changes)["Surging"] == answer


def test_a_field_that_is_wrong_degrades() -> None:
    world = World(manifest(rolling={"maxUnavailable": "many"}), nodes(1))
    world.settle()
    degraded = world.condition("Degraded")
    assert degraded["reason"] == "InvalidSpec" and "maxUnavailable is neither a number" in degraded["message"]


def test_an_object_that_can_not_be_used_says_so_and_keeps_what_was_said_of_its_pods() -> None:
    before = [
        {"type": "Available", "status": "True", "lastTransitionTime": "x"},
        {"type": "Degraded", "status": "False", "lastTransitionTime": "x"},
    ]
    made = invalid(START, 4, [error(None, "spec.selector", "InvalidSpec", "It is wrong.", "mend it")], before)
    assert {c["type"]: c["status"] for c in made} == {"Available": "True", "Progressing": "False", "Degraded": "True"}
    assert made[-1]["message"] == "It is wrong. Mend it." and made[-1]["lastTransitionTime"] != "x"
