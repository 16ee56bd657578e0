"""Bundles on disk."""

import os
import shutil
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.base.frozen import PrivateBytes
from router.planes.bundle import Bundle, File, flag_path
from router.planes.store import Store, replace_folder, write_files
from tests.support.fake_plane import bundle


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path, "fake", keep=2)
    made.open()
    return made


def test_a_staged_bundle_is_not_live_until_it_is_swapped_in(store: Store) -> None:
    one, two = bundle("one"), bundle("two")
    for made in (one, two):
        store.stage(made)
        assert store.live_generation() != made.generation
        store.swap(made.generation)
        assert store.live_generation() == made.generation
        assert (store.live / "fake.conf").read_bytes() == made.files[0].data
    assert store.read(one.generation) == one


def test_a_damaged_bundle_is_not_read(store: Store) -> None:
    made = bundle("one")
    store.stage(made)
    (store.folder(made.generation) / "fake.conf").write_text("damaged")
    assert store.read(made.generation) is None
    assert store.read("nothing") is None


def test_private_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        secret = File(path="certs/a.pem", content=PrivateBytes(b"key"), mode=0o600)
        write_files(Bundle(plane="fake", main="m", generation="g", files=(secret,)), tmp_path / "b")
    finally:
        os.umask(old)
    assert (tmp_path / "b/certs/a.pem").stat().st_mode & 0o777 == 0o600


def test_only_the_last_few_are_kept_and_the_live_one_always(store: Store) -> None:
    made = [bundle(str(n)) for n in range(5)]
    for one in made:
        store.stage(one)
        store.swap(one.generation)
        store.prune()
    kept = {p.name for p in store.bundles.iterdir() if p.is_dir()}
    assert kept == {made[-1].generation, made[-2].generation}
    store.discard(made[-1].generation)
    assert store.read(made[-1].generation) is not None


def test_two_processes_do_not_share_a_state_folder(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TidegateError, match="another Tidegate"):
        Store(tmp_path, "fake").open()
    store.close()
    Store(tmp_path, "fake").open()


def test_a_state_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TidegateError, match="can not be written"):
        Store(tmp_path / "file", "fake").open()


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("work")
    with pytest.raises(TidegateError, match="not a bundle of ours"):
        replace_folder(bundle("one"), tmp_path)
    replace_folder(bundle("one"), tmp_path / "out")
    replace_folder(bundle("two"), tmp_path / "out")
    assert b"two" in (tmp_path / "out/fake.conf").read_bytes()


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_no_file_leaves_its_bundle(path: str) -> None:
    with pytest.raises(ValueError):
        File(path=path, content=b"")


def certificate(name: str) -> Bundle:
    """A bundle with one private file and a flag of its own."""
    private = File(path=f"certs/{name}.pem", content=PrivateBytes(name.encode()), mode=0o600)
    flag = File(path=flag_path(f"gen{name}"), content=b"")
    return Bundle(plane="fake", main="fake.conf", generation=f"gen{name}", files=(private, flag))


def test_old_workers_find_their_certificates_behind_the_new_bundle(store: Store) -> None:
    one, two, three = map(certificate, ("one", "two", "three"))
    for made in (one, two):
        store.stage(made)
        store.swap(made.generation)
    assert (store.live / "certs" / "one.pem").read_bytes() == b"one"
    assert store.read(two.generation) == two
    store.stage(three)
    store.swap(three.generation)
    assert (store.live / "certs" / "two.pem").stat().st_mode & 0o777 == 0o600
    assert not (store.live / "certs" / "one.pem").exists()


def test_the_flag_of_what_is_live_is_there_until_it_is_lowered(store: Store) -> None:
    made = certificate("one")
    store.stage(made)
    store.swap(made.generation)
    flag = store.live / flag_path(made.generation)
    assert flag.exists()
    store.lower_flag()
    store.lower_flag()
    assert not flag.exists()
    assert store.read(made.generation) is None
    store.raise_flag()
    assert store.read(made.generation) == made


def test_it_notices_that_what_is_live_is_gone(store: Store) -> None:
    made = bundle("one")
    assert not store.intact("")
    store.stage(made)
    assert not store.intact(made.generation)
    store.swap(made.generation)
    assert store.intact(made.generation)
    shutil.rmtree(store.root)
    assert not store.intact(made.generation)
    store.stage(made)
    store.swap(made.generation)
    assert store.intact(made.generation)
    with pytest.raises(TidegateError, match="another Tidegate uses"):
        Store(store.root.parent, "fake").open()


def test_old_bundles_make_room_at_last(store: Store) -> None:
    made = [bundle(text) for text in ("one", "two", "three")]
    for one in made:
        store.stage(one)
    store.swap(made[0].generation)
    store.prune(keep=1)
    assert [p.name for p in store.bundles.iterdir() if p.is_dir()] == [made[0].generation]
