"""nginx's encoder: the only maker of Tokens for nginx.conf."""

import re

from router.planes.text import Token, UnsafeText, refuse_unsafe

_WORD = re.compile(r"[A-Za-z0-9_.:/@=+*\[\]-]+", re.ASCII)
_HOST_KEY = re.compile(r"[a-z0-9_][a-z0-9_.-]*|\*[a-z0-9_.*-]*", re.ASCII)
_SPECIAL = frozenset({"default", "hostnames", "include", "volatile"})
"""Words that mean something as the key of a map, even in quotes; a backslash in front makes them keys."""
DOLLAR = "${tg_dollar}"
"""A variable that holds a dollar sign: nginx has no escape for it in values that know variables."""


def _escaped(text: str) -> str:
    return refuse_unsafe(text).replace("\\", "\\\\").replace('"', '\\"')


def quoted(text: str) -> Token:
    """A parameter that may hold variables: everything in it is literal, ``$`` too."""
    return Token('"' + _escaped(text).replace("$", DOLLAR) + '"')


def key(text: str) -> Token:
    """The key of a map: never a regular expression, never a special word (``default``, ``include``, ...), no variables there."""
    plain = " " in text or _HOST_KEY.fullmatch(text)
    if not plain or text[0] in "~\\":
        raise UnsafeText(f"{text!r} is no key of a map")
    return Token('"' + ("\\\\" if text in _SPECIAL else "") + _escaped(text) + '"')


def exactly(text: str) -> Token:
    """The key of a map as a regular expression for this text alone, upper and lower case told apart."""
    return Token('"~^' + _escaped(re.escape(text)) + '$"')


def word(text: str) -> Token:
    """A bare parameter of harmless characters: names of ours, addresses, numbers with units."""
    if not _WORD.fullmatch(text):
        raise UnsafeText(f"{text!r} is not a word")
    return Token(text)


def milliseconds(value: int) -> Token:
    return Token(f"{value}ms")


def more_than(limit: int) -> Token:
    """A regular expression for decimal numbers greater than ``limit``; nginx can not compare numbers."""
    digits = str(limit)
    ways = [f"[1-9][0-9]{{{len(digits)},}}"]
    for place, digit in enumerate(digits):
        if digit != "9":
            rest = len(digits) - place - 1
            ways.append(f"{digits[:place]}[{int(digit) + 1}-9]" + (f"[0-9]{{{rest}}}" if rest else ""))
    return Token(f'"~^0*(?:{"|".join(ways)})$"')
