"""A bundle: the files of one configuration, with modes and digests. Works wherever it is put."""

import enum
import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from router.base.faults import Fault
from router.base.findings import Finding
from router.base.frozen import Frozen, PrivateBytes


class File(Frozen):
    """``path`` is relative to the bundle, made of our own names and digests. Private content is never printed.

    ``digest``: sha256 (hex) of the content; it is always made here, once for each value, whatever is given.
    """

    path: str
    content: bytes | PrivateBytes
    mode: int = 0o644
    digest: str = ""

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if not parts or self.path.startswith("/") or ".." in parts:
            raise ValueError(f"{self.path!r} leaves the bundle")
        msgspec.structs.force_setattr(self, "digest", hashlib.sha256(self.data).hexdigest())

    @property
    def data(self) -> bytes:
        return self.content.reveal() if isinstance(self.content, PrivateBytes) else self.content

    @property
    def private(self) -> bool:
        return isinstance(self.content, PrivateBytes)


def flag_path(generation: str) -> str:
    """The generation's flag: an empty file of the bundle that is there while the generation is live and not ending.

    nginx' workers look for it at each request, in their document root, behind the symlink ``live``. Those that do not find it
    belong to an old generation, and let no client keep its connection.
    """
    return f"html/{generation}"


class Bundle(Frozen):
    """``main``: ``nginx.conf`` or ``haproxy.cfg`` at the root. ``generation``: digest of all files but the marker of the
    generation itself; equal tables give equal generations. ``files`` sorted by path."""

    plane: str
    main: str
    generation: str
    files: tuple[File, ...]


def without_files(bundle: Bundle) -> Bundle:
    """What is to be remembered of a bundle that stands on disk: enough to say whether another one differs (change_between)."""
    return msgspec.structs.replace(bundle, files=())


def generation_of(lines: Iterable[str], main: str, digest: str) -> str:
    """The generation of a bundle: ``lines`` are those of its files (``lines_of``) but ``main``, of which ``digest`` is the sha256
    as long as it says no generation."""
    return hashlib.sha256("".join(sorted([*lines, _line(main, 0o644, digest)])).encode()).hexdigest()[:12]


def lines_of(files: Iterable[File]) -> tuple[str, ...]:
    """What the generation is made of, for each file."""
    return tuple(_line(f.path, f.mode, f.digest) for f in files)


def _line(path: str, mode: int, digest: str) -> str:
    return f"{path}\0{mode}\0{digest}\0"


class Rendered(Frozen):
    """``render``'s answer: the bundle, what this plane can not do for whom (findings for the owners), and bugs of ours that
    rendering met (they stand in ``findings`` too)."""

    bundle: Bundle
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


class Change(enum.IntEnum):
    """How big a change is, before touching anything: a pure function of the old and the new bundle."""

    NOTHING = 0
    LIVE = 1
    RELOAD = 2


class Verdict(Frozen):
    """Whether a check or an apply worked. ``problems``: sentences, the plane's own words included, in order. ``refused``: a check
    failed because of what the bundle says, as far as can be told, and not because of the machine (disk, time, program)."""

    ok: bool
    problems: tuple[str, ...] = ()
    generation: str = ""
    refused: bool = False


def change_between(live: Bundle | None, new: Bundle) -> Change:
    """NOTHING if every file is the same, else RELOAD. (LIVE comes with the runtime APIs.)"""
    if live is not None and live.generation == new.generation and live.plane == new.plane:
        return Change.NOTHING
    return Change.RELOAD
