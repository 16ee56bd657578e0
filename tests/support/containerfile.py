"""A Containerfile read and its steps done without a container engine: each stage is a folder that starts as a plain Debian, as root.

Only what our two files use is understood: ARG, FROM, RUN, COPY, and words that describe the image.
"""

import functools
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cluster import binaries, network

ROOT = Path(__file__).parents[2]
SUITE, MIRROR = "bookworm", "http://deb.debian.org"
SOURCES = f"""\
deb {MIRROR}/debian {SUITE} main
deb {MIRROR}/debian {SUITE}-updates main
deb {MIRROR}/debian-security {SUITE}-security main
"""
INSIDE = """\
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
cp /etc/resolv.conf "$1/etc/resolv.conf"
cp "$3" "$1/run/ca.crt"
exec chroot "$1" sh -ec "$2"
"""
OFFLINE = (
    "Temporary failure resolving",
    "Could not connect to",
    "Failed to establish a new connection",
    "Name or service not known",
)
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class Step(NamedTuple):
    """``word``: the instruction. ``text``: the rest, lines joined."""

    word: str
    text: str


class Image(NamedTuple):
    """``root``: its folder. ``words``: ENTRYPOINT and CMD."""

    root: Path
    env: Mapping[str, str]
    user: int
    entry: list[str]
    command: list[str]
    volumes: list[str]
    stop_signal: str


def read(file: Path) -> list[Step]:
    lines = [line for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines()]


def stages(steps: list[Step]) -> dict[str, list[Step]]:
    """By name, the last one ``""``: each with its FROM in front, arguments put in."""
    found: dict[str, list[Step]] = {}
    arguments: dict[str, str] = {}
    name = ""
    for step in steps:
        text = re.sub(r"\$\{(\w+)\}", lambda m: arguments.get(m[1], m[0]), step.text)
        if step.word == "ARG":
            key, _, value = text.partition("=")
            arguments[key] = value
        elif step.word == "FROM":
            name = text.partition(" AS ")[2]
            found[name] = [Step("FROM", text.partition(" AS ")[0])]
        else:
            found[name].append(Step(step.word, text))
    return found


def needed() -> None:
    """Skips the test where it can not run."""
    if os.geteuid() != 0 or (why := network.refused()):
        pytest.skip(f"an image needs root and namespaces: {why if os.geteuid() == 0 else 'not root'}")
    if missing := [tool for tool in ("apt-get", "dpkg", "chroot", "unshare", "wget") if not shutil.which(tool)]:
        pytest.skip(f"{' and '.join(missing)} missing: on Debian, apt install wget")


@functools.cache
def debian() -> Path:
    """A folder with a plain Debian, as much as debian:12-slim has; made once and kept."""
    needed()
    kept = binaries.kept() / "debian" / SUITE
    kept.parent.mkdir(parents=True, exist_ok=True)
    with binaries.locked(kept.parent / "lock"):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent) as work:
                _debootstrap(Path(work))
                (Path(work) / "root").rename(kept)
    return kept


def _debootstrap(work: Path) -> None:
    if subprocess.run(["apt-get", "download", "debootstrap"], cwd=work, capture_output=True, check=False).returncode:
        pytest.skip("debootstrap can not be had: apt-get update, then apt-get download debootstrap, must work")
    [package] = work.glob("debootstrap*.deb")
    subprocess.run(["dpkg", "-x", package, work / "tool"], check=True)
    env = {**os.environ, "DEBOOTSTRAP_DIR": str(work / "tool/usr/share/debootstrap")}
    command = ["sh", work / "tool/usr/sbin/debootstrap", "--variant=minbase", SUITE, work / "root", f"{MIRROR}/debian"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no Debian from {MIRROR}: {done.stdout[-300:]}")
    (work / "root/etc/apt/sources.list").write_text(SOURCES)


def scratch() -> Path:
    """Where stages are made: in memory if there is enough and programs may be run from there, as they are many small files."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3 and not os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return memory
    return debian().parent


class Builder:
    """Stages of Containerfiles below ``work``. Two files that share a stage, share what it comes to."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._built: dict[str, Path] = {}

    def build(self, file: Path) -> Image:
        """Of the last stage."""
        found = stages(read(file))
        roots: dict[str, Path] = {}
        for name, steps in found.items():
            roots[name] = self._stage(steps, roots)
        return described(found[""], roots[""])

    def _stage(self, steps: list[Step], others: Mapping[str, Path]) -> Path:
        key = hashlib.sha256(json.dumps(steps).encode()).hexdigest()[:12]
        if key not in self._built:
            root = self._work / key
            subprocess.run(["cp", "-a", debian(), root], check=True)
            for step in steps:
                if step.word == "RUN":
                    run(root, step.text)
                elif step.word == "COPY":
                    copy(root, shlex.split(step.text), others)
            self._built[key] = root
        return self._built[key]


def run(root: Path, text: str) -> None:
    """In namespaces of its own, with this machine's network; where pip finds packages is as on this machine."""
    env = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    env |= {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C",
    }
    env |= {"PIP_CERT": "/run/ca.crt", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", INSIDE, "sh", str(root), text, AUTHORITIES]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr)[-3000:]
    if done.returncode and any(word in said for word in OFFLINE):
        pytest.skip(f"the network does not reach what an image is made of: {said[-300:]}")
    assert done.returncode == 0, f"RUN {text}\n{said}"


def copy(root: Path, words: list[str], others: Mapping[str, Path]) -> None:
    """One file to a name or into a folder/, a folder's content to a folder."""
    origin = ROOT
    if words[0].startswith("--from="):
        origin = others[words.pop(0).partition("=")[2]]
    *sources, target = words
    to = Path(f"{root}{target}")
    for source in sources:
        here = origin / source.lstrip("/")
        if here.is_dir():
            shutil.copytree(here, to, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place = to / here.name if target.endswith("/") else to
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, place)


def described(steps: list[Step], root: Path) -> Image:
    said = {step.word: step.text for step in steps}
    env = dict(word.partition("=")[::2] for step in steps if step.word == "ENV" for word in shlex.split(step.text))
    words = {word: json.loads(said[word]) for word in ("ENTRYPOINT", "CMD")}
    return Image(
        root, env, int(said["USER"]), words["ENTRYPOINT"], words["CMD"], said["VOLUME"].split(), said.get("STOPSIGNAL", "SIGTERM")
    )
