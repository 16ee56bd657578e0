"""Loops outlive their failures, without hammering."""

import asyncio

import pytest

from router.base.tasks import Backoff, Turns, supervise
from tests.support.clock import FakeClock


def test_the_ceiling_doubles_to_a_limit_and_the_delay_is_anywhere_below() -> None:
    backoff = Backoff(first=1, limit=5, rand=lambda: 0.5)
    assert [backoff.next() for _ in range(5)] == [0.5, 1, 2, 2.5, 2.5]
    backoff.reset()
    assert backoff.next() == 0.5


class Work:
    """Fails as often as told, each time after ``lasts`` seconds."""

    def __init__(self, clock: FakeClock, failures: int, lasts: float = 0) -> None:
        self.clock, self.failures, self.lasts = clock, failures, lasts
        self.starts: list[float] = []
        self.told: list[tuple[str, str, float]] = []

    async def __call__(self) -> None:
        self.starts.append(self.clock.monotonic())
        await self.clock.sleep(self.lasts)
        if len(self.starts) <= self.failures:
            raise ValueError(f"failure {len(self.starts)}")

    def on_error(self, name: str, wrong: Exception, delay: float) -> None:
        self.told.append((name, str(wrong), delay))

    async def supervised(self) -> None:
        backoff = Backoff(first=1, limit=4, rand=lambda: 1)
        await supervise("watch", self, self.clock, self.on_error, backoff=backoff, healthy=60)


async def test_work_that_fails_starts_again_after_growing_delays_until_it_returns() -> None:
    clock = FakeClock()
    work = Work(clock, failures=4)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.supervised())
        await clock.advance(100)
        assert task.done()
    assert work.starts == [0, 1, 3, 7, 11]
    assert work.told[:2] == [("watch", "failure 1", 1), ("watch", "failure 2", 2)]


async def test_work_that_lived_long_begins_with_the_first_delay_again() -> None:
    clock = FakeClock()
    work = Work(clock, failures=3, lasts=60)
    async with asyncio.TaskGroup() as group:
        group.create_task(work.supervised())
        await clock.advance(1000)
    assert [delay for _, _, delay in work.told] == [1, 1, 1]


async def test_cancelling_passes_through() -> None:
    clock = FakeClock()
    work = Work(clock, failures=0, lasts=10)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.supervised())
        await clock.advance(1)
        task.cancel()
    assert task.cancelled()
    assert work.told == []


async def test_what_is_no_exception_of_a_program_is_not_caught() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await supervise("x", leave, FakeClock(), lambda *_: None)


async def test_long_work_gives_others_a_turn_each_time_that_it_took_long_enough() -> None:
    clock, turns = FakeClock(), list[int]()

    async def other() -> None:
        while True:
            turns.append(len(turns))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    work = Turns(clock, most=1.0)
    for _ in range(100):
        clock.pass_(0.25)
        await work.next()
    task.cancel()
    assert len(turns) == 25
