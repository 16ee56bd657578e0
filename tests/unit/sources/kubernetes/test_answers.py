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


async def test_of_a_refusal_without_end_only_its_beginning_is_read() -> None:
    class Endless(Said):
        async def chunks(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1000

    with pytest.raises(ApiError):
        await answers.good(Endless(503))


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 0), ("soon", 0), ("-1", 0), ("\u0667", 0), ("9" * 400, 300)])
async def test_retry_after_is_a_number_of_seconds_or_nothing(header: str, seconds: float) -> None:
    with pytest.raises(ApiError) as found:
        await answers.good(Said(429, headers={"retry-after": header}))
    assert found.value.retry_after == seconds


@pytest.mark.parametrize(("text", "seconds"), [('{"retryAfterSeconds": 3}', 3), ("{}", 0), ("null", 0), ('{"retryAfterSeconds": -3}', 0),
                                               ('{"retryAfterSeconds": 1' + "0" * 30 + "}", 300)])  # fmt: skip
async def test_a_status_says_when_to_ask_again_also_within_a_watch_and_a_header_counts_before_it(
    text: str, seconds: float
) -> None:
    status = f'{{"kind": "Status", "code": 429, "details": {text}}}'.encode()
    for headers, wanted in (({}, seconds), ({"retry-after": "7"}, 7)):
        with pytest.raises(ApiError) as found:
            await answers.good(Said(429, status, headers))
        assert found.value.retry_after == wanted
    with pytest.raises(ApiError) as found:
        answers.event(b'{"type": "ERROR", "object": ' + status + b"}")
    assert found.value.retry_after == seconds


def test_an_error_event_is_an_error() -> None:
    with pytest.raises(ApiError) as found:
        answers.event(b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}}')
    assert (found.value.status, str(found.value)) == (500, "500 etcd is away")
    assert answers.event(b'{"type":"ADDED","object":{}}').type == "ADDED"
