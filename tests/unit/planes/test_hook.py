"""A plane that somebody else runs."""

import sys
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.planes.bundle import Change
from router.planes.hook import HookedPlane
from router.planes.store import Store
from router.table.types import Table
from tests.support.fake_plane import FakeDriver, bundle

TELLS = "import os; open({out!r}, 'a').write(' '.join(os.environ['TIDEGATE_' + k] for k in ('PLANE', 'GENERATION', 'REASON')) + chr(10)); "


def hooked(tmp_path: Path, code: str, limit: float = 10) -> HookedPlane:
    store = Store(tmp_path, "fake")
    store.open()
    script = tmp_path / "hook.py"
    script.write_text(TELLS.format(out=str(tmp_path / "said")) + code)
    return HookedPlane(FakeDriver(), FakeDriver().assumed(), store, f"{sys.executable} {script}", limit, has_binary=True)


async def test_the_hook_is_told_what_and_why(tmp_path: Path) -> None:
    plane = hooked(tmp_path, "")
    one = bundle("one")
    assert (await plane.check(one, Table())).ok
    assert (await plane.apply(one, Change.RELOAD)).ok
    assert plane.store.live_generation() == one.generation
    assert (tmp_path / "said").read_text() == f"fake {one.generation} change\n"
    assert (await plane.apply(one, Change.NOTHING)).ok
    assert (tmp_path / "said").read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("code", "why"), [("raise SystemExit(3)", "exit code 3"), ("import time; time.sleep(30)", "took longer")]
)
async def test_a_hook_that_fails_or_takes_too_long_is_rolled_back(tmp_path: Path, code: str, why: str) -> None:
    plane = hooked(tmp_path, "")
    one, two = bundle("one"), bundle("two")
    for made in (one, two):
        await plane.check(made, Table())
    await plane.apply(one, Change.RELOAD)
    (tmp_path / "hook.py").write_text(
        TELLS.format(out=str(tmp_path / "said")) + f"\nif os.environ['TIDEGATE_REASON'] == 'change': {code}"
    )
    plane._limit = 2
    verdict = await plane.apply(two, Change.RELOAD)
    assert not verdict.ok
    assert why in verdict.problems[0]
    assert plane.store.live_generation() == one.generation
    assert (tmp_path / "said").read_text().splitlines()[-1].endswith("rollback")


@pytest.mark.parametrize("command", ["", "'unclosed"])
def test_a_command_that_is_none_is_one_sentence(tmp_path: Path, command: str) -> None:
    with pytest.raises(TidegateError, match="--reload-hook"):
        HookedPlane(FakeDriver(), FakeDriver().assumed(), Store(tmp_path, "fake"), command, 1, has_binary=False)
