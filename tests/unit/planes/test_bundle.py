"""Bundles as values."""

import pytest

from router.base.frozen import PrivateBytes
from router.planes.bundle import Bundle, Change, File, change_between
from tests.support.fake_plane import bundle


def test_private_content_is_not_printed_and_still_counts() -> None:
    file = File(path="certs/a.pem", content=PrivateBytes(b"key"), mode=0o600)
    assert file.private
    assert "key" not in repr(file).replace("certs", "")
    assert file.digest == File(path="x", content=b"key").digest


def test_only_another_generation_or_plane_is_a_change() -> None:
    one = bundle("one")
    assert change_between(one, bundle("one")) is Change.NOTHING
    assert change_between(one, bundle("two")) is Change.RELOAD
    assert change_between(None, one) is Change.RELOAD
    assert change_between(one, bundle("one", plane="other")) is Change.RELOAD
    assert Change.NOTHING < Change.LIVE < Change.RELOAD


@pytest.mark.parametrize("path", ["/abs", "../up", "a/../../b", ""])
def test_a_file_stays_in_its_bundle(path: str) -> None:
    with pytest.raises(ValueError):
        Bundle(plane="p", main="m", generation="g", files=(File(path=path, content=b""),))
