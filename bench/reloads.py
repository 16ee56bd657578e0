"""Requests that meet trouble while the gateway reloads its plane: python -m bench.reloads [RELOADS] [BINARY...]

Every kind of client, constantly, against ``tidegate run`` while routes, endpoints and certificates change. Two figures a kind of
client: requests that met trouble at the first try, and requests that a standard client would have lost.
"""

import asyncio
import sys
import time

import trustme

from tests.support.churn import FLAGS, Churn, load_on, stirred
from tests.support.gateway import gateway
from tests.support.load import backends
from tests.support.planes import BINARIES


async def measure(name: str, count: int) -> None:
    driver, path, command = BINARIES[name]
    if not path:
        print(f"{name}: not here: {command}")
        return
    ca = trustme.CA()
    with gateway(driver().name, path) as made:
        async with backends(2) as (ports, served):
            churn = Churn(made, ports, ca)
            churn.begin()
            await asyncio.to_thread(made.start, *FLAGS)
            load = load_on(made, ca)
            started = time.monotonic()
            done = await stirred(made, churn, load, count)
            took = time.monotonic() - started
    met, lost = sum(map(len, load.met.values())), sum(map(len, load.lost.values()))
    print(
        f"{name}: {done} reloads in {took:.1f} s, {load.sent} requests ({served.requests} came), {met} met trouble, {lost} lost"
    )
    for kind, account in sorted(load.accounts.items()):
        print(f"  {kind}: {account}")
        for line in account.met[:3]:
            print(f"      {line}")


if __name__ == "__main__":
    words = sys.argv[1:]
    number = int(words.pop(0)) if words and words[0].isdigit() else 100
    for chosen in words or BINARIES:
        asyncio.run(measure(chosen, number))
