"""What is particular to nginx's binary: its version, its test, its start, its reload."""

import os
import pwd
import re
import signal
from collections.abc import Collection, Sequence
from pathlib import Path

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.base.subprocess import run_command
from router.planes.bundle import Bundle, Rendered, Verdict
from router.planes.confirm import asked
from router.planes.memory import Memory
from router.planes.nginx.features import OLDEST, features_of
from router.planes.nginx.reading import Reading
from router.planes.nginx.render import MAIN, render
from router.planes.nginx.view import view
from router.planes.plane import Binary
from router.planes.process import children
from router.table.types import Table

_VERSION = re.compile(r"nginx version: [A-Za-z-]+/([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})", re.ASCII)
_MODULES = re.compile(r"--modules-path=(\S+)", re.ASCII)
_PROBE_LIMIT = 10.0
_FAREWELL = 0.5
"""Seconds: a client that asks again within them has its connection ended by an answer, not by the reload."""
_PAUSE = 0.02


class NginxDriver:
    """Satisfies router.planes.plane.Driver. What it remembers changes what a table costs, never what is made of it."""

    name = "nginx"
    main = MAIN
    binary_name = "nginx"
    oldest: tuple[int, int, int] = OLDEST
    quit_signal: int = signal.SIGQUIT
    stop_signal: int = signal.SIGTERM

    def __init__(self) -> None:
        self.memory, self.reading = Memory(), Reading()

    @property
    def worker_user(self) -> str:
        """As root, who the workers are: www-data where it exists, else nobody. They read certificates at each handshake."""
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "www-data" if "www-data" in names else "nobody"

    def hearing(self) -> None:
        """Its workers say there what fails for which request: too much to read, and in the form that its users know."""

    def fresh(self) -> "NginxDriver":
        return NginxDriver()

    async def probe(self, path: Path) -> Binary:
        try:
            done = await run_command([path, "-V"], timeout=_PROBE_LIMIT)
        except OSError as failure:
            raise TidegateError(f"{path} can not be run: {failure.strerror}") from None
        said = done.stderr + done.stdout
        found = _VERSION.search(said)
        if not found:
            raise TidegateError(f"{path} is not nginx: `{path} -V` does not say so")
        version = (int(found[1]), int(found[2]), int(found[3]))
        if version < OLDEST:
            text = ".".join(map(str, version))
            raise TidegateError(f"{path} is nginx {text}; {OLDEST[0]}.{OLDEST[1]} or newer is needed")
        return Binary(plane=self.name, path=str(path), version=version, features=_features(said))

    def assumed(self) -> Binary:
        return Binary(plane=self.name, path="nginx", version=OLDEST, features=frozenset({"stub_status", "stream"}))

    def render(self, table: Table, binary: Binary) -> Rendered:
        return render(table, features_of(binary), self.memory)

    def read_back(self, bundle: Bundle, table: Table, binary: Binary) -> Sequence[str]:
        made, _ = view(table, features_of(binary), self.memory)
        return self.reading.wrong(bundle, made, table, self.memory)

    def lighter(self, bundle: Bundle, loaded: Collection[str]) -> Bundle:
        """nginx reads certificates at the handshake, not in its test."""
        return bundle

    def check_command(self, binary: Binary, folder: Path) -> Sequence[str]:
        return [binary.path, "-t", "-q", "-e", "stderr", "-p", f"{folder}/", "-c", f"{folder}/{MAIN}"]

    def start_command(self, binary: Binary, live: Path, run: Path) -> Sequence[str]:
        user = f" user {self.worker_user};" if os.geteuid() == 0 else ""
        return [binary.path, "-e", "stderr", "-p", f"{live}/", "-c", f"{live}/{MAIN}", "-g", f"daemon off;{user}"]

    def leaving(self, pid: int) -> int:
        """Workers that shut down say so in their title; each generation has as many."""
        titles = [title for _, title in children(pid)]
        old = sum("is shutting down" in title for title in titles)
        return -(-old // max(len(titles) - old, 1))

    async def farewell(self, binary: Binary, status: str, clock: Clock) -> None:
        """Where idle connections do not survive the reload (``keepalive_min_timeout``) it waits until there are none: their
        next answers end them, because the swap took the old generation's flag away."""
        end = clock.monotonic() + (0 if features_of(binary).keepalive_min_timeout else _FAREWELL)
        while clock.monotonic() < end and "Waiting: 0" not in await asked(status, "/nginx_status"):
            await clock.sleep(_PAUSE)

    async def reload(self, pid: int, run: Path) -> Verdict:
        """SIGHUP; what nginx makes of it is seen at the status address."""
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            return Verdict(ok=False, problems=("nginx does not run any more",))
        return Verdict(ok=True)

    async def settled(self, run: Path) -> bool:
        """Its workers are started last."""
        return True


def _features(said: str) -> frozenset[str]:
    """From the configure arguments that ``nginx -V`` prints."""
    found = set()
    if "--with-http_stub_status_module" in said:
        found.add("stub_status")
    words = said.split()
    if "--with-stream" in words:
        found.add("stream")
    elif "--with-stream=dynamic" in words and (folder := _MODULES.search(said)):
        module = Path(folder[1]) / "ngx_stream_module.so"
        if module.exists():
            found.add(f"stream_module={module}")
    return frozenset(found)
