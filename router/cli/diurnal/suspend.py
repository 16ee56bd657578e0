"""``tidegate diurnal suspend``: leave the targets alone for a while."""

import datetime

import click

from router.cli.diurnal.world import looked_at, object_options, write
from router.controllers.diurnal import changes


@click.command(name="suspend")
@object_options
@click.option("--resume", is_flag=True, help="Follow the schedule again, at once.")
def command(*, name: str, namespace: str, paths: tuple[str, ...], now: datetime.datetime | None, resume: bool) -> None:
    """Leave the targets of a DiurnalController as they are, until --resume.

    With -f the patch is printed, not sent.
    """
    manifests, _, found = looked_at(paths, name, namespace)
    write(manifests, found, changes.suspend(not resume))
