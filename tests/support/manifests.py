"""YAML text to a snapshot and a table, as a folder of manifests gives it."""

import datetime
import tempfile
from pathlib import Path
from typing import Any

from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.sources.directory import DirectorySource
from router.translate import Translation, translate

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def snapshot(text: str) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "input.yaml"
        file.write_text(text)
        return DirectorySource([str(file)]).load()


def translated(text: str, **settings: Any) -> Translation:
    return translate(snapshot(text), Settings(**settings), NOW)
