"""Every setting is declared once, and its declaration is whole."""

import re

import pytest

from router.base.parse import Address, Bad
from router.settings import BY_FIELD, DEFAULTS, OPTIONS, Option, Settings, TcpService


def test_every_setting_has_one_declaration() -> None:
    assert sorted(o.field for o in OPTIONS) == sorted(Settings.__struct_fields__)
    assert len(BY_FIELD) == len(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.field)
def test_a_declaration_is_whole(option: Option) -> None:
    assert re.fullmatch(r"--[a-z][a-z0-9-]*", option.flag, re.ASCII)
    assert re.fullmatch(r"TIDEGATE_[A-Z][A-Z0-9_]*", option.environment, re.ASCII)
    assert option.help.endswith(".")
    assert option.metavar or isinstance(option.default, bool)


def test_no_two_settings_share_a_flag_or_a_name_of_deis() -> None:
    for names in ([o.flag for o in OPTIONS], [o.deis for o in OPTIONS if o.deis]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("text", ["5432", "5432=db", "5432=db/pg", "5432=db/pg:", "x=db/pg:1", "1=db/PG:1", "70000=db/pg:1"])
def test_a_tcp_service_that_is_not_understood_is_refused(text: str) -> None:
    assert isinstance(BY_FIELD["tcp"].parse(text), Bad)


def test_a_tcp_service_names_a_port_by_number_or_name() -> None:
    parsed = BY_FIELD["tcp"].parse("5432=db/pg:5432,25=mail/smtp:smtp")
    assert parsed == (
        TcpService(listen=5432, namespace="db", service="pg", port=5432),
        TcpService(listen=25, namespace="mail", service="smtp", port="smtp"),
    )


def test_defaults_are_those_of_an_unprivileged_user() -> None:
    assert DEFAULTS.http == Address(host="0.0.0.0", port=8080)
