"""Every golden folder: the table, the complaints, and what both planes are told."""

import subprocess
from pathlib import Path

import pytest

from tests.golden import cases


def test_there_are_enough_cases() -> None:
    assert len(cases.folders()) >= 60


@pytest.mark.parametrize("folder", cases.folders(), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_case(folder: Path, tmp_path: Path, bless: bool) -> None:
    made = cases.outputs(folder, tmp_path)
    if bless:
        for name, text in made.items():
            (folder / name).write_text(text)
    for name, text in made.items():
        file = folder / name
        assert file.exists(), f"{file} is missing: make bless"
        assert text == file.read_text(), f"{file} differs; if the change is meant: make bless"


ORDER_FREE = [f for f in cases.folders() if f.name != "the-same-object-twice"]
"""Of two objects with one name the first in the file counts; order means nothing everywhere else."""


@pytest.mark.parametrize("folder", ORDER_FREE, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_the_order_of_documents_changes_nothing(folder: Path, tmp_path: Path) -> None:
    documents = cases.manifests(folder).split("\n---\n")
    tables = []
    for order in (documents, documents[::-1]):
        file = tmp_path / "input.yaml"
        file.write_text("\n---\n".join(order))
        tables.append(cases.translate(cases.DirectorySource([str(file)]).load(), cases.settings(folder), cases.NOW, None).table)
    assert tables[0] == tables[1]


def test_no_file_is_an_orphan() -> None:
    known = {folder / name for folder in cases.folders() for name in (*cases.INPUTS, *cases.OUTPUTS)}
    stray = [p for p in cases.HERE.glob("*/**/*") if p.is_file() and "__pycache__" not in p.parts and p not in known]
    assert not stray, f"no case reads {stray}"


def test_no_private_key_is_in_a_golden_file() -> None:
    assert not [p for p in cases.HERE.rglob("*.txt") if "PRIVATE KEY" in p.read_text()]


def test_the_golden_files_are_committed() -> None:
    done = subprocess.run(
        ["git", "status", "--porcelain", "--", cases.HERE],
        capture_output=True,
        text=True,
        timeout=20,
        cwd=cases.HERE,
        check=False,
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    assert not done.stdout, f"uncommitted golden files: {done.stdout}"
