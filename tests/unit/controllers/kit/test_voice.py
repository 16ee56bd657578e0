"""Events that controllers say, on a clock that tests turn."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from router.base.findings import ObjectRef
from router.controllers.kit.voice import BURST, TRIES, Voice
from router.controllers.writing.events import RENEW, Saying
from router.controllers.writing.sayer import Sayer
from router.sources.kubernetes.transport import ApiError
from tests.support.clock import FakeClock
from tests.support.fake_writes import FakeWrites


class Speaks:
    def __init__(self) -> None:
        self.clock, self.api = FakeClock(), FakeWrites()
        self.voice = Voice(Sayer(self.api.send, self.clock, "me"), self.clock)

    def say(self, reason: str, kind: str = "Warning", note: str = "") -> None:
        ref = ObjectRef(kind="DaemonController", namespace="shop", name="web")
        self.voice.say(
            Saying(
                object=ref, uid="u", type=kind, reason=reason, action="Sync", note=note,
                api_version="tidegate.dev/v1alpha1", reporter="tidegate.dev/daemon",
            )
        )  # fmt: skip


@pytest.fixture
async def speaks() -> AsyncIterator[Speaks]:
    made = Speaks()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.voice.run())
        yield made
        task.cancel()


async def test_a_warning_that_holds_is_said_once_and_again_before_it_is_forgotten(speaks: Speaks) -> None:
    for _ in range(5):
        speaks.say("Bad")
        await speaks.clock.advance(60)
    assert speaks.api.said == [("Bad", "web", 1)]
    await speaks.clock.advance(RENEW)
    speaks.say("Bad")
    await speaks.clock.advance(1)
    assert speaks.api.said == [("Bad", "web", 2)]


async def test_the_event_names_the_object_and_who_says_it(speaks: Speaks) -> None:
    speaks.say("Made", "Normal", "Created pod web-1.")
    await speaks.clock.advance(1)
    [event] = speaks.api.events.values()
    assert event["regarding"]["apiVersion"] == "tidegate.dev/v1alpha1"
    assert event["regarding"]["kind"] == "DaemonController"
    assert event["reportingController"] == "tidegate.dev/daemon"


async def test_many_events_take_their_time(speaks: Speaks) -> None:
    for n in range(BURST * 3):
        speaks.say("Made", "Normal", str(n))
    await speaks.clock.advance(1)
    assert BURST <= len(speaks.api.said) <= BURST + 12
    await speaks.clock.advance(60)
    assert len(speaks.api.said) == BURST * 3


async def test_one_that_can_not_be_said_is_given_up_and_the_next_is_said(speaks: Speaks) -> None:
    speaks.api.answers["*"] = ConnectionResetError("reset")
    speaks.say("First")
    await speaks.clock.advance(600)
    assert len(speaks.api.calls) == TRIES
    speaks.api.answers["*"] = ApiError(403, "forbidden")
    speaks.say("Second")
    await speaks.clock.advance(600)
    assert len(speaks.api.calls) == TRIES + 1
    del speaks.api.answers["*"]
    speaks.say("Third")
    await speaks.clock.advance(1)
    assert speaks.api.said == [("Third", "web", 1)]
