"""The folder as a source: what is read, what is kept, and what the watch sees (with the real inotify)."""

import asyncio
import io
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.facts.snapshot import Snapshot
from router.sources.directory import DirectorySource
from router.sources.directory import source as module
from router.sources.source import Source
from tests.support.clock import FakeClock

PATIENCE = 30.0


def service(*names: str, **labels: str) -> str:
    texts = (f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, labels: {labels}}}\n" for name in names)
    return "---\n".join(texts)


def served(source: DirectorySource) -> list[str]:
    snapshot = source.snapshot()
    assert snapshot is not None
    return [name for _, name in snapshot.services]


def said(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    return [(f.severity, f.reason, str(f.location)) for f in snapshot.findings]


def replaced(path: Path, text: str) -> None:
    """As careful editors and git do it: a new file takes the name."""
    new = path.with_name(path.name + "~")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of manifests inside a folder of its own, with one service."""
    made = tmp_path / "manifests"
    made.mkdir()
    (made / "a.yaml").write_text(service("a"))
    return made


def test_it_is_a_source() -> None:
    source: Source = DirectorySource([])
    assert (source.synced, source.snapshot()) == (False, None)
    assert not source.health()[0].ok


def test_all_files_together_are_one_snapshot_with_places(folder: Path) -> None:
    (folder / "b.json").write_text('{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}')
    snapshot = DirectorySource([str(folder)]).load()
    assert [*snapshot.services, *snapshot.nodes] == [("default", "a"), ("", "n")]
    assert sorted(map(str, snapshot.locations.values())) == [f"{folder}/a.yaml:1:1", f"{folder}/b.json:1"]


@pytest.mark.parametrize("path", ["missing", "manifests/a.yaml/inner"])
def test_a_given_path_that_is_not_there_ends_the_command(folder: Path, path: str) -> None:
    with pytest.raises(TidegateError, match=path):
        DirectorySource([str(folder), str(folder.parent / path)]).load()


def test_of_two_objects_with_one_name_the_first_stands_and_the_second_is_told(folder: Path) -> None:
    (folder / "b.yaml").write_text("# \n" + service("a", late="yes"))
    snapshot = DirectorySource([str(folder)]).load()
    assert snapshot.services["default", "a"].metadata.labels == {}
    assert said(snapshot) == [("error", "DuplicateObject", f"{folder}/b.yaml:2:1")]
    assert f"{folder}/a.yaml:1:1" in snapshot.findings[0].message


def test_standard_input_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO((service("piped") + "---\na: b: c\n").encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    source = DirectorySource(["-", str(folder)])
    assert said(source.load()) == [("error", "NotParsed", "stdin:5:5")]
    source.load()
    assert served(source) == ["piped", "a"]


def test_nothing_new_is_the_same_snapshot_and_an_unchanged_object_the_same_object(folder: Path) -> None:
    source = DirectorySource([str(folder)])
    first = source.load()
    assert source.load() is first
    (folder / "a.yaml").write_text("# moved down\n" + service("b", "a"))
    second = source.load()
    assert second is not first
    assert second.services["default", "a"] is first.services["default", "a"]
    assert second.locations != first.locations


def test_a_file_that_no_longer_parses_serves_its_last_good_version(folder: Path) -> None:
    source = DirectorySource([str(folder)])
    (folder / "b.yaml").write_text(service("b", "c"))
    source.load()
    for _ in range(2):
        (folder / "b.yaml").write_text(service("b2") + "---\na: b: c\n")
        snapshot = source.load()
        assert served(source) == ["a", "b", "c"]
        assert said(snapshot) == [("error", "NotParsed", f"{folder}/b.yaml:5:5")]
        assert snapshot.findings[0].message.endswith("last good version goes on serving")
        (folder / "b.yaml").write_text("a: [")
    (folder / "b.yaml").write_text(service("d"))
    assert source.load().findings == ()
    assert served(source) == ["a", "d"]


def test_without_a_last_good_version_the_other_documents_stand(folder: Path) -> None:
    (folder / "a.yaml").write_text(service("a") + "---\na: b: c\n---\n" + service("c"))
    source = DirectorySource([str(folder)])
    assert said(source.load()) == [("error", "NotParsed", f"{folder}/a.yaml:5:5")]
    (folder / "a.yaml").write_text(service("a2") + "---\na: b: c\n")
    source.load()
    assert served(source) == ["a2"]


def test_an_object_that_no_longer_decodes_is_gone(folder: Path) -> None:
    source = DirectorySource([str(folder)])
    source.load()
    (folder / "a.yaml").write_text(service("A") + "---\n" + service("b"))
    assert said(source.load()) == [("error", "NotDecoded", f"{folder}/a.yaml:3:18")]
    assert served(source) == ["b"]


def test_a_file_that_can_not_be_read_serves_its_last_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = DirectorySource([str(folder)])
    source.load()

    def fail(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_first_bytes", fail)
        assert said(source.load()) == [("error", "NotReadable", f"{folder}/a.yaml")]
        assert served(source) == ["a"]
    assert source.load().findings == ()


def test_a_given_path_that_vanishes_serves_on_and_keeps_its_rank(folder: Path) -> None:
    (folder.parent / "more").mkdir()
    (folder.parent / "more/b.yaml").write_text(service("b") + "---\n" + service("a", late="yes"))
    source = DirectorySource([str(folder), str(folder.parent / "more")])
    before = source.load()
    shutil.rmtree(folder)
    source._look()
    after = source.snapshot()
    assert after == before
    (check,) = source.health()
    assert not check.ok
    assert str(folder) in check.message


class Watched:
    """A running source, and the pokes it gave."""

    def __init__(self, source: DirectorySource) -> None:
        self.source, self.pokes, self._poked = source, 0, asyncio.Event()

    def poke(self) -> None:
        self.pokes += 1
        self._poked.set()

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait for pokes until ``what`` holds."""
        async with asyncio.timeout(PATIENCE):
            while not what():
                self._poked.clear()
                await self._poked.wait()

    async def serves(self, *names: str) -> None:
        await self.until(lambda: self.source.synced and served(self.source) == list(names))

    async def quiet(self, what: Callable[[], bool]) -> None:
        """Wait for something that comes without a poke."""
        async with asyncio.timeout(PATIENCE):
            while not what():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*paths: Path, clock: Clock | None = None) -> AsyncIterator[Watched]:
    watched = Watched(DirectorySource([str(path) for path in paths], clock))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watched.source.run(watched.poke))
        await watched.until(lambda: watched.source.synced)
        yield watched
        task.cancel()


