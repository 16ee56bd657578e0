"""``tidegate diurnal describe``: one object, as ``kubectl describe`` would show it, and what its schedule says now."""

import datetime

import click

from router.cli.diurnal.world import looked_at, moment, object_options


@click.command(name="describe")
@object_options
def command(*, name: str, namespace: str, paths: tuple[str, ...], now: datetime.datetime | None) -> None:
    """Describe a DiurnalController: its schedule, what holds now and why, what comes next, its conditions.

    Exit code 1 if it is not well.
    """
    from router.cli.output import exit_code, note_findings  # noqa: PLC0415
    from router.controllers.diurnal import decide, memory, zones  # noqa: PLC0415
    from router.controllers.diurnal.describe import describe  # noqa: PLC0415
    from router.controllers.diurnal.simulate import make_up  # noqa: PLC0415

    manifests, world, found = looked_at(paths, name, namespace)
    note_findings(f for f in manifests.findings if f.object and f.object.name == name)
    if found.object is None:
        raise SystemExit(1)
    if paths:
        make_up(world, zones.seconds(moment(now)))
    made = decide.decide(moment(now), world.seen(found, found.status), memory.remembered(found.status))
    click.echo(describe(found.object, made.status, made.says))
    ready = next((c for c in made.status["conditions"] if c["type"] == "Ready"), {"status": "False"})
    raise SystemExit(exit_code(manifests.findings, False) or int(ready["status"] != "True"))
