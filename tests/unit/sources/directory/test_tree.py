"""Which files are read, and which folders are watched."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from router.sources.directory.tree import Tree, scan


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def names(tree: Tree, root: Path) -> list[str]:
    return [str(Path(name).relative_to(root)) for name, _ in tree.files]


def test_a_folder_is_read_in_depth_in_order_and_only_manifests(tmp_path: Path) -> None:
    make(tmp_path, "b.yaml", "a.yml", "sub/deep/c.json", "notes.txt", "x.yaml.swp", ".hidden.yaml", ".git/d.yaml", "Z.yaml")
    assert names(scan([str(tmp_path)]), tmp_path) == ["Z.yaml", "a.yml", "b.yaml", "sub/deep/c.json"]


def test_a_file_is_read_whatever_its_name_and_a_given_hidden_folder_too(tmp_path: Path) -> None:
    make(tmp_path, "routes.txt", ".hidden/a.yaml")
    assert names(scan([str(tmp_path / "routes.txt"), str(tmp_path / ".hidden")]), tmp_path) == ["routes.txt", ".hidden/a.yaml"]


def test_nothing_is_read_twice(tmp_path: Path) -> None:
    make(tmp_path, "m/a.yaml", "m/b.yaml")
    (tmp_path / "m/c.yaml").symlink_to("a.yaml")
    (tmp_path / "again").symlink_to("m")
    given = ["m/b.yaml", "m", "again", "m/a.yaml", "again/b.yaml"]
    assert names(scan([str(tmp_path / g) for g in given]), tmp_path) == ["m/b.yaml", "m/a.yaml"]


def test_links_that_go_in_circles_or_nowhere_end(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    (tmp_path / "nowhere.yaml").symlink_to("gone")
    (tmp_path / "other").symlink_to("here")
    tree = scan([str(tmp_path)])
    assert [os.path.realpath(name) for name, _ in tree.files].count(str(tmp_path / "a.yaml")) == 1
    assert not tree.lost


def kubelet(root: Path, version: str, *files: str) -> None:
    """A mounted ConfigMap as the kubelet's AtomicWriter leaves it, swapped to a new version."""
    make(root / f"..{version}", *files)
    (root / "..data_tmp").symlink_to(f"..{version}")
    (root / "..data_tmp").rename(root / "..data")
    for file in files:
        if not (root / file).is_symlink():
            (root / file).symlink_to(f"..data/{file}")


def test_a_mounted_configmap_is_read_once_through_its_visible_links(tmp_path: Path) -> None:
    kubelet(tmp_path, "2026_01", "a.yaml", "b.yaml")
    tree = scan([str(tmp_path)])
    assert names(tree, tmp_path) == ["a.yaml", "b.yaml"]
    assert tree.watched >= {str(tmp_path), str(tmp_path / "..2026_01")}
    assert tree.concerns(str(tmp_path / "..data"))


def test_what_is_missing_is_lost_and_the_nearest_folder_above_is_watched(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "here"
    tree = scan([str(path)])
    assert tree.lost == {str(path): "No such file or directory"}
    assert tree.watched == {str(tmp_path)}
    assert tree.concerns(str(tmp_path / "not"))
    assert not tree.concerns(str(tmp_path / "other"))


def test_links_on_the_way_and_their_targets_are_watched(tmp_path: Path) -> None:
    make(tmp_path, "releases/1/m/a.yaml", "shared/b.yaml")
    (tmp_path / "current").symlink_to("releases/1")
    (tmp_path / "releases/1/m/b.yaml").symlink_to(tmp_path / "shared/b.yaml")
    tree = scan([str(tmp_path / "current" / "m")])
    assert len(tree.files) == 2
    for path in ("current", "shared/b.yaml", "releases/1/m/new.yaml", "releases/1"):
        assert tree.concerns(str(tmp_path / path)), path
        assert str((tmp_path / path).parent) in tree.watched, path
    assert not tree.concerns(str(tmp_path / "shared/other.yaml"))


def test_what_can_be_read_only_once_is_a_stream(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.yaml")
    tree = scan(["-", str(tmp_path / "pipe"), "-"])
    assert tree.streams == {"-": "stdin", str(tmp_path / "pipe"): str(tmp_path / "pipe")}
    assert scan([str(tmp_path)]).files == []


def test_a_folder_that_may_not_be_listed_is_lost_and_its_neighbours_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.yaml", "closed/b.yaml")
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.endswith("closed"):  # root, as which tests may run, may list every folder
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    tree = scan([str(tmp_path)])
    assert (names(tree, tmp_path), tree.lost) == (["a.yaml"], {str(tmp_path / "closed"): "Permission denied"})
