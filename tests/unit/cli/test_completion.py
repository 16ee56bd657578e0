"""``tidegate completion``."""

import pytest

from tests.unit.cli.conftest import Run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_calls_us_back(run: Run, shell: str) -> None:
    assert "_TIDEGATE_COMPLETE" in run("completion", shell).stdout


def test_an_unknown_shell_is_wrong_usage(run: Run) -> None:
    assert run("completion", "csh").exit_code == 2
