"""Whitelists of apps fail closed (Deis' failed open on one IPv6 address)."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base import parse
from router.dialects.service.whitelist import both
from tests.unit.dialects.service.apps import app, claimed, reasons

networks = st.lists(
    st.builds(lambda a, p: parse.network(f"{ipaddress.IPv4Address(a)}/{p}"), st.integers(0, 2**32 - 1), st.integers(0, 32))
)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("10.0.0.0/8,2001:db8::1", ["10.0.0.0/8", "2001:db8::1/128"]), ("10.0.0.0/8,nonsense", ["10.0.0.0/8"]), ("nonsense", []), ("", None),
    ],
)  # fmt: skip
def test_a_bad_item_lets_nobody_in(text: str, allowed: list[str] | None) -> None:
    made = claimed(app(domains="a.test", whitelist=text))
    networks = made.routes[0].policy.allow
    assert (None if networks is None else [str(n) for n in networks]) == allowed
    assert ("InvalidWhitelist" in reasons(made)) is ("nonsense" in text)


@given(networks, networks, st.integers(0, 2**32 - 1))
def test_on_both_lists_is_who_is_on_each(one: list, other: list, address: int) -> None:  # type: ignore[type-arg]
    ip = ipaddress.IPv4Address(address)
    inside = lambda nets: any(ip in n for n in nets)  # noqa: E731
    assert inside(both(tuple(one), tuple(other)) or ()) == (inside(one) and inside(other))
