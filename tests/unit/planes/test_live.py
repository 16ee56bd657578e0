"""A plane that we start and supervise, with a small HTTP server as the plane."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.planes import live
from router.planes.bundle import Bundle, Change
from router.planes.confirm import serving_generation
from router.planes.live import LivePlane, check_ports
from router.planes.store import Store
from router.table.types import Listener, Protocol, Table
from tests.support.fake_plane import FakeDriver, bundle


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make(tmp_path: Path, port: int) -> LivePlane:
    driver = FakeDriver(port)
    store = Store(tmp_path, "fake")
    store.open()
    return LivePlane(driver, driver.assumed(), store, SystemClock(), f"127.0.0.1:{port}")


@pytest.fixture
async def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LivePlane]:
    monkeypatch.setattr(live, "CONFIRM_LIMIT", 3.0)
    made = make(tmp_path, free_port())
    yield made
    await made.stop(2)


async def load(plane: LivePlane, made: Bundle) -> bool:
    assert (await plane.check(made, Table())).ok
    return (await plane.apply(made, Change.RELOAD)).ok


async def test_the_first_bundle_starts_it_and_the_next_reloads_it(plane: LivePlane) -> None:
    one, two = bundle("one"), bundle("two")
    assert await load(plane, one)
    pid = plane.pid
    assert await load(plane, two)
    assert plane.pid == pid
    assert await serving_generation(plane._status) == two.generation
    assert (await plane.apply(two, Change.NOTHING)).ok
    assert plane.driver.reloads == 1  # type: ignore[attr-defined]


async def test_a_reload_that_fails_puts_back_what_ran(plane: LivePlane) -> None:
    one, two = bundle("one"), bundle("two")
    await load(plane, one)
    await plane.check(two, Table())
    plane.driver.fail.add("reload")  # type: ignore[attr-defined]
    verdict = await plane.apply(two, Change.RELOAD)
    assert not verdict.ok
    assert verdict.problems[0] == "it will not reload"
    assert plane.store.live_generation() == one.generation
    assert await serving_generation(plane._status) == one.generation


async def test_a_bundle_that_is_refused_is_not_kept(plane: LivePlane) -> None:
    plane.driver.fail.add("check")  # type: ignore[attr-defined]
    made = bundle("one")
    assert not (await plane.check(made, Table())).ok
    assert not plane.store.folder(made.generation).exists()


async def test_when_it_is_killed_it_serves_again(plane: LivePlane) -> None:
    one = bundle("one")
    await load(plane, one)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(plane.supervise())
        await asyncio.sleep(0)
        assert plane.pid is not None
        killed = plane.pid
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(10):
            while plane.pid in (None, killed) or await serving_generation(plane._status) != one.generation:
                await asyncio.sleep(0.02)
        assert plane.restarts == 1
        task.cancel()


async def test_the_next_start_takes_over_what_still_runs(plane: LivePlane, tmp_path: Path) -> None:
    one = bundle("one")
    await load(plane, one)
    plane.store.close()
    second = make(tmp_path, int(plane._status.rpartition(":")[2]))
    assert await second.begin(()) == one
    assert second.pid == plane.pid
    second.store.close()


async def test_the_last_good_bundle_starts_before_anything_is_known(plane: LivePlane, tmp_path: Path) -> None:
    one = bundle("one")
    plane.store.stage(one)
    plane.store.swap(one.generation)
    assert await plane.begin(()) == one
    async with asyncio.timeout(5):
        while await serving_generation(plane._status) != one.generation:
            await asyncio.sleep(0.02)


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        listener = Listener(name="http", port=port, protocol=Protocol.HTTP, address="127.0.0.1")
        with pytest.raises(TidegateError, match=f"port {port} on 127.0.0.1 .* is in use"):
            check_ports((listener,))
    check_ports((listener,))
