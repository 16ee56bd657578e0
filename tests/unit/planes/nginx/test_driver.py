"""The binary's ways."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.planes.check import check_bundle
from router.planes.nginx import driver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Binary
from tests.support import worlds
from tests.support.clock import FakeClock
from tests.support.gateway import SEARCH

DRIVER = NginxDriver()


async def test_another_program_is_refused() -> None:
    with pytest.raises(TidegateError, match="is not"):
        await DRIVER.probe(Path("/bin/true"))
    with pytest.raises(TidegateError, match="can not be run"):
        await DRIVER.probe(Path("/no/such/program"))


async def test_a_version_that_is_too_old_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "old"
    script.write_text("#!/bin/sh\necho 'nginx version: nginx/1.18.0' >&2\necho 'HAProxy version 2.4.22 2023/02/14'\n")
    script.chmod(0o755)
    with pytest.raises(TidegateError, match="or newer is needed"):
        await DRIVER.probe(script)


async def test_a_reload_of_nothing_says_so(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec("/bin/true")
    await child.wait()
    assert not (await DRIVER.reload(child.pid, tmp_path)).ok


async def test_the_plane_accepts_its_bundle_wherever_it_is_put(tmp_path: Path) -> None:
    found = shutil.which(DRIVER.binary_name, path=SEARCH)
    if not found:
        pytest.skip("nginx is missing: deploy/install-planes.sh installs it")
    binary = await DRIVER.probe(Path(found))
    table = worlds.table()
    from router.cli.inputs import with_default

    table = with_default(table)
    verdict = await check_bundle(DRIVER, binary, DRIVER.render(table, binary).bundle, table, tmp_path / "a folder")
    assert verdict.ok, verdict.problems


def test_requests_in_flight_end_on_its_quit_signal() -> None:
    assert DRIVER.quit_signal in (signal.SIGQUIT, signal.SIGUSR1)
    assert DRIVER.quit_signal != DRIVER.stop_signal


class Told(FakeClock):
    """A clock that goes on by itself."""

    async def sleep(self, seconds: float) -> None:
        await self.advance(seconds)


@pytest.mark.parametrize(("version", "waits"), [((1, 22, 1), True), ((1, 27, 3), True), ((1, 27, 4), False)])
async def test_where_idle_connections_end_with_a_reload_it_waits_for_them_but_not_for_ever(
    version: tuple[int, int, int], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["Waiting: 3", "Waiting: 3", "Waiting: 0"]

    async def asked(status: str, path: str) -> str:
        assert (status, path) == ("127.0.0.1:9091", "/nginx_status")
        return said.pop(0) if said else ""

    monkeypatch.setattr(driver, "asked", asked)
    binary, clock = Binary(plane="nginx", path="nginx", version=version), Told()
    began = clock.monotonic()
    await DRIVER.farewell(binary, "127.0.0.1:9091", clock)
    assert said == ([] if waits else ["Waiting: 3", "Waiting: 3", "Waiting: 0"])
    assert (clock.monotonic() > began) is waits
    said.clear()
    began = clock.monotonic()
    await DRIVER.farewell(binary, "127.0.0.1:9091", clock)
    assert clock.monotonic() - began < 1


def test_generations_that_leave_are_counted_by_their_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = ["nginx: worker process"] * 2 + ["nginx: worker process is shutting down"] * 3
    monkeypatch.setattr(driver, "children", lambda pid: tuple(enumerate(titles)))
    assert DRIVER.leaving(1) == 2
    monkeypatch.setattr(driver, "children", lambda pid: ())
    assert DRIVER.leaving(1) == 0
