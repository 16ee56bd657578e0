"""From ``-f PATH`` to a table, once: what render, check, routes and explain share."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.base.frozen import PrivateBytes
from router.certs import Certificate
from router.planes.bundle import Rendered, Verdict
from router.planes.plane import Binary, Driver
from router.settings import Settings
from router.table.types import Table
from router.translate import Translation, translate


def translation(
    paths: Sequence[str], settings: Settings, fallback: Certificate | None, *, controllers: bool = False
) -> Translation:
    """Read the manifests and translate them. TidegateError if a path does not exist. ``controllers``: say also what is wrong with
    DaemonControllers and DiurnalControllers."""
    from router.sources.directory import DirectorySource  # noqa: PLC0415 -- watchfiles and yaml only where needed

    if controllers:
        from router.controllers.checking import Checker  # noqa: PLC0415

        checker = Checker()
        made = translate(DirectorySource(paths, others=checker).load(), settings, SystemClock().now(), fallback)
        return msgspec.structs.replace(made, findings=(*made.findings, *checker.between()))
    return translate(DirectorySource(paths).load(), settings, SystemClock().now(), fallback)


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


def effective_settings(settings: Settings, explicit: frozenset[str]) -> Settings:
    """With the ports, the state folder and the DNS servers that this machine gives (see router.state)."""
    from router.state import effective  # noqa: PLC0415

    return effective(settings, explicit)


def kept_default(settings: Settings) -> Certificate:
    """The default certificate of the state folder, made if there is none yet."""
    from router.state import default_certificate  # noqa: PLC0415

    return default_certificate(Path(settings.state), SystemClock().now())


def with_default(table: Table) -> Table:
    """A table without a default certificate gets a stand-in of today, so that a plane can test it. It is thrown away."""
    from router.certs.selfsigned import make  # noqa: PLC0415

    if table.default_certificate:
        return table
    made = make(SystemClock().now())
    return msgspec.structs.replace(table, certificates=(*table.certificates, made), default_certificate=made.id)


def placeholder(table: Table) -> Table:
    """The same for printing: always the same name, and nothing in it, because keys are not printed."""
    if table.default_certificate:
        return table
    name = "default"
    made = Certificate(
        id=name, source=name, names=(), not_before="", not_after="", chain="", key=PrivateBytes(b""), key_type=""
    )  # fmt: skip
    return msgspec.structs.replace(table, certificates=(*table.certificates, made), default_certificate=name)
