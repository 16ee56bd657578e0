"""Who is due when, on a clock that tests turn."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from router.controllers.kit.queue import FIRST, LIMIT, WORKERS, Queue
from router.controllers.leader.run import LostError
from router.facts.meta import Key
from router.sources.kubernetes.transport import ApiError
from tests.support.clock import FakeClock, settle

A, B = ("ns", "a"), ("ns", "b")


class Works:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.queue = Queue(self.clock, lambda: 0.999)
        self.log: list[tuple[float, str]] = []
        self.wrong: dict[Key, BaseException] = {}
        self.again: dict[Key, float] = {}
        self.takes = 0.0
        self.now: dict[Key, int] = {}

    async def work(self, key: Key) -> float | None:
        self.log.append((round(self.clock.monotonic(), 1), key[1]))
        self.now[key] = self.now.get(key, 0) + 1
        assert self.now[key] == 1, "an object is worked on twice at the same time"
        try:
            if self.takes:
                await self.clock.sleep(self.takes)
            if key in self.wrong:
                raise self.wrong[key]
            return self.again.get(key)
        finally:
            self.now[key] -= 1


@pytest.fixture
async def works() -> AsyncIterator[Works]:
    made = Works()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.queue.run(made.work))
        yield made
        task.cancel()


async def test_what_is_added_many_times_is_due_once_at_the_earliest_time(works: Works) -> None:
    for after in (7.0, 5.0, 9.0):
        works.queue.add(A, after)
    await works.clock.advance(20)
    assert works.log == [(5.0, "a")]
    assert len(works.queue) == 0


async def test_what_changes_while_it_is_worked_on_comes_back_and_never_runs_twice_at_a_time(works: Works) -> None:
    works.takes = 3.0
    works.queue.add(A)
    await works.clock.advance(1)
    for _ in range(5):
        works.queue.add(A)
    works.queue.add(B)
    await works.clock.advance(20)
    assert works.log == [(0.0, "a"), (1.0, "b"), (3.0, "a")]


async def test_work_says_itself_when_it_is_due_again(works: Works) -> None:
    works.again[A] = 10.0
    works.queue.add(A)
    await works.clock.advance(35)
    assert works.log == [(0.0, "a"), (10.0, "a"), (20.0, "a"), (30.0, "a")]


async def test_what_fails_comes_back_later_and_later_and_at_once_again_after_it_went_well(works: Works) -> None:
    works.wrong[A] = ApiError(500, "no")
    works.queue.add(A)
    works.queue.add(B)
    await works.clock.advance(3600)
    times = [at for at, name in works.log if name == "a"]
    pauses = [b - a for a, b in itertools.pairwise(times)]
    assert pauses[0] == pytest.approx(FIRST, abs=0.1)
    assert pauses[-1] == pytest.approx(LIMIT, abs=1)
    assert all(b >= a - 0.01 for a, b in itertools.pairwise(pauses))
    assert [name for _, name in works.log].count("b") == 1
    del works.wrong[A]
    await works.clock.advance(LIMIT)
    works.log.clear()
    works.wrong[A] = ZeroDivisionError("a fault of ours")
    works.queue.add(A)
    await works.clock.advance(FIRST)
    assert len(works.log) == 2


async def test_the_server_may_ask_for_a_longer_pause(works: Works) -> None:
    works.wrong[A] = ApiError(429, "slow down", 30)
    works.queue.add(A)
    await works.clock.advance(29)
    assert len(works.log) == 1
    await works.clock.advance(2)
    assert len(works.log) == 2


async def test_not_more_than_a_few_are_worked_on_at_a_time(works: Works) -> None:
    works.takes = 1.0
    for n in range(WORKERS * 2):
        works.queue.add(("ns", str(n)))
    await works.clock.advance(0.5)
    assert len(works.log) == WORKERS
    await works.clock.advance(2)
    assert len(works.log) == WORKERS * 2


async def test_what_is_gone_is_due_no_more(works: Works) -> None:
    works.queue.add(A, 5)
    works.queue.forget(A)
    await works.clock.advance(10)
    assert works.log == []


async def test_who_leads_no_longer_ends() -> None:
    works = Works()
    works.wrong[A] = LostError("over")
    works.queue.add(A)
    with pytest.raises(ExceptionGroup) as wrong:
        await works.queue.run(works.work)
    assert wrong.group_contains(LostError)
    await settle()
