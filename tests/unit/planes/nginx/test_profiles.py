"""Routes that share every setting share a named location."""

import msgspec

from router.planes.nginx.driver import NginxDriver
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profiles, is_name
from router.table.routes import Forward, Match, Policy, Redirect, Respond, ValueMatch
from router.table.types import BackendProtocol, Table
from tests.support import worlds


def of(table: Table, features: Features | None = None, **changes: object) -> tuple[str, str, Profiles]:
    profiles = Profiles(table.backends, features or Features())
    route = msgspec.structs.replace(table.hosts[0].routes[0], **changes)
    return (*profiles.of(route), profiles)


def test_equal_settings_are_one_profile() -> None:
    table = worlds.table()
    profiles = Profiles(table.backends, Features())
    names = {profiles.of(r)[0] for v in table.hosts for r in v.routes}
    assert len(names) == len(profiles.by_name) == 2


def test_what_nginx_can_not_do_answers_503_and_is_told() -> None:
    table = worlds.table()
    name, upstream, profiles = of(table, match=Match(headers=(ValueMatch(name="x", value="y"),)))
    assert (profiles.by_name[name].status, upstream) == (503, "-")
    assert [f.reason for f in profiles.findings] == ["NotSupportedByNginx"]


def test_answers_and_redirects_need_no_upstream() -> None:
    table = worlds.table()
    for action, mode in (
        (Respond(status=404), "return"),
        (Redirect(status=302, host="x.test"), "redirect"),
        (Forward(), "return"),
    ):
        name, upstream, profiles = of(table, action=action)
        assert (profiles.by_name[name].mode, upstream) == (mode, "-")


def test_http_2_to_the_app_depends_on_the_version() -> None:
    table = worlds.table()
    h2c = msgspec.structs.replace(table.backends[0], protocol=BackendProtocol.H2C)
    table = msgspec.structs.replace(table, backends=(h2c,))
    old, _, profiles = of(table)
    assert profiles.by_name[old].mode == "grpc"
    new, _, profiles = of(table, Features(proxy_http2=True))
    assert (profiles.by_name[new].mode, profiles.by_name[new].http2) == ("proxy", True)


def test_a_read_time_out_is_not_tried_again() -> None:
    name, _, profiles = of(worlds.table(), policy=Policy())
    profile = profiles.by_name[name]
    assert (profile.tries, profile.tries_time, profile.read) == (3, "15000ms", "60000ms")


def test_names_are_told_from_addresses() -> None:
    assert [is_name(a) for a in ("api.example.net", "10.0.0.1", "::1")] == [True, False, False]
    assert NginxDriver.name == "nginx"
