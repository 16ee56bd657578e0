"""``tidegate daemon history``: the templates of before."""

import click

from router.cli.daemon.world import looked_at, print_json
from router.cli.options import output
from router.cli.where import Where, looking


@click.command(name="history")
@click.argument("name")
@looking
@output("text", "json")
def command(*, name: str, where: Where, paths: tuple[str, ...], form: str) -> None:
    """List the revisions of a DaemonController, the newest last; the wanted one has a star. -o json shows their templates."""
    from router.controllers.daemon import history  # noqa: PLC0415

    objects, daemon = looked_at(paths, where, name)
    seen = objects.seen(daemon)
    if form == "json":
        print_json(history.to_builtins(seen))
    else:
        click.echo(history.text(seen), nl=False)
