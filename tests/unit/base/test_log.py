"""One record, one line: nothing that a user wrote can begin a line or colour a terminal."""

import datetime
import io
import json
import logging
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base import log
from router.base.findings import ObjectRef
from router.base.frozen import PrivateBytes


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(format: str, message: str, stream: io.StringIO | None = None, **fields: object) -> str:
    out = stream or io.StringIO()
    log.configure(format, "info", out)
    log.Logger("router.test").warning(message, **fields)
    return out.getvalue()


def test_text_is_time_level_logger_message_and_fields() -> None:
    line = written("text", "applied", generation="3f2a", object=ObjectRef(kind="Ingress", namespace="shop", name="web"), n=2)
    stamp, rest = line.split(" ", 1)
    datetime.datetime.fromisoformat(stamp)
    assert stamp.endswith("Z")
    assert rest == 'WARNING router.test  applied  generation=3f2a object="Ingress shop/web" n=2\n'


def test_json_is_one_object_with_stable_keys_and_plain_types() -> None:
    line = json.loads(written("json", "applied", generation="3f2a", routes=3, first=True, none=None, took=0.5, odd=math.nan))
    assert datetime.datetime.fromisoformat(line.pop("ts")).utcoffset() == datetime.timedelta(0)
    assert line == {"level": "warning", "logger": "router.test", "msg": "applied", "generation": "3f2a", "routes": 3,
                    "first": True, "none": None, "took": 0.5, "odd": "nan"}  # fmt: skip


def test_a_field_never_replaces_what_the_line_is_built_of() -> None:
    assert json.loads(written("json", "said", level="fatal", msg="forged"))["level"] == "warning"


@given(st.text(), st.text())
def test_any_text_stays_on_its_line(message: str, value: str) -> None:
    for format in ("text", "json"):
        line = written(format, message, value=value)
        assert line.endswith("\n")
        assert line[:-1].isprintable()


@given(st.text())
def test_json_gives_back_what_was_said(text: str) -> None:
    line = json.loads(written("json", text, value=text))
    assert (line["msg"], line["value"]) == (text, text)


def test_a_percent_sign_is_only_a_percent_sign() -> None:
    assert "100%s %d" in written("text", "100%s %d")


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_traceback_can_not_forge_a_line(format: str) -> None:
    out = io.StringIO()
    log.configure(format, "info", out)
    try:
        raise ValueError("x\n2026-01-01T00:00:00Z ERROR forged\x1b[31m")
    except ValueError:
        log.Logger("t").exception("failed")
    lines = out.getvalue().splitlines()
    assert any("ValueError" in line for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
    assert "\x1b" not in out.getvalue()


def test_private_bytes_stay_private() -> None:
    for format in ("text", "json"):
        assert "hunter2" not in written(format, "key", key=PrivateBytes(b"hunter2"))


@pytest.mark.parametrize(("terminal", "no_color", "coloured"), [(True, "", True), (True, "1", False), (False, "", False)])
def test_colour_is_for_terminals_without_no_color(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    out = Terminal() if terminal else io.StringIO()
    assert ("\x1b[33m" in written("text", "look", out)) is coloured


def test_the_level_is_kept_and_libraries_are_quiet() -> None:
    out = io.StringIO()
    log.configure("text", "info", out)
    log.Logger("t").debug("hidden")
    logging.getLogger("watchfiles.main").info("3 changes detected")
    logging.getLogger("aiohttp").error("library %s", "failed")
    assert [line.split("  ")[-1] for line in out.getvalue().splitlines()] == ["library failed"]
