"""The patch that leads from one object to another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.controllers.kit.merging import merge_patch


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "d": 3}}, {"a": {"c": None, "d": 3}}),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, {"a": [1, {"b": 3}]}),
        ({"a": [1]}, {"a": (1,)}, {}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_the_patch_is_the_smallest(before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]) -> None:
    assert merge_patch(before, after) == patch


def applied(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, in its own words."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = applied(made.get(key), value)
    return made


leaves = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["x", "y"]), st.lists(st.integers(0, 2), max_size=2))
objects = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(leaves, lambda deeper: st.dictionaries(st.sampled_from("abc"), deeper, max_size=3)),
    max_size=3,
)


@given(objects, objects)
def test_a_patch_applied_is_what_was_wanted(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert applied(before, merge_patch(before, after)) == after
    assert merge_patch(after, after) == {}
