"""The manifests that the printed pages of the daemon controller are made of, and how a page is compared with its file."""

import functools
from pathlib import Path

from router.cli.daemon.world import from_manifests
from router.controllers.daemon.manifests import Objects
from router.controllers.daemon.standing import seconds
from router.controllers.daemon.types import Seen

FOLDER = Path(__file__).parents[1] / "unit" / "controllers" / "daemon" / "golden"
WORLD = FOLDER / "world.yaml"
NOON = seconds("2026-06-01T12:00:00Z")


@functools.cache
def objects() -> Objects:
    documents, findings = from_manifests([str(WORLD)])
    assert not findings
    made = Objects(documents)
    assert not made.findings
    return made


def seen() -> Seen:
    return objects().seen(objects().daemons[0])


def same(name: str, text: str, bless: bool) -> None:
    file = FOLDER / name
    if bless:
        file.write_text(text)
    assert file.exists(), f"{file} is missing: pytest --bless"
    assert text == file.read_text(), f"{file} differs; if the change is meant: pytest --bless"
