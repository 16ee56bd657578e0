"""A plane for tests of the spine: a small HTTP server as its program, and a driver that can be told to fail."""

import os
import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from router.base.clock import Clock
from router.base.digest import digest
from router.planes.bundle import Bundle, Change, File, Rendered, Verdict
from router.planes.plane import Binary
from router.table import notation
from router.table.types import Listener, Table

PROGRAM = """\
import http.server, os, signal, sys
live, port = sys.argv[1], int(sys.argv[2])
def read():
    global text
    text = open(live + "/fake.conf").read()
read()
if "die at start" in text: sys.exit(3)
signal.signal(signal.SIGHUP, lambda *_: read())
signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = text.split()[0].encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def bundle(text: str, plane: str = "fake") -> Bundle:
    generation = digest(text)
    return Bundle(
        plane=plane,
        main="fake.conf",
        generation=generation,
        files=(File(path="fake.conf", content=f"{generation} {text}".encode()),),
    )


def without(made: Bundle, paths: Collection[str]) -> Bundle:
    return msgspec.structs.replace(made, files=tuple(f for f in made.files if f.path not in paths))


class FakeDriver:
    """Satisfies Driver. ``fail``: words of faults: ``check``, ``read_back``, ``reload``; ``heavy``: its test takes long for what
    is loaded already."""

    name = "fake"
    main = "fake.conf"
    binary_name = "fake"
    oldest = (1, 0, 0)
    quit_signal: int = signal.SIGQUIT
    stop_signal: int = signal.SIGTERM

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.fail: set[str] = set()
        self.reloads = 0

    def hearing(self) -> None: ...

    def fresh(self) -> "FakeDriver":
        made = FakeDriver(self.port)
        made.fail = self.fail
        return made

    async def probe(self, path: Path) -> Binary:
        return Binary(plane="fake", path=str(path), version=(1, 0, 0))

    def assumed(self) -> Binary:
        return Binary(plane="fake", path=sys.executable, version=(1, 0, 0))

    def render(self, table: Table, binary: Binary) -> Rendered:
        return Rendered(bundle=bundle(digest(notation.to_text(table))))

    def read_back(self, made: Bundle, table: Table, binary: Binary) -> Sequence[str]:
        return ("it differs",) if "read_back" in self.fail else ()

    def lighter(self, bundle: Bundle, loaded: Collection[str]) -> Bundle:
        return without(bundle, loaded) if "heavy" in self.fail else bundle

    def check_command(self, binary: Binary, folder: Path) -> Sequence[str]:
        return [
            sys.executable,
            "-c",
            f"import sys; print('{folder}/fake.conf is bad', file=sys.stderr); sys.exit({int('check' in self.fail)})",
        ]

    def start_command(self, binary: Binary, live: Path, run: Path) -> Sequence[str]:
        return [sys.executable, "-c", PROGRAM, str(live), str(self.port)]

    def leaving(self, pid: int) -> int:
        return 0

    async def farewell(self, binary: Binary, status: str, clock: Clock) -> None: ...

    async def settled(self, run: Path) -> bool:
        return True

    async def reload(self, pid: int, run: Path) -> Verdict:
        self.reloads += 1
        if "reload" in self.fail:
            return Verdict(ok=False, problems=("it will not reload",))
        os.kill(pid, signal.SIGHUP)
        return Verdict(ok=True)


class FakePlane:
    """Satisfies Plane without a process. ``applied``: what was asked for, in order."""

    def __init__(self) -> None:
        self.driver, self.binary = FakeDriver(), FakeDriver().assumed()
        self.applied: list[Bundle] = []
        self.checks = 0
        self.fail: set[str] = set()
        self.running = True

    def render(self, table: Table) -> Rendered:
        if "render" in self.fail:
            raise ZeroDivisionError("a fault of ours")
        return self.driver.render(table, self.binary)

    async def room(self) -> None: ...

    def holds(self, made: Bundle) -> bool:
        return "lose" not in self.fail

    async def begin(self, listeners: tuple[Listener, ...]) -> Bundle | None:
        return None

    async def check(self, made: Bundle, table: Table) -> Verdict:
        self.checks += 1
        return Verdict(ok="check" not in self.fail, problems=("refused",) if "check" in self.fail else ())

    async def attempt(self, table: Table) -> Verdict:
        return Verdict(ok=True)

    async def apply(self, made: Bundle, change: Change) -> Verdict:
        if "apply" in self.fail:
            return Verdict(ok=False, problems=("not loaded",))
        self.applied.append(made)
        return Verdict(ok=True, generation=made.generation)
