"""All kinds in one folder, and on real planes: nobody is lost, nothing is silent, the plane takes it."""

import asyncio
import functools
import tempfile
from pathlib import Path

import pytest

from router.cli.inputs import with_default
from router.planes.check import try_table
from router.table import notation
from router.translate import Translation
from tests.bad import kinds
from tests.support.planes import BINARIES


@functools.cache
def together() -> Translation:
    with tempfile.TemporaryDirectory() as folder:
        kinds.write_canaries(Path(folder))
        for name in kinds.NAMES:
            kinds.write(Path(folder), name)
        return kinds.loaded(Path(folder))


@functools.cache
def alone(name: str) -> Translation:
    with tempfile.TemporaryDirectory() as folder:
        kinds.write_canaries(Path(folder))
        kinds.write(Path(folder), name)
        return kinds.loaded(Path(folder))


def test_all_that_is_wrong_is_told_whoever_else_is_wrong() -> None:
    said = set(kinds.lines(together().findings))
    wanted = {line for name in kinds.NAMES for line in kinds.expected(name) if "NotSupported" not in line}
    missing = {line for line in wanted - said if "PrefixTooDeep" not in line}
    assert missing == set()


def test_the_canaries_are_served_among_all_of_them() -> None:
    with tempfile.TemporaryDirectory() as folder:
        kinds.write_canaries(Path(folder))
        wanted = kinds.canaries(kinds.loaded(Path(folder)))
    assert kinds.canaries(together()) == wanted
    assert together().faults == ()


@pytest.mark.plane
@pytest.mark.parametrize("binary", BINARIES)
async def test_every_plane_takes_all_of_them_at_once(binary: str, tmp_path: Path) -> None:
    await _taken(binary, together(), tmp_path)


@pytest.mark.plane
@pytest.mark.parametrize("binary", ["nginx-debian", "haproxy-debian"])
async def test_a_plane_takes_each_of_them_alone(binary: str, tmp_path: Path) -> None:
    """Most of them leave nothing in the table: equal tables are tried once."""
    tables = {name: (await asyncio.to_thread(alone, name)).table for name in kinds.NAMES}
    for name in {notation.to_text(table): name for name, table in tables.items()}.values():
        await _taken(binary, alone(name), tmp_path, name)


async def _taken(binary: str, made: Translation, folder: Path, name: str = "") -> None:
    factory, path, command = BINARIES[binary]
    if not path:
        pytest.skip(f"{binary} is not here: {command}")
    driver = factory()
    found = await driver.probe(Path(path))
    verdict = await try_table(driver, found, with_default(made.table), folder / "trial")
    assert verdict.ok, (name, verdict.problems)
