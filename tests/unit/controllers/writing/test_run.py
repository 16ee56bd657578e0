"""The leader's work on a clock that tests turn, with an API server that takes notes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from router.base.findings import Finding, error
from router.controllers.leader.run import LostError
from router.controllers.writing.run import BURST, PUSHED, Plan, Writer
from router.facts.networking import Ingress
from router.report.status import Pass, Status
from router.settings import Settings
from router.sources.kubernetes.transport import ApiError
from tests.flow.conftest import FakeSource
from tests.support.clock import FakeClock, settle
from tests.support.fake_writes import FakeWrites
from tests.support.writing import ingress, snapshot, table_of

SETTINGS = Settings(publish_address=("192.0.2.1",))
DENIED = ApiError(403, "forbidden")


class Leader:
    def __init__(self, settings: Settings = SETTINGS, api: FakeWrites | None = None) -> None:
        self.api, self.clock, self.leads = api or FakeWrites(), FakeClock(), True
        self.status = Status(FakeSource(), "nginx", "0")
        self.status.leads = True
        plan = Plan(instance="me", plane="nginx", limit=3)
        self.writer = Writer(self.api, settings, plan, self.clock, self.status, lambda: self.leads)

    async def hears(self, *items: Ingress, bad: tuple[str, ...] = (), wait: float = 6) -> None:
        """A pass in which all of ``items`` are served, and those named have a finding."""
        findings: tuple[Finding, ...] = tuple(error(i.ref, "spec", "Bad", "It is bad.") for i in items if i.metadata.name in bad)
        table, now = table_of(*(i.ref for i in items)), self.clock.monotonic()
        made = Pass(snapshot=snapshot(*items), table=table, findings=findings, noticed=now, ended=now, served=True)
        self.writer.heard(made)
        await self.clock.advance(wait)
        await settle()

    def count(self, kind: str, result: str) -> int:
        return self.status.writes[kind, result]


@pytest.fixture
async def leader() -> AsyncIterator[Leader]:
    made = Leader()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.writer.work())
        await settle()
        yield made
        task.cancel()


async def test_addresses_are_written_once_and_taken_back_when_an_ingress_is_not_ours_any_more(leader: Leader) -> None:
    for _ in range(3):
        await leader.hears(ingress("a"))
    assert leader.api.shown == [("a", [{"ip": "192.0.2.1"}])]
    for _ in range(3):
        await leader.hears(ingress("a", "192.0.2.1", version="2"))
        await leader.hears(ingress("a", "192.0.2.1", klass="nginx", version="3"))
    assert leader.api.shown[1:] == [("a", [])]
    assert leader.count("status", "written") == 2


async def test_addresses_of_somebody_else_are_left_and_its_owner_is_told(leader: Leader) -> None:
    leader.api.answers["status"] = ApiError(409, 'Apply failed with 1 conflict: conflict with "other"')
    for _ in range(3):
        await leader.hears(ingress("a", "203.0.113.5"))
    assert len(leader.api.shown) == 1
    assert leader.api.said == [("AddressOfAnother", "a", 1)]
    await leader.hears(ingress("a", "203.0.113.6", version="2"))
    assert len(leader.api.shown) == 2
    assert leader.count("status", "conflict") == 2


async def test_who_takes_our_addresses_away_again_and_again_has_the_last_word(leader: Leader) -> None:
    for version in range(20):
        await leader.hears(ingress("a", version=str(version)))
    assert len(leader.api.shown) == PUSHED


async def test_a_complaint_is_said_once_and_again_when_it_comes_back(leader: Leader) -> None:
    for _ in range(3):
        await leader.hears(ingress("a", "192.0.2.1"), bad=("a",))
    assert leader.api.said == [("Bad", "a", 1)]
    await leader.hears(ingress("a", "192.0.2.1"))
    await leader.hears(ingress("a", "192.0.2.1"), bad=("a",))
    assert leader.api.said == [("Bad", "a", 2)]


async def test_a_complaint_that_holds_is_renewed_before_it_is_forgotten(leader: Leader) -> None:
    await leader.hears(ingress("a", "192.0.2.1"), bad=("a",))
    await leader.clock.advance(44 * 60)
    assert leader.api.said == [("Bad", "a", 1)]
    await leader.clock.advance(3 * 60)
    assert leader.api.said == [("Bad", "a", 2)]
    leader.api.events.clear()
    await leader.clock.advance(47 * 60)
    assert leader.api.said == [("Bad", "a", 1)]


async def test_a_new_leader_does_not_repeat_what_was_said_under_another_name(leader: Leader) -> None:
    await leader.hears(ingress("a", "192.0.2.1"), bad=("a",))
    other = Leader()
    other.api = leader.api
    other.writer = Writer(
        leader.api, SETTINGS, Plan(instance="o", plane="nginx", limit=3), other.clock, other.status, lambda: True
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(other.writer.work())
        await other.hears(ingress("a", "192.0.2.1"), bad=("a",))
        task.cancel()
    assert leader.api.said == [("Bad", "a", 2)]


async def test_what_comes_to_be_served_is_said_with_its_time(leader: Leader) -> None:
    await leader.hears(ingress("a", "192.0.2.1"))
    await leader.hears(ingress("a", "192.0.2.1"), ingress("b", "192.0.2.1"))
    assert leader.api.said == [("Programmed", "b", 1)]
    [event] = leader.api.events.values()
    assert (event["type"], event["note"]) == ("Normal", "Served by nginx 0.00 s after the change was seen.")


async def test_many_writes_take_their_time_and_what_is_over_meanwhile_is_never_written(leader: Leader) -> None:
    many = [ingress(f"i{n:03}", "192.0.2.1") for n in range(200)]
    await leader.hears(*many, bad=tuple(i.metadata.name for i in many), wait=2)
    some = len(leader.api.said)
    assert BURST <= some <= BURST + 25
    await leader.hears(*many, wait=60)
    assert len(leader.api.said) <= some + 20


async def test_what_the_server_does_not_take_is_tried_later_and_less_and_less_often(leader: Leader) -> None:
    leader.api.answers["*"] = ConnectionResetError("reset")
    await leader.hears(ingress("a"), bad=("a",))
    await leader.clock.advance(3600)
    tries = len(leader.api.calls)
    assert 10 < tries < 150
    del leader.api.answers["*"]
    await leader.clock.advance(400)
    assert leader.api.said == [("Bad", "a", 1)]
    assert leader.api.shown[-1] == ("a", [{"ip": "192.0.2.1"}])
    assert leader.count("event", "failed") > 0


async def test_one_kind_that_is_denied_does_not_hold_up_the_other(leader: Leader) -> None:
    leader.api.answers["status"] = DENIED
    await leader.hears(ingress("a"), ingress("b"), bad=("a",))
    assert leader.api.said == [("Bad", "a", 1)]
    assert (leader.count("status", "denied"), leader.count("status", "failed")) == (1, 0)


async def test_nothing_is_written_when_we_do_not_lead_any_more() -> None:
    leader = Leader()
    leader.leads = False
    await leader.hears(ingress("a"), bad=("a",))
    with pytest.raises(LostError, match="before a write"):
        await leader.writer.work()
    assert leader.api.calls == []


async def test_the_second_call_of_a_write_is_not_made_either_when_the_time_was_over_after_the_first() -> None:
    """An Event that is there already is written a second time, over it."""

    class Slow(FakeWrites):
        async def send(self, method: str, path: str, *rest: Any, **more: Any) -> bytes:
            self.calls.append((method, path, {}))
            leader.leads = False
            raise ApiError(409, "exists")

    leader = Leader(Settings(), Slow())
    await leader.hears(ingress("a"), bad=("a",))
    with pytest.raises(LostError, match="before a write"):
        await leader.writer.work()
    assert [method for method, _, _ in leader.api.calls] == ["POST"]


async def test_who_does_not_lead_is_silent_and_who_begins_to_lead_says_what_holds(leader: Leader) -> None:
    silent = Leader()
    silent.status.leads = False
    await silent.hears(ingress("a"), bad=("a",))
    assert silent.api.calls == []
    async with asyncio.TaskGroup() as group:
        task = group.create_task(silent.writer.work())
        await silent.clock.advance(6)
        task.cancel()
    assert silent.api.said == [("Bad", "a", 1)]


async def test_events_can_be_off() -> None:
    leader = Leader(Settings(events=False))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(leader.writer.work())
        await leader.hears(ingress("a"), bad=("a",))
        task.cancel()
    assert leader.api.calls == []
