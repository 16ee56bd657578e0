"""The admin address of controllers that run alone: /healthz, /readyz, /metrics. Nothing here is secret."""

from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from router.base.findings import printable
from router.controllers.measures import families
from router.controllers.start import Controlling


class _Made(Collector):
    def __init__(self, working: Controlling) -> None:
        self._working = working

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("tidegate_leader", "1 if this process is the one that writes.", float(self._working.leads))
        yield from families(self._working.hosting)


def application(working: Controlling) -> web.Application:
    registry = CollectorRegistry()
    registry.register(_Made(working))

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        """Whoever waits for its turn is ready too."""
        checks = working.hosting.health()
        ready = all(check.ok for check in checks)
        lines = [f"[{'+' if c.ok else '-'}] {c.name}: {c.message}" for c in checks]
        shown = [*lines, f"leads: {working.leads}"] if "verbose" in request.query or not ready else []
        text = "".join(f"{printable(line, 1000)}\n" for line in [*shown, "ready" if ready else "not ready"])
        return web.Response(text=text, status=200 if ready else 503)

    async def metrics(request: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=generate_latest(registry), headers=headers)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/livez", healthz), web.get("/readyz", readyz)])
    app.add_routes([web.get("/metrics", metrics)])
    return app
