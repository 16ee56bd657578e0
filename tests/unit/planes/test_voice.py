"""What a plane says becomes lines of our log, and it never waits for us."""

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from router.base.log import TextFormatter
from router.planes.haproxy.hearing import hear
from router.planes.voice import LONGEST, NAME, Voice


def said(records: list[logging.LogRecord]) -> list[tuple[str, str]]:
    return [(r.levelname, r.getMessage()) for r in records if r.name == "router.planes.voice"]


async def until(records: list[logging.LogRecord], count: int) -> list[tuple[str, str]]:
    async with asyncio.timeout(30):
        while len(said(records)) < count:
            await asyncio.sleep(0.01)
    return said(records)


def speak(voice: Voice, *lines: str) -> None:
    program = "import sys; sys.stderr.write(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, "".join(lines)], stderr=voice.ear, check=True)


async def test_lines_are_told_whole_with_their_level_and_no_line_is_forged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    voice = Voice("haproxy", hear)
    assert voice.ear is None
    voice.listen(tmp_path / "run")
    speak(voice, "[NOTICE]   (1) : one\n[ALERT]    (1) : tw")
    speak(voice, "o\n\n[WARNING]  (1) : Proxy a stopped (cumulated conns: FE: 0, BE: 0).\nthree\xff\n")
    assert await until(caplog.records, 3) == [("DEBUG", "one"), ("ERROR", "two"), ("INFO", "three\xff")]
    speak(voice, "x" * (LONGEST + 5), "\n", "last\n")
    speak(voice, "\x1b[31mred\r2026-01-01T00:00:00.000Z ERROR forged\n")
    voice.close()
    assert "\x1b" not in (shown := TextFormatter().format(caplog.records[-1])) and "\r" not in shown
    assert [len(text) for _, text in said(caplog.records)[3:]] == [LONGEST, 4, 46], "what was said before the end is told"


async def test_the_next_one_hears_a_plane_that_has_outlived_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = Voice("haproxy", hear)
    first.listen(tmp_path)
    assert first.ear is not None
    plane = os.dup(first.ear)
    first.close()
    os.write(plane, b"while nobody listens\n")
    second = Voice("haproxy", hear)
    second.listen(tmp_path)
    os.write(plane, b"and now\n")
    assert await until(caplog.records, 2) == [("INFO", "while nobody listens"), ("INFO", "and now")]
    second.close()
    os.close(plane)


async def test_a_plane_whose_words_nobody_reads_does_not_wait(tmp_path: Path) -> None:
    voice = Voice("haproxy", hear)
    voice.listen(tmp_path)
    speaking = [
        "import os\nfor _ in range(9000):\n try: os.write(2, b'word ' * 20 + b'\\n')\n except BlockingIOError: break\nelse: os._exit(1)"
    ]
    done = subprocess.run([sys.executable, "-c", *speaking], stderr=voice.ear, timeout=60, check=False)  # the loop does not run
    assert done.returncode == 0, "what did not fit was refused, not waited for"
    voice.close()


async def test_where_there_can_be_no_fifo_the_plane_has_our_standard_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "run").write_text("a file")
    voice = Voice("haproxy", hear)
    voice.listen(tmp_path / "run")
    assert voice.ear is None
    assert [level for level, _ in said(caplog.records)] == ["INFO"]
    (tmp_path / NAME).write_text("left by somebody")
    voice.listen(tmp_path)
    assert voice.ear is not None
    voice.close()


async def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "of somebody else")
    (tmp_path / NAME).symlink_to(tmp_path / "of somebody else")
    voice = Voice("haproxy", hear)
    voice.listen(tmp_path)
    assert (tmp_path / NAME).is_fifo() and not (tmp_path / NAME).is_symlink()
    voice.close()
