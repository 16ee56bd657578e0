"""One table with everything in it, on every version of both planes. A plane starts once for each file of tests that asks for it."""

import contextlib
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import GLOBAL_DEFAULT, World

NEAR = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with contextlib.ExitStack() as stack:
        yield World(stack)


@pytest.fixture(scope="module", params=list(BINARIES))
def plane(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Nobody is trusted."""
    with running(request.param, world) as made:
        yield made


@pytest.fixture(scope="module", params=list(BINARIES))
def trusting(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """This machine and its neighbours are trusted proxies."""
    with running(request.param, world, trusted_proxies=NEAR, request_start=True) as made:
        yield made


@pytest.fixture(scope="module", params=list(BINARIES))
def proxied(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Clients must send a PROXY header."""
    with running(request.param, world, proxy_protocol=True) as made:
        yield made


@pytest.fixture(scope="module", params=list(BINARIES))
def dual(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Listens everywhere, for IPv4 and IPv6. A default backend serves what no rule names."""
    if "six" not in world.ports:
        pytest.skip("this machine has no ::1")
    with running(request.param, world, GLOBAL_DEFAULT, address="::") as made:
        yield made
