"""The process of a plane: started by us, or found running and taken over. It outlives us on purpose."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from router.base.frozen import Frozen

RECORD = "plane.json"
ASK_AGAIN = 1.0
"""Seconds."""


class Record(Frozen):
    """What tells our plane from any other process: pid, its start time (clock ticks since boot, proc(5)) and its program."""

    pid: int
    started: int
    argv: tuple[str, ...]


class PlaneProcess:
    """A running master process, child of ours or not. ``wait`` works for both, by pidfd (pidfd_open(2))."""

    def __init__(self, pid: int, argv: Sequence[str], *, adopted: bool) -> None:
        self.pid, self.argv, self.adopted = pid, tuple(argv), adopted
        self._fd = os.pidfd_open(pid)

    @classmethod
    def start(cls, argv: Sequence[str], run: Path, stderr: int | None = None) -> "PlaneProcess":
        """Start in a session of its own, so that no signal to us reaches it; remember it in ``run``. OSError if it can not.
        ``stderr``: a descriptor; None: ours."""
        child = subprocess.Popen(  # noqa: S603 -- our own words
            list(argv), stdin=subprocess.DEVNULL, stderr=stderr, start_new_session=True
        )
        process = cls(child.pid, argv, adopted=False)
        child.returncode = 0  # we reap it ourselves, by pidfd; Popen must not complain that it still runs
        process.record(run)
        return process

    def record(self, run: Path) -> None:
        """Remember it in ``run``, so that the next Tidegate can take it over. A disk that does not take it harms nobody now."""
        made = Record(pid=self.pid, started=_start_time(self.pid), argv=self.argv)
        with contextlib.suppress(OSError):
            run.mkdir(parents=True, exist_ok=True)
            fresh = run / f"{RECORD}.new"
            fresh.write_bytes(msgspec.json.encode(made))
            fresh.replace(run / RECORD)

    @classmethod
    def adopt(cls, run: Path) -> "PlaneProcess | None":
        """The process that the record in ``run`` names, if it is still that very process."""
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            record = msgspec.json.decode((run / RECORD).read_bytes(), type=Record)
            if _start_time(record.pid) == record.started and not _is_zombie(record.pid):
                return cls(record.pid, record.argv, adopted=True)
        return None

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, number)

    @property
    def ended(self) -> bool:
        """Whether it is over; ``wait`` may not have said so yet."""
        return self._fd < 0 or bool(select.select([self._fd], [], [], 0)[0])

    async def ask(self, number: int, limit: float) -> bool:
        """Send the signal, and again each second: HAProxy's master loses one that comes while it executes itself anew, at a
        reload. Whether the process ended within ``limit`` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        while (left := end - loop.time()) > 0:
            self.signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, ASK_AGAIN)):
                    await self.wait()
                    return True
        return False

    async def wait(self) -> str:
        """Wait until it ends; how it ended, in words."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._fd, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._fd)
        return self._reap()

    def _reap(self) -> str:
        if self.adopted:
            return "ended"
        with contextlib.suppress(ChildProcessError):
            status = os.waitid(os.P_PIDFD, self._fd, os.WEXITED | os.WNOHANG)
            if status and status.si_code == os.CLD_EXITED:
                return f"ended with exit code {status.si_status}"
            if status:
                return f"was ended by {signal.Signals(status.si_status).name}"
        return "ended"

    def end_group(self) -> None:
        """End what is left of its session: nginx workers whose master was killed keep the listeners otherwise."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def children(pid: int) -> tuple[tuple[int, str], ...]:
    """(pid, its title) of a process' children (proc(5)); none if it has ended."""
    found = []
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                title = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                found.append((int(child), title))
    return tuple(found)


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on (proc(5)); the second may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _start_time(pid: int) -> int:
    try:
        return int(_stat(pid)[19])
    except (OSError, IndexError):
        return -1


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[0] == "Z"
