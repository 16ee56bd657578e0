"""The numbers of one object for the metrics, from its status: for dashboards, and for alerts that are silent at night."""

from collections.abc import Iterator, Mapping
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal import iso, zones
from router.controllers.kit.world import Gauge

_CONDITIONS = "1 if the condition of a DiurnalController is True."
_NOW = "What the schedule says now: replicas, or percent of the nodes."
_NEXT = "What it says after the next change."
_WHEN = "When it changes, seconds since 1970."


def gauges(namespace: str, name: str, status: Mapping[str, Any]) -> Iterator[Gauge]:
    """Whatever of the status makes sense."""
    of = (("namespace", namespace), ("name", name))
    current, coming, conditions = status.get("current"), status.get("next"), status.get("conditions")
    if (number := _number(current)) is not None:
        yield Gauge(name="tidegate_diurnal_level", help=_NOW, labels=of, value=number)
    if (number := _number(coming)) is not None:
        yield Gauge(name="tidegate_diurnal_next_level", help=_NEXT, labels=of, value=number)
    when = iso.instant(str(coming.get("time", ""))) if isinstance(coming, Mapping) else Bad(why="")
    if not isinstance(when, Bad):
        yield Gauge(name="tidegate_diurnal_next_timestamp_seconds", help=_WHEN, labels=of, value=zones.seconds(when))
    for condition in conditions if isinstance(conditions, list | tuple) else ():
        if isinstance(condition, Mapping):
            labels = (*of, ("type", str(condition.get("type"))))
            yield Gauge(
                name="tidegate_diurnal_condition", help=_CONDITIONS, labels=labels, value=condition.get("status") == "True"
            )


def _number(part: object) -> float | None:
    if not isinstance(part, Mapping):
        return None
    value = part.get("replicas", part.get("percent"))
    return float(value) if isinstance(value, int) else None
