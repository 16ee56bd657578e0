"""``tidegate daemon explain NODE NAME``: why a pod is, or is not, on a node."""

import click

from router.base.errors import TidegateError
from router.cli.daemon.world import looked_at, now, print_json
from router.cli.options import output
from router.cli.where import Where, looking


@click.command(name="explain")
@click.argument("node")
@click.argument("name")
@looking
@output("text", "json")
def command(*, node: str, name: str, where: Where, paths: tuple[str, ...], form: str) -> None:
    """Say why a pod of a DaemonController is, or is not, on a node, and what happens there next.

    Exit code 1 if a pod should be available there and is not.
    """
    from router.controllers.daemon import explain  # noqa: PLC0415
    from router.controllers.daemon.manifests import as_manifest  # noqa: PLC0415

    objects, daemon = looked_at(paths, where, name)
    if not daemon.usable:
        raise TidegateError(f"the spec of {daemon.ref} is wrong: no pod is touched until it is mended")
    found = explain.explain(now(), objects.seen(as_manifest(daemon)), node)
    if found is None:
        raise TidegateError(f"there is no node {node}")
    if form == "json":
        print_json(explain.to_builtins(found))
    else:
        click.echo(explain.text(found), nl=False)
    raise SystemExit(1 if found.should and found.why.reason else 0)
