"""What is remembered of one object's targets, and how it comes back after a restart: from the status that was written."""

from collections.abc import Mapping
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal import iso, zones
from router.controllers.diurnal.types import Memory, Moved


def remembered(status: Mapping[str, Any]) -> Memory:
    """Whatever of the status makes sense. Never raises."""
    found: dict[str, Moved] = {}
    targets = status.get("targets")
    for line in targets if isinstance(targets, list) else ():
        if isinstance(line, Mapping) and isinstance(line.get("target"), str):
            at = iso.instant(str(line.get("changed", "")))
            seconds = 0 if isinstance(at, Bad) else zones.seconds(at)
            found[line["target"]] = Moved(at=seconds, settled=str(line.get("settled", "")))
    return Memory(moved=found)
