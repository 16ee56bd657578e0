"""Run a command with a time limit, in its own process group, and keep what it said."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from router.base.frozen import Frozen

OUTPUT_LIMIT = 1024 * 1024
_STRAGGLERS = 0.5
"""Seconds that a command's background children may keep its output open after it ended."""


class Completed(Frozen):
    """How a command ended. ``exit_code`` is minus the signal's number if a signal ended it (as in ``subprocess``).

    ``stdout`` and ``stderr``: the first 1 MiB of each, as text; bytes that are not UTF-8 are shown as ``\\xNN``.
    """

    exit_code: int
    stdout: str = ""
    stderr: str = ""
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and not self.timed_out


class _Collector(asyncio.SubprocessProtocol):
    """Keeps the beginning of both outputs and reads the rest away, so that the command never blocks on a full pipe."""

    def __init__(self) -> None:
        self.output = {1: bytearray(), 2: bytearray()}
        self.open = {1, 2}
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self.output[fd]
        kept += data[: OUTPUT_LIMIT - len(kept)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.open.discard(fd)
        if not self.open:
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()

    def text(self, fd: int) -> str:
        return self.output[fd].decode("utf-8", "backslashreplace")


async def run_command(
    argv: Sequence[str | Path],
    *,
    timeout: float,  # noqa: ASYNC109 -- the limit ends the process group, not only the waiting
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,
) -> Completed:
    """Run ``argv`` (never through a shell) and wait until it ends, for ``timeout`` seconds at most.

    At the limit, or when the caller is cancelled, the whole process group is killed. Children that a command leaves behind
    when it ends by itself live on. ``env`` replaces the environment; without ``input`` standard input is empty.
    Raises OSError if the command can not be started.
    """
    transport, said = await _started(
        argv, stdin=asyncio.subprocess.DEVNULL if input is None else asyncio.subprocess.PIPE, cwd=cwd, env=env
    )
    timed_out = False
    try:
        _feed(transport, input)
        async with asyncio.timeout(timeout):
            await said.exited.wait()
    except TimeoutError:
        timed_out = True
    finally:
        if not said.exited.is_set():
            _kill_group(transport.get_pid())
            await said.exited.wait()
        await _drain(said)
        transport.close()
    code = transport.get_returncode()
    return Completed(exit_code=-1 if code is None else code, stdout=said.text(1), stderr=said.text(2), timed_out=timed_out)


async def _started(argv: Sequence[str | Path], **options: Any) -> tuple[asyncio.SubprocessTransport, _Collector]:
    """A caller that is cancelled in the middle of a start waits the moment that it takes, and kills what was started: asyncio
    itself would kill the command alone, and wait for its children as long as they hold the pipes."""
    loop = asyncio.get_running_loop()
    options |= {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE, "start_new_session": True}
    program, *words = map(str, argv)
    starting = loop.create_task(loop.subprocess_exec(_Collector, program, *words, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            transport, said = await starting
            _kill_group(transport.get_pid())
            await said.exited.wait()
            transport.close()
        raise


def _feed(transport: asyncio.SubprocessTransport, data: bytes | None) -> None:
    pipe = transport.get_pipe_transport(0)
    if data is not None and isinstance(pipe, asyncio.WriteTransport):
        pipe.write(data)
        pipe.close()


async def _drain(said: _Collector) -> None:
    try:
        async with asyncio.timeout(_STRAGGLERS):
            await said.silent.wait()
    except TimeoutError:
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
