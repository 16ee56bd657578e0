"""What an app's annotations make of its policy; what is not understood closes."""

from typing import Any

import pytest

from router.table.routes import Buffering, Policy
from tests.unit.dialects.service.apps import app, claimed, reasons


def policy(settings: dict[str, Any] | None = None, **said: str) -> Policy:
    (claim,) = claimed(app(domains="a.test", **said), **settings or {}).routes
    return claim.policy


@pytest.mark.parametrize(("text", "status"), [("true", 301), (" TRUE ", 301), ("false", None), ("maybe", 301), ("", 301)])
def test_https_is_enforced_also_by_what_is_not_understood(text: str, status: int | None) -> None:
    assert policy(ssl_enforce=text).https_redirect == status


@pytest.mark.parametrize("router", [{"ssl_enforce": True}, {"hsts": True}])
def test_an_app_can_not_opt_out_of_what_the_router_enforces(router: dict[str, Any]) -> None:
    assert policy(router, ssl_enforce="false", ssl_hsts_enabled="false").https_redirect == 301


def test_hsts_implies_the_redirect() -> None:
    made = policy(ssl_hsts_enabled="true", ssl_hsts_maxAge="60", ssl_hsts_includeSubDomains="true", ssl_enforce="false")
    assert made.hsts is not None
    assert (made.hsts.max_age, made.hsts.include_subdomains, made.hsts.preload, made.https_redirect) == (60, True, False, 301)


def test_hsts_is_sent_only_if_it_was_said_clearly() -> None:
    unclear = policy(ssl_hsts_enabled="maybe")
    assert (unclear.hsts, unclear.https_redirect) == (None, 301)
    assert policy(ssl_hsts_maxAge="60").hsts is None
    assert policy({"hsts": True}).hsts is not None
    assert policy({"hsts": True}, ssl_hsts_enabled="false").hsts is None


def test_limits_are_read_and_defaults_stand_for_nonsense() -> None:
    made = policy(connectTimeout="2s", tcpTimeout="20m", bodySize="5m", maintenance="true", referrerPolicy="none")
    assert (made.timeouts.connect, made.timeouts.read, made.timeouts.send) == (2000, 1_200_000, 1_200_000)
    assert (made.body_size, made.maintenance, made.referrer_policy) == (5 * 1024**2, 60, "")
    assert policy(connectTimeout="soon", bodySize="large", maintenance="maybe", referrerPolicy="x;y") == policy()


def test_the_settings_of_the_router_are_the_defaults() -> None:
    router = {"body_size": 7, "connect_timeout": 1, "read_timeout": 2, "send_timeout": 3, "referrer_policy": "origin"}
    made = policy(router)
    assert (made.body_size, made.referrer_policy) == (7, "origin")
    assert (made.timeouts.connect, made.timeouts.read, made.timeouts.send) == (1, 2, 3)
    assert policy(router, referrerPolicy="none").referrer_policy == ""
    assert policy({"retry_after": 9}, maintenance="true").maintenance == 9


def test_the_body_size_is_read_in_both_spellings_of_deis() -> None:
    assert policy(nginx_bodySize="2m").body_size == policy(bodySize="2m").body_size == 2 * 1024**2
    assert policy(bodySize="0").body_size == 0
    assert policy(bodySize="999999999999g") == policy()


def test_the_start_of_a_request_is_told_unless_an_app_opts_out() -> None:
    assert policy({"request_start": True}).request_start
    assert not policy({"request_start": True}, disableRequestStartHeader="true").request_start
    assert not policy(disableRequestStartHeader="false").request_start


def test_buffers_are_read() -> None:
    said = {
        "proxyBuffers_enabled": "true",
        "nginx_proxyBuffers_number": "4",
        "proxyBuffers_size": "8k",
        "proxyBuffers_busySize": "16k",
    }
    assert policy(**said).buffering == Buffering(enabled=True, number=4, size=8192, busy_size=16384)
    assert policy(proxyBuffers_size="16k").buffering == Buffering(size=16384, busy_size=16384)


@pytest.mark.parametrize(
    "sizes", [("2", "4k", "8k"), ("8", "4k", "2k"), ("8", "512", "512"), ("8", "0", "0"), ("1024", "1g", "1g")]
)
def test_buffers_that_nginx_would_refuse_are_the_routers(sizes: tuple[str, str, str]) -> None:
    names = ("proxyBuffers_number", "proxyBuffers_size", "proxyBuffers_busySize")
    made = claimed(app(domains="a.test", proxyBuffers_enabled="true", **dict(zip(names, sizes, strict=True))))
    assert (made.routes[0].policy.buffering, reasons(made)) == (Buffering(enabled=True), ["InvalidBuffers"])
