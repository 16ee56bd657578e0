"""Templates and pages that come with the package."""

import pytest

from router.planes.files import data_text


def test_both_planes_have_the_same_pages() -> None:
    for name in ("400", "403", "404", "405", "413", "414", "431", "500", "502", "503", "504", "maintenance"):
        assert data_text("nginx/pages", f"{name}.html") == data_text("haproxy/pages", f"{name}.html")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="nginx/none"):
        data_text("nginx", "none")
