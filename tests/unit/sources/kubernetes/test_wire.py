"""The JSON around objects."""

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from router.sources.kubernetes import wire


async def chunked(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(st.lists(st.binary(min_size=1).map(lambda b: b.replace(b"\n", b"x"))), st.integers(1, 9))
async def test_lines_are_whole_wherever_chunks_end(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines) + b"cut off"
    assert [line async for line in wire.lines(chunked(data, size))] == lines


def test_a_list_knows_its_continue_token() -> None:
    page = wire.pages.decode(b'{"metadata":{"resourceVersion":"7","continue":"abc"},"items":[{"a":1}]}')
    assert (page.metadata.resource_version, page.metadata.continue_) == ("7", "abc")
    assert bytes(page.items[0]) == b'{"a":1}'  # type: ignore[index]
