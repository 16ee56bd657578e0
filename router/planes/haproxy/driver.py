"""What is particular to HAProxy's binary: its version, its test, its start, its reload."""

import asyncio
import os
import re
import signal
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.base.subprocess import run_command
from router.planes.bundle import Bundle, Rendered, Verdict
from router.planes.haproxy.features import OLDEST, features_of
from router.planes.haproxy.hearing import hear
from router.planes.haproxy.reading import Reading
from router.planes.haproxy.render import MAIN, render, without_certificates
from router.planes.haproxy.view import view
from router.planes.memory import Memory
from router.planes.plane import Binary
from router.planes.process import children
from router.planes.voice import Heard
from router.table.types import Table

_VERSION = re.compile(r"HA-?Proxy version ([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?", re.ASCII)
_PROBE_LIMIT = 10.0
_RELOAD_LIMIT = 30.0
_SETTLE_LIMIT = 1.0
_LONGEST_SOCKET = 107
"""sizeof(sun_path) - 1, unix(7)"""


class HaproxyDriver:
    """Satisfies router.planes.plane.Driver. What it remembers changes what a table costs, never what is made of it."""

    name = "haproxy"
    main = MAIN
    binary_name = "haproxy"
    oldest: tuple[int, int, int] = OLDEST
    quit_signal: int = signal.SIGUSR1
    stop_signal: int = signal.SIGTERM

    def __init__(self) -> None:
        self.memory, self.reading = Memory(), Reading()

    def hearing(self) -> Callable[[str], Heard]:
        return hear

    def fresh(self) -> "HaproxyDriver":
        return HaproxyDriver()

    async def probe(self, path: Path) -> Binary:
        try:
            done = await run_command([path, "-vv"], timeout=_PROBE_LIMIT)
        except OSError as failure:
            raise TidegateError(f"{path} can not be run: {failure.strerror}") from None
        found = _VERSION.search(done.stdout)
        if not found:
            raise TidegateError(f"{path} is not HAProxy: `{path} -vv` does not say so")
        version = (int(found[1]), int(found[2]), int(found[3] or 0))
        if version < OLDEST:
            text = ".".join(map(str, version))
            raise TidegateError(f"{path} is HAProxy {text}; {OLDEST[0]}.{OLDEST[1]} or newer is needed")
        features = frozenset({"prometheus"}) if "+PROMEX" in done.stdout else frozenset()
        return Binary(plane=self.name, path=str(path), version=version, features=features)

    def assumed(self) -> Binary:
        return Binary(plane=self.name, path="haproxy", version=OLDEST)

    def render(self, table: Table, binary: Binary) -> Rendered:
        return render(table, features_of(binary), self.memory)

    def read_back(self, bundle: Bundle, table: Table, binary: Binary) -> Sequence[str]:
        made, _ = view(table, features_of(binary), self.memory)
        return self.reading.wrong(bundle, made, table, self.memory)

    def lighter(self, bundle: Bundle, loaded: Collection[str]) -> Bundle:
        """HAProxy takes most of its time for reading certificates, in its test and again when it loads."""
        return without_certificates(bundle, loaded)

    def check_command(self, binary: Binary, folder: Path) -> Sequence[str]:
        return [binary.path, "-c", "-f", MAIN]

    def start_command(self, binary: Binary, live: Path, run: Path) -> Sequence[str]:
        """Master and worker: the master keeps the listeners through every reload."""
        return [binary.path, "-W", "-S", f"{_socket(run)},mode,600", "-f", str(live / MAIN)]

    def leaving(self, pid: int) -> int:
        """All children but the newest."""
        return max(len(children(pid)) - 1, 0)

    async def farewell(self, binary: Binary, status: str, clock: Clock) -> None:
        """Nothing: the old process tells them after the reload (``idle-close-on-response``)."""

    async def reload(self, pid: int, run: Path) -> Verdict:
        """``reload`` on the master's socket. From 2.7 on the answer says how it went; before, the status address does.

        Without its socket, because somebody removed the folder, the master still knows SIGUSR2.
        """
        try:
            answer = await _ask(_socket(run), "reload")
        except (FileNotFoundError, ConnectionRefusedError):
            return _signalled(pid)
        except (OSError, TimeoutError) as failure:
            return Verdict(ok=False, problems=(f"HAProxy's master does not answer: {failure}",))
        if "Success=0" in answer:
            lines = tuple(line for line in answer.splitlines() if line and not line.startswith("Success="))
            return Verdict(ok=False, problems=lines[:20] or ("HAProxy refused the configuration",))
        return Verdict(ok=True)

    async def settled(self, run: Path) -> bool:
        """When its workers are started, the master executes itself anew, only to wait: a signal, or a disk that takes no socket,
        would end it then, and its workers with it. It answers on its socket before and after, but not meanwhile."""
        try:
            return bool(await _ask(_socket(run), "show proc", _SETTLE_LIMIT, whole=False))
        except (OSError, TimeoutError):
            return False


def _signalled(pid: int) -> Verdict:
    try:
        os.kill(pid, signal.SIGUSR2)
    except ProcessLookupError:
        return Verdict(ok=False, problems=("HAProxy does not run any more",))
    return Verdict(ok=True)


def _socket(run: Path) -> str:
    path = str(run / "master.sock")
    if len(path.encode()) > _LONGEST_SOCKET - len(".00000.tmp"):
        raise TidegateError(f"the state folder's path is too long for a socket: {path}; name a shorter one with --state")
    return path


async def _ask(path: str, command: str, limit: float = _RELOAD_LIMIT, *, whole: bool = True) -> str:
    """The answer until the master hangs up, which it does at a reload; or its first line, if not the ``whole``."""
    async with asyncio.timeout(limit):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(f"{command}\n".encode())
            return (await (reader.read() if whole else reader.readline())).decode("utf-8", "replace")
        finally:
            writer.close()
