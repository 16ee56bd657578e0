"""The own-write barrier: an object is not decided on before the caches show everything that was written for it.

A watch may be late by seconds. Whoever decides from what it showed before, does again what is done already. So each write
leaves a debt here, and the debt goes when the cache has seen at least that much. Two kinds of debts: a resource version, which
the cache of that kind must reach (or a list that began after the write); and the uid of what was deleted, which must be gone
or ending.
"""

from collections.abc import Callable
from typing import TypeVar

from router.base.frozen import Frozen
from router.facts.meta import Key

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds after which a delete whose answer was lost counts as one that never arrived."""


class Read(Frozen):
    """How much a cache has seen. ``version``: 0 if not known; ``listed``: monotonic, when its newest whole list began."""

    version: int
    listed: float


class _Debt(Frozen):
    kind: str
    version: int
    at: float


class Barrier:
    """Owners are keys of the objects that are decided on; kinds are names of caches. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._versions: dict[Key, dict[str, _Debt]] = {}
        self._deleted: dict[Key, dict[str, float]] = {}
        self.waits = 0
        """how often somebody was told to wait"""

    def wrote(self, owner: Key, kind: str, version: str, now: float) -> None:
        """A write was answered with this resource version. One that is no number can only be seen by a list."""
        number = int(version) if version.isascii() and version.isdigit() else 0
        known = self._versions.setdefault(owner, {}).get(kind)
        if known is None or number >= known.version or number == 0:
            self._versions[owner][kind] = _Debt(kind=kind, version=number, at=now)

    def deleted(self, owner: Key, uid: str, now: float, *, answered: bool = True) -> None:
        """A delete was sent. ``answered``: whether a good answer came; if not, nobody waits for ever."""
        self._deleted.setdefault(owner, {})[uid] = float("inf") if answered else now + PATIENCE

    def kept(self, owner: Key, uid: str) -> None:
        """The delete was refused."""
        left = {name: until for name, until in self._deleted.get(owner, {}).items() if name != uid}
        _keep(self._deleted, owner, left)

    def forget(self, owner: Key) -> None:
        """The object is gone, or another one of its name has come."""
        self._versions.pop(owner, None)
        self._deleted.pop(owner, None)

    def open(self, owner: Key, read: Callable[[str], Read], there: Callable[[str], bool], now: float) -> bool:
        """Whether the caches show all that was written for ``owner``. ``there``: whether a uid is shown as there, not ending."""
        self._open_versions(owner, read)
        self._open_deleted(owner, there, now)
        closed = owner in self._versions or owner in self._deleted
        self.waits += closed
        return not closed

    def _open_versions(self, owner: Key, read: Callable[[str], Read]) -> None:
        left = {kind: debt for kind, debt in self._versions.get(owner, {}).items() if not _seen(debt, read(kind))}
        _keep(self._versions, owner, left)

    def _open_deleted(self, owner: Key, there: Callable[[str], bool], now: float) -> None:
        left = {uid: until for uid, until in self._deleted.get(owner, {}).items() if there(uid) and now < until}
        _keep(self._deleted, owner, left)


def _seen(debt: _Debt, read: Read) -> bool:
    return bool(debt.version and read.version >= debt.version) or read.listed > debt.at


def _keep(debts: dict[Key, dict[str, T]], owner: Key, left: dict[str, T]) -> None:
    if left:
        debts[owner] = left
    else:
        debts.pop(owner, None)
