"""Host names from users and from requests."""

import functools
import re

import idna

from router.base.parse import Bad
from router.base.shared import LATELY
from router.table.hosts import HostKind, HostPattern

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_ALL_DIGITS = re.compile(r"[0-9.]+", re.ASCII)


@functools.lru_cache(LATELY)
def parse_host(text: str, wildcard: HostKind = HostKind.ONE_LABEL) -> HostPattern | Bad:
    """A host pattern from an object: lower-cased, IDN to A-labels (RFC 5891), the trailing dot cut.

    ``*.`` may stand in front, and is taken as ``wildcard`` (ONE_LABEL or SUFFIX). IP addresses and a bare ``*`` are refused.
    """
    name = text[2:] if text.startswith("*.") else text
    kind = wildcard if text.startswith("*.") else HostKind.EXACT
    if name in ("", "*"):
        return Bad(why=f"{text!r} is not a host name; leave the host out to mean every host")
    ascii_name = _to_ascii(name)
    if isinstance(ascii_name, Bad):
        return ascii_name
    if len(ascii_name) > 253 or not all(_LABEL.fullmatch(label) for label in ascii_name.split(".")):
        return Bad(why=f"{text!r} is not a host name: labels of letters, digits and '-', with dots between")
    if _ALL_DIGITS.fullmatch(ascii_name):
        return Bad(why=f"{text!r} is an IP address; a host is a name")
    return HostPattern(kind=kind, name=ascii_name)


def _to_ascii(name: str) -> str | Bad:
    low = name.lower().removesuffix(".")
    if low.isascii():
        return name if name == low else low  # the object's own text, not a copy of it
    try:
        return idna.encode(low, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return Bad(why=f"{name!r} is not an internationalised domain name (IDNA 2008)")


def normal_host(text: str) -> str:
    """The host of a request as tables compare it: without port and trailing dot, lower-case (RFC 9110 7.2)."""
    end = text.find("]") + 1 if text.startswith("[") else 0
    colon = text.find(":", end)
    bare = text if colon < 0 else text[:colon]
    return bare.lower().removesuffix(".")
