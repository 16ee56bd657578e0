"""What the verbs share: manifests to a table, planes found or assumed."""

from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.cli import inputs
from router.settings import DEFAULTS, Settings


def test_a_path_that_does_not_exist_is_the_operators_error() -> None:
    with pytest.raises(TidegateError, match="/nowhere"):
        inputs.translation(["/nowhere"], DEFAULTS, None)


def test_manifests_become_a_table(manifests: Path) -> None:
    made = inputs.translation([str(manifests)], DEFAULTS, None)
    assert [str(h.host) for h in made.table.hosts] == ["shop.example.com"]


def test_a_binary_that_was_named_must_be_there() -> None:
    with pytest.raises(TidegateError):
        inputs.find_plane("nginx", Settings(plane_binary="/no/such/nginx"))
