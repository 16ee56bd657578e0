"""What a source of facts looks like to the rest of the program."""

from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from router.facts.meta import Key
from router.facts.snapshot import Snapshot


class Check(NamedTuple):
    """One line of ``/readyz?verbose``: ``message`` is a sentence that says what is known, and if not ok what is missing."""

    name: str
    ok: bool
    message: str


class Source(Protocol):
    """Where objects come from. A source knows nothing of routing."""

    @property
    def synced(self) -> bool:
        """Whether everything was read at least once, so that ``snapshot`` is whole."""

    def snapshot(self) -> Snapshot | None:
        """The newest whole snapshot, or None until the first sync. Unchanged objects keep their identity."""

    def want(self, secrets: Collection[Key]) -> bool:
        """The Secrets that the newest snapshot's objects and the settings refer to: a source need not read others.

        True if they were all looked for, so that the snapshot has what there is of them. Else there is a poke when they were.
        """

    def health(self) -> tuple[Check, ...]:
        """How the source is doing now. A check that is not ok says why; the last snapshot goes on serving."""

    async def run(self, poke: Callable[[], None]) -> None:
        """Follow the objects until cancelled. ``poke`` is called in the event loop after each change of the snapshot, and
        after the first sync."""
