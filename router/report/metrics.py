"""Prometheus metrics, made from Status when they are asked for. Bounded: no label holds a host, a path or an object's name,
but the certificates' hosts, of which there are as many as certificates."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from router.base.clock import Clock
from router.base.faults import Step
from router.base.findings import Finding
from router.base.memo import Memo
from router.certs import Certificate
from router.report.status import Status
from router.table.types import Backend, VirtualHost

CERTIFICATES = 1000
"""Certificates whose end is shown, the first to end first."""


class StatusCollector(Collector):
    """One scrape reads Status once; nothing is counted twice."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status, self._clock = status, clock

    def collect(self) -> Iterator[Metric]:
        s = self._status
        yield InfoMetricFamily("tidegate_build", "Version and plane.", {"version": s.version, "plane": s.plane})
        yield InfoMetricFamily("tidegate_config_hash", "Generation that the plane confirmed.", {"generation": s.generation})
        yield _gauge("tidegate_ready", "1 if /readyz answers 200.", s.ready)
        yield _gauge("tidegate_config_last_reload_successful", "1 if the newest change is served.", s.last_ok)
        last = s.last_success.timestamp() if s.last_success else 0
        yield _gauge("tidegate_config_last_reload_success_timestamp_seconds", "When a change was last confirmed.", last)
        yield _gauge("tidegate_change_pending_seconds", "How long the oldest change has not been served.", self._pending())
        overdue = self._pending() > s.pending_limit
        yield _gauge("tidegate_change_overdue", "1 if a change has not been served for longer than --pending-limit.", overdue)
        yield _gauge("tidegate_build_duration_seconds", "Snapshot to bundle, last time.", s.build_seconds)
        yield CounterMetricFamily("tidegate_builds", "Tables built.", s.builds)
        faults = CounterMetricFamily("tidegate_faults", "Faults of Tidegate's own, by what it was at.", labels=["step"])
        for step in Step:
            faults.add_metric([step.value], s.faults[step.value])
        yield faults
        yield _gauge("tidegate_quarantined_objects", "Objects left out because the plane refuses them.", s.quarantined)
        yield CounterMetricFamily("tidegate_quarantine_trials", "Small tables tried to find such objects.", s.trials)
        yield CounterMetricFamily("tidegate_plane_restarts", "Times that the plane ended by itself.", s.restarts())
        reloads = CounterMetricFamily("tidegate_reloads", "Changes by result.", labels=["result"])
        for result in ("success", "build_failed", "check_failed", "apply_failed"):
            reloads.add_metric([result], s.reloads[result])
        yield reloads
        yield _gauge("tidegate_leader", "1 if this router is the one that writes to the cluster.", s.leads)
        writes = CounterMetricFamily("tidegate_writes", "Writes to the cluster by kind and result.", labels=["kind", "result"])
        for kind in ("status", "event"):
            for result in ("written", "conflict", "gone", "denied", "refused", "failed"):
                writes.add_metric([kind, result], s.writes[kind, result])
        yield writes
        yield from s.more()
        yield from self._source()

    def _pending(self) -> float:
        since = self._status.pending_since
        return 0 if since is None else self._clock.monotonic() - since

    def _source(self) -> Iterator[Metric]:
        checks = GaugeMetricFamily("tidegate_source_ok", "1 if this part of a source is well.", labels=["check"])
        for check in self._status.source.health()[:100]:
            checks.add_metric([check.name], float(check.ok))
        yield checks


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, float(value))


def _sizes(hosts: tuple[VirtualHost, ...], backends: tuple[Backend, ...]) -> Iterator[Metric]:
    yield _gauge("tidegate_hosts", "Hosts of the table.", len(hosts))
    yield _gauge("tidegate_routes", "Routes of the table.", sum(len(h.routes) for h in hosts))
    yield _gauge("tidegate_backends", "Service ports of the table.", len(backends))
    yield _gauge("tidegate_endpoints", "Endpoints of the table.", sum(len(b.endpoints) for b in backends))


def _findings(said: tuple[Finding, ...]) -> Iterator[Metric]:
    findings = GaugeMetricFamily("tidegate_findings", "Findings by severity and reason.", labels=["severity", "reason"])
    for (severity, reason), count in sorted(Counter((f.severity.value, f.reason) for f in said).items()):
        findings.add_metric([severity, reason], count)
    yield findings


def _ends(certificates: tuple[Certificate, ...]) -> Iterator[Metric]:
    ends = GaugeMetricFamily("tidegate_ssl_expire_time_seconds", "When a certificate ends.", labels=["source", "identifier"])
    for certificate in sorted(certificates, key=lambda c: c.not_after)[:CERTIFICATES]:
        moment = datetime.datetime.fromisoformat(certificate.not_after).timestamp()
        ends.add_metric([certificate.source, certificate.id[:12]], moment)
    yield ends


class Exposition:
    """The text that ``/metrics`` answers. What is told of the table is made once a table, not once a scrape."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status, self._registry = status, CollectorRegistry()
        self._registry.register(StatusCollector(status, clock))
        self._memos: tuple[Memo[bytes], ...] = (Memo(), Memo(), Memo())

    def text(self) -> bytes:
        table = self._status.table
        sizes, findings, ends = self._memos
        for memo in self._memos:
            memo.turn()
        return b"".join(
            [
                generate_latest(self._registry),
                sizes.of(lambda hosts, backends: _written(_sizes(hosts, backends)), table.hosts, table.backends),
                findings.of(lambda said: _written(_findings(said)), self._status.findings),
                ends.of(lambda certificates: _written(_ends(certificates)), table.certificates),
            ]
        )


class _Made(Collector):
    """Families that exist already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _written(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Made(families))
    return generate_latest(registry)
