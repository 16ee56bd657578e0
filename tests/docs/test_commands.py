"""Every ``$ tidegate`` command in a ```console block of the README and docs runs, and prints what stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)


def blocks() -> list[tuple[Path, str]]:
    return [(page, block) for page in PAGES for block in BLOCK.findall(page.read_text())]


def steps(block: str) -> list[tuple[str, str]]:
    """(command, output as written) pairs."""
    parts = re.split(r"^\$ (.+)\n", block, flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "tidegate", f"only tidegate commands stand in console blocks: {command}"
    program = [sys.executable, "-m", "router", *words[1:]]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(program, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(("page", "block"), blocks(), ids=lambda v: v.name if isinstance(v, Path) else None)
def test_commands_print_what_the_page_says(page: Path, block: str, tmp_path: Path, bless: bool) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    real = "".join(f"$ {command}\n{run(command, tmp_path)}" for command, _ in steps(block))
    if bless:
        page.write_text(page.read_text().replace(block, real))
        return
    assert real == block, f"{page.name} is stale: make bless"


def test_links_of_the_docs_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken
