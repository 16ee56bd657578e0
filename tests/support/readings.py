"""How a server may read the path of a URL, written down without our own code: the judge of whether a rule was walked around."""

import posixpath
from urllib.parse import quote, unquote, unquote_to_bytes


def readings(target: str) -> set[str]:
    """Paths as RFC 3986 servers see them: escapes undone once, empty and dot segments taken out, in any order; as text of latin-1.

    Left out is what docs/explanation/meaning.md leaves out: who undoes escapes twice, and who cuts off ``;`` and what follows.
    """
    path = target.partition("?")[0]
    decoded = unquote_to_bytes(path).decode("latin-1")
    first = unquote_to_bytes(_tidy(path)).decode("latin-1")
    undone = path.replace("%2F", "/").replace("%2f", "/")
    return {_merged(decoded), _tidy(decoded), _tidy(first), _tidy(unquote(undone, "latin-1"))}


def as_target(reading: str) -> str:
    """A request that says plainly what was read."""
    return quote(reading.encode("latin-1"), safe="/;+$&,=:@!'()*~")


def _merged(path: str) -> str:
    while "//" in path:
        path = path.replace("//", "/")
    return path


def _tidy(path: str) -> str:
    """Without dot segments (RFC 3986, 5.2.4) and empty ones; a slash at the end stays."""
    tidied = posixpath.normpath("/" + path.lstrip("/"))
    return tidied + "/" * (tidied != "/" and path.endswith(("/", "/.", "/..")))
