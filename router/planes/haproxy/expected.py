"""What a bundle should say, as words: the bare router's text, and what the view adds to it. Compared with what it does say.

The second half of read-back (``read_back`` asks whether each line is one of ours; this asks whether it is one that was meant).
Nothing here prints: both sides are words, as HAProxy would read them.
"""

import functools
from collections.abc import Iterator, Mapping

from router.planes.bare import bare
from router.planes.bundle import Bundle
from router.planes.haproxy.features import Features
from router.planes.haproxy.read_back import NotHaproxyError, parse, words
from router.planes.haproxy.render import MAIN, PAGES, render
from router.planes.haproxy.sections import Section, Server
from router.planes.haproxy.view import Stream, View, view
from router.planes.text import Token
from router.table.types import Table

Words = tuple[str, ...]
Text = tuple[Words, ...]
"""The lines of a section, in order: it counts for rules."""
_HTML = ("content-type", "text/html; charset=utf-8")
_SOME = 10


def differences(bundle: Bundle, made: View, table: Table, features: Features) -> tuple[str, ...]:
    """Sentences; none is good. Called on a bundle that ``read_back.compare`` found readable."""
    files = {f.path: f.data.decode("utf-8") for f in bundle.files if not f.private and not f.path.startswith("pages/")}
    try:
        found = parse(files[MAIN])
        fixed, stream = _bare(bare(table, resolves=made.resolves), features, bundle.generation)
        wanted = {**fixed} | {("backend", str(s.name)): tuple(_section(made, s)) for s in made.sections}
        wanted |= {("listen", str(s.name)): tuple(_stream(s, stream)) for s in made.streams}
        listed = [tuple(line.split(" ")) for line in files["certs/list.txt"].split("\n") if line]
    except (NotHaproxyError, KeyError) as wrong:
        return (f"the rendered text can not be read back: {wrong}",)
    text = {(s.kind, s.name): s.lines for s in found}
    said = [
        f"section {' '.join(key)} is not what was meant"
        for key in sorted(text.keys() | wanted.keys())
        if text.get(key) != wanted.get(key)
    ]
    said += ["a section stands twice"] * (len(text) != len(found))
    said += ["certs/list.txt does not hold what was meant"] * (listed != list(_certificates(made, table)))
    return (*said[:_SOME], *_files(bundle, made, table))


def _bare(table: Table, features: Features, generation: str) -> tuple[Mapping[tuple[str, str], Text], Text]:
    """(the fixed sections, as the same router has them without tenants; its stream, if there is one)"""
    fixed, of_bare, old = _parsed(table, features)
    status = tuple(tuple(generation if word == old else word for word in line) for line in fixed["frontend", "tidegate_status"])
    own = {("backend", str(s.name)) for s in of_bare.sections} | {("listen", str(s.name)) for s in of_bare.streams}
    made = {k: v for k, v in fixed.items() if k not in own} | {("frontend", "tidegate_status"): status}
    return made, next((fixed["listen", str(s.name)] for s in of_bare.streams), ())


@functools.lru_cache(4)
def _parsed(table: Table, features: Features) -> tuple[Mapping[tuple[str, str], Text], View, str]:
    bundle = render(table, features).bundle
    text = next(f.data.decode() for f in bundle.files if f.path == MAIN)
    return {(s.kind, s.name): s.lines for s in parse(text)}, view(table, features)[0], bundle.generation


def _one(token: Token) -> str:
    """The one word that HAProxy reads in a token."""
    read = words(token)
    if len(read) != 1 or "\n" in token:
        raise NotHaproxyError(f"{token[:100]!a} is not one word")
    return read[0]


def _section(made: View, s: Section) -> Iterator[Words]:
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
        to = f"https://%[var(txn.tg_bare)]{made.https_port}%[pathq]"
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
    if not s.trailers:
        yield ("http-request", "del-header", "TE")
    if s.request_start:
        yield ("http-request", "set-header", "X-Request-Start", "t=%[date(0,ms),div(1000)].%[date(0,ms),mod(1000)]")
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
    yield from map(_server, s.servers)


def _server(server: Server) -> Words:
    return ("server", server.name, server.address, *server.options)


def _stream(s: Stream, fixed: Text) -> Iterator[Words]:
    """``fixed``: the bare router's stream, whose log format is this one's but for port and names."""
    (log,) = (line[1] for line in fixed if line[0] == "log-format")
    names = {"listener": str(s.port), "kind": s.kind, "namespace": s.namespace, "name": s.object}
    yield ("mode", "tcp")
    yield ("bind", *s.bind)
    yield ("log-format", ",".join(_named(field, names) for field in log.split(",")))
    yield from (("timeout", "connect", s.connect), ("timeout", "client", s.idle), ("timeout", "server", s.idle))
    yield from (("option", "redispatch", "1"), ("option", "allbackups"))
    yield from map(_server, s.servers)


def _named(field: str, names: Mapping[str, str]) -> str:
    key, colon, value = field.partition(":")
    if key.strip('{"') not in names:
        return field
    return f'{key}{colon}"{names[key.strip(chr(34))]}"' + "}" * value.endswith("}")


def _certificates(made: View, table: Table) -> Iterator[Words]:
    for identity, names in made.certificates:
        if names or identity == table.default_certificate:
            yield (f"certs/{identity}.pem", *names)


def _files(bundle: Bundle, made: View, table: Table) -> Iterator[str]:
    """The files themselves: no more and no fewer. Pages are the operator's and ours."""
    wanted = {MAIN, "certs/list.txt", *(f"maps/{name}.map" for name, _ in made.maps), *(path for path, _ in made.lists)}
    wanted |= {f"pages/{name}.html" for name in (*PAGES, 414, 431, "maintenance")} | {f"pages/{status}.http" for status in PAGES}
    pairs = {f"certs/{c.id}.pem": c.chain.encode() + c.key.reveal() for c in table.certificates}
    wanted |= set(pairs)
    found = {f.path for f in bundle.files}
    if found != wanted or len(found) != len(bundle.files):
        yield f"the bundle has other files than meant: {ascii(sorted(found ^ wanted))[:300]}"
    secret = [f for f in bundle.files if f.path in pairs or f.private]
    if any(not f.private or f.mode != 0o600 or f.data != pairs.get(f.path) for f in secret):
        yield "a private file is not the certificate that was meant, or others may read it"
