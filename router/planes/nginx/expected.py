"""What a bundle should say, as words: the bare router's text, and what the view adds to it. Compared with what it does say.

The second half of read-back (``read_back`` asks whether each directive is one of ours; this asks whether it was meant).
Nothing here prints: both sides are words, as nginx would read them.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.planes.bare import bare
from router.planes.bundle import Bundle, flag_path
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profile
from router.planes.nginx.read_back import Directive, NotNginxError, parse, tokens
from router.planes.nginx.render import MAIN, render
from router.planes.nginx.routes import Entry
from router.planes.nginx.view import PAGES, Upstream, View, certificate_path, view
from router.planes.text import Token
from router.table.types import Table

Words = tuple[str, ...]
Line = tuple[Words, ...]
"""A directive with the blocks around it, outermost first; the words of a block end in ``{``."""
_HTTP: Line = (("http", "{"),)
_STREAM: Line = (("stream", "{"),)
_SOME = 10


def differences(bundle: Bundle, made: View, table: Table, features: Features) -> tuple[str, ...]:
    """Sentences; none is good. Called on a bundle that ``read_back.compare`` found readable."""
    files = {f.path: f.data.decode("utf-8") for f in bundle.files if not f.private and not f.path.startswith("pages/")}
    depths = tuple(depth for depth, _ in made.lookups.prefixes)
    fixed, of_bare = _bare(bare(table, depths), features)
    try:
        main = Counter(_lines(parse(files[MAIN])))
        wanted = _main(fixed[MAIN], of_bare, made, bundle.generation)
        shared = Counter(_locations(parse(files["server.conf"], "server")))
        meant = Counter(_fixed_locations(fixed["server.conf"], of_bare))
        meant.update(_location(made, p) for p in made.profiles)
    except (NotNginxError, KeyError) as wrong:
        return (f"the rendered text can not be read back: {wrong}",)
    said = [*_uneven(main, wanted), *_uneven(shared, meant)]
    return (*said[:_SOME], *_entries(files, made), *_files(bundle, made, table))


@functools.lru_cache(4)
def _bare(table: Table, features: Features) -> tuple[Mapping[str, tuple[Directive, ...]], View]:
    files = {f.path: f.data.decode() for f in render(table, features).bundle.files if not f.private}
    read = {MAIN: parse(files[MAIN]), "server.conf": parse(files["server.conf"], "server")}
    return read, view(table, features)[0]


def _lines(directives: Iterable[Directive], around: Line = ()) -> Iterator[Line]:
    for d in directives:
        here = (*around, d.words if d.body is None else (*d.words, "{"))
        yield here
        yield from _lines(d.body or (), here)


def _locations(directives: Iterable[Directive]) -> Iterator[Line]:
    """Each location as one: its order counts."""
    for d in directives:
        yield tuple(line[-1] for line in _lines((d,)))


def _uneven(found: Counter[Line], wanted: Counter[Line]) -> Iterator[str]:
    for line in sorted((found - wanted).keys()):
        yield f"not meant: {_text(line)}"
    for line in sorted((wanted - found).keys()):
        yield f"missing: {_text(line)}"


def _text(line: Line) -> str:
    return ascii(" ".join(" ".join(words) for words in line))[:300]


def _one(token: Token) -> str:
    """The one word that nginx reads in a token."""
    inner = token[1:-1]
    if token[:1] == token[-1:] == '"' and len(token) > 1 and '"' not in inner and "\\" not in inner:
        return inner
    read = list(tokens(token))
    if len(read) != 1 or (read[0][0] in (";", "{", "}") and not read[0][1]):
        raise NotNginxError(f"{token[:100]!a} is not one word")
    return read[0][0]


def _main(fixed: Sequence[Directive], of_bare: View, made: View, generation: str) -> Counter[Line]:
    wanted = Counter(_lines(fixed))
    for line in [line for line in wanted if line[-1][0] in ("map_hash_bucket_size", "map_hash_max_size")]:
        del wanted[line]
    for line in [line for line in wanted if line[-1][:2] == ("return", "200")]:
        wanted[(*line[:-1], ("return", "200", f"{generation}\n"))] = wanted.pop(line)
    for line in [line for line in wanted if len(line) == 3 and line[1] == ("map", "$document_root", "$tg_flag", "{")]:
        wanted[(*line[:-1], ("default", f"$document_root/{generation}"))] = wanted.pop(line)
    wanted[(*_HTTP, ("map_hash_bucket_size", str(made.map_bucket)))] += 1
    wanted[(*_HTTP, ("map_hash_max_size", str(made.map_size)))] += 1
    wanted.subtract(_lines_of_view(of_bare))
    wanted.update(_lines_of_view(made))
    return wanted


def _lines_of_view(made: View) -> Iterator[Line]:
    for known in made.allow_lists:
        yield from _block(_HTTP, ("geo", f"${known.name}"), [("default", "0"), *((_one(n), "1") for n in known.networks)])
    for limit in made.body_limits:
        block = ("map", "$content_length", f"$tg_over_{limit.size}")
        yield from _block(_HTTP, block, [(_one(limit.pattern), "1"), ("default", "")])
    yield from _upstreams(_HTTP, made.upstreams, [("keepalive", "32")])
    yield from _streams(made)


def _block(around: Line, words: Words, content: Iterable[Words]) -> Iterator[Line]:
    yield (*around, (*words, "{"))
    for line in content:
        yield (*around, (*words, "{"), line)


def _upstreams(around: Line, upstreams: Iterable[Upstream], more: Sequence[Words]) -> Iterator[Line]:
    for upstream in upstreams:
        yield from _block(
            around, ("upstream", upstream.name), [*(("server", s.address, *s.parameters) for s in upstream.servers), *more]
        )


def _streams(made: View) -> Iterator[Line]:
    """Its fixed text stands in the bare router, which has a stream if this one has."""
    header = (*_STREAM, ("map", "$server_port", "$tg_object", "{"))
    yield from ((*header, (str(s.port), _one(s.object))) for s in made.streams)
    yield from _upstreams(_STREAM, made.stream_upstreams, ())
    for s in made.streams:
        listen = ("listen", s.address, *["proxy_protocol"] * s.proxy_protocol_in)
        passed = [
            ("proxy_pass", s.upstream), ("proxy_connect_timeout", s.connect), ("proxy_timeout", s.idle),
            ("proxy_protocol", "on" if s.proxy_protocol_out else "off"),
        ]  # fmt: skip
        yield from _block(_STREAM, ("server",), [listen, *(passed if s.upstream else [("return", "")])])


def _fixed_locations(fixed: Sequence[Directive], of_bare: View) -> Iterator[Line]:
    own = {f"@{p.name}" for p in of_bare.profiles}
    return _locations(d for d in fixed if d.words[-1] not in own)


def _location(made: View, p: Profile) -> Line:
    """One profile, in order."""
    lines: list[Words] = [("location", f"@{p.name}", "{")]
    lines += [("set", "$tg_hsts_value", _one(p.hsts))] if p.hsts else []
    lines += [("set", "$tg_referrer", _one(p.referrer))] if p.referrer else []
    lines += [("if", f"(${p.allow}", "=", "0)", "{"), ("return", "403")] if p.allow else []
    to = f"https://$tg_bare_host{made.https_port}$request_uri"
    lines += [("if", "($tg_scheme", "=", "http)", "{"), ("return", str(p.https_redirect), to)] if p.https_redirect else []
    if p.maintenance:
        lines += [
            ("set", "$tg_retry_after", str(p.retry_after)), ("error_page", "403", "/.tidegate/pages/403.html"),
            ("error_page", "503", "/.tidegate/pages/maintenance.html"), ("return", "503"),
        ]  # fmt: skip
    elif p.mode in ("return", "redirect"):
        lines += [("return", str(p.status), *([_one(p.target)] if p.mode == "redirect" else []))]
    else:
        lines += _forwarding(p)
    return tuple(lines)


def _forwarding(p: Profile) -> Iterator[Words]:
    if p.body_size:
        yield from (("if", f"($tg_over_{p.body_size})", "{"), ("return", "413"))
    yield ("client_max_body_size", str(p.body_size))
    if p.request_start:
        yield ("set", "$tg_request_start", "t=$msec")
    yield from ((f"{p.mode}_hide_header", name) for name in p.hidden)
    for what, value in (("connect", p.connect), ("read", p.read), ("send", p.send)):
        yield (f"{p.mode}_{what}_timeout", value)
    yield (f"{p.mode}_next_upstream_tries", str(p.tries))
    yield (f"{p.mode}_next_upstream_timeout", p.tries_time)
    if p.mode == "proxy":
        yield ("proxy_buffering", "on" if p.buffering else "off")
        if p.buffering:
            yield ("proxy_buffers", str(p.buffers), str(p.buffer_size))
            yield ("proxy_buffer_size", str(p.buffer_size))
            yield ("proxy_busy_buffers_size", str(p.busy_size))
        if p.http2:
            yield ("proxy_http_version", "2")
    if p.tls:
        yield (f"{p.mode}_ssl_session_reuse", "on")
        if p.tls_name:
            yield (f"{p.mode}_ssl_server_name", "on")
            yield (f"{p.mode}_ssl_name", _one(p.tls_name))
    yield (f"{p.mode}_pass", f"{p.scheme}://$tg_upstream")


def _entries(files: Mapping[str, str], made: View) -> Iterator[str]:
    """Maps of names: every entry is the pair of words that was meant."""
    for path, entries in maps(made).items():
        found = [d.words for d in parse(files.get(path, ""), "map")]
        if found != [(_one(e.key), _one(e.value)) for e in entries]:
            yield f"{path} does not hold what was meant"


def maps(made: View) -> Mapping[str, Sequence[Entry]]:
    """Path of a map -> its entries."""
    found = made.lookups
    named = {
        "hosts": found.hosts, "wildcards": found.wildcards, "suffixes": found.suffixes, "exact": found.exact,
        "roots": found.roots, "defaults": found.fallbacks, "certificates": made.certificates,
        "wildcard-certificates": made.wildcard_certificates,
    } | {f"prefix{depth}": entries for depth, entries in found.prefixes}  # fmt: skip
    return {f"maps/{name}.map": entries for name, entries in named.items()}


def _files(bundle: Bundle, made: View, table: Table) -> Iterator[str]:
    """The files themselves: no more and no fewer. Pages are the operator's and ours."""
    wanted = {
        MAIN,
        "server.conf",
        flag_path(bundle.generation),
        *maps(made),
        *(f"pages/{name}.html" for name in (*PAGES, "maintenance")),
    }
    pairs = {str(certificate_path(c.id)): c.chain.encode() + c.key.reveal() for c in table.certificates}
    wanted |= set(pairs)
    found = {f.path for f in bundle.files}
    if found != wanted or len(found) != len(bundle.files):
        yield f"the bundle has other files than meant: {ascii(sorted(found ^ wanted))[:300]}"
    secret = [f for f in bundle.files if f.path in pairs or f.private]
    if any(not f.private or f.mode != 0o600 or f.data != pairs.get(f.path) for f in secret):
        yield "a private file is not the certificate that was meant, or others may read it"
