"""``tidegate daemon rollback``."""

import json

import pytest

from router.base.errors import TidegateError
from tests.support.daemon_pages import WORLD
from tests.unit.cli.conftest import Run


def test_with_manifests_the_patch_is_printed(run: Run) -> None:
    result = run("daemon", "rollback", "edge", "-f", WORLD)
    patch = json.loads(result.stdout)
    assert patch[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "77"}
    assert patch[1]["value"]["spec"]["containers"][0]["image"] == "registry.example/edge:2"
    assert "to revision 2" in result.stderr and "2 stay" not in result.stdout


def test_a_revision_that_is_not_there_is_told_with_those_that_are(run: Run) -> None:
    with pytest.raises(TidegateError, match="there is no revision 9; there are: 1, 2"):
        run("daemon", "rollback", "edge", "--to-revision", "9", "-f", WORLD)


@pytest.mark.parametrize("number", ["0", "x"])
def test_what_is_no_revision_is_wrong_usage(run: Run, number: str) -> None:
    assert run("daemon", "rollback", "edge", "--to-revision", number, "-f", WORLD).exit_code == 2
