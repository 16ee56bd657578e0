"""The two seams of a plane: Driver (what is particular to nginx or HAProxy) and Plane (what the spine talks to)."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from router.base.clock import Clock
from router.base.frozen import Frozen
from router.planes.bundle import Bundle, Change, Rendered, Verdict
from router.planes.voice import Heard
from router.table.types import Table


class Binary(Frozen):
    """A plane's program as it described itself. ``features``: words the driver reads from the binary's own output."""

    plane: str
    path: str
    version: tuple[int, int, int]
    features: frozenset[str] = frozenset()

    @property
    def version_text(self) -> str:
        return ".".join(str(n) for n in self.version)


class Driver(Protocol):
    """What is particular to one plane. Pure but ``probe``, ``reload`` and ``generation``; its memory changes nothing."""

    name: str
    main: str
    binary_name: str
    oldest: tuple[int, int, int]
    quit_signal: int
    """finish requests in flight, accept nothing new (nginx SIGQUIT, HAProxy SIGUSR1)"""
    stop_signal: int
    """stop now"""

    def hearing(self) -> Callable[[str], Heard] | None:
        """What understands a line of its standard error. None: it has ours."""
        ...

    def fresh(self) -> "Driver":
        """Another one, which remembers nothing of this one's tables."""
        ...

    async def probe(self, path: Path) -> Binary:
        """Run the binary's version command. TidegateError if it can not run, is another program, or is too old."""
        ...

    def assumed(self) -> Binary:
        """The oldest supported binary: what ``render`` assumes where no binary is found."""
        ...

    def render(self, table: Table, binary: Binary) -> Rendered: ...

    def read_back(self, bundle: Bundle, table: Table, binary: Binary) -> Sequence[str]:
        """Parse the bundle's text with an independent parser and compare it with the model; sentences of what differs."""
        ...

    def lighter(self, bundle: Bundle, loaded: Collection[str]) -> Bundle:
        """What the plane's own test is to see of ``bundle``, if the running plane has loaded the certificates at the paths
        ``loaded`` before. ``bundle`` itself if the test costs no less without them."""
        ...

    def check_command(self, binary: Binary, folder: Path) -> Sequence[str]:
        """The plane's own test of the bundle in ``folder``; run with cwd=folder; exit 0 is good."""
        ...

    def start_command(self, binary: Binary, live: Path, run: Path) -> Sequence[str]:
        """Start in the foreground on the bundle behind the symlink ``live``; ``run`` is for sockets and pid files."""
        ...

    def leaving(self, pid: int) -> int:
        """How many old generations of the master ``pid`` still end."""
        ...

    async def farewell(self, binary: Binary, status: str, clock: Clock) -> None:
        """Between the swap and the reload: until the old generation has told its clients that their connections end.
        ``status``: the address that every bundle has."""
        ...

    async def reload(self, pid: int, run: Path) -> Verdict:
        """Tell the running master to read ``live`` again. ok = it took the configuration, as far as it says."""
        ...

    async def settled(self, run: Path) -> bool:
        """Whether a master whose configuration serves has nothing left to do of its start or reload."""
        ...


class Plane(Protocol):
    """What the spine talks to."""

    driver: Driver
    binary: Binary

    def render(self, table: Table) -> Rendered: ...
    async def room(self) -> None:
        """Return when one more generation may be loaded."""
        ...

    async def check(self, bundle: Bundle, table: Table) -> Verdict:
        """Stage in a new folder, plane's own test, read-back. Nothing that runs is touched."""
        ...

    def holds(self, bundle: Bundle) -> bool:
        """Whether what was applied is still there: the files on disk, and a process. If not, it must be applied again."""
        ...

    async def attempt(self, table: Table) -> Verdict:
        """Render and check a table of which nothing is kept: a trial of the quarantine."""
        ...

    async def apply(self, bundle: Bundle, change: Change) -> Verdict:
        """Swap, reload, wait until the new generation serves. On failure the last good bundle runs and is on disk."""
        ...
