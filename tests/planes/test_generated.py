"""Routers that nobody thought of: hypothesis makes them, every plane loads them, and does what `explain` says of requests near them.

The same routers and requests each time. `TIDEGATE_ROUTERS=500` makes so many new ones, and shrinks a router that fails.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from router.base.digest import digest
from router.table.explain import explain
from router.table.notation import to_text
from router.table.story import render_text
from tests.support import near
from tests.support.asking import Asked, Asker, Seen, in_turn
from tests.support.judging import complaints, unlike
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World
from tests.support.simpler import simpler
from tests.support.tables import Made, routers

MORE = int(os.environ.get("TIDEGATE_ROUTERS", "0"))
ROUTERS, REQUESTS = MORE or 16, 250
pytestmark = [pytest.mark.plane, pytest.mark.timeout(120 + 20 * ROUTERS)]


@dataclass(frozen=True)
class Fleet:
    planes: list[Running]
    askers: list[Asker]
    world: World

    def load(self, made: Made) -> None:
        manifests = made.manifests(self.world.ports["a"], self.world.ports["b"])
        for plane, asker in zip(self.planes, self.askers, strict=True):
            asker.close()
            plane.load(manifests, **made.settings)

    def wrong(self, asked: list[Asked]) -> Iterator[tuple[Asked, list[str]]]:
        """What is wrong with which request."""
        for one, seen in in_turn(self.askers, asked):
            if found := list(self._judged(one, seen)):
                yield one, found

    def _judged(self, asked: Asked, seen: list[Seen]) -> Iterator[str]:
        for plane, one in zip(self.planes, seen, strict=True):
            yield from (f"{plane.name}: {text}" for text in complaints(asked, explain(plane.table, asked.request), one))
        yield from unlike(seen)

    def smallest(self, wrong: tuple[Asked, list[str]]) -> tuple[Asked, list[str]]:
        """A request as simple as can be with which still something is wrong, and what."""
        while found := next(self.wrong(list(simpler(wrong[0]))), None):
            wrong = found
        return wrong

    def story(self, asked: Asked, found: list[str]) -> str:
        plane = self.planes[0]
        return "\n".join([str(asked), *found, render_text(explain(plane.table, asked.request)), to_text(plane.table)])


@pytest.fixture(scope="module")
def fleet(world: World) -> Iterator[Fleet]:
    with contextlib.ExitStack() as stack:
        here = [name for name, (_, path, _) in BINARIES.items() if path]
        planes = [stack.enter_context(running(name, world)) for name in here]
        yield Fleet(planes, [stack.enter_context(contextlib.closing(Asker(plane))) for plane in planes], world)


@settings(
    max_examples=ROUTERS,
    derandomize=not MORE,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if MORE else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(made=routers())
def test_every_plane_does_what_explain_says_of_any_router(fleet: Fleet, made: Made) -> None:
    fleet.load(made)
    asked = list(near.requests(fleet.planes[0].table, digest(repr(made)), REQUESTS))
    wrong = sorted(fleet.wrong(asked), key=lambda found: len(found[0].wire()))
    if wrong:
        note(f"{len(wrong)} of {len(asked)} requests; the smallest:\n" + fleet.story(*fleet.smallest(wrong[0])))
    assert not wrong
