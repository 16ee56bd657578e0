"""A bundle's folder, made out of what stands on disk already: what is the same stays or is linked, only the rest is written.

A file of a bundle is never changed in place: other bundles may hold the same inode. It is removed and made anew.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

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


def listing(files: Iterable[File]) -> Listing:
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


def fill(fresh: Standing, bundle: Bundle, other: Standing | None = None, owner: int | None = None) -> Listing:
    """``fresh`` becomes exactly ``bundle``, on disk (fsync) when this returns; it is made if it is missing. What it lists now.

    ``other``: a bundle to link from. OSError leaves ``fresh`` as nobody knows. Paths are plain text here: a bundle has as many
    files as there are certificates, and making a ``Path`` of each would cost more than linking it.
    """
    fresh.folder.mkdir(exist_ok=True)
    root, has, wanted = f"{fresh.folder}/", _still_there(fresh), listing(bundle.files)
    source, others = (f"{other.folder}/", other.files) if other else ("", {})
    gone = [path for path, listed in has.items() if wanted.get(path) != listed]
    for path in gone:
        Path(root + path).unlink()
    missing = [file for file in bundle.files if has.get(file.path) != wanted[file.path]]
    touched = {_parent(path) for path in (*gone, *(file.path for file in missing))} | {""}
    for parent in sorted(touched):
        Path(root + parent).mkdir(parents=True, exist_ok=True)
    written = []
    for file in missing:
        target, same = root + file.path, others.get(file.path) == wanted[file.path]
        if not same or not _link(source + file.path, target):
            write_file(file, Path(target), owner)
            written.append(target)
    for target in written:
        sync(target)
    for parent in touched | {_parent(parent) for parent in touched}:
        sync(root + parent)
    return wanted


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _still_there(standing: Standing) -> Listing:
    """What is listed, unless somebody removed it. What is not listed is removed: what a plane left there, its pid, its folders
    for what is on the way."""
    names: dict[str, set[str]] = {"": set()}
    for path in standing.files:
        parent, _, name = path.rpartition("/")
        names.setdefault(parent, set()).add(name)
    for folder in filter(None, [*names]):
        for above in (folder, *map(str, PurePosixPath(folder).parents[:-1])):
            names.setdefault(_parent(above), set()).add(above.rpartition("/")[2])
    lost = set()
    for folder, ours in names.items():
        place = standing.folder / folder
        found = {entry.name for entry in os.scandir(place)} if place.is_dir() else set()
        for name in found - ours:
            _remove(place / name)
        lost |= {f"{folder}/{name}" if folder else name for name in ours - found}
    return {path: listed for path, listed in standing.files.items() if path not in lost} if lost else standing.files


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _link(source: str, target: str) -> bool:
    """False where links are not possible (the file system, its limit of links, or the system's rules for other users' files)."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        return False
    return True


def sync(path: Path | str) -> None:
    """A file's content or a folder's names are on disk when this returns (fsync(2))."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
