"""What one changed object costs from the table on: ``python bench/apply.py [HOSTS]``.

HOSTS hosts of two routes each over HOSTS/10 backends and as many certificates, made directly as a table. Each round changes one
thing and keeps every other value as it is (the very same object), as the translation does. Prints CPU seconds of our process a
step, the median of some rounds; what the planes' own tests take is not ours and not here.
"""

import datetime
import gc
import logging
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from router.base.clock import SystemClock
from router.base.digest import digest
from router.base.findings import ObjectRef, warning
from router.base.frozen import PrivateBytes
from router.certs.selfsigned import make
from router.cli import inputs
from router.planes.store import Store
from router.reconcile import Reconciler
from router.report.metrics import Exposition
from router.report.status import Status
from router.settings import DEFAULTS
from router.table import from_settings
from router.table.hosts import HostKind, HostPattern
from router.table.routes import Forward, Match, Origin, PathMatch, Policy, Route, WeightedBackend
from router.table.types import Backend, Endpoint, SniBinding, Table, VirtualHost

T = TypeVar("T")
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
ROUNDS = 5
POLICY = Policy()
REDIRECTED = Policy(https_redirect=301)


def backend(n: int, first: str = "10.0") -> Backend:
    ends = tuple(Endpoint(address=f"{net}.{n // 250}.{n % 250}", port=8080) for net in (first, "10.1"))
    service = ObjectRef(kind="Service", namespace=f"team-{n % 10}", name=f"svc-{n}")
    return Backend(id=digest("backend", str(n)), label=f"team-{n % 10}/svc-{n}:80", service=service, endpoints=ends)


def host(n: int, backends: int, first: str = "/api/v1") -> VirtualHost:
    name = HostPattern(kind=HostKind.EXACT, name=f"app-{n}.example.com")
    ref = ObjectRef(kind="Ingress", namespace=f"team-{n % backends % 10}", name=f"ing-{n}")
    to = Forward(backends=(WeightedBackend(backend=digest("backend", str(n % backends))),))
    routes = tuple(
        Route(
            id=digest("route", str(n), path),
            origin=Origin(dialect="ingress", object=ref, rule=f"rules[0].paths[{at}]"),
            match=Match(path=PathMatch(value=path)),
            action=to,
            policy=REDIRECTED if n < backends else POLICY,
        )
        for at, path in enumerate((first, "/"))
    )
    return VirtualHost(host=name, listeners=("http", "https"), routes=routes, owner=ref.namespace)


