"""The whole program at scale, as processes: ``python bench/scale.py [--ingresses N] [--changes N] [--plane NAME]...``.

Prints Markdown: time and peak memory of commands, cold start to ``/readyz``, memory of our process and of the plane, and for one
changed file the time to the first right answer and the CPU time of our process. ``--sections`` chooses what is measured.
"""

import argparse
import contextlib
import datetime
import http.client
import json
import os
import platform
import re
import shlex
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import process
from world import Changing, Size, write

ROOT = Path(__file__).parents[1]
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
SETTLED = 1.6
"""Seconds after a change in which everything that it costs has been spent: a folder is looked at again after one second."""
SECTIONS = ("commands", "start", "changes")
ROUTER = [sys.executable, "-m", "router"]
_NO_TRUST = ssl._create_unverified_context()


def app(name: bytes) -> int:
    """A tiny HTTP app on loopback that answers its name and closes; its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n" + name

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return int(listening.getsockname()[1])


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(s.getsockname()[1]) for s in sockets]


class Gateway:
    """``tidegate run`` on a folder of manifests, on free ports."""

    def __init__(self, plane: str, manifests: Path, work: Path) -> None:
        self.http, self.https, self.admin, self.status = free_ports(4)
        self.state, self.log, self.plane = work / "state", work / "log", plane
        names = ("http", "https", "admin", "status")
        flags = [w for n in names for w in (f"--{n}", f"127.0.0.1:{getattr(self, n)}")]
        words = ["run", "--plane", plane, "-f", str(manifests), "--state", str(self.state), *flags, "--drain-delay", "0"]
        self._argv = [*ROUTER, *words]
        self.pid = self.plane_pid = 0

    def start(self) -> float:
        """Seconds from the start of the process to ``/readyz``."""
        begin = time.perf_counter()
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(self._argv, stdout=out, stderr=out, cwd=ROOT)
        self.pid = self._child.pid
        self.until(self._ready, 300)
        took = time.perf_counter() - begin
        self.plane_pid = int(json.loads((self.state / self.plane / "run" / "plane.json").read_text())["pid"])
        return took

    def stop(self) -> None:
        self._child.send_signal(signal.SIGTERM)
        self._child.wait(60)

    def _ready(self) -> bool:
        if self._child.poll() is not None:
            raise SystemExit(f"the gateway ended: {self.log.read_text()[-2000:]}")
        return self._ask(self.admin, "x", "/readyz") == b"ready\n"

    def answer(self, host: str, path: str) -> bytes:
        return self._ask(self.http, host, path)

    @staticmethod
    def _ask(port: int, host: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": host})
            return connection.getresponse().read()
        return b""

    def certificate(self, host: str) -> bytes:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.https), 5) as plain,
            _NO_TRUST.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
        return b""

    def until(self, right: Callable[[], bool], limit: float = 60) -> float:
        """Seconds until the answer is right, asked every 2 ms."""
        begin = time.perf_counter()
        while not right():
            if time.perf_counter() - begin > limit:
                raise SystemExit(f"no right answer within {limit} s: {self.log.read_text()[-2000:]}")
            time.sleep(0.002)
        return time.perf_counter() - begin


@contextlib.contextmanager
def gateway(plane: str, size: Size, world: str = "") -> Iterator[tuple[Gateway, Changing]]:
    with tempfile.TemporaryDirectory(prefix="tidegate-scale-") as folder:
        work = Path(folder)
        work.chmod(0o755)
        manifests = work / "given" / "m"  # the folder above is watched as well: our own log must not be written there
        shutil.copytree(world, manifests) if world else manifests.mkdir(parents=True)
        if not world:
            write(manifests, size)
        changing = Changing(manifests, (app(b"A"), app(b"B")))
        made = Gateway(plane, manifests, work)
        try:
            yield made, changing
        finally:
            made.stop()


def command(*words: str) -> tuple[float, float, int]:
    """(seconds, peak MB, exit status) of one run of ours; the peak is of the largest process that it started or is."""
    begin = time.perf_counter()
    child = subprocess.Popen([*ROUTER, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, child.returncode


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |", flush=True)


def measure_commands(size: Size, planes: Sequence[str]) -> None:
    rows: list[Sequence[object]] = []
    with tempfile.TemporaryDirectory(prefix="tidegate-scale-") as folder:
        write(Path(folder), size)
        said = [("routes",), *((verb, "--plane", plane) for plane in planes for verb in ("render", "check"))]
        for words in said:
            more = ["-o", str(Path(folder) / f".out-{words[-1]}")] if words[0] == "render" else []
            seconds, peak, status = command(*words, "-f", folder, *more)
            rows.append((f"`{' '.join(words)}`" + (f" (exit {status})" if status else ""), seconds, round(peak)))
    table(["command", "seconds", "peak MB"], rows)


def measure_start(ingresses: Sequence[int], planes: Sequence[str], per_file: int) -> None:
    rows: list[Sequence[object]] = []
    for count in ingresses:
        for plane in planes:
            with gateway(plane, Size.of(count, per_file=per_file)) as (running, _):
                seconds = running.start()
                used = process.cpu(running.pid)
                time.sleep(SETTLED)
                plane_memory = process.proportional(process.tree(running.plane_pid))
                rows.append((2 * count, plane, seconds, used, round(process.resident(running.pid)), round(plane_memory)))
    table(["routes", "plane", "s to `/readyz`", "our CPU s", "our RSS MB", "plane PSS MB"], rows)


def measure_changes(size: Size, planes: Sequence[str], changes: int) -> None:
    rows: list[Sequence[object]] = []
    memory: list[Sequence[object]] = []
    for plane in planes:
        with gateway(plane, size) as (running, changing):
            running.start()
            time.sleep(SETTLED)
            begin = process.cpu(running.pid)
            time.sleep(2 * SETTLED)
            rows.append((plane, "nothing", "", "", "", *["%.1f" % (500 * (process.cpu(running.pid) - begin))] * 2, ""))
            before = process.resident(running.pid), process.proportional(process.tree(running.plane_pid))
            for name, change in kinds(running, changing).items():
                rows.append((plane, name, *one_kind(running, change, changes)))
            with process.Peak(running.pid, running.plane_pid) as peak:
                for number in range(min(changes, 5)):
                    kinds(running, changing)["a new path"](1000 + number)
            after = process.resident(running.pid), process.proportional(process.tree(running.plane_pid))
            memory.append((plane, *map(round, (before[0], peak.ours, after[0], before[1], peak.plane, after[1]))))
    ours = ["our CPU ms p50", "max", "children's CPU ms"]
    table(["plane", "one changed file", "right after ms p50", "p99", "max", *ours], rows)
    table(["plane", "our RSS MB", "in changes", "after", "plane PSS MB", "in reloads", "after"], memory)


Change = Callable[[int], float]


def kinds(running: Gateway, changing: Changing) -> dict[str, Change]:
    """What changes: number of the change -> seconds until the answer was right."""
    paths: list[str] = []

    def path(number: int) -> float:
        paths.append(f"/new-{number}")
        changing.paths(tuple(paths))
        return running.until(lambda: running.answer(changing.HOST, paths[-1]) == b"B")

    def endpoint(number: int) -> float:
        app_number = (number + 1) % 2
        changing.moved(app_number)
        return running.until(lambda: running.answer(changing.MOVING, "/") == b"AB"[app_number : app_number + 1])

    def renewed(_: int) -> float:
        fresh = changing.renewed()
        return running.until(lambda: running.certificate(changing.HOST) == fresh)

    return {"a new path": path, "an endpoint": endpoint, "a certificate": renewed}


def one_kind(running: Gateway, change: Change, changes: int) -> Sequence[object]:
    took, ours, children = [], [], []
    for number in range(changes):
        before = process.cpu(running.pid), process.cpu_of_children(running.pid)
        took.append(1000 * change(number))
        time.sleep(SETTLED)
        ours.append(1000 * (process.cpu(running.pid) - before[0]))
        children.append(1000 * (process.cpu_of_children(running.pid) - before[1]))
    p99 = statistics.quantiles(took, n=100, method="inclusive")[98] if len(took) > 1 else took[0]
    times = [f"{value:.0f}" for value in (statistics.median(took), p99, max(took))]
    spent = [f"{value:.1f}" for value in (statistics.median(ours), max(ours))]
    return [*times, *spent, f"{statistics.mean(children):.0f}"]


def versions(planes: Sequence[str]) -> str:
    said = [f"Python {platform.python_version()}", f"{os.cpu_count()} cores"]
    for plane in planes:
        done = subprocess.run([shutil.which(plane, path=SEARCH) or plane, "-v"], capture_output=True, text=True, check=False)
        said.append(f"{plane} {re.findall(r'[0-9]+[.][0-9]+[.][0-9]+', done.stdout + done.stderr)[0]}")
    with contextlib.suppress(OSError):
        models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        said.append(models[0].partition(": ")[2])
    return ", ".join([*said, f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"])


def main() -> None:
    parser = argparse.ArgumentParser(description="The whole program at scale, as processes.")
    parser.add_argument("--ingresses", type=int, default=10_000, help="a tenth as many Services and certificates come with them")
    parser.add_argument("--start", type=int, nargs="*", default=[2_500, 10_000], help="Ingresses for the cold start")
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--per-file", type=int, default=100, help="objects in one file")
    parser.add_argument("--plane", action="append", choices=["nginx", "haproxy"], default=[])
    parser.add_argument("--sections", nargs="*", choices=SECTIONS, default=SECTIONS)
    said = parser.parse_args()
    planes = said.plane or ["nginx", "haproxy"]
    size = Size.of(said.ingresses, per_file=said.per_file)
    print(f"`{shlex.join(['python', 'bench/scale.py', *sys.argv[1:]])}`: {versions(planes)}.")
    print(
        f"{size.ingresses} Ingresses of two paths, {size.services} Services of two endpoints, {size.certificates} certificates."
    )
    if "commands" in said.sections:
        measure_commands(size, planes)
    if "start" in said.sections:
        measure_start(said.start, planes, said.per_file)
    if "changes" in said.sections:
        measure_changes(size, planes, said.changes)


if __name__ == "__main__":
    main()
