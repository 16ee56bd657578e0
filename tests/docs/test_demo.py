"""``make demo`` runs examples/demo.py: it ends well and leaves nothing running."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.plane
def test_the_demo_shows_both_planes_and_ends_with_0() -> None:
    missing = [
        name for name in ("nginx", "haproxy", "curl") if not shutil.which(name, path="/usr/sbin:/usr/bin:/bin:/usr/local/bin")
    ]
    if missing:
        pytest.skip(f"{missing} missing: deploy/install-planes.sh installs them")
    done = subprocess.run(
        [sys.executable, "examples/demo.py"], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "haproxy: plain routes" in done.stdout
    assert "nginx: plain routes" in done.stdout
