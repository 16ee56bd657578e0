"""Finding a plane's program."""

from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.planes.find import find_binary
from tests.support.fake_plane import FakeDriver


async def test_a_named_program_must_exist() -> None:
    with pytest.raises(TidegateError, match="--plane-binary /no/such"):
        await find_binary(FakeDriver(), "/no/such")


async def test_a_missing_program_names_the_command_that_installs_it() -> None:
    with pytest.raises(TidegateError, match="apt-get install fake"):
        await find_binary(FakeDriver())


async def test_a_named_program_is_asked_for_its_version() -> None:
    assert (await find_binary(FakeDriver(), "/bin/sh")).path == "/bin/sh"


async def test_what_is_wrong_with_a_named_program_is_said(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    for path, why in ((tmp_path, "is a folder"), (plain, "is not executable"), (tmp_path / "none", "does not exist")):
        with pytest.raises(TidegateError, match=f"--plane-binary {path} {why}"):
            await find_binary(FakeDriver(), str(path))
