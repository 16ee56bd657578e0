"""The values of settings."""

import pytest

from router.settings import DEFAULTS


def test_settings_can_not_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        DEFAULTS.body_size = 1  # type: ignore[misc]
