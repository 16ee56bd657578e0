"""One pass of the spine; the loop is in tests/flow."""

import pytest

from router.base.findings import Finding, warning
from router.planes.bundle import without_files
from router.report.status import Pass
from tests.flow.conftest import Spine


async def test_one_pass_serves_what_the_source_says() -> None:
    spine = Spine()
    assert await spine.loop.once()
    assert spine.plane.applied == []
    spine.source.says("a")
    assert await spine.loop.once()
    assert spine.loop.live == without_files(spine.plane.applied[0])
    assert spine.status.generation == spine.plane.applied[0].generation
    assert len(spine.status.table.hosts) == 1


async def test_a_pass_that_fails_says_so() -> None:
    spine = Spine()
    spine.source.says("a")
    spine.plane.fail.add("check")
    assert not await spine.loop.once()
    assert spine.loop.live is None
    assert spine.status.problems == ("refused",)


async def test_a_finding_is_logged_when_it_comes_and_when_it_goes_however_often_it_is_made_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def finding(reason: str) -> Finding:
        return warning(None, "f", reason, f"{reason} is so.")

    spine, kept = Spine(), finding("Kept")
    steps = [("Kept A", "Kept is so. A is so."), ("Kept A", ""), ("A Kept B", "B is so."), ("Kept", "no longer: A is so. no longer: B is so."),
             ("", "no longer: Kept is so."), ("Kept", "Kept is so.")]  # fmt: skip
    for reasons, logged in steps:
        caplog.clear()
        with caplog.at_level("INFO"):
            spine.loop._tell(tuple(kept if reason == "Kept" else finding(reason) for reason in reasons.split()))
        assert " ".join(record.getMessage() for record in caplog.records) == logged


async def test_a_listener_hears_of_each_pass_with_when_its_change_came_and_can_not_stop_the_loop() -> None:
    spine, heard = Spine(), list[Pass]()
    spine.status.heard = heard.append
    spine.source.says("a", "bad-b")
    spine.loop.poke()
    await spine.clock.advance(3)
    spine.loop.poke()
    assert await spine.loop.once()
    assert (heard[0].noticed, heard[0].ended, heard[0].served) == (0, 3, True)
    assert [f.reason for f in heard[0].findings] == ["Bad"]
    spine.plane.fail.add("check")
    spine.source.says("c")
    await spine.loop.once()
    assert (heard[1].noticed, heard[1].served) == (3, False)
    spine.plane.fail.clear()

    def wrong(made: Pass) -> None:
        raise ZeroDivisionError

    spine.status.heard = wrong
    assert await spine.loop.once()


async def test_what_is_gone_is_applied_again_though_nothing_changed() -> None:
    spine = Spine()
    spine.source.says("a")
    assert await spine.loop.once()
    assert await spine.loop.once()
    assert len(spine.plane.applied) == 1
    spine.plane.fail.add("lose")
    assert await spine.loop.once()
    assert len(spine.plane.applied) == 2
