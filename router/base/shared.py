"""One object for equal values: thousands of objects say the same few things."""

import functools
from typing import TypeVar

V = TypeVar("V")
LATELY = 4096
"""Values that are remembered. Older ones are forgotten, and are then two objects: it costs memory, nothing else."""


def shared(value: V) -> V:
    """The first of equal frozen values of one type. Whoever compares by identity then sees fewer differences."""
    found: V = _first(value)
    return found


@functools.lru_cache(LATELY, typed=True)
def _first(value: V) -> V:
    return value
