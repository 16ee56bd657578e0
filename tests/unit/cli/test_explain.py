"""``tidegate explain``."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def test_the_winner_is_named(run: Run, manifests: Path) -> None:
    result = run("explain", "http://shop.example.com/cart?x=1", "-f", manifests)
    assert result.exit_code == 0, result.output
    assert "Ingress shop/web" in result.stdout
    assert "127.0.0.1:9001" in result.stdout


def test_no_route_is_exit_code_1(run: Run, manifests: Path) -> None:
    result = run("explain", "http://other.example.com/", "-f", manifests)
    assert result.exit_code == 1
    assert "404" in result.stdout


def test_json_names_status_and_object(run: Run, manifests: Path) -> None:
    said = json.loads(run("explain", "https://shop.example.com/", "-f", manifests, "-o", "json").stdout)
    assert said["status"] in (0, 200)
    assert "shop" in json.dumps(said)


@pytest.mark.parametrize("url", ["ftp://a/", "http://a/\n", "http://a /"])
def test_what_is_no_url_is_wrong_usage(run: Run, manifests: Path, url: str) -> None:
    assert run("explain", url, "-f", manifests).exit_code == 2


def test_a_header_without_a_colon_is_wrong_usage(run: Run, manifests: Path) -> None:
    assert run("explain", "http://a/", "-H", "nonsense", "-f", manifests).exit_code == 2
