"""From ``-f PATH`` to a table, once: what render, check, routes and explain share."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.planes.bundle import Rendered, Verdict
from router.planes.plane import Binary, Driver
from router.settings import Settings
from router.table.types import Certificate, Table
from router.translate import Translation, translate


def translation(paths: Sequence[str], settings: Settings, fallback: Certificate | None) -> Translation:
    """Read the manifests and translate them. TidegateError if a path does not exist."""
    from router.sources.directory import DirectorySource  # noqa: PLC0415 -- watchfiles and yaml only where needed

    snapshot = DirectorySource(paths).load()
    return translate(snapshot, settings, SystemClock().now(), fallback)


def find_plane(name: str, settings: Settings) -> tuple[Driver, Binary, bool]:
    """(driver, binary, whether the binary is really there). A binary that was named by flag must be there."""
    from router.app import drivers  # noqa: PLC0415
    from router.planes.find import find_binary  # noqa: PLC0415

    driver = drivers()[name]
    try:
        return driver, asyncio.run(find_binary(driver, settings.plane_binary)), True
    except TidegateError:
        if settings.plane_binary:
            raise
        return driver, driver.assumed(), False


def plane_check(driver: Driver, binary: Binary, rendered: Rendered, table: Table) -> Verdict:
    """The plane's own test and our read-back, in a folder of its own."""
    from router.planes.check import check_bundle  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="tidegate-check-") as folder:
        return asyncio.run(check_bundle(driver, binary, rendered.bundle, table, Path(folder)))
