"""What hosts say, run by run. Whole tables are in tests/properties/test_remembering.py."""

import msgspec

from router.base.faults import SHUT
from router.planes.nginx.features import Features
from router.planes.nginx.hosts import backends_of, host_run
from router.planes.nginx.profiles import outline
from router.table.types import Endpoint
from tests.support import worlds

TABLE = worlds.table()


def test_hosts_name_their_backends_once_each() -> None:
    assert backends_of(TABLE.hosts) == tuple(b.id for b in TABLE.backends)


def test_what_hosts_say_does_not_depend_on_which_endpoints_there_are() -> None:
    (backend,) = TABLE.backends
    other = msgspec.structs.replace(backend, endpoints=(Endpoint(address="10.9.9.9", port=1),))
    assert outline(backend) == outline(other)
    assert outline(backend) != outline(msgspec.structs.replace(backend, endpoints=()))
    named = (Endpoint(address="10.9.9.9", port=1), Endpoint(address="app.internal", port=1))
    assert outline(backend) != outline(msgspec.structs.replace(backend, endpoints=named))
    made = [host_run(TABLE.hosts, Features(), b) for b in (backend, other, outline(other))]
    assert made[0] == made[1] == made[2]


def test_two_runs_say_what_one_says() -> None:
    whole = host_run(TABLE.hosts, Features(), *TABLE.backends)
    halves = [host_run(TABLE.hosts[at:end], Features(), *TABLE.backends) for at, end in ((0, 1), (1, None))]
    for name, entries in whole.maps.items():
        assert [*entries] == [entry for half in halves for entry in half.maps.get(name, ())]
    assert whole.keys == sum(half.keys for half in halves)


def test_a_bug_that_one_route_meets_shuts_that_route() -> None:
    made = host_run(TABLE.hosts, Features())  # a backend that nobody knows
    assert made.faults
    assert {fault.effect for fault in made.faults} == {SHUT}
    assert {profile.status for profile in made.profiles.values()} == {503}
