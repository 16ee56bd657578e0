"""Paths as they stand on the wire."""

import re

from router.base.parse import Bad

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%(?:[01][0-9A-Fa-f]|7[Ff])", re.ASCII)
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[eE]){1,2}(?:/|$)", re.ASCII)
_AS_IT_IS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%")
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
    """The wire form of a path from an object: what RFC 3986 allows in a path stays, everything else is percent-encoded as UTF-8.

    Refused is what no request can bring: no leading slash, a query or fragment, and what ``problem`` says of requests.
    """
    if not text.startswith("/"):
        return Bad(why=f"{text!r} does not start with '/'")
    if "?" in text or "#" in text:
        return Bad(why=f"{text!r} has a query or a fragment; only the path is matched")
    if len(text) > LONGEST:
        return Bad(why=f"a path of {len(text)} characters is longer than {LONGEST}")
    try:
        wire = "".join(c if c in _AS_IT_IS else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)
    except UnicodeEncodeError:
        return Bad(why=f"{text!r} is not Unicode text")
    why = problem(wire)
    return Bad(why=f"{text!r} {why}; such requests are answered with 400") if why else wire


def prefix_of(wire: str) -> str:
    """A prefix without its trailing slash, except the root: ``/a/`` and ``/a`` are one prefix (Ingress pathType Prefix)."""
    return wire[:-1] if len(wire) > 1 and wire.endswith("/") else wire


def prefix_matches(prefix: str, path: str) -> bool:
    """By element: ``/foo`` matches ``/foo``, ``/foo/`` and ``/foo/bar``, never ``/foobar``."""
    return prefix in ("/", path) or path.startswith(prefix + "/")
