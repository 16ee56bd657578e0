"""``tidegate daemon rollback``: a template of before, brought back."""

import click
import msgspec

from router.base.errors import TidegateError
from router.base.parse import Bad
from router.cli.daemon.world import JSON_PATCH, looked_at, now, send
from router.cli.where import Where, writing


@click.command(name="rollback")
@click.argument("name")
@click.option(
    "--to-revision", "number", type=click.IntRange(1), metavar="N", help="Its number in history. Default: the one before."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be replaced.")
@writing
def command(*, name: str, number: int | None, dry_run: bool, where: Where, paths: tuple[str, ...]) -> None:
    """Bring the template of an older revision back. Pods that still run it are not restarted.

    With -f the patch is printed, as kubectl patch --type json -p takes it, not sent.
    """
    from router.controllers.daemon import history, plan  # noqa: PLC0415
    from router.controllers.daemon.types import API_VERSION  # noqa: PLC0415
    from router.controllers.kit.calls import path_of  # noqa: PLC0415

    objects, daemon = looked_at(paths, where, name)
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
        send(where, "PATCH", path, patch, JSON_PATCH)
