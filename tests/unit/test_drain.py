"""When a router is asked to go out of service by its pod's annotations."""

import asyncio
from pathlib import Path

import pytest

from router.controllers.daemon.types import DRAIN
from router.drain import ASKED, is_asked, until_asked
from tests.support.clock import FakeClock


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", False),
        ('a="b"\n', False),
        (f'a="b"\n{ASKED}="2026-01-01T00:00:00Z"\nz="y"\n', True),
        (f'{ASKED}=""\n', False),
        (f'a="{ASKED}=\\"x\\""\n', False),
        (f'x-{ASKED}="2026"\n', False),
    ],
)
def test_only_the_mark_of_the_daemon_controller_asks(text: str, asked: bool) -> None:
    assert ASKED == DRAIN
    assert is_asked(text) is asked


async def test_it_is_looked_for_until_it_is_there(tmp_path: Path) -> None:
    told: list[bool] = []
    file, clock = tmp_path / "annotations", FakeClock()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(until_asked(file, clock, lambda: told.append(True)))
        await clock.advance(3)
        file.write_text('a="b"\n')
        await clock.advance(3)
        assert not task.done()
        file.write_text(f'{ASKED}="2026-01-01T00:00:00Z"\n')
        await clock.advance(2)
        assert task.done()
    assert told == [True]
