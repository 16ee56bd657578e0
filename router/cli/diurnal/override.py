"""``tidegate diurnal override``: a number that holds until a time."""

import click

from router.base.errors import TidegateError
from router.base.parse import Bad
from router.cli.diurnal.world import Place, bear, looked_at, object_options, understood, write
from router.cli.where import writing
from router.controllers.diurnal import changes
from router.controllers.diurnal.formula import MOST


@click.command(name="override")
@object_options(writing)
@click.option("--replicas", type=click.IntRange(0, MOST), metavar="N", help="The number.")
@click.option("--percent", type=click.IntRange(0, 1000), metavar="N", help="The number, in percent.")
@click.option("--min", "low", type=click.IntRange(0, MOST), metavar="N", help="The lower bound, with mode floor or bounds.")
@click.option("--max", "high", type=click.IntRange(0, MOST), metavar="N", help="The upper bound, with mode ceiling or bounds.")
@click.option("--until", metavar="TIME", help="2h, 18:00 (on the clock of the object), a date and time, or next (change).")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is shown wherever the number is.")
@click.option("--end", is_flag=True, help="End the override that holds.")
def command(
    *, place: Place, replicas: int | None, percent: int | None, low: int | None, high: int | None, until: str | None,
    reason: str, end: bool,
) -> None:  # fmt: skip
    """Set a number that holds until a time, whatever the schedule says. It ends by itself.

    With -f the patch is printed, not sent.
    """
    numbers = {"replicas": replicas, "percent": percent, "min": low, "max": high}
    level = {key: value for key, value in numbers.items() if value is not None}
    if end == bool(level or until) or (not end and not (level and until)):
        raise click.UsageError("say a number and --until, or --end")
    sight = looked_at(place)
    if end:
        write(place, sight, changes.end_override())
        return
    patch = changes.override(understood(sight), sight.world.calendars, place.instant, str(until), (level, reason))
    if isinstance(patch, Bad):
        raise TidegateError(patch.why)
    bear(sight, patch)
    write(place, sight, patch)
