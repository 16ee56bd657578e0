"""Which endpoints can be left out."""

import pytest

from router.table import health
from router.table.types import Endpoint


@pytest.mark.parametrize(
    ("addresses", "watched"),
    [((), False), (("10.0.0.1",), False), (("10.0.0.1", "10.0.0.2"), True), (("::1", "10.0.0.2"), True),
     (("10.0.0.1", "db.example.com"), False)],
)  # fmt: skip
def test_several_addresses_can_be_left_out_and_a_single_one_or_a_name_can_not(addresses: tuple[str, ...], watched: bool) -> None:
    assert health.watched(tuple(Endpoint(address=a, port=80) for a in addresses)) is watched
