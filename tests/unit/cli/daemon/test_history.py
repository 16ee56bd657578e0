"""``tidegate daemon history``."""

import json

from tests.support.daemon_pages import FOLDER, WORLD
from tests.unit.cli.conftest import Run


def test_revisions_are_listed(run: Run) -> None:
    assert run("daemon", "history", "edge", "-f", WORLD).stdout == (FOLDER / "history.txt").read_text()


def test_json_has_the_templates(run: Run) -> None:
    said = json.loads(run("daemon", "history", "edge", "-f", WORLD, "-o", "json").stdout)
    assert [(r["revision"], r["template"]["spec"]["containers"][0]["image"]) for r in said] == [
        (1, "registry.example/edge:1"), (2, "registry.example/edge:2"),
    ]  # fmt: skip
