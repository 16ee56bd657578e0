"""Paths as given -> the files to read, each once, and the folders to watch."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"
Stamp = tuple[int, int, int, int, int]
"""(device, inode, size, mtime, ctime) of a file, in nanoseconds"""


@dataclass
class Tree:
    """What stands under the given paths now.

    ``files``: (name in findings, path), sorted within each given path. ``stamps``: name -> what changes when the file is written.
    ``lost``: given paths that are gone and folders that can
    not be listed, with the reason: what they hold is not known. ``folders``: real paths of all folders that were listed.
    ``entries``: paths outside of them whose change matters: links on the way, link targets, what is missing.
    ``watched``: existing folders in which something may change that matters.
    ``streams``: path -> name of what can be read only once: standard input, a pipe.
    """

    files: list[tuple[str, str]] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()
    streams: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    def concerns(self, path: str) -> bool:
        """Whether a change at ``path``, in a watched folder, may change what we read."""
        return path in self.entries or path in self.watched or _folder_of(path) in self.folders


def scan(paths: Sequence[str]) -> Tree:
    """Walk the given paths: files as they are, folders in depth, links followed, nothing twice, hidden names left out.

    Hidden names include ``..data`` and its like, in which the kubelet keeps the files that its visible links point to.
    """
    tree = Tree()
    for path in paths:
        _given(tree, path)
    tree.watched = frozenset(tree.folders | {_existing(folder) for folder in {_folder_of(entry) for entry in tree.entries}})
    return tree


def _given(tree: Tree, path: str) -> None:
    if path == STDIN:
        tree.streams[path] = "stdin"
        return
    try:
        found = Path(path).stat()
        if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
            tree.streams[path] = path
            return
        tree.entries.update(_on_the_way(path))
        if stat.S_ISDIR(found.st_mode):
            _folder(tree, path)
        else:
            _file(tree, path, os.path.realpath(path), found)
    except OSError as wrong:
        tree.lost[path] = wrong.strerror or "can not be read"
        tree.entries.update(_on_the_way(path), _missing(path))


def _folder(tree: Tree, path: str) -> None:
    real = os.path.realpath(path)
    if real in tree.folders:
        return
    with os.scandir(path) as listing:
        entries = sorted((entry for entry in listing if not entry.name.startswith(".")), key=lambda entry: entry.name)
    tree.folders.add(real)
    below = "" if path == "." else path.rstrip("/") + "/"
    for entry in entries:
        inner = below + entry.name
        try:
            found = entry.stat()
            if stat.S_ISDIR(found.st_mode):
                _folder(tree, inner)
            elif stat.S_ISREG(found.st_mode) and entry.name.endswith(SUFFIXES):
                there = os.path.realpath(inner) if entry.is_symlink() else f"{real.rstrip('/')}/{entry.name}"
                _file(tree, inner, there, found)
        except PermissionError:
            tree.lost[inner] = "Permission denied"
        except OSError:
            continue  # gone since it was listed, a dangling link, or a link to itself


def _file(tree: Tree, path: str, real: str, found: os.stat_result) -> None:
    if real in tree._seen:
        return
    tree._seen.add(real)
    tree.files.append((path, real))
    tree.stamps[path] = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    tree.entries.add(real)


def _on_the_way(path: str, depth: int = 0) -> Iterator[str]:
    """The absolute path, and each symbolic link on the way to it: when one is swapped, the path means something else."""
    here = Path(path).absolute()
    yield str(Path(os.path.realpath(here.parent), here.name))
    for part in [here, *here.parents]:
        if part.is_symlink() and depth < 40:
            yield str(Path(os.path.realpath(part.parent), part.name))
            yield from _on_the_way(str(part.parent / part.readlink()), depth + 1)


def _missing(path: str) -> Iterator[str]:
    """The folders above a path that do not exist."""
    return (str(folder) for folder in Path(os.path.realpath(path)).parents if not folder.exists())


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that exists."""
    while not Path(folder).is_dir():
        folder = _folder_of(folder)
    return folder


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0] or "/"
