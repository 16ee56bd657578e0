"""``python -m router`` as a program."""

import subprocess
import sys


def tidegate(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "router", *args], capture_output=True, text=True, timeout=60, check=False)


def test_the_module_is_the_command() -> None:
    done = tidegate("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("tidegate ")


def test_what_the_operator_must_change_is_one_sentence() -> None:
    done = tidegate("routes", "-f", "/nowhere/at/all")
    assert done.returncode == 1
    assert done.stderr.startswith("tidegate: ")
    assert "/nowhere/at/all" in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2() -> None:
    assert tidegate("routes").returncode == 2
    assert tidegate("render", "-f", ".", "--plane", "apache").returncode == 2
