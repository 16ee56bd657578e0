"""A bundle on trial."""

from pathlib import Path

import pytest

from router.planes.check import check_bundle
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


async def test_a_program_that_vanished_is_another_sentence_than_a_bundle_that_is_bad(tmp_path: Path) -> None:
    class Gone(FakeDriver):
        def check_command(self, binary: Binary, folder: Path) -> list[str]:
            return ["/no/such/program"]

    verdict = await check_bundle(Gone(), Gone().assumed(), bundle("one"), Table(), tmp_path)
    assert verdict.problems == (
        "/no/such/program can not be run: No such file or directory; put it back, or restart with another --plane-binary",
    )
