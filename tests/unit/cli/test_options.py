"""Options from declarations."""

import pytest

from router.cli.options import settings_from, shown_default
from router.settings import BY_FIELD, DEFAULTS
from tests.unit.cli.conftest import Run


def test_what_nobody_set_keeps_its_default() -> None:
    settings, explicit = settings_from({"body_size": None, "tcp": (), "namespaces": ()})
    assert settings == DEFAULTS
    assert explicit == frozenset()


def test_what_was_set_is_explicit() -> None:
    settings, explicit = settings_from({"body_size": 5, "namespaces": (("a",), ("b", "c"))})
    assert (settings.body_size, settings.namespaces) == (5, ("a", "b", "c"))
    assert explicit == {"body_size", "namespaces"}


@pytest.mark.parametrize(
    ("flag", "value"), [("--body-size", "many"), ("--http", "80"), ("--tcp", "x"), ("--host-ownership", "both")]
)
def test_a_value_that_is_not_understood_is_wrong_usage(run: Run, manifests: object, flag: str, value: str) -> None:
    result = run("routes", "-f", manifests, flag, value)
    assert result.exit_code == 2
    assert flag in result.stderr


def test_a_flag_wins_over_its_variable(run: Run, manifests: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEGATE_HTTP", "127.0.0.1:81")
    assert "81" in run("routes", "-f", manifests).stdout
    assert "82" in run("routes", "-f", manifests, "--http", "127.0.0.1:82").stdout


def test_defaults_are_shown_as_people_write_them() -> None:
    shown = {name: shown_default(BY_FIELD[name]) for name in ("body_size", "read_timeout", "ssl_session_timeout", "hsts", "tcp")}
    assert shown == {"body_size": "1m", "read_timeout": "60s", "ssl_session_timeout": "86400s", "hsts": "no", "tcp": ""}


def test_the_settings_of_run_are_not_those_of_routes(run: Run) -> None:
    assert "--drain-delay" in run("run", "--help").stdout
    assert "--drain-delay" not in run("routes", "--help").stdout
