"""What all tests share."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# No test has a clock for speed: a busy machine is no defect.
settings.register_profile("tidegate", deadline=None)
settings.load_profile("tidegate")

HERE = Path(__file__).parent
PROCESSES = {"bad", "cluster", "deploy", "docs", "flow", "planes"}
"""Folders of tests that start programs and wait for what they do."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite golden files and generated references")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a run of the whole suite (two workers, a cluster and dozens of planes on whatever machine there is), what waits for other
    programs gets a second chance if it fails. It is listed as RERUN, with its failure: a defect to mend, of ours or of the test.
    A test that is run alone, and whatever is computed here, gets none."""
    if not hasattr(config, "workerinput"):  # set by xdist in each worker
        return
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).parts[0] in PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"RERUN {report.nodeid}")
        terminalreporter.line(report.longreprtext[-6000:])


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--bless"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With --dist loadfile, all of tests/cluster goes to one worker, as if it was one file: a cluster is started once."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneCluster(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "tests/cluster" if nodeid.startswith("tests/cluster/") else str(super()._split_scope(nodeid))

    return OneCluster(config, log)
