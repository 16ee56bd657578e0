"""What operators ask for, as patches."""

import pytest

from router.base.parse import Bad
from router.controllers.diurnal import changes, zones
from tests.support.diurnal import at, understood

SPEC = 'timeZone: Europe/Berlin\nbase: {replicas: 2}\nschedule: [{from: "08:00", to: "18:00", replicas: 10}]'
NOW = zones.seconds(at("2026-11-23T12:00"))


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2h", "2026-11-23T14:00"), ("90m", "2026-11-23T13:30"), ("1d", "2026-11-24T12:00"), ("18:00", "2026-11-23T18:00"),
        ("08:00", "2026-11-24T08:00"), ("12:00", "2026-11-24T12:00"), ("18:00Z", "2026-11-23T19:00"), ("next", "2026-11-23T18:00"),
        ("2026-11-27T08:00", "2026-11-27T08:00"), ("2026-11-27T08:00Z", "2026-11-27T09:00"),
    ],
)  # fmt: skip
def test_an_end_may_be_said_in_many_ways(until: str, expected: str) -> None:
    assert changes.end_of(understood(SPEC), {}, NOW, until) == zones.seconds(at(expected))


@pytest.mark.parametrize("until", ["", "soon", "2026-11-22T08:00", "-2h", "25:00", "2w"])
def test_an_end_that_is_over_or_not_understood_is_told(until: str) -> None:
    assert isinstance(changes.end_of(understood(SPEC), {}, NOW, until), Bad)


def test_without_a_next_change_there_is_no_next() -> None:
    assert isinstance(changes.end_of(understood("base: {replicas: 2}"), {}, NOW, "next"), Bad)


def test_an_override_takes_the_place_of_the_one_before() -> None:
    patch = changes.override(understood(SPEC), {}, NOW, "18:00", ({"replicas": 30}, "fair"))
    assert not isinstance(patch, Bad)
    old = {"spec": {"base": {"replicas": 2}, "override": {"percent": 5, "until": "x", "reason": "y"}}}
    assert changes.merged(old, patch) == {
        "spec": {"base": {"replicas": 2}, "override": {"replicas": 30, "until": "2026-11-23T17:00:00Z", "reason": "fair"}}
    }
    assert changes.merged(changes.merged(old, patch), changes.end_override()) == {"spec": {"base": {"replicas": 2}}}


def test_suspend_and_skip() -> None:
    assert changes.suspend(True) == {"spec": {"suspend": True}}
    assert changes.skip_next(NOW) == {"spec": {"skipNext": "2026-11-23T11:00:00Z"}}
    understood(SPEC + '\nskipNext: "2026-11-23T11:00:00Z"\nsuspend: true')


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [({"a": 1}, {"b": 2}, {"a": 1, "b": 2}), ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {}}), ({"a": [1]}, {"a": [2]}, {"a": [2]}),
     ("x", {"a": {"b": None}}, {"a": {}}), ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}})],
)  # fmt: skip
def test_a_merge_is_that_of_rfc_7396(document: object, patch: object, expected: object) -> None:
    assert changes.merged(document, patch) == expected
