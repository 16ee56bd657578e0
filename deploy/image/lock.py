"""Writes requirements.txt and build.txt beside this file: what the images install, by version and digest, for both machines.

    python deploy/image/lock.py        # asks PyPI for the newest that pyproject.toml allows; needs pip 23 or newer

A test says when pyproject.toml asks for something that they do not have.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PYPROJECT = HERE.parents[1] / "pyproject.toml"
PYTHON = "3.11"
"""Of Debian 12, which the images are made of."""
MACHINES = ("x86_64", "aarch64")
GLIBC = (17, 24, 27, 28, 31, 34, 36)
"""Minor versions of glibc 2 that wheels are built for; Debian 12 has 2.36."""


def wheels(wanted: list[str], machine: str) -> dict[str, str]:
    """ "name==version" of all that is needed, and its digest."""
    platforms = [word for minor in GLIBC for word in ("--platform", f"manylinux_2_{minor}_{machine}")]
    command = [
        sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--target",
        "/nowhere", "--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp", *platforms, "--platform",
        f"manylinux2014_{machine}", *wanted,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603, TID251 -- a tool, not the router
    report = json.loads(done.stdout)
    found = {}
    for item in report["install"]:
        name, version = item["metadata"]["name"].lower().replace("_", "-").replace(".", "-"), item["metadata"]["version"]
        found[f"{name}=={version}"] = item["download_info"]["archive_info"]["hashes"]["sha256"]
    return found


def lock(wanted: list[str]) -> str:
    """A requirements file for ``pip install --require-hashes``."""
    digests: dict[str, set[str]] = {}
    for machine in MACHINES:
        for pin, digest in wheels(wanted, machine).items():
            digests.setdefault(pin, set()).add(digest)
    text = "# Made by deploy/image/lock.py.\n"
    for pin, found in sorted(digests.items()):
        text += pin + "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(found)) + "\n"
    return text


def main() -> None:
    project = tomllib.loads(PYPROJECT.read_text())
    (HERE / "requirements.txt").write_text(lock(project["project"]["dependencies"]))
    (HERE / "build.txt").write_text(lock(project["build-system"]["requires"]))


if __name__ == "__main__":
    main()
