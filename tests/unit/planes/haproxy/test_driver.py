"""The binary's ways."""

import asyncio
import datetime
import shutil
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from router.base.errors import TidegateError
from router.base.frozen import PrivateBytes
from router.base.subprocess import run_command
from router.certs.selfsigned import make
from router.cli.inputs import with_default
from router.planes.check import check_bundle
from router.planes.haproxy import driver
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.store import write_files
from router.table.hosts import HostKind, HostPattern
from router.table.types import SniBinding
from tests.support import worlds
from tests.support.gateway import SEARCH

DRIVER = HaproxyDriver()


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
        pytest.skip("haproxy is missing: deploy/install-planes.sh installs it")
    binary = await DRIVER.probe(Path(found))
    table = worlds.table()
    table = with_default(table)
    verdict = await check_bundle(DRIVER, binary, DRIVER.render(table, binary).bundle, table, tmp_path / "a folder")
    assert verdict.ok, verdict.problems


async def test_without_what_was_loaded_before_its_test_passes_and_still_finds_what_is_new(tmp_path: Path) -> None:
    found = shutil.which(DRIVER.binary_name, path=SEARCH)
    if not found:
        pytest.skip("haproxy is missing: deploy/install-planes.sh installs it")
    binary = await DRIVER.probe(Path(found))
    table, pair = with_default(worlds.table()), make(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    binding = SniBinding(host=HostPattern(kind=HostKind.EXACT, name="new.test"), certificate=pair.id)
    table = msgspec.structs.replace(table, certificates=(*table.certificates, pair), sni=(*table.sni, binding))
    bundle = DRIVER.render(table, binary).bundle
    keys = [f for f in bundle.files if f.private]
    new = next(f for f in keys if pair.id in f.path)
    bad = msgspec.structs.replace(new, content=PrivateBytes(b"no certificate"))
    damaged = msgspec.structs.replace(bundle, files=tuple(bad if f is new else f for f in bundle.files))
    everything, rest = {f.path for f in keys}, {f.path for f in keys if f is not new}
    for number, (made, loaded, left, good) in enumerate(
        ((bundle, everything, 1, True), (bundle, rest, 2, True), (damaged, rest, 2, False), (damaged, everything, 1, True))
    ):
        lighter = DRIVER.lighter(made, loaded)
        assert sum(f.private for f in lighter.files) == left
        folder = tmp_path / str(number)
        write_files(lighter, folder)
        assert (await run_command(DRIVER.check_command(binary, folder), cwd=folder, timeout=60)).ok == good


def test_requests_in_flight_end_on_its_quit_signal() -> None:
    assert DRIVER.quit_signal in (signal.SIGQUIT, signal.SIGUSR1)
    assert DRIVER.quit_signal != DRIVER.stop_signal


async def test_without_its_socket_the_master_is_told_by_a_signal(tmp_path: Path) -> None:
    script = "import signal, time; signal.signal(signal.SIGUSR2, lambda *_: exit(7)); print('ready', flush=True); time.sleep(30)"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert child.stdout
    await child.stdout.readline()
    assert (await DRIVER.reload(child.pid, tmp_path)).ok
    assert await child.wait() == 7
    assert (await DRIVER.reload(child.pid, tmp_path)).problems == ("HAProxy does not run any more",)


def test_generations_that_leave_are_all_workers_but_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "children", lambda pid: tuple(enumerate(["haproxy"] * 3)))
    assert DRIVER.leaving(1) == 2
    monkeypatch.setattr(driver, "children", lambda pid: ())
    assert DRIVER.leaving(1) == 0
