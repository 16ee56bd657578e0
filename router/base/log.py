"""Our own log: text for people, JSON lines for machines. A message is a constant sentence; what varies goes into fields.

    log = Logger(__name__)
    log.info("applied", generation="3f2a", plane="nginx", object=finding.object)

Through the standard library, so that records of libraries take the same way. Fields with fixed meaning: ``object`` (an
ObjectRef), ``generation``, ``plane``, ``location``. No user text can begin a line: control characters are escaped.
"""

import datetime
import json
import logging
import os
import re
import sys
from typing import Any, TextIO

from router.base.findings import printable

_MESSAGE_LIMIT = 4000
_BLANKS = re.compile(" {2,}")
_COLOURS = {logging.DEBUG: "2", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}
_TALKATIVE = ("watchfiles", "asyncio", "aiohttp", "kubernetes_asyncio")


class Logger:
    """A named logger whose calls take fields: ``log.warning("what happened", key=value, ...)``."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, message: str, /, **fields: object) -> None:
        self._log(logging.DEBUG, message, fields)

    def info(self, message: str, /, **fields: object) -> None:
        self._log(logging.INFO, message, fields)

    def warning(self, message: str, /, **fields: object) -> None:
        self._log(logging.WARNING, message, fields)

    def error(self, message: str, /, **fields: object) -> None:
        self._log(logging.ERROR, message, fields)

    def exception(self, message: str, /, **fields: object) -> None:
        """An error with the traceback of the exception being handled: for our bugs."""
        self._log(logging.ERROR, message, fields, exc_info=True)

    def traced(self, message: str, trace: str, /, **fields: object) -> None:
        """An error with a traceback that is text already (router.base.faults)."""
        self._log(logging.ERROR, message, fields, trace=trace)

    def _log(self, level: int, message: str, fields: dict[str, object], exc_info: bool = False, trace: str = "") -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", message, extra={"fields": fields, "trace": trace}, exc_info=exc_info)


def configure(format: str = "text", level: str = "info", stream: TextIO | None = None, color: bool | None = None) -> None:
    """Set up the process's log. ``format``: ``text`` or ``json``; ``level``: debug, info, warning or error; ``stream``:
    standard error by default; ``color``: by default only on a terminal, and never if NO_COLOR is set (no-color.org)."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    if format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        wanted = out.isatty() and not os.environ.get("NO_COLOR") if color is None else color
        handler.setFormatter(TextFormatter(wanted))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """``2026-06-01T12:00:00.123Z INFO    router.app  applied  generation=3f2a object="Ingress shop/web"``"""

    def __init__(self, color: bool = False) -> None:
        super().__init__()
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname:7}"
        if self._color and record.levelno in _COLOURS:
            level = f"\x1b[{_COLOURS[record.levelno]}m{level}\x1b[0m"
        words = [f"{_time(record)} {level} {printable(record.name)}", _message(record)]
        words += [" ".join(f"{printable(k)}={_word(v)}" for k, v in _fields(record).items())]
        return "\n    ".join(["  ".join(w for w in words if w), *map(printable, _traceback(self, record).splitlines())])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``ts`` (RFC 3339, UTC), ``level``, ``logger``, ``msg``, then the fields; ``exc`` for a traceback.

    Numbers, true, false and null keep their type; other values are text. Everything outside ASCII is escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"ts": _time(record), "level": record.levelname.lower(), "logger": record.name}
        line["msg"] = record.getMessage()
        for key, value in _fields(record).items():
            line.setdefault(key, _plain(value))
        if trace := _traceback(self, record):
            line["exc"] = trace
        return json.dumps(line)


def _time(record: logging.LogRecord) -> str:
    at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return getattr(record, "fields", {})


def _message(record: logging.LogRecord) -> str:
    """Fields begin behind two blanks, so a message has never two in a row: what it quotes can not look like a field."""
    return _BLANKS.sub(" ", printable(record.getMessage(), _MESSAGE_LIMIT)).strip(" ")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[0]:
        return formatter.formatException(record.exc_info)
    return str(getattr(record, "trace", ""))


def _plain(value: object) -> object:
    """As JSON can say it. A float that JSON has no word for (NaN) is text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return str(value)


def _word(value: object) -> str:
    """A value as one word: bare if it is plain, else quoted as a JSON string."""
    text = str(value)[:_MESSAGE_LIMIT]
    bare = text.isprintable() and text and not any(c in ' "=' for c in text)
    return text if bare else json.dumps(text, ensure_ascii=not text.isprintable())
