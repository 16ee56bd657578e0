"""``tidegate daemon history``: the templates of before."""

from pathlib import Path

import click

from router.cli.daemon.world import Cluster, looked_at, print_json, world_options
from router.cli.options import output


@click.command(name="history")
@click.argument("name")
@world_options
@output("text", "json")
def command(*, name: str, namespace: str, paths: tuple[str, ...], kubeconfig: Path | None, context: str, form: str) -> None:
    """List the revisions of a DaemonController, the newest last; the wanted one has a star. -o json shows their templates."""
    from router.controllers.daemon import history  # noqa: PLC0415

    objects, daemon = looked_at(paths, Cluster(kubeconfig=kubeconfig, context=context), name, namespace)
    seen = objects.seen(daemon)
    if form == "json":
        print_json(history.to_builtins(seen))
    else:
        click.echo(history.text(seen), nl=False)
