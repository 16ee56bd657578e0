"""Does the plane serve a generation?"""

import asyncio

import pytest
from aiohttp import web

from router.base.clock import SystemClock
from router.planes.confirm import serving_generation, wait_for_generation, wait_until_settled
from tests.support.clock import FakeClock


async def test_it_is_confirmed_only_when_several_connections_in_a_row_see_it() -> None:
    answers = ["old", "new", "old", *["new"] * 20]

    async def handle(request: web.Request) -> web.Response:
        return web.Response(text=answers.pop(0))

    app = web.Application()
    app.router.add_get("/generation", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"127.0.0.1:{runner.addresses[0][1]}"
    assert await wait_for_generation(address, "new", SystemClock(), 5)
    assert len(answers) == 15
    assert not await wait_for_generation(address, "newer", SystemClock(), 0.1)
    await runner.cleanup()


async def test_nobody_there_is_no_generation() -> None:
    assert await serving_generation("127.0.0.1:1") == ""


async def test_a_process_that_ended_is_not_waited_for() -> None:
    async with asyncio.timeout(5):
        assert not await wait_for_generation("127.0.0.1:1", "new", SystemClock(), 60, alive=lambda: False)


async def test_what_usually_takes_long_is_not_asked_for_at_once() -> None:
    """Nor is a longer time than the limit waited for."""
    slept = list[float]()

    class Clock(SystemClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            await super().sleep(0.01)

    for usual, first in ((0.0, 0.02), (0.1, 0.05), (1000.0, 0.1)):
        slept.clear()
        assert not await wait_for_generation("127.0.0.1:1", "new", Clock(), 0.2, usual=usual)
        assert slept[0] == first


@pytest.mark.parametrize(("answers", "alive", "asked"), [([False, False, True], True, 3), ([False] * 9, False, 0)])
async def test_a_plane_that_serves_has_time_to_end_its_start(answers: list[bool], alive: bool, asked: int) -> None:
    given = list(answers)

    async def settled() -> bool:
        return given.pop(0)

    await wait_until_settled(settled, SystemClock(), lambda: alive)
    assert len(answers) - len(given) == asked


async def test_a_plane_whose_socket_is_gone_is_not_waited_for_without_end() -> None:
    clock = FakeClock()

    async def never() -> bool:
        return False

    task = asyncio.create_task(wait_until_settled(never, clock, lambda: True))
    await clock.advance(4)
    assert not task.done()
    await clock.advance(2)
    assert task.done()
