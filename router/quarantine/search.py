"""Who is guilty? Group testing: halves of what fails are tried by themselves, in small tables, until single objects are left.

Pure: a search asks for trials and is told how they ended; who runs it has the plane, the clock and the budget. With k guilty of
n it asks for about 1.5 k log2(n/k) trials, and at most ``most_trials(n, k)``; the sizes of all trials together are about
n log2(k) + 2n, because only what fails is looked into.
"""

import heapq
import math
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Trial(Generic[T]):
    """What to try: these objects as they are, those shut (503), nobody else. ``everything``: exactly what would be served."""

    whole: tuple[T, ...] = ()
    shut: tuple[T, ...] = ()
    everything: bool = False


Steps = Generator[Trial[T], bool, None]
"""Asks for trials; is sent True for one that the plane refuses."""


def most_trials(n: int, k: int) -> int:
    """The most trials that finding ``k`` single guilty ones of ``n`` takes."""
    return 0 if k == 0 else 2 * k * (max(math.ceil(math.log2(n / k)), 0) + 2) + k


class Search(Generic[T]):
    """One search. ``suspects`` and ``known`` (which passed a test together, before): oldest first. What it finds:

    ``alone``: refused by themselves; ``younger``: refused only together with older ones; ``out``: those of either that are
    refused even shut. ``groups``: each holds somebody guilty, not looked into yet: what is left if the budget ends.
    ``ours``: the plane refuses what no object made. ``doubtful``: at the end it refuses the empty table, so something other than
    the objects changed meanwhile, and nothing of this is to be believed.
    """

    def __init__(self, suspects: Sequence[T], known: Sequence[T] = (), shut: Iterable[T] = (), out: Iterable[T] = ()) -> None:
        self.suspects, self.known = tuple(suspects), tuple(known)
        self.alone: list[T] = []
        self.younger: list[T] = []
        self.ours = self.doubtful = False
        self._shut: dict[T, None] = dict.fromkeys(shut)
        self.out: dict[T, None] = dict.fromkeys(out)
        self._heap: list[tuple[int, int, tuple[T, ...], bool]] = []
        self._serial = 0

    @property
    def groups(self) -> list[tuple[T, ...]]:
        return [group for _, _, group, _ in self._heap if group[0] not in self._shut]

    @property
    def shut(self) -> tuple[T, ...]:
        return tuple(self._shut)

    def steps(self) -> Steps[T]:
        """The whole search: singles, then those that are refused even shut, then what fails only together."""
        if (yield Trial()):
            self.ours = True
            return
        yield from self._singles()
        yield from self._together()
        self.doubtful = yield Trial()

    def again(self) -> Steps[T]:
        """Only who is guilty by themselves: for those who were left out and may be let in again."""
        yield from self._singles()
        self.doubtful = yield Trial()

    def _singles(self) -> Steps[T]:
        """Fills ``alone`` from ``suspects``. If they are all there is, it is known that they are refused."""
        tried = bool(self.suspects and self.known)
        if self.suspects and (not tried or (yield Trial(whole=self.suspects))):
            yield from self._split(self.suspects, self.alone, lambda group: Trial(whole=group), tried=tried)
        self._shut |= dict.fromkeys(self.alone)

    def _split(
        self, refused: tuple[T, ...], found: list[T], trial: Callable[[tuple[T, ...]], Trial[T]], *, tried: bool
    ) -> Steps[T]:
        """The largest group first, so that all are small when the budget ends. If the first half passes, the second one must
        be refused, and is not tried; that is wrong if two fail only together, so singles are tried before they are blamed."""
        self._push(refused, tried=tried)
        while self._heap:
            _, _, group, tried = self._heap[0]
            if len(group) == 1:
                if tried or (yield trial(group)):
                    found.append(group[0])
                heapq.heappop(self._heap)
                continue
            middle = len(group) // 2
            first, second = group[:middle], group[middle:]
            if (yield trial(first)):
                both = yield trial(second)
                heapq.heappop(self._heap)
                self._push(first, tried=True)
                if both:
                    self._push(second, tried=True)
            else:
                heapq.heappop(self._heap)
                self._push(second, tried=False)

    def _push(self, group: tuple[T, ...], *, tried: bool) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (-len(group), self._serial, group, tried))

    def _together(self) -> Steps[T]:
        """Until what would be served passes. Every turn takes one object more out of it, so there is an end."""
        while True:
            yield from self._even_shut()
            if not (yield Trial(shut=self.shut, everything=True)):
                return
            blamed = self._shut.keys() | self.out.keys()
            known = [x for x in self.known if x not in blamed]
            left = [*known, *(x for x in self.suspects if x not in blamed)]
            one = yield from self._last_of(left, len(known), lambda group: Trial(whole=group, shut=self.shut))
            if one is None:
                self.ours = True
                return
            self.younger.append(one)
            self._shut[one] = None

    def _even_shut(self) -> Steps[T]:
        """What is refused even with 503 on its hosts and paths is left out entirely: it is the match that the plane refuses."""
        while self._shut and (yield Trial(shut=self.shut)):
            worse: list[T] = []
            yield from self._split(self.shut, worse, lambda group: Trial(shut=group), tried=True)
            if not worse:
                one = yield from self._last_of(self.shut, 0, lambda group: Trial(shut=group))
                worse = [one] if one is not None else list(self.shut)
            for one in worse:
                del self._shut[one]
                self.out[one] = None

    def _last_of(
        self, ordered: Sequence[T], passed: int, trial: Callable[[tuple[T, ...]], Trial[T]]
    ) -> Generator[Trial[T], bool, T | None]:
        """The last of the shortest beginning of ``ordered`` that is refused: the youngest of those that fail together.
        The first ``passed`` are tried as one, because they passed before. None if all of it passes."""
        if not ordered or not (yield trial(tuple(ordered))):
            return None
        good, bad = 0, len(ordered)
        if 0 < passed < bad:
            good, bad = (0, passed) if (yield trial(tuple(ordered[:passed]))) else (passed, bad)
        while bad - good > 1:
            middle = (good + bad) // 2
            if (yield trial(tuple(ordered[:middle]))):
                bad = middle
            else:
                good = middle
        return ordered[bad - 1]
