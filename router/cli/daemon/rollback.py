"""``tidegate daemon rollback``: a template of before, brought back."""

from pathlib import Path

import click
import msgspec

from router.base.errors import TidegateError
from router.base.parse import Bad
from router.cli.daemon.world import JSON_PATCH, Cluster, looked_at, now, send, world_options


@click.command(name="rollback")
@click.argument("name")
@click.option(
    "--to-revision", "number", type=click.IntRange(1), metavar="N", help="Its number in history. Default: the one before."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be replaced.")
@world_options
def command(
    *, name: str, number: int | None, dry_run: bool, namespace: str, paths: tuple[str, ...], kubeconfig: Path | None, context: str
) -> None:
    """Bring the template of an older revision back. Pods that still run it are not restarted.

    With -f the patch is printed, as kubectl patch --type json -p takes it, not sent.
    """
    from router.controllers.daemon import history, plan  # noqa: PLC0415
    from router.controllers.daemon.types import API_VERSION  # noqa: PLC0415
    from router.controllers.kit.calls import path_of  # noqa: PLC0415

    cluster = Cluster(kubeconfig=kubeconfig, context=context)
    objects, daemon = looked_at(paths, cluster, name, namespace)
    seen = objects.seen(daemon)
    chosen = history.back_to(seen, number or 0)
    if isinstance(chosen, Bad):
        raise TidegateError(f"{daemon.ref}: {chosen.why}")
    patch = history.patch(daemon, chosen)
    if isinstance(patch, Bad):
        raise TidegateError(f"{daemon.ref}: {patch.why}")
    words = f"{daemon.ref} to revision {chosen.revision} ({history.images(chosen)})"
    if not patch:
        click.echo(f"{words}: it is there already.", err=True)
        return
    click.echo(f"{words}\n{plan.text(plan.plan(now(), history.after(seen, chosen)))}", nl=False, err=bool(paths))
    if paths:
        click.echo(msgspec.json.encode(patch).decode())
    elif not dry_run:
        path = path_of(API_VERSION, "daemoncontrollers", daemon.metadata.namespace, daemon.metadata.name)
        send(cluster, "PATCH", path, patch, JSON_PATCH)
