"""Results of pure functions of frozen values, kept by identity: an unchanged value costs a look-up."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, TypeVarTuple

R = TypeVar("R")
A = TypeVarTuple("A")


class Memo(Generic[R]):
    """Remembers what a pure function made of the very same arguments, for as long as they are asked about.

    Arguments are told apart by identity, never by content: comparing or hashing deep frozen values would cost as much as the
    work that is saved. So the caller keeps what has not changed (the same object), and gets the same result object back, which
    makes the next step's look-up succeed as well. Not for use from several threads.
    """

    __slots__ = ("_before", "_now", "made")

    def __init__(self) -> None:
        self._before: dict[tuple[int, ...], tuple[tuple[Any, ...], R]] = {}
        self._now: dict[tuple[int, ...], tuple[tuple[Any, ...], R]] = {}
        self.made = 0
        """How many results were made rather than found, over all time."""

    def of(self, make: Callable[[*A], R], *arguments: *A) -> R:
        """``make(*arguments)``, remembered. One ``make`` for each Memo: it is not part of the key."""
        key = tuple(map(id, arguments))
        found = self._now.get(key)
        if found is None:
            found = self._before.pop(key, None)  # moved, so that no key is kept twice
            if found is None:
                self.made += 1
                found = (arguments, make(*arguments))  # holds the arguments, so that no id is used again
            self._now[key] = found
        return found[1]

    def turn(self) -> None:
        """A pass begins: what the pass before this one did not ask about is forgotten."""
        self._before, self._now = self._now, {}

    def __len__(self) -> int:
        """How many results are remembered."""
        return len(self._before.keys() | self._now.keys())
