"""A bundle's folder, made out of what stands on disk already: what is the same stays or is linked, only the rest is written.

A file of a bundle is never changed in place: other bundles may hold the same inode. It is removed and made anew.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from router.base.frozen import Frozen
from router.planes.bundle import Bundle, File


class Listed(Frozen):
    """One line of a bundle's manifest."""

    path: str
    mode: int
    sha256: str
    private: bool = False


Listing = Mapping[str, Listed]
"""By path."""


def listing(files: Iterable[File]) -> dict[str, Listed]:
    return {f.path: Listed(path=f.path, mode=f.mode, sha256=f.digest, private=f.private) for f in files}


def write_file(file: File, path: Path, owner: int | None = None) -> None:
    """A private one is never readable for others, not even for a moment. It must not exist yet.

    ``owner``: the user id that gets private files, if the plane's workers run as somebody else.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, file.mode)
    with os.fdopen(fd, "wb") as out:
        os.fchmod(out.fileno(), file.mode)
        if owner is not None and file.private:
            os.fchown(out.fileno(), owner, -1)
        out.write(file.data)


class Standing(Frozen):
    """A folder and what is known to stand in it."""

    folder: Path
    files: Listing


def fill(fresh: Standing, bundle: Bundle, other: Standing | None = None, owner: int | None = None) -> None:
    """``fresh`` becomes exactly ``bundle``, on disk (fsync) when this returns; it is made if it is missing.

    ``other``: a bundle to link from. OSError leaves ``fresh`` as nobody knows.
    """
    folder, has, others = fresh.folder, fresh.files, other.files if other else {}
    wanted = listing(bundle.files)
    folder.mkdir(exist_ok=True)
    _remove_what_is_not_listed(folder, has)
    gone = [path for path, listed in has.items() if wanted.get(path) != listed]
    for path in gone:
        (folder / path).unlink(missing_ok=True)
    written, touched = [], {(folder / path).parent for path in gone} | {folder}
    for file in bundle.files:
        path, listed = file.path, wanted[file.path]
        if has.get(path) == listed:
            continue
        target = folder / path
        if target.parent not in touched:
            target.parent.mkdir(parents=True, exist_ok=True)
            touched |= {target.parent, target.parent.parent}
        if not other or others.get(path) != listed or not _link(other.folder / path, target):
            write_file(file, target, owner)
            written.append(target)
    for target in written:
        sync(target)
    for parent in touched:
        sync(parent)


def _remove_what_is_not_listed(folder: Path, has: Listing) -> None:
    """What a plane left there: its pid, its folders for what is on the way. They stand at the top only."""
    ours = {path.partition("/")[0] for path in has}
    for entry in os.scandir(folder):
        if entry.name in ours:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()


def _link(source: Path, target: Path) -> bool:
    """False where links are not possible (the file system, its limit of links, or the system's rules for other users' files)."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        return False
    return True


def sync(path: Path) -> None:
    """A file's content or a folder's names are on disk when this returns (fsync(2))."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
