"""What a bundle should say, as words: the bare router's text, and what the view adds to it.

Nothing here prints: both sides are words, as HAProxy would read them. ``reading`` compares them.
"""

import functools
from collections.abc import Iterator, Mapping

from router.planes.bare import bare
from router.planes.haproxy.features import Features
from router.planes.haproxy.read_back import NotHaproxyError, parse, words
from router.planes.haproxy.render import MAIN, render
from router.planes.haproxy.sections import Section, Server
from router.planes.haproxy.view import Fixed, Stream, View, view
from router.planes.parts import UNKNOWN_GENERATION
from router.planes.text import Token
from router.table.types import Table

Words = tuple[str, ...]
Text = tuple[Words, ...]
"""The lines of a section, in order: it counts for rules."""
_HTML = ("content-type", "text/html; charset=utf-8")


def fixed_sections(table: Table, made: Fixed) -> dict[tuple[str, str], Text]:
    """All sections but those of routes, of generation ``UNKNOWN_GENERATION``: as the same router has them without tenants."""
    fixed, of_bare, old = _bare(bare(table, resolves=made.resolves), made.features)
    own = {("backend", str(s.name)) for run in of_bare.sections for s in run} | {
        ("listen", str(s.name)) for s in of_bare.fixed.streams
    }
    wanted = {k: v for k, v in fixed.items() if k not in own}
    status = fixed["frontend", "tidegate_status"]
    wanted["frontend", "tidegate_status"] = tuple(
        tuple(UNKNOWN_GENERATION if word == old else word for word in line) for line in status
    )
    wanted["defaults", ""] = tuple(_looking(line, made.look) for line in fixed["defaults", ""])
    stream = next((fixed["listen", str(s.name)] for s in of_bare.fixed.streams), ())
    return wanted | {("listen", str(s.name)): tuple(_stream(s, stream)) for s in made.streams}


def _looking(line: Words, seconds: int) -> Words:
    """How often HAProxy looks depends on how many servers there are."""
    return (*line[:2], f"{seconds}s", *line[3:]) if line[:2] == ("default-server", "inter") else line


@functools.lru_cache(4)
def _bare(table: Table, features: Features) -> tuple[Mapping[tuple[str, str], Text], View, str]:
    bundle = render(table, features).bundle
    text = next(f.data.decode() for f in bundle.files if f.path == MAIN)
    return {(s.kind, s.name): s.lines for s in parse(text)}, view(table, features)[0], bundle.generation


def _one(token: Token) -> str:
    """The one word that HAProxy reads in a token."""
    read = words(token)
    if len(read) != 1 or "\n" in token:
        raise NotHaproxyError(f"{token[:100]!a} is not one word")
    return read[0]


def section_lines(s: Section, https_port: str) -> Iterator[Words]:
    """One profile, in order."""
    after, over_https = "http-after-response", ("if", "{", "var(txn.tg_scheme)", "-m", "str", "https", "}")
    if s.hsts:
        yield (after, "set-header", "Strict-Transport-Security", _one(s.hsts), *over_https)
    if s.referrer:
        yield (after, "set-header", "Referrer-Policy", _one(s.referrer))
    yield from (("http-response", "del-header", name) for name in s.hidden)
    yield from (("http-response", "set-header", name, _one(value)) for name, value in s.response_headers)
    if s.allow:
        yield ("http-request", "deny", "deny_status", "403", "if", "!{", "src", "-f", s.allow, "}")
    if s.https_redirect:
        to = f"https://%[var(txn.tg_bare)]{https_port}%[pathq]"
        over_http = ("if", "{", "var(txn.tg_scheme)", "-m", "str", "http", "}")
        yield ("http-request", "redirect", "code", str(s.https_redirect), "location", to, *over_http)
    if s.maintenance:
        page = ("hdr", "Retry-After", str(s.retry_after), "file", "pages/maintenance.html")
        yield ("http-request", "return", "status", "503", *_HTML, *page)
    elif s.location:
        yield ("http-request", "redirect", "code", str(s.status), "location", _one(s.location))
    elif s.status:
        yield ("http-request", "return", "status", str(s.status), *_HTML, "file", f"pages/{s.status}.html")
    else:
        yield from _forwarding(s)


def _forwarding(s: Section) -> Iterator[Words]:
    if s.body_size:
        longer = ("if", "{", "req.fhdr(content-length),add(0)", "gt", str(s.body_size), "}")
        yield ("http-request", "deny", "deny_status", "413", *longer)
    expects = ("if", "{", "req.fhdr(expect)", "-m", "str", "-i", "100-continue", "}")
    yield ("http-request", "wait-for-body", "time", "60s", "at-least", "1", *expects)
    yield ("http-request", "del-header", "Expect")
    if not s.trailers:
        yield ("http-request", "del-header", "TE")
    if s.request_start:
        yield ("http-request", "set-header", "X-Request-Start", 't=%[date(0,ms),regsub("([0-9][0-9][0-9])$",.\\1)]')
    yield from (("http-request", "del-header", name) for name in s.removed_headers)
    yield from (("http-request", "set-header", name, _one(value)) for name, value in s.request_headers)
    yield ("http-request", "disable-l7-retry", "if", "!{", "method", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "}")
    yield ("http-response", "set-var(txn.tg_status)", "status")
    yield ("errorfile", "503", "pages/502.http")
    yield ("balance", "roundrobin")
    yield ("http-reuse", "always")
    yield ("retries", str(s.retries))
    yield ("option", "redispatch", "1")
    yield ("option", "allbackups")
    yield ("retry-on", "conn-failure", "empty-response")
    yield from (("timeout", "connect", s.connect), ("timeout", "server", s.read), ("timeout", "tunnel", s.read))
    yield from map(_server, s.server_lines)


def _server(server: Server) -> Words:
    return ("server", server.name, server.address, *server.options)


def _stream(s: Stream, fixed: Text) -> Iterator[Words]:
    """``fixed``: the bare router's stream, whose log format is this one's but for port and names."""
    (log,) = (line[1] for line in fixed if line[0] == "log-format")
    names = {"listener": str(s.port), "kind": s.kind, "namespace": s.namespace, "name": s.object}
    yield ("mode", "tcp")
    yield ("bind", *s.bind)
    yield ("log", "global")
    yield ("log-format", ",".join(_named(field, names) for field in log.split(",")))
    yield from (("timeout", "connect", s.connect), ("timeout", "client", s.idle), ("timeout", "server", s.idle))
    yield from (("option", "redispatch", "1"), ("option", "allbackups"))
    yield from map(_server, s.servers)


def _named(field: str, names: Mapping[str, str]) -> str:
    key, colon, value = field.partition(":")
    if key.strip('{"') not in names:
        return field
    return f'{key}{colon}"{names[key.strip(chr(34))]}"' + "}" * value.endswith("}")
