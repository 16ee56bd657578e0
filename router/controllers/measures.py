"""What controllers count, as metrics: of those that run alone, and of those beside a router."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from router.controllers.hosting import Hosting


def families(hosting: Hosting) -> Iterator[Metric]:
    """Bounded: no label holds an object's name."""
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
