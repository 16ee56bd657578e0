"""What `explain` says of a request is what every plane does with it: the written requests, on all versions, with and without trust."""

import contextlib
from collections.abc import Iterator

import pytest

from router.table.explain import explain
from tests.planes.conftest import NEAR
from tests.support.asking import Asker, Seen, in_turn
from tests.support.judging import complaints, unlike
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import GLOBAL_DEFAULT, World
from tests.support.written import Written, written

pytestmark = pytest.mark.plane
CASES = written()
ROUTERS = {
    "nobody is trusted": ("", {}),
    "neighbours are trusted": (GLOBAL_DEFAULT, {"trusted_proxies": NEAR, "request_start": True, "address": "::"}),
}
Judged = dict[str, list[str]]


@pytest.fixture(scope="module", params=list(ROUTERS))
def judged(request: pytest.FixtureRequest, world: World) -> Iterator[Judged]:
    """What is wrong with each request, on one kind of router."""
    more, settings = ROUTERS[request.param]
    with contextlib.ExitStack() as stack:
        here = [name for name, (_, path, _) in BINARIES.items() if path]
        planes = [stack.enter_context(running(name, world, more, **settings)) for name in here]
        said = in_turn([Asker(plane) for plane in planes], [case.asked for case in CASES])
        yield {case.name: list(wrong(planes, case, seen)) for case, (_, seen) in zip(CASES, said, strict=True)}


def wrong(planes: list[Running], case: Written, seen: list[Seen]) -> Iterator[str]:
    for plane, one in zip(planes, seen, strict=True):
        listed = case.differs.get(plane.name, case.differs.get(plane.driver.name, []))
        said = explain(plane.table, case.asked.request)
        found = list(complaints(case.asked, said, one)) if case.routed else list(no_request(case, one))
        yield from (f"{plane.name}: {text}" for text in found if not any(piece in text for piece in listed))
        unseen = [piece for piece in listed if not any(piece in text for text in found)]
        yield from (f"{plane.name}: listed as a difference, but not so: {piece}" for piece in unseen)
    yield from unlike(seen)


def no_request(case: Written, seen: Seen) -> Iterator[str]:
    if str(seen.status) != case.expect:
        yield f"status {seen.status} instead of {case.expect}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_plane_does_what_explain_says(judged: Judged, case: Written) -> None:
    assert judged[case.name] == []
