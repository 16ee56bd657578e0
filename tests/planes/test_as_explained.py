"""What `explain` says of a request is what every plane does with it: the written requests, on all versions, with and without trust.

`differs` of a request is the only way out, and each of those is a line of docs/planes.md.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from router.table.explain import Explanation, explain
from router.table.types import Table
from tests.planes.conftest import NEAR
from tests.support.asking import Asker, Seen, in_turn
from tests.support.judging import complaints, unlike
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import GLOBAL_DEFAULT, World
from tests.support.written import Written, written

pytestmark = pytest.mark.plane
ROUTERS = {
    "nobody is trusted": ("", {}),
    "neighbours are trusted": (GLOBAL_DEFAULT, {"trusted_proxies": NEAR, "request_start": True, "address": "::"}),
}
CASES = [(router, case) for router in ROUTERS for case in written() if case.only in ("", router)]
Judged = dict[str, list[str]]


@contextlib.contextmanager
def fleet(router: str, world: World) -> Iterator[list[Running]]:
    """All planes that are here."""
    more, settings = ROUTERS[router]
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(running(name, world, more, **settings)) for name, (_, path, _) in BINARIES.items() if path]


@pytest.fixture(scope="module")
def judged(world: World) -> dict[str, Judged]:
    """What is wrong with each request, by the kind of router."""
    made = {}
    for router in ROUTERS:
        cases = [case for where, case in CASES if where == router]
        with fleet(router, world) as planes, contextlib.ExitStack() as stack:
            askers = [stack.enter_context(contextlib.closing(Asker(plane))) for plane in planes]
            said = in_turn(askers, [case.asked for case in cases])
            made[router] = {case.name: list(wrong(planes, case, seen)) for case, (_, seen) in zip(cases, said, strict=True)}
    return made


def wrong(planes: list[Running], case: Written, seen: list[Seen]) -> Iterator[str]:
    for plane, one in zip(planes, seen, strict=True):
        listed = case.differs.get(plane.name, case.differs.get(plane.driver.name, []))
        found = found_by(plane.table, case, one)
        yield from (f"{plane.name}: {text}" for text in found if not any(piece in text for piece in listed))
        unseen = [piece for piece in listed if not any(piece in text for text in found)]
        yield from (f"{plane.name}: listed as a difference, but not so: {piece}" for piece in unseen)
    yield from unlike(seen)


def found_by(table: Table, case: Written, seen: Seen) -> list[str]:
    if case.routed:
        return list(complaints(case.asked, explain(table, case.asked.request), seen))
    return [] if str(seen.status) == case.expect else [f"status {seen.status} instead of {case.expect}"]


@pytest.mark.parametrize("name", BINARIES)
def test_every_plane_is_here(name: str) -> None:
    """Or it is told which one is not compared."""
    _, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")


@pytest.mark.parametrize(("router", "case"), CASES, ids=[f"{router}-{case.name}" for router, case in CASES])
def test_every_plane_does_what_explain_says(judged: dict[str, Judged], router: str, case: Written) -> None:
    assert judged[router][case.name] == []


def test_explain_says_what_is_written(world: World, plane: Running) -> None:
    """The reference is held to what a person wrote down."""
    apps = {str(port): name for name, port in world.ports.items()}
    said = {case.name: explain(plane.table, case.asked.request) for case in written() if case.routed}
    got = {name: str(s.status) if s.status else apps.get(s.endpoints[0].rpartition(":")[2], "") for name, s in said.items()}
    assert got == {case.name: case.expect for case in written() if case.routed}


@pytest.mark.parametrize("change", ["status", "url", "upstream", "answer", "client", "route", "endpoints"])
def test_what_is_not_as_explained_is_found(world: World, plane: Running, change: str) -> None:
    """The comparison can fail: with something else explained, it complains."""
    case = next(c for c in written() if c.name == "paths: a prefix matches by element ['/api/x']")
    with contextlib.closing(Asker(plane)) as asker:
        asker.ask(case.asked)
        (seen,) = asker.results()
    said = explain(plane.table, case.asked.request)
    assert not list(complaints(case.asked, said, seen))
    assert list(complaints(case.asked, _changed(said, change, plane.table), seen))


def _changed(said: Explanation, change: str, table: Table) -> Explanation:
    other = next(route for host in table.hosts for route in host.routes if said.route and route.origin != said.route.origin)
    values: dict[str, Any] = {
        "status": 404, "url": "/api/y", "upstream": (*said.upstream, ("X-More", "1")), "answer": (("Retry-After", "1"),),
        "client": "192.0.2.1", "route": other, "endpoints": ("192.0.2.1:1",),
    }  # fmt: skip
    return msgspec.structs.replace(said, **{change: values[change]})
