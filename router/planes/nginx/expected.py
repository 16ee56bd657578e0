"""What a bundle should say, as words: the bare router's text, and what the view adds to it.

Nothing here prints: both sides are words, as nginx would read them. ``reading`` compares them.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.planes.bare import bare
from router.planes.entries import Entries
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profile
from router.planes.nginx.read_back import Directive, NotNginxError, parse, tokens
from router.planes.nginx.render import MAIN, render
from router.planes.nginx.view import Fixed, Upstream, View, view
from router.planes.parts import UNKNOWN_GENERATION
from router.planes.text import Token
from router.table.types import Table

Words = tuple[str, ...]
Line = tuple[Words, ...]
"""A directive with the blocks around it, outermost first; the words of a block end in ``{``."""
HTTP: Line = (("http", "{"),)
STREAM: Line = (("stream", "{"),)
_KEEPALIVE = [("keepalive", "32")]


def fixed_lines(table: Table, made: Fixed) -> Counter[Line]:
    """Lines of nginx.conf but for the upstreams, of generation ``UNKNOWN_GENERATION``."""
    bare_text, of_bare, old = _bare(bare(table, made.depths), made.features)
    wanted = Counter(lines(bare_text[MAIN]))
    for line in [line for line in wanted if line[-1][0] in ("map_hash_bucket_size", "map_hash_max_size")]:
        del wanted[line]
    flag = (*HTTP, ("map", "$document_root", "$tg_flag", "{"))
    for line in [line for line in wanted if line[-1][:2] == ("return", "200") or line[:-1] == flag]:
        words = tuple(word.replace(old, UNKNOWN_GENERATION) for word in line[-1])
        wanted[(*line[:-1], words)] = wanted.pop(line)
    wanted[(*HTTP, ("map_hash_bucket_size", str(made.map_bucket)))] += 1
    wanted[(*HTTP, ("map_hash_max_size", str(made.map_size)))] += 1
    wanted.subtract(_lines_of(of_bare.fixed))
    wanted.subtract(line for run in of_bare.upstreams for u in run for line in upstream_lines(u))
    wanted.update(_lines_of(made))
    return wanted


def fixed_locations(table: Table, made: Fixed) -> Counter[Line]:
    """Locations of server.conf but for the profiles."""
    bare_text, of_bare, _ = _bare(bare(table, made.depths), made.features)
    own = {f"@{p.name}" for p in of_bare.profiles}
    return Counter(locations(d for d in bare_text["server.conf"] if d.words[-1] not in own))


@functools.lru_cache(4)
def _bare(table: Table, features: Features) -> tuple[Mapping[str, tuple[Directive, ...]], View, str]:
    bundle = render(table, features).bundle
    files = {f.path: f.data.decode() for f in bundle.files if not f.private}
    read = {MAIN: parse(files[MAIN]), "server.conf": parse(files["server.conf"], "server")}
    return read, view(table, features)[0], bundle.generation


def lines(directives: Iterable[Directive], around: Line = ()) -> Iterator[Line]:
    for d in directives:
        here = (*around, d.words if d.body is None else (*d.words, "{"))
        yield here
        yield from lines(d.body or (), here)


def locations(directives: Iterable[Directive]) -> Iterator[Line]:
    """Each location as one: its order counts."""
    for d in directives:
        yield tuple(line[-1] for line in lines((d,)))


def one_word(token: Token) -> str:
    """The one word that nginx reads in a token."""
    inner = token[1:-1]
    if token[:1] == token[-1:] == '"' and len(token) > 1 and '"' not in inner and "\\" not in inner:
        return inner
    read = list(tokens(token))
    if len(read) != 1 or (read[0][0] in (";", "{", "}") and not read[0][1]):
        raise NotNginxError(f"{token[:100]!a} is not one word")
    return read[0][0]


def _lines_of(made: Fixed) -> Iterator[Line]:
    for known in made.allow_lists:
        yield from _block(HTTP, ("geo", f"${known.name}"), [("default", "0"), *((one_word(n), "1") for n in known.networks)])
    for limit in made.body_limits:
        block = ("map", "$content_length", f"$tg_over_{limit.size}")
        yield from _block(HTTP, block, [(one_word(limit.pattern), "1"), ("default", "")])
    yield from _streams(made)


def _block(around: Line, words: Words, content: Iterable[Words]) -> Iterator[Line]:
    yield (*around, (*words, "{"))
    for line in content:
        yield (*around, (*words, "{"), line)


def upstream_lines(upstream: Upstream, around: Line = HTTP, more: Sequence[Words] = _KEEPALIVE) -> Iterator[Line]:
    yield from _block(
        around, ("upstream", upstream.name), [*(("server", s.address, *s.parameters) for s in upstream.servers), *more]
    )


def _streams(made: Fixed) -> Iterator[Line]:
    """Its fixed text stands in the bare router, which has a stream if this one has."""
    header = (*STREAM, ("map", "$server_port", "$tg_object", "{"))
    yield from ((*header, (str(s.port), one_word(s.object))) for s in made.streams)
    yield from (line for u in made.stream_upstreams for line in upstream_lines(u, STREAM, ()))
    for s in made.streams:
        listen = [("listen", address, *["proxy_protocol"] * s.proxy_protocol_in) for address in s.addresses]
        passed = [
            ("proxy_pass", s.upstream), ("proxy_connect_timeout", s.connect), ("proxy_timeout", s.idle),
            ("proxy_protocol", "on" if s.proxy_protocol_out else "off"),
        ]  # fmt: skip
        yield from _block(STREAM, ("server",), [*listen, *(passed if s.upstream else [("return", "")])])


def location(p: Profile, https_port: str) -> Line:
    """One profile, in order."""
    lines: list[Words] = [("location", f"@{p.name}", "{")]
    lines += [("set", "$tg_hsts_value", one_word(p.hsts))] if p.hsts else []
    lines += [("set", "$tg_referrer", one_word(p.referrer))] if p.referrer else []
    lines += [("if", f"(${p.allow}", "=", "0)", "{"), ("return", "403")] if p.allow else []
    to = f"https://$tg_bare_host{https_port}$request_uri"
    lines += [("if", "($tg_scheme", "=", "http)", "{"), ("return", str(p.https_redirect), to)] if p.https_redirect else []
    if p.maintenance:
        lines += [
            ("set", "$tg_retry_after", str(p.retry_after)), ("error_page", "403", "/./pages/403.html"),
            ("error_page", "503", "/./pages/maintenance.html"), ("return", "503"),
        ]  # fmt: skip
    elif p.mode in ("return", "redirect"):
        lines += [("return", str(p.status), *([one_word(p.target)] if p.mode == "redirect" else []))]
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
            yield ("proxy_pass_trailers", "on")
    if p.tls:
        yield (f"{p.mode}_ssl_session_reuse", "on")
        if p.tls_name:
            yield (f"{p.mode}_ssl_server_name", "on")
            yield (f"{p.mode}_ssl_name", one_word(p.tls_name))
    yield (f"{p.mode}_pass", f"{p.scheme}://$tg_upstream")


def pairs(entries: Entries) -> list[Words]:
    """What a map is to hold: key and value."""
    return [(one_word(e.key), one_word(e.value)) for e in entries]