async def test_new_changed_renamed_and_removed_files_are_seen(folder: Path) -> None:
    async with running(folder) as watched:
        (folder / "b.yaml").write_text(service("b"))
        await watched.serves("a", "b")
        replaced(folder / "b.yaml", service("c"))
        await watched.serves("a", "c")
        (folder / "deep/er").mkdir(parents=True)
        (folder / "deep/er/d.yaml").write_text(service("d"))
        await watched.serves("a", "c", "d")
        replaced(folder / "deep/er/d.yaml", service("e"))
        await watched.serves("a", "c", "e")
        (folder / "b.yaml").unlink()
        await watched.serves("a", "e")


async def test_what_changes_nothing_pokes_nobody(folder: Path) -> None:
    async with running(folder) as watched:
        before = watched.pokes
        (folder / "notes.txt").write_text("x")
        (folder / "a.yaml").touch()
        (folder / "b.yaml").write_text(service("b"))
        await watched.serves("a", "b")
        assert watched.pokes == before + 1


async def test_a_mounted_configmap_is_swapped_at_once(tmp_path: Path) -> None:
    def swap(version: str, name: str) -> None:
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(service(name))
        (tmp_path / "..data_tmp").symlink_to(version)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    swap("..1", "one")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    async with running(tmp_path) as watched:
        for number in range(2, 5):
            swap(f"..{number}", f"v{number}")
            shutil.rmtree(tmp_path / f"..{number - 1}")
            await watched.serves(f"v{number}")


