"""``tidegate diurnal diff``: when two versions of manifests differ on a day."""

import datetime

import click

from router.cli.diurnal.world import Manifests, day_options
from router.controllers.diurnal.course import differing
from router.controllers.diurnal.plan import instant_text, local_text


@click.command(name="diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@day_options
def command(*, old: str, new: str, day: datetime.date | None, days: int, zone: str | None) -> None:
    """Say when the numbers of two versions of manifests differ on a day. A and B are files or folders.

    Exit code 0 if they are equal all day, 1 if they differ.
    """
    from router.cli.diurnal.simulate import needed, simulated, zone_of  # noqa: PLC0415
    from router.cli.output import note_findings  # noqa: PLC0415
    from router.controllers.diurnal.chart import aligned  # noqa: PLC0415

    before, after = Manifests((old,)), Manifests((new,))
    needed(before, old)
    needed(after, new)
    note_findings([*before.findings, *after.findings])
    zone = zone or next((zone_of(world) for _, world in before.worlds()), "UTC")
    left, right = simulated(before, day, days, zone), simulated(after, day, days, zone)
    lines = [("FROM", "TO", "UTC", "NAMESPACE", "WHAT", "A", "B")]
    for space in sorted(left.keys() & right.keys()):
        a, b = left[space], right[space]
        lines += [
            (local_text(start, a.zone), local_text(end, a.zone), instant_text(start), space, name, _text(x), _text(y))
            for start, end, name, x, y in differing(a, b)
        ]
    alone = sorted(left.keys() ^ right.keys())
    for space in alone:
        click.echo(f"Namespace {space} is only in {'A' if space in left else 'B'}.")
    if len(lines) > 1:
        click.echo(aligned(lines))
    elif not alone:
        click.echo("No difference.")
    raise SystemExit(int(len(lines) > 1 or bool(alone) or not (before.good and after.good)))


def _text(value: int | str | None) -> str:
    return "-" if value is None else str(value)
