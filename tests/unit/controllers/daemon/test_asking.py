"""Pods are asked until they say that they are drained."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from router.controllers.daemon.asking import Asker, Question
from router.facts.meta import Key
from tests.support.clock import FakeClock

OWNER = ("shop", "edge")


class Asks:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.asked: list[str] = []
        self.told: list[Key] = []
        self.status: int | Exception = 503
        self.asker = Asker(self.ask, self.clock, self.told.append)

    async def ask(self, url: str, limit: float) -> int:
        self.asked.append(url)
        if isinstance(self.status, Exception):
            raise self.status
        return self.status


def question(uid: str = "u", address: str = "10.0.0.1", path: str = "/drained") -> Question:
    return Question(owner=OWNER, uid=uid, address=address, port=9090, path=path)


@pytest.fixture
async def asks() -> AsyncIterator[tuple[Asks, asyncio.TaskGroup]]:
    made = Asks()
    async with asyncio.TaskGroup() as group:
        yield made, group
        made.asker.want(OWNER, [], group)


@pytest.mark.parametrize(
    ("address", "path", "url"),
    [("10.0.0.1", "/a", "http://10.0.0.1:9090/a"), ("fd00::1", "a/b", "http://[fd00::1]:9090/a/b")],
)
def test_the_address_may_be_of_both_families(address: str, path: str, url: str) -> None:
    assert question(address=address, path=path).url == url


async def test_it_is_asked_again_and_again_until_it_says_yes(asks: tuple[Asks, asyncio.TaskGroup]) -> None:
    a, group = asks
    for _ in range(3):
        a.asker.want(OWNER, [question()], group)
        await a.clock.advance(2)
    assert 5 <= len(a.asked) <= 8
    a.status = OSError("refused")
    await a.clock.advance(3)
    assert a.asker.drained == set()
    a.status = 200
    await a.clock.advance(2)
    assert a.asker.drained == {"u"}
    assert a.told == [OWNER]
    before = len(a.asked)
    await a.clock.advance(10)
    assert len(a.asked) == before


async def test_who_is_not_asked_about_any_more_is_forgotten(asks: tuple[Asks, asyncio.TaskGroup]) -> None:
    a, group = asks
    a.status = 200
    a.asker.want(OWNER, [question("u"), question("v")], group)
    await a.clock.advance(1)
    assert a.asker.drained == {"u", "v"}
    a.asker.want(("shop", "other"), [], group)
    a.asker.want(OWNER, [question("v")], group)
    assert a.asker.drained == {"v"}
