"""Long tuples cut into runs, and what is made of each run: a change costs the run that it is in.

Where a tuple is cut depends on the addresses of its values, which says nothing: whatever is made of runs is put together again,
and must not show where they ended. What stays is told by identity, as in ``router.base.memo``, and each class remembers one
answer, the last. An answer that holds the very objects of the last one *is* the last one.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Run = tuple[T, ...]
_ALIGNED = 16
"""Addresses of Python's values are multiples of this."""


def alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether both hold the very same objects."""
    return len(one) == len(other) and all(map(is_, one, other))


class Runs(Generic[T]):
    """Some values, cut. A value ends its run if its address says so, so that where nothing changed nothing is cut differently."""

    def __init__(self) -> None:
        self._values: Sequence[T] = ()
        self._runs: tuple[Run[T], ...] = ()

    def of(self, values: tuple[T, ...], length: int) -> tuple[Run[T], ...]:
        """``length``: values in a run, on average."""
        if values is self._values:
            return self._runs
        begun_with = {id(run[0]): run for run in self._runs}
        made, at = [], 0
        while at < len(values):
            run = begun_with.get(id(values[at]))
            if run is None or not alike(run, values[at : at + len(run)]):
                run = values[at : _end(values, at, length * _ALIGNED)]
            made.append(run)
            at += len(run)
        self._values, self._runs = values, self._runs if alike(made, self._runs) else tuple(made)
        return self._runs

    def __len__(self) -> int:
        return len(self._runs)


def _end(values: tuple[object, ...], at: int, every: int) -> int:
    for end in range(at, len(values)):
        if id(values[end]) % every < _ALIGNED:
            return end + 1
    return len(values)


class Made(Generic[T, R]):
    """``[make(run, *shared, *(others.get(name) for name in its names)) for run in runs]``. ``make`` is pure and gives no None.
    Any values can stand for runs."""

    def __init__(self) -> None:
        self._runs: tuple[T, ...] = ()
        self._shared: tuple[object, ...] = ()
        self._others: Mapping[str, Any] = {}
        self._made: tuple[R, ...] = ()
        self._needed: dict[int, tuple[object, ...]] = {}
        """by the id of a run: the others that it was made with"""

    def of(
        self,
        make: Callable[..., R],
        runs: tuple[T, ...],
        shared: tuple[object, ...] = (),
        names: Sequence[tuple[str, ...]] = (),
        others: Mapping[str, Any] | None = None,
    ) -> tuple[R, ...]:
        """``names``: for each run those of ``others`` that it needs; none is needed if there are no names."""
        others = self._others if others is None else others
        same = alike(shared, self._shared)
        if same and runs is self._runs and others is self._others:
            return self._made
        known = dict(zip(map(id, self._runs), self._made, strict=True)) if same else {}
        made, needed = [], {}
        for at, run in enumerate(runs):
            key = id(run)
            needs = needed[key] = self._needs(key, names[at], others) if names else ()
            found = known.get(key)
            if found is None or (needs and needs is not self._needed[key]):
                found = make(run, *shared, *needs)
            made.append(found)
        self._runs, self._shared, self._others, self._needed = runs, shared, others, needed
        self._made = self._made if alike(made, self._made) else tuple(made)
        return self._made

    def _needs(self, key: int, names: tuple[str, ...], others: Mapping[str, Any]) -> tuple[object, ...]:
        """The tuple of before, if it holds the very same."""
        before = self._needed.get(key)
        if before is not None and others is self._others:
            return before
        needs = tuple(map(others.get, names))
        return before if before is not None and alike(before, needs) else needs

    def __len__(self) -> int:
        return len(self._made)
