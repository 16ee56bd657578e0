"""What is sent to change an object from what it is to what it should be: a JSON merge patch (RFC 7396). Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest patch; empty if there is nothing to change. Lists are replaced whole; what is gone is null."""
    made: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        known = before.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            if inner := merge_patch(known, value):
                made[key] = inner
        elif not _same(value, known) or key not in before:
            made[key] = value
    return made


def _same(one: object, other: object) -> bool:
    """1 is not True here, though it is in Python."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other
