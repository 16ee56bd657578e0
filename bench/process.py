"""What Linux says of a process: CPU time, resident and proportional memory, its children. Times in seconds, memory in MB."""

import contextlib
import os
import threading
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """User and system time of the process, all its threads, to the nanosecond (clock_getcpuclockid(3) for another process)."""
    return time.clock_gettime((~pid << 3) | 2)


def cpu_of_children(pid: int) -> float:
    """The same of children that ended and were waited for, to a clock tick (proc(5), stat)."""
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) / _TICK


def resident(pid: int) -> float:
    return _field(pid, "status", "VmRSS:")


def peak(pid: int) -> float:
    """The most that was resident so far."""
    return _field(pid, "status", "VmHWM:")


def proportional(pids: list[int]) -> float:
    """PSS: memory that several share counts once in all."""
    return sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids)


def tree(pid: int) -> list[int]:
    """The process and what descends from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = int(_stat(int(folder.name))[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _stat(pid: int) -> list[str]:
    """From the third field, the state, on: the second may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _field(pid: int, file: str, name: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


class Peak:
    """The most that ``ours`` and the tree of ``plane`` had while the block ran, looked at 20 times a second."""

    def __init__(self, ours: int, plane: int) -> None:
        self.ours = self.plane = 0.0
        self._pids = ours, plane
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._end.wait(0.05):
            self.ours = max(self.ours, resident(self._pids[0]))
            self.plane = max(self.plane, proportional(tree(self._pids[1])))

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
