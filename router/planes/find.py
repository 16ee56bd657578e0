"""Finds a plane's program."""

import os
import shutil
from pathlib import Path

from router.base.errors import TidegateError
from router.planes.plane import Binary, Driver

_ALSO = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Where Debian puts daemons; not on the PATH of every user."""


async def find_binary(driver: Driver, named: str = "") -> Binary:
    """The program that ``named`` says, else the one on PATH. TidegateError if it is missing, another program or too old."""
    if named:
        program = shutil.which(named)
        if not program:
            raise TidegateError(f"--plane-binary {named} {_trouble(Path(named))}; name the {driver.name} binary")
        return await driver.probe(Path(program))
    search = os.pathsep.join([os.environ.get("PATH", ""), *_ALSO])
    found = shutil.which(driver.binary_name, path=search)
    if not found:
        raise TidegateError(
            f"{driver.name} is not installed here: `apt-get install {driver.name}`, or name its program with --plane-binary"
        )
    return await driver.probe(Path(found))


def _trouble(path: Path) -> str:
    if path.is_dir():
        return "is a folder"
    return "is not executable (chmod +x)" if path.exists() else "does not exist"
