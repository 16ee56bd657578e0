"""``tidegate daemon plan -f FILE``: what would start and stop where, and who would be evicted to make room."""

import click
import msgspec

from router.base.errors import TidegateError
from router.cli.daemon.world import context_namespace, from_cluster, from_manifests, in_namespace, now, print_json
from router.cli.options import needed_manifests, output
from router.cli.where import Where, against
from router.controllers.daemon import plan
from router.controllers.daemon.manifests import Objects, replaced
from router.controllers.daemon.plan import Planned
from router.controllers.daemon.types import KIND, Seen
from router.facts.meta import Key


@click.command(name="plan")
@needed_manifests
@against
@click.option("--all", "every", is_flag=True, help="Show the nodes where nothing changes as well.")
@output("text", "json")
def command(*, paths: tuple[str, ...], where: Where, every: bool, form: str) -> None:
    """Say what the DaemonControllers in manifests would do, if they were applied.

    The nodes and pods are those of the cluster; if there are Nodes among the manifests, only the manifests count.

    Exit code 1 if a spec is wrong, or if a pod would have no room.
    """
    from router.cli.output import exit_code, note_findings  # noqa: PLC0415

    found, findings = from_manifests(paths)
    if not any(document.get("kind") == KIND for document in found):
        note_findings(findings)
        raise TidegateError(f"there is no {KIND} in the manifests: give a file that has one with -f")
    alone = any(document.get("kind") == "Node" for document in found)
    wanted = Objects(in_namespace(found, where.namespace or ("default" if alone else context_namespace(where))))
    findings += wanted.findings
    note_findings(findings)
    made: dict[str, Planned] = {}
    for daemon in wanted.daemons:
        if daemon.usable:
            made[str(daemon.ref)] = plan.plan(now(), _seen(wanted, daemon.key, None if alone else where))
    if form == "json":
        print_json({name: plan.to_builtins(planned) for name, planned in made.items()})
    else:
        click.echo("\n".join(f"{name}\n{plan.text(planned, every)}" for name, planned in made.items()), nl=False)
    waits = any(row.lacks and not (row.victims and planned.makes_room) for planned in made.values() for row in planned.rows)
    raise SystemExit(1 if waits else exit_code(findings, False))


def _seen(wanted: Objects, key: Key, where: Where | None) -> Seen:
    """The world in which an object would be applied, with the object in it."""
    daemon = next(d for d in wanted.daemons if d.key == key)
    objects = wanted
    if where:
        space, name = key
        objects = Objects(from_cluster(msgspec.structs.replace(where, namespace=space), name)[0])
    there = next((d for d in objects.daemons if d.key == key), None)
    return objects.seen(replaced(there, daemon))
