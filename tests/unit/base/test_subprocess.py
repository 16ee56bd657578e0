"""Commands end in time, with their children, and what they said is kept within bounds."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from router.base.subprocess import OUTPUT_LIMIT, Completed, run_command

LONG = 60.0


async def shell(script: str, timeout: float = LONG) -> Completed:
    return await run_command(["sh", "-c", script], timeout=timeout)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pid: int) -> bool:
    for _ in range(500):
        if not alive(pid):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_exit_code_and_both_outputs_come_back() -> None:
    assert await shell("echo out; echo err >&2; exit 3") == Completed(exit_code=3, stdout="out\n", stderr="err\n")


async def test_only_exit_code_zero_is_ok() -> None:
    assert (await shell("true")).ok
    assert not (await shell("exit 1")).ok


async def test_a_signal_is_a_negative_exit_code() -> None:
    assert (await shell("kill -TERM $$")).exit_code == -15


async def test_input_is_fed_and_without_it_there_is_none() -> None:
    assert (await run_command(["cat"], timeout=LONG, input=b"a\xffb")).stdout == "a\\xffb"
    assert (await run_command(["cat"], timeout=LONG)).stdout == ""


async def test_a_command_that_reads_no_input_does_not_block() -> None:
    assert (await run_command(["true"], timeout=LONG, input=b"x" * 1_000_000)).ok


async def test_folder_and_environment_are_passed(tmp_path: Path) -> None:
    done = await run_command(
        ["sh", "-c", "pwd; echo $WORD"], timeout=LONG, cwd=tmp_path, env={"WORD": "here", "PATH": os.environ["PATH"]}
    )
    assert done.stdout.split() == [str(tmp_path), "here"]


async def test_at_the_limit_the_whole_group_is_killed(tmp_path: Path) -> None:
    done = await run_command(["sh", "-c", "sleep 60 & echo $!; wait"], timeout=0.2)
    assert done.timed_out
    assert not done.ok
    assert await gone(int(done.stdout))


async def test_a_cancelled_caller_leaves_nothing_running(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with asyncio.TaskGroup() as group:
        task = group.create_task(shell(f"echo $$ > {file}.new; mv {file}.new {file}; sleep 60"))
        while not file.exists():
            await asyncio.sleep(0.01)
        task.cancel()
    assert await gone(int(file.read_text()))


async def test_a_caller_that_is_cancelled_in_the_middle_of_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    for turns in range(8):  # of the loop, after which it is cancelled: one of them is in the middle
        file, before = tmp_path / f"pid{turns}", time.monotonic()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(shell(f"echo $$ > {file}.new; mv {file}.new {file}; sleep 60 & sleep 60"))
            for _ in range(turns):
                await asyncio.sleep(0)
            time.sleep(0.05)  # the loop stands still, the command does not
            task.cancel()
        assert time.monotonic() - before < 20
        if file.exists():
            assert await gone(int(file.read_text()))


async def test_output_beyond_the_limit_is_read_and_dropped() -> None:
    done = await run_command([sys.executable, "-c", f"print('x' * {3 * OUTPUT_LIMIT}, end='')"], timeout=LONG)
    assert done.ok
    assert done.stdout == "x" * OUTPUT_LIMIT


async def test_a_child_left_in_the_background_is_neither_waited_for_nor_killed() -> None:
    started = time.monotonic()
    done = await shell("sleep 30 & echo $!")
    assert time.monotonic() - started < 20
    assert done.ok
    assert alive(int(done.stdout))
    os.kill(int(done.stdout), 9)


async def test_what_can_not_be_started_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        await run_command(["/nonexistent/tool"], timeout=LONG)
