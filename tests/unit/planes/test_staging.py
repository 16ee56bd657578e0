"""A bundle's folder made out of others: nothing of them shows, and nothing happens to them."""

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.base.frozen import PrivateBytes
from router.planes import staging
from router.planes.bundle import Bundle, File
from router.planes.staging import Listing, Standing, fill, listing
from router.planes.store import Store


def bundle(*files: File) -> Bundle:
    return Bundle(plane="fake", main="m", generation=listing_digest(files), files=tuple(sorted(files, key=lambda f: f.path)))


def listing_digest(files: tuple[File, ...]) -> str:
    from router.base.digest import digest

    return digest(*(f"{f.path} {f.mode} {f.private} {f.digest}" for f in files))


def file(path: str, text: str, *, private: bool = False) -> File:
    data = text.encode()
    return File(path=path, content=PrivateBytes(data) if private else data, mode=0o600 if private else 0o644)


def standing(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All that is there: content and mode by path."""
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mode & 0o777) for p in folder.rglob("*") if p.is_file()}


def meant(made: Bundle) -> dict[str, tuple[bytes, int]]:
    return {f.path: (f.data, f.mode) for f in made.files}


def left_behind(live: Bundle, made: Bundle) -> dict[str, tuple[bytes, int]]:
    """Certificates that old workers still look for."""
    gone = {f.path: f for f in live.files if f.private and f.path.startswith("certs/")}
    return {path: (f.data, f.mode) for path, f in gone.items() if path not in meant(made)}


files = st.builds(
    file, st.sampled_from(["m", "maps/a", "maps/b", "certs/x", "certs/y"]), st.sampled_from("12"), private=st.booleans()
)
bundles = st.lists(files, min_size=1, max_size=5, unique_by=lambda f: f.path).map(lambda found: bundle(*found))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(bundles, st.sampled_from(["serve", "serve", "refuse"])), max_size=12))
def test_whatever_came_before_a_bundle_on_disk_is_what_was_meant_and_stays_so(steps: list[tuple[Bundle, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), "fake", keep=2)
        store.open()
        served: list[Bundle] = []
        carried: dict[str, dict[str, tuple[bytes, int]]] = {}
        for made, what in steps:
            if not served or served[-1].generation != made.generation:
                carried[made.generation] = left_behind(served[-1], made) if served else {}
            assert standing(store.stage(made)) == meant(made) | carried[made.generation]
            if what == "refuse":
                store.discard(made.generation)
            else:
                store.swap(made.generation)
                store.prune()
                served.append(made)
            for one in served[-1:]:
                assert store.live_generation() == one.generation
                assert standing(store.live) == meant(one) | carried[one.generation]
                assert store.read(one.generation) == one
        store.close()


def test_what_is_the_same_is_the_same_file_on_disk(tmp_path: Path) -> None:
    store = Store(tmp_path, "fake", keep=2)
    store.open()
    inodes = set()
    for n in range(6):
        made = bundle(file("m", str(n)), file("certs/x", "key", private=True))
        folder = store.stage(made)
        store.swap(made.generation)
        store.prune()
        inodes.add((folder / "certs/x").stat().st_ino)
    assert len(inodes) == 1
    assert (folder / "m").stat().st_nlink == 1


def test_after_a_restart_only_what_was_verified_is_linked(tmp_path: Path) -> None:
    one, two = (bundle(file("m", text), file("certs/x", "key")) for text in "12")
    first = Store(tmp_path, "fake")
    first.open()
    first.stage(one)
    first.swap(one.generation)
    first.close()
    (first.folder(one.generation) / "certs/x").write_text("damaged")
    second = Store(tmp_path, "fake")
    second.open()
    assert second.read(one.generation) is None
    assert standing(second.stage(two)) == meant(two)


def test_what_a_plane_left_in_its_folder_does_not_travel(tmp_path: Path) -> None:
    folder, old, new = tmp_path / "b", bundle(file("m", "1")), bundle(file("m", "2"))
    fill(Standing(folder=folder, files={}), old)
    (folder / "nginx.pid").write_text("1")
    (folder / "temp-body/0").mkdir(parents=True)
    (folder / "temp-link").symlink_to(tmp_path)
    fill(Standing(folder=folder, files=listing(old.files)), new)
    assert sorted(p.name for p in folder.iterdir()) == ["m"]
    assert tmp_path.exists()


def test_what_somebody_removed_or_put_there_is_mended(tmp_path: Path) -> None:
    folder, made = tmp_path / "b", bundle(file("m", "1"), file("certs/x", "x"), file("certs/y", "y"), file("a/b/c", "c"))
    fill(Standing(folder=folder, files={}), made)
    (folder / "certs/x").unlink()
    (folder / "certs/z").write_text("a stranger's")
    (folder / "a/more").mkdir()
    (folder / "a/b/c").unlink()
    (folder / "a/b").rmdir()
    fill(Standing(folder=folder, files=listing(made.files)), made)
    assert standing(folder) == meant(made)
    assert sorted(p.name for p in (folder / "a").iterdir()) == ["b"]


def test_a_bundle_that_comes_back_is_made_of_its_own_folder(tmp_path: Path) -> None:
    store = Store(tmp_path, "fake", keep=3)
    store.open()
    one, two = (bundle(file("m", text), file("certs/x", "key")) for text in "12")
    for made in (one, two):
        store.swap(store.stage(made).name)
    inode = (store.folder(one.generation) / "m").stat().st_ino
    assert (store.stage(one) / "m").stat().st_ino == inode
    assert store.read(one.generation) == one
    store.close()


def test_what_the_plane_refused_does_not_become_the_next_bundle(tmp_path: Path) -> None:
    store = Store(tmp_path, "fake")
    store.open()
    folder = store.stage(bundle(file("m", "1")))
    (folder / "m").write_text("damaged")
    store.discard(folder.name, good=False)
    assert standing(store.stage(bundle(file("m", "1"), file("n", "1")))) == {"m": (b"1", 0o644), "n": (b"1", 0o644)}
    store.close()


def test_where_links_are_not_possible_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMLINK, "Too many links")

    monkeypatch.setattr(os, "link", refuse)
    made = bundle(file("m", "1"), file("certs/x", "key", private=True))
    fill(Standing(folder=tmp_path / "a", files={}), made)
    fill(Standing(folder=tmp_path / "b", files={}), made, Standing(folder=tmp_path / "a", files=listing(made.files)))
    assert standing(tmp_path / "b") == meant(made)
    assert (tmp_path / "b/m").stat().st_nlink == 1


def test_a_full_disk_costs_the_new_bundle_only_and_the_next_one_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, "fake", keep=2)
    store.open()
    served = [bundle(file("m", str(n)), file("certs/x", str(n // 2)), file("certs/y", "key")) for n in range(4)]
    for made in served:
        store.stage(made)
        store.swap(made.generation)
        store.prune()
    new = bundle(file("m", "new"), file("certs/x", "new"), file("certs/y", "key"))
    real = staging.write_file

    def full(one: File, path: Path, owner: int | None = None) -> None:
        if one.path == "m":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(one, path, owner)

    monkeypatch.setattr(staging, "write_file", full)
    with pytest.raises(OSError, match="No space"):
        store.stage(new)
    assert standing(store.live) == meant(served[-1])
    monkeypatch.setattr(staging, "write_file", real)
    assert standing(store.stage(new)) == meant(new)
    assert standing(store.folder(served[-2].generation)) == meant(served[-2])


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_everything_new_is_on_disk_before_it_can_go_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    """A power cut may lose what was not synced: names with their folder, contents with their file."""
    store = Store(tmp_path, "fake", keep=2)
    store.open()
    for n in range(rounds):
        synced: list[Path] = []
        monkeypatch.setattr(os, "fsync", lambda fd, synced=synced: synced.append(Path(f"/proc/self/fd/{fd}").readlink()))
        made = bundle(file("m", str(n)), file(f"maps/{n}", "x"), file("certs/x", "key"))
        store.stage(made)
        names = {p.relative_to(store.root / "staging").as_posix() for p in synced if p.is_relative_to(store.root / "staging")}
        assert {"m", f"maps/{n}", ".", "maps"} <= names
        assert {"certs", "certs/x"} <= names or n
        assert synced[-2:] == [store.bundles / f"{made.generation}.json", store.bundles]
        store.swap(made.generation)
        assert synced[-1] == store.root
        store.prune()


def test_a_listing_says_what_a_manifest_says() -> None:
    made: Listing = listing(bundle(file("certs/x", "key", private=True)).files)
    assert [(one.path, one.mode, one.private, len(one.sha256)) for one in made.values()] == [("certs/x", 0o600, True, 64)]


def test_no_file_is_changed_in_place(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("of another bundle")
    with pytest.raises(FileExistsError):
        staging.write_file(file("m", "1"), tmp_path / "m")
