"""A plane that we start and supervise, with a small HTTP server as the plane."""

import asyncio
import errno
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from router.base.clock import SystemClock
from router.base.frozen import PrivateBytes
from router.planes import live
from router.planes.bundle import Bundle, Change, File
from router.planes.confirm import serving_generation
from router.planes.live import LivePlane
from router.planes.plane import Binary
from router.planes.store import Store
from router.table.types import Table
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


async def test_what_the_running_plane_has_loaded_is_left_out_of_its_test_if_that_is_lighter(
    plane: LivePlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing runs yet, everything is tried; and nothing of the trial stays."""
    seen = list[set[str]]()

    def command(binary: Binary, folder: Path) -> list[str]:
        seen.append({str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()})
        return ["/bin/true"]

    def with_keys(text: str, *names: str) -> Bundle:
        made = bundle(text)
        keys = (File(path=f"certs/{n}", content=PrivateBytes(n[0].encode()), mode=0o600) for n in names)
        return msgspec.structs.replace(made, files=(*keys, *made.files))

    monkeypatch.setattr(plane.driver, "check_command", command)
    plane.driver.fail.add("heavy")  # type: ignore[attr-defined]
    one, two = with_keys("one", "a", "b"), with_keys("two", "b", "c")
    assert await load(plane, one)
    assert await load(plane, two)
    assert seen == [{"fake.conf", "certs/a", "certs/b"}, {"fake.conf", "certs/c"}]
    assert not plane.store.scratch.exists()
    assert plane.store.read(two.generation) == two


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


async def test_a_plane_that_serves_another_bundle_than_the_disk_says_is_loaded_again(plane: LivePlane, tmp_path: Path) -> None:
    """As after an end between swap and reload."""
    one, two = bundle("one"), bundle("two")
    await load(plane, one)
    plane.store.stage(two)
    plane.store.swap(two.generation)
    plane.store.close()
    second = make(tmp_path, int(plane._status.rpartition(":")[2]))
    assert await second.begin(()) is None
    assert second.pid == plane.pid
    assert second.running
    assert await load(second, two)
    assert await serving_generation(plane._status) == two.generation
    second.store.close()


async def test_a_plane_that_ends_at_once_is_not_waited_for(plane: LivePlane) -> None:
    made = bundle("die at start")
    assert (await plane.check(made, Table())).ok
    verdict = await plane.apply(made, Change.RELOAD)
    assert verdict.problems == (
        f"fake ended and did not serve generation {made.generation} within 3 s; its log says why",
    )  # fmt: skip
    assert not plane.running


async def test_what_is_gone_from_disk_is_noticed_and_poked_for_once(plane: LivePlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GUARD", 0.02)
    one, pokes = bundle("one"), []
    await load(plane, one)
    assert plane.holds(one)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(plane.guard(lambda: pokes.append(1)))
        (plane.store.run / "plane.json").unlink()
        async with asyncio.timeout(5):
            while not (plane.store.run / "plane.json").exists():
                await asyncio.sleep(0.02)
        assert pokes == []
        shutil.rmtree(plane.store.bundles)
        assert not plane.holds(one)
        await asyncio.sleep(0.3)
        assert pokes == [1]
        assert await load(plane, one)
        assert plane.holds(one)
        task.cancel()


async def test_changes_wait_while_many_generations_are_leaving(plane: LivePlane, monkeypatch: pytest.MonkeyPatch) -> None:
    await load(plane, bundle("one"))
    left = [live.MOST_LEAVING + 1, live.MOST_LEAVING, live.MOST_LEAVING - 1]
    monkeypatch.setattr(plane.driver, "leaving", lambda pid: left.pop(0))
    await plane.room()
    assert left == []


async def test_a_full_disk_is_one_sentence_after_old_bundles_made_room(plane: LivePlane, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(made: Bundle) -> Path:
        tried.append(made.generation)
        raise OSError(errno.ENOSPC, "No space left on device", "/state/x")

    monkeypatch.setattr(plane.store, "stage", full)
    verdict = await plane.check(bundle("one"), Table())
    assert verdict.problems == ("the bundle can not be written: No space left on device (/state/x); it is tried again",)
    assert len(tried) == 2