async def test_a_link_to_a_folder_is_swapped_at_once(folder: Path) -> None:
    (folder.parent / "second").mkdir()
    (folder.parent / "second/b.yaml").write_text(service("b"))
    link = folder.parent / "current"
    link.symlink_to("manifests")
    async with running(link) as watched:
        await watched.serves("a")
        (folder.parent / "next").symlink_to("second")
        (folder.parent / "next").rename(link)
        await watched.serves("b")


async def test_a_single_file_is_followed_through_replacement(folder: Path) -> None:
    async with running(folder / "a.yaml") as watched:
        for name in ("b", "c"):
            replaced(folder / "a.yaml", service(name))
            await watched.serves(name)


async def test_a_folder_that_vanishes_serves_on_until_it_returns(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(folder) as watched:
        folder.rename(folder.parent / "away")
        await watched.quiet(lambda: not watched.source.health()[0].ok)
        assert served(watched.source) == ["a"]
        folder.mkdir()
        (folder / "b.yaml").write_text(service("b"))
        await watched.serves("b")
        await watched.quiet(lambda: watched.source.health()[0].ok)
        replaced(folder / "b.yaml", service("c"))
        await watched.serves("c")
    assert [r.getMessage() for r in caplog.records if r.name == module.__name__ and "goes on" in r.getMessage()] == [
        "can not be read; what was there last goes on serving"
    ]


async def test_a_folder_is_awaited_even_when_those_above_it_vanish(tmp_path: Path) -> None:
    deep = tmp_path / "x/y/z"
    deep.mkdir(parents=True)
    async with running(deep) as watched:
        (tmp_path / "x").rename(tmp_path / "away")
        (tmp_path / "away/y/z/n.yaml").write_text(service("moved"))
        await watched.quiet(lambda: not watched.source.health()[0].ok)
        deep.mkdir(parents=True)
        (deep / "a.yaml").write_text(service("a"))
        await watched.serves("a")


async def test_an_empty_folder_is_a_real_change(folder: Path) -> None:
    async with running(folder) as watched:
        (folder / "a.yaml").unlink()
        await watched.serves()
        assert watched.source.health()[0].ok


async def test_a_path_that_is_missing_at_the_start_is_an_error_of_the_operator(tmp_path: Path) -> None:
    with pytest.raises(TidegateError, match="missing"):
        await DirectorySource([str(tmp_path / "missing")]).run(lambda: None)


@pytest.fixture
def watches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Arguments of each watch; the first watch fails as inotify does without free watches."""
    made: list[dict[str, Any]] = []
    real = watchfiles.awatch

    def awatch(*paths: str, **options: Any) -> Any:
        made.append(options)
        if len(made) == 1:
            raise OSError(28, "OS file watch limit reached")
        return real(*paths, **options)

    monkeypatch.setattr(module.watchfiles, "awatch", awatch)
    monkeypatch.setattr(module, "LOOK_AGAIN_MS", 50)
    yield made


async def test_without_inotify_it_polls(folder: Path, watches: list[dict[str, Any]]) -> None:
    async with running(folder) as watched:
        replaced(folder / "a.yaml", service("b"))
        await watched.serves("b")
    assert [options["force_polling"] for options in watches][:2] == [None, True]


async def test_when_not_even_polling_works_it_looks_from_time_to_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def awatch(*paths: str, **options: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module.watchfiles, "awatch", awatch)
    clock = FakeClock()
    async with running(folder, clock=clock) as watched:
        replaced(folder / "a.yaml", service("b"))
        await clock.advance(60)
        await watched.serves("b")
