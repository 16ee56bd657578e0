"""The process of a plane."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

from router.planes.process import RECORD, PlaneProcess, children

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


async def test_how_it_ended_is_told(tmp_path: Path) -> None:
    process = PlaneProcess.start([sys.executable, "-c", "raise SystemExit(7)"], tmp_path)
    assert await process.wait() == "ended with exit code 7"
    other = PlaneProcess.start(SLEEP, tmp_path)
    other.signal(signal.SIGKILL)
    assert await other.wait() == "was ended by SIGKILL"


async def test_a_running_one_is_taken_over_and_a_stranger_is_not(tmp_path: Path) -> None:
    process = PlaneProcess.start(SLEEP, tmp_path)
    adopted = PlaneProcess.adopt(tmp_path)
    assert adopted is not None
    assert (adopted.pid, adopted.argv) == (process.pid, tuple(SLEEP))
    record = msgspec.json.decode((tmp_path / RECORD).read_bytes())
    (tmp_path / RECORD).write_bytes(msgspec.json.encode(record | {"started": record["started"] + 1}))
    assert PlaneProcess.adopt(tmp_path) is None
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(adopted.wait())
        await asyncio.sleep(0)
        process.signal(signal.SIGTERM)
    assert waiting.result() == "ended"
    assert await process.wait() == "was ended by SIGTERM"


def test_nothing_to_take_over_is_none(tmp_path: Path) -> None:
    assert PlaneProcess.adopt(tmp_path) is None
    (tmp_path / RECORD).write_text("not json")
    assert PlaneProcess.adopt(tmp_path) is None


async def test_the_rest_of_its_session_can_be_ended(tmp_path: Path) -> None:
    forks = "import os, time\nif os.fork() == 0: time.sleep(60)\nprint(flush=True)\nos._exit(0)"
    process = PlaneProcess.start([sys.executable, "-c", forks], tmp_path)
    await process.wait()
    process.end_group()
    async with asyncio.timeout(5):
        while _children_of_session(process.pid):
            await asyncio.sleep(0.01)


def _children_of_session(session: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(stat.parent.name)
    return found


async def test_a_record_that_can_not_be_written_costs_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    process = PlaneProcess.start(["/bin/sleep", "30"], blocked / "run")
    assert not process.ended
    assert [title for _, title in children(os.getpid()) if title.startswith("/bin/sleep 30")]
    process.signal(9)
    await process.wait()
    assert process.ended
    process.close()
    assert children(2**22 + 1) == ()
