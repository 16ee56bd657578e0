"""What a driver remembers of its own pure functions from one table to the next: it changes costs, never what is made.

Everything stands under a name, and is forgotten when a whole pass did not ask for it. Long tuples of a table are cut into runs
(``router.planes.runs``), so that a look-up stands for some dozens of hosts.
"""

from collections.abc import Callable, Mapping
from operator import is_
from typing import Any, TypeVar, TypeVarTuple

from router.base.memo import Memo
from router.planes.runs import Made, Run, Runs

R = TypeVar("R")
T = TypeVar("T")
A = TypeVarTuple("A")
RUN = 61
FEW = 7
"""Values in a run, on average: prime numbers, so that values at any distance from each other are cut evenly. ``FEW`` where
each value is much text."""


class Memory:
    """Memos by function or name. Not for use from several threads."""

    def __init__(self) -> None:
        self._memos: dict[object, Memo[Any]] = {}
        self._pass: tuple[tuple[object, ...], Any] = ((), None)
        self._last: dict[str, tuple[tuple[object, ...], object]] = {}
        self._runs: dict[str, Runs[Any]] = {}
        self._made: dict[str, Made[Any, Any]] = {}
        self._asked: set[str] = set()
        self._kept: dict[str, object] = {}

    def once(self, make: Callable[[*A], R], *arguments: *A) -> R:
        """``make(*arguments)``, a whole pass: asked for the same arguments again, it is not made again."""
        last, found = self._pass
        if tuple(map(id, last)) != tuple(map(id, arguments)):
            for memo in self._memos.values():
                memo.turn()
            for names in (self._last, self._runs, self._made):
                for name in names.keys() - self._asked:
                    del names[name]
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

    def runs(self, name: str, values: tuple[T, ...], length: int = 0) -> tuple[Run[T], ...]:
        """``values`` cut into runs, each the very tuple of before if nothing in it changed. A change costs one run, or two."""
        self._asked.add(name)
        return self._runs.setdefault(name, Runs()).of(values, length or RUN)

    def each(self, name: str, make: Callable[[T, *A], R], runs: tuple[T, ...], *shared: *A) -> tuple[R, ...]:
        """``make(run, *shared)`` of each run, the very results of before for the very runs of before."""
        self._asked.add(name)
        return self._made.setdefault(name, Made()).of(make, runs, shared)

    def joined(
        self,
        name: str,
        make: Callable[..., R],
        runs: tuple[object, ...],
        names: tuple[tuple[str, ...], ...],
        others: Mapping[str, Any],
        *shared: object,
    ) -> tuple[R, ...]:
        """``make(run, *shared, *others)`` of each run; ``names`` says for each run, in the same order, which others those are."""
        self._asked.add(name)
        return self._made.setdefault(name, Made()).of(make, runs, shared, names, others)

    def kept(self, name: str, value: T) -> T:
        """The value of before under this name, if it is equal to ``value``: so what is made of it is remembered."""
        before: T | None = self._kept.get(name)  # type: ignore[assignment]
        self._kept[name] = value = _older(before, value)
        return value

    def kept_each(self, name: str, values: Mapping[str, T]) -> Mapping[str, T]:
        """The same for each value of a mapping, and for the mapping."""
        before: Mapping[str, T] = self._kept.get(name, {})  # type: ignore[assignment]
        made: Mapping[str, T] = {key: _older(before.get(key), value) for key, value in values.items()}
        if len(made) == len(before) and all(map(is_, made.values(), map(before.get, made))):
            made = before
        self._kept[name] = made
        return made

    @property
    def size(self) -> int:
        """How many results are remembered."""
        sizes = (len(one) for held in (self._memos, self._runs, self._made) for one in held.values())
        return sum(sizes) + len(self._last)


def _older(before: T | None, value: T) -> T:
    return before if before is not None and (before is value or before == value) else value
