"""What an API server says instead of what was asked for."""

from collections.abc import AsyncIterator, Mapping

import pytest

from router.sources.kubernetes import answers
from router.sources.kubernetes.transport import ApiError, GoneError


class Said:
    """Satisfies Answer."""

    def __init__(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.status, self.headers, self._body = status, headers or {}, body

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._body


async def test_200_is_good() -> None:
    await answers.good(Said(200))


async def test_410_is_not_just_any_refusal() -> None:
    with pytest.raises(GoneError):
        await answers.good(Said(410))
    with pytest.raises(GoneError):
        answers.event(b'{"type":"ERROR","object":{"kind":"Status","code":410}}')


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"kind":"Status","message":"no"}', "503 no"),
        (b"<html>", "503 <html>"),
        (b"\xff", "503 \ufffd"),
        (b"x" * 900, "503 " + "x" * 200),
    ],
)
async def test_a_refusal_says_why_whoever_refuses(body: bytes, text: str) -> None:
    with pytest.raises(ApiError) as found:
        await answers.good(Said(503, body))
    assert str(found.value) == text


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 0), ("soon", 0), ("-1", 0), ("\u0667", 0)])
async def test_retry_after_is_a_number_of_seconds_or_nothing(header: str, seconds: float) -> None:
    with pytest.raises(ApiError) as found:
        await answers.good(Said(429, headers={"retry-after": header}))
    assert found.value.retry_after == seconds


def test_an_error_event_is_an_error() -> None:
    with pytest.raises(ApiError) as found:
        answers.event(b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}}')
    assert (found.value.status, str(found.value)) == (500, "500 etcd is away")
    assert answers.event(b'{"type":"ADDED","object":{}}').type == "ADDED"
