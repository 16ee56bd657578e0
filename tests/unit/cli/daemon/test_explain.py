"""``tidegate daemon explain``."""

import json

import pytest

from router.base.errors import TidegateError
from tests.support.daemon_pages import WORLD
from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(("node", "code"), [("node-a1", 0), ("node-a2", 0), ("node-a4", 1), ("spare", 0)])
def test_a_node_that_should_run_a_pod_and_does_not_is_exit_code_1(run: Run, node: str, code: int) -> None:
    assert run("daemon", "explain", node, "edge", "-f", WORLD).exit_code == code


def test_json_has_the_reason(run: Run) -> None:
    said = json.loads(run("daemon", "explain", "node-a4", "edge", "-f", WORLD, "-o", "json").stdout)
    assert said["reason"] == "NodeFull" and said["should"] is True


def test_a_node_that_is_not_there_is_named(run: Run) -> None:
    with pytest.raises(TidegateError, match="there is no node nowhere"):
        run("daemon", "explain", "nowhere", "edge", "-f", WORLD)
