"""What the stand-in kubelet can run: names of images and the programs that stand for them."""

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Image(NamedTuple):
    """``entry``: the words that ``args`` follow. ``user``: the uid of the image. ``opened``: folders of this machine it needs.
    ``files``: what the image has besides, by path, and where it is here."""

    entry: tuple[str, ...]
    env: dict[str, str]
    user: int = 0
    opened: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


_PYTHON = tuple(dict.fromkeys((str(ROOT), sys.prefix, sys.base_prefix)))
_ENV = {"PATH": f"{sys.prefix}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT)}
_ENV["PYTHONDONTWRITEBYTECODE"] = "1"
_STATE = {"TIDEGATE_STATE": "/var/lib/tidegate", "TIDEGATE_ADMIN": ":9090", "TIDEGATE_LOG_FORMAT": "json"}


def _released(plane: str) -> Image:
    """As PLANE/Containerfile makes it, but with what this machine has."""
    hook = ("/usr/local/bin/drain", str(ROOT / plane / "drain"))
    return Image((sys.executable, "-m", "router"), _ENV | _STATE, 10001, _PYTHON, (hook,))


IMAGES = {
    "tidegate.test/echo": Image((sys.executable, str(Path(__file__).with_name("echo.py"))), _ENV, 0, _PYTHON),
    "tidegate.test/router": Image((sys.executable, "-m", "router"), _ENV, 0, _PYTHON),
    "tidegate/tidegate-nginx": _released("nginx"),
    "tidegate/tidegate-haproxy": _released("haproxy"),
    "tidegate.test/shell": Image(("sh", "-c"), _ENV, 0, _PYTHON),
}


def find(name: str) -> Image | None:
    """By name, whatever the tag or digest. None: ErrImagePull."""
    return IMAGES.get(name.partition("@")[0].rpartition(":")[0] or name) or IMAGES.get(name)
