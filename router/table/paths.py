"""Paths: as they stand on the wire, and in the normal form in which they are matched (docs/explanation/meaning.md, 1)."""

import re
from urllib.parse import quote, unquote_to_bytes

from router.base.parse import Bad

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%(?:[01][0-9A-Fa-f]|7[Ff])", re.ASCII)
_BACKSLASH = re.compile(r"\\|%5[Cc]", re.ASCII)
"""A slash to some servers (IIS), and to browsers; a letter to others."""
_SEPARATOR = r"(?:/|%2[Ff])"
_DOT_SEGMENT = re.compile(rf"{_SEPARATOR}(?:\.|%2[Ee]){{1,2}}(?:{_SEPARATOR}|;|%3[Bb]|\Z)", re.ASCII)
"""Also in front of ``;``: Tomcat cuts parameters off first."""
_NO_TARGET = re.compile(r"[^\x21-\x7e]|#", re.ASCII)
_PLAIN = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?", re.ASCII)
_KEPT = "/!$&'()*+,;=:@"
"""With letters, digits and ``-._~`` what stands raw in a path (RFC 3986 3.3, pchar)."""
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST = 4096


def problem(path: str) -> str:
    """Why a request with this path (no query) is answered with 400, or an empty text. See docs/explanation/meaning.md, 1."""
    if _BROKEN_ESCAPE.search(path):
        return "has a broken percent-escape"
    if _CONTROL.search(path):
        return "has a control character"
    if _DOT_SEGMENT.search(path):
        return "has a dot segment"
    return "has a backslash" if _BACKSLASH.search(path) else ""


def target_problem(target: str) -> str:
    """The same for path and query together: a URI is printable ASCII, and its fragment is never sent (RFC 9112 3.2)."""
    if _NO_TARGET.search(target):
        return "has a '#', a blank or a character that is not ASCII"
    return problem(target.partition("?")[0])


def normal(path: str) -> str:
    """The form in which paths are matched: as a server reads them, written in one way.

    Percent-escapes are undone, once; several slashes are one; what can not stand raw in a path is escaped again (RFC 3986 6.2.2).
    ``path`` has no ``problem``. ``/a%2Fb``, ``/%61//b`` and ``/a/b`` are one path, ``/A/b`` is another.
    """
    if _PLAIN.fullmatch(path):
        return path
    return re.sub("//+", "/", quote(unquote_to_bytes(path), safe=_KEPT))


def readable(normal_path: str) -> str:
    """A normal path without escapes: what a server sees. UTF-8, because ``parse_path`` lets nothing else in."""
    return unquote_to_bytes(normal_path).decode()


def parse_path(text: str) -> str | Bad:
    """The normal form of a path from an object. Raw characters may stand in it that clients have to escape.

    Refused is what no request can bring: no leading slash, a query or fragment, and what ``problem`` says of requests.
    """
    if not text.startswith("/"):
        return Bad(why=f"{text!r} does not start with '/'")
    if "?" in text or "#" in text:
        return Bad(why=f"{text!r} has a query or a fragment; only the path is matched")
    if len(text) > LONGEST:
        return Bad(why=f"a path of {len(text)} characters is longer than {LONGEST}")
    if _PLAIN.fullmatch(text) and "/." not in text:
        return text
    if why := problem(text):
        return Bad(why=f"{text!r} {why}; such requests are answered with 400")
    try:
        path = normal(text)
        if _UNSPEAKABLE.search(readable(path)):
            return Bad(why=f"{text!r} has a control character")
    except UnicodeError:
        return Bad(why=f"{text!r} is not Unicode text")
    return path


def prefix_of(path: str) -> str:
    """A prefix without its trailing slash, except the root: ``/a/`` and ``/a`` are one prefix (Ingress pathType Prefix)."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def prefix_matches(prefix: str, path: str) -> bool:
    """By element: ``/foo`` matches ``/foo``, ``/foo/`` and ``/foo/bar``, never ``/foobar``. Both are normal."""
    return prefix in ("/", path) or path.startswith(prefix + "/")
