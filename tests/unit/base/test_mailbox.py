"""Pokes are gathered: many become one wake-up, soon after the last, never long after the first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from router.base.mailbox import Mailbox
from tests.support.clock import FakeClock

QUIET, LIMIT = 1.0, 10.0


@asynccontextmanager
async def waiting(box: Mailbox, clock: FakeClock) -> AsyncIterator[list[float]]:
    """Moments at which a reader that waits again and again was woken."""
    woken: list[float] = []

    async def read() -> None:
        while True:
            await box.wait(clock, QUIET, LIMIT)
            woken.append(clock.monotonic())

    async with asyncio.TaskGroup() as group:
        reader = group.create_task(read())
        yield woken
        reader.cancel()


async def test_nobody_is_woken_without_a_poke() -> None:
    clock = FakeClock()
    async with waiting(Mailbox(), clock) as woken:
        await clock.advance(1000)
    assert woken == []


async def test_a_burst_is_one_wake_up_after_it_is_quiet() -> None:
    box, clock = Mailbox(), FakeClock()
    async with waiting(box, clock) as woken:
        for _ in range(5):
            box.poke()
            await clock.advance(0.1)
        assert woken == []
        await clock.advance(2 * QUIET)
    assert len(woken) == 1
    assert 0.4 + QUIET <= woken[0] <= 0.4 + 2 * QUIET


async def test_pokes_without_end_wake_at_the_limit() -> None:
    box, clock = Mailbox(), FakeClock()
    async with waiting(box, clock) as woken:
        for _ in range(250):
            box.poke()
            await clock.advance(0.1)
    assert woken == [pytest.approx(LIMIT), pytest.approx(2 * LIMIT, abs=0.2)]


async def test_a_poke_from_before_the_wait_counts() -> None:
    box, clock = Mailbox(), FakeClock()
    box.poke()
    async with waiting(box, clock) as woken:
        await clock.advance(QUIET)
    assert woken == [QUIET]


async def test_a_poke_survives_a_reader_that_is_cancelled() -> None:
    box, clock = Mailbox(), FakeClock()
    box.poke()
    async with waiting(box, clock) as woken:
        await clock.advance(QUIET / 2)
    async with waiting(box, clock) as again:
        await clock.advance(2 * QUIET)
    assert (woken, len(again)) == ([], 1)
