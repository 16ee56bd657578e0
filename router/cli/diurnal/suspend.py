"""``tidegate diurnal suspend``: leave the targets alone for a while."""

import click

from router.cli.diurnal.world import Place, looked_at, object_options, write
from router.cli.where import writing
from router.controllers.diurnal import changes


@click.command(name="suspend")
@object_options(writing)
@click.option("--resume", is_flag=True, help="Follow the schedule again, at once.")
def command(*, place: Place, resume: bool) -> None:
    """Leave the targets of a DiurnalController as they are, until --resume.

    With -f the patch is printed, not sent.
    """
    write(place, looked_at(place), changes.suspend(not resume))
