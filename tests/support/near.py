"""Requests near a table: its hosts and paths, in other spellings and other company. The same seed gives the same requests."""

import random
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from router.table.explain import Request
from router.table.hosts import HostKind, HostPattern
from router.table.types import Table
from tests.support.asking import Asked
from tests.support.tables import ELEMENTS

STRANGERS = ["a.test", "c.test", "x.a.test", "y.x.a.test", "test", "127.0.0.1", "[::1]", "default", ".a.test", "admin"]
ENDS = ["", "", "", ".", ":80", ":8443", ".:1", ":"]
QUERIES = ["", "", "", "?", "?x=1", "?a=%2F&b", "??", "?/../admin", "?%zz", "?{}|", "?/admin"]
ODD = [
    "/.", "/..", "/../", "/./", "/%2e%2e/", "%2f..", "/..;/", "%5c..", "\\", "#", "%", "%zz", "%00", "%0a", "%7f", "\xe9", " ", ";", ";x=1", "%3B", "?", "%3F", "%23", "%25",
    "%252F", "%252e", "//", "%2F", "%5C", "%c0%af", "%E2%88%95", "/%2e%2e%2fadmin", "/x/%2e%2e/admin", "+", "%20", "*", "|", "..", ".", "%2e",
]  # fmt: skip
HEADERS = {
    "x-forwarded-for": ["192.0.2.1", "192.0.2.1, 10.0.0.1", "198.51.100.5", "2001:db8::7", "junk", "192.0.2.1, junk, 10.0.0.1", "10.1.1.1, 10.2.2.2", "192.0.2.1:80", ""],
    "x-forwarded-proto": ["https", "http", "HTTPS", "ftp", "https, http", ""],
    "x-forwarded-host": ["other.test", "a.test:99", ""],
    "x-forwarded-port": ["443", "0", "x", "999999", ""],
    "x-request-id": ["bad id", "x" * 129, ""],
    "x-real-ip": ["192.0.2.1"],
    "x_forwarded_for": ["192.0.2.1"],
    "connection": ["close", "keep-alive", "x-forwarded-for, x-real-ip", "host", "x-kept", "upgrade, te"],
    "upgrade": ["h2c", "foo"],
    "te": ["trailers", "gzip"],
    "keep-alive": ["timeout=1"],
    "proxy-connection": ["keep-alive"],
    "x-kept": ["", "a", "b, c", "\xe9", "$host %[src]"],
    "cookie": ["a=b", "x" * 3000],
    "forwarded": ["for=192.0.2.1"],
    "x-original-url": ["/admin"],
    "x-request-start": ["t=1"],
    "accept-encoding": ["identity"],
    "x.odd": ["y"],
}  # fmt: skip
NOT_IN_H2 = ("connection", "upgrade", "te", "keep-alive", "proxy-connection")
"""A request with them is malformed (RFC 9113, 8.2.2)."""
CLIENTS = {
    "trusting": ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.9.9.9"],
    "proxied": ["192.0.2.7", "198.51.100.7", "127.0.0.1", "10.9.9.9", "2001:db8::7", "2001:db9::7", "203.0.113.1"],
}  # fmt: skip


def requests(table: Table, seed: str, count: int) -> Iterator[Asked]:
    rng = random.Random(seed)
    proxied = any(listener.proxy_protocol for listener in table.listeners)
    clients = CLIENTS["proxied" if proxied else "trusting"]
    for _ in range(count):
        method = rng.choice(["GET"] * 12 + ["POST"] * 4 + ["HEAD", "PUT", "PROPFIND", "OPTIONS", "TRACE", "get"])
        host, path = place(table, rng)
        scheme = rng.choice(["http", "https"])
        h2 = scheme == "https" and rng.random() < 0.6
        names = [name for name in HEADERS if not h2 or name not in NOT_IN_H2]
        request = Request(
            scheme=scheme,
            protocol="HTTP/2.0" if h2 else "HTTP/1.1",
            host=host.removesuffix(":") if h2 else host,
            path=path,
            method=method,
            headers=tuple((name, rng.choice(HEADERS[name])) for name in rng.sample(names, rng.choice([0, 0, 1, 2, 4]))),
            client=rng.choice(clients),
            sni=rng.choice(["", "a.test", "b.a.test", "c.test"]),
            authority=host if rng.random() < 0.05 and not h2 and not {":", "_"} & set(host) else "",
        )
        yield Asked(request, b"abc" if method in ("POST", "PUT") else None)


def place(table: Table, rng: random.Random) -> tuple[str, str]:
    """A host and a path that some route may want."""
    virtual = rng.choice(table.hosts) if table.hosts and rng.random() < 0.9 else None
    host = instance(virtual.host, rng) if virtual else rng.choice(STRANGERS)
    host = "".join(rng.choice([c, c.upper()]) for c in host) if rng.random() < 0.1 else host
    paths = [route.match.path.value for route in virtual.routes] if virtual else ["/admin"]
    return host + rng.choice(ENDS), spelled(rng.choice(paths or ["/"]), rng) + rng.choice(QUERIES)


def instance(pattern: HostPattern, rng: random.Random) -> str:
    if pattern.kind is HostKind.EXACT:
        return pattern.name
    if pattern.kind is HostKind.ANY:
        return rng.choice(STRANGERS)
    return rng.choice(["x", "b", "x.y", "1", "*", ""]) + "." + pattern.name


def spelled(path: str, rng: random.Random) -> str:
    """The path or one near it, as somebody may write it who wants to get around a rule."""
    plain = unquote_to_bytes(path).decode("latin-1")
    chance = rng.random()
    if chance < 0.4:
        plain += "/" * (not plain.endswith("/")) + rng.choice([*ELEMENTS, "", "x"]).encode().decode("latin-1")
    elif chance < 0.5:
        plain = plain.rpartition("/")[0] or "/"
    elif chance < 0.55:
        plain = plain.swapcase()
    made = "".join(_character(c, rng, chance) for c in plain)
    if rng.random() < 0.2:
        at = rng.randint(1, len(made))
        made = made[:at] + rng.choice(ODD) + made[at:]
    return made.rstrip(" ") or "/"


def _character(c: str, rng: random.Random, chance: float) -> str:
    often = 0.3 if chance < 0.3 else 0.03
    if c in ' "<>^`{}%\\#?' or not "!" <= c <= "~":
        return f"%{ord(c):02X}"
    if rng.random() >= often:
        return c
    if c == "/":
        return rng.choice(["//", "///", "/", "/"]) if rng.random() < 0.5 else rng.choice(["/%2F", "/%2f", "/"])
    return f"%{ord(c):02X}" if rng.random() < 0.5 else f"%{ord(c):02x}"