def table_of(hosts: int) -> Table:
    count = max(hosts // 10, 1)
    pair = make(NOW)
    certificates = [
        msgspec.structs.replace(
            pair, id=digest("c", str(n), length=64), source=f"Secret team-{n % 10}/tls-{n}", names=(f"app-{n}.example.com",)
        )
        for n in range(count)
    ]
    bindings = [
        SniBinding(host=HostPattern(kind=HostKind.EXACT, name=f"app-{n}.example.com"), certificate=c.id)
        for n, c in enumerate(certificates)
    ]
    certificates = [
        msgspec.structs.replace(c, key=PrivateBytes(c.key.reveal() + f"\n# {n}\n".encode())) for n, c in enumerate(certificates)
    ]
    return Table(
        listeners=from_settings.listeners(DEFAULTS),
        hosts=tuple(sorted((host(n, count) for n in range(hosts)), key=lambda v: v.host.preference)),
        backends=tuple(sorted((backend(n) for n in range(count)), key=lambda b: (b.label, b.id))),
        certificates=tuple(sorted((*certificates, pair), key=lambda c: c.id)),
        sni=tuple(sorted(bindings)),
        default_certificate=pair.id,
        globals=from_settings.globals_of(DEFAULTS),
    )


def replaced(values: tuple[T, ...], at: int, new: T) -> tuple[T, ...]:
    return (*values[:at], new, *values[at + 1 :])


def changes(table: Table, count: int) -> Iterator[tuple[str, Table]]:
    """(what changed, the table with it), each on top of the one before."""
    for n in range(ROUNDS):
        at = (n + 1) * len(table.hosts) // (ROUNDS + 1)
        number = int(table.hosts[at].host.name.split(".")[0].removeprefix("app-"))
        table = msgspec.structs.replace(table, hosts=replaced(table.hosts, at, host(number, count, f"/changed/{n}")))
        yield "host", table
        at = (n + 1) * len(table.backends) // (ROUNDS + 1)
        old = table.backends[at]
        new = msgspec.structs.replace(old, endpoints=(*old.endpoints, Endpoint(address=f"10.9.9.{n}", port=80)))
        table = msgspec.structs.replace(table, backends=replaced(table.backends, at, new))
        yield "backend", table
        at = (n + 1) * len(table.certificates) // (ROUNDS + 1)
        old_pair = table.certificates[at]
        text = PrivateBytes(old_pair.key.reveal() + b"#\n")
        identity = digest("renewed", old_pair.id, str(n), length=64)
        new_pair = msgspec.structs.replace(old_pair, id=identity, key=text)
        certificates = sorted(replaced(table.certificates, at, new_pair), key=lambda c: c.id)
        sni = tuple(msgspec.structs.replace(s, certificate=new_pair.id) if s.certificate == old_pair.id else s for s in table.sni)
        default = new_pair.id if table.default_certificate == old_pair.id else table.default_certificate
        table = msgspec.structs.replace(table, certificates=tuple(certificates), sni=sni, default_certificate=default)
        yield "certificate", table


class Clocked:
    """CPU seconds by (what changed, step)."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.steps: dict[str, None] = {}

    def time(self, what: str, step: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        made = work()
        self.taken[what, step].append(time.process_time() - start)
        self.steps.setdefault(step)
        return made


def one_pass(clocked: Clocked, what: str, table: Table, loop: Reconciler, store: Store) -> None:
    """What the spine does with a new table, but for the plane's own part."""
    driver, binary, status = loop._plane.driver, loop._plane.binary, loop.status
    rendered = clocked.time(what, "render", lambda: driver.render(table, binary))
    said = tuple(warning(v.routes[0].origin.object, "f", "Why", "A sentence.") for v in table.hosts[::10])
    clocked.time(what, "tell", lambda: loop._tell((*said, *rendered.findings)))
    clocked.time(what, "status", lambda: status.built(table, rendered.bundle.generation, 0.0))
    wrong = clocked.time(what, "read back", lambda: driver.read_back(rendered.bundle, table, binary))
    assert not wrong, wrong
    clocked.time(what, "stage", lambda: store.stage(rendered.bundle))
    clocked.time(what, "swap, prune", lambda: (store.swap(rendered.bundle.generation), store.prune()))
    clocked.time(what, "log", lambda: loop._serves(table, rendered.bundle))
    loop.live = rendered.bundle


def measure(name: str, hosts: int, folder: Path) -> None:
    driver, binary, _ = inputs.find_plane(name, DEFAULTS)
    store = Store(folder, name)
    store.open()
    plane = type("Bare", (), {"driver": driver, "binary": binary})()
    source = type("Bare", (), {"synced": True, "health": lambda self: ()})()
    status = Status(source, name, "0", 60)
    loop = Reconciler(source, plane, None, SystemClock(), status, DEFAULTS)  # type: ignore[arg-type]
    clocked = Clocked()
    table = table_of(hosts)
    one_pass(clocked, "first", table, loop, store)
    metrics = Exposition(status, SystemClock())
    gc.collect()
    for what, changed in changes(table, max(hosts // 10, 1)):
        one_pass(clocked, what, changed, loop, store)
        clocked.time(what, "scrape", metrics.text)
    print(f"\n{name} {binary.version_text}, ms of CPU: median (worst) of {ROUNDS}")
    print(f"{'':12}" + "".join(f"{w:>20}" for w in ("first", "host", "backend", "certificate")))
    for step in clocked.steps:
        row = [clocked.taken.get((what, step), [0.0]) for what in ("first", "host", "backend", "certificate")]
        print(f"{step:12}" + "".join(f"{statistics.median(r) * 1000:>11.1f} ({max(r) * 1000:5.1f})" for r in row))
    sums = [
        sum(statistics.median(t) for (w, _), t in clocked.taken.items() if w == what)
        for what in ("first", "host", "backend", "certificate")
    ]
    print(f"{'sum':12}" + "".join(f"{s * 1000:>11.1f}{'':8}" for s in sums), flush=True)
    store.close()


def main() -> None:
    logging.disable()
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{platform.python_version()}, {os.cpu_count()} cores, {hosts} hosts")
    for name in ("nginx", "haproxy"):
        with tempfile.TemporaryDirectory() as folder:
            measure(name, hosts, Path(folder))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
