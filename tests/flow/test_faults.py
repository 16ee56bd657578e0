"""What the machine does to a gateway: killed planes, lost programs and folders, full disks. The last good bundle serves."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway import SEARCH, Gateway, gateway, need
from tests.support.planes import BINARIES

pytestmark = pytest.mark.plane
SOON = 10.0
"""Seconds that a test waits for the plane to serve again; it takes about one."""
PLANES = ["nginx", "haproxy"]


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def serves(made: Gateway, host: str = "shop") -> bool:
    return made.get(f"{host}.example.com")[0] == 200


def metric(made: Gateway, text: str) -> bool:
    return text.encode() in made.ask_admin("/metrics")


@pytest.mark.parametrize("name", BINARIES)
def test_a_killed_plane_serves_again_within_seconds_and_says_so(name: str) -> None:
    driver, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    with gateway(driver().name, path) as made:
        made.start()
        os.kill(made.plane_pid(), signal.SIGKILL)
        made.until(lambda: metric(made, "tidegate_plane_restarts_total 1.0"), SOON)
        made.until(lambda: made.ready() and serves(made), SOON)
        assert "the plane was ended by SIGKILL; it is started again" in made.log.read_text()
        made.until(lambda: "the plane serves again" in made.log.read_text(), SOON)
        for pid in [made.plane_pid(), *children(made.plane_pid())]:
            os.kill(pid, signal.SIGKILL)
        made.until(lambda: metric(made, "tidegate_plane_restarts_total 2.0"), SOON)
        made.until(lambda: made.ready() and serves(made), SOON)
        os.kill(children(made.plane_pid())[0], signal.SIGKILL)
        made.until(lambda: "exited on signal 9" in made.log.read_text() or "it is started again" in made.log.read_text(), SOON)
        made.until(lambda: made.ready() and serves(made), SOON)


@contextlib.contextmanager
def own_program(plane: str) -> Iterator[tuple[Gateway, Path]]:
    """A gateway whose plane is a copy of the program, which a test may take away."""
    need(plane)
    with gateway(plane) as made:
        program = made.work / plane
        shutil.copy2(shutil.which(plane, path=SEARCH) or "", program)
        made.start("--plane-binary", str(program))
        yield made, program


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("instead", ["nothing", "text", "another program"])
def test_a_plane_that_can_not_be_started_again_is_not_ready_until_its_program_is_back(plane: str, instead: str) -> None:
    with own_program(plane) as (made, program):
        kept = program.rename(made.work / "kept")
        if instead == "text":
            program.write_text("no program\n")
            program.chmod(0o755)
        elif instead == "another program":
            shutil.copy2("/bin/true", program)
        os.kill(made.plane_pid(), signal.SIGKILL)
        made.until(lambda: b"[-] plane: " in made.ask_admin_page("/readyz")[1], SOON)
        assert made.ask_admin_page("/readyz")[0] == 503
        assert metric(made, "tidegate_ready 0.0")
        if instead != "another program":
            made.until(lambda: f"the plane can not be started: {program} can not be run: " in made.log.read_text(), SOON)
        kept.replace(program)
        made.until(lambda: made.ready() and serves(made), 30)


@pytest.mark.parametrize("plane", PLANES)
def test_a_program_that_vanished_costs_changes_only_until_it_is_back(plane: str) -> None:
    with own_program(plane) as (made, program):
        kept = program.rename(made.work / "kept")
        made.says("blog")
        made.until(lambda: metric(made, "tidegate_config_last_reload_successful 0.0"), SOON)
        assert f"check failed: {program} can not be run: No such file or directory; put it back" in made.log.read_text()
        assert f"{program} can not be run".encode() in made.ask_admin_page("/readyz?verbose")[1]
        assert serves(made)
        assert made.ready()
        kept.replace(program)
        made.until(lambda: serves(made, "blog"), 30)
        made.until(lambda: metric(made, "tidegate_config_last_reload_successful 1.0"), SOON)


@pytest.mark.parametrize("plane", PLANES)
def test_a_wrong_program_at_the_start_is_one_sentence(plane: str, tmp_path: Path) -> None:
    need(plane)
    text, plain = tmp_path / "text", tmp_path / "plain"
    text.write_text("no program\n")
    text.chmod(0o755)
    plain.write_text("no program\n")
    said = {
        tmp_path / "missing": "does not exist; name the",
        plain: "is not executable (chmod +x); name the",
        tmp_path: "is a folder; name the",
        text: "can not be run: Exec format error",
        Path("/bin/true"): "is not ",
    }
    with gateway(plane) as made:
        for program, sentence in said.items():
            command = made.command("--plane-binary", str(program))
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
            assert f"{program} {sentence}" in done.stderr


@pytest.mark.parametrize("plane", PLANES)
def test_a_state_folder_that_is_removed_is_written_again(plane: str) -> None:
    with gateway(plane) as made:
        made.start()
        pid = made.plane_pid()
        shutil.rmtree(made.state)
        assert serves(made)
        made.until((made.state / plane / "live" / "pages" / "404.html").exists, SOON)
        assert "what is live is gone from disk; it is written again" in made.log.read_text()
        made.says("blog")
        made.until(lambda: serves(made, "blog"))
        made.until(lambda: made.plane_pid() == pid)
        assert "Traceback" not in made.log.read_text()


@pytest.mark.parametrize("plane", PLANES)
def test_without_its_run_folder_it_follows_changes_and_is_taken_over(plane: str) -> None:
    with gateway(plane) as made:
        made.start()
        pid = made.plane_pid()
        shutil.rmtree(made.state / plane / "run")
        made.says("blog")
        made.until(lambda: serves(made, "blog"))
        made.until((made.state / plane / "run" / "plane.json").exists, SOON)
        assert made.process is not None
        made.process.kill()
        made.process.wait(10)
        made.start()
        assert made.plane_pid() == pid, made.log.read_text()


@contextlib.contextmanager
def small_disk(plane: str) -> Iterator[tuple[Gateway, Path, list[str]]]:
    """A gateway whose state is a disk of one megabyte in a mount namespace of its own: (gateway, the disk as seen from here, the
    words that run a command in there)."""
    need(plane)
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("no mount namespaces here: run the tests as root, with util-linux (apt-get install util-linux)")
    with gateway(plane) as made:
        made.state.mkdir()
        made.inside = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=1m,mode=755 x "$0" && exec "$@"', str(made.state)]
        made.start("--keep-bundles", "2")
        assert made.process is not None
        pid = made.process.pid
        seen = Path(f"/proc/{pid}/root{made.state}")
        made.plane_record = seen / plane / "run" / "plane.json"
        yield made, seen, ["nsenter", "-t", str(pid), "-m"]


@pytest.mark.parametrize("plane", PLANES)
def test_on_a_full_disk_the_last_good_bundle_serves_until_there_is_room(plane: str) -> None:
    with small_disk(plane) as (made, disk, _):
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(b"x" * 4096)
        made.says("blog")
        made.until(lambda: "check failed: the bundle can not be written: No space left on device" in made.log.read_text(), SOON)
        assert serves(made)
        assert made.ready()
        assert metric(made, "tidegate_config_last_reload_successful 0.0")
        filler.unlink()
        made.until(lambda: serves(made, "blog"), 30)
        made.until(lambda: metric(made, "tidegate_config_last_reload_successful 1.0"), SOON)
        assert "Traceback" not in made.log.read_text()


@pytest.mark.parametrize("plane", PLANES)
def test_on_a_read_only_disk_the_last_good_bundle_serves_until_it_can_be_written(plane: str) -> None:
    with small_disk(plane) as (made, _, inside):
        subprocess.run([*inside, "mount", "-o", "remount,bind,ro", str(made.state)], check=True)
        made.says("blog")
        made.until(lambda: "the bundle can not be written: Read-only file system" in made.log.read_text(), SOON)
        assert serves(made)
        assert made.ready()
        subprocess.run([*inside, "mount", "-o", "remount,bind,rw", str(made.state)], check=True)
        made.until(lambda: serves(made, "blog"), 30)
        assert "Traceback" not in made.log.read_text()
