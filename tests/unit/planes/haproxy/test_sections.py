"""Routes that share Services and policy share a backend section."""

import msgspec
import pytest

from router.planes.haproxy.sections import HEAVIEST, LOOKS, Section, Sections, filled, look
from router.table.routes import Forward, Match, Policy, Redirect, Respond, ValueMatch, WeightedBackend
from router.table.types import Backend, Endpoint, Table
from tests.support import worlds


def of(table: Table, **changes: object) -> tuple[Section, Sections]:
    sections = Sections(table.backends)
    route = msgspec.structs.replace(table.hosts[0].routes[0], **changes)
    section, known = sections.by_name[sections.of(route)], {b.id: b for b in table.backends}
    return filled(section, *(known[name] for name, _ in section.backends)), sections


def test_equal_servers_and_policy_are_one_section() -> None:
    table = worlds.table()
    sections = Sections(table.backends)
    names = {sections.of(r) for v in table.hosts for r in v.routes}
    assert len(names) == len(sections.by_name) == 2


def test_what_haproxy_can_not_do_answers_503_and_is_told() -> None:
    section, sections = of(worlds.table(), match=Match(query=(ValueMatch(name="x", value="y"),)))
    assert section.status == 503
    assert [f.reason for f in sections.findings] == ["NotSupportedByHaproxy"]


def test_a_body_limit_of_ones_own_is_warned_about() -> None:
    _, sections = of(worlds.table(), policy=Policy(body_size=10))
    assert [f.reason for f in sections.findings] == ["BodyLimitByLengthOnly"]
    _, sections = of(worlds.table(), policy=Policy())
    assert sections.findings == []


@pytest.mark.parametrize(("weights", "counts"), [((1, 1), (1, 4)), ((9, 1), (3, 3)), ((70, 30), (2, 1))])
def test_a_service_gets_its_share_however_many_endpoints_it_has(weights: tuple[int, int], counts: tuple[int, int]) -> None:
    table = worlds.table()
    service = table.backends[0].service
    backends = tuple(
        Backend(
            id=f"b{n}",
            label=f"s{n}",
            service=service,
            endpoints=tuple(Endpoint(address=f"10.0.{n}.{i}", port=1) for i in range(count)),
        )
        for n, count in enumerate(counts)
    )
    action = Forward(backends=tuple(WeightedBackend(backend=f"b{n}", weight=w) for n, w in enumerate(weights)))
    section, _ = of(msgspec.structs.replace(table, backends=backends), action=action)
    shares = [0.0, 0.0]
    for server in section.server_lines:
        weight = int(server.options[server.options.index("weight") + 1])
        assert 1 <= weight <= HEAVIEST
        shares[int(server.address.split(".")[2])] += weight
    assert shares[0] / sum(shares) == pytest.approx(weights[0] / sum(weights), abs=0.02)


def test_weight_0_gets_nothing_and_no_server_is_503() -> None:
    table = worlds.table()
    action = Forward(backends=(WeightedBackend(backend=table.backends[0].id, weight=0),))
    section, _ = of(table, action=action)
    assert (section.status, section.server_lines) == (503, ())


def test_answers_and_redirects_need_no_server() -> None:
    assert of(worlds.table(), action=Respond(status=404))[0].status == 404
    section, _ = of(worlds.table(), action=Redirect(status=302, host="x.test", scheme="https"))
    assert section.location == "'https://x.test%[pathq]'"


def test_a_section_keeps_its_name_when_endpoints_come_and_go_and_only_then() -> None:
    table = worlds.table()
    (backend,) = table.backends
    more = msgspec.structs.replace(backend, endpoints=(*backend.endpoints, Endpoint(address="10.9.9.9", port=1)))
    none = msgspec.structs.replace(backend, endpoints=())
    other = msgspec.structs.replace(backend, proxy_protocol=1)
    names = [of(msgspec.structs.replace(table, backends=(b,)))[0].name for b in (backend, more, none, other)]
    assert names[0] == names[1]
    assert len(set(names)) == 2


def test_looks_are_as_seldom_as_haproxy_can_spread_them() -> None:
    """Its check.c multiplies milliseconds by the number of a server in 32 bits. With too many, all looks are those of the start."""
    made = {number: look(number) for number in (0, 1, 596, 597, 10_000, 35_791, 35_792, 100_000)}
    assert made == {0: 3600, 1: 3600, 596: 3600, 597: 1200, 10_000: 120, 35_791: 60, 35_792: 3600, 100_000: 3600}
    for number in range(1, 35_792, 7):
        assert look(number) * 1000 * number < 2**31
        longer = [seconds for seconds in LOOKS if seconds > look(number)]
        assert all(seconds * 1000 * number >= 2**31 for seconds in longer)
