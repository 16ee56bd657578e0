"""One pass of the spine; the loop is in tests/flow."""

from tests.flow.conftest import Spine


async def test_one_pass_serves_what_the_source_says() -> None:
    spine = Spine()
    assert await spine.loop.once()
    assert spine.plane.applied == []
    spine.source.says("a")
    assert await spine.loop.once()
    assert spine.loop.live == spine.plane.applied[0]
    assert spine.status.generation == spine.plane.applied[0].generation
    assert len(spine.status.table.hosts) == 1


async def test_a_pass_that_fails_says_so() -> None:
    spine = Spine()
    spine.source.says("a")
    spine.plane.fail.add("check")
    assert not await spine.loop.once()
    assert spine.loop.live is None
    assert spine.status.problems == ("refused",)


async def test_what_is_gone_is_applied_again_though_nothing_changed() -> None:
    spine = Spine()
    spine.source.says("a")
    assert await spine.loop.once()
    assert await spine.loop.once()
    assert len(spine.plane.applied) == 1
    spine.plane.fail.add("lose")
    assert await spine.loop.once()
    assert len(spine.plane.applied) == 2
