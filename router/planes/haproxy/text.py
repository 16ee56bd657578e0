"""HAProxy's encoder: the only maker of Tokens for haproxy.cfg and its map files."""

import re
from urllib.parse import quote, unquote_to_bytes

from router.planes.text import Token, UnsafeText, refuse_unsafe

_WORD = re.compile(r"[A-Za-z0-9_.:/@=+*,\[\]-]+", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9._*\[]\S*", re.ASCII)
SEPARATOR = "|"
"""Between the fields of a map's value: no name of ours or of Kubernetes holds it."""


def quoted(text: str) -> Token:
    """A literal word. In single quotes HAProxy knows no escape and no variable (configuration manual, 2.2)."""
    return Token("'" + refuse_unsafe(text).replace("'", "'\\''") + "'")


def header(text: str) -> Token:
    """The value of a header: a log-format string, where ``%`` begins a variable."""
    return quoted(text.replace("%", "%%"))


def word(text: str) -> Token:
    """A bare word of harmless characters: names of ours, addresses, numbers with units."""
    if not _WORD.fullmatch(text):
        raise UnsafeText(f"{text!r} is not a word")
    return Token(text)


def key(text: str) -> Token:
    """The key of a map file: no blanks, no comment sign in front, nothing quoted (maps are read as they are)."""
    if not _KEY.fullmatch(text) or not text.isascii():
        raise UnsafeText(f"{text!r} is no key of a map")
    return Token(refuse_unsafe(text))


def escaped_path(normal: str) -> str:
    """A normal path as HAProxy's ``url_enc`` writes it: everything but letters, digits, ``-._~`` and the slash is escaped."""
    return quote(unquote_to_bytes(normal), safe="/")


def value(*fields: str) -> Token:
    """The value of a map: fields without blanks."""
    if any(not field or SEPARATOR in field or " " in field for field in fields):
        raise UnsafeText(f"{fields!r} is no value of a map")
    return Token(refuse_unsafe(SEPARATOR.join(fields)))


def milliseconds(count: int) -> Token:
    return Token(f"{count}ms")
