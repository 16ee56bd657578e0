"""Bundles on disk: staged in a folder of their own, swapped in by renaming one symlink, the last few kept.

STATE/PLANE/bundles/GENERATION/   the files of a bundle
STATE/PLANE/bundles/GENERATION.json   what they should be: mode and sha256 by path
STATE/PLANE/live -> bundles/GENERATION
STATE/PLANE/run/                  sockets and the record of the running plane
"""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

import msgspec

from router.base.errors import TidegateError
from router.base.frozen import Frozen, PrivateBytes
from router.planes.bundle import Bundle, File, flag_path

MARKER = ".tidegate-bundle"
LOCK = "lock"


class Listed(Frozen):
    """One line of a bundle's manifest."""

    path: str
    mode: int
    sha256: str
    private: bool = False


class Manifest(Frozen):
    """What a staged bundle should hold."""

    plane: str
    main: str
    generation: str
    files: tuple[Listed, ...]


def write_files(bundle: Bundle, folder: Path, owner: int | None = None) -> None:
    """All files of ``bundle`` below ``folder``. Private ones are never readable for others, not even for a moment.

    ``owner``: the user id that gets the private files, if the plane's workers run as somebody else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in bundle.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, file.mode)
        with os.fdopen(fd, "wb") as out:
            os.fchmod(out.fileno(), file.mode)
            if owner is not None and file.private:
                os.fchown(out.fileno(), owner, -1)
            out.write(file.data)
            out.flush()
            os.fsync(out.fileno())


def replace_folder(bundle: Bundle, folder: Path) -> None:
    """``folder`` becomes the bundle. TidegateError if it holds something that is not a bundle of ours."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).exists())):
        raise TidegateError(f"{folder} is not a bundle of ours; name an empty or a new folder")
    fresh = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        write_files(bundle, fresh)
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
        self._keep, self._owner = max(keep, 2), owner
        self._lock = -1

    def open(self) -> None:
        """Make the folders and take the lock. TidegateError if either is impossible."""
        try:
            for folder in (self.bundles, self.run):
                folder.mkdir(parents=True, exist_ok=True)
            self._reachable()
            self._lock = os.open(self.root / LOCK, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
        if not (self.root / LOCK).exists():  # somebody removed the folder while we run
            self.close()
            self.open()
        folder = self.folder(bundle.generation)
        if bundle.generation == self.live_generation() and self.read(bundle.generation):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        write_files(bundle, folder, self._owner)
        listed = tuple(Listed(path=f.path, mode=f.mode, sha256=f.digest, private=f.private) for f in bundle.files)
        manifest = Manifest(plane=bundle.plane, main=bundle.main, generation=bundle.generation, files=listed)
        self._manifest(bundle.generation).write_bytes(msgspec.json.encode(manifest))
        self._carry_over(folder)
        return folder

    def _carry_over(self, folder: Path) -> None:
        """Certificates of the live bundle that this one has not: nginx' old workers read theirs behind ``live``."""
        live = self._listed(self.live_generation())
        if live is None:
            return
        for path in (f.path for f in live.files if f.private and not (folder / f.path).exists()):
            with contextlib.suppress(OSError):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).hardlink_to(self.folder(live.generation) / path)

    def discard(self, generation: str) -> None:
        """Remove a staged bundle, unless it is live."""
        if generation != self.live_generation():
            shutil.rmtree(self.folder(generation), ignore_errors=True)
            with contextlib.suppress(OSError):
                self._manifest(generation).unlink(missing_ok=True)

    def swap(self, generation: str) -> None:
        """``live`` becomes this bundle in one step (rename(2))."""
        fresh = self.root / ".live"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("bundles") / generation)
        fresh.replace(self.live)
        os.utime(self.folder(generation))

    def live_generation(self) -> str:
        """Empty if nothing is live."""
        try:
            return self.live.readlink().name
        except OSError:
            return ""

    def read(self, generation: str) -> Bundle | None:
        """A staged bundle as it stands on disk; None if it is missing or damaged."""
        manifest = self._listed(generation)
        with contextlib.suppress(OSError):
            files = tuple(self._file(generation, listed) for listed in manifest.files) if manifest else ()
            if manifest and all(file.digest == listed.sha256 for file, listed in zip(files, manifest.files, strict=True)):
                return Bundle(plane=manifest.plane, main=manifest.main, generation=manifest.generation, files=files)
        return None

    def _listed(self, generation: str) -> Manifest | None:
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            return msgspec.json.decode(self._manifest(generation).read_bytes(), type=Manifest)
        return None

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
