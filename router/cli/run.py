"""``tidegate run``: the gateway."""

import asyncio
from pathlib import Path
from typing import Any

import click

from router.cli.options import PLANES, Sectioned, manifests, settings_from, settings_options


@click.command(name="run", cls=Sectioned)
@click.option("--plane", type=PLANES, required=True, envvar="TIDEGATE_PLANE", help="Which plane serves.")
@manifests
@click.option("--kubeconfig", metavar="FILE", type=click.Path(path_type=Path), help="Follow the cluster of this kubeconfig.")
@click.option("--context", metavar="NAME", default="", help="Context of the kubeconfig, if not its current one.")
@click.option("--in-cluster", is_flag=True, help="Follow the cluster that this pod runs in.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              envvar="TIDEGATE_LOG_FORMAT", help="Our own log: for people or for machines.")  # fmt: skip
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True,
              envvar="TIDEGATE_LOG_LEVEL", help="How much we log.")  # fmt: skip
@settings_options(run=True)
def command(
    *,
    plane: str,
    paths: tuple[str, ...],
    kubeconfig: Path | None,
    context: str,
    in_cluster: bool,
    log_format: str,
    log_level: str,
    **values: Any,
) -> None:
    """Run the gateway: follow manifests or a cluster, and keep nginx or HAProxy serving what they say.

    Exactly one source: -f PATH..., --kubeconfig FILE, or --in-cluster.
    """
    if sum((bool(paths), kubeconfig is not None, in_cluster)) != 1:
        raise click.UsageError("name one source: -f PATH..., --kubeconfig FILE, or --in-cluster")
    from router.app import SourceSpec, run_gateway  # noqa: PLC0415
    from router.base import log  # noqa: PLC0415

    log.configure(log_format, log_level)
    settings, explicit = settings_from(values)
    if settings.controllers and paths:
        raise click.UsageError("--controllers needs a cluster: --kubeconfig FILE, or --in-cluster")
    source = SourceSpec(paths=paths, kubeconfig=kubeconfig, context=context, in_cluster=in_cluster)
    raise SystemExit(asyncio.run(run_gateway(settings, explicit, plane, source)))
