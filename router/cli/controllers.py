"""``tidegate controllers``: the daemon and diurnal controllers, without a gateway."""

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from router.cli.options import Sectioned, settings_from, some_settings
from router.settings import CONTROLLERS


@click.command(name="controllers", cls=Sectioned)
@click.option("--kubeconfig", metavar="FILE", type=click.Path(path_type=Path), help="The cluster of this kubeconfig.")
@click.option("--context", metavar="NAME", default="", help="Context of the kubeconfig, if not its current one.")
@click.option("--in-cluster", is_flag=True, help="The cluster that this pod runs in.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              envvar="TIDEGATE_LOG_FORMAT", help="Our own log: for people or for machines.")  # fmt: skip
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True,
              envvar="TIDEGATE_LOG_LEVEL", help="How much we log.")  # fmt: skip
@some_settings("admin", "leader_lease", "lease_duration", "events", "controllers", "namespaces")
def command(
    *, kubeconfig: Path | None, context: str, in_cluster: bool, log_format: str, log_level: str, **values: Any
) -> None:  # fmt: skip
    """Run the daemon and diurnal controllers (both, unless --controllers names one), without a gateway.

    One cluster: --kubeconfig FILE, or --in-cluster. Several of these processes share a Lease; one of them works.
    """
    if (kubeconfig is not None) == in_cluster:
        raise click.UsageError("name one cluster: --kubeconfig FILE, or --in-cluster")
    from router.base import log  # noqa: PLC0415
    from router.controllers.alone import run_controllers  # noqa: PLC0415

    log.configure(log_format, log_level)
    settings, explicit = settings_from(values)
    if "controllers" not in explicit:
        settings = msgspec.structs.replace(settings, controllers=CONTROLLERS)
    raise SystemExit(asyncio.run(run_controllers(settings, kubeconfig, context)))
