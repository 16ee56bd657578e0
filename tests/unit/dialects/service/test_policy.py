"""What an app's annotations make of its policy; what is not understood closes."""

import pytest

from router.table.routes import Policy
from tests.unit.dialects.service.apps import app, claimed


def policy(**said: str) -> Policy:
    (claim,) = claimed(app(domains="a.test", **said)).routes
    return claim.policy


@pytest.mark.parametrize(("text", "status"), [("true", 301), ("false", None), ("maybe", 301)])
def test_https_is_enforced_also_by_what_is_not_understood(text: str, status: int | None) -> None:
    assert policy(ssl_enforce=text).https_redirect == status


def test_hsts_implies_the_redirect() -> None:
    made = policy(ssl_hsts_enabled="true", ssl_hsts_maxAge="60", ssl_hsts_includeSubDomains="true")
    assert made.hsts is not None
    assert (made.hsts.max_age, made.hsts.include_subdomains, made.https_redirect) == (60, True, 301)


def test_limits_are_read_and_defaults_stand_for_nonsense() -> None:
    made = policy(connectTimeout="2s", tcpTimeout="20m", bodySize="5m", maintenance="true", referrerPolicy="none")
    assert (made.timeouts.connect, made.timeouts.read, made.timeouts.send) == (2000, 1_200_000, 1_200_000)
    assert (made.body_size, made.maintenance, made.referrer_policy) == (5 * 1024**2, 60, "")
    assert policy(connectTimeout="soon", bodySize="large") == policy()
