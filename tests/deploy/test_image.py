"""The images of both planes: every step of the Containerfiles is done in a Debian folder, and the result run as a container would be.

There is no container engine here, so the base image and the layers are not the real ones; the steps, files and users are.
"""

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support import containerfile
from tests.support.cluster.cluster import until
from tests.support.containerfile import ROOT, Image
from tests.support.gateway import MANIFEST, Gateway, app

PLANES = ["nginx", "haproxy"]
pytestmark = pytest.mark.timeout(120, func_only=True)
"""The first test builds: the limit is for the tests alone, not for their fixtures."""
LAUNCHER = ROOT / "tests/support/cluster/container.py"


@pytest.fixture(scope="module")
def builder() -> Iterator[containerfile.Builder]:
    containerfile.needed()
    with tempfile.TemporaryDirectory(prefix="tidegate-image-", dir=containerfile.scratch()) as work:
        yield containerfile.Builder(Path(work))


@pytest.fixture(scope="module", params=PLANES)
def image(request: pytest.FixtureRequest, builder: containerfile.Builder) -> Image:
    return builder.build(ROOT / request.param / "Containerfile")


class Container(Gateway):
    """An image that runs: not root, its root folder read-only, nothing kept but the volume."""

    def __init__(self, image: Image, plane: str, work: Path, port: int) -> None:
        super().__init__(plane, work, port)
        self.image = image
        for name in ("s", "tmp", "layer"):
            (work / name).mkdir()
        for name in ("s", "tmp"):
            shutil.chown(work / name, image.user, image.user)

    def run(self, argv: Sequence[str], **env: str) -> "subprocess.Popen[bytes]":
        spec = {
            "net": "/proc/self/ns/net", "hostname": "image", "work": str(self.work / "layer"), "base": str(self.image.root),
            "mounts": [
                {"from": str(self.state), "to": self.image.volumes[0]}, {"from": str(self.work / "tmp"), "to": "/tmp"},
                {"from": str(self.manifests), "to": "/etc/tidegate", "read_only": True},
            ],
            "argv": list(argv), "env": {**self.image.env, **env}, "pidfile": str(self.work / "pid"),
            "uid": self.image.user, "gid": self.image.user, "read_only": True, "capabilities": [], "no_new_privileges": True,
        }  # fmt: skip
        (self.work / "spec.json").write_text(json.dumps(spec))
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", LAUNCHER, self.work / "spec.json"], stdout=out, stderr=out
            )
        return self.process

    def start(self, *more: str) -> None:
        ports = {"HTTP": self.http, "HTTPS": self.https, "ADMIN": self.admin, "STATUS": self.status}
        env = {f"TIDEGATE_{name}": f"127.0.0.1:{port}" for name, port in ports.items()}
        env["TIDEGATE_DRAIN_DELAY"] = "2"
        self.run([*self.image.entry, "run", "-f", "/etc/tidegate", *more], **env)
        self.until(self.ready)

    def enter(self, *words: str) -> str:
        """What a command in the container says, with its user and environment."""
        pid = (self.work / "pid").read_text()
        user = ["-S", str(self.image.user), "-G", str(self.image.user)]
        env = [f"{key}={value}" for key, value in self.image.env.items()] + ["TIDEGATE_DRAIN_DELAY=2"]
        command = ["nsenter", "-m", "-p", "-u", "-r", "-w", "-t", pid, *user, "env", "-i", *env, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


@contextlib.contextmanager
def container(image: Image) -> Iterator[Container]:
    with tempfile.TemporaryDirectory(prefix="tidegate-image-") as folder, app() as port:
        Path(folder).chmod(0o755)
        made = Container(image, image.env["TIDEGATE_PLANE"], Path(folder), port)
        (made.manifests / "shop.yaml").write_text(MANIFEST.format(name="shop", port=port))
        try:
            yield made
        finally:
            if made.process and made.process.poll() is None:
                made.process.kill()
                made.process.wait()


@pytest.mark.plane
def test_it_serves_and_drains_as_nobody_in_particular_with_nothing_writable_but_its_volume(image: Image) -> None:
    with container(image) as made:
        made.start()
        assert made.get("shop.example.com")[0] == 200
        assert made.enter("id", "-u").strip() == "10001"
        assert "Permission" not in made.log.read_text()
        with pytest.raises(subprocess.CalledProcessError):
            made.enter("touch", "/opt/tidegate/file")
        made.enter("drain")
        assert made.ask_admin_page("/readyz")[0] == 503
        assert made.get("shop.example.com")[0] == 200
        assert image.stop_signal == "SIGTERM"
        assert made.process
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(20) == 0
        assert '"ended"' in made.log.read_text()


@pytest.mark.plane
def test_what_it_is_run_with_by_default_needs_a_cluster_and_says_so(image: Image) -> None:
    with container(image) as made:
        process = made.run([*image.entry, *image.command])
        assert process.wait(30) == 1
        assert "no cluster configuration can be read in this pod" in made.log.read_text()


@pytest.mark.plane
def test_a_plane_that_is_started_by_hand_serves_nobody(image: Image) -> None:
    plane = image.env["TIDEGATE_PLANE"]
    file = {"nginx": "etc/nginx/nginx.conf", "haproxy": "etc/haproxy/haproxy.cfg"}[plane]
    command = {"nginx": ["nginx", "-g", "daemon off;", "-c"], "haproxy": ["haproxy", "-db", "-f"]}[plane]
    with container(image) as made:
        (made.manifests / "by-hand").write_text((image.root / file).read_text().replace("8080", str(made.http)))
        made.run([*command, "/etc/tidegate/by-hand"])
        until(lambda: made.get("shop.example.com")[0] == 503, 10, made.log.read_text)


@pytest.mark.plane
def test_the_image_is_small_and_has_no_tools_of_the_build(image: Image) -> None:
    assert not (image.root / "build").exists()
    assert not (image.root / "lock").exists()
    assert not list(image.root.glob("opt/tidegate/lib/python3*/site-packages/pip"))
    assert not list(image.root.glob("usr/lib/python3*/ensurepip/__main__.py"))
    assert not list((image.root / "var/lib/apt/lists").glob("*Packages*"))
    whole, base = (int(subprocess.check_output(["du", "-sm", root]).split()[0]) for root in (image.root, containerfile.debian()))
    assert whole - base < 110, f"{whole - base} MB more than its base"


def test_both_folders_have_the_same_files_and_share_the_stage_that_builds() -> None:
    names = [{p.relative_to(ROOT / plane) for p in (ROOT / plane).rglob("*")} for plane in PLANES]
    assert names[0] == names[1]
    built = [containerfile.stages(containerfile.read(ROOT / plane / "Containerfile"))["build"] for plane in PLANES]
    assert built[0] == built[1]
    assert (ROOT / "nginx/drain").read_bytes() == (ROOT / "haproxy/drain").read_bytes()


def pinned(name: str) -> dict[str, str]:
    """name -> version of a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", (ROOT / "deploy/image" / name).read_text(), re.M))


@pytest.mark.parametrize("name", ["requirements.txt", "build.txt"])
def test_what_the_images_install_is_pinned_and_is_what_the_project_asks_for(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] if name == "requirements.txt" else project["build-system"]["requires"]
    locked = pinned(name)
    for word in wanted:
        asked = Requirement(word)
        key = asked.name.lower().replace("_", "-")
        assert key in locked, f"{asked.name} is not locked: python deploy/image/lock.py"
        assert asked.specifier.contains(locked[key]), f"{name} has {asked.name} {locked[key]}: python deploy/image/lock.py"
    assert (ROOT / "deploy/image" / name).read_text().count("--hash=sha256:") >= len(locked)


def test_every_package_of_debian_is_pinned_to_a_version() -> None:
    for plane in PLANES:
        for step in containerfile.read(ROOT / plane / "Containerfile"):
            for words in re.findall(r"apt-get install -y --no-install-recommends ([^&]+)", step.text):
                free = [word for word in words.split() if "=" not in word]
                assert free == ["ca-certificates"], "of these the newest is right"
