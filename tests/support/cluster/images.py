"""What the stand-in kubelet can run: names of images and the programs that stand for them."""

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Image(NamedTuple):
    """``entry``: the words that ``args`` follow. ``user``: the uid of the image. ``opened``: folders of this machine it needs."""

    entry: tuple[str, ...]
    env: dict[str, str]
    user: int = 0
    opened: tuple[str, ...] = ()


_PYTHON = tuple(dict.fromkeys((str(ROOT), sys.prefix, sys.base_prefix)))
_ENV = {"PATH": f"{sys.prefix}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT)}
_ENV["PYTHONDONTWRITEBYTECODE"] = "1"
IMAGES = {
    "tidegate.test/echo": Image((sys.executable, str(Path(__file__).with_name("echo.py"))), _ENV, 0, _PYTHON),
    "tidegate.test/router": Image((sys.executable, "-m", "router"), _ENV, 0, _PYTHON),
    "tidegate.test/shell": Image(("sh", "-c"), _ENV, 0, _PYTHON),
}


def find(name: str) -> Image | None:
    """By name, whatever the tag or digest. None: ErrImagePull."""
    return IMAGES.get(name.partition("@")[0].rpartition(":")[0] or name) or IMAGES.get(name)
