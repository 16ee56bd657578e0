"""What hosts say, run by run. Whole tables are in tests/properties/test_remembering.py."""

import msgspec

from router.base.faults import SHUT
from router.planes.haproxy.hosts import backends_of, host_run
from router.planes.haproxy.sections import outline
from router.table.hosts import HostKind
from router.table.types import Endpoint
from tests.support import worlds

TABLE = worlds.table()


def test_hosts_name_their_backends_once_each() -> None:
    assert backends_of(TABLE.hosts) == tuple(b.id for b in TABLE.backends)


def test_what_hosts_say_does_not_depend_on_which_endpoints_there_are() -> None:
    (backend,) = TABLE.backends
    other = msgspec.structs.replace(backend, endpoints=(Endpoint(address="app.internal", port=1),))
    assert outline(backend) == outline(other)
    assert outline(backend) != outline(msgspec.structs.replace(backend, endpoints=()))
    made = [host_run(TABLE.hosts, b) for b in (backend, other, outline(other))]
    assert made[0] == made[1] == made[2]


def test_the_longest_key_of_a_host_stands_first() -> None:
    lines = host_run(TABLE.hosts, *TABLE.backends).maps["prefixes"]
    keys = [line.key for line in lines if line.key.startswith("paths.example.com/")]
    assert keys == sorted(keys, key=len, reverse=True)


def test_a_wildcard_of_any_depth_is_matched_from_its_dot() -> None:
    (virtual, *_) = TABLE.hosts
    wide = msgspec.structs.replace(virtual, host=msgspec.structs.replace(virtual.host, kind=HostKind.SUFFIX))
    assert next(iter(host_run((wide,), *TABLE.backends).maps["suffixes"])).key == f".{virtual.host.name}"


def test_a_bug_that_one_route_meets_shuts_that_route() -> None:
    made = host_run(TABLE.hosts)  # a backend that nobody knows
    assert {fault.effect for fault in made.faults} == {SHUT}
    assert {section.status for section in made.sections.values()} == {503}
