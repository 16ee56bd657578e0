import pytest

from router.base.frozen import PrivateBytes
from router.certs.types import Certificate, covers

MADE = Certificate(
    id="x",
    source="",
    names=("*.example.com", "shop.test"),
    not_before="",
    not_after="",
    chain="",
    key=PrivateBytes(b""),
    key_type="",
)


@pytest.mark.parametrize("host", ["a.example.com", "shop.test", "*.example.com"])
def test_a_name_covers_itself_and_a_wildcard_one_label(host):
    assert covers(MADE, host)


@pytest.mark.parametrize("host", ["", "example.com", ".example.com", "a.b.example.com", "a.shop.test", "test", "*.b.example.com"])
def test_nothing_else_is_covered(host):
    assert not covers(MADE, host)
