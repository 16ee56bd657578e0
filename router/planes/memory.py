"""What a driver remembers of its own pure functions from one table to the next: it changes costs, never what is made.

Long tuples of a table are cut into runs, so that a look-up stands for some dozens of hosts. Where they are cut depends on the
addresses of the values, which says nothing: whatever is made of runs is put together again, and must not show where they ended.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from operator import is_
from typing import Any, TypeVar, TypeVarTuple

from router.base.memo import Memo

R = TypeVar("R")
T = TypeVar("T")
A = TypeVarTuple("A")
RUN = 61
FEW = 7
"""Values in a run, on average: prime numbers, so that values at any distance from each other are cut evenly. ``FEW`` where
each value is much text."""
_ALIGNED = 16
"""Addresses of Python's values are multiples of this."""


class Memory:
    """Memos by function. Not for use from several threads."""

    def __init__(self) -> None:
        self._memos: dict[object, Memo[Any]] = {}
        self._pass: tuple[tuple[object, ...], Any] = ((), None)
        self._last: dict[str, tuple[tuple[object, ...], object]] = {}
        self._asked: set[str] = set()
        self._kept: dict[str, object] = {}

    def once(self, make: Callable[[*A], R], *arguments: *A) -> R:
        """``make(*arguments)``, a whole pass: asked for the same arguments again, it is not made again."""
        last, found = self._pass
        if tuple(map(id, last)) != tuple(map(id, arguments)):
            for memo in self._memos.values():
                memo.turn()
            self._last = {name: found for name, found in self._last.items() if name in self._asked}
            self._asked = set()
            found = make(*arguments)
            self._pass = (arguments, found)
        made: R = found
        return made

    def of(self, make: Callable[[*A], R], *arguments: *A) -> R:
        """``make(*arguments)``, remembered by the identity of the arguments; ``make`` is a function of a module, and pure."""
        memo = self._memos.get(make)
        if memo is None:
            memo = self._memos[make] = Memo()
        found: R = memo.of(make, *arguments)
        return found

    def last(self, name: str, make: Callable[[*A], R], *arguments: *A) -> R:
        """The same for long texts, of which there is one under this name: the one of before is given up before the next is
        made, where ``of`` keeps what the pass before had."""
        self._asked.add(name)
        known, found = self._last.pop(name, (None, None))
        if known is None or len(known) != len(arguments) or not all(map(is_, known, arguments)):
            found = None
            found = make(*arguments)
        self._last[name] = (arguments, found)
        made: R = found  # type: ignore[assignment]
        return made

    def same(self, values: tuple[T, ...]) -> tuple[T, ...]:
        """The tuple of before, if it holds the very same values."""
        return self.of(_tuple, *values)

    def runs(self, values: Sequence[T], length: int = 0) -> list[tuple[T, ...]]:
        """``values`` cut into runs, each the very tuple of before if nothing in it changed. A change costs one run, or two."""
        cut = (length or RUN) * _ALIGNED
        ends = [at for at, address in enumerate(map(id, values), 1) if address % cut < _ALIGNED]
        bounds = [0, *ends] if ends[-1:] == [len(values)] else [0, *ends, len(values)]
        return [self.of(_tuple, *values[start:end]) for start, end in pairwise(bounds) if start < end]

    def kept(self, name: str, value: T) -> T:
        """The value of before under this name, if it is equal to ``value``: so what is made of it is remembered."""
        before: T | None = self._kept.get(name)  # type: ignore[assignment]
        self._kept[name] = value = _older(before, value)
        return value

    def kept_each(self, name: str, values: Mapping[str, T]) -> dict[str, T]:
        """The same for each value of a mapping."""
        before: Mapping[str, T] = self._kept.get(name, {})  # type: ignore[assignment]
        made = {key: _older(before.get(key), value) for key, value in values.items()}
        self._kept[name] = made
        return made

    @property
    def size(self) -> int:
        """How many results are remembered."""
        return sum(len(memo) for memo in self._memos.values()) + len(self._last)


def _tuple(*values: T) -> tuple[T, ...]:
    return values


def _older(before: T | None, value: T) -> T:
    return before if before is not None and (before is value or before == value) else value
