"""Values of the table that are kept in another form than they are given."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef
from router.table.types import Backend, Endpoint, Endpoints

ADDRESSES = st.one_of(st.ip_addresses().map(str), st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True))
ENDPOINT = st.builds(Endpoint, address=ADDRESSES, port=st.integers(1, 65535), weight=st.integers(0, 256))
BACKEND = Backend(id="b", label="shop/web:80", service=ObjectRef(kind="Service", namespace="shop", name="web"))


@given(st.lists(ENDPOINT))
def test_a_backend_has_the_endpoints_that_it_was_given(endpoints: list[Endpoint]) -> None:
    made = msgspec.structs.replace(BACKEND, endpoints=tuple(endpoints))
    assert ([*made.endpoints], len(made.endpoints), bool(made.endpoints)) == (endpoints, len(endpoints), bool(endpoints))
    assert all(endpoint in made.endpoints for endpoint in endpoints)
    assert Endpoint(address="192.0.2.1", port=70_000) not in made.endpoints


@given(st.lists(ENDPOINT), st.lists(ENDPOINT))
def test_backends_with_other_endpoints_differ(one: list[Endpoint], other: list[Endpoint]) -> None:
    first, second = (msgspec.structs.replace(BACKEND, endpoints=given) for given in (one, other))
    assert (first == second) is (one == other)
    assert first == msgspec.structs.replace(BACKEND, endpoints=Endpoints.of(one)) == msgspec.structs.replace(first)


def test_what_is_no_address_makes_no_other_endpoint() -> None:
    with pytest.raises(ValueError, match="end of a line"):
        Endpoints.of([Endpoint(address="10.0.0.1\n80 1 10.0.0.2", port=80)])
