"""The admin address of controllers that run alone: /healthz, /readyz, /metrics. Nothing here is secret."""

from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from router.base.findings import printable
from router.controllers.hosting import Hosting
from router.controllers.start import Controlling


def families(hosting: Hosting) -> Iterator[Metric]:
    """What controllers count, whether they run alone or beside a router."""
    calls = CounterMetricFamily("tidegate_controller_calls", "Calls to the API server.", labels=["method", "result"])
    for (method, result), count in sorted(hosting.counts.items()):
        calls.add_metric([method, result], count)
    yield calls
    waits = CounterMetricFamily("tidegate_controller_waits", "Decisions put off because own writes were not seen yet.")
    waits.add_metric([], hosting.waits)
    yield waits
    checks = GaugeMetricFamily("tidegate_controller_follows", "1 if this kind is up to date.", labels=["check"])
    for check in hosting.health():
        checks.add_metric([check.name], float(check.ok))
    yield checks
    shown: dict[str, GaugeMetricFamily] = {}
    for gauge in hosting.gauges():
        names, values = [name for name, _ in gauge.labels], [value for _, value in gauge.labels]
        family = shown.setdefault(gauge.name, GaugeMetricFamily(gauge.name, gauge.help, labels=names))
        family.add_metric(values, gauge.value)
    yield from shown.values()


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
