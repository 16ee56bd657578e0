"""Each kind alone beside the canaries: what is said about it, and that nobody else is touched."""

import functools
import tempfile
from pathlib import Path

import pytest

from router.app import drivers
from router.translate import Translation
from tests.bad import kinds


@functools.cache
def beside_canaries(name: str) -> Translation:
    with tempfile.TemporaryDirectory() as folder:
        kinds.write_canaries(Path(folder))
        if name:
            kinds.write(Path(folder), name)
        return kinds.loaded(Path(folder))


def test_there_are_forty_kinds_at_least_and_none_without_what_is_expected() -> None:
    assert len(kinds.NAMES) >= 40
    assert {p.stem for p in kinds.FOLDER.glob("*.expected")} == set(kinds.NAMES)


def test_nothing_is_wrong_with_the_canaries() -> None:
    assert beside_canaries("").findings == ()
    assert {str(host) for host, _ in kinds.canaries(beside_canaries(""))} == set(kinds.HOSTS)


@pytest.mark.parametrize("name", kinds.NAMES)
def test_it_is_told_and_costs_only_itself(name: str, bless: bool) -> None:
    made = beside_canaries(name)
    rendered = {plane: driver.render(made.table, driver.assumed()) for plane, driver in drivers().items()}
    said = kinds.lines([*made.findings, *(f for r in rendered.values() for f in r.findings)])[: kinds.MOST]
    if bless:
        (kinds.FOLDER / f"{name}.expected").write_text("".join(f"{text}\n" for text in said))
    assert said == kinds.expected(name)
    assert said, "a bad object must not be silent"
    assert all(kinds.complete(f) for f in made.findings)
    assert made.faults == ()
    assert kinds.canaries(made) == kinds.canaries(beside_canaries(""))
    for plane, driver in drivers().items():
        assert list(driver.read_back(rendered[plane].bundle, made.table, driver.assumed())) == []
