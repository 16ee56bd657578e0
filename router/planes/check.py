"""A bundle on trial: the plane's own test, and our own reading of the text."""

from pathlib import Path

from router.base.subprocess import run_command
from router.planes.bundle import Bundle, Verdict
from router.planes.plane import Binary, Driver
from router.planes.store import write_files
from router.table.types import Table

TIME_LIMIT = 60.0
"""Seconds for the plane's own test; 10,000 hosts take nginx about 3."""
_LINES = 20


async def check_bundle(driver: Driver, binary: Binary, bundle: Bundle, table: Table, folder: Path) -> Verdict:
    """Write the bundle to ``folder`` and check it there. Nothing that runs is touched."""
    write_files(bundle, folder)
    return await check_folder(driver, binary, bundle, table, folder)


async def check_folder(driver: Driver, binary: Binary, bundle: Bundle, table: Table, folder: Path) -> Verdict:
    """Check a bundle that is written already: read back first, because that needs no process."""
    differing = tuple(driver.read_back(bundle, table, binary))
    if differing:
        return Verdict(ok=False, problems=differing, generation=bundle.generation)
    try:
        done = await run_command(list(driver.check_command(binary, folder)), cwd=folder, timeout=TIME_LIMIT)
    except OSError as failure:
        what = failure.filename or binary.path
        problem = f"{what} can not be run: {failure.strerror}; put it back, or restart with another --plane-binary"
        return Verdict(ok=False, problems=(problem,), generation=bundle.generation)
    if done.ok:
        return Verdict(ok=True, generation=bundle.generation)
    if done.timed_out:
        return Verdict(ok=False, problems=(f"{driver.name}'s own test took longer than {TIME_LIMIT:.0f} s",))
    said = (done.stderr + done.stdout).replace(f"{folder}/", "").splitlines()
    return Verdict(
        ok=False,
        problems=tuple(line for line in said if line.strip() and "[NOTICE]" not in line)[:_LINES],
        generation=bundle.generation,
    )
