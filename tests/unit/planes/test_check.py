"""A bundle on trial."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from router.planes.check import check_bundle, try_table
from router.planes.plane import Binary
from router.table.types import Table
from tests.support.fake_plane import FakeDriver, bundle


@pytest.mark.parametrize(("fault", "problem"), [("check", "fake.conf is bad"), ("read_back", "it differs")])
async def test_what_is_refused_says_why_without_our_folders(tmp_path: Path, fault: str, problem: str) -> None:
    driver = FakeDriver()
    driver.fail.add(fault)
    verdict = await check_bundle(driver, driver.assumed(), bundle("one"), Table(), tmp_path)
    assert not verdict.ok
    assert verdict.problems == (problem,)


async def test_what_is_good_is_written_and_accepted(tmp_path: Path) -> None:
    verdict = await check_bundle(FakeDriver(), FakeDriver().assumed(), bundle("one"), Table(), tmp_path / "b")
    assert verdict.ok
    assert (tmp_path / "b/fake.conf").exists()


class Says(FakeDriver):
    """A driver whose program says something and ends somehow."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self._script = script

    def check_command(self, binary: Binary, folder: Path) -> Sequence[str]:
        return ["/bin/sh", "-c", self._script]


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("echo '[emerg] unknown directive' >&2; exit 1", True),
        ("exit 1", True),
        ("kill -SEGV $$", True),
        ("kill -KILL $$", False),
        ("echo '[emerg] open() failed (28: No space left on device)' >&2; exit 1", False),
        ("echo 'socket: Too many open files' >&2; exit 1", False),
        ("echo 'open failed (13: Permission denied)'; exit 1", False),
    ],
)
async def test_what_the_machine_did_is_not_what_the_bundle_says(tmp_path: Path, script: str, refused: bool) -> None:
    driver = Says(script)
    for verdict in (
        await check_bundle(driver, driver.assumed(), bundle("one"), Table(), tmp_path / "b"),
        await try_table(driver, driver.assumed(), Table(), tmp_path / "t"),
    ):
        assert (verdict.ok, verdict.refused) == (False, refused)
        assert verdict.problems


async def test_of_a_trial_nothing_is_left(tmp_path: Path) -> None:
    assert (await try_table(FakeDriver(), FakeDriver().assumed(), Table(), tmp_path / "t")).ok
    assert list(tmp_path.iterdir()) == []


async def test_what_can_not_be_rendered_or_read_back_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in ("render", "read_back"):
        with monkeypatch.context() as patched:
            patched.setattr(FakeDriver, function, lambda *_: 1 / 0)
            verdict = await try_table(FakeDriver(), FakeDriver().assumed(), Table(), tmp_path / "t")
        assert verdict.refused
        assert "ZeroDivisionError" in verdict.problems[0]


async def test_a_trial_that_can_not_be_written_or_run_blames_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    verdict = await try_table(FakeDriver(), FakeDriver().assumed(), Table(), tmp_path / "file" / "t")
    assert (verdict.ok, verdict.refused) == (False, False)


async def test_a_program_that_vanished_is_another_sentence_than_a_bundle_that_is_bad(tmp_path: Path) -> None:
    class Gone(FakeDriver):
        def check_command(self, binary: Binary, folder: Path) -> list[str]:
            return ["/no/such/program"]

    verdict = await check_bundle(Gone(), Gone().assumed(), bundle("one"), Table(), tmp_path)
    assert verdict.problems == (
        "/no/such/program can not be run: No such file or directory; put it back, or restart with another --plane-binary",
    )
