"""A bundle on trial: the plane's own test, and our own reading of the text."""

import asyncio
import shutil
import signal
from pathlib import Path

from router.base.log import Logger
from router.base.subprocess import Completed, run_command
from router.planes.bundle import Bundle, Verdict
from router.planes.plane import Binary, Driver
from router.planes.store import write_files
from router.table.types import Table

TIME_LIMIT = 60.0
"""Seconds for the plane's own test; 10,000 hosts take nginx about 3."""
_LINES = 20
_CRASHES = frozenset({-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL})
"""How a program ends that a bundle brought down; SIGKILL is the machine's doing."""
_MACHINE = ("No space left", "Read-only file system", "Too many open files", "Cannot allocate memory", "Input/output error",
            "Permission denied", "Operation not permitted", "Resource temporarily unavailable")  # fmt: skip
"""strerror(3) of what no bundle can be blamed for."""
log = Logger(__name__)


async def check_bundle(driver: Driver, binary: Binary, bundle: Bundle, table: Table, folder: Path) -> Verdict:
    """Write the bundle to ``folder`` and check it there. Nothing that runs is touched."""
    write_files(bundle, folder)
    return await check_folder(driver, binary, bundle, table, folder)


async def check_folder(driver: Driver, binary: Binary, bundle: Bundle, table: Table, folder: Path) -> Verdict:
    """Check a bundle that is written already: read back first, because that needs no process."""
    if wrong := await asyncio.to_thread(read_back, driver, binary, bundle, table):
        return wrong
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
    problems = tuple(line for line in said if line.strip() and "[NOTICE]" not in line)[:_LINES]
    if not problems:
        problems = (f"{driver.name}'s own test ended with {done.exit_code} and said nothing",)
    return Verdict(ok=False, problems=problems, generation=bundle.generation, refused=_refused(done))


def _refused(done: Completed) -> bool:
    """Whether the program looked at the bundle and said no, or fell over it."""
    if done.exit_code in _CRASHES:
        return True
    return done.exit_code > 0 and not any(words in done.stderr + done.stdout for words in _MACHINE)


def read_back(driver: Driver, binary: Binary, bundle: Bundle, table: Table) -> Verdict | None:
    """None if the bundle says what the table means."""
    try:
        differing = tuple(driver.read_back(bundle, table, binary))
    except Exception as wrong:
        log.exception("a fault of Tidegate's own while reading a bundle back", plane=driver.name)
        differing = (f"the bundle can not be read back because of a fault of Tidegate's own: {type(wrong).__name__}",)
    return Verdict(ok=False, problems=differing, generation=bundle.generation, refused=True) if differing else None


async def try_table(driver: Driver, binary: Binary, table: Table, scratch: Path, *, has_binary: bool = True) -> Verdict:
    """Render a table and check it in the folder ``scratch``, of which nothing is left."""
    try:
        bundle = driver.render(table, binary).bundle
    except MemoryError:
        return Verdict(ok=False, problems=("there is not enough memory to render the table",))
    except Exception as wrong:
        said = f"it can not be rendered because of a fault of Tidegate's own: {type(wrong).__name__}"
        return Verdict(ok=False, problems=(said,), refused=True)
    if not has_binary:
        return read_back(driver, binary, bundle, table) or Verdict(ok=True, generation=bundle.generation)
    try:
        write_files(bundle, scratch)
        return await check_folder(driver, binary, bundle, table, scratch)
    except OSError as failure:
        return Verdict(ok=False, problems=(f"a trial can not be written or run: {failure.strerror} ({failure.filename})",))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
