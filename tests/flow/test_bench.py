"""The benchmarks run: what they measure is read by people."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.gateway import ROOT, need

pytestmark = pytest.mark.plane


def ran(script: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, str(Path("bench", script)), *words], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_whole_program_is_measured_at_any_size() -> None:
    need("haproxy")
    said = ran("scale.py", "--plane", "haproxy", "--ingresses", "20", "--start", "20", "--changes", "1")
    assert "20 Ingresses of two paths, 10 Services of two endpoints, 10 certificates." in said
    assert "(exit" not in said
    assert "| 40 | haproxy |" in said
    assert all(f"| haproxy | {change} |" in said for change in ("a new path", "an endpoint", "a certificate"))


def test_the_pure_part_is_measured_at_any_size() -> None:
    assert "translate" in ran("build.py", "20")
