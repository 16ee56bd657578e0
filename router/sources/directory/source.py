"""A folder of manifests as a source: read whole, watched, and the last good version of everything kept."""

import asyncio
import hashlib
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec
import watchfiles

from router.base.clock import Clock, SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding, Location, Severity, printable
from router.base.frozen import Frozen
from router.base.log import Logger
from router.facts.meta import Key
from router.facts.snapshot import Snapshot
from router.sources.directory import objects, tree
from router.sources.directory.documents import MAX_FILE
from router.sources.directory.objects import Content, Others, nothing
from router.sources.directory.sheets import Assembly, Sheet, sheet
from router.sources.directory.tree import Stamp, Tree
from router.sources.source import Check

log = Logger(__name__)

LOOK_AGAIN_MS = 1000
"""The folder is read again so long after a change, and after a watch began, for what happened in between."""
LOOK_ANYWAY = 30
"""... and after so many quiet seconds, for what a watch can not see: NFS, a renamed folder far above."""
_RETRY = 5.0


class _Held(Frozen):
    """A file as it was read last. ``sheet`` is what serves; ``good``: the last version in which every document parsed."""

    stamp: Stamp | None
    digest: bytes
    sheet: Sheet
    good: Content | None


class DirectorySource:
    """Facts of manifests under ``paths``: files, folders, ``-`` for standard input. Satisfies ``sources.source.Source``.

    A given path that vanishes keeps serving what it held; a file that no longer parses serves its last good version. A file
    that is gone, an empty folder, an object that no longer decodes: these are real changes.
    """

    def __init__(self, paths: Sequence[str], clock: Clock | None = None, others: Others = nothing) -> None:
        self._paths = tuple(path if path == tree.STDIN else str(Path(path)) for path in paths)
        self._clock, self._others = clock or SystemClock(), others
        self._tree = Tree()
        self._files: dict[str, _Held] = {}
        self._streams: dict[str, Sheet] = {}
        self._assembly = Assembly()
        self._snapshot: Snapshot | None = None
        self._polling = False

    @property
    def synced(self) -> bool:
        return self._snapshot is not None

    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    def want(self, secrets: Collection[Key]) -> bool:
        """Files have been read, whoever refers to them."""
        return True

    def load(self) -> Snapshot:
        """Read everything now. TidegateError if a given path can not be read."""
        self._look()
        for path, why in self._tree.lost.items():
            if path in self._paths:
                raise TidegateError(f"can not read {printable(path)}: {why}; give a file or folder that exists with -f")
        assert self._snapshot is not None
        return self._snapshot

    def health(self) -> tuple[Check, ...]:
        if not self.synced:
            return (Check("manifests", False, "the manifests have not been read yet"),)
        if lost := ", ".join(printable(path) for path in self._tree.lost):
            return (Check("manifests", False, f"{lost} can not be read; what was there last goes on serving"),)
        return (Check("manifests", True, f"{len(self._files) + len(self._streams)} files read"),)

    async def run(self, poke: Callable[[], None]) -> None:
        """Watch until cancelled. The first read is ``load``, with its TidegateError."""
        if not self.synced:
            await asyncio.to_thread(self.load)
        poke()
        while True:
            try:
                await self._watch(poke)
            except FileNotFoundError:
                await self._refresh(poke)  # a folder went between the look and the watch
            except (OSError, RuntimeError) as wrong:
                log.warning("can not watch the manifests, looking at them every few seconds instead", error=wrong)
                if self._polling:
                    await self._clock.sleep(_RETRY)
                    await self._refresh(poke)
                self._polling = True
            except Exception:
                log.exception("a fault of Tidegate's own while reading the manifests; what was read last goes on serving")
                await self._clock.sleep(_RETRY)

    async def _watch(self, poke: Callable[[], None]) -> None:
        """Until the folders to watch are others, look at each change; the first look comes when the watch is there."""
        watched, quiet = self._tree.watched, 0
        changes = watchfiles.awatch(
            *watched,
            watch_filter=lambda _, path: self._tree.concerns(path),
            recursive=False,
            rust_timeout=LOOK_AGAIN_MS,
            yield_on_timeout=True,
            force_polling=self._polling or None,
            poll_delay_ms=LOOK_AGAIN_MS,
            ignore_permission_denied=True,
        )
        async with aclosing(changes):
            async for seen in changes:
                quiet = 0 if seen else quiet + 1
                if seen or quiet == 1:
                    await self._refresh(poke, {path for _, path in seen})
                elif quiet % LOOK_ANYWAY == 0:
                    await self._refresh(poke)
                if self._tree.watched != watched:
                    return

    async def _refresh(self, poke: Callable[[], None], written: Collection[str] | None = None) -> None:
        before, lost = self._snapshot, set(self._tree.lost)
        await asyncio.to_thread(self._look, written)
        for path in sorted(self._tree.lost.keys() - lost):
            log.warning("can not be read; what was there last goes on serving", path=path, error=self._tree.lost[path])
        for path in sorted(lost - self._tree.lost.keys()):
            log.info("can be read again", path=path)
        if self._snapshot is not before:
            poke()

    def _look(self, written: Collection[str] | None = None) -> None:
        """Read what changed; ``_snapshot`` is replaced only if it says something else. ``written``: real paths that a watch saw;
        other files are read only if their stamp is another one. None: all are read, for what neither watch nor stamps tell."""
        self._tree = tree.scan(self._paths)
        self._files = self._read_files(written)
        old = self._snapshot or Snapshot()
        for path, name in self._tree.streams.items():
            if path not in self._streams:
                self._streams[path] = sheet(objects.read(name, _first_bytes(path), self._others), old)
        sheets = [*self._streams.values(), *(held.sheet for held in self._files.values())]
        self._snapshot = self._assembly.of(sheets, self._unlisted(), self._snapshot)

    def _read_files(self, written: Collection[str] | None) -> dict[str, _Held]:
        """What is held of every file now, in order. Files in a place that is lost are held as they were, where they were."""
        files: dict[str, _Held] = {}
        for name, path in self._tree.files:
            held = self._files.get(name)
            if held is None or written is None or path in written or held.stamp != self._tree.stamps[name]:
                held = self._read_file(name, path, held)
            if held:
                files[name] = held
        if not self._tree.lost:
            return files
        kept = {n: h for n, h in self._files.items() if any(Path(n).is_relative_to(lost) for lost in self._tree.lost)}
        both = kept | files
        return {name: both[name] for name in (*self._files, *files) if name in both}

    def _read_file(self, name: str, path: str, old: _Held | None) -> _Held | None:
        try:
            return self._held(name, _first_bytes(path), old)
        except FileNotFoundError as wrong:
            if name in self._paths:
                self._tree.lost[name] = str(wrong.strerror)
            return None
        except OSError as wrong:
            said = _not_readable(name, f"this file can not be read: {wrong.strerror}")
            content = msgspec.structs.replace(old.sheet.content if old else Content(), findings=(said,))
            return self._made(None, b"", content, old.good if old else None)

    def _held(self, name: str, data: bytes, old: _Held | None) -> _Held:
        digest, stamp = hashlib.sha256(data).digest(), self._tree.stamps[name]
        if old and old.digest == digest:
            return old if old.stamp == stamp else msgspec.structs.replace(old, stamp=stamp)
        content = objects.read(name, data, self._others)
        if old and content.faults:
            lost = {fault.object for fault in content.faults}
            kept = (placed for placed in old.sheet.content.objects if placed.fact.ref in lost)
            content = msgspec.structs.replace(content, objects=(*content.objects, *kept))
        if not content.broken:
            return self._made(stamp, digest, content, content)
        good = old.good if old else None
        if good:
            said = tuple(_still_serving(finding) for finding in content.findings if finding.severity is Severity.ERROR)
            content = msgspec.structs.replace(content, objects=good.objects, findings=said)
        return self._made(stamp, digest, content, good)

    def _made(self, stamp: Stamp | None, digest: bytes, content: Content, good: Content | None) -> _Held:
        return _Held(stamp=stamp, digest=digest, sheet=sheet(content, self._snapshot or Snapshot()), good=good)

    def _unlisted(self) -> list[Finding]:
        """Folders inside a given path that may not be entered. A given path itself is the operator's matter: log and health."""
        inner = {path: why for path, why in self._tree.lost.items() if path not in self._paths}
        return [_not_readable(path, f"this folder can not be read: {why}") for path, why in inner.items()]


def _still_serving(finding: Finding) -> Finding:
    message = f"{finding.message}; the file's last good version goes on serving"
    return msgspec.structs.replace(finding, message=message)


def _not_readable(path: str, message: str) -> Finding:
    return Finding(severity=Severity.ERROR, reason="NotReadable", message=message, location=Location(file=path))


def _first_bytes(path: str) -> bytes:
    """As much as a file may have, and one byte more, so that too large a file is seen to be."""
    if path == tree.STDIN:
        return sys.stdin.buffer.read(MAX_FILE + 1)
    with Path(path).open("rb") as file:
        return file.read(MAX_FILE + 1)
