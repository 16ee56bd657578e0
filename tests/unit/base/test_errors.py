"""The operator's error."""

from router.base.errors import TidegateError


def test_the_message_is_the_sentence() -> None:
    assert str(TidegateError("port 80 is in use")) == "port 80 is in use"
