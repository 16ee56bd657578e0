"""Elections on a clock that tests turn, with an API server that fails as it is told. Two candidates, one Lease."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from router.controllers.leader.decide import Terms
from router.controllers.leader.run import Election
from tests.support.clock import FakeClock, settle
from tests.support.fake_lease import FakeLease


class Candidate:
    """Its work writes all the time while it runs, each time with the moment and who else may write."""

    def __init__(self, world: "World", name: str) -> None:
        self.world, self.name = world, name
        self.works, self.begun, self.fails = False, 0, False
        self.election = Election(world.api.by(name), ("ns", "lease"), Terms(me=name), world.clock)

    async def work(self) -> None:
        self.works, self.begun = True, self.begun + 1
        try:
            while not self.fails:
                self.world.check()
                await self.world.clock.sleep(0.1)
            self.fails = False
            raise ZeroDivisionError("a fault of ours")
        finally:
            self.works = False


class World:
    def __init__(self) -> None:
        self.api, self.clock = FakeLease(), FakeClock()
        self.all = [Candidate(self, "a"), Candidate(self, "b")]
        self.tasks: Sequence[asyncio.Task[None]] = ()

    def check(self) -> None:
        assert sum(c.works for c in self.all) <= 1
        assert sum(c.election.leads for c in self.all) <= 1

    @property
    def leaders(self) -> list[str]:
        return [c.name for c in self.all if c.works]

    async def turn(self, seconds: float) -> None:
        """In small steps, looking at each."""
        for _ in range(int(seconds * 2)):
            await self.clock.advance(0.5)
            self.check()
        await settle()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with asyncio.TaskGroup() as group:
        made.tasks = [group.create_task(c.election.run(c.work)) for c in made.all]
        await made.turn(3)
        yield made
        made.api.mode = {}
        for task in made.tasks:
            task.cancel()


async def test_one_of_two_leads_and_goes_on_leading(world: World) -> None:
    first = world.leaders
    assert len(first) == 1
    await world.turn(120)
    assert world.leaders == first
    assert [c.begun for c in world.all if c.name in first] == [1]


async def test_a_leader_that_is_asked_to_end_gives_the_lease_back_and_the_other_has_it_at_once(world: World) -> None:
    [first] = world.leaders
    world.tasks["ab".index(first)].cancel()
    await world.turn(2.5)
    assert world.leaders == [{"a": "b", "b": "a"}[first]]


@pytest.mark.parametrize("mode", ["hang", "break", "lost"])
async def test_a_leader_that_can_not_reach_the_api_server_stops_before_the_other_may_lead(world: World, mode: str) -> None:
    [first] = world.leaders
    world.api.mode = {first: mode}
    lease = world.all["ab".index(first)].election.terms
    held = world.clock.monotonic()
    await world.turn(lease.fence + 1)
    if mode == "lost":  # its renewals arrive, so nobody else may lead, but it can not know
        assert world.api.holder == first
    assert world.leaders in ([], [first]) if mode == "lost" else world.leaders == []
    await world.turn(lease.duration)
    if mode != "lost":
        assert world.leaders == [{"a": "b", "b": "a"}[first]]
    assert world.clock.monotonic() > held
    world.api.mode = {}
    await world.turn(60)
    assert len(world.leaders) == 1


async def test_nobody_leads_while_the_api_server_hangs_and_one_leads_afterwards(world: World) -> None:
    world.api.mode = {"*": "hang"}
    await world.turn(11)
    assert world.leaders == []
    await world.turn(60)
    assert world.leaders == []


async def test_work_that_fails_gives_the_lease_back(world: World) -> None:
    [first] = world.leaders
    world.all["ab".index(first)].fails = True
    await world.turn(4)
    assert len(world.leaders) == 1
    assert world.api.item
    assert world.api.item["spec"]["leaseTransitions"] >= 1


async def test_a_process_that_stood_still_knows_when_it_wakes(world: World) -> None:
    """``leads`` is asked right before each write, before any timer has run."""
    [first] = world.leaders
    election = world.all["ab".index(first)].election
    assert election.leads
    world.clock.pass_(election.terms.fence + 1)
    assert not election.leads


async def test_a_lease_that_somebody_else_wrote_over_is_lost_at_the_next_renewal(world: World) -> None:
    [first] = world.leaders
    assert world.api.item
    world.api.version += 1
    world.api.item["spec"]["holderIdentity"] = "c"
    world.api.item["metadata"]["resourceVersion"] = str(world.api.version)
    await world.turn(2.5)
    assert world.leaders == []
    assert not world.all["ab".index(first)].election.leads


async def test_what_others_wrote_on_the_lease_beside_its_record_stays(world: World) -> None:
    """Helm knows its objects by such labels and annotations."""
    [first] = world.leaders
    assert world.api.item
    theirs = {"labels": {"app": "edge"}, "annotations": {"a": "b"}, "finalizers": ["x/y"], "ownerReferences": [{"uid": "1"}]}
    world.api.version += 1
    world.api.item["metadata"] |= theirs | {"resourceVersion": str(world.api.version)}
    writes = world.api.writes
    await world.turn(30)
    assert world.leaders == [first]
    world.tasks["ab".index(first)].cancel()
    await world.turn(30)
    assert world.leaders != [first]
    assert world.api.writes > writes + 2
    assert theirs.items() <= world.api.item["metadata"].items()


async def test_a_lease_that_was_deleted_is_made_again_by_one(world: World) -> None:
    world.api.item = None
    await world.turn(20)
    assert len(world.leaders) == 1
    assert world.api.holder == world.leaders[0]


async def test_an_answer_that_was_lost_once_costs_nothing(world: World) -> None:
    [first] = world.leaders
    world.api.mode = {first: "lost"}
    await world.turn(2.5)
    world.api.mode = {}
    await world.turn(5)
    assert world.leaders == [first]
    assert world.all["ab".index(first)].begun == 1


async def test_a_fault_of_ours_ends_neither_the_program_nor_the_election(world: World) -> None:
    world.api.mode = {"*": "fault"}
    await world.turn(30)
    assert world.leaders == []
    world.api.mode = {}
    await world.turn(90)
    assert len(world.leaders) == 1
