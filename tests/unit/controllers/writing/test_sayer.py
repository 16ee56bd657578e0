"""Whether an Event is new or said one more time."""

import pytest

from router.base.findings import ObjectRef
from router.controllers.writing.events import Saying
from router.controllers.writing.sayer import Sayer
from router.sources.kubernetes.transport import ApiError
from tests.support.clock import FakeClock
from tests.support.fake_writes import FakeWrites

SAYING = Saying(
    object=ObjectRef(kind="Service", namespace="shop", name="web"), uid="u", type="Normal", reason="A", action="B", note="c"
)


async def test_the_same_is_one_event_that_counts() -> None:
    api = FakeWrites()
    sayer = Sayer(api.send, FakeClock(), "me")
    for _ in range(3):
        await sayer.say(SAYING)
    assert api.said == [("A", "web", 3)]


async def test_one_of_another_leader_is_continued_and_one_that_was_forgotten_begins_anew() -> None:
    api = FakeWrites()
    await Sayer(api.send, FakeClock(), "me").say(SAYING)
    sayer = Sayer(api.send, FakeClock(), "other")
    await sayer.say(SAYING)
    assert api.said == [("A", "web", 2)]
    api.events.clear()
    await sayer.say(SAYING)
    assert api.said == [("A", "web", 1)]


async def test_what_was_not_said_does_not_count() -> None:
    api = FakeWrites()
    sayer = Sayer(api.send, FakeClock(), "me")
    api.answers["*"] = ApiError(403, "forbidden")
    with pytest.raises(ApiError):
        await sayer.say(SAYING)
    api.answers.clear()
    await sayer.say(SAYING)
    assert api.said == [("A", "web", 1)]
