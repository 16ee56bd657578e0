"""The real gateway under load while its objects change: routes come and go, endpoints move, certificates are renewed."""

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import trustme

from tests.support.gateway import Gateway
from tests.support.load import Http1, Load, Websocket
from tests.support.load_h2 import Http2

HOST = "load.example.com"
FLAGS = ("--quiet", "10", "--drain-timeout", "600", "--access-log", "off")
"""No pause for more changes: each is to be a reload of its own. Websockets may last longer than the whole load."""


@dataclass
class Churn:
    """Changes of one gateway's manifests. ``ports``: of the backends that serve ``HOST``."""

    gateway: Gateway
    ports: list[int]
    ca: trustme.CA

    def host(self, *ports: int) -> None:
        """``HOST`` is served by these endpoints."""
        notes = {
            "tidegate.dev/domains": HOST, "tidegate.dev/certificates": f"{HOST}:load",
            "tidegate.dev/endpoints": ",".join(f"127.0.0.1:{port}" for port in ports), "tidegate.dev/bodySize": "0",
        }  # fmt: skip
        self._write("load", service("load", notes))

    def certificate(self) -> None:
        leaf = self.ca.issue_cert(HOST)
        data = {
            "tls.crt": b"".join(b.bytes() for b in leaf.cert_chain_pems).decode(),
            "tls.key": leaf.private_key_pem.bytes().decode(),
        }
        meta = {"name": "load-cert", "namespace": "shop"}
        self._write(
            "cert", {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "stringData": data}
        )

    def other(self, number: int) -> None:
        notes = {"tidegate.dev/domains": f"other{number}.example.com", "tidegate.dev/endpoints": f"127.0.0.1:{self.ports[0]}"}
        self._write(f"other{number}", service(f"other{number}", notes))

    def gone(self, number: int) -> None:
        (self.gateway.manifests / f"other{number}.yaml").unlink()

    def begin(self) -> None:
        self.certificate()
        self.host(*self.ports)

    def changes(self) -> Iterator[Callable[[], None]]:
        """Endless: a route more, an endpoint less, a route less, a new certificate, an endpoint more."""
        number = 0
        first, *rest = self.ports
        while True:
            number += 1
            yield lambda n=number: self.other(n)
            yield lambda: self.host(first)
            yield lambda n=number: self.gone(n)
            yield self.certificate
            yield lambda: self.host(*rest)

    def _write(self, name: str, said: dict[str, object]) -> None:
        """In one step: nobody reads half a manifest."""
        fresh = self.gateway.work / f"{name}.new"
        fresh.write_text(json.dumps(said))
        fresh.rename(self.gateway.manifests / f"{name}.yaml")


def service(name: str, notes: dict[str, str]) -> dict[str, object]:
    metadata = {"name": name, "namespace": "shop", "labels": {"tidegate.dev/routable": "true"}, "annotations": notes}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}}


def reloads(gateway: Gateway) -> int:
    """Changes that the gateway says are served."""
    found = re.search(rb'tidegate_reloads_total\{result="success"\} ([0-9.]+)', gateway.ask_admin("/metrics"))
    return int(float(found[1])) if found else 0


def generation(gateway: Gateway) -> str:
    """What the plane confirmed; empty if nobody answers."""
    answer = gateway.ask_admin("/version")
    return str(json.loads(answer)["generation"]) if answer else ""


def load_on(gateway: Gateway, ca: trustme.CA) -> Load:
    trust = ssl.create_default_context()
    ca.configure_trust(trust)
    return Load(HOST, gateway.http, gateway.https, trust)


def clients(load: Load) -> dict[str, "asyncio.Future[None]"]:
    """Every kind of client, begun: busy ones and ones that pause."""
    loop = asyncio.get_running_loop()
    at_once = lambda number: 0.0  # noqa: E731
    paused = lambda number: (number % 5) * 0.03  # noqa: E731
    slow = lambda number: 0.2 + (number % 9) * 0.1  # noqa: E731
    work = {
        **{f"keep {n}": Http1(load, "keep-alive", tls=False, keep=True).run(paused if n % 2 else at_once) for n in range(6)},
        "seldom": Http1(load, "seldom", tls=False, keep=True).run(slow),
        "seldom 2": Http1(load, "seldom", tls=False, keep=True).run(slow),
        "seldom 3": Http1(load, "seldom", tls=True, keep=True).run(slow),
        "new": Http1(load, "new connection", tls=False, keep=False).run(paused),
        "new tls": Http1(load, "new TLS connection", tls=True, keep=False).run(lambda number: 0.05),
        "tls": Http1(load, "TLS keep-alive", tls=True, keep=True).run(paused),
        "h2": Http2(load, "HTTP/2", 4).run(0.01),
        "ws": Websocket(load, "websocket").run(),
        "ws 2": Websocket(load, "websocket").run(),
    }
    return {name: loop.create_task(todo) for name, todo in work.items()}


async def stirred(gateway: Gateway, churn: Churn, load: Load, count: int) -> int:
    """Make ``count`` changes, each one served before the next is made; how many reloads the gateway counted."""
    first = await asyncio.to_thread(reloads, gateway)
    tasks = clients(load)
    await asyncio.sleep(0.3)
    changes = churn.changes()
    for _ in range(count):
        before = await asyncio.to_thread(generation, gateway)
        next(changes)()
        await asyncio.to_thread(gateway.until, lambda before=before: generation(gateway) not in ("", before), 60)
    load.stopping = True
    await asyncio.gather(*tasks.values())
    return await asyncio.to_thread(reloads, gateway) - first
