"""A plane that refuses what it is told to refuse, without a process; and a spine that drives it over real objects."""

import contextlib
import datetime
import json
from collections.abc import Callable, Iterable, Iterator

from router.base.findings import ObjectRef
from router.facts.snapshot import Snapshot
from router.planes.bundle import Bundle, Verdict
from router.quarantine.keeper import LIMITS, Limits, Quarantine
from router.reconcile import Reconciler
from router.report.status import Status
from router.settings import DEFAULTS
from router.table.explain import Request, explain
from router.table.routes import Forward, Route
from router.table.types import Table
from router.translate import Translation, translate
from tests.flow.conftest import FakeSource
from tests.support.clock import FakeClock
from tests.support.fake_plane import FakePlane
from tests.support.manifests import NOW, snapshot
from tests.support.shops import shop

Wrong = Callable[[Table], str]
"""What the plane says about a table; empty if it is good."""


class PickyPlane(FakePlane):
    """``wrong``: looked at in every check and trial. ``machine``: what is wrong with the machine. ``tables``: what was tried."""

    def __init__(self, clock: FakeClock, seconds: float = 0.01) -> None:
        super().__init__()
        self.wrong: list[Wrong] = []
        self.machine = ""
        self.tables: list[Table] = []
        self._clock, self._seconds = clock, seconds

    async def check(self, made: Bundle, table: Table) -> Verdict:
        self.checks += 1
        return self._verdict(table)

    async def attempt(self, table: Table) -> Verdict:
        self.tables.append(table)
        self._clock.pass_(self._seconds)
        return self._verdict(table)

    def _verdict(self, table: Table) -> Verdict:
        if self.machine:
            return Verdict(ok=False, problems=(self.machine,))
        said = tuple(text for wrong in self.wrong if (text := wrong(table)))
        return Verdict(ok=not said, problems=said, refused=bool(said))


def routes(table: Table) -> Iterator[Route]:
    return (route for virtual in table.hosts for route in virtual.routes)


def asks(path: str) -> Wrong:
    """Refused while it is forwarded: the shut route is good."""

    def wrong(table: Table) -> str:
        return f"bad {path}" if any(r.match.path.value == path and isinstance(r.action, Forward) for r in routes(table)) else ""

    return wrong


def names(path: str) -> Wrong:
    """Refused however it is answered."""
    return lambda table: f"bad name {path}" if any(r.match.path.value == path for r in routes(table)) else ""


def both(one: str, other: str) -> Wrong:
    def wrong(table: Table) -> str:
        found = {r.match.path.value for r in routes(table) if isinstance(r.action, Forward)}
        return f"{one} and {other}" if {one, other} <= found else ""

    return wrong


class PickySpine:
    """A reconciler over shops. ``says`` replaces what the source says."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.clock, self.source = FakeClock(), FakeSource()
        self.plane = PickyPlane(self.clock)
        self.status = Status(self.source, "picky", "0")
        self.status.running = lambda: True
        self.loop = Reconciler(self.source, self.plane, self.translate, self.clock, self.status, DEFAULTS)
        self.loop._quarantine = Quarantine(self.plane, "picky", self.clock, limits)

    def translate(self, snapshot: Snapshot, now: datetime.datetime) -> Translation:
        return translate(snapshot, DEFAULTS, NOW)

    def says(self, *objects: Iterable[dict[str, object]]) -> None:
        self.source.now = snapshot("\n---\n".join(json.dumps(item) for group in objects for item in group))

    def shops(self, count: int, **other: str) -> None:
        """``other``: path of the deny of shop N as ``shopN``."""
        self.says(*(shop(n, path=other.get(f"shop{n}", "/admin")) for n in range(count)))

    async def passes(self, most: int = 20) -> int:
        """Passes until nobody asks for another one; how many it took."""
        for count in range(1, most + 1):
            self.loop.mailbox._poked.clear()
            await self.loop.once()
            if not self.loop.mailbox._poked.is_set():
                return count
        raise AssertionError(f"still not done after {most} passes")

    @property
    def held(self) -> dict[str, str]:
        """Object -> reason of the finding."""
        reasons = ("RefusedByPlane", "RefusedTogether", "Suspected")
        return {str(f.object): f.reason for f in self.status.findings if f.reason in reasons}

    def answer(self, number: int, path: str = "/") -> int:
        """What a client of the shop gets; 0: the app answers."""
        with contextlib.suppress(KeyError):
            return explain(self.status.table, Request(host=f"h{number}.example.com", path=path, client="10.0.0.1")).status
        return -1


def deny(number: int) -> str:
    return str(ObjectRef(kind="Ingress", namespace=f"shop{number}", name="admin"))
