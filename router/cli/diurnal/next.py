"""``tidegate diurnal next``: the next changes of a schedule."""

import click

from router.base.errors import TidegateError
from router.base.parse import Bad
from router.cli.diurnal.world import Place, looked_at, object_options, understood, write
from router.controllers.diurnal import changes, zones


@click.command(name="next")
@object_options()
@click.option("-c", "--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many changes.")
@click.option("--skip", is_flag=True, help="Skip the first of them: what stands stays until the second.")
def command(*, place: Place, count: int, skip: bool) -> None:
    """Say when the number changes next, and to what: local time and UTC. A ramp is one change, at its begin.

    With -f, --skip prints the patch instead of sending it.
    """
    from router.controllers.diurnal.chart import aligned  # noqa: PLC0415
    from router.controllers.diurnal.describe import coming  # noqa: PLC0415

    if skip and place.where.everywhere:
        raise click.UsageError("--skip changes an object: name its namespace with -n, not -A")
    sight = looked_at(place)
    spec, instant = understood(sight), place.instant
    if skip:
        first = coming(spec, sight.world.calendars, instant, 1)
        if not isinstance(first, Bad):
            told = " ".join(first[1]) if first[1:] else "nothing, for no change comes"
            click.echo(f"Skips: {told}", err=True)
        write(place, sight, changes.skip_next(instant))
        return
    lines = coming(spec, sight.world.calendars, instant, count)
    if isinstance(lines, Bad):
        raise TidegateError(lines.why)
    click.echo(aligned(lines))
    if spec.override and zones.seconds(spec.override.until) > instant:
        click.echo(f"An override holds until {spec.override.until.isoformat()}.", err=True)
    if spec.suspend:
        click.echo("It is suspended: nothing of this happens until suspend --resume.", err=True)
