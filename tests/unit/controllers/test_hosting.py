"""Controllers on one set of caches."""

import asyncio
from typing import cast

from router.controllers.hosting import Hosting, made
from router.controllers.kit.kinds import NODES, PODS
from router.controllers.kit.world import World
from router.settings import CONTROLLERS
from router.sources.kubernetes.client import ClientTransport
from tests.support.clock import FakeClock
from tests.support.fake_cluster import NODES as NODES_PATH
from tests.support.fake_cluster import PODS as PODS_PATH
from tests.support.fake_cluster import FakeCluster


class Looks:
    def __init__(self, *kinds: object) -> None:
        self.kinds, self.pokes, self.sight = kinds, 0, -1

    def poke(self, kind: object) -> None:
        assert kind in self.kinds
        self.pokes += 1

    async def run(self, world: World) -> None:
        self.sight = sum(len(world.following.of(kind)) for kind in self.kinds)  # type: ignore[arg-type]
        await asyncio.Event().wait()


def test_every_controller_that_can_be_named_can_be_made() -> None:
    assert len(made(CONTROLLERS)) == len(CONTROLLERS)


async def test_each_begins_when_all_that_it_looks_at_was_read_and_hears_of_that_alone() -> None:
    clock = FakeClock()
    api = FakeCluster(clock)
    api.put(NODES_PATH, {"metadata": {"name": "n1"}})
    late = [True]

    def fails(path: str) -> None:
        if path == PODS_PATH and late[0]:
            raise ConnectionResetError

    get = api.get
    api.get = lambda path, query, silence: (fails(path), get(path, query, silence))[1]  # type: ignore[method-assign,func-returns-value]
    quick, slow = Looks(NODES), Looks(NODES, PODS)
    transport = cast(ClientTransport, api)
    hosting = Hosting([quick, slow], (transport, transport), [], clock, "me")  # type: ignore[list-item]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(hosting.work(lambda: True, 1.0))
        await clock.advance(5)
        assert (quick.sight, slow.sight) == (1, -1)
        api.put(PODS_PATH, {"metadata": {"name": "p", "namespace": "shop"}})
        late[0] = False
        await clock.advance(60)
        assert slow.sight == 2
        assert slow.pokes > quick.pokes > 0
        assert hosting.health()
        task.cancel()
    assert hosting.health() == ()
