"""``tidegate diurnal describe``: one object, as ``kubectl describe`` would show it, and what its schedule says now."""

from collections.abc import Mapping
from typing import Any

import click

from router.cli.diurnal.world import Place, Sight, looked_at, moment, object_options
from router.cli.where import asked
from router.controllers.diurnal.types import Said


@click.command(name="describe")
@object_options()
def command(*, place: Place) -> None:
    """Describe a DiurnalController: its schedule, what holds now and why, what comes next, its conditions.

    Of a cluster, what the controller has written into its status; with -f, what it would write now.
    Exit code 1 if the object is not well.
    """
    from router.cli.output import exit_code, note_findings  # noqa: PLC0415
    from router.controllers.diurnal.describe import describe  # noqa: PLC0415

    sight = looked_at(place)
    findings = [f for f in sight.manifests.findings if f.object and f.object.name == place.name]
    note_findings(findings)
    if sight.found.object is None:
        raise SystemExit(1)
    status, says = _decided(place, sight) if place.paths else _read(place, sight)
    click.echo(describe(sight.found.object, status, says))
    ready = next((c for c in status.get("conditions", ()) if c["type"] == "Ready"), {"status": "Unknown"})
    raise SystemExit(exit_code(findings, False) or int(ready["status"] != "True"))


def _decided(place: Place, sight: Sight) -> tuple[Mapping[str, Any], tuple[Said, ...]]:
    from router.controllers.diurnal import decide, memory  # noqa: PLC0415
    from router.controllers.diurnal.simulate import make_up  # noqa: PLC0415

    make_up(sight.world, place.instant)
    found = sight.found
    made = decide.decide(moment(place.now), sight.world.seen(found, found.status), memory.remembered(found.status))
    return made.status, made.says


def _read(place: Place, sight: Sight) -> tuple[Mapping[str, Any], tuple[Said, ...]]:
    from router.cli.diurnal import cluster  # noqa: PLC0415

    meta = sight.found.meta
    says = asked(place.where, lambda api, _: cluster.events(api, meta.namespace, meta.name, meta.uid))
    return sight.found.status, says
