"""Bundles on disk: staged in a folder of their own, swapped in by renaming one symlink, the last few kept.

STATE/PLANE/bundles/GENERATION/   the files of a bundle
STATE/PLANE/bundles/GENERATION.json   what they should be: mode and sha256 by path
STATE/PLANE/live -> bundles/GENERATION
STATE/PLANE/trial/                a small bundle on trial, for a moment
STATE/PLANE/run/                  sockets, the record of the running plane, and what it says
STATE/PLANE/staging/              a bundle while it is written
STATE/PLANE/spare/                an old bundle, of which the next one is made: most of its files are the same

Bundles share files that are the same (hard links), so one changed object costs the files that it changes, however many there are.
"""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from router.base.errors import TidegateError
from router.base.frozen import Frozen, PrivateBytes
from router.planes.bundle import Bundle, File, flag_path
from router.planes.staging import Listed, Listing, Standing, fill, sync, write_file

MARKER = ".tidegate-bundle"
LOCK = "lock"
CERTIFICATES = "certs/"


class Manifest(Frozen):
    """What a staged bundle should hold."""

    plane: str
    main: str
    generation: str
    files: tuple[Listed, ...]


def write_files(bundle: Bundle, folder: Path) -> None:
    """All files of ``bundle`` below ``folder``, for a look or a test: a crash may lose them. No symlink at or below ``folder`` is
    followed: OSError, so that nothing is written elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in bundle.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if any(p.is_symlink() for p in path.parents if p.is_relative_to(folder)):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path.parent))
        path.unlink(missing_ok=True)
        write_file(file, path)


def replace_folder(bundle: Bundle, folder: Path) -> None:
    """``folder`` becomes the bundle. TidegateError if it holds something that is not a bundle of ours."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).exists())):
        raise TidegateError(f"{folder} is not a bundle of ours; name an empty or a new folder")
    fresh = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)  # new, and no symlink that somebody put there
        fill(Standing(folder=fresh, files={}), bundle)
        (fresh / MARKER).write_text(bundle.generation + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    except OSError as failure:
        raise TidegateError(f"{folder} can not be written: {failure.strerror}") from failure


class Store:
    """The bundles of one plane in one state folder. One process owns it: ``lock`` makes sure."""

    def __init__(self, state: Path, plane: str, keep: int = 5, owner: int | None = None) -> None:
        self.root = state / plane
        self.bundles, self.live, self.run = self.root / "bundles", self.root / "live", self.root / "run"
        self.scratch = self.root / "trial"
        self._keep, self._owner = max(keep, 2), owner
        self._lock = -1
        self._known: dict[str, Listing] = {}
        """by generation, what this process wrote or verified: only that is linked or made over"""
        self._spare: Listing | None = None
        self._carried: dict[str, Listing] = {}
        """by generation, what is there for old workers only"""

    def open(self) -> None:
        """Make the folders and take the lock. TidegateError if either is impossible."""
        try:
            for folder in (self.bundles, self.run):
                folder.mkdir(parents=True, exist_ok=True)
            self._reachable()
            self._lock = os.open(self.root / LOCK, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in (self.root / "staging", self.root / "spare"):
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            raise TidegateError(
                f"another Tidegate uses the state folder {self.root.parent}; name another one with --state"
            ) from None
        except OSError as failure:
            raise TidegateError(
                f"the state folder {self.root.parent} can not be written: {failure.strerror}; see --state"
            ) from failure

    def _reachable(self) -> None:
        """Workers of another user read pages and certificates: every folder on the way must let them through."""
        if self._owner is None:
            return
        closed = [p for p in (self.root, *self.root.resolve().parents) if not p.stat().st_mode & 0o001]
        if closed:
            why = f"the plane's workers run as another user and can not pass {closed[-1]}"
            raise TidegateError(f"{why}: `chmod o+x {closed[-1]}`, or name another folder with --state")

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def folder(self, generation: str) -> Path:
        return self.bundles / generation

    def stage(self, bundle: Bundle) -> Path:
        """The folder of the bundle, written and on disk; what stood there under the same name is replaced unless it is live."""
        if not ((self.root / LOCK).exists() and self.bundles.is_dir()):  # somebody removed the folder while we run
            self.close()
            self.open()
        generation, live = bundle.generation, self.live_generation()
        folder = self.folder(generation)
        if generation == live and self.read(generation):
            return folder
        fresh = self._begun(generation)
        known = fill(fresh, bundle, Standing(folder=self.folder(live), files=self._known.get(live, {})), self._owner)
        if folder.is_symlink():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        self._carried[generation] = carried = self._carry_over(fresh.folder, live, known)
        fresh.folder.rename(folder)
        self._known[generation] = {**known, **carried}
        manifest = Manifest(plane=bundle.plane, main=bundle.main, generation=generation, files=tuple(known.values()))
        self._manifest(generation).write_bytes(msgspec.json.encode(manifest))
        sync(self._manifest(generation))
        sync(self.bundles)
        return folder

    def loaded(self, bundle: Bundle) -> frozenset[str]:
        """Paths of private files that are in the live bundle as well, the very same."""
        live = self._known.get(self.live_generation(), {})
        return frozenset(f.path for f in bundle.files if f.private and (old := live.get(f.path)) and old.sha256 == f.digest)

    @contextlib.contextmanager
    def beside(self, bundle: Bundle, staged: str) -> Iterator[Path]:
        """The folder ``trial`` with ``bundle``, most of whose files are those of the staged generation."""
        known = self._known.get(staged, {})
        shutil.rmtree(self.scratch, ignore_errors=True)
        try:
            fill(Standing(folder=self.scratch, files={}), bundle, Standing(folder=self.folder(staged), files=known), self._owner)
            yield self.scratch
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _carry_over(self, folder: Path, live: str, wanted: Listing) -> Listing:
        """Certificates of the live bundle that this one has not: nginx' old workers read theirs behind ``live``. What the live
        one carried itself ends with it."""
        known, carried = self._known.get(live, {}), self._carried.get(live, {})
        old = {
            path: file
            for path, file in known.items()
            if path.startswith(CERTIFICATES) and file.private and path not in wanted and path not in carried
        }
        done = {}
        for path, file in old.items():
            with contextlib.suppress(OSError):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                os.link(self.folder(live) / path, folder / path, follow_symlinks=False)
                done[path] = file
        return done

    def _begun(self, generation: str) -> Standing:
        """The folder to stage in: what stands under the same name if we know it, else the spare. Until ``fill`` is done nobody
        knows what stands in it."""
        fresh, old, has = self.root / "staging", self.folder(generation), self._known.pop(generation, None)
        if fresh.is_symlink():
            fresh.unlink()
        shutil.rmtree(fresh, ignore_errors=True)
        if has is None or old.is_symlink():
            old, has, self._spare = self.root / "spare", self._spare, None
        if has is not None and old.is_dir():
            old.rename(fresh)
            return Standing(folder=fresh, files=has)
        return Standing(folder=fresh, files={})

    def discard(self, generation: str, *, good: bool = True) -> None:
        """Remove a staged bundle, unless it is live. One that we know becomes the spare, if it was ``good``: what the plane
        refused may be damaged on disk, and the next bundle is not made of that."""
        if generation == self.live_generation():
            return
        with contextlib.suppress(OSError):
            self._manifest(generation).unlink(missing_ok=True)
        known = self._known.pop(generation, None)
        self._carried.pop(generation, None)
        if known is not None and good and self._spare is None:
            with contextlib.suppress(OSError):
                self.folder(generation).rename(self.root / "spare")
                self._spare = known
        shutil.rmtree(self.folder(generation), ignore_errors=True)

    def swap(self, generation: str) -> None:
        """``live`` becomes this bundle in one step (rename(2)), also for whoever looks after a power cut."""
        fresh = self.root / ".live"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("bundles") / generation)
        fresh.replace(self.live)
        sync(self.root)
        os.utime(self.folder(generation))

    def live_generation(self) -> str:
        """Empty if nothing is live."""
        try:
            return self.live.readlink().name
        except OSError:
            return ""

    def read(self, generation: str) -> Bundle | None:
        """A staged bundle as it stands on disk; None if it is missing or damaged."""
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            manifest = msgspec.json.decode(self._manifest(generation).read_bytes(), type=Manifest)
            files = tuple(self._file(manifest.generation, listed) for listed in manifest.files)
            if all(file.digest == listed.sha256 for file, listed in zip(files, manifest.files, strict=True)):
                if generation not in self._known:
                    self._known[generation] = known = {listed.path: listed for listed in manifest.files}
                    self._remove_what_was_carried(generation, known)
                return Bundle(plane=manifest.plane, main=manifest.main, generation=manifest.generation, files=files)
        return None

    def _remove_what_was_carried(self, generation: str, known: Listing) -> None:
        """By a process before this one; its old workers have ended."""
        folder = self.folder(generation)
        for entry in (folder / CERTIFICATES).glob("*"):
            if f"{CERTIFICATES}{entry.name}" not in known:
                entry.unlink()

    def intact(self, generation: str) -> bool:
        """Whether this generation is live and still on disk, as far as a quick look tells."""
        listed = self._manifest(generation).exists() and self.folder(generation).is_dir()
        return bool(generation) and listed and self.live_generation() == generation

    def raise_flag(self) -> None:
        """Clients may keep their connections to what is live."""
        flag = self.live / flag_path(self.live_generation())
        if flag.parent.is_dir():
            flag.touch()

    def lower_flag(self) -> None:
        """What is live tells its clients to go, if it is a plane that looks for its flag."""
        (self.live / flag_path(self.live_generation())).unlink(missing_ok=True)

    def _file(self, generation: str, listed: Listed) -> File:
        data = (self.folder(generation) / listed.path).read_bytes()
        return File(path=listed.path, content=PrivateBytes(data) if listed.private else data, mode=listed.mode)

    def prune(self, keep: int | None = None) -> None:
        """Keep the newest few (``keep``), and what is live."""
        live = self.live_generation()
        staged = sorted((p for p in self.bundles.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns, reverse=True)
        for folder in [p for p in staged if p.name != live][(keep or self._keep) - 1 :]:
            self.discard(folder.name)

    def _manifest(self, generation: str) -> Path:
        return self.bundles / f"{generation}.json"
