"""The spine: what is coalesced, what survives, what is tried again."""

import logging

import pytest

from router.base.errors import TidegateError
from router.table.types import Table
from tests.flow.conftest import Spine


async def test_a_thousand_pokes_are_one_build(spine: Spine) -> None:
    spine.source.says("a")
    await spine.poked(1000)
    assert spine.translations == 1
    assert len(spine.plane.applied) == 1
    assert spine.status.ready


async def test_pokes_that_never_end_are_built_all_the_same(spine: Spine) -> None:
    spine.source.says("a")
    for _ in range(60):
        spine.loop.mailbox.poke()
        await spine.clock.advance(0.05)
    assert spine.translations >= 1


async def test_a_change_that_means_nothing_touches_no_plane(spine: Spine) -> None:
    spine.source.says("a")
    await spine.poked()
    spine.source.says("a")
    await spine.poked()
    assert (spine.translations, spine.plane.checks, len(spine.plane.applied)) == (2, 1, 1)


@pytest.mark.parametrize("fault", ["check", "apply"])
async def test_a_bundle_that_fails_leaves_the_last_good_one_and_is_tried_again(spine: Spine, fault: str) -> None:
    spine.source.says("a")
    await spine.poked()
    good = spine.status.generation
    spine.plane.fail.add(fault)
    spine.source.says("a", "b")
    await spine.poked()
    assert spine.status.generation == good
    assert not spine.status.last_ok
    assert spine.status.reloads[f"{fault}_failed"] >= 1
    spine.plane.fail.clear()
    await spine.clock.advance(5)
    assert spine.status.generation != good
    assert spine.status.last_ok


async def test_it_is_tried_again_with_growing_pauses_not_without_end(spine: Spine) -> None:
    spine.plane.fail.add("apply")
    spine.source.says("a")
    await spine.poked()
    for _ in range(600):
        await spine.clock.advance(1)
    assert 5 <= spine.status.reloads["apply_failed"] <= 120


@pytest.mark.parametrize("where", ["translate", "render"])
async def test_a_fault_of_ours_does_not_end_the_loop(spine: Spine, where: str, caplog: pytest.LogCaptureFixture) -> None:
    spine.source.says("a")
    await spine.poked()
    spine.fault = where == "translate"
    spine.plane.fail = {"render"} if where == "render" else set()
    spine.source.says("a", "b")
    with caplog.at_level(logging.ERROR):
        await spine.poked()
    assert spine.status.faults["pass"] >= 1
    assert any(record.exc_info for record in caplog.records)
    spine.fault, spine.plane.fail = False, set()
    await spine.clock.advance(5)
    assert len(spine.plane.applied) == 2


async def test_nothing_is_done_before_the_sources_are_known(spine: Spine) -> None:
    spine.status.resumed("before")
    await spine.poked()
    assert spine.translations == 0
    assert not spine.status.ready
    assert "of before" in next(c.message for c in spine.status.checks() if c.name == "table")
    spine.source.says("a")
    await spine.poked()
    assert spine.status.ready


async def test_a_finding_is_logged_once_and_its_end_too(spine: Spine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        spine.source.says("bad-a")
        await spine.poked()
        spine.source.says("bad-a", "b")
        await spine.poked()
        spine.source.says("b")
        await spine.poked()
    said = [m for m in caplog.messages if "bad-a is bad" in m]
    assert said == ["bad-a is bad", "no longer: bad-a is bad"]


async def test_how_long_a_change_is_pending_is_known(spine: Spine) -> None:
    spine.plane.fail.add("apply")
    spine.source.says("a")
    await spine.poked()
    since = spine.status.pending_since
    assert since is not None
    await spine.clock.advance(30)
    assert spine.status.pending_since == since
    spine.plane.fail.clear()
    await spine.clock.advance(120)
    assert spine.status.pending_since is None


async def test_everything_is_built_again_in_time_for_certificates_that_end(spine: Spine) -> None:
    spine.source.says("a")
    await spine.poked()
    await spine.clock.advance(3601)
    await spine.clock.advance(1)
    assert spine.translations == 2


async def test_nothing_is_applied_before_the_secrets_that_it_names_were_looked_for(spine: Spine) -> None:
    """Else a new host would be served with the default certificate for a moment."""
    spine.source.has_secrets = False
    spine.source.says("a")
    await spine.poked()
    assert spine.translations == 1
    assert spine.plane.applied == []
    spine.source.has_secrets = True
    await spine.poked()
    assert len(spine.plane.applied) == 1


async def test_what_the_operator_must_change_is_no_fault_of_ours(spine: Spine, monkeypatch: pytest.MonkeyPatch) -> None:
    spine.source.says("a")
    await spine.poked()

    def refuse(table: Table) -> None:
        raise TidegateError("the page 404.html can not be read")

    with monkeypatch.context() as patch:
        patch.setattr(spine.plane, "render", refuse)
        await spine.poked()
        assert spine.status.problems == ("the page 404.html can not be read",)
        assert spine.status.reloads["build_failed"] == 1
        assert not spine.status.faults
        assert spine.status.generation
    await spine.clock.advance(60)
    assert spine.status.last_ok
