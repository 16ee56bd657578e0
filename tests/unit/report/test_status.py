"""What the loop knows of itself."""

from tests.flow.conftest import Spine


async def test_it_is_ready_only_when_everything_needed_is_true() -> None:
    spine = Spine()
    assert not spine.status.ready
    spine.source.says("a")
    await spine.loop.once()
    assert spine.status.ready
    spine.plane.running = False
    assert not spine.status.ready
    spine.plane.running = True
    spine.status.draining = True
    assert not spine.status.ready
    assert all(check.message for check in spine.status.checks())
