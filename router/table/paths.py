"""Paths as they stand on the wire."""

import re

from router.base.parse import Bad

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%(?:[01][0-9A-Fa-f]|7[Ff])", re.ASCII)
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[eE]){1,2}(?:/|$)", re.ASCII)
_ENCODED = frozenset(' "<>\\^`{}')
"""Printable ASCII that browsers percent-encode in a path (WHATWG URL, path percent-encode set), and the backslash, which they
turn into a slash. What they send raw, ``[]|`` among it, is matched raw."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9/._-]", re.ASCII)
LONGEST = 4096


def problem(path: str) -> str:
    """Why a request with this path (no query) is answered with 400, or an empty text. See docs/explanation/meaning.md, 1."""
    if _BROKEN_ESCAPE.search(path):
        return "has a broken percent-escape"
    if _CONTROL.search(path):
        return "has a control character"
    if _DOT_SEGMENT.search(path):
        return "has a dot segment"
    return ""


def parse_path(text: str) -> str | Bad:
    """The wire form of a path from an object: what clients send raw stays, everything else is percent-encoded as UTF-8.

    Refused is what no request can bring: no leading slash, a query or fragment, and what ``problem`` says of requests.
    """
    if not text.startswith("/"):
        return Bad(why=f"{text!r} does not start with '/'")
    if "?" in text or "#" in text:
        return Bad(why=f"{text!r} has a query or a fragment; only the path is matched")
    if len(text) > LONGEST:
        return Bad(why=f"a path of {len(text)} characters is longer than {LONGEST}")
    try:
        wire = "".join(map(_on_the_wire, text)) if _NOT_PLAIN.search(text) else text
    except UnicodeEncodeError:
        return Bad(why=f"{text!r} is not Unicode text")
    why = problem(wire)
    return Bad(why=f"{text!r} {why}; such requests are answered with 400") if why else wire


def _on_the_wire(character: str) -> str:
    if " " < character < "\x7f" and character not in _ENCODED:
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode())


def prefix_of(wire: str) -> str:
    """A prefix without its trailing slash, except the root: ``/a/`` and ``/a`` are one prefix (Ingress pathType Prefix)."""
    return wire[:-1] if len(wire) > 1 and wire.endswith("/") else wire


def prefix_matches(prefix: str, path: str) -> bool:
    """By element: ``/foo`` matches ``/foo``, ``/foo/`` and ``/foo/bar``, never ``/foobar``."""
    return prefix in ("/", path) or path.startswith(prefix + "/")
