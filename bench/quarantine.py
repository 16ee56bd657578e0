"""How long it takes to find objects that the plane refuses: ``python bench/quarantine.py [ROUTES] [GUILTY] [nginx|haproxy]``.

The plane's real program is wrapped in a script whose test refuses bundles that hold a marker; random Ingresses carry it.
Prints trials and seconds: when nothing is known to be good, when only the guilty changed, and one single change.
"""

import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from router.base.clock import SystemClock
from router.base.log import configure
from router.cli import inputs
from router.facts.snapshot import Snapshot
from router.planes.bundle import Verdict
from router.planes.check import try_table
from router.planes.plane import Binary, Driver
from router.quarantine.keeper import Limits, Quarantine
from router.quarantine.search import most_trials
from router.settings import DEFAULTS
from router.sources.directory import DirectorySource
from router.table.types import Table
from router.translate import translate

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.build import NOW
from bench.world import Size, write
from tests.support.faulty_binary import faulty

MARKER = "66601ms"
REFUSED = Verdict(ok=False, problems=("the whole table",), refused=True)


class Attempts:
    """A plane as far as the quarantine uses it."""

    def __init__(self, driver: Driver, binary: Binary, scratch: Path) -> None:
        self._driver, self._binary, self._scratch = driver.fresh(), binary, scratch
        self.routes = 0

    async def attempt(self, table: Table) -> Verdict:
        self.routes += sum(len(v.routes) for v in table.hosts)
        return await try_table(self._driver, self._binary, table, self._scratch)


def of_one_path(snapshot: Snapshot) -> Snapshot:
    """Each Ingress with its first path only: as many routes as Ingresses."""
    made = {}
    for key, ingress in snapshot.ingresses.items():
        (rule,) = ingress.spec.rules or ()
        assert rule.http
        http = msgspec.structs.replace(rule.http, paths=rule.http.paths[:1])
        spec = msgspec.structs.replace(ingress.spec, rules=(msgspec.structs.replace(rule, http=http),))
        made[key] = msgspec.structs.replace(ingress, spec=spec)
    return msgspec.structs.replace(snapshot, ingresses=made)


def marked(snapshot: Snapshot, names: set[str]) -> Snapshot:
    """The same with a read timeout for these Ingresses that the wrapper knows."""
    made = {}
    for key, ingress in snapshot.ingresses.items():
        if ingress.metadata.name in names:
            meta = msgspec.structs.replace(ingress.metadata, annotations={"tidegate.dev/read-timeout": MARKER})
            ingress = msgspec.structs.replace(ingress, metadata=meta)  # noqa: PLW2901
        made[key] = ingress
    return msgspec.structs.replace(snapshot, ingresses=made)


async def search(  # noqa: PLR0917
    name: str, good: Table, bad: Table, snapshot: Snapshot, guilty: set[str], plane: Attempts
) -> None:
    held = Quarantine(plane, "plane", SystemClock(), Limits(trials=5000, seconds=600))
    held._good = good
    start, before = time.perf_counter(), plane.routes
    await held.look(bad, snapshot, REFUSED)
    seconds = time.perf_counter() - start
    found = {ref.name for ref in held.held}
    right = "exactly they" if found == guilty else f"WRONG: {sorted(found ^ guilty)}"
    tried = f"{held.trials:5} trials {plane.routes - before:7} routes tried {seconds:7.2f} s"
    print(f"{name:30} {tried}, found {len(found)}: {right}", flush=True)


async def measure(driver: Driver, binary: Binary, snapshot: Snapshot, guilty: set[str], work: Path) -> None:
    wrapped = msgspec.structs.replace(binary, path=str(faulty(work, binary.path, MARKER)))
    plane = Attempts(driver, wrapped, work / "trial")
    one = {next(iter(sorted(guilty)))}
    clean = inputs.with_default(translate(snapshot, DEFAULTS, NOW).table)
    many, single = (inputs.with_default(translate(marked(snapshot, some), DEFAULTS, NOW).table) for some in (guilty, one))
    start = time.perf_counter()
    assert (await plane.attempt(clean)).ok
    print(f"{driver.name} {binary.version_text}: one test of the whole table {time.perf_counter() - start:.2f} s")
    await search("  nothing is known to be good", Table(), many, snapshot, guilty, plane)
    await search("  only the guilty changed", clean, many, snapshot, guilty, plane)
    await search("  one changed", clean, single, snapshot, one, plane)


def main() -> None:
    count, bad = (int(x) for x in (*sys.argv[1:3], *("10000", "20")[len(sys.argv[1:3]) :]))
    configure(level="error")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {count} routes, {bad} guilty")
    print(f"at most {most_trials(count, bad)} trials for single objects")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "in").mkdir()
        write(work / "in", Size.of(count, certificates=False))
        snapshot = of_one_path(DirectorySource([str(work / "in")]).load())
        guilty = set(random.Random(4).sample(sorted(name for _, name in snapshot.ingresses), bad))
        for plane in sys.argv[3:] or ("nginx", "haproxy"):
            driver, binary, there = inputs.find_plane(plane, DEFAULTS)
            if there:
                asyncio.run(measure(driver, binary, snapshot, guilty, work))


if __name__ == "__main__":
    main()
