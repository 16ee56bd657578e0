"""Conditions and the Events that follow from their changes."""

from router.controllers.diurnal import conditions
from router.controllers.diurnal.conditions import Condition
from router.controllers.diurnal.types import Said

READY = Condition(type="Ready", true=True, reason="AsScheduled")
BAD = Condition(type="Ready", true=False, reason="NoTarget", message="not found: x")


def test_the_time_is_that_of_the_last_change_of_status() -> None:
    first = conditions.written([READY], None, "T1", 1)
    same = conditions.written([READY], first, "T2", 2)
    other = conditions.written([BAD], same, "T3", 2)
    assert [c["lastTransitionTime"] for c in (*first, *same, *other)] == ["T1", "T1", "T3"]
    assert other[0] == {
        "type": "Ready", "status": "False", "reason": "NoTarget", "message": "not found: x", "lastTransitionTime": "T3",
        "observedGeneration": 2,
    }  # fmt: skip


def test_a_condition_that_is_not_said_now_is_kept() -> None:
    before = conditions.written([READY, Condition(type="Active", true=True, reason="EntryHolds")], None, "T1", 1)
    assert [c["type"] for c in conditions.written([BAD], before, "T2", 1)] == ["Ready", "Active"]


def test_control_characters_of_users_are_escaped() -> None:
    (made,) = conditions.written([Condition(type="Ready", true=False, reason="X", message="a\x1b[31mb")], None, "T", 1)
    assert made["message"] == "a\\x1b[31mb"


def test_events_follow_changes_only() -> None:
    before = conditions.written([READY], None, "T1", 1)
    assert conditions.said([READY], before) == ()
    assert conditions.said([BAD], before) == (Said(type="Warning", reason="NoTarget", note="not found: x"),)
    after = conditions.written([BAD], before, "T2", 1)
    assert conditions.said([BAD], after) == ()
    assert conditions.said([READY], after) == (Said(type="Normal", reason="Ready", note="AsScheduled"),)


def test_a_new_object_that_is_well_says_nothing_and_one_that_is_not_does() -> None:
    assert conditions.said([READY, Condition(type="Suspended", true=False, reason="Running")], None) == ()
    assert [s.reason for s in conditions.said([BAD, Condition(type="Suspended", true=True, reason="Suspended")], "nonsense")] == [
        "NoTarget",
        "Suspended",
    ]
