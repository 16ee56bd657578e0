"""Values can not be changed, and private bytes can not be printed."""

import copy
import json
import logging
import pickle

import msgspec
import pytest

from router.base.frozen import Frozen, PrivateBytes


class Point(Frozen):
    x: int = 0


def test_a_value_can_not_be_changed() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]
    assert point == Point(x=1)
    assert hash(point) == hash(Point(x=1))


def test_private_bytes_have_one_way_out() -> None:
    secret = PrivateBytes(b"key")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>5}", "%s" % (secret,), repr([secret])]  # noqa: UP031
    assert all("key" not in text and "[private]" in text for text in shown)
    assert secret.reveal() == b"key"
    assert secret == PrivateBytes(b"key") != PrivateBytes(b"other")
    assert hash(secret) == hash(PrivateBytes(b"key"))


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, json.dumps, msgspec.json.encode])
def test_private_bytes_are_not_serialised(way: object) -> None:
    with pytest.raises(TypeError):
        way(PrivateBytes(b"key"))  # type: ignore[operator]


def test_a_log_line_does_not_hold_private_bytes(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").error("made %s", PrivateBytes(b"key"))
    assert caplog.messages == ["made [private]"]
