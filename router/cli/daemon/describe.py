"""``tidegate daemon describe``: one object, in the order of 2015, and what there is today."""

from collections.abc import Mapping

import click

from router.cli.daemon.world import looked_at, now
from router.cli.where import Where, looking


@click.command(name="describe")
@click.argument("name")
@looking
def command(*, name: str, where: Where, paths: tuple[str, ...]) -> None:
    """Describe a DaemonController: its numbers, its update, its conditions, the nodes in trouble, its Events.

    With -f the numbers are those that the manifests come to. Exit code 1 if it is not available.
    """
    from router.controllers.daemon.decide import decide  # noqa: PLC0415
    from router.controllers.daemon.describe import describe  # noqa: PLC0415
    from router.controllers.daemon.manifests import as_manifest  # noqa: PLC0415
    from router.controllers.daemon.types import Memory  # noqa: PLC0415

    objects, daemon = looked_at(paths, where, name)
    moment, seen = now(), objects.seen(as_manifest(daemon))
    status = (decide(moment, seen, Memory()).status or daemon.status) if paths else daemon.status
    click.echo(describe(moment, seen, objects.told(daemon), status), nl=False)
    found: Mapping[str, str] = next((c for c in status.get("conditions") or () if c.get("type") == "Available"), {})
    raise SystemExit(0 if found.get("status") == "True" else 1)
