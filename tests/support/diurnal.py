"""What tests of the diurnal controller share: specs from YAML, and a small world that does what is decided."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from router.base.findings import Severity
from router.controllers.diurnal import reading, zones
from router.controllers.diurnal.decide import decide
from router.controllers.diurnal.memory import remembered
from router.controllers.diurnal.types import Decision, DiurnalController, Memory, Reading, Seen, Target
from router.sources.directory import documents

BERLIN = "Europe/Berlin"
WEB = "target: {kind: Deployment, name: web}\n"


def read(spec: str, **meta: Any) -> Reading:
    """A spec in YAML, without the target (web) if it names none."""
    body = dict(documents.read("spec", spec.encode()).documents[0].value)
    if not {"target", "targets", "selector"} & body.keys():
        body["target"] = {"kind": "Deployment", "name": "web"}
    status = meta.pop("status", {})
    return reading.read(
        {"metadata": {"name": "web", "namespace": "shop", "generation": 1, **meta}, "spec": body, "status": status}
    )


def understood(spec: str, **meta: Any) -> DiurnalController:
    found = read(spec, **meta)
    assert found.object, [f.message for f in found.findings]
    return found.object


def errors(spec: str) -> list[str]:
    """Fields that are wrong."""
    return [f.field for f in read(spec).findings if f.severity is Severity.ERROR]


def at(text: str, zone: str = BERLIN) -> datetime.datetime:
    """A local time; with an offset in it, that."""
    found = datetime.datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=zones.zone(zone))).astimezone(datetime.UTC)


def deployment(replicas: int = 1, name: str = "web", **more: Any) -> Target:
    return Target(api_version="apps/v1", kind="Deployment", name=name, replicas=replicas, **more)


def autoscaler(low: int | None, high: int, scales: str = "web", **more: Any) -> Target:
    kind = "HorizontalPodAutoscaler"
    return Target(api_version="autoscaling/v2", kind=kind, name="web", low=low, high=high, scales=("Deployment", scales), **more)


class World:
    """One object and its targets. ``step`` decides at a time and does the writes; nothing but the status survives ``restart``."""

    def __init__(self, spec: str, *targets: Target, others: tuple[DiurnalController, ...] = (), **more: Any) -> None:
        self.reading = read(spec)
        self.targets = {t.id: t for t in targets or (deployment(),)}
        self.others, self.more = others, more
        self.status: Mapping[str, Any] = {}
        self.memory = Memory()
        self.last: Decision | None = None
        self.writes = 0

    def respec(self, spec: str) -> None:
        self.reading = read(spec)

    def look(self, now: datetime.datetime) -> Decision:
        """Decides, and does nothing."""
        seen = Seen(
            meta=self.reading.meta, object=self.reading.object, findings=self.reading.findings, status=self.status,
            others=self.others, targets=tuple(self.targets.values()), **self.more,
        )  # fmt: skip
        return decide(now, seen, self.memory)

    def step(self, now: datetime.datetime, *, fails: bool = False) -> Decision:
        """``fails``: the writes to targets are lost."""
        made = self.look(now)
        if not fails:
            for write in made.writes:
                self._do(write)
        self.memory, self.status, self.last = made.memory, made.status, made
        return made

    def _do(self, write: Any) -> None:
        names = {"replicas": "replicas", "minReplicas": "low", "maxReplicas": "high", "nodes": "nodes"}
        values = {names[field]: value for field, value in write.fields.items()}
        self.writes += 1
        self.targets[write.target.id] = msgspec.structs.replace(write.target, note=write.note or "", **values)

    def restart(self) -> None:
        self.memory = remembered(self.status)

    def until(self, start: datetime.datetime, end: datetime.datetime, each: Callable[[datetime.datetime], None]) -> None:
        """Lets time pass from decision to decision."""
        now = start
        while now < end:
            now = self.step(now).again
            each(now)

    def replicas(self, now: datetime.datetime | None = None) -> int | None:
        """What stands, after a step if a time is given."""
        if now:
            self.step(now)
        return next(t.replicas for t in self.targets.values() if t.kind == "Deployment")

    def condition(self, kind: str) -> tuple[str, str]:
        found = next(c for c in self.status["conditions"] if c["type"] == kind)
        return found["status"], found["reason"]


def value(spec: str, text: str, zone: str = BERLIN) -> int | None:
    """The low bound that the schedule says at a local time."""
    from router.controllers.diurnal.plan import plan

    found = plan(understood(spec), {}, zones.seconds(at(text, zone)))
    level = found.level  # type: ignore[union-attr]
    return level.low if level else None
